/*
 * The logger: reads the output of apps and of the daemon's own processes,
 * writes it to files, and answers queries about it.
 */
#ifndef OMNITROND_LOGGER_LOGGER_H
#define OMNITROND_LOGGER_LOGGER_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "common/jsonw.h"
#include "omnitrond/logger/file.h"
#include "omnitrond/logger/format.h"
#include "omnitrond/logger/ring.h"
#include "omnitrond/proto.h"

struct crash;
struct crash_wait;
struct event;
struct event_base;

#define READ_MAX	(256u * 1024)	/* of one stream in one turn */
#define IN_SIZE		(LINE_TEXT_MAX + READ_MAX + 1)
#define OUT_SIZE	(512u * 1024)	/* formatted, of one write */
#define DAEMON_NAME	"omnitrond"	/* app 0 */
/* More do not end between the parent's word and the supervisor's. */
#define ENDED_MAX	256u

struct logger;
struct output;
struct query;

/* ---- apps (app.c) ------------------------------------------------------- */

LIST_HEAD(streams, output);
LIST_HEAD(followers, query);

/* Whose output goes to one file; id 0 is the daemon itself. */
struct app {
	RB_ENTRY(app)	 entry;
	struct logger	*logger;
	uint32_t	 id;
	uint32_t	 least;		/* level of lines that are written */
	int		 gone;		/* left the configuration */
	int		 seen;		/* mark of conf_commit */
	char		 name[NAME_SIZE];
	struct file	 file;
	struct crash	*crash;		/* its records, NULL: none yet */
	struct ring	 ring[2];	/* by enum stream */
	uint64_t	 seq;		/* of its batches */
	struct streams	 streams;
	struct followers followers;
};
RB_HEAD(apps, app);
RB_PROTOTYPE(apps, app, entry, app_cmp)

int	 app_cmp(const struct app *, const struct app *);
struct app *app_find(struct logger *, uint32_t id);
struct app *app_new(struct logger *, uint32_t id, const char *name);
/* Free it if it left the configuration and nothing of it is left. */
void	 app_release(struct app *);
/* Formatted lines of one batch: to the file, the ring and those who follow. */
void	 app_lines(struct app *, enum stream, const char *, size_t);
/* A line of ours in its log. */
void	 app_note(struct app *, enum level, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/* ---- audit (audit.c) ---------------------------------------------------- */

/* Those of a token and the address are "" if there are none. */
struct audit_texts {
	char	 method[NAME_SIZE];
	char	 app[NAME_SIZE];
	char	 role[NAME_SIZE];
	char	 text[TEXT_MAX + 1];
	char	 subject[SUBJECT_SIZE];
	char	 kid[NAME_SIZE];
	char	 jti[SUBJECT_SIZE];
	char	 address[ADDRESS_SIZE];
};

void	 audit_write(struct logger *, const struct m_audit *,
	    const struct audit_texts *);
size_t	 audit_loss(struct file *, char *, size_t);

/* ---- crash records (crash.c, crash_read.c) ------------------------------ */

/*
 * Write it down, once all that the process has said is there.  -1: it makes
 * no sense.
 */
int	 crash_new(struct logger *, const struct m_crash *,
	    const char *process, const char *why, const char *decided,
	    const char *probe);
/* All that this process said is there. */
void	 crash_ready(struct logger *, const struct m_log_pid *);
/* Those that still wait are written without what is missing. */
void	 crash_flush(struct logger *);
void	 crash_free(struct app *);
/* Those on record, as records of a query. */
void	 crash_query(struct query *, struct app *);

/* ---- configuration (conf.c) --------------------------------------------- */

struct staged {
	struct m_conf_log m;
	char		 name[NAME_SIZE];
};

/* -1: out of order, or not as it must be. */
int	 conf_begin(struct logger *, const struct m_conf_begin *);
int	 conf_log(struct logger *, const struct m_conf_log *, const char *);
int	 conf_end(struct logger *, uint32_t version);
int	 conf_commit(struct logger *, uint32_t version);

/* ---- the process (logger.c) --------------------------------------------- */

/* How it speaks to others: messages, or a test. */
struct logger_ops {
	/* text is `len` bytes; the record's `dropped` and flags are set */
	void	(*record)(struct logger *, uint32_t plane,
		    const struct m_log_record *, const char *app,
		    const char *process, const char *text, size_t len);
	void	(*done)(struct logger *, uint32_t plane, uint64_t id,
		    enum outcome, const char *text);
	/* bytes that wait for that plane, SIZE_MAX if it is away */
	size_t	(*queued)(struct logger *, uint32_t plane);
	void	(*fault)(struct logger *, const char *text);	/* "": gone */
};

struct logger {
	const struct logger_ops *ops;
	void		*arg;		/* of the ops */
	struct event_base *base;	/* NULL until it runs */
	struct event	*retry;		/* files that failed */
	struct event	*work;		/* queries that have work to do */
	struct event	*pause;		/* queries that wait for a channel */
	struct event	*crash_timer;	/* records that wait for output */
	LIST_HEAD(, crash_wait) crashes;
	unsigned	 ncrashes;
	struct m_log_pid ended[ENDED_MAX];	/* a ring: who ended lately */
	unsigned	 nended;		/* ever */
	/* Told that work begins, before any of it; NULL: nobody watches. */
	void	(*woken)(struct logger *);
	int		 awake;		/* it was told */
	int		 worked;	/* since we were asked last */
	int32_t		 pid;		/* our own, for notes */
	struct apps	 apps;
	struct streams	 waiting;
	unsigned	 nwaiting;
	struct files	 files;
	struct file	 audit;
	struct jsonw	 json;		/* of the audit trail */
	struct rings	 rings;
	struct format	 format;
	int64_t		 last_us;	/* stamp of the last batch */
	TAILQ_HEAD(, output) grown;	/* longest idle first */
	unsigned	 ngrown;
	LIST_HEAD(, query) queries;
	unsigned	 nqueries;
	unsigned	 queries_of[K_MAX];	/* of each plane */
	size_t		 query_bytes;
	struct followers followers;	/* of all apps */
	struct staged	*staged;
	size_t		 nstaged;
	size_t		 staged_size;
	uint32_t	 version;	/* that is staged; 0 none */
	int		 staging;	/* between begin and end */
	char		*in;		/* IN_SIZE */
	char		*out;		/* OUT_SIZE */
	char		*block;		/* QUERY_BLOCK */
};

void	 logger_init(struct logger *, const struct logger_ops *, void *arg);
/* From now on streams are read. */
void	 logger_start(struct logger *, struct event_base *);
/* Read what is there for at most `ms`, then flush and close everything. */
void	 logger_drain(struct logger *, int64_t ms);
void	 logger_free(struct logger *);
void	 logger_reopen(struct logger *);
/* The files may be touched from now on. */
void	 logger_release(struct logger *);
/*
 * Before whatever a disk that hangs may hold up: whoever watches us is told
 * that we are at work, until logger_worked finds that we were not.
 */
void	 logger_wake(struct logger *);
int	 logger_worked(struct logger *);
/* Wall time for a batch; rises, unless the clock was set back. */
int64_t	 logger_stamp(struct logger *);
/* Have query_step called when this turn of the loop is over. */
void	 logger_work(struct logger *);
/* A crash record waits for the end of an output, but not for ever. */
void	 logger_crash_waits(struct logger *);
/* A channel is full: try to send again in a moment. */
void	 logger_pause(struct logger *);
/* End all queries of a plane that went. */
void	 logger_plane_down(struct logger *, uint32_t plane);

/* dispatch.c */
struct proc_ops;
extern const struct proc_ops logger_proc_ops;

#endif /* OMNITROND_LOGGER_LOGGER_H */
