/* A connection to another host. */
#ifndef LIBOMNITRON_TCP_H
#define LIBOMNITRON_TCP_H

/*
 * A non-blocking socket connected within the timeout, or -1 with errno;
 * EHOSTUNREACH also for a name that has no address.  The resolver takes
 * its own time, unless the host is an address.
 */
int	 tcp_connect(const char *host, const char *port, int timeout);

#endif /* LIBOMNITRON_TCP_H */
