/* Channels to watchers, by the process that they watch for. */
#ifndef SUPERVISOR_LINK_H
#define SUPERVISOR_LINK_H

#include <sys/queue.h>

#include <stdint.h>

struct event_base;
struct link;
struct sup;

TAILQ_HEAD(links, link);

/* Takes the descriptor over. */
void	 link_open(struct links *, struct event_base *, struct sup *,
	    uint32_t app, uint16_t process, int fd);
void	 link_close(struct links *, uint32_t app, uint16_t process);
void	 link_close_all(struct links *);

#endif /* SUPERVISOR_LINK_H */
