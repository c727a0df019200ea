/* TLS of a connection: the plug-in that has it, found and called. */
#ifndef LIBOMNITRON_SECURE_H
#define LIBOMNITRON_SECURE_H

#include <sys/types.h>

#include "common/libomnitron/plugin.h"
#include "common/mono.h"

#define SECURE_RECORD	((size_t)16384)	/* bytes that a record may hold */
#define SECURE_PIN_SIZE	PLUGIN_PIN_SIZE

struct secure;

/* A fingerprint as people write it; -1: it is none. */
int		 secure_pin(const char *text, unsigned char *pin);
/*
 * Over a connected, non-blocking socket.  NULL with a line in why and errno:
 * EPROTONOSUPPORT, EINVAL or ENOMEM.
 */
struct secure	*secure_new(int fd, const struct plugin_want *, char *why,
		    size_t size);
void		 secure_free(struct secure *);
/* 0, or -1 with errno as of struct plugin, or ETIMEDOUT. */
int		 secure_handshake(struct secure *, int fd,
		    struct mono deadline);
/* As recv(2) and send(2). */
ssize_t		 secure_read(struct secure *, void *, size_t, short *events);
ssize_t		 secure_write(struct secure *, const void *, size_t,
		    short *events);
/* What an errno of these means; s may be NULL. */
const char	*secure_why(const struct secure *, int error);
int		 secure_certificate(const struct secure *,
		    struct omnitron_certificate *);

#endif /* LIBOMNITRON_SECURE_H */
