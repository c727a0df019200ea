/*
 * Requests of a client and their answers, matched by id.  In libomnitron.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/libomnitron/client.h"

void
omnitron_reply_clear(struct omnitron_reply *r)
{
	/* It may hold a secret or a token that was asked for. */
	if (r->text != NULL)
		explicit_bzero(r->text, r->size);
	free(r->text);
	memset(r, 0, sizeof(*r));
}

/* Take a request off those that wait; 0 if it is not among them. */
static int
call_unpend(struct omnitron *c, int64_t id, struct client_request *r)
{
	size_t	 i;

	for (i = 0; i < c->npending; i++) {
		if (c->pending[i].id != id)
			continue;
		*r = c->pending[i];
		c->npending--;
		memmove(&c->pending[i], &c->pending[i + 1],
		    (c->npending - i) * sizeof(c->pending[0]));
		return (1);
	}
	return (0);
}

/* An answer that was kept; id 0 takes any. */
static struct client_answer *
call_kept(struct omnitron *c, int64_t id)
{
	struct client_answer	*a;

	STAILQ_FOREACH(a, &c->answers, entry)
		if (id == 0 || a->reply.id == id)
			break;
	if (a != NULL)
		STAILQ_REMOVE(&c->answers, a, client_answer, entry);
	return (a);
}

static void
call_free(struct client_answer *a)
{
	if (a == NULL)
		return;
	omnitron_reply_clear(&a->reply);
	free(a);
}

void
omnitron_forget(struct omnitron *c, int64_t id)
{
	struct client_request	 r;

	if (id == 0)
		return;
	call_unpend(c, id, &r);
	call_free(call_kept(c, id));
}

void
call_clear(struct omnitron *c)
{
	c->npending = 0;
	while (!STAILQ_EMPTY(&c->answers))
		call_free(call_kept(c, 0));
}

/* The first request whose answer goes to a callback. */
static struct client_request *
call_first(struct omnitron *c)
{
	size_t	 i;

	for (i = 0; i < c->npending; i++)
		if (c->pending[i].fn != NULL)
			return (&c->pending[i]);
	return (NULL);
}

void
client_abandon(struct omnitron *c, enum omnitron_status st)
{
	struct omnitron_reply	 none;
	struct client_request	*next, r;

	memset(&none, 0, sizeof(none));
	c->reading = 1;
	while ((next = call_first(c)) != NULL) {
		call_unpend(c, next->id, &r);
		none.id = r.id;
		r.fn(c, st, &none, r.arg);
	}
	c->reading = 0;
}

/* ---- sending ------------------------------------------------------------ */

enum omnitron_status
omnitron_request(struct omnitron *c, const char *method, const char *params,
    omnitron_answer_fn fn, void *arg, int64_t *id)
{
	struct jsonw	 w;
	int		 rv;

	if (c->line.fd == -1 || c->line.ended)
		return (client_lost(c));
	if (c->npending == OMNITRON_PENDING_MAX ||
	    line_unsent(&c->line) > CLIENT_UNSENT_MAX) {
		errno = EAGAIN;
		return (client_say(c, OMNITRON_FAILED,
		    "too many requests wait"));
	}
	jsonw_init(&w, 0);
	rv = msg_request(&w, c->last_id + 1, method, params);
	if (rv == 0)
		rv = line_put(&c->line, w.buf, w.len);
	if (w.buf != NULL)
		explicit_bzero(w.buf, w.len);	/* it may set a secret */
	jsonw_free(&w);
	if (rv == -1 && errno == EINVAL)
		return (client_say(c, OMNITRON_FAILED,
		    "the parameters are no JSON object"));
	if (rv == -1)
		return (client_errno(c, errno));
	c->pending[c->npending].id = ++c->last_id;
	c->pending[c->npending].fn = fn;
	c->pending[c->npending++].arg = arg;
	if (id != NULL)
		*id = c->last_id;
	line_flush(&c->line);
	return (OMNITRON_OK);
}

enum omnitron_status
omnitron_send(struct omnitron *c, const char *method, const char *params,
    int64_t *id)
{
	return (omnitron_request(c, method, params, NULL, NULL, id));
}

/* ---- answers ------------------------------------------------------------ */

/* The error's members; -1 if it is none of JSON-RPC. */
static int
call_error(struct omnitron_reply *r, struct slice error)
{
	struct slice	 code = slice_member(error, "code");
	struct slice	 message = slice_member(error, "message");
	struct slice	 data = slice_member(error, "data");
	struct slice	 name = slice_member(data, "code");
	int64_t		 number;

	if (slice_int(code, &number) == -1 || number < INT_MIN ||
	    number > INT_MAX || message.p == NULL || *message.p != '"')
		return (-1);
	r->code = (int)number;
	if (name.p != NULL && *name.p == '"' &&
	    name.len <= sizeof(r->name) + 1) {
		memcpy(r->name, name.p + 1, name.len - 2);
		r->name[name.len - 2] = '\0';
	}
	r->message = slice_unquote(message);
	r->data = slice_end(data);
	return (0);
}

/* Fill the reply, which keeps the line. */
static enum omnitron_status
call_fill(struct omnitron *c, const struct msg *m, char *line, size_t len,
    struct omnitron_reply *r)
{
	struct slice	 result, error;
	char		*kept;

	if ((m->result.p == NULL) == (m->error.p == NULL))
		return (client_violation(c, "neither result nor error"));
	kept = line_keep(&c->line, line, len, &r->text, &r->size);
	if (kept == NULL)
		return (client_errno(c, ENOMEM));
	result = client_move(m->result, line, kept);
	error = client_move(m->error, line, kept);
	if (result.p != NULL) {
		r->result = slice_end(result);
		return (OMNITRON_OK);
	}
	if (call_error(r, error) == 0)
		return (OMNITRON_ERROR);
	omnitron_reply_clear(r);
	return (client_violation(c, "neither result nor error"));
}

/*
 * The request that an answer is for: > 0, or 0 none that still waits, or -1
 * it is no answer.  An error without an id (the line was not understood,
 * the connection is refused) counts for the request `waited`.
 */
static int64_t
call_id(const struct omnitron *c, const struct msg *m, int64_t waited)
{
	int64_t	 id;

	if (m->id.p == NULL)
		return (-1);
	if (*m->id.p == 'n' && m->error.p != NULL) {
		if (waited != 0)
			return (waited);
		return (c->npending > 0 ? c->pending[0].id : 0);
	}
	if (slice_int(m->id, &id) == -1)
		return (-1);
	return (id < 0 ? 0 : id);
}

enum omnitron_status
call_answer(struct omnitron *c, const struct msg *m, char *line, size_t len,
    int64_t waited)
{
	struct omnitron_reply	 reply;
	struct client_request	 request;
	struct client_answer	*a;
	enum omnitron_status	 st;
	int64_t			 id = call_id(c, m, waited);

	if (id == -1)
		return (client_violation(c, "no id"));
	if (!call_unpend(c, id, &request))
		return (OMNITRON_OK);	/* given up */
	memset(&reply, 0, sizeof(reply));
	reply.id = id;
	st = call_fill(c, m, line, len, &reply);
	if (request.fn != NULL) {
		reply.id = id;
		request.fn(c, st, &reply, request.arg);
		omnitron_reply_clear(&reply);
		return (st == OMNITRON_ERROR ? OMNITRON_OK : st);
	}
	if (st != OMNITRON_OK && st != OMNITRON_ERROR)
		return (st);
	if ((a = malloc(sizeof(*a))) == NULL) {
		omnitron_reply_clear(&reply);
		return (client_errno(c, ENOMEM));
	}
	a->reply = reply;
	a->status = st;
	STAILQ_INSERT_TAIL(&c->answers, a, entry);
	return (OMNITRON_OK);
}

/* Can an answer to it still come? */
static int
call_expects(const struct omnitron *c, int64_t id)
{
	size_t	 i;

	for (i = 0; i < c->npending; i++)
		if (c->pending[i].fn == NULL &&
		    (id == 0 || c->pending[i].id == id))
			return (1);
	return (0);
}

/* Hand a kept answer to the caller. */
static enum omnitron_status
call_give(struct omnitron *c, struct client_answer *a,
    struct omnitron_reply *r)
{
	enum omnitron_status	 st = a->status;

	*r = a->reply;
	free(a);
	if (st == OMNITRON_ERROR)
		client_say(c, st, "%s", r->message);
	return (st);
}

enum omnitron_status
omnitron_wait(struct omnitron *c, int64_t id, int timeout,
    struct omnitron_reply *r)
{
	struct mono		 deadline = line_deadline(timeout);
	struct client_answer	*a;
	enum omnitron_status	 st;

	memset(r, 0, sizeof(*r));
	if ((a = call_kept(c, id)) != NULL)
		return (call_give(c, a, r));
	if ((st = client_enter(c)) != OMNITRON_OK)
		return (st);
	for (;;) {
		if (!call_expects(c, id)) {
			errno = EINVAL;
			return (client_say(c, OMNITRON_FAILED,
			    "no such request"));
		}
		st = client_receive(c, deadline, id);
		if ((a = call_kept(c, id)) != NULL)
			return (call_give(c, a, r));
		if (st == OMNITRON_LOST || st == OMNITRON_PROTOCOL)
			client_abandon(c, st);
		if (st != OMNITRON_OK)
			return (st);
		/* A stream of other messages must not outlast the deadline. */
		if (timeout > 0 && line_left(deadline) == 0)
			return (client_say(c, OMNITRON_TIMEOUT, "timed out"));
	}
}

enum omnitron_status
omnitron_call(struct omnitron *c, const char *method, const char *params,
    int timeout, struct omnitron_reply *r)
{
	struct mono		 deadline = line_deadline(timeout);
	enum omnitron_status	 st;
	int64_t			 id = 0;

	memset(r, 0, sizeof(*r));
	if ((st = client_enter(c)) != OMNITRON_OK ||
	    (st = omnitron_send(c, method, params, &id)) != OMNITRON_OK)
		return (st);
	st = omnitron_wait(c, id, line_left(deadline), r);
	if (st != OMNITRON_OK && st != OMNITRON_ERROR)
		omnitron_forget(c, id);
	return (st);
}
