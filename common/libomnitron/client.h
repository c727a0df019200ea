/* A client's connection, shared by client.c, remote.c, call.c and note.c. */
#ifndef LIBOMNITRON_CLIENT_H
#define LIBOMNITRON_CLIENT_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/libomnitron/line.h"
#include "common/libomnitron/msg.h"
#include "common/libomnitron/omnitron.h"

/* Bytes of requests that the daemon does not take; then EAGAIN. */
#define CLIENT_UNSENT_MAX	((size_t)4 * 1024 * 1024)
#define CLIENT_TEXT_MAX		512	/* of an error, NUL included */
#define CLIENT_OPTIONS		(OMNITRON_TOKEN_FILE + 1)

struct secure;

struct client_request {		/* one that waits for its answer */
	int64_t			 id;
	omnitron_answer_fn	 fn;	/* NULL: omnitron_wait takes it */
	void			*arg;
};

struct client_answer {		/* one that nobody has waited for yet */
	STAILQ_ENTRY(client_answer) entry;
	struct omnitron_reply	 reply;
	enum omnitron_status	 status;
};

struct client_note {
	STAILQ_ENTRY(client_note) entry;
	struct omnitron_note	 note;
};

struct client_stream {
	int64_t			 subscription;
	omnitron_note_fn	 fn;
	void			*arg;
};

struct omnitron {
	char			*option[CLIENT_OPTIONS]; /* as set, or NULL */
	char			*path;		/* as connected or tried */
	struct line		 line;
	struct secure		*secure;	/* TLS, or NULL */
	int64_t			 last_id;
	int			 reading;	/* a callback may be running */
	struct client_request	 pending[OMNITRON_PENDING_MAX];
	size_t			 npending;
	struct client_stream	 streams[OMNITRON_STREAMS_MAX];
	size_t			 nstreams;
	STAILQ_HEAD(, client_answer) answers;	/* one a request at most */
	STAILQ_HEAD(, client_note) notes;
	size_t			 nnotes;
	uint64_t		 dropped;
	omnitron_note_fn	 note;
	void			*note_arg;
	char			 error[CLIENT_TEXT_MAX];
};

/* Remember why, for omnitron_strerror; errno is kept for the caller. */
enum omnitron_status client_say(struct omnitron *, enum omnitron_status,
		    const char *, ...) __attribute__((format(printf, 3, 4)));
/* OMNITRON_FAILED with that errno and its text. */
enum omnitron_status client_errno(struct omnitron *, int error);
/* The connection is over, by its error: OMNITRON_LOST with errno. */
enum omnitron_status client_lost(struct omnitron *);
/* The peer broke the protocol: the connection is over. */
enum omnitron_status client_violation(struct omnitron *, const char *why);

/*
 * Take in one message: an answer goes to its callback or is kept, a
 * notification to its stream or callback or is kept.  Waits for it until
 * the deadline.  An answer without an id is for the request `waited`.
 */
enum omnitron_status client_receive(struct omnitron *, struct mono deadline,
		    int64_t waited);
/* OMNITRON_OK if the caller may read now. */
enum omnitron_status client_enter(struct omnitron *);
/* Tell all that wait for a callback that nothing will come. */
void		 client_abandon(struct omnitron *, enum omnitron_status);

/* Forget all of a connection; numbers go on, so that none comes twice. */
void		 client_reset(struct omnitron *);
/* remote.c: connect to the host that is set. */
enum omnitron_status client_remote(struct omnitron *, int timeout);

/* call.c: an answer that was taken apart; the line is kept if needed. */
enum omnitron_status call_answer(struct omnitron *, const struct msg *,
		    char *line, size_t len, int64_t waited);
void		 call_clear(struct omnitron *);
/* note.c: the same for a notification. */
enum omnitron_status note_arrived(struct omnitron *, const struct msg *,
		    char *line, size_t len);
void		 note_clear(struct omnitron *);
/* A slice of `from`, where that is now. */
struct slice	 client_move(struct slice, const char *from, char *to);

#endif /* LIBOMNITRON_CLIENT_H */
