/*
 * Requests for logs: what getLogs, inspect and streamLogs share (logs.c),
 * and subscriptions (stream.c).
 */
#ifndef OMNITROND_RPC_LOGS_H
#define OMNITROND_RPC_LOGS_H

#include <stdint.h>

#include "omnitrond/rpc/request.h"
#include "omnitrond/proc.h"

#define LOG_LINES_MAX	10000u	/* of one query */
#define STDERR_TAIL	80u	/* lines of lastExit.stderrTail */
#define STREAMS_MAX	16u	/* subscriptions of a connection */
/* Receipts go for that many records at once. */
#define GOT_RECORDS	(LOG_CREDIT / 2)

/*
 * request_open with a query that keeps the last `want` lines, and with what
 * "grep" asks.  NULL: the call has been answered.
 */
struct request	*logs_open(struct call *, const struct args *, unsigned want,
		    request_done);
/* Tell the logger that nobody wants the query of that number. */
void		 logs_close(struct net *, uint64_t id);
/* The same, and free the request. */
void		 logs_abandon(struct request *);
/* The supervisor went: was it opened at all?  If not it fails. */
void		 logs_unsure(struct request *);
/* LOG_RECORD: a line, or a part of one. */
int		 logs_record(struct peer *, struct msg *);
/* LOG_DONE: that was all. */
int		 logs_done(struct peer *, struct msg *);
/* The logger is there: subscriptions go on.  It is gone: queries fail. */
void		 logs_up(struct net *);
void		 logs_down(struct net *);

/*
 * Send the line in the query of a subscription to its client, who may be
 * gone afterwards, and the request with him.
 */
void		 stream_line(struct request *, const struct m_log_record *,
		    const char *app, const char *process);

/* subscribe.c: 1 if the client can have no other one; the call is answered. */
int		 subscribe_refused(struct call *);
void		 subscribe_reply(struct call *, uint64_t number);

#endif /* OMNITROND_RPC_LOGS_H */
