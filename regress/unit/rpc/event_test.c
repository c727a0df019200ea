/* Events: who hears of what, and what is replayed. */
#include "regress/unit/rpc/fixture.h"

static void
event(struct fix *f, enum event_channel channel, const char *app,
    const char *text)
{
	struct m_event	 m;

	memset(&m, 0, sizeof(m));
	m.seq = ++f->seq;
	m.at_ms = 1700000000123;
	m.channel = channel;
	m.app = app[0] != '\0' ? 1 : 0;
	peer_send(f->far[K_SUPERVISOR], M_EVENT, -1, &m, app, "stopped",
	    "starting", text, NULL);
	fix_settle(f);
}

static int
asked(struct fix *f)
{
	struct m_sync	 m;

	memcpy(&m, fix_take(f, M_EVENTS), sizeof(m));
	return ((int)m.seq);
}

#define SUBSCRIBE(params)	CALL(1, "OmnitronEvents.subscribe", params)

ATF_TC_WITHOUT_HEAD(a_subscriber_hears);
ATF_TC_BODY(a_subscriber_hears, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;
	int64_t		 n;

	fix_apps(f);
	event(f, EVENT_STARTING, "api", "nobody listens");
	j = fix_call(f, fd, SUBSCRIBE("{\"channels\":[\"app.*\"]}"));
	n = fix_int(j, "result.subscription");
	ATF_CHECK(n > 0);
	json_free(j);
	ATF_CHECK_EQ(1, asked(f));
	event(f, EVENT_DAEMON_STARTED, "", "");		/* not asked for */
	event(f, EVENT_STARTING, "api", "by policy");
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("OmnitronEvents.event", fix_string(j, "method"));
	ATF_CHECK_EQ(n, fix_int(j, "params.subscription"));
	ATF_CHECK_STREQ("app.starting", fix_string(j, "params.event.channel"));
	ATF_CHECK_STREQ("api", fix_string(j, "params.event.app"));
	ATF_CHECK_STREQ("stopped", fix_string(j, "params.event.from"));
	ATF_CHECK_STREQ("starting", fix_string(j, "params.event.to"));
	ATF_CHECK_STREQ("by policy", fix_string(j, "params.event.text"));
	ATF_CHECK_EQ(1700000000123, fix_int(j, "params.event.timestamp"));
	json_free(j);
	/* a supervisor that starts anew is asked again */
	net_down(f->net, K_SUPERVISOR);
	net_up(f->net, K_SUPERVISOR);
	ATF_CHECK_EQ(1, asked(f));
	j = fix_call(f, fd, CALL(2, "OmnitronEvents.unsubscribe",
	    "{\"subscription\":1}"));
	ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
	json_free(j);
	ATF_CHECK_EQ(0, f->net->events.nsubs);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(channels_are_words);
ATF_TC_BODY(channels_are_words, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f), i;
	struct json	*j;

	fix_apps(f);
	fix_fails(f, fd, SUBSCRIBE("{\"channels\":[\"app.onlin\"]}"), -32602,
	    "did you mean 'app.online'?");
	fix_fails(f, fd, SUBSCRIBE("{\"channels\":[\"app*\"]}"), -32602,
	    "channels: ");
	fix_fails(f, fd, SUBSCRIBE("{\"channels\":[1]}"), -32602,
	    "expected words");
	fix_fails(f, fd, SUBSCRIBE("{\"channels\":[]}"), -32602, "one or more");
	for (i = 0; i < (int)STREAMS_MAX; i++) {
		j = fix_call(f, fd, SUBSCRIBE("{}"));
		ATF_CHECK(fix_int(j, "result.subscription") > 0);
		json_free(j);
	}
	fix_fails(f, fd, SUBSCRIBE("{}"), -32029, "at most 16");
	close(fd);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->net->events.nsubs);
	fix_free(f);
}

/* Failed tokens are for an admin alone. */
ATF_TC_WITHOUT_HEAD(failures_are_for_admins);
ATF_TC_BODY(failures_are_for_admins, tc)
{
	struct fix	*f = fix_new();
	int		 viewer = fix_client_as(f, ROLE_VIEWER, 1);
	int		 admin = fix_client(f);
	struct json	*j;

	fix_apps(f);
	json_free(fix_call(f, viewer, SUBSCRIBE("{}")));
	json_free(fix_call(f, admin, SUBSCRIBE("{}")));
	event(f, EVENT_AUTH, "", "10.0.0.1: expired");
	event(f, EVENT_ONLINE, "api", "");
	j = fix_json(f, viewer);
	ATF_CHECK_STREQ("app.online", fix_string(j, "params.event.channel"));
	json_free(j);
	j = fix_json(f, admin);
	ATF_CHECK_STREQ("auth.failed", fix_string(j, "params.event.channel"));
	json_free(j);
	close(viewer);
	close(admin);
	fix_free(f);
}

static unsigned	 taken;
static uint64_t	 first_taken;

static void
take(struct event_sub *sub, const struct event_rec *rec)
{
	if (taken++ == 0)
		first_taken = rec->id;
}

ATF_TC_WITHOUT_HEAD(the_ring_replays);
ATF_TC_BODY(the_ring_replays, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct client		*client;
	struct event_sub	*sub;
	uint64_t		 last;
	unsigned		 i;

	fix_apps(f);
	client = &TAILQ_FIRST(&f->control->conns)->client;
	ATF_REQUIRE((sub = event_listen(client, ~0u, take)) != NULL);
	last = f->net->events.last;
	for (i = 0; i < 10; i++)
		event(f, EVENT_ONLINE, "api", "");
	ATF_CHECK_EQ(10, taken);
	taken = 0;
	ATF_CHECK_EQ(1, event_replay(sub, last));
	ATF_CHECK_EQ(10, taken);
	ATF_CHECK_EQ(last + 1, first_taken);
	taken = 0;
	ATF_CHECK_EQ(1, event_replay(sub, last + 7));
	ATF_CHECK_EQ(3, taken);
	ATF_CHECK_EQ(1, event_replay(sub, last + 10));
	/* of another life, or of the future */
	ATF_CHECK_EQ(0, event_replay(sub, 0));
	ATF_CHECK_EQ(0, event_replay(sub, last + 11));
	for (i = 0; i < EVENT_RING; i++)
		event(f, EVENT_ONLINE, "api", "");
	taken = 0;
	ATF_CHECK_EQ(0, event_replay(sub, last + 5));
	ATF_CHECK_EQ(EVENT_RING, taken);
	/* what a supervisor that went may not have told is missing */
	last = f->net->events.last;
	net_down(f->net, K_SUPERVISOR);
	ATF_CHECK_EQ(0, event_replay(sub, last));
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_subscriber_hears);
	ATF_TP_ADD_TC(tp, channels_are_words);
	ATF_TP_ADD_TC(tp, failures_are_for_admins);
	ATF_TP_ADD_TC(tp, the_ring_replays);
	return (atf_no_error());
}
