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
static const char nothing[] = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
    "{\"code\":-32603,\"message\":\"out of memory\","
    "\"data\":{\"code\":\"INTERNAL\"}}}";

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

/* The id is JSON text already. */
static struct jsonw *
reply_open(struct call *call)
{
	struct jsonw	*w = reply_writer(call->net);

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

	jsonw_key(w, "result");
	return (w);
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
		client->send(client, batch->out.p, batch->out.len);
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

/* The one end of every call: deliver what net->writer holds. */
static void
reply_deliver(struct call *call, const char *text, size_t len)
{
	struct batch	*batch = call->batch;
	struct client	*client = call->client;

	if (client != NULL && !call->notify) {
		if (batch != NULL)
			reply_add(batch, text, len);
		else
			client->send(client, text, len);
	}
	if (batch != NULL)
		reply_release(batch, client);
}

void
reply_end(struct call *call)
{
	struct jsonw	*w = &call->net->writer;

	jsonw_end(w);
	if (jsonw_done(w) == -1) {
		reply_error(call, outcome_number(OUT_LIMITED),
		    "the reply would be over %zu MiB; ask for less",
		    REPLY_MAX / MIB);
		return;
	}
	reply_deliver(call, w->buf, w->len);
}

void
reply_fault(struct call *call, const struct fault *f)
{
	struct jsonw	*w;
	size_t		 i;

	w = reply_open(call);
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
	jsonw_end(w);
	if (jsonw_done(w) == 0)
		reply_deliver(call, w->buf, w->len);
	else
		reply_deliver(call, nothing, sizeof(nothing) - 1);
}

void
reply_raw_error(struct call *call, const char *error, size_t len)
{
	struct jsonw	*w = reply_open(call);

	jsonw_key(w, "error");
	jsonw_raw(w, error, len);
	reply_end(call);
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
