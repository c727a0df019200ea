/*
 * Requests of a plane: checked (request.c, permit.c), done
 * (request_operate.c) or passed on (request_forward.c), answered and audited
 * (request_answer.c).
 */
#ifndef SUPERVISOR_REQUEST_H
#define SUPERVISOR_REQUEST_H

#include <sys/queue.h>

#include "omnitrond/caller.h"
#include "omnitrond/proto.h"
#include "omnitrond/supervisor/ask.h"
#include "omnitrond/supervisor/timer.h"

struct app;
struct task;
struct sup;

/* Of one plane; beyond it a caller is told to come back (LIMITED). */
#define REQUESTS_MAX	4096
/* An answer waits this long for the disk, then it says "not saved". */
#define UNSAVED_MS	2000

LIST_HEAD(req_tasks, task);

/* One that is not answered at once. */
struct req {
	LIST_ENTRY(req)	 entry;
	struct ask	 ask;
	struct req_tasks ops;		/* still going on */
	int		 adding;	/* more operations follow */
	enum outcome	 outcome;
	uint32_t	 flags;		/* REPLY_* */
	uint32_t	 count;		/* apps acted on */
	uint64_t	 seq;		/* commit with what it changed */
	int		 saving;	/* done, waits for that commit */
	struct timer	 timer;
	char		 text[TEXT_MAX];
};

/* What some have besides, after their caller: see proto.h. */
struct tail {
	uint32_t	 apps[WATCH_APPS_MAX];
	char		 text[SUBJECT_SIZE];	/* key, subject or jti */
	struct caller	 who;			/* as of whom it is tested */
	char		 app[NAME_SIZE];
};

/* REQUEST: do it, answer it, or keep it; -1: it breaks the protocol. */
int	 request_handle(struct sup *, enum kind plane, struct msg *);

/* request_answer.c: answer at once; returns 0, as the handlers do. */
int	 request_say(struct sup *, const struct ask *,
	    enum outcome, const char *);
/* Keep it: add operations, then request_begun; it is freed when answered. */
struct req *request_new(struct sup *, const struct ask *);
void	 request_begun(struct sup *, struct req *);
/* ops.c tells how an operation of the request goes. */
void	 request_op_add(struct req *, struct task *);
void	 request_op_done(struct sup *, struct task *, enum outcome,
	    const char *text);
/* There are as many of that plane as may wait. */
int	 request_full(struct sup *, enum kind plane);
/* It is answered at once, whatever it waits for; or it needs no answer. */
void	 request_end(struct sup *, struct req *, enum outcome, const char *);
void	 request_drop(struct sup *, struct req *);
/* What it changed is in the commit of that number. */
void	 request_changes(struct sup *, struct req *, uint64_t seq);
/* A commit is on disk, or failed. */
void	 request_stored(struct sup *);
/* All is stopped: answers who asked for it, and returns how many did. */
int	 request_stopped(struct sup *);
/* The plane died: nobody waits for its answers. */
void	 request_plane_gone(struct sup *, enum kind plane);

/* request_operate.c: on all apps, or on this one. */
int	 request_all(struct sup *, const struct ask *);
int	 request_one(struct sup *, const struct ask *,
	    struct app *);
int	 request_signal(struct sup *, const struct ask *, struct app *);
int	 request_metrics(struct sup *, const struct ask *, struct app *);	/* NULL: of all */

/* request_watch.c: as many ids as its number says, or none */
int	 request_watch(struct sup *, const struct ask *, const uint32_t *apps);

/* request_exec.c */
int	 request_exec(struct sup *, const struct ask *,
	    struct app *);

/* request_forward.c */
int	 request_logs(struct sup *, const struct ask *);
int	 request_show(struct sup *, const struct ask *);
int	 request_reload(struct sup *, const struct ask *);
int	 request_shutdown(struct sup *, const struct ask *);

#endif /* SUPERVISOR_REQUEST_H */
