/*
 * A query of logs: lines put together from records, matched, and kept until
 * the logger is done, or sent on as they come.
 */
#ifndef OMNITROND_NETWORK_QUERY_H
#define OMNITROND_NETWORK_QUERY_H

#include <sys/types.h>
#include <sys/queue.h>

#include <regex.h>
#include <stdint.h>

#include "common/units.h"
#include "omnitrond/network/network.h"
#include "omnitrond/proto.h"

#define LOG_LINES_MAX	10000u	/* of one query */
#define STDERR_TAIL	80u	/* lines of lastExit.stderrTail */
#define GREP_MAX	256u	/* bytes of a regular expression */
/* Bytes of one line that are kept; the rest of it is left out. */
#define LOG_MESSAGE_MAX	(256 * KIB)
/* Text kept for one query; the oldest lines make room. */
#define QUERY_BYTES_MAX	(16 * MIB)
/* And for all of them together. */
#define LOG_BYTES_MAX	(128 * MIB)
/* Receipts go for that many records at once. */
#define GOT_RECORDS	(LOG_CREDIT / 2)

struct logline {
	TAILQ_ENTRY(logline)	 entry;
	int64_t			 at_us;
	int32_t			 pid;
	uint8_t			 stream;
	uint8_t			 level;
	char			 app[NAME_SIZE];
	char			 process[NAME_SIZE];
	size_t			 len;
	char			 text[];
};
TAILQ_HEAD(loglines, logline);

struct query {
	int			 follow;	/* a subscription */
	uint64_t		 subscription;
	int			 heard;		/* the logger knows of it */
	int			 lost;		/* to be opened again */
	int			 has_re;
	regex_t			 re;
	unsigned		 want;		/* lines to keep */
	unsigned		 n;
	size_t			 bytes;
	struct loglines		 lines;
	struct buf		 part;		/* the line so far */
	unsigned		 ungot;		/* records without receipt */
	uint64_t		 dropped;	/* lines left out before this */
};

struct query	*query_new(unsigned want);	/* NULL: no memory */
void		 query_free(struct net *, struct query *);
/* Compile an extended regular expression; -1 and why. */
int		 grep_compile(regex_t *, const char *, char *, size_t);
/* Add to the line in the making. */
int		 query_part(struct query *, const void *, size_t);
/* Does the line match?  It is in q->part. */
int		 query_match(struct query *);
/* Keep the line; -1: too much is kept by all queries, or no memory. */
int		 query_keep(struct net *, struct query *,
		    const struct m_log_record *, const char *app,
		    const char *process);
/* A LogEntry. */
void		 query_entry(struct jsonw *, const struct m_log_record *,
		    const char *app, const char *process, const char *,
		    size_t);
void		 query_line(struct jsonw *, const struct logline *);
/* stream.c: send the line in q->part to the subscriber. */
void		 stream_line(struct request *, const struct m_log_record *,
		    const char *app, const char *process);
void		 stream_done(struct request *, const struct outcome_of *);
/* logs.c: what all log requests have in common; NULL: call answered. */
struct request	*logs_open(struct call *, const struct args *, unsigned want,
		    void (*)(struct request *, const struct outcome_of *));
void		 logs_close(struct net *, uint64_t id);

#endif /* OMNITROND_NETWORK_QUERY_H */
