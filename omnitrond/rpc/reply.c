/*
 * Replies and errors of JSON-RPC 2.0.  In a plane; one reply at
 * a time is built in net->writer, then handed to the client or its batch.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/reply.h"

/* A writer that grew beyond this is given back after the reply. */
#define WRITER_KEEP	(1 * MIB)

/* When there is no memory for even an error. */
#define NOTHING	"{\"code\":-32603,\"message\":\"out of memory\","	\
    "\"data\":{\"code\":\"INTERNAL\"}}"
static const char nothing[] = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
    NOTHING "}";
static const char nothing_alone[] = NOTHING;

struct jsonw *
reply_writer(struct net *net)
{
	if (net->writer.size > WRITER_KEEP || net->writer.error) {
		jsonw_free(&net->writer);
		jsonw_init(&net->writer, REPLY_MAX);
	}
	jsonw_reset(&net->writer);
	return (&net->writer);
}

void
reply_push(struct client *client, struct jsonw *w)
{
	if (jsonw_done(w) == 0)
		client->send(client, w->buf, w->len);
}

/* The id is JSON text already; of rpc_call there is no envelope. */
static struct jsonw *
reply_open(struct call *call)
{
	struct jsonw	*w = reply_writer(call->net);

	if (call->done != NULL)
		return (w);
	jsonw_object(w);
	jsonw_kstring(w, "jsonrpc", "2.0");
	jsonw_key(w, "id");
	jsonw_raw(w, call->id, call->idlen);
	return (w);
}

struct jsonw *
reply_begin(struct call *call)
{
	struct jsonw	*w = reply_open(call);

	if (call->done == NULL)
		jsonw_key(w, "result");
	return (w);
}

/* To the client, as the reply to one text; NULL: none is due. */
static void
reply_give(struct client *client, const char *text, size_t len, int number)
{
	if (client->reply != NULL)
		client->reply(client, text, len, number);
	else if (text != NULL)
		client->send(client, text, len);
}

/* The one error of all its calls, or 0. */
static int
reply_batch_number(const struct batch *batch)
{
	return (batch->errors == batch->calls ? batch->number : 0);
}

void
reply_release(struct batch *batch, struct client *client)
{
	if (--batch->left > 0)
		return;
	if (client != NULL && batch->failed)
		rpc_refuse(client, outcome_number(OUT_LIMITED),
		    "the replies of the batch are too large");
	else if (client != NULL && batch->out.len > 0 &&
	    buf_add(&batch->out, "]", 1) == 0)
		reply_give(client, batch->out.p, batch->out.len,
		    reply_batch_number(batch));
	else if (client != NULL)
		reply_give(client, NULL, 0, reply_batch_number(batch));
	buf_free(&batch->out);
	free(batch);
}

static void
reply_add(struct batch *batch, const char *text, size_t len)
{
	if (batch->failed)
		return;
	if (batch->out.len + len + 2 > REPLY_MAX ||
	    buf_add(&batch->out, batch->out.len == 0 ? "[" : ",", 1) == -1 ||
	    buf_add(&batch->out, text, len) == -1)
		batch->failed = 1;
}

static void
reply_count(struct batch *batch, int number)
{
	batch->calls++;
	if (batch->errors == 0)
		batch->number = number;
	if (number != 0 && batch->number == number)
		batch->errors++;
}

/* The one end of every call: deliver what net->writer holds. */
static void
reply_deliver(struct call *call, const char *text, size_t len, int number)
{
	struct batch	*batch = call->batch;
	struct client	*client = call->client;

	if (call->done != NULL) {
		if (client != NULL)
			call->done(client, call->arg, number, text, len);
		return;
	}
	if (batch != NULL) {
		reply_count(batch, number);
		if (client != NULL && !call->notify)
			reply_add(batch, text, len);
		reply_release(batch, client);
	} else if (client != NULL)
		reply_give(client, call->notify ? NULL : text, len, number);
}

void
reply_end(struct call *call)
{
	struct jsonw	*w = &call->net->writer;

	if (call->done == NULL)
		jsonw_end(w);
	if (jsonw_done(w) == -1) {
		reply_error(call, outcome_number(OUT_LIMITED),
		    "the reply would be over %zu MiB; ask for less",
		    REPLY_MAX / MIB);
		return;
	}
	reply_deliver(call, w->buf, w->len, 0);
}

/* A text that is JSON already: the error object of one. */
static void
reply_end_error(struct call *call, int number)
{
	struct jsonw	*w = &call->net->writer;

	if (call->done == NULL)
		jsonw_end(w);
	if (jsonw_done(w) == 0)
		reply_deliver(call, w->buf, w->len, number);
	else
		reply_deliver(call, call->done == NULL ? nothing :
		    nothing_alone, call->done == NULL ? sizeof(nothing) - 1 :
		    sizeof(nothing_alone) - 1, RPC_INTERNAL);
}

void
reply_fault(struct call *call, const struct fault *f)
{
	struct jsonw	*w;
	size_t		 i;

	w = reply_open(call);
	if (call->done == NULL)
		jsonw_key(w, "error");
	jsonw_object(w);
	jsonw_kint(w, "code", f->number);
	jsonw_kstring(w, "message", f->text);
	jsonw_key(w, "data");
	jsonw_object(w);
	jsonw_kstring(w, "code", fault_code(f->number));
	for (i = 0; i < f->ndata; i++)
		jsonw_kstring(w, f->data[i].key, f->data[i].value);
	jsonw_end(w);
	jsonw_end(w);
	reply_end_error(call, f->number);
}

void
reply_raw_error(struct call *call, const char *error, size_t len)
{
	struct jsonw	*w = reply_open(call);

	if (call->done == NULL)
		jsonw_key(w, "error");
	jsonw_raw(w, error, len);
	reply_end_error(call, outcome_number(OUT_FAILED));
}

void
reply_error(struct call *call, int number, const char *fmt, ...)
{
	struct fault	 f;
	va_list		 ap;

	f.number = number;
	f.ndata = 0;
	va_start(ap, fmt);
	vsnprintf(f.text, sizeof(f.text), fmt, ap);
	va_end(ap);
	reply_fault(call, &f);
}
