/*
 * One operation on several apps at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/mono.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitronctl/batch.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/output.h"
#include "omnitronctl/target.h"
#include "omnitronctl/term.h"

/*
 * Requests on their way at once: below OMNITRON_PENDING_MAX, so that one more
 * call finds room.
 */
#define BATCH_FLIGHT_MAX	48

struct flight {
	struct ctl	*ctl;
	struct batch	*b;
	struct mono	 deadline;
	size_t		 next;		/* item to send */
	size_t		 open;		/* sent and not answered */
};

const char *
batch_text(const struct batch *b, size_t i, char *buf, size_t size)
{
	const struct batch_item	*item = &b->items[i];

	switch (item->state) {
	case BATCH_OK:
		if (item->reply.result == NULL)	/* not waited for */
			snprintf(buf, size, "%s", b->op->doing);
		else
			b->op->text(item->reply.result, b->nowait, buf, size);
		break;
	case BATCH_FAILED:
		strlcpy(buf, "failed", size);
		break;
	default:
		snprintf(buf, size, "%s ...", b->op->doing);
		break;
	}
	return (buf);
}

int
batch_exit(const struct batch *b)
{
	size_t	 i;
	int	 code = EXIT_DONE;

	if (b->failed == 0)
		return (EXIT_DONE);
	if (b->failed < b->n)
		return (EXIT_PARTIAL);
	code = b->items[0].exit;
	for (i = 1; i < b->n; i++)
		if (b->items[i].exit != code)
			return (EXIT_PARTIAL);
	return (code);
}

static void
batch_fail(struct flight *f, size_t i, int code, const char *message)
{
	struct batch_item	*item = &f->b->items[i];

	item->state = BATCH_FAILED;
	item->exit = code;
	item->message = xstrdup(message);
	f->b->failed++;
	f->ctl->out->batch_done(f->ctl, f->b, i);
}

/* { "success": false, "error": "..." } is a failure that was answered. */
static void
batch_answer(struct flight *f, size_t i, enum omnitron_status status)
{
	struct batch_item	*item = &f->b->items[i];
	const struct json	*result = item->reply.result;

	if (status == OMNITRON_ERROR) {
		batch_fail(f, i, ctl_exit_of_rpc(item->reply.code),
		    item->reply.message);
		return;
	}
	if (result->type == JSON_OBJECT && !json_get_bool(result, "success", 1)) {
		batch_fail(f, i, EXIT_FAILED,
		    json_get_string(result, "error", "failed"));
		return;
	}
	item->state = BATCH_OK;
	f->ctl->out->batch_done(f->ctl, f->b, i);
}

/* The connection or the time is at an end: so is all that is open. */
static void
batch_abort(struct flight *f, enum omnitron_status status)
{
	struct batch_item	*item;
	char			 text[CTL_TEXT_MAX];
	size_t			 i;
	int			 code = EXIT_FAILED;

	if (status == OMNITRON_TIMEOUT) {
		code = EXIT_TIMEOUT;
		snprintf(text, sizeof(text),
		    "still %s; it goes on without us", f->b->op->doing);
	} else if (status == OMNITRON_LOST) {
		code = EXIT_UNREACHABLE;
		strlcpy(text, "daemon closed the connection before it "
		    "answered", sizeof(text));
	} else
		strlcpy(text, omnitron_strerror(f->ctl->client), sizeof(text));
	for (i = 0; i < f->b->n; i++) {
		item = &f->b->items[i];
		if (item->state == BATCH_SENT || item->state == BATCH_WAITING)
			batch_fail(f, i, code, text);
	}
	f->next = f->b->n;
	f->open = 0;
}

static enum omnitron_status
batch_send(struct flight *f, size_t i)
{
	struct batch_item	*item = &f->b->items[i];
	const struct batch_op	*op = f->b->op;
	struct jsonw		 w;
	enum omnitron_status	 status;
	char			 method[128], *params;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "name", item->name);
	if (op->params != NULL)
		op->params(&w, f->b->arg);
	jsonw_end(&w);
	params = conn_params(&w);
	status = omnitron_send(f->ctl->client,
	    conn_method(op->method, method, sizeof(method)), params,
	    &item->id);
	free(params);
	if (status == OMNITRON_OK) {
		item->state = BATCH_SENT;
		f->open++;
	}
	return (status);
}

static int
batch_left(const struct flight *f)
{
	int64_t	 ms;

	if (f->b->timeout < 0)
		return (-1);
	ms = mono_diff_ms(f->deadline, mono_now());
	return (ms < 0 ? 0 : ms > INT32_MAX ? INT32_MAX : (int)ms);
}

static enum omnitron_status
batch_wait(struct flight *f)
{
	struct client_reply	 reply = { 0 };
	enum omnitron_status	 status;
	size_t			 i;

	status = client_wait(f->ctl->client, 0, batch_left(f), &reply);
	if (status != OMNITRON_OK && status != OMNITRON_ERROR)
		return (status);
	for (i = 0; i < f->b->n; i++)
		if (f->b->items[i].state == BATCH_SENT &&
		    f->b->items[i].id == reply.id)
			break;
	if (i == f->b->n) {
		client_reply_clear(&reply);
		return (OMNITRON_OK);
	}
	f->open--;
	f->b->items[i].reply = reply;
	batch_answer(f, i, status);
	return (OMNITRON_OK);
}

/* All of the level before must have come to their end. */
static int
batch_waits(const struct flight *f)
{
	return (f->b->level != NULL && f->open > 0 && f->next > 0 &&
	    f->b->level[f->next] != f->b->level[f->next - 1]);
}

static void
batch_fly(struct flight *f)
{
	enum omnitron_status	 status;

	while (f->next < f->b->n || f->open > 0) {
		if (f->next < f->b->n && f->open < BATCH_FLIGHT_MAX &&
		    !batch_waits(f))
			status = batch_send(f, f->next++);
		else
			status = batch_wait(f);
		if (status != OMNITRON_OK)
			batch_abort(f, status);
	}
}

/*
 * Send and do not wait.  A ping behind it proves that the request was read;
 * a refusal that came by then is still told.
 */
static void
batch_detach(struct flight *f)
{
	struct client_reply	 reply;
	struct batch_item	*item;
	enum omnitron_status	 status;
	size_t			 i;

	for (i = 0; i < f->b->n; i++) {
		item = &f->b->items[i];
		if (item->state != BATCH_WAITING)
			continue;
		if ((status = batch_send(f, i)) == OMNITRON_OK)
			status = client_call(f->ctl->client,
			    "OmnitronDaemon.ping", NULL, CONN_READ_MS, &reply);
		if (status != OMNITRON_OK && status != OMNITRON_ERROR) {
			batch_abort(f, status);
			return;
		}
		client_reply_clear(&reply);
		status = client_wait(f->ctl->client, item->id, 0,
		    &item->reply);
		if (status == OMNITRON_OK || status == OMNITRON_ERROR) {
			batch_answer(f, i, status);
			continue;
		}
		omnitron_forget(f->ctl->client, item->id);
		item->state = BATCH_OK;
		f->ctl->out->batch_done(f->ctl, f->b, i);
	}
}

static void
batch_begin(struct ctl *ctl, struct batch *b, const struct targets *t)
{
	size_t	 i;

	b->n = t->n;
	b->single = t->single;
	b->items = xcalloc(b->n + 1, sizeof(*b->items));
	for (i = 0; i < b->n; i++)
		b->items[i].name = t->names[i];
	/* Lines that have scrolled away cannot be updated. */
	b->progress = ctl->terminal && !ctl->quiet &&
	    b->n + 2 < (size_t)term_rows(STDOUT_FILENO);
	ctl->out->batch_begin(ctl, b);
}

int
batch_run(struct ctl *ctl, struct batch *b, const struct targets *t)
{
	struct flight	 f = { .ctl = ctl, .b = b };
	size_t		 i;
	int		 code;

	if ((code = conn_open(ctl)) != EXIT_DONE)
		return (code);
	batch_begin(ctl, b, t);
	if (b->timeout >= 0)
		f.deadline = mono_add_ms(mono_now(), b->timeout);
	if (b->detach)
		batch_detach(&f);
	else
		batch_fly(&f);
	ctl->out->batch_end(ctl, b);
	code = batch_exit(b);
	for (i = 0; i < b->n; i++) {
		client_reply_clear(&b->items[i].reply);
		free(b->items[i].message);
	}
	free(b->items);
	return (code);
}
