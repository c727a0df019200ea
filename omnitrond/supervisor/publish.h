/*
 * Events: what happens, for planes that have somebody who listens.  While none
 * has, nothing is composed.
 */
#ifndef SUPERVISOR_PUBLISH_H
#define SUPERVISOR_PUBLISH_H

#include <stdint.h>

#include "omnitrond/proto.h"

struct app;
struct inst;
struct process;
struct published;
struct sup;

/* Of one turn; more than that are counted, and said to be lost. */
#define PUBLISH_MAX	4096u

struct publish {
	unsigned int		 on;		/* bits: planes that listen */
	uint64_t		 seq;
	struct published	*first, **last;	/* of this turn */
	uint32_t		 n;
	uint32_t		 lost;
};

void	 publish_init(struct sup *);
void	 publish_free(struct sup *);
/* EVENTS; -1: it breaks the protocol. */
int	 publish_listen(struct sup *, enum kind plane, uint64_t on);
void	 publish_plane_down(struct sup *, enum kind plane);
/* All of this turn, with the reasons that are known by now. */
void	 publish_flush(struct sup *);

/* The app changed: is it another status? */
void	 publish_app(struct sup *, struct app *);
void	 publish_reloading(struct sup *, const struct app *);
void	 publish_scaled(struct sup *, const struct process *);
void	 publish_health(struct sup *, const struct inst *,
	    enum health_state from);
void	 publish_config(struct sup *, uint32_t changes);
/* With or without a text. */
void	 publish_daemon(struct sup *, enum event_channel, const char *text);
void	 publish_auth(struct sup *, const struct m_auth_failed *,
	    const char *address, const char *why);

#endif /* SUPERVISOR_PUBLISH_H */
