/* The text of state.json: what goes out comes in again, and nothing else. */
#include <time.h>

#include "regress/unit/store/fixture.h"

static int
reads(const char *text, size_t len)
{
	struct state	 st;
	int64_t		 version;
	char		 err[256] = "";
	int		 rv;

	state_init(&st);
	rv = state_read(&st, text, len, &version, err, sizeof(err));
	if (rv == -1) {
		ATF_CHECK(err[0] != '\0');
		ATF_CHECK_EQ(0, (int)st.napps);
	}
	state_free(&st);
	return (rv == 0);
}

/* As above, for a body without its last brace. */
static int
reads_body(const char *body)
{
	size_t	 len;
	char	*text = fx_sealed(body, &len);
	int	 rv = reads(text, len);

	free(text);
	return (rv);
}

static void
load(struct state *st, const char *text, size_t len)
{
	int64_t	 version;
	char	 err[256] = "";

	state_init(st);
	ATF_REQUIRE_EQ_MSG(0, state_read(st, text, len, &version, err,
	    sizeof(err)), "%s", err);
}

ATF_TC_WITHOUT_HEAD(all_fields_come_back);
ATF_TC_BODY(all_fields_come_back, tc)
{
	struct state		 st, back;
	struct app		*a, *b;
	struct inst		*i, *j;
	struct m_state_inst	 m, n;
	size_t			 len;
	char			*text;

	state_init(&st);
	fx_fill(&st, "web");
	text = fx_text(&st, &len);
	load(&back, text, len);
	ATF_CHECK_STREQ(BOOT, back.bootid);
	ATF_REQUIRE((a = state_find(&st, "web")) != NULL);
	ATF_REQUIRE((b = state_find(&back, "web")) != NULL);
	ATF_CHECK_EQ(0, memcmp(&a->rec, &b->rec, sizeof(a->rec)));
	ATF_CHECK_STREQ(a->reason, b->reason);
	ATF_CHECK_STREQ("main", b->exited);
	ATF_CHECK_EQ(2, (int)back.ninsts);
	RB_FOREACH(i, insts, &a->insts) {
		j = state_inst_find(b, i->process, i->number);
		ATF_REQUIRE(j != NULL);
		state_get_inst(i, &m);
		state_get_inst(j, &n);
		ATF_CHECK_EQ(0, memcmp(&m, &n, sizeof(m)));
	}
	free(text);
	state_free(&st);
	state_free(&back);
}

ATF_TC_WITHOUT_HEAD(text_is_as_documented);
ATF_TC_BODY(text_is_as_documented, tc)
{
	struct state	 st;
	size_t		 len;
	char		*text, *crc;

	state_init(&st);
	fx_fill(&st, "web");
	text = fx_text(&st, &len);
	crc = strndup(text + len - TAIL_LEN, TAIL_LEN);
	ATF_CHECK_EQ(0, strncmp(crc, ",\"crc32c\":\"", 11));
	ATF_CHECK_STREQ("\"}\n", crc + TAIL_LEN - 3);
	text[len - 1] = '\0';
#define HAS(s)	ATF_CHECK_MSG(strstr(text, s) != NULL, "%s not in %s", s, text)
	HAS("{\"version\":1,\"updatedAt\":1795000000000,\"daemon\":{\"pid\":99,"
	    "\"startedAt\":1794000000000,\"bootId\":\"" BOOT "\",\"version\":");
	HAS("\"apps\":[{\"name\":\"web\",\"mode\":\"classic\","
	    "\"intent\":\"run\",\"status\":\"errored\",\"restarts\":7,"
	    "\"pid\":4710,\"instances\":2,\"port\":8080,"
	    "\"startedAt\":1795000000123,\"lastExit\":{\"process\":"
	    "\"main\",\"instance\":1,");
	HAS("\"signal\":\"SIGKILL\"");
	HAS("\"code\":null");
	HAS("\"flags\":[\"stopped\",\"oom\"]");
	HAS("\"crashedConfig\":\"0123456789abcdef\"");
	HAS("\"watch\":false,\"metrics\":null,\"processes\":[{\"name\":"
	    "\"main\",\"instance\":0,\"pid\":4710,\"startTime\":77001,");
	HAS("\"pidfdInode\":\"18446744073709551615\"");
	HAS("\"restartTimes\":[1795000000001,1795000000002,1795000000003]");
	HAS("\"finished\":true,\"instances\":2,\"configured\":3");
	HAS("\"backoff\":2,\"stopDeadline\":1795000009999,"
	    "\"finished\":false,\"instances\":2,\"configured\":3");
	free(crc);
	free(text);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(an_app_of_processes_comes_back);
ATF_TC_BODY(an_app_of_processes_comes_back, tc)
{
	struct m_state_app	 app = fx_app(INTENT_RUN, S_ONLINE, 3);
	struct m_state_inst	 rec = fx_inst(0, 0, S_STOPPED);
	struct state		 st, back;
	struct inst		*inst;
	size_t			 len;
	char			*text;

	state_init(&st);
	app.bootstrap = 1;
	ATF_REQUIRE_EQ(0, state_put_app(&st, &app, "shop", "", ""));
	rec.finished = 1;
	rec.wanted = rec.configured = 1;
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "shop", "migrate"));
	rec = fx_inst(1, 77, S_ONLINE);
	rec.wanted = 2;
	rec.configured = 1;
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "shop", "http"));
	/* the other slot of the same number: two records */
	rec = fx_inst(1 | INSTANCE_SPARE, 78, S_STARTING);
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "shop", "http"));
	text = fx_text(&st, &len);
	load(&back, text, len);
	ATF_CHECK_EQ(1, (int)state_find(&back, "shop")->rec.bootstrap);
	inst = state_inst_find(state_find(&back, "shop"), "migrate", 0);
	ATF_REQUIRE(inst != NULL);
	ATF_CHECK_EQ(1, (int)inst->finished);
	inst = state_inst_find(state_find(&back, "shop"), "http", 1);
	ATF_REQUIRE(inst != NULL);
	ATF_CHECK_EQ(0, (int)inst->finished);
	ATF_CHECK_EQ(2, (int)inst->wanted);
	ATF_CHECK_EQ(1, (int)inst->configured);
	ATF_CHECK_EQ(77, inst->sig.pid);
	inst = state_inst_find(state_find(&back, "shop"), "http",
	    1 | INSTANCE_SPARE);
	ATF_REQUIRE(inst != NULL);
	ATF_CHECK_EQ(78, inst->sig.pid);
	/* No exit yet: nothing says of which process. */
	ATF_CHECK_STREQ("", state_find(&back, "shop")->exited);
	free(text);
	state_free(&st);
	state_free(&back);
}

/* A file that was written before there were processes. */
ATF_TC_WITHOUT_HEAD(a_file_without_the_keys_of_processes_is_read);
ATF_TC_BODY(a_file_without_the_keys_of_processes_is_read, tc)
{
	struct m_state_inst	 rec;
	struct state		 st;
	struct app		*app;
	struct inst		*inst;
	size_t			 len;
	char			*text;

	text = fx_sealed("{\"version\":1,\"daemon\":{\"bootId\":\"b\"},"
	    "\"apps\":[{\"name\":\"a\",\"mode\":\"classic\","
	    "\"intent\":\"run\",\"status\":\"online\",\"instances\":4,"
	    "\"configured\":2,\"lastExit\":{\"instance\":1,\"code\":3},"
	    "\"processes\":[{\"name\":\"a\",\"instance\":0,\"pid\":9,"
	    "\"status\":\"online\"}]},{\"name\":\"b\","
	    "\"intent\":\"stop\",\"status\":\"stopped\"}]", &len);
	load(&st, text, len);
	free(text);
	ATF_REQUIRE((app = state_find(&st, "a")) != NULL);
	ATF_CHECK_EQ(0, (int)app->rec.bootstrap);
	ATF_CHECK_EQ(4, (int)app->rec.instances);
	ATF_CHECK_EQ(1, (int)app->rec.has_exit);
	ATF_CHECK_EQ(3, app->rec.exit.code);
	ATF_CHECK_STREQ("", app->exited);
	ATF_REQUIRE((inst = state_inst_find(app, "a", 0)) != NULL);
	state_get_inst(inst, &rec);
	ATF_CHECK_EQ(9, rec.sig.pid);
	ATF_CHECK_EQ(0, (int)rec.finished);
	ATF_CHECK_EQ(0, (int)rec.wanted);
	ATF_CHECK_EQ(0, (int)rec.configured);
	ATF_REQUIRE((app = state_find(&st, "b")) != NULL);
	ATF_CHECK_EQ(0, (int)app->rec.bootstrap);
	/* What is read can be said again by the supervisor. */
	rec.finished = 1;
	ATF_CHECK_EQ(0, state_put_inst(&st, &rec, "a", "a"));
	state_free(&st);
}

#define BODY_HEAD	"{\"version\":1,\"updatedAt\":1,\"daemon\":"	\
			"{\"bootId\":\"b\"}"
#define BODY(apps)	BODY_HEAD ",\"apps\":[" apps "]"
#define APP(more)	"{\"name\":\"a\",\"intent\":\"run\","		\
			"\"status\":\"online\"" more "}"
#define INST(more)	APP(",\"processes\":[{\"name\":\"p\","		\
			"\"instance\":0,\"status\":\"online\"" more "}]")

ATF_TC_WITHOUT_HEAD(unknown_members_and_apps_are_written_back);
ATF_TC_BODY(unknown_members_and_apps_are_written_back, tc)
{
	struct m_state_app	 rec = fx_app(INTENT_STOP, S_STOPPED, 1);
	struct m_state_inst	 irec = fx_inst(0, 12, S_STOPPED);
	struct state		 st, again;
	size_t			 len, len2;
	char			*text, *out;

	text = fx_sealed("{\"moon\":{\"full\":[1,2.5,null,\"\\u00e4\"]},"
	    "\"version\":1,\"daemon\":{\"bootId\":\"b\"},\"apps\":["
	    "{\"name\":\"a\",\"mode\":\"bootstrap\",\"intent\":\"run\","
	    "\"status\":\"online\",\"metrics\":{\"on\":true},\"tide\":-3,"
	    "\"processes\":[{\"name\":\"p\",\"instance\":0,"
	    "\"status\":\"online\",\"wave\":[{\"h\":1}]}]},"
	    "{\"name\":\"stranger\",\"intent\":\"stop\","
	    "\"status\":\"stopped\",\"big\":9007199254740993}]", &len);
	load(&st, text, len);
	/* What the supervisor says of the app leaves the unknown alone. */
	rec.bootstrap = 1;
	ATF_REQUIRE_EQ(0, state_put_app(&st, &rec, "a", "by hand", ""));
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &irec, "a", "p"));
	free(text);
	text = fx_text(&st, &len);
	load(&again, text, len);
	out = fx_text(&again, &len2);
	ATF_CHECK_EQ(len, len2);
	ATF_CHECK_EQ(0, memcmp(text, out, len < len2 ? len : len2));
	text[len - 1] = '\0';
	HAS("\"moon\":{\"full\":[1,2.5,null,\"\xc3\xa4\"]}");
	HAS("\"mode\":\"bootstrap\"");
	HAS("\"metrics\":{\"on\":true}");
	HAS("\"watch\":false");
	HAS("\"tide\":-3");
	HAS("\"wave\":[{\"h\":1}]");
	HAS("\"name\":\"stranger\"");
	HAS("\"big\":9007199254740993");
	HAS("\"reason\":\"by hand\"");
	free(text);
	free(out);
	state_free(&st);
	state_free(&again);
}

/* What operators said of a watch; anything else is as if they said nothing. */
ATF_TC_WITHOUT_HEAD(what_is_said_of_a_watch_is_kept);
ATF_TC_BODY(what_is_said_of_a_watch_is_kept, tc)
{
	static const struct {
		const char	*json;
		uint32_t	 wish;
	} cases[] = {
		{ "\"on\"", WISH_ON }, { "\"off\"", WISH_OFF },
		{ "false", WISH_NONE }, { "null", WISH_NONE },
		{ "\"later\"", WISH_NONE }, { "7", WISH_NONE }
	};
	struct state	 st, again;
	char		*text, body[256];
	size_t		 i, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(body, sizeof(body), BODY(APP(",\"watch\":%s")),
		    cases[i].json);
		text = fx_sealed(body, &len);
		load(&st, text, len);
		free(text);
		ATF_CHECK_EQ(state_find(&st, "a")->rec.watch, cases[i].wish);
		text = fx_text(&st, &len);
		load(&again, text, len);
		ATF_CHECK_EQ(state_find(&again, "a")->rec.watch,
		    cases[i].wish);
		free(text);
		state_free(&st);
		state_free(&again);
	}
}

ATF_TC_WITHOUT_HEAD(members_may_be_absent_or_null);
ATF_TC_BODY(members_may_be_absent_or_null, tc)
{
	ATF_CHECK(reads_body(BODY("")));
	ATF_CHECK(reads_body(BODY(APP(""))));
	ATF_CHECK(reads_body(BODY(INST(""))));
	ATF_CHECK(reads_body(BODY(APP(",\"lastExit\":null,\"port\":null,"
	    "\"processes\":null,\"reason\":null"))));
	ATF_CHECK(reads_body(BODY(APP(",\"lastExit\":{}"))));
	ATF_CHECK(reads_body(BODY(INST(",\"restartTimes\":null,"
	    "\"pidfdInode\":null,\"bootId\":null,\"pid\":null,"
	    "\"finished\":null,\"instances\":null,"
	    "\"configured\":null"))));
	ATF_CHECK(reads_body(BODY(APP(",\"mode\":null,"
	    "\"lastExit\":{\"process\":null}"))));
}

ATF_TC_WITHOUT_HEAD(nonsense_with_a_good_checksum_is_refused);
ATF_TC_BODY(nonsense_with_a_good_checksum_is_refused, tc)
{
	static const char *const	 bodies[] = {
		"[1",
		"{\"version\":1",
		"{\"version\":\"1\",\"daemon\":{},\"apps\":[]",
		"{\"version\":0,\"daemon\":{},\"apps\":[]",
		"{\"version\":-1,\"daemon\":{},\"apps\":[]",
		"{\"daemon\":{},\"apps\":[]",
		"{\"version\":1,\"apps\":[]",
		"{\"version\":1,\"daemon\":{},\"apps\":{}",
		BODY("1"),
		BODY("{}"),
		BODY("{\"name\":\"../x\",\"intent\":\"run\","
		    "\"status\":\"online\"}"),
		BODY("{\"name\":\"a\",\"status\":\"online\"}"),
		BODY("{\"name\":\"a\",\"intent\":\"run\"}"),
		BODY("{\"name\":\"a\",\"intent\":\"walk\","
		    "\"status\":\"online\"}"),
		BODY(APP("") "," APP("")),
		BODY(APP(",\"name\":\"a\"")),
		BODY(APP(",\"port\":65536")),
		BODY(APP(",\"restarts\":-1")),
		BODY(APP(",\"restarts\":1.5")),
		BODY(APP(",\"instances\":131073")),
		BODY(APP(",\"mode\":5")),
		BODY(INST(",\"instances\":1025")),
		BODY(INST(",\"instances\":-1")),
		BODY(INST(",\"configured\":1025")),
		BODY(INST(",\"finished\":1")),
		BODY(INST(",\"finished\":\"true\"")),
		BODY(APP(",\"reason\":5")),
		BODY(APP(",\"crashedConfig\":5")),
		BODY(APP(",\"crashedConfig\":\"xyz\"")),
		BODY(APP(",\"crashedConfig\":\"0123456789abcdef0\"")),
		BODY(APP(",\"lastExit\":[]")),
		BODY(APP(",\"lastExit\":{\"code\":-2}")),
		BODY(APP(",\"lastExit\":{\"process\":5}")),
		BODY(APP(",\"lastExit\":{\"process\":\"../p\"}")),
		BODY(APP(",\"processes\":{}")),
		BODY(APP(",\"processes\":[{}]")),
		BODY(INST(",\"pid\":-1")),
		BODY(INST(",\"pid\":2147483648")),
		BODY(INST(",\"pidfdInode\":5")),
		BODY(INST(",\"pidfdInode\":\"-5\"")),
		BODY(INST(",\"pidfdInode\":\"18446744073709551616\"")),
		BODY(INST(",\"restartTimes\":[\"x\"]")),
		BODY(INST(",\"restartTimes\":{\"a\":1}")),
		BODY(INST(",\"bootId\":\"0123456789012345678901234567890123456"
		    "789\"")),
		BODY(APP(",\"processes\":[{\"name\":\"p\",\"instance\":0,"
		    "\"status\":\"online\"},{\"name\":\"p\",\"instance\":0,"
		    "\"status\":\"online\"}]")),
		BODY_HEAD ",\"apps\":[],\"x\":"
		    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
		BODY_HEAD ",\"apps\":[],\"x\":\"\xff\"",
		BODY_HEAD ",\"apps\":[] /* why */"
	};
	size_t				 i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		ATF_CHECK_MSG(!reads_body(bodies[i]), "accepted: %s",
		    bodies[i]);
}

ATF_TC_WITHOUT_HEAD(status_of_a_newer_version_is_started_again);
ATF_TC_BODY(status_of_a_newer_version_is_started_again, tc)
{
	struct state	 st;
	size_t		 len;
	char		*text = fx_sealed(BODY("{\"name\":\"a\","
			    "\"intent\":\"run\",\"status\":\"reloading\"}"),
			    &len);

	load(&st, text, len);
	ATF_CHECK_EQ(S_ERRORED, (int)state_find(&st, "a")->rec.status);
	state_free(&st);
	free(text);
}

ATF_TC_WITHOUT_HEAD(newest_restart_times_are_kept);
ATF_TC_BODY(newest_restart_times_are_kept, tc)
{
	struct state	 st;
	struct inst	*inst;
	char		 body[4096], n[16];
	char		*text;
	size_t		 len;
	int		 i;

	strlcpy(body, BODY_HEAD ",\"apps\":[{\"name\":\"a\",\"intent\":\"run\","
	    "\"status\":\"online\",\"processes\":[{\"name\":\"p\","
	    "\"status\":\"online\",\"restartTimes\":[0", sizeof(body));
	for (i = 1; i < 100; i++) {
		snprintf(n, sizeof(n), ",%d", i);
		strlcat(body, n, sizeof(body));
	}
	strlcat(body, "]}]}]", sizeof(body));
	text = fx_sealed(body, &len);
	load(&st, text, len);
	inst = state_inst_find(state_find(&st, "a"), "p", 0);
	ATF_REQUIRE(inst != NULL);
	ATF_REQUIRE_EQ(RESTART_TIMES_MAX, inst->ntimes);
	ATF_CHECK_EQ(36, (int)inst->times_ms[0]);
	ATF_CHECK_EQ(99, (int)inst->times_ms[RESTART_TIMES_MAX - 1]);
	state_free(&st);
	free(text);
}

ATF_TC_WITHOUT_HEAD(no_truncation_is_accepted);
ATF_TC_BODY(no_truncation_is_accepted, tc)
{
	struct state	 st;
	size_t		 len, i;
	char		*text;

	state_init(&st);
	fx_fill(&st, "web");
	fx_fill(&st, "db");
	text = fx_text(&st, &len);
	ATF_CHECK(len > 2000);
	for (i = 0; i < len; i++)
		ATF_REQUIRE_MSG(!reads(text, i), "first %zu bytes", i);
	ATF_CHECK(reads(text, len));
	free(text);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(no_flipped_bit_is_accepted);
ATF_TC_BODY(no_flipped_bit_is_accepted, tc)
{
	struct state	 st;
	size_t		 len, i;
	char		*text;

	state_init(&st);
	fx_fill(&st, "web");
	fx_fill(&st, "db");
	text = fx_text(&st, &len);
	for (i = 0; i < len * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		ATF_REQUIRE_MSG(!reads(text, len), "bit %zu", i);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	ATF_CHECK(reads(text, len));
	free(text);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(what_follows_the_end_is_not_accepted);
ATF_TC_BODY(what_follows_the_end_is_not_accepted, tc)
{
	size_t	 len;
	char	*text = fx_simple("web", &len);

	ATF_REQUIRE((text = realloc(text, len + 2)) != NULL);
	ATF_CHECK(reads(text, len));
	text[len] = '\n';
	ATF_CHECK(!reads(text, len + 1));
	text[len] = '\0';
	ATF_CHECK(!reads(text, len + 1));
	free(text);
}

ATF_TC_WITHOUT_HEAD(too_large_a_text_is_an_error);
ATF_TC_BODY(too_large_a_text_is_an_error, tc)
{
	struct state	 st;
	struct writer	 by;
	struct jsonw	 w;

	state_init(&st);
	fx_fill(&st, "web");
	memset(&by, 0, sizeof(by));
	jsonw_init(&w, 300);
	ATF_CHECK_EQ(-1, state_write(&st, &by, &w));
	jsonw_free(&w);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(a_thousand_apps_take_milliseconds);
ATF_TC_BODY(a_thousand_apps_take_milliseconds, tc)
{
	struct state	 st, back;
	struct timespec	 a, b;
	char		 name[NAME_SIZE];
	char		*text;
	size_t		 len;
	double		 ms, best = 1e9;
	int		 i;

	state_init(&st);
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "app-%d", i);
		fx_fill(&st, name);
	}
	for (i = 0; i < 10; i++) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		text = fx_text(&st, &len);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
		    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
		if (i < 9)
			free(text);
	}
	printf("%zu bytes in %.2f ms\n", len, best);
#ifndef SANITIZE
	ATF_CHECK_MSG(best < 20, "%.2f ms", best);
#endif
	load(&back, text, len);
	ATF_CHECK_EQ(1000, (int)back.napps);
	ATF_CHECK_EQ(2000, (int)back.ninsts);
	free(text);
	state_free(&st);
	state_free(&back);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_fields_come_back);
	ATF_TP_ADD_TC(tp, text_is_as_documented);
	ATF_TP_ADD_TC(tp, an_app_of_processes_comes_back);
	ATF_TP_ADD_TC(tp, a_file_without_the_keys_of_processes_is_read);
	ATF_TP_ADD_TC(tp, unknown_members_and_apps_are_written_back);
	ATF_TP_ADD_TC(tp, what_is_said_of_a_watch_is_kept);
	ATF_TP_ADD_TC(tp, members_may_be_absent_or_null);
	ATF_TP_ADD_TC(tp, nonsense_with_a_good_checksum_is_refused);
	ATF_TP_ADD_TC(tp, status_of_a_newer_version_is_started_again);
	ATF_TP_ADD_TC(tp, newest_restart_times_are_kept);
	ATF_TP_ADD_TC(tp, no_truncation_is_accepted);
	ATF_TP_ADD_TC(tp, no_flipped_bit_is_accepted);
	ATF_TP_ADD_TC(tp, what_follows_the_end_is_not_accepted);
	ATF_TP_ADD_TC(tp, too_large_a_text_is_an_error);
	ATF_TP_ADD_TC(tp, a_thousand_apps_take_milliseconds);
	return (atf_no_error());
}
