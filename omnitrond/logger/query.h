/* Queries about what was logged: query.c and what it is made of, query_*.c. */
#ifndef OMNITROND_LOGGER_QUERY_H
#define OMNITROND_LOGGER_QUERY_H

#include "omnitrond/logger/logger.h"

#define QUERIES_MAX	64u		/* at once, of one plane */
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

#endif /* OMNITROND_LOGGER_QUERY_H */
