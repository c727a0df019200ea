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

struct event;
struct event_base;

#define READ_MAX	(256u * 1024)	/* of one stream in one turn */
#define IN_SIZE		(LINE_TEXT_MAX + READ_MAX + 1)
#define OUT_SIZE	(512u * 1024)	/* formatted, of one write */
#define PIPE_DEFAULT	(64u * 1024)	/* a FIFO holds that much at first */
#define PIPE_GROWN	(1024 * 1024)
#define PIPES_GROWN_MAX	32u		/* a user's pipes are limited */
#define PIPE_IDLE_MS	10000		/* then another may have its place */
#define PACE_MS		1		/* between reads of a chatty stream */
#define PACE_QUICK_US	500		/* reads that close together are */
#define PACE_QUICK	16		/* so many in a row: it is chatty */
#define PACE_SMALL	(16u * 1024)	/* and none gave more than this */
#define PACE_LEAST	4096u		/* less in PACE_MS: not any more */
#define HOLD_MS		50		/* output of an unknown instance */
#define DRAIN_MAX	PIPE_GROWN	/* read at once when one ends */
#define STREAMS_WAIT_MAX 4096u		/* of apps not configured yet */
#define DAEMON_NAME	"omnitrond"	/* app 0 */

struct logger;
struct query;

/* ---- apps (app.c) ------------------------------------------------------- */

struct output;
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

/* ---- streams (stream.c, pipe.c, pace.c) --------------------------------- */

struct output {
	LIST_ENTRY(output) entry;	/* of its app, or of those that wait */
	TAILQ_ENTRY(output) grown_entry;
	struct logger	*logger;
	struct app	*app;		/* NULL while it waits for one */
	struct event	*ev;		/* NULL until the loop runs */
	struct m_inst	 inst;
	enum stream	 kind;
	int		 fd;
	int		 listening;
	int		 eof;
	int		 ended;		/* its instance; another may come */
	int		 gap;		/* say that output may be missing */
	int		 grown;		/* 1, or -1 when it cannot be */
	struct mono	 full;		/* its pipe was, last time */
	struct event	*hold;		/* until it is known whose it is */
	int		 held;		/* it was, since the last end */
	struct event	*later;		/* the next read of a chatty one */
	struct mono	 last;		/* read */
	int		 quick;		/* small reads in a row */
	int		 paced;
	struct source	 src;
	char		*process;
	char		*partial;	/* a line that is not complete */
	size_t		 partlen;
};

/* Takes the descriptor over. */
void	 stream_new(struct logger *, const struct m_log_stream *,
	    const char *process, int fd);
void	 stream_pid(struct logger *, const struct m_log_pid *);
void	 stream_end(struct logger *, const struct m_log_pid *);
/* Streams that waited for a configuration of their app. */
void	 stream_settle(struct logger *);
void	 stream_listen(struct output *);
void	 stream_pause(struct output *);
/* One read and what follows: bytes read, 0 none there, -1 it has ended. */
ssize_t	 stream_read(struct output *);
/* Read what there is, at most `max`; -1: it has ended. */
int	 stream_drain(struct output *, size_t max);
/* Write a line that will not be completed. */
void	 stream_flush(struct output *);
void	 stream_free(struct output *);

void	 pipe_full(struct output *);	/* a read took all a pipe holds */
void	 pipe_gone(struct output *);
void	 pace_read(struct output *, size_t);	/* after each read */

/* ---- queries (query*.c) ------------------------------------------------- */

#define QUERIES_MAX	64u		/* at once */
#define QUERY_LINES_MAX	10000u		/* of one, newest first */
#define QUERY_BYTES_MAX	(8u * 1024 * 1024)	/* kept for one */
#define QUERIES_BYTES_MAX (64u * 1024 * 1024)	/* and for all */
#define QUERY_BLOCK	(64u * 1024)	/* read of a file in one turn */
#define QUERY_SCAN_MAX	((int64_t)1024 * 1024 * 1024) /* of files in all */
#define FOLLOW_BYTES_MAX (256u * 1024)	/* that wait for credit */
#define SEND_QUEUE_MAX	(PEER_QUEUE_MAX / 2)	/* then we wait */
#define SEND_RETRY_MS	20		/* until that queue is shorter */

enum query_state { QUERY_COLLECT, QUERY_SEND, QUERY_FOLLOW };

/* A line that is to be sent; data: app, NUL, process, NUL, text. */
struct record {
	TAILQ_ENTRY(record) entry;
	int64_t		 at_us;
	int64_t		 order;		/* among those of the same time */
	int32_t		 pid;
	uint8_t		 stream;
	uint8_t		 level;
	uint16_t	 flags;
	uint32_t	 dropped;
	uint32_t	 process;	/* where it begins in data */
	uint32_t	 text;
	uint32_t	 len;		/* of the text */
	uint32_t	 sent;		/* of it */
	char		 data[];
};
TAILQ_HEAD(records, record);

/* Where in the files of an app a query reads, from the end to the front. */
struct reader {
	int		 fd;		/* -1: none */
	int64_t		 end;		/* before this all is to be read */
	unsigned	 number;	/* of the file, 0 the newest */
	uint32_t	 rotations;	/* the app had seen when it began */
	int64_t		 before_us;	/* only lines older, 0 = all */
	int64_t		 last_us;	/* time of the line after */
	size_t		 taken;		/* lines of this app */
};

struct query {
	LIST_ENTRY(query) entry;
	LIST_ENTRY(query) follow_entry;
	struct logger	*logger;
	struct m_log_open m;
	char		 process[NAME_SIZE];	/* only its lines, or empty */
	enum query_state state;
	int		 following;	/* is on a list of followers */
	int		 all;		/* of all apps */
	uint32_t	 app;		/* that is being read */
	int		 begun;		/* its ring was looked at */
	int64_t		 opened_us;	/* lines after it are followed */
	struct reader	 reader;
	int64_t		 scanned;
	int64_t		 newest;	/* order of the next newer and */
	int64_t		 oldest;	/* older line */
	struct record	**found;	/* in no order until they are sorted */
	size_t		 nfound;
	size_t		 size;
	size_t		 bytes;		/* of all records it has */
	int64_t		 cut_us;	/* older ones were thrown away; 0 none */
	struct records	 queue;		/* to be sent */
	size_t		 queued;	/* bytes of those that followed */
	uint32_t	 dropped;	/* that found no place */
	uint32_t	 credit;
};

/* NULL, or why it cannot be opened; *outcome says which kind of reason. */
const char *query_open(struct logger *, const struct m_log_open *,
	    const char *process, enum outcome *outcome);
struct query *query_find(struct logger *, uint32_t plane, uint64_t id);
/* Receipts; -1 if there are more than records. */
int	 query_got(struct query *, uint32_t records);
void	 query_free(struct query *);
/* The app left: nobody can follow it any more. */
void	 query_app_gone(struct app *);
/* A unit of work; 1 if there is more. */
int	 query_step(struct query *);
/* New lines for those who follow. */
void	 query_feed(struct app *, enum stream, const char *, size_t);

/* query_ring.c: 1 if memory had all that is wanted of the app. */
int	 query_ring(struct query *, struct app *);
/* query_file.c: one block; 0 when no older lines can be wanted. */
int	 query_file(struct query *, struct app *);
int	 reader_open(struct reader *, const struct app *);
void	 reader_close(struct reader *);

/* query_keep.c */
int	 query_wants(const struct query *, const struct line *, enum stream);
struct record *record_new(struct query *, const struct app *,
	    const struct line *, enum stream);
void	 record_free(struct query *, struct record *);
void	 query_keep(struct query *, const struct app *, const struct line *,
	    enum stream, int64_t order);
/* What was found, in order, to the front of the queue. */
void	 query_sort(struct query *);
/* query_send.c: what credit and the channel allow; -1: answered and freed. */
int	 query_send(struct query *);

/* ---- audit (audit.c) ---------------------------------------------------- */

void	 audit_write(struct logger *, const struct m_audit *,
	    const char *method, const char *app, const char *role,
	    const char *text);
size_t	 audit_loss(struct file *, char *, size_t);

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
/* Wall time for a batch; rises, unless the clock was set back. */
int64_t	 logger_stamp(struct logger *);
/* Have query_step called when this turn of the loop is over. */
void	 logger_work(struct logger *);
/* A channel is full: try to send again in a moment. */
void	 logger_pause(struct logger *);
/* End all queries of a plane that went. */
void	 logger_plane_down(struct logger *, uint32_t plane);

/* dispatch.c */
struct proc_ops;
extern const struct proc_ops logger_proc_ops;

#endif /* OMNITROND_LOGGER_LOGGER_H */
