/* Files that are watched: what watch means, and what differs by it. */
#include "regress/unit/parent/conf_fixture.h"

#define WATCHES								\
	"app web {\n\tcommand /bin/true\n"				\
	"\twatch /srv/web ignore \"*.o\", \"tmp/*\" ignore core\n"	\
	"\tdebounce 1500ms\n}\n"						\
	"app shop {\n\twatch \"/srv/shop\"\n"				\
	"\tprocess http { command /bin/true }\n"			\
	"\tprocess job { command /bin/true watch /srv/job debounce 1s }\n}"

ATF_TC_WITHOUT_HEAD(folder_patterns_and_time);
ATF_TC_BODY(folder_patterns_and_time, tc)
{
	const struct watch_conf	*w;
	const struct app_conf	*shop;
	struct conf		*conf = load_ok(WATCHES);

	w = only(conf_app(conf, "web"))->watch;
	ATF_REQUIRE(w != NULL);
	ATF_CHECK_STREQ(w->directory, "/srv/web");
	ATF_REQUIRE_EQ(w->nignore, 3);
	ATF_CHECK_STREQ(w->ignore[0], "*.o");
	ATF_CHECK_STREQ(w->ignore[1], "tmp/*");
	ATF_CHECK_STREQ(w->ignore[2], "core");
	ATF_CHECK_EQ(w->debounce_ms, 1500);
	/* an app's is that of its processes which have none */
	shop = conf_app(conf, "shop");
	w = conf_process(shop, "http")->watch;
	ATF_CHECK_STREQ(w->directory, "/srv/shop");
	ATF_CHECK_EQ(w->debounce_ms, conf_debounce_default());
	ATF_CHECK_EQ(w->nignore, 0);
	w = conf_process(shop, "job")->watch;
	ATF_CHECK_STREQ(w->directory, "/srv/job");
	ATF_CHECK_EQ(w->debounce_ms, 1000);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(the_normal_form_is_the_same);
ATF_TC_BODY(the_normal_form_is_the_same, tc)
{
	struct conf	*conf = load_ok(WATCHES), *again;
	char		*text = conf_print(conf), *twice;

	ATF_CHECK_MSG(strstr(text, "\twatch \"/srv/web\" ignore \"*.o\", "
	    "\"tmp/*\", \"core\" debounce 1500ms\n") != NULL, "%s", text);
	again = load_ok(text);
	twice = conf_print(again);
	ATF_CHECK_STREQ(text, twice);
	ATF_CHECK(conf_app_same(conf_app(conf, "web"),
	    conf_app(again, "web")));
	free(text);
	free(twice);
	conf_free(conf);
	conf_free(again);
}

/* What is watched without `watch', when someone turns it on. */
ATF_TC_WITHOUT_HEAD(the_working_folder_is_the_next_best);
ATF_TC_BODY(the_working_folder_is_the_next_best, tc)
{
	struct conf	*conf = load_app("directory /srv");

	ATF_CHECK_STREQ(conf_watch_dir(only(conf_app(conf, "a"))), "/srv");
	conf_free(conf);
	conf = load_app("directory /srv watch /usr");
	ATF_CHECK_STREQ(conf_watch_dir(only(conf_app(conf, "a"))), "/usr");
	conf_free(conf);
	/* the user's home is not meant to be watched as a whole */
	conf = load_app("");
	ATF_CHECK(conf_watch_dir(only(conf_app(conf, "a"))) == NULL);
	conf_free(conf);
}

/* Does `two' differ from `one' so that its watcher has to start anew? */
static void
differs(const char *one, const char *two, int respawn)
{
	struct conf	*a = load_app(one), *b = load_app(two);
	char		 text[64];

	ATF_CHECK_EQ(conf_watcher_respawn(only(conf_app(a, "a")),
	    only(conf_app(b, "a"))), respawn);
	/* the process itself goes on */
	ATF_CHECK(!conf_app_respawn(conf_app(a, "a"), conf_app(b, "a")));
	conf_app_diff(conf_app(a, "a"), conf_app(b, "a"), text, sizeof(text));
	ATF_CHECK_STREQ(text, respawn ? "watch" : "");
	conf_free(a);
	conf_free(b);
}

ATF_TC_WITHOUT_HEAD(a_change_is_of_the_watcher_alone);
ATF_TC_BODY(a_change_is_of_the_watcher_alone, tc)
{
	differs("watch /srv", "watch /srv", 0);
	differs("watch /srv", "watch /usr", 1);
	differs("watch /srv", "", 1);
	differs("", "watch /srv", 1);
	differs("watch /srv", "watch /srv debounce 2s", 1);
	differs("watch /srv", "watch /srv ignore a", 1);
	differs("watch /srv ignore a", "watch /srv ignore b", 1);
	differs("watch /srv ignore a, b", "watch /srv ignore a ignore b", 0);
}

ATF_TC_WITHOUT_HEAD(too_many_patterns_are_refused);
ATF_TC_BODY(too_many_patterns_are_refused, tc)
{
	char	 text[2048] = "app a { command /bin/a watch /srv ignore x";
	char	 name[WATCH_GLOB_MAX + 2];
	unsigned i;

	for (i = 0; i < WATCH_IGNORES_MAX; i++)
		strlcat(text, ", x", sizeof(text));
	strlcat(text, " }", sizeof(text));
	load_fails(text, "watch: more than 64 patterns to ignore");
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "app a { command /bin/a watch /srv "
	    "ignore %s }", name);
	load_fails(text, "is not a pattern of 1 to 255 bytes");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, folder_patterns_and_time);
	ATF_TP_ADD_TC(tp, the_normal_form_is_the_same);
	ATF_TP_ADD_TC(tp, the_working_folder_is_the_next_best);
	ATF_TP_ADD_TC(tp, a_change_is_of_the_watcher_alone);
	ATF_TP_ADD_TC(tp, too_many_patterns_are_refused);
	return (atf_no_error());
}
