/* Requests of a plane: checked, done, answered, audited. */
#ifndef SUPERVISOR_REQUEST_H
#define SUPERVISOR_REQUEST_H

#include <sys/queue.h>

#include "omnitrond/proto.h"
#include "omnitrond/supervisor/timer.h"

struct task;
struct sup;

/* Of all planes; beyond it a caller is told to come back (LIMITED). */
#define REQUESTS_MAX	4096
/* An answer waits this long for the disk, then it says "not saved". */
#define UNSAVED_MS	2000

LIST_HEAD(req_tasks, task);

/* One that is not answered at once. */
struct req {
	LIST_ENTRY(req)	 entry;
	struct m_request m;
	enum kind	 plane;
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

/* -1: it breaks the protocol. */
int	 request_handle(struct sup *, enum kind plane,
	    const struct m_request *);
/* The plane died: nobody waits for its answers. */
void	 request_plane_gone(struct sup *, enum kind plane);
/* A commit is on disk, or failed. */
void	 request_stored(struct sup *);
/* All is stopped: answers who asked for it, and returns how many did. */
int	 request_stopped(struct sup *);

/* ops.c tells how an operation of the request goes */
void	 request_op_add(struct req *, struct task *);
void	 request_op_done(struct sup *, struct task *, enum outcome,
	    const char *text);
void	 request_changes(struct sup *, struct req *, uint64_t seq);

#endif /* SUPERVISOR_REQUEST_H */
