/*
 * GET /events: what happens, as server-sent events, until the client, its
 * token or its listener goes.  In the network process.
 *
 * The id of an event is the one that a browser comes back with in
 * Last-Event-ID; what is still known after it is told again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/route.h"
#include "omnitrond/rpc/event.h"
#include "omnitrond/rpc/reply.h"

/* Proxies close what is silent for 30 or 60 seconds. */
#define BEAT_SECONDS	15

struct sse {
	struct event_sub *sub;
	struct event	 *beat;
};

static const struct timeval	 beat_time = { BEAT_SECONDS, 0 };

static void
sse_beat(int fd, short events, void *arg)
{
	struct conn	*c = arg;

	conn_put(c, ":\n\n", 3);
	if (!c->dead)
		conn_schedule(c);
}

/*
 * Some were missed that are not known any more: what is known of apps has to
 * be asked for anew.
 */
static void
sse_missed(struct conn *c)
{
	static const char	 text[] = "event: missed\ndata: {}\n\n";

	conn_put(c, text, sizeof(text) - 1);
}

/* event_take */
static void
sse_take(struct event_sub *sub, const struct event_rec *rec)
{
	struct conn	*c = (struct conn *)sub->client;
	struct jsonw	*w;
	char		 head[128];
	int		 n;

	if (conn_pending(c) > UNSENT_PAUSE) {	/* it does not read */
		sub->dropped++;
		return;
	}
	if (sub->dropped > 0)
		sse_missed(c);
	if (c->dead)			/* and the subscription with it */
		return;
	sub->dropped = 0;
	w = reply_writer(c->network->net);
	event_write(w, sub->client, rec);
	if (jsonw_done(w) == -1)
		return;
	n = snprintf(head, sizeof(head), "id: %llu\nevent: %s\ndata: ",
	    (unsigned long long)rec->id, event_name(rec->m.channel));
	conn_put(c, head, (size_t)n);
	conn_put(c, w->buf, w->len);
	conn_put(c, "\n\n", 2);
	if (!c->dead && !c->inside)
		conn_schedule(c);
}

static void
sse_begin(struct conn *c, struct sse *sse)
{
	static const struct http_response	 head = {
		.status = 200,
		.type = "text/event-stream",
		.extra = "X-Accel-Buffering: no\r\n",
		.endless = 1,
	};

	c->http.sse = sse;
	c->http.state = HTTP_STREAM;
	http_respond(c, &head);
	if (c->dead)
		return;
	event_add(sse->beat, &beat_time);
	if (c->http.resumes &&
	    event_replay(sse->sub, c->http.after) == 0)
		sse_missed(c);
	if (!c->dead)
		conn_set_expiry(c, c->client.exp_ms);
}

static void
sse_free(struct sse *sse)
{
	if (sse == NULL)
		return;
	if (sse->sub != NULL)
		event_unlisten(sse->sub);
	if (sse->beat != NULL)
		event_free(sse->beat);
	free(sse);
}

void
sse_run(struct conn *c, char *body, size_t len)
{
	struct event_base	*base = c->network->net->proc->base;
	struct fault		 f;
	struct sse		*sse;
	uint32_t		 channels;

	if (event_channels(NULL, &channels, &f) == -1 ||
	    (sse = calloc(1, sizeof(*sse))) == NULL) {
		http_fail(c, 500, "out of memory");
		return;
	}
	sse->beat = event_new(base, -1, EV_PERSIST, sse_beat, c);
	sse->sub = event_listen(&c->client, channels, sse_take);
	if (sse->beat == NULL || sse->sub == NULL) {
		sse_free(sse);
		http_fail(c, 429, "too many listen to events");
		return;
	}
	sse_begin(c, sse);
}

void
sse_gone(struct conn *c)
{
	struct sse	*sse = c->http.sse;

	c->http.sse = NULL;
	sse_free(sse);
}
