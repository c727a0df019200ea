/*
 * Between libomnitron, which links libc alone, and the shared object that has
 * TLS: that one links OpenSSL, and is loaded when a connection asks for it.
 * It exports one symbol, a struct plugin.
 */
#ifndef LIBOMNITRON_PLUGIN_H
#define LIBOMNITRON_PLUGIN_H

#include <sys/types.h>

#include <stdint.h>

#include "common/libomnitron/omnitron.h"

#define PLUGIN_SYMBOL	"omnitron_tls_plugin"
/* Grows with every change of what is here; also in the file's name. */
#define PLUGIN_VERSION	0
#define PLUGIN_FILE	"libomnitron-tls.so.0"
#define PLUGIN_PIN_SIZE	32	/* SHA-256 */

struct tls;

struct plugin_want {		/* all lent for the call */
	const char		*host;	/* to be proved, and asked for */
	const char		*ca;	/* file, or NULL: the system's */
	const unsigned char	*pin;	/* PLUGIN_PIN_SIZE bytes, or NULL */
	const char		*cert;	/* file of our certificate, or NULL */
	const char		*key;	/* PEM of its key */
	size_t			 keylen;
};

struct plugin {
	unsigned int	 version;
	/*
	 * A connection over the non-blocking socket, which is not its own.
	 * NULL with one line in why and errno: EINVAL a file, ENOMEM.
	 */
	struct tls	*(*open)(int fd, const struct plugin_want *,
			    char *why, size_t size);
	void		 (*close)(struct tls *);
	/*
	 * The others return -1 with errno: EAGAIN, *events says what to
	 * poll(2) for; EPERM the certificate is not to be trusted; EACCES
	 * ours is refused; EPROTO what is no TLS; another of the socket.
	 * handshake: 0 done.  read: 0 the other side ended it.
	 */
	int		 (*handshake)(struct tls *, short *events);
	ssize_t		 (*read)(struct tls *, void *, size_t, short *events);
	ssize_t		 (*write)(struct tls *, const void *, size_t,
			    short *events);
	/* Of the last EPERM, EACCES or EPROTO: a line, "" for none. */
	const char	*(*why)(const struct tls *);
	/* After the handshake, done or refused; -1: none was shown. */
	int		 (*certificate)(const struct tls *,
			    struct omnitron_certificate *);
};

#endif /* LIBOMNITRON_PLUGIN_H */
