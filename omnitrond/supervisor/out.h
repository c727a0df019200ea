/*
 * What the core needs of the world: peers, clocks, randomness.  main.c
 * gives the real ones, tests give their own.
 */
#ifndef SUPERVISOR_OUT_H
#define SUPERVISOR_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "omnitrond/proto.h"

struct sup;

struct out {
	void		(*send)(void *, enum kind, enum msg_type, const void *,
			    const void *tail, size_t);
	int		(*there)(void *, enum kind);	/* is the peer up? */
	void		(*bulk)(void *, enum kind, int);
	void		(*flush)(void *, enum kind);
	struct mono	(*now)(void *);
	int64_t		(*wall)(void *);
	uint32_t	(*random)(void *);
	/* call timers_run then; an earlier time replaces a later one */
	void		(*wake)(void *, struct mono);
	/* the channel to the watcher of this process is not wanted */
	void		(*unwatch)(void *, uint32_t app, uint16_t process);
	void		*arg;
};

int		 out_there(struct sup *, enum kind);
void		 out_bulk(struct sup *, enum kind, int);
void		 out_flush(struct sup *, enum kind);
struct mono	 out_now(struct sup *);
struct mono	 out_in_ms(struct sup *, int64_t ms);
int64_t		 out_wall(struct sup *);
uint32_t	 out_random(struct sup *);
/* A struct and strings as its tail, NULL-terminated; cut to `TEXT_MAX`. */
void		 out_send(struct sup *, enum kind, enum msg_type, const void *,
		    ...) __attribute__((sentinel));
void		 out_send_raw(struct sup *, enum kind, enum msg_type,
		    const void *, const void *tail, size_t);

#endif /* SUPERVISOR_OUT_H */
