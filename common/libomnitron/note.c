/*
 * Notifications that a client gets, and subscriptions to them.  In
 * libomnitron.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/libomnitron/client.h"

#define NOTE_UNSUBSCRIBE	"OmnitronLogs.unsubscribe"	/* of all */

void
omnitron_note_clear(struct omnitron_note *n)
{
	if (n->text != NULL)
		explicit_bzero(n->text, n->size);
	free(n->text);
	memset(n, 0, sizeof(*n));
}

static int
note_fill(struct omnitron *c, struct omnitron_note *n, const struct msg *m,
    char *line, size_t len)
{
	char	*kept;

	memset(n, 0, sizeof(*n));
	kept = line_keep(&c->line, line, len, &n->text, &n->size);
	if (kept == NULL)
		return (-1);
	n->params = slice_end(client_move(m->params, line, kept));
	n->method = slice_unquote(client_move(m->method, line, kept));
	return (0);
}

static size_t
note_stream(const struct omnitron *c, int64_t subscription)
{
	size_t	 i;

	for (i = 0; i < c->nstreams; i++)
		if (c->streams[i].subscription == subscription)
			break;
	return (i);
}

static void
note_keep(struct omnitron *c, struct omnitron_note *n)
{
	struct client_note	*held;

	if (c->nnotes >= OMNITRON_HELD_MAX ||
	    (held = malloc(sizeof(*held))) == NULL) {
		omnitron_note_clear(n);
		c->dropped++;
		return;
	}
	held->note = *n;
	STAILQ_INSERT_TAIL(&c->notes, held, entry);
	c->nnotes++;
}

enum omnitron_status
note_arrived(struct omnitron *c, const struct msg *m, char *line, size_t len)
{
	struct slice		 number = slice_member(m->params,
				    "subscription");
	struct omnitron_note	 n;
	size_t			 i = c->nstreams;
	int64_t			 subscription;

	if (slice_int(number, &subscription) == 0)
		i = note_stream(c, subscription);
	if (note_fill(c, &n, m, line, len) == -1) {
		c->dropped++;
		return (OMNITRON_OK);
	}
	if (i < c->nstreams)
		c->streams[i].fn(c, &n, c->streams[i].arg);
	else if (c->note != NULL)
		c->note(c, &n, c->note_arg);
	else {
		note_keep(c, &n);
		return (OMNITRON_OK);
	}
	omnitron_note_clear(&n);
	return (OMNITRON_OK);
}

void
note_clear(struct omnitron *c)
{
	struct client_note	*held;

	c->nstreams = 0;
	c->nnotes = 0;
	while ((held = STAILQ_FIRST(&c->notes)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->notes, entry);
		omnitron_note_clear(&held->note);
		free(held);
	}
}

void
omnitron_on_note(struct omnitron *c, omnitron_note_fn fn, void *arg)
{
	c->note = fn;
	c->note_arg = arg;
}

uint64_t
omnitron_dropped(const struct omnitron *c)
{
	return (c->dropped);
}

enum omnitron_status
omnitron_next(struct omnitron *c, int timeout, struct omnitron_note *n)
{
	struct mono		 deadline = line_deadline(timeout);
	struct client_note	*held;
	enum omnitron_status	 st = OMNITRON_OK;

	memset(n, 0, sizeof(*n));
	while ((held = STAILQ_FIRST(&c->notes)) == NULL) {
		if ((st = client_enter(c)) != OMNITRON_OK)
			return (st);
		st = client_receive(c, deadline, 0);
		if (st == OMNITRON_LOST || st == OMNITRON_PROTOCOL)
			client_abandon(c, st);
		if (st != OMNITRON_OK)
			return (st);
		if (STAILQ_EMPTY(&c->notes) && timeout > 0 &&
		    line_left(deadline) == 0)
			return (client_say(c, OMNITRON_TIMEOUT, "timed out"));
	}
	STAILQ_REMOVE_HEAD(&c->notes, entry);
	c->nnotes--;
	*n = held->note;
	free(held);
	return (OMNITRON_OK);
}

/* ---- subscriptions ------------------------------------------------------ */

static enum omnitron_status
note_subscribe(struct omnitron *c, const char *result, omnitron_note_fn fn,
    void *arg, int64_t *subscription)
{
	char	*number;
	int	 rv;

	number = omnitron_json_member(result, "subscription");
	rv = number == NULL ? -1 : omnitron_json_int(number, subscription);
	free(number);
	if (rv == -1 && errno == ENOMEM)
		return (client_errno(c, ENOMEM));
	if (rv == -1) {
		errno = EPROTO;
		return (client_say(c, OMNITRON_FAILED,
		    "the answer names no subscription"));
	}
	c->streams[c->nstreams].subscription = *subscription;
	c->streams[c->nstreams].fn = fn;
	c->streams[c->nstreams++].arg = arg;
	return (OMNITRON_OK);
}

enum omnitron_status
omnitron_stream(struct omnitron *c, const char *method, const char *params,
    int timeout, omnitron_note_fn fn, void *arg, int64_t *subscription,
    struct omnitron_reply *r)
{
	enum omnitron_status	 st;

	*subscription = 0;
	memset(r, 0, sizeof(*r));
	if (c->nstreams == OMNITRON_STREAMS_MAX)
		return (client_errno(c, EAGAIN));
	st = omnitron_call(c, method, params, timeout, r);
	if (st == OMNITRON_OK)
		st = note_subscribe(c, r->result, fn, arg, subscription);
	if (st != OMNITRON_ERROR)
		omnitron_reply_clear(r);
	return (st);
}

enum omnitron_status
omnitron_unstream(struct omnitron *c, int64_t subscription, int timeout)
{
	struct omnitron_reply	 r;
	enum omnitron_status	 st;
	char			 params[64];
	size_t			 i = note_stream(c, subscription);

	if (i == c->nstreams)
		return (client_errno(c, EINVAL));
	c->streams[i] = c->streams[--c->nstreams];
	snprintf(params, sizeof(params), "{\"subscription\":%lld}",
	    (long long)subscription);
	st = omnitron_call(c, NOTE_UNSUBSCRIBE, params, timeout, &r);
	omnitron_reply_clear(&r);
	return (st);
}
