/*
 * Events of the supervisor: the ring, and those who listen.  In a plane;
 * touches only memory, and asks the supervisor with EVENTS.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/rpc/event.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/rpc.h"

static const struct timeval	 linger_time = { EVENT_LINGER_SECONDS, 0 };

/* ---- asking ------------------------------------------------------------- */

static void
events_ask(struct net *net, int on)
{
	struct m_sync	 m;

	net->events.asked = on;
	/* What happened while nobody asked is missing. */
	if (on)
		net->events.whole = ++net->events.last + 1;
	if (net->proc->peer[K_SUPERVISOR] == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.seq = (uint64_t)on;
	peer_send(net->proc->peer[K_SUPERVISOR], M_EVENTS, -1, &m, NULL);
}

static void
events_over(int fd, short events, void *arg)
{
	struct net	*net = arg;

	if (net->events.nsubs == 0 && net->events.asked)
		events_ask(net, 0);
}

void
events_init(struct net *net)
{
	struct events	*ev = &net->events;

	TAILQ_INIT(&ev->subs);
	/* Above all ids of the process before us; exact in every client. */
	ev->last = (uint64_t)wall_ms() * 1000;
	ev->whole = ev->last + 1;
	ev->linger = event_new(net->proc->base, -1, 0, events_over, net);
	if (ev->linger == NULL)
		fatalx("out of memory");
}

void
events_free(struct net *net)
{
	struct event_sub	*sub, *next;
	size_t			 i;

	TAILQ_FOREACH_SAFE(sub, &net->events.subs, entry, next)
		event_unlisten(sub);
	for (i = 0; i < EVENT_RING; i++)
		free(net->events.ring[i]);
	event_free(net->events.linger);
}

void
events_up(struct net *net)
{
	if (net->events.nsubs > 0 || net->events.asked)
		events_ask(net, 1);
}

void
events_down(struct net *net)
{
	net->events.whole = ++net->events.last + 1;
}

/* ---- those who listen --------------------------------------------------- */

struct event_sub *
event_listen(struct client *client, uint32_t channels, event_take take)
{
	struct events		*ev = &client->net->events;
	struct event_sub	*sub;

	if (ev->nsubs >= EVENT_SUBS_MAX ||
	    (sub = calloc(1, sizeof(*sub))) == NULL)
		return (NULL);
	sub->client = client;
	sub->channels = channels;
	sub->take = take;
	sub->number = ++client->net->last_subscription;
	TAILQ_INSERT_TAIL(&ev->subs, sub, entry);
	TAILQ_INSERT_TAIL(&client->events, sub, of_client);
	client->streams++;
	ev->nsubs++;
	event_del(ev->linger);
	if (!ev->asked)
		events_ask(client->net, 1);
	return (sub);
}

void
event_unlisten(struct event_sub *sub)
{
	struct events	*ev = &sub->client->net->events;

	if (ev->next == sub)
		ev->next = TAILQ_NEXT(sub, entry);
	TAILQ_REMOVE(&ev->subs, sub, entry);
	TAILQ_REMOVE(&sub->client->events, sub, of_client);
	sub->client->streams--;
	if (--ev->nsubs == 0)
		event_add(ev->linger, &linger_time);
	free(sub);
}

struct event_sub *
event_find(struct client *client, uint64_t number)
{
	struct event_sub	*sub;

	TAILQ_FOREACH(sub, &client->events, of_client)
		if (sub->number == number)
			return (sub);
	return (NULL);
}

void
events_client_gone(struct client *client)
{
	struct event_sub	*sub, *next;

	TAILQ_FOREACH_SAFE(sub, &client->events, of_client, next)
		event_unlisten(sub);
}

/* ---- events ------------------------------------------------------------- */

/* May it see this one?  What is of no app, as far as all may know it. */
static int
event_shows(const struct event_sub *sub, const struct event_rec *rec)
{
	const struct client	*client = sub->client;

	if ((sub->channels & (1u << rec->m.channel)) == 0 ||
	    rpc_expired(client))
		return (0);
	switch ((enum event_channel)rec->m.channel) {
	case EVENT_AUTH:
		return (access_may(client, METHOD_TEST_ACCESS, NULL));
	case EVENT_CONFIG:
	case EVENT_DEGRADED:
		return (access_may(client, METHOD_SUBSCRIBE, NULL));
	case EVENT_DAEMON_STARTED:
	case EVENT_DAEMON_STOPPING:
		return (1);
	default:
		return (access_may_name(client, METHOD_SUBSCRIBE, rec->app));
	}
}

static const char *
event_copy(char **p, const char *s)
{
	size_t		 n = strlen(s) + 1;
	const char	*copy = memcpy(*p, s, n);

	*p += n;
	return (copy);
}

static struct event_rec *
event_make(const struct m_event *m, const char *app, const char *from,
    const char *to, const char *text)
{
	struct event_rec	*rec;
	char			*p;

	rec = xcalloc(1, sizeof(*rec) + strlen(from) + strlen(to) +
	    strlen(text) + 3);
	rec->m = *m;
	strlcpy(rec->app, app, sizeof(rec->app));
	p = (char *)(rec + 1);
	rec->from = event_copy(&p, from);
	rec->to = event_copy(&p, to);
	rec->text = event_copy(&p, text);
	return (rec);
}

static void
event_keep(struct events *ev, struct event_rec *rec)
{
	struct event_rec	**place;

	place = &ev->ring[ev->count++ % EVENT_RING];
	free(*place);
	*place = rec;
	rec->id = ++ev->last;
}

int
event_msg(struct peer *peer, struct msg *msg)
{
	struct events		*ev = &net_of(peer)->events;
	struct event_sub	*sub;
	struct event_rec	*rec;
	struct m_event		 m;
	char			 app[NAME_SIZE], from[TEXT_MAX + 1];
	char			 to[TEXT_MAX + 1], text[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, app, sizeof(app));
	msg_take_str(msg, from, sizeof(from));
	msg_take_str(msg, to, sizeof(to));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1 || m.channel >= EVENT_MAX ||
	    (app[0] != '\0' && !name_valid(app)))
		return (-1);
	rec = event_make(&m, app, from, to, text);
	event_keep(ev, rec);
	for (sub = TAILQ_FIRST(&ev->subs); sub != NULL; sub = ev->next) {
		ev->next = TAILQ_NEXT(sub, entry);
		if (event_shows(sub, rec))
			sub->take(sub, rec);
	}
	return (0);
}

int
event_replay(struct event_sub *sub, uint64_t after)
{
	struct client		*client = sub->client;
	struct events		*ev = &client->net->events;
	const struct event_rec	*rec;
	uint64_t		 number = sub->number, i, first;
	int			 whole;

	first = ev->count > EVENT_RING ? ev->count - EVENT_RING : 0;
	whole = after + 1 >= ev->whole && after <= ev->last &&
	    (first == 0 || ev->ring[first % EVENT_RING]->id <= after + 1);
	for (i = first; i < ev->count; i++) {
		rec = ev->ring[i % EVENT_RING];
		if (rec->id <= after || !event_shows(sub, rec))
			continue;
		sub->take(sub, rec);
		/* with the client it is gone */
		TAILQ_FOREACH(sub, &ev->subs, entry)
			if (sub->number == number)
				break;
		if (sub == NULL)
			return (0);
	}
	return (whole);
}
