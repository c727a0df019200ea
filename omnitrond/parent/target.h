/*
 * What a process of the daemon is to connect to for an app: a port of this
 * host, or a URL.  Parsed here, resolved when the configuration is loaded.
 */
#ifndef OMNITROND_PARENT_TARGET_H
#define OMNITROND_PARENT_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"

struct target_conf {
	char			*url;		/* NULL: only a port */
	char			*host;		/* as in the URL, no brackets */
	char			*authority;	/* for the Host header */
	char			*path;		/* with query */
	char			*match;		/* in the body, or NULL */
	uint16_t		 port;
	uint16_t		 status_min;	/* 0: only a port */
	uint16_t		 status_max;
	uint16_t		 naddresses;
	struct m_address	 addresses[TARGET_ADDRESSES];
};

/*
 * "http://HOST[:PORT][/PATH][?QUERY]", HOST a name, 1.2.3.4 or [::1]; or a
 * port.  A new one, or NULL with what is wrong, which follows the text.
 */
struct target_conf *target_http(const char *, char *err, size_t);
struct target_conf *target_tcp(const char *, char *err, size_t);
/* "200-399", "204".  0 or -1. */
int	 target_status(struct target_conf *, const char *);
/*
 * Look up the name (this may ask the network, for seconds).  0, or -1 with
 * the reason.
 */
int	 target_resolve(struct target_conf *, char *err, size_t);
struct target_conf *target_dup(const struct target_conf *);
void	 target_free(struct target_conf *);
/* The same but for what its name means now. */
int	 target_same(const struct target_conf *, const struct target_conf *);

#endif /* OMNITROND_PARENT_TARGET_H */
