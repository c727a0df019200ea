/* The configuration in its two phases, and the audit trail. */
#include "fixture.h"

static int
begin(uint32_t version)
{
	struct m_conf_begin	 m = { .version = version };

	return (conf_begin(&fx.l, &m));
}

static int
log_of(uint32_t id, const char *name)
{
	struct m_conf_log	 m = fx.conf;

	m.id = id;
	return (conf_log(&fx.l, &m, name));
}

ATF_TC_WITHOUT_HEAD(order_is_enforced);
ATF_TC_BODY(order_is_enforced, tc)
{
	struct m_conf_log	 m;

	fx_init();
	ATF_CHECK_EQ(-1, log_of(0, "omnitrond"));	/* not begun */
	ATF_CHECK_EQ(-1, conf_end(&fx.l, 1));
	ATF_CHECK_EQ(-1, conf_commit(&fx.l, 1));
	ATF_CHECK_EQ(-1, begin(0));
	ATF_CHECK_EQ(0, begin(7));
	ATF_CHECK_EQ(-1, log_of(1, "web"));		/* the daemon first */
	ATF_CHECK_EQ(0, log_of(0, "omnitrond"));
	ATF_CHECK_EQ(-1, log_of(0, "omnitrond"));
	ATF_CHECK_EQ(-1, conf_commit(&fx.l, 7));	/* not ended */
	ATF_CHECK_EQ(-1, conf_end(&fx.l, 8));
	ATF_CHECK_EQ(0, conf_end(&fx.l, 7));
	ATF_CHECK_EQ(-1, log_of(1, "web"));
	ATF_CHECK_EQ(-1, conf_commit(&fx.l, 8));
	ATF_CHECK_EQ(0, conf_commit(&fx.l, 7));
	ATF_CHECK_EQ(-1, conf_commit(&fx.l, 7));	/* once */
	/* fields */
	ATF_CHECK_EQ(0, begin(8));
	ATF_CHECK_EQ(0, log_of(0, "omnitrond"));
	ATF_CHECK_EQ(-1, log_of(5, ""));
	ATF_CHECK_EQ(-1, log_of(5, ".."));
	ATF_CHECK_EQ(-1, log_of(5, "a/b"));
	m = fx.conf;
	m.id = 5;
	m.mode = 04755;
	ATF_CHECK_EQ(-1, conf_log(&fx.l, &m, "x"));
	m.mode = 0600;
	m.level = LEVEL_MAX;
	ATF_CHECK_EQ(-1, conf_log(&fx.l, &m, "x"));
	fx_free();
}

ATF_TC_WITHOUT_HEAD(nothing_changes_before_the_commit);
ATF_TC_BODY(nothing_changes_before_the_commit, tc)
{
	fx_init();
	ATF_CHECK_EQ(0, begin(9));
	ATF_CHECK_EQ(0, log_of(0, "omnitrond"));
	ATF_CHECK_EQ(0, log_of(2, "api"));
	ATF_CHECK_EQ(0, conf_end(&fx.l, 9));
	ATF_CHECK(app_find(&fx.l, 1) != NULL);
	ATF_CHECK_EQ(NULL, app_find(&fx.l, 2));
	/* a new one before it was committed: that one counts */
	ATF_CHECK_EQ(0, begin(10));
	ATF_CHECK_EQ(0, log_of(0, "omnitrond"));
	ATF_CHECK_EQ(0, log_of(3, "db"));
	ATF_CHECK_EQ(0, conf_end(&fx.l, 10));
	ATF_CHECK_EQ(0, conf_commit(&fx.l, 10));
	ATF_CHECK_EQ(NULL, app_find(&fx.l, 1));
	ATF_CHECK_EQ(NULL, app_find(&fx.l, 2));
	ATF_CHECK(app_find(&fx.l, 3) != NULL);
	ATF_CHECK(app_find(&fx.l, 0) != NULL);
	/* an id keeps its name */
	ATF_CHECK_EQ(0, begin(11));
	ATF_CHECK_EQ(0, log_of(0, "omnitrond"));
	ATF_CHECK_EQ(-1, log_of(3, "other"));
	fx_free();
}

/* It left the configuration, but its last instance still speaks. */
ATF_TC_WITHOUT_HEAD(app_that_left_is_heard_to_its_end);
ATF_TC_BODY(app_that_left_is_heard_to_its_end, tc)
{
	struct m_log_pid	 m;
	int			 out;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	fx.apps[0][0] = '\0';
	fx_commit();
	ATF_REQUIRE(app_find(&fx.l, 1) != NULL);
	fx_say(out, "still here\n");
	fx_until(fx_has("web.log", "still here"));
	close(out);
	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	stream_end(&fx.l, &m);
	fx_until(app_find(&fx.l, 1) == NULL);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(level_applies_to_open_streams);
ATF_TC_BODY(level_applies_to_open_streams, tc)
{
	int	 out;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	fx_say(out, "one\n");
	fx_until(fx_has("web.log", "one\n"));
	fx.conf.level = LEVEL_WARN;
	fx.conf.mode = 0640;
	fx_commit();
	fx_say(out, "two\nwarn three\n");
	fx_until(fx_has("web.log", "three\n"));
	ATF_CHECK(!fx_has("web.log", "two"));
	close(out);
	fx_free();
}

/* Names that are files of ours do not mix with them. */
ATF_TC_WITHOUT_HEAD(names_of_our_own_files);
ATF_TC_BODY(names_of_our_own_files, tc)
{
	fx_init();
	fx_add("audit");
	app_note(app_find(&fx.l, 2), LEVEL_INFO, "an app");
	ATF_CHECK_EQ(-1, fx_size("audit.log"));
	ATF_CHECK(fx_has("audit+app.log", "an app"));
	fx_free();
}

static void
audit(uint32_t outcome, const char *app, const char *text)
{
	struct m_audit		 m;
	struct audit_texts	 t;

	memset(&t, 0, sizeof(t));
	strlcpy(t.method, "OmnitronDaemon.stopApp", sizeof(t.method));
	strlcpy(t.app, app, sizeof(t.app));
	strlcpy(t.role, "admin", sizeof(t.role));
	strlcpy(t.text, text, sizeof(t.text));
	memset(&m, 0, sizeof(m));
	m.at_ms = 1795394344123;
	m.uid = 1000;
	m.pid = 4711;
	m.outcome = outcome;
	m.plane = K_CONTROL;
	audit_write(&fx.l, &m, &t);
}

/* Who came over the network has no user, and is named by what he showed. */
ATF_TC_WITHOUT_HEAD(audit_lines_of_tokens);
ATF_TC_BODY(audit_lines_of_tokens, tc)
{
	struct m_audit		 m;
	struct audit_texts	 t;
	char			*p;

	fx_init();
	memset(&m, 0, sizeof(m));
	memset(&t, 0, sizeof(t));
	m.at_ms = 1795394344123;
	m.uid = ID_NONE;
	m.outcome = OUT_FORBIDDEN;
	m.plane = K_NETWORK;
	strlcpy(t.method, "OmnitronDaemon.stopApp", sizeof(t.method));
	strlcpy(t.app, "web", sizeof(t.app));
	strlcpy(t.role, "viewer", sizeof(t.role));
	strlcpy(t.subject, "ci\"\n", sizeof(t.subject));
	strlcpy(t.kid, "2026-11", sizeof(t.kid));
	strlcpy(t.jti, "j-1", sizeof(t.jti));
	strlcpy(t.address, "192.0.2.7:40000", sizeof(t.address));
	audit_write(&fx.l, &m, &t);
	p = fx_read("audit.log");
	ATF_CHECK_STREQ("{\"time\":\"2026-11-23T00:39:04.123000Z\","
	    "\"address\":\"192.0.2.7:40000\",\"subject\":\"ci\\\"\\n\","
	    "\"kid\":\"2026-11\",\"jti\":\"j-1\",\"plane\":\"network\","
	    "\"role\":\"viewer\",\"method\":\"OmnitronDaemon.stopApp\","
	    "\"app\":\"web\",\"outcome\":\"FORBIDDEN\"}\n", p);
	free(p);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(audit_lines);
ATF_TC_BODY(audit_lines, tc)
{
	char	*p;

	fx_init();
	audit(OUT_OK, "web", "");
	audit(OUT_FORBIDDEN, "", "say \"no\"\n\033[31m");
	p = fx_read("audit.log");
	ATF_CHECK_STREQ("{\"time\":\"2026-11-23T00:39:04.123000Z\","
	    "\"uid\":1000,\"pid\":4711,\"plane\":\"control\","
	    "\"role\":\"admin\",\"method\":\"OmnitronDaemon.stopApp\","
	    "\"app\":\"web\",\"outcome\":\"OK\"}\n"
	    "{\"time\":\"2026-11-23T00:39:04.123000Z\","
	    "\"uid\":1000,\"pid\":4711,\"plane\":\"control\","
	    "\"role\":\"admin\",\"method\":\"OmnitronDaemon.stopApp\","
	    "\"app\":null,\"outcome\":\"FORBIDDEN\","
	    "\"message\":\"say \\\"no\\\"\\n\\u001b[31m\"}\n", p);
	free(p);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(audit_is_rotated_and_its_loss_is_json);
ATF_TC_BODY(audit_is_rotated_and_its_loss_is_json, tc)
{
	int	 i;

	fx_init();
	fx.conf.max_size = 1000;
	fx.conf.max_files = 2;
	fx_commit();
	for (i = 0; i < 30; i++)
		audit(OUT_OK, "web", "");
	ATF_CHECK(fx_size("audit.log.2") > 0 && fx_size("audit.log.2") <= 1000);
	ATF_CHECK_EQ(-1, fx_size("audit.log.3"));
	fx.l.files.held_max = 10;
	files_reopen(&fx.l.files);
	ATF_REQUIRE_EQ(0, unlink("audit.log"));
	ATF_REQUIRE_EQ(0, mkdir("audit.log", 0700));
	audit(OUT_OK, "web", "");
	audit(OUT_OK, "web", "");
	ATF_CHECK_EQ(1, fx.faults);
	ATF_REQUIRE_EQ(0, rmdir("audit.log"));
	files_retry(&fx.l.files, mono_now());
	ATF_CHECK(fx_has("audit.log", ",\"lost\":2}\n") ||
	    fx_has("audit.log", "\",\"lost\":2}\n"));
	fx_free();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order_is_enforced);
	ATF_TP_ADD_TC(tp, nothing_changes_before_the_commit);
	ATF_TP_ADD_TC(tp, app_that_left_is_heard_to_its_end);
	ATF_TP_ADD_TC(tp, level_applies_to_open_streams);
	ATF_TP_ADD_TC(tp, names_of_our_own_files);
	ATF_TP_ADD_TC(tp, audit_lines);
	ATF_TP_ADD_TC(tp, audit_lines_of_tokens);
	ATF_TP_ADD_TC(tp, audit_is_rotated_and_its_loss_is_json);
	return (atf_no_error());
}
