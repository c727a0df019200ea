/*
 * The lines of a log query: put together from records, matched, and kept
 * until the logger is done, or sent on as they come.
 */
#ifndef OMNITROND_RPC_QUERY_H
#define OMNITROND_RPC_QUERY_H

#include <sys/types.h>
#include <sys/queue.h>

#include <regex.h>
#include <stdint.h>

#include "common/jsonw.h"
#include "common/units.h"
#include "common/buf.h"
#include "omnitrond/proto.h"

struct net;

/* Bytes of one line that are kept; the rest of it is left out. */
#define LOG_MESSAGE_MAX	(256 * KIB)
/* Text kept for one query; the oldest lines make room. */
#define QUERY_BYTES_MAX	(16 * MIB)
/* And for all of them together. */
#define LOG_BYTES_MAX	(128 * MIB)

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
	/* may its client see this app's lines? by rules of that version */
	char			 app[NAME_SIZE];
	int			 shows;
	unsigned		 version;
};

/* One that keeps the last `want` lines; NULL: no memory. */
struct query	*query_new(unsigned want);
/* With its lines, which no longer count for the process; NULL is fine. */
void		 query_free(struct net *, struct query *);
/* Add to the line in the making, q->part; -1: no memory. */
int		 query_part(struct query *, const void *, size_t);
/* Does the line in q->part match? */
int		 query_match(struct query *);
/* Keep a copy of it; -1: too much is kept by all queries, or no memory. */
int		 query_keep(struct net *, struct query *,
		    const struct m_log_record *, const char *app,
		    const char *process);
/* Write a LogEntry: of a record and its text, or of a line that was kept. */
void		 query_entry(struct jsonw *, const struct m_log_record *,
		    const char *app, const char *process, const char *,
		    size_t);
void		 query_line(struct jsonw *, const struct logline *);

#endif /* OMNITROND_RPC_QUERY_H */
