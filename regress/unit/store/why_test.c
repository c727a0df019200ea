/* Causes in the store: from the supervisor, to the file and back. */
#include "regress/unit/store/fixture.h"

static struct m_state_why
cause(uint32_t kind, int first)
{
	struct m_state_why	 m;

	memset(&m, 0, sizeof(m));
	m.why.kind = kind;
	m.why.at_ms = 1700000000123;
	m.first = (uint16_t)first;
	m.instance = INSTANCE_ANY;
	return (m);
}

static int
put(struct state *st, const struct m_state_why *m, const char *text)
{
	return (state_put_why(st, m, "web", "", "", text));
}

ATF_TC_WITHOUT_HEAD(they_come_back);
ATF_TC_BODY(they_come_back, tc)
{
	struct m_state_why	 m = cause(WHY_OPERATOR, 1);
	struct state		 st, back;
	struct why		*a, *b;
	int64_t			 version;
	size_t			 len;
	char			*text, err[256];

	state_init(&st);
	fx_fill(&st, "web");
	m.why.uid = 4294967295u;
	m.why.pid = 411;
	m.why.plane = K_CONTROL;
	strlcpy(m.subject, "ci", sizeof(m.subject));
	ATF_REQUIRE_EQ(0, put(&st, &m, "web was \"stopped\"\n\x01"));
	m = cause(WHY_DEPENDENCY, 0);
	m.instance = 7;
	ATF_REQUIRE_EQ(0, state_put_why(&st, &m, "web", "main", "db", "x"));
	text = fx_text(&st, &len);
	state_init(&back);
	ATF_REQUIRE_EQ_MSG(0, state_read(&back, text, len, &version, err,
	    sizeof(err)), "%s", err);
	a = TAILQ_FIRST(&state_find(&st, "web")->whys);
	b = TAILQ_FIRST(&state_find(&back, "web")->whys);
	for (; a != NULL; a = TAILQ_NEXT(a, entry), b = TAILQ_NEXT(b, entry)) {
		ATF_REQUIRE(b != NULL);
		ATF_CHECK_EQ(0, memcmp(&a->m, &b->m, sizeof(a->m)));
		ATF_CHECK_EQ(a->instance, b->instance);
		ATF_CHECK_EQ(a->subject == NULL, b->subject == NULL);
		if (a->subject != NULL)
			ATF_CHECK_STREQ(a->subject, b->subject);
		ATF_CHECK_STREQ(a->process, b->process);
		ATF_CHECK_STREQ(a->on, b->on);
		ATF_CHECK_STREQ(a->text, b->text);
	}
	ATF_CHECK(b == NULL);
	free(text);
	state_free(&st);
	state_free(&back);
}

ATF_TC_WITHOUT_HEAD(the_first_replaces_all);
ATF_TC_BODY(the_first_replaces_all, tc)
{
	struct m_state_why	 first = cause(WHY_EXIT, 1);
	struct m_state_why	 more = cause(WHY_EXIT, 0);
	struct state		 st;
	unsigned		 i;

	state_init(&st);
	fx_fill(&st, "web");
	ATF_CHECK_EQ(0, put(&st, &first, "a"));
	for (i = 1; i < WHYS_MAX; i++)
		ATF_CHECK_EQ(0, put(&st, &more, "b"));
	ATF_CHECK_EQ(-1, put(&st, &more, "b"));
	ATF_CHECK_EQ(0, put(&st, &first, "c"));
	ATF_CHECK_EQ(1, state_find(&st, "web")->nwhys);
	/* of an app that is not there */
	ATF_CHECK_EQ(0, state_put_why(&st, &first, "other", "", "", "a"));
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(nonsense_is_refused);
ATF_TC_BODY(nonsense_is_refused, tc)
{
	struct m_state_why	 good = cause(WHY_EXIT, 1), m;
	struct state		 st;

	state_init(&st);
	fx_fill(&st, "web");
	m = good;
	m.why.kind = WHY_MAX;
	ATF_CHECK_EQ(-1, put(&st, &m, ""));
	m = good;
	m.why.plane = K_MAX;
	ATF_CHECK_EQ(-1, put(&st, &m, ""));
	m = good;
	m.first = 2;
	ATF_CHECK_EQ(-1, put(&st, &m, ""));
	m = good;
	m.instance = INSTANCES_MAX;
	ATF_CHECK_EQ(-1, put(&st, &m, ""));
	ATF_CHECK_EQ(-1, state_put_why(&st, &good, "a b", "", "", ""));
	ATF_CHECK_EQ(-1, state_put_why(&st, &good, "web", "/", "", ""));
	ATF_CHECK_EQ(-1, state_put_why(&st, &good, "web", "", "/", ""));
	state_free(&st);
}

static int
reads(const char *why)
{
	struct state	 st;
	int64_t		 version;
	char		 body[1024], err[256];
	size_t		 len;
	char		*text;
	int		 rv;

	snprintf(body, sizeof(body), "{\"version\":1,\"daemon\":{\"bootId\":"
	    "\"" BOOT "\"},\"apps\":[{\"name\":\"web\",\"intent\":\"run\","
	    "\"status\":\"online\",\"why\":%s}]", why);
	text = fx_sealed(body, &len);
	state_init(&st);
	rv = state_read(&st, text, len, &version, err, sizeof(err)) == -1 ?
	    -1 : (int)state_find(&st, "web")->nwhys;
	state_free(&st);
	free(text);
	return (rv);
}

ATF_TC_WITHOUT_HEAD(what_a_newer_version_wrote);
ATF_TC_BODY(what_a_newer_version_wrote, tc)
{
	ATF_CHECK_EQ(0, reads("null"));
	ATF_CHECK_EQ(0, reads("[]"));
	ATF_CHECK_EQ(1, reads("[{\"cause\":\"exit\",\"new\":[1]}]"));
	/* of a kind, or by a plane, that we do not know */
	ATF_CHECK_EQ(1, reads("[{\"cause\":\"moon\"},{\"cause\":\"exit\"},"
	    "{\"cause\":\"exit\",\"plane\":\"moon\"}]"));
	ATF_CHECK_EQ(-1, reads("{}"));
	ATF_CHECK_EQ(-1, reads("[1]"));
	ATF_CHECK_EQ(-1, reads("[{\"cause\":\"exit\",\"instance\":-1}]"));
	ATF_CHECK_EQ(-1, reads("[{\"cause\":\"exit\",\"instance\":4096}]"));
	ATF_CHECK_EQ(-1, reads("[{\"cause\":\"exit\",\"uid\":4294967296}]"));
	ATF_CHECK_EQ(-1, reads("[{\"cause\":\"exit\",\"on\":\"a b\"}]"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, they_come_back);
	ATF_TP_ADD_TC(tp, the_first_replaces_all);
	ATF_TP_ADD_TC(tp, nonsense_is_refused);
	ATF_TP_ADD_TC(tp, what_a_newer_version_wrote);
	return (atf_no_error());
}
