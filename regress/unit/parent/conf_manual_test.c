/* omnitrond.conf(5) says what the parser does. */
#include <grp.h>

#include "common/xmalloc.h"
#include "regress/unit/parent/conf_fixture.h"

#define MANUAL	SRCDIR "/man/omnitrond.conf.5"
#define ROW	".It Ic "
#define FIXED_USER	"\tuser \"nobody\""

/* The lines of a keyword in the list. */
static char *
row(enum keyword kw)
{
	const char	*def = keyword_default(kw);
	int		 text = def[0] == '(';
	char		 in[128], *lines;

	xasprintf(&lines, ROW "%s No \"%s\"\nIn: %s.\nDefault: %.*s.\n",
	    keyword_word(kw), keyword_args(kw), keyword_in_text(keyword_in(kw),
	    in, sizeof(in)), (int)strlen(def) - 2 * text, def + text);
	return (lines);
}

ATF_TC_WITHOUT_HEAD(the_list_is_the_parsers);
ATF_TC_BODY(the_list_is_the_parsers, tc)
{
	char	*text = slurp(MANUAL), *at, *end, *want;
	int	 kw;

	ATF_REQUIRE((at = strstr(text, ".Sh KEYWORDS\n")) != NULL);
	ATF_REQUIRE((end = strstr(at, "\n.El\n")) != NULL);
	end[1] = '\0';
	for (kw = 0; kw < KW_MAX; kw++) {
		ATF_REQUIRE((at = strstr(at, "\n" ROW)) != NULL);
		want = row(kw);
		ATF_CHECK_MSG(strncmp(++at, want, strlen(want)) == 0, "%sis not in its place:\n%.120s",
		    want, at);
		free(want);
	}
	ATF_CHECK_MSG((at = strstr(at, "\n" ROW)) == NULL, "no keyword:%.80s",
	    at);
	free(text);
}

ATF_TC_WITHOUT_HEAD(every_keyword_is_described);
ATF_TC_BODY(every_keyword_is_described, tc)
{
	char	*text = slurp(MANUAL), *table, want[64];
	int	 kw;

	ATF_REQUIRE((table = strstr(text, ".Sh KEYWORDS")) != NULL);
	*table = '\0';
	for (kw = 0; kw < KW_MAX; kw++) {
		snprintf(want, sizeof(want), "Ic %s", keyword_word(kw));
		ATF_CHECK_MSG(strstr(text, want) != NULL, "%s", want);
	}
	free(text);
}

ATF_TC_WITHOUT_HEAD(the_example_is_valid);
ATF_TC_BODY(the_example_is_valid, tc)
{
	char			*text = slurp(MANUAL), *begin, *end, *errors;
	char			*macros[2] = { NULL };
	struct conf_options	 opts = { .macros = macros };
	struct conf		*conf;

	ATF_REQUIRE((begin = strstr(text, ".Sh EXAMPLES")) != NULL);
	ATF_REQUIRE((begin = strstr(begin, ".Bd -literal")) != NULL);
	ATF_REQUIRE((begin = strchr(begin, '\n')) != NULL);
	ATF_REQUIRE((end = strstr(begin, "\n.Ed")) != NULL);
	*end = '\0';
	xasprintf(&macros[0], "app_user=%s", ordinary()->pw_name);
	/* The other app's user is nobody: whom root plays, but not others. */
	if (geteuid() != 0 && strcmp(ordinary()->pw_name, "nobody") != 0) {
		ATF_REQUIRE((end = strstr(begin, FIXED_USER)) != NULL);
		memset(end, ' ', strlen(FIXED_USER));
	}
	conf = load_with(&opts, begin, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK_EQ(conf->napps, 3);
	conf_free(conf);
	free(macros[0]);
	free(text);
}

/* In place of a name that the text has, one that this host has. */
static char *
rename_all(char *text, const char *from, const char *to)
{
	char	*at, *done;

	while ((at = strstr(text, from)) != NULL) {
		xasprintf(&done, "%.*s\"%s\"%s", (int)(at - text), text, to,
		    at + strlen(from));
		free(text);
		text = done;
	}
	return (text);
}

ATF_TC_WITHOUT_HEAD(the_host_of_several_people_is_valid);
ATF_TC_BODY(the_host_of_several_people_is_valid, tc)
{
	char			*text = slurp(MANUAL), *begin, *end, *config;
	struct group		*gr = getgrgid(ordinary()->pw_gid);
	const struct rule	*r;
	struct conf		*conf;

	ATF_REQUIRE(gr != NULL);
	ATF_REQUIRE((begin = strstr(text, ".Ss A host of several")) != NULL);
	ATF_REQUIRE((begin = strstr(begin, ".Bd -literal")) != NULL);
	ATF_REQUIRE((begin = strchr(begin, '\n')) != NULL);
	ATF_REQUIRE((end = strstr(begin, "\n.Ed")) != NULL);
	*end = '\0';
	config = rename_all(xstrdup(begin), "\"alice\"", ordinary()->pw_name);
	config = rename_all(config, "\"omnitron\"", gr->gr_name);
	config = rename_all(config, "\"ops\"", gr->gr_name);
	conf = load_ok(config);
	ATF_CHECK_EQ(1, conf->nsockets);
	ATF_CHECK_EQ(0660, TAILQ_FIRST(&conf->sockets)->mode);
	ATF_CHECK_EQ(1, TAILQ_FIRST(&conf->sockets)->grants);
	ATF_CHECK_EQ(2, conf->grants.n);
	r = STAILQ_FIRST(&conf->grants.rules);
	ATF_CHECK_EQ(RULE_USER, r->m.who);
	ATF_CHECK_EQ(ROLE_VIEWER, r->m.role);
	ATF_CHECK_STREQ("alice-*", r->glob);
	conf_free(conf);
	free(config);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_list_is_the_parsers);
	ATF_TP_ADD_TC(tp, every_keyword_is_described);
	ATF_TP_ADD_TC(tp, the_example_is_valid);
	ATF_TP_ADD_TC(tp, the_host_of_several_people_is_valid);
	return (atf_no_error());
}
