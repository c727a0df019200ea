/*
 * What egress connects to, and what it met.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_PROBE_H
#define OMNITROND_PROTO_PROBE_H

struct m_address {
	uint32_t	 family;	/* AF_INET, AF_INET6 */
	uint8_t		 bytes[16];
};

/*
 * One that a process has: a port to connect to, or with status_min an HTTP
 * request.  tail: Host, path with query, text to find in the body or ""
 */
struct m_target {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 what;		/* enum probe_what */
	uint16_t	 port;
	uint16_t	 naddresses;
	uint16_t	 status_min;	/* 0: connecting is all */
	uint16_t	 status_max;
	struct m_address addresses[TARGET_ADDRESSES];
};

struct m_probe {
	uint64_t	 id;		/* the supervisor's, never 0 */
	struct m_inst	 inst;
	uint32_t	 what;
	uint32_t	 timeout_ms;
};

/* tail: text for people, "" if it passed */
struct m_probed {
	uint64_t	 id;
	uint32_t	 outcome;	/* enum probe_outcome */
	uint32_t	 pad;
};

#endif /* OMNITROND_PROTO_PROBE_H */
