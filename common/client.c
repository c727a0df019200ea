/*
 * The client's side of the RPC (common/client.h): requests out, answers
 * matched by id, notifications kept or delivered.  In the CLI (and
 * libomnitron).
 */
#include <sys/queue.h>

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/client_io.h"
#include "common/json.h"
#include "common/jsonw.h"

/* A message that nobody has asked for yet. */
struct client_held {
	STAILQ_ENTRY(client_held) entry;
	struct json		*doc;
	int64_t			 id;	/* of an answer */
};

STAILQ_HEAD(client_list, client_held);

struct client {
	struct client_io	 io;
	int64_t			 last_id;
	int64_t			 pending[CLIENT_PENDING_MAX];
	size_t			 npending;
	struct client_list	 answers;	/* at most one a pending id */
	struct client_list	 notes;
	size_t			 nnotes;
	uint64_t		 dropped;
	client_notify		 notify;
	void			*arg;
	char			 error[160];
};

static enum client_status client_say(struct client *, enum client_status,
    const char *, ...) __attribute__((format(printf, 3, 4)));

/* Remember why, for client_strerror; errno is kept for the caller. */
static enum client_status
client_say(struct client *c, enum client_status st, const char *fmt, ...)
{
	va_list	 ap;
	int	 saved = errno;

	va_start(ap, fmt);
	vsnprintf(c->error, sizeof(c->error), fmt, ap);
	va_end(ap);
	errno = saved;
	return (st);
}

/* The text for a failure of the socket. */
static enum client_status
client_failed(struct client *c, enum client_status st)
{
	switch (st) {
	case CLIENT_TIMEOUT:
		return (client_say(c, st, "timed out"));
	case CLIENT_LOST:
		if (errno == 0)
			return (client_say(c, st,
			    "the daemon closed the connection"));
		return (client_say(c, st, "connection lost: %s",
		    strerror(errno)));
	case CLIENT_PROTOCOL:
		client_io_ended(&c->io, EPROTO);
		return (client_say(c, st, "the daemon's answer is too long"));
	default:
		return (client_say(c, st, "%s", strerror(errno)));
	}
}

static void
client_open_error(const char *path, char *err, size_t size)
{
	switch (errno) {
	case ENOENT:
		snprintf(err, size, "daemon is not running: no socket %s",
		    path);
		break;
	case ECONNREFUSED:
		snprintf(err, size,
		    "daemon is not running: nobody listens on %s", path);
		break;
	case EACCES:
	case EPERM:
		snprintf(err, size, "no permission to connect to %s", path);
		break;
	case ETIMEDOUT:
		snprintf(err, size, "daemon does not accept connections on %s",
		    path);
		break;
	default:
		snprintf(err, size, "cannot connect to %s: %s", path,
		    strerror(errno));
	}
}

struct client *
client_open(const char *path, int timeout, char *err, size_t errsize)
{
	struct client	*c;
	int		 saved;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->io.fd = client_io_connect(path, timeout)) == -1) {
		saved = errno;
		client_open_error(path, err, errsize);
		free(c);
		errno = saved;
		return (NULL);
	}
	STAILQ_INIT(&c->answers);
	STAILQ_INIT(&c->notes);
	return (c);
}

static void
client_list_clear(struct client_list *list)
{
	struct client_held	*h;

	while ((h = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		json_free(h->doc);
		free(h);
	}
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	client_list_clear(&c->answers);
	client_list_clear(&c->notes);
	close(c->io.fd);
	/* It may hold a secret or a token that was asked for. */
	freezero(c->io.buf, c->io.size);
	free(c);
}

int
client_fd(const struct client *c)
{
	return (c->io.fd);
}

const char *
client_strerror(const struct client *c)
{
	return (c->error);
}

uint64_t
client_dropped(const struct client *c)
{
	return (c->dropped);
}

void
client_on_notify(struct client *c, client_notify fn, void *arg)
{
	c->notify = fn;
	c->arg = arg;
}

/* Take an id off those that wait; 0 if it is not among them. */
static int
client_unpend(struct client *c, int64_t id)
{
	size_t	 i;

	for (i = 0; i < c->npending; i++) {
		if (c->pending[i] != id)
			continue;
		c->npending--;
		memmove(&c->pending[i], &c->pending[i + 1],
		    (c->npending - i) * sizeof(c->pending[0]));
		return (1);
	}
	return (0);
}

/* An answer that came before it was waited for; id 0 takes any. */
static struct json *
client_take_answer(struct client *c, int64_t id, int64_t *got)
{
	struct client_held	*h;
	struct json		*doc;

	STAILQ_FOREACH(h, &c->answers, entry)
		if (id == 0 || h->id == id)
			break;
	if (h == NULL)
		return (NULL);
	STAILQ_REMOVE(&c->answers, h, client_held, entry);
	*got = h->id;
	doc = h->doc;
	free(h);
	return (doc);
}

void
client_forget(struct client *c, int64_t id)
{
	int64_t	 got;

	client_unpend(c, id);
	json_free(client_take_answer(c, id, &got));
}

static int
client_hold(struct client_list *list, struct json *doc, int64_t id)
{
	struct client_held	*h;

	if ((h = malloc(sizeof(*h))) == NULL)
		return (-1);
	h->doc = doc;
	h->id = id;
	STAILQ_INSERT_TAIL(list, h, entry);
	return (0);
}

/* A notification while an answer is waited for; takes it over. */
static void
client_note(struct client *c, struct json *doc)
{
	if (c->notify != NULL) {
		c->notify(doc, c->arg);
		json_free(doc);
	} else if (c->nnotes < CLIENT_HELD_MAX &&
	    client_hold(&c->notes, doc, 0) == 0)
		c->nnotes++;
	else {
		json_free(doc);
		c->dropped++;
	}
}

static enum client_status
client_violation(struct client *c, const char *why)
{
	client_io_ended(&c->io, EPROTO);
	return (client_say(c, CLIENT_PROTOCOL,
	    "the daemon sent what is no JSON-RPC: %s", why));
}

/* The next message of any kind. */
static enum client_status
client_message(struct client *c, struct mono deadline, struct json **doc)
{
	enum client_status	 st;
	char			 why[64], *line;
	size_t			 len;

	st = client_io_line(&c->io, deadline, &line, &len);
	if (st != CLIENT_OK)
		return (client_failed(c, st));
	*doc = json_parse(line, len, &json_limits_reply, why, sizeof(why));
	if (*doc == NULL)
		return (client_violation(c, why));
	if ((*doc)->type == JSON_OBJECT)
		return (CLIENT_OK);
	json_free(*doc);
	return (client_violation(c, "not an object"));
}

/*
 * The request that an answer is for: > 0 one that waits, 0 none any more,
 * -1 not an answer.  An error without an id (the line was not understood,
 * the connection is refused) counts for the request `waited`.
 */
static int64_t
client_answers(struct client *c, const struct json *doc, int64_t waited)
{
	const struct json	*id = json_get(doc, "id");

	if (id == NULL)
		return (-1);
	if (id->type == JSON_NULL && json_get(doc, "error") != NULL) {
		if (waited == 0)
			waited = c->npending > 0 ? c->pending[0] : 0;
		return (client_unpend(c, waited) ? waited : 0);
	}
	if (id->type != JSON_INT)
		return (-1);
	return (client_unpend(c, id->u.i) ? id->u.i : 0);
}

/* Fill the reply from an answer, which it takes over. */
static enum client_status
client_reply_fill(struct client *c, struct json *doc, int64_t id,
    struct client_reply *r)
{
	const struct json	*error = json_get(doc, "error");
	int64_t			 code;

	r->id = id;
	r->doc = doc;
	r->result = json_get(doc, "result");
	if (r->result != NULL && error == NULL)
		return (CLIENT_OK);
	code = json_get_int(error, "code", INT64_MAX);
	r->message = json_get_string(error, "message", NULL);
	r->data = json_get(error, "data");
	if (r->result != NULL || code < INT_MIN || code > INT_MAX ||
	    r->message == NULL) {
		client_reply_clear(r);
		return (client_violation(c, "neither result nor error"));
	}
	r->code = (int)code;
	return (client_say(c, CLIENT_ERROR, "%s", r->message));
}

/* How many answers can still come: those pending and those held. */
static int
client_expects(const struct client *c, int64_t id)
{
	size_t	 i;

	if (id == 0)
		return (c->npending > 0);
	for (i = 0; i < c->npending; i++)
		if (c->pending[i] == id)
			return (1);
	return (0);
}

enum client_status
client_wait(struct client *c, int64_t id, int timeout, struct client_reply *r)
{
	struct mono		 deadline = client_io_deadline(timeout);
	enum client_status	 st;
	struct json		*doc = NULL;
	int64_t			 got = 0;

	memset(r, 0, sizeof(*r));
	if ((doc = client_take_answer(c, id, &got)) != NULL)
		return (client_reply_fill(c, doc, got, r));
	if (!client_expects(c, id)) {
		errno = EINVAL;
		return (client_say(c, CLIENT_FAILED, "no such request"));
	}
	for (;;) {
		if ((st = client_message(c, deadline, &doc)) != CLIENT_OK)
			return (st);
		if (json_get(doc, "method") != NULL)
			client_note(c, doc);
		else if ((got = client_answers(c, doc, id)) == -1) {
			json_free(doc);
			return (client_violation(c, "no id"));
		} else if (got == 0)
			json_free(doc);		/* given up by the caller */
		else if (id == 0 || got == id)
			return (client_reply_fill(c, doc, got, r));
		else if (client_hold(&c->answers, doc, got) == -1) {
			json_free(doc);
			return (client_failed(c, CLIENT_FAILED));
		}
		/* A stream of other messages must not outlast the deadline. */
		if (timeout > 0 && client_io_left(deadline) == 0)
			return (client_failed(c, CLIENT_TIMEOUT));
	}
}

enum client_status
client_next(struct client *c, int timeout, struct json **message)
{
	struct mono		 deadline = client_io_deadline(timeout);
	struct client_held	*h;
	enum client_status	 st;
	struct json		*doc = NULL;
	int64_t			 id;

	*message = NULL;
	if ((h = STAILQ_FIRST(&c->notes)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->notes, entry);
		c->nnotes--;
		*message = h->doc;
		free(h);
		return (CLIENT_OK);
	}
	for (;;) {
		if ((st = client_message(c, deadline, &doc)) != CLIENT_OK)
			return (st);
		if (json_get(doc, "method") != NULL) {
			*message = doc;
			return (CLIENT_OK);
		}
		if ((id = client_answers(c, doc, 0)) <= 0)
			json_free(doc);
		else if (client_hold(&c->answers, doc, id) == -1) {
			json_free(doc);
			return (client_failed(c, CLIENT_FAILED));
		}
		if (id == -1)
			return (client_violation(c, "no id"));
		if (timeout > 0 && client_io_left(deadline) == 0)
			return (client_failed(c, CLIENT_TIMEOUT));
	}
}

static int
client_compose(struct jsonw *w, const char *method, const char *params,
    int64_t id)
{
	jsonw_object(w);
	jsonw_kstring(w, "jsonrpc", "2.0");
	jsonw_kint(w, "id", id);
	jsonw_kstring(w, "method", method);
	if (params != NULL) {
		jsonw_key(w, "params");
		jsonw_raw(w, params, strlen(params));
	}
	jsonw_end(w);
	jsonw_raw(w, "\n", 1);
	return (jsonw_done(w));
}

enum client_status
client_send(struct client *c, const char *method, const char *params,
    int timeout, int64_t *id)
{
	struct jsonw		 w;
	enum client_status	 st;

	if (c->npending == CLIENT_PENDING_MAX) {
		errno = EAGAIN;
		return (client_say(c, CLIENT_FAILED, "too many requests wait"));
	}
	if (params != NULL && strchr(params, '\n') != NULL) {
		errno = EINVAL;
		return (client_say(c, CLIENT_FAILED, "newline in parameters"));
	}
	jsonw_init(&w, 0);
	*id = c->last_id + 1;
	if (client_compose(&w, method, params, *id) == -1) {
		errno = ENOMEM;
		st = CLIENT_FAILED;
	} else
		st = client_io_write(&c->io, w.buf, w.len,
		    client_io_deadline(timeout));
	if (w.buf != NULL)
		explicit_bzero(w.buf, w.len);	/* it may set a secret */
	jsonw_free(&w);
	/*
	 * Who closes the connection may have said why before: that is found,
	 * and else the loss, when the answer is waited for.
	 */
	if (st == CLIENT_OK || (st == CLIENT_LOST && !c->io.ended)) {
		c->last_id = *id;
		c->pending[c->npending++] = *id;
		return (CLIENT_OK);
	}
	return (client_failed(c, st));
}

enum client_status
client_call(struct client *c, const char *method, const char *params,
    int timeout, struct client_reply *r)
{
	struct mono		 deadline = client_io_deadline(timeout);
	enum client_status	 st;
	int64_t			 id = 0;

	memset(r, 0, sizeof(*r));
	st = client_send(c, method, params, timeout, &id);
	if (st != CLIENT_OK)
		return (st);
	st = client_wait(c, id, client_io_left(deadline), r);
	if (st != CLIENT_OK && st != CLIENT_ERROR)
		client_forget(c, id);
	return (st);
}

void
client_reply_clear(struct client_reply *r)
{
	json_free(r->doc);
	memset(r, 0, sizeof(*r));
}
