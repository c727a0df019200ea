/* omnitrond.conf(5) says what the parser does. */
#include "common/xmalloc.h"
#include "regress/unit/parent/conf_fixture.h"

#define MANUAL	SRCDIR "/man/omnitrond.conf.5"
#define ROW	".It Ic "
#define FIXED_USER	"\tuser \"nobody\""

/* The rows of the table, and nothing else, have this form. */
static int
is_row(const char *line)
{
	return (strncmp(line, ROW, sizeof(ROW) - 1) == 0 &&
	    strstr(line, " Ta \"") != NULL);
}

static char *
row(enum keyword kw)
{
	const char	*def = keyword_default(kw);
	int		 text = def[0] == '(';
	char		 in[128], *line;

	xasprintf(&line, ROW "%s Ta \"%s\" Ta \"%s\" Ta \"%.*s\"",
	    keyword_word(kw), keyword_in_text(keyword_in(kw), in, sizeof(in)),
	    keyword_args(kw), (int)strlen(def) - 2 * text, def + text);
	return (line);
}

ATF_TC_WITHOUT_HEAD(the_table_is_the_parsers_list);
ATF_TC_BODY(the_table_is_the_parsers_list, tc)
{
	char	*text = slurp(MANUAL), *rest = text, *line, *want;
	int	 kw = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (!is_row(line))
			continue;
		ATF_REQUIRE_MSG(kw < KW_MAX, "not a keyword: %s", line);
		want = row(kw++);
		ATF_CHECK_STREQ(line, want);
		free(want);
	}
	ATF_CHECK_EQ(kw, KW_MAX);
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
	ATF_CHECK_EQ(conf->napps, 2);
	conf_free(conf);
	free(macros[0]);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_table_is_the_parsers_list);
	ATF_TP_ADD_TC(tp, every_keyword_is_described);
	ATF_TP_ADD_TC(tp, the_example_is_valid);
	return (atf_no_error());
}
