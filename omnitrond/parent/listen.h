/*
 * Sockets of apps: bound by the parent, shared by the instances of a process
 * and by those that replace them, so that no connection is refused between
 * one instance and the next.
 */
#ifndef OMNITROND_PARENT_LISTEN_H
#define OMNITROND_PARENT_LISTEN_H

#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

struct parent;
struct process_conf;
struct socket;
RB_HEAD(sockets, socket);

/*
 * The sockets of a process in the order of the configuration: those that are
 * open already, and new ones.  They are bound when an instance is about to
 * be spawned, not before: a daemon that took instances over must not share a
 * port with them before there is somebody to accept.
 *
 * fds has room for LISTENS_MAX; the descriptors stay ours.  Returns how many,
 * or -1 with errno and the reason in err ("listen tcp 127.0.0.1:80: Address
 * already in use, by pid 411 (nginx) of uid 33").
 */
int	 listen_open(struct parent *, uint32_t app,
	    const struct process_conf *, int *fds, char *err, size_t);
/* Close what no configuration names any more. */
void	 listen_sweep(struct parent *);
/* "http:admin", for LISTEN_FDNAMES: as many names as there are sockets. */
char	*listen_names(const struct process_conf *, char *, size_t);

/* ---- listen_linux.c, listen_other.c -------------------------------------- */

struct sockaddr;
/*
 * Who has bound this port: "pid 411 (nginx) of uid 33", as far as it can be
 * told, else "".  Looks once in some seconds, and not for long.
 */
char	*listen_holder(const struct sockaddr *, int udp, char *, size_t);

#endif /* OMNITROND_PARENT_LISTEN_H */
