/*
 * The apps process: its one struct, and who does what in it.
 *
 *	main.c		set-up
 *	dispatch.c	every message it accepts: decode and hand on
 *	inst.c		instances, and what is read of each
 *	notify.c	their notify sockets: bounded, and only from whom it may
 *	notify_parse.c, notify_recv.c
 *			one datagram, without knowledge of the struct
 *	channel.c, channel_msg.c
 *			channels: connections, and what comes over them
 *	call.c		calls of methods, from a plane to an app and back
 *	meter.c		numbers that apps give of their work
 *	beat.c		heartbeats, and when there is none
 *	say.c		what the supervisor is told
 *
 * What an app may do is to say something of itself.  It is read with a bound
 * on how often; one that says more waits, or loses what it says.
 */
#ifndef OMNITROND_APPS_APPS_H
#define OMNITROND_APPS_APPS_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/mono.h"
#include "common/rate.h"
#include "common/units.h"
#include "omnitrond/apps/channel.h"
#include "omnitrond/apps/notify_parse.h"
#include "omnitrond/apps/notify_recv.h"
#include "omnitrond/proc.h"

struct apps;
struct event;

/* Answers of the parent that are remembered of one instance. */
#define WHO_KEPT	4

/* Whether a process belongs to it, as the parent said. */
struct who {
	pid_t		 pid;		/* 0 = none */
	int		 member;
	struct mono	 at;
};

/* What says who may notify, and the datagram that waits for that. */
struct access {
	struct who	 kept[WHO_KEPT];
	unsigned int	 next;		/* is overwritten */
	struct rate	 rate;		/* of questions */
	pid_t		 asked;		/* 0 = no question is open */
	struct notify	 held;		/* waits for the answer */
	pid_t		 sender;	/* of it */
};

/* What it did, by its own word. */
struct meter {
	int			 any;
	uint64_t		 requests;
	uint64_t		 errors;
	uint32_t		 us[METER_SAMPLES];	/* the latest */
	size_t			 n;
	size_t			 next;
	struct mono		 told;
};

struct app_inst {
	RB_ENTRY(app_inst)	 entry;
	struct apps		*apps;
	struct m_inst		 id;
	char			 name[2 * NAME_SIZE + 8];	/* for logs */
	uid_t			 uid;
	uint32_t		 ready;		/* enum ready: what counts */
	uint32_t		 access;	/* enum notify_access */
	pid_t			 pid;		/* 0 = does not run */
	pid_t			 mainpid;	/* as MAINPID says, or 0 */
	int			 fd[APP_SOCKETS];
	struct event		*ev[APP_SOCKETS];
	struct event		*pause;		/* no notifying until then */
	struct rate		 rate;		/* of datagrams */
	struct access		 who;

	/* what it said, for a supervisor that starts anew */
	int			 is_ready;
	uint32_t		 by;		/* enum ready */
	int			 reloading;
	int			 stopping;
	int			 silent;
	char			*status;	/* NULL = none */
	struct event		*tell;		/* the next status */
	struct mono		 told;		/* the last one */

	uint32_t		 watch_ms;	/* to be watched so, 0 = not */
	uint32_t		 watch_gen;	/* this generation */
	uint32_t		 beat_ms;	/* 0 = not watched */
	struct mono		 beat;		/* the last */
	struct event		*late;

	struct channels		 channels;
	unsigned int		 nchannels;
	struct event		*register_due;	/* the planes hear of it */
	struct mono		 registered;	/* the last time it did */
	uint64_t		 called;	/* the last time: a serial */
	struct meter		 meter;
	struct event		*meter_due;
};
RB_HEAD(app_insts, app_inst);
RB_HEAD(call_ids, call);
RB_PROTOTYPE(call_ids, call, by_id, call_cmp)

struct apps {
	struct proc		*proc;
	struct app_insts	 insts;
	struct call_ids		 calls;
	unsigned int		 ncalls;
	uint64_t		 number;	/* of requests to apps */
	uint64_t		 serial;	/* of who was called when */
	size_t			 in_total;	/* unfinished lines */
	char			 rbuf[64 * KIB];
};

/* The process's own, from one of its peers; made at first use. */
struct apps	*apps_of(const struct peer *);

/* Is it one that clients come to, and that we have a channel to? */
static inline int
plane_there(const struct apps *apps, enum kind plane)
{
	return (((1u << plane) & KB_PLANES) != 0 &&
	    apps->proc->peer[plane] != NULL);
}

/* dispatch.c */
extern const struct dispatch	 apps_dispatch[];

/* ---- inst.c ------------------------------------------------------------- */

int		 inst_cmp(const struct app_inst *, const struct app_inst *);
RB_PROTOTYPE(app_insts, app_inst, entry, inst_cmp)

/* By app, process and slot; NULL if it is not known. */
struct app_inst	*inst_find(struct apps *, const struct m_inst *);
/* It lives, and is of this spawn. */
struct app_inst	*inst_living(struct apps *, const struct m_inst *);
/* The same, made if it is not known. */
struct app_inst	*inst_get(struct apps *, const struct m_inst *);
/* Takes the descriptor over. */
void		 inst_socket(struct apps *, const struct m_inst *,
		    enum app_socket, int fd);
void		 inst_born(struct apps *, const struct m_app_born *,
		    const char *app, const char *process);
void		 inst_died(struct app_inst *);
void		 inst_free(struct app_inst *);
void		 inst_free_all(struct apps *);
/* Nothing of this kind is read any more. */
void		 inst_close(struct app_inst *, enum app_socket);

/* ---- notify.c ----------------------------------------------------------- */

/* Something can be read from its socket. */
void		 notify_readable(int, short, void *);
/* It may go on. */
void		 notify_resume(int, short, void *);
/* The parent's answer. */
void		 notify_answer(struct app_inst *, pid_t, int member);
/* What it held of the life before is void. */
void		 notify_reset(struct app_inst *);

/* ---- beat.c ------------------------------------------------------------- */

/*
 * Say so when there is none for so long; 0: do not.  The supervisor may know
 * of a spawn before we do: it holds from the birth of that generation on.
 */
void		 beat_watch(struct app_inst *, uint32_t generation,
		    uint32_t ms);
/* An instance was born, or died. */
void		 beat_begin(struct app_inst *);
void		 beat_end(struct app_inst *);
/* There was one. */
void		 beat_take(struct app_inst *);
/* As if there had been none for long enough. */
void		 beat_trigger(struct app_inst *);
void		 beat_late(int, short, void *);

/* ---- meter.c ------------------------------------------------------------ */

/* What it did since the last time; -1: it breaks the protocol. */
int		 meter_take(struct app_inst *, const struct json *);
void		 meter_due(int, short, void *);
/* All so far, to that plane; K_MAX: to each. */
void		 meter_tell(struct app_inst *, enum kind plane);
void		 meter_reset(struct app_inst *);

/* ---- say.c -------------------------------------------------------------- */

void		 say_ready(struct app_inst *, enum ready by);
void		 say_word(struct app_inst *, enum app_word, uint64_t usec);
/* A text, now or soon: of those that come quickly only the last counts. */
void		 say_status(struct app_inst *, const char *);
void		 say_status_due(int, short, void *);
/* All that is true of it, to a supervisor that is new. */
void		 say_all(struct apps *);

#endif /* OMNITROND_APPS_APPS_H */
