/* The read ends of FIFOs: stream.c, pipe.c (their size), pace.c (the pace). */
#ifndef OMNITROND_LOGGER_STREAM_H
#define OMNITROND_LOGGER_STREAM_H

#include "omnitrond/logger/logger.h"

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

#endif /* OMNITROND_LOGGER_STREAM_H */
