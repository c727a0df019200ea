/*
 * Log queries: getLogs, and what is common to inspect and streamLogs.  In
 * a plane.
 *
 * A query is asked of the supervisor (REQUEST), which opens it at the
 * logger; the logger then talks to us: LOG_RECORD, at most LOG_CREDIT of
 * them without a receipt, and LOG_DONE.
 */
#include <stdlib.h>
#include <string.h>

#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/grep.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/query.h"
#include "omnitrond/rpc/reply.h"

static void
logs_send(struct net *net, enum msg_type type, uint64_t id, uint32_t records)
{
	struct m_log_got	 got;

	if (net->proc->peer[K_LOGGER] == NULL)
		return;
	memset(&got, 0, sizeof(got));
	got.id = id;
	got.records = records;
	peer_send(net->proc->peer[K_LOGGER], type, -1, &got, NULL);
}

void
logs_close(struct net *net, uint64_t id)
{
	logs_send(net, M_LOG_CLOSE, id, 0);
}

/* "grep" and the memory of the query; -1 when the call was answered. */
static int
logs_prepare(struct call *call, const struct args *args, unsigned want,
    struct query **qp)
{
	const char	*re = args_string(args, "grep");
	struct query	*q;
	struct fault	 f;
	char		 why[128];

	if ((q = query_new(want)) == NULL) {
		reply_error(call, RPC_INTERNAL, "out of memory");
		return (-1);
	}
	if (re != NULL && grep_compile(&q->re, re, why, sizeof(why)) == -1) {
		fault_set(&f, RPC_PARAMS, "grep: %s", why);
		fault_datum(&f, "parameter", "grep");
		reply_fault(call, &f);
		query_free(call->net, q);
		return (-1);
	}
	q->has_re = re != NULL;
	*qp = q;
	return (0);
}

struct request *
logs_open(struct call *call, const struct args *args, unsigned want,
    request_done done)
{
	struct request	*r;
	struct query	*q;

	if (logs_prepare(call, args, want, &q) == -1)
		return (NULL);
	if ((r = request_open(call, args, done)) == NULL) {
		query_free(call->net, q);
		return (NULL);
	}
	r->query = q;
	r->msg.number = want;
	return (r);
}

static void
logs_answer(struct request *r, const struct outcome_of *res)
{
	const struct logline	*line;
	struct jsonw		*w;

	if (res->outcome != OUT_OK) {
		request_error(&r->call, &r->msg, res);
		return;
	}
	w = reply_begin(&r->call);
	jsonw_array(w);
	TAILQ_FOREACH(line, &r->query->lines, entry)
		query_line(w, line);
	jsonw_end(w);
	reply_end(&r->call);
}

void
logs_call(struct call *call, const struct args *args)
{
	struct request	*r;
	int64_t		 lines = args_value(args, "lines");

	if (lines < 1 || lines > LOG_LINES_MAX) {
		reply_error(call, RPC_PARAMS,
		    "lines: expected int from 1 to %u", LOG_LINES_MAX);
		return;
	}
	r = logs_open(call, args, (unsigned)lines, logs_answer);
	if (r == NULL)
		return;
	/* those that match and may be seen are among more */
	if (r->query->has_re || access_limited(call->client))
		r->msg.number = LOG_LINES_MAX;
	request_send(r);
}

/*
 * May its client see lines of that app, or of the daemon, which are of none?
 * Asked once for many of them.
 */
static int
logs_shows(struct request *r, const char *app)
{
	const struct client	*client = r->call.client;
	const struct access	*access = &r->call.net->access;
	struct query		*q = r->query;

	if (client == NULL || !access_limited(client))
		return (1);
	if (r->msg.flags & REQ_SYSTEM)
		app = "";
	if (q->version != access->version + 1 || strcmp(q->app, app) != 0) {
		q->version = access->version + 1;	/* 0: not asked yet */
		strlcpy(q->app, app, sizeof(q->app));
		q->shows = access_may_name(client, r->call.method, app);
	}
	return (q->shows);
}

/* A line is complete in q->part. */
static void
logs_line(struct request *r, const struct m_log_record *rec, const char *app,
    const char *process)
{
	struct query	*q = r->query;
	struct net	*net = r->call.net;
	uint64_t	 id = r->msg.id;

	if (!logs_shows(r, app) || !query_match(q)) {
		q->part.len = 0;
		return;
	}
	if (q->follow) {
		/* The subscriber, and with it r, may be gone after this. */
		stream_line(r, rec, app, process);
		return;
	}
	if (query_keep(net, q, rec, app, process) == -1) {
		request_fail(r, OUT_LIMITED, "too many lines of logs are "
		    "being read; ask for fewer");
		logs_close(net, id);
		return;
	}
	q->part.len = 0;
}

/* The text of a record: a 16-bit length and bytes, any of them. */
static const uint8_t *
logs_text(struct msg *m, size_t *len)
{
	const uint8_t	*p;
	uint16_t	 n;

	msg_take(m, &n, sizeof(n));
	p = msg_take_rest(m, len);
	if (*len != n)
		m->bad = 1;
	return (p);
}

int
logs_record(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_log_record	 rec;
	struct request		*r;
	struct query		*q;
	char			 app[NAME_SIZE], process[NAME_SIZE];
	const uint8_t		*text;
	size_t			 len;

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, app, sizeof(app));
	msg_take_str(m, process, sizeof(process));
	text = logs_text(m, &len);
	if (msg_end(m) == -1 || !request_known(net, rec.id))
		return (-1);
	if ((r = request_find(net, rec.id)) == NULL) {
		/* Closed; perhaps before the logger had opened it. */
		logs_close(net, rec.id);
		return (0);
	}
	if ((q = r->query) == NULL)
		return (-1);
	q->heard = 1;
	q->dropped += rec.dropped;
	if (++q->ungot == GOT_RECORDS) {
		logs_send(net, M_LOG_GOT, rec.id, q->ungot);
		q->ungot = 0;
	}
	if (query_part(q, text, len) == -1) {
		q->part.len = 0;
		q->dropped++;
	} else if ((rec.flags & RECORD_MORE) == 0)
		logs_line(r, &rec, app, process);
	return (0);
}

int
logs_done(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_log_done	 done;
	struct outcome_of	 res;
	struct request		*r;
	char			 text[TEXT_MAX + 1];

	msg_take(m, &done, sizeof(done));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1 || done.outcome >= OUT_MAX ||
	    !request_known(net, done.id))
		return (-1);
	if ((r = request_find(net, done.id)) == NULL) {
		/* A subscription closed before the logger had opened it. */
		if (done.outcome == OUT_OK)
			logs_close(net, done.id);
		return (0);
	}
	if (r->query == NULL)
		return (-1);
	r->query->heard = 1;
	if (r->query->follow && done.outcome == OUT_OK)
		return (0);		/* what there was; more will come */
	memset(&res, 0, sizeof(res));
	res.outcome = done.outcome;
	res.text = text;
	request_finish(r, &res);
	return (0);
}

/* Nobody waits for it any more. */
void
logs_abandon(struct request *r)
{
	logs_close(r->call.net, r->msg.id);
	request_free(r);
}

/* The supervisor went: it may or may not have opened the query. */
void
logs_unsure(struct request *r)
{
	if (r->query->heard || r->query->lost)
		return;
	if (r->query->follow) {
		logs_close(r->call.net, r->msg.id);
		r->query->lost = 1;
	} else
		request_fail(r, OUT_UNAVAILABLE,
		    "the supervisor was restarted; try again");
}

void
logs_down(struct net *net)
{
	struct request	*r;
	uint64_t	 id;

	for (id = 0; (r = request_next(net, id)) != NULL;) {
		id = r->msg.id;
		if (r->query == NULL)
			continue;
		r->query->part.len = 0;
		r->query->ungot = 0;
		if (r->query->follow)
			r->query->lost = 1;
		else
			request_fail(r, OUT_UNAVAILABLE,
			    "the logger was restarted; try again");
	}
}

/* Subscriptions go on where they were broken off, without a backlog. */
void
logs_up(struct net *net)
{
	struct request	*r;
	uint64_t	 id;

	if (!net_ready(net) || net->proc->peer[K_LOGGER] == NULL)
		return;
	for (id = 0; (r = request_next(net, id)) != NULL;) {
		id = r->msg.id;
		if (r->query == NULL || !r->query->lost)
			continue;
		r->query->lost = 0;
		r->query->heard = 0;
		r->msg.number = 0;
		request_again(r);
	}
}
