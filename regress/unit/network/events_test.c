/* GET /events and GET /metrics: who sees what, and until when. */
#include "fixture.h"

static struct fix *
fix_events_new(void)
{
	struct fix	*f = fix_new();

	fix_configure(f, ROLE_ADMIN);
	fix_apps(f);
	return (f);
}

static void
happen(struct fix *f, enum event_channel channel, const char *app,
    const char *text)
{
	static uint64_t	 seq;
	struct m_event	 m;

	memset(&m, 0, sizeof(m));
	m.seq = ++seq;
	m.at_ms = 1700000000123;
	m.channel = channel;
	m.app = app[0] == '\0' ? 0 : 1;
	peer_send(f->far[K_SUPERVISOR], M_EVENT, -1, &m, app, "starting",
	    "online", text, NULL);
}

/* The lines of the next event, one after the other. */
static void
heard(struct fix *f, int fd, char buf[2048])
{
	char	*line;

	buf[0] = '\0';
	while ((line = fix_line(f, fd)) != NULL && line[0] != '\0') {
		strlcat(buf, line, 2048);
		strlcat(buf, "\n", 2048);
		free(line);
	}
	ATF_REQUIRE_MSG(line != NULL, "closed: %s", buf);
	free(line);
}

static int
listens(struct fix *f, const char *token, const char *after)
{
	struct fix_http	 r = { .status = 0 };
	char		 text[4096];
	int		 fd = fix_client(f, LISTENER_HTTP);

	snprintf(text, sizeof(text), "GET /events HTTP/1.1\r\nHost: h\r\n"
	    "Authorization: Bearer %s\r\n%s%s%s\r\n", token,
	    after != NULL ? "Last-Event-ID: " : "",
	    after != NULL ? after : "", after != NULL ? "\r\n" : "");
	fix_ask(f, fd, text, &r);
	ATF_REQUIRE_EQ(200, r.status);
	ATF_CHECK(strstr(r.head, "Content-Type: text/event-stream\n") != NULL);
	ATF_CHECK(strstr(r.head, "Connection: close\n") != NULL);
	ATF_CHECK(strstr(r.head, "Content-Length") == NULL);
	fix_http_free(&r);
	return (fd);
}

/* A rule of the next configuration: token sub may do so much with these. */
static void
allow(struct fix *f, const char *sub, enum role role, const char *glob)
{
	struct m_conf_rule	 m;

	memset(&m, 0, sizeof(m));
	m.who = RULE_TOKEN;
	m.id = ID_NONE;
	m.role = role;
	peer_send(f->far[K_PARENT], M_CONF_RULE, -1, &m, sub, glob,
	    "f:1: allow", NULL);
}

static void
allow_only(struct fix *f, const char *glob)
{
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	fix_listener(f, 2, LISTENER_HTTP, ROLE_ADMIN, 0);
	allow(f, "ann", ROLE_VIEWER, glob);
	fix_commit(f);
}

ATF_TC_WITHOUT_HEAD(events_are_told_as_they_happen);
ATF_TC_BODY(events_are_told_as_they_happen, tc)
{
	struct fix	*f = fix_events_new();
	char		 buf[2048], after[32];
	const char	*id;
	int		 fd = listens(f, fix_token("viewer", "", 60), NULL);

	fix_take(f, M_EVENTS);		/* the supervisor is asked for them */
	happen(f, EVENT_ONLINE, "api", "");
	heard(f, fd, buf);
	ATF_CHECK_MSG(strstr(buf, "event: app.online\n") != NULL, "%s", buf);
	ATF_CHECK(strstr(buf, "data: {") != NULL);
	ATF_CHECK(strstr(buf, "\"app\":\"api\"") != NULL);
	ATF_REQUIRE((id = strstr(buf, "id: ")) != NULL);
	snprintf(after, sizeof(after), "%.*s", (int)strcspn(id + 4, "\n"),
	    id + 4);
	close(fd);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->nw->nconns);
	/* it comes again, and is told what it missed */
	happen(f, EVENT_STOPPED, "api", "");
	fix_settle(f);
	fd = listens(f, fix_token("viewer", "", 60), after);
	heard(f, fd, buf);
	ATF_CHECK_MSG(strstr(buf, "event: app.stopped\n") != NULL, "%s", buf);
	happen(f, EVENT_ERRORED, "db", "");
	heard(f, fd, buf);
	ATF_CHECK_MSG(strstr(buf, "event: app.errored\n") != NULL, "%s", buf);
	close(fd);
	/* what nobody remembers is said */
	fd = listens(f, fix_token("viewer", "", 60), "7");
	do
		heard(f, fd, buf);
	while (strstr(buf, "event: missed\n") == NULL);
	close(fd);
	fix_settle(f);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(events_end_with_the_token);
ATF_TC_BODY(events_end_with_the_token, tc)
{
	struct fix		*f = fix_events_new();
	struct m_revocation	 m = { .until_ms = 0 };
	struct fix_http		 r = { .status = 0 };
	int			 fd, other;

	fd = listens(f, fix_token("viewer", "", 2), NULL);
	other = listens(f, fix_token("viewer", "j7", 60), NULL);
	fix_closed(f, fd);		/* waits for it */
	ATF_CHECK_EQ(1, f->nw->nconns);
	peer_send(f->far[K_SUPERVISOR], M_REVOCATION, -1, &m, "j7", NULL);
	fix_closed(f, other);
	ATF_CHECK_EQ(0, f->nw->nconns);
	fd = fix_client(f, LISTENER_HTTP);
	fix_do(f, fd, "GET /events", "", NULL, &r);
	ATF_CHECK_EQ(401, r.status);
	fix_do(f, fd, "GET /events", fix_token("none", "", 60), NULL, &r);
	ATF_CHECK_EQ(403, r.status);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(events_of_other_apps_are_not_told);
ATF_TC_BODY(events_of_other_apps_are_not_told, tc)
{
	struct fix	*f = fix_events_new();
	char		 buf[2048];
	int		 fd;

	allow_only(f, "d*");
	fd = listens(f, fix_token("admin", "", 60), NULL);
	happen(f, EVENT_ONLINE, "api", "");
	happen(f, EVENT_AUTH, "", "somebody");
	happen(f, EVENT_ONLINE, "db", "");
	heard(f, fd, buf);
	ATF_CHECK_MSG(strstr(buf, "\"app\":\"db\"") != NULL, "%s", buf);
	close(fd);
	fix_settle(f);
	fix_free(f);
}

/* It costs no more than its connection. */
ATF_TC_WITHOUT_HEAD(who_does_not_listen_misses_events);
ATF_TC_BODY(who_does_not_listen_misses_events, tc)
{
	struct fix	*f = fix_events_new();
	char		 text[TEXT_MAX + 1];
	int		 fd = listens(f, fix_token("viewer", "", 60), NULL), i;

	memset(text, 'x', TEXT_MAX);
	text[TEXT_MAX] = '\0';
	for (i = 0; i < 20000; i++) {
		happen(f, EVENT_ONLINE, "api", text);
		fix_spin(f);
		ATF_REQUIRE(f->nw->out_total < 2 * MIB);
	}
	close(fd);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->nw->out_total);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(metrics_are_those_of_visible_apps);
ATF_TC_BODY(metrics_are_those_of_visible_apps, tc)
{
	struct fix	*f = fix_events_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_do(f, fd, "GET /metrics", "", NULL, &r);
	ATF_CHECK_EQ(401, r.status);
	fix_do(f, fd, "GET /metrics", fix_token("viewer", "", 60), NULL, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK(strstr(r.head, "Content-Type: text/plain; version=0.0.4")
	    != NULL);
	ATF_CHECK(strstr(r.body, "omnitron_app_up{app=\"api\"} 1\n") != NULL);
	ATF_CHECK(strstr(r.body, "omnitron_app_up{app=\"db\"} 0\n") != NULL);
	ATF_CHECK(strstr(r.body, "omnitron_uptime_seconds ") != NULL);
	ATF_CHECK(strstr(r.body, "omnitron_app_status{app=\"db\",status="
	    "\"stopped\"} 1\n") != NULL);
	allow_only(f, "d*");
	fix_do(f, fd, "GET /metrics", fix_token("viewer", "", 60), NULL, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK(strstr(r.body, "api") == NULL);
	ATF_CHECK(strstr(r.body, "omnitron_uptime_seconds ") == NULL);
	ATF_CHECK(strstr(r.body, "omnitron_app_up{app=\"db\"} 0\n") != NULL);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, events_are_told_as_they_happen);
	ATF_TP_ADD_TC(tp, events_end_with_the_token);
	ATF_TP_ADD_TC(tp, events_of_other_apps_are_not_told);
	ATF_TP_ADD_TC(tp, who_does_not_listen_misses_events);
	ATF_TP_ADD_TC(tp, metrics_are_those_of_visible_apps);
	return (atf_no_error());
}
