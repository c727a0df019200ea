/*
 * Who may come, by which key, and the secrets.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_ACCESS_H
#define OMNITROND_PROTO_ACCESS_H

enum listener_kind { LISTENER_UNIX, LISTENER_TCP, LISTENER_HTTP, LISTENER_MAX };
#define LISTENER_TLS	0x1u
#define LISTENER_GRANTS	0x2u	/* only what a rule allows: no role by itself */

/*
 * One on which clients come.  LOCAL and NETWORK get all of them with each
 * configuration, between its BEGIN and its END.  tail: its path or its
 * address and port
 */
struct m_listener {
	uint32_t	 id;		/* the parent's: the same over reloads */
	uint32_t	 role;		/* enum role, ceiling */
	uint32_t	 kind;		/* enum listener_kind */
	uint32_t	 flags;		/* LISTENER_* */
};

/* Whom a rule is about. */
enum rule_who {
	RULE_ANYBODY,		/* only in a deny */
	RULE_USER, RULE_GROUP, RULE_TOKEN, RULE_OWNER, RULE_WHO_MAX
};

#define METHOD_WORDS	2u	/* 64 methods in each */
#define ID_NONE		0xffffffffu	/* no user, no group */

/*
 * tail: the name of whom it is about ("" of OWNER), pattern of apps' names,
 * "FILE:LINE: the rule" for people
 */
struct m_conf_rule {
	uint32_t	 deny;
	uint32_t	 who;		/* enum rule_who */
	uint32_t	 id;		/* uid or gid of USER, GROUP; or ID_NONE */
	uint32_t	 role;		/* methods up to this role; 0: none */
	uint64_t	 methods[METHOD_WORDS];	/* and these, by their id */
};

/* A process is started with this secret.  tail: its key */
struct m_conf_secret {
	uint32_t	 app;
	uint32_t	 process;
};

#define JWT_ALGORITHMS(X)						\
	X(HS256) X(HS384) X(HS512) X(RS256) X(RS384) X(RS512)		\
	X(ES256) X(ES384) X(ES512)

enum jwt_algorithm {
	JWT_NONE,		/* no token is accepted */
#define X(id)	JWT_##id,
	JWT_ALGORITHMS(X)
#undef X
	JWT_MAX
};

/* tail: issuer, audience; "" is not checked */
struct m_conf_jwt {
	uint32_t	 algorithm;	/* enum jwt_algorithm */
	uint32_t	 leeway_s;
	uint32_t	 max_ttl_s;
	uint32_t	 pad;
};

enum key_what {
	KEY_VERIFY,		/* NETWORK: a token's; HS: all bytes, else PEM */
	KEY_SIGN,		/* SECRETS: the one that signs */
	KEY_CERT,		/* NETWORK: PEM, with what leads to the root */
	KEY_TLS,		/* its private key */
	KEY_CLIENT_CA,		/* those that client certificates come from */
	KEY_MAX
};

/* tail: kid, path (for messages) */
struct m_conf_key {
	uint32_t	 what;		/* enum key_what */
};

enum secrets_how {
	SECRETS_NONE,		/* nothing is configured, and nothing works */
	SECRETS_KEYFILE,	/* tail: 32 bytes */
	SECRETS_PASSPHRASE,	/* tail: it */
	SECRETS_ENVIRONMENT,	/* SECRETS_VALUE (key, value): all there are */
	SECRETS_HOW_MAX
};

struct m_secrets_key {
	uint32_t	 how;		/* enum secrets_how */
};

/* tail: key */
struct m_secret_ask {
	uint64_t	 id;		/* the parent's, never 0 */
};

/* tail: the value, or why there is none: bytes, without a length */
struct m_secret_told {
	uint64_t	 id;
	uint32_t	 outcome;	/* enum outcome */
	uint32_t	 pad;
};

enum secret_op {
	SECRET_GET, SECRET_SET, SECRET_DELETE, SECRET_LIST, SECRET_REKEY,
	SECRET_RESET, SECRET_ISSUE, SECRET_OP_MAX
};

/* tail: key; of ISSUE the subject */
struct m_secret_open {
	uint64_t	 id;		/* the plane's request */
	uint32_t	 plane;
	uint32_t	 op;		/* enum secret_op */
	uint32_t	 role;		/* ISSUE: enum role */
	uint32_t	 ttl_s;		/* ISSUE */
};

/* One that changed, or on TELL and with each configuration all.  tail: key */
struct m_secret_changed {
	int64_t		 at_ms;		/* wall, never 0 */
};

/* tail: jti, never empty */
struct m_revocation {
	int64_t		 until_ms;	/* wall: the token's end, never 0 */
};

/* tail: address, why; counted for a while, then told at once */
struct m_auth_failed {
	int64_t		 at_ms;
	uint32_t	 count;
	uint32_t	 http;		/* 0: TCP */
};

#endif /* OMNITROND_PROTO_ACCESS_H */
