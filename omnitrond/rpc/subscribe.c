/*
 * OmnitronEvents.subscribe, and the end of subscriptions of any kind.  In a
 * plane.
 *
 * A subscriber that reads too slowly loses events, not its connection: the
 * next one says how many.
 */
#include <string.h>

#include "common/json.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/query.h"
#include "omnitrond/rpc/reply.h"

static const char *const	 names[EVENT_MAX] = {
#define X(id, name)	[EVENT_##id] = (name),
	EVENT_CHANNELS(X)
#undef X
};

const char *
event_name(enum event_channel channel)
{
	return ((unsigned)channel < EVENT_MAX ? names[channel] : "?");
}

void
event_write(struct jsonw *w, const struct client *client,
    const struct event_rec *rec)
{
	char	 buf[ACCESS_TEXT_MAX];

	jsonw_object(w);
	jsonw_kint(w, "id", (int64_t)rec->id);
	jsonw_kstring(w, "channel", event_name(rec->m.channel));
	jsonw_kint(w, "timestamp", rec->m.at_ms);
	if (rec->app[0] != '\0')
		jsonw_kstring(w, "app", rec->app);
	if (rec->from[0] != '\0')
		jsonw_kstring(w, "from", rec->from);
	if (rec->to[0] != '\0')
		jsonw_kstring(w, "to", rec->to);
	if (rec->m.channel == EVENT_SCALED)
		jsonw_kint(w, "instances", rec->m.number);
	if (rec->m.channel == EVENT_AUTH)
		jsonw_kint(w, "count", rec->m.number);
	if (rec->text[0] != '\0')
		jsonw_kstring(w, "text", access_text(client, rec->text, buf));
	jsonw_end(w);
}

/* "*", "app.*", or one of the words; 0: none of them. */
static uint32_t
channel_mask(const char *word)
{
	size_t		 len = strlen(word), ch;
	uint32_t	 mask = 0;
	int		 star = len > 0 && word[len - 1] == '*';

	if (star && len > 1 && word[len - 2] != '.')
		return (0);
	for (ch = 0; ch < EVENT_MAX; ch++)
		if (star ? strncmp(names[ch], word, len - 1) == 0 :
		    strcmp(names[ch], word) == 0)
			mask |= 1u << ch;
	return (mask);
}

int
event_channels(const struct json *array, uint32_t *mask, struct fault *f)
{
	const struct json	*j;
	const char		*near;
	uint32_t		 one;

	CTASSERT("channels fit", EVENT_MAX < 32);
	*mask = array == NULL ? (1u << EVENT_MAX) - 1 : 0;
	for (j = array != NULL ? array->first : NULL; j != NULL; j = j->next) {
		if (j->type == JSON_STRING &&
		    (one = channel_mask(j->u.s)) != 0) {
			*mask |= one;
			continue;
		}
		near = j->type == JSON_STRING ?
		    nearest_name(j->u.s, names, EVENT_MAX) : NULL;
		if (near != NULL)
			fault_set(f, RPC_PARAMS, "channels: there is no "
			    "'%.64s'; did you mean '%s'?", j->u.s, near);
		else
			fault_set(f, RPC_PARAMS, "channels: expected words "
			    "like \"app.online\", \"app.*\" or \"*\"");
		fault_datum(f, "parameter", "channels");
		return (-1);
	}
	if (*mask != 0)
		return (0);
	fault_set(f, RPC_PARAMS, "channels: expected one or more");
	fault_datum(f, "parameter", "channels");
	return (-1);
}

static void
subscribe_take(struct event_sub *sub, const struct event_rec *rec)
{
	struct client	*client = sub->client;
	struct jsonw	*w;

	if (client->unsent(client) > UNSENT_PAUSE) {
		sub->dropped++;
		return;
	}
	w = reply_writer(client->net);
	jsonw_object(w);
	jsonw_kstring(w, "jsonrpc", "2.0");
	jsonw_kstring(w, "method", "OmnitronEvents.event");
	jsonw_key(w, "params");
	jsonw_object(w);
	jsonw_kint(w, "subscription", (int64_t)sub->number);
	if (sub->dropped > 0)
		jsonw_kint(w, "dropped", (int64_t)sub->dropped);
	sub->dropped = 0;
	jsonw_key(w, "event");
	event_write(w, client, rec);
	jsonw_end(w);
	jsonw_end(w);
	reply_push(client, w);
}

int
subscribe_refused(struct call *call)
{
	if (call->client->brief || call->done != NULL) {
		reply_error(call, RPC_INVALID, "a subscription needs a "
		    "connection that stays; over HTTP there is GET /events");
		return (1);
	}
	if (call->client->streams >= STREAMS_MAX) {
		reply_error(call, outcome_number(OUT_LIMITED),
		    "at most %u subscriptions a connection", STREAMS_MAX);
		return (1);
	}
	return (0);
}

void
subscribe_reply(struct call *call, uint64_t number)
{
	struct jsonw	*w = reply_begin(call);

	jsonw_object(w);
	jsonw_kint(w, "subscription", (int64_t)number);
	jsonw_end(w);
	reply_end(call);
}

void
subscribe_call(struct call *call, const struct args *args)
{
	struct event_sub	*sub;
	struct fault		 f;
	uint32_t		 mask;

	if (subscribe_refused(call))
		return;
	if (event_channels(args_array(args, "channels"), &mask, &f) == -1) {
		reply_fault(call, &f);
		return;
	}
	if ((sub = event_listen(call->client, mask, subscribe_take)) == NULL)
		reply_error(call, outcome_number(OUT_LIMITED),
		    "too many listen to events; try again later");
	else
		subscribe_reply(call, sub->number);
}

/* 1 if there was such a subscription to lines of logs. */
static int
unsubscribe_logs(struct client *client, uint64_t number)
{
	struct request	*r;

	TAILQ_FOREACH(r, &client->requests, of_client)
		if (r->query != NULL && r->query->follow &&
		    r->query->subscription == number) {
			logs_abandon(r);
			return (1);
		}
	return (0);
}

void
unsubscribe_call(struct call *call, const struct args *args)
{
	struct event_sub	*sub;
	struct jsonw		*w;
	int64_t			 n = args_value(args, "subscription");

	if ((sub = event_find(call->client, (uint64_t)n)) != NULL)
		event_unlisten(sub);
	else if (!unsubscribe_logs(call->client, (uint64_t)n)) {
		reply_error(call, outcome_number(OUT_NOT_FOUND),
		    "this connection has no subscription %lld", (long long)n);
		return;
	}
	w = reply_begin(call);
	jsonw_object(w);
	jsonw_kbool(w, "success", 1);
	jsonw_end(w);
	reply_end(call);
}
