/*
 * Several apps in one command are sorted by their dependencies.
 */
#include <atf-c.h>

#include <string.h>

#include "common/json.h"
#include "omnitronctl/order.h"
#include "omnitronctl/target.h"

#define MAX	8

static size_t	 level[MAX];
static char	 result[128];

#define NODE(n)		"{\"id\":\"" n "\",\"label\":\"" n "\",\"type\":\"app\"}"
#define EDGE(a, b)	"{\"from\":\"" a "\",\"to\":\"" b "\","		\
			"\"type\":\"depends-on\"}"

/* web on api on db, job on db; alone. */
static const char	 graph[] = "{\"nodes\":[" NODE("web") "," NODE("alone")
    "," NODE("db") "," NODE("job") "," NODE("api") ",{\"id\":\"web/x\","
    "\"label\":\"db\",\"type\":\"process\"}],\"edges\":["
    EDGE("web", "api") "," EDGE("api", "db") "," EDGE("job", "db")
    ",{\"from\":\"web\",\"to\":\"web/x\",\"type\":\"contains\"}]}";

static const char *
sorted_by(const char *text, const char *words, int reverse)
{
	static char	 copy[128];
	char		*names[MAX], *p, err[64];
	struct targets	 t = { .names = names };
	struct json	*o;
	size_t		 i;

	o = json_parse(text, strlen(text), &json_limits_reply, err,
	    sizeof(err));
	ATF_REQUIRE_MSG(o != NULL, "%s", err);
	strlcpy(copy, words, sizeof(copy));
	for (p = strtok(copy, " "); p != NULL; p = strtok(NULL, " "))
		names[t.n++] = p;
	order_sort(&t, o, level);
	if (reverse)
		order_reverse(&t, level);
	result[0] = '\0';
	for (i = 0; i < t.n; i++) {
		strlcat(result, i > 0 ? " " : "", sizeof(result));
		strlcat(result, t.names[i], sizeof(result));
	}
	json_free(o);
	return (result);
}

ATF_TC_WITHOUT_HEAD(dependencies_come_first);
ATF_TC_BODY(dependencies_come_first, tc)
{
	ATF_CHECK_STREQ("db api job web",
	    sorted_by(graph, "web api job db", 0));
	ATF_CHECK_EQ(0, level[0]);
	ATF_CHECK_EQ(1, level[1]);
	ATF_CHECK_EQ(1, level[2]);
	ATF_CHECK_EQ(2, level[3]);
	/* over one that is not named */
	ATF_CHECK_STREQ("db web", sorted_by(graph, "web db", 0));
	ATF_CHECK_EQ(1, level[1]);
}

ATF_TC_WITHOUT_HEAD(what_is_unrelated_stays_as_it_was);
ATF_TC_BODY(what_is_unrelated_stays_as_it_was, tc)
{
	ATF_CHECK_STREQ("web alone job", sorted_by(graph, "web alone job", 0));
	ATF_CHECK_EQ(0, level[0] + level[1] + level[2]);
	/* the daemon says that there is no such app */
	ATF_CHECK_STREQ("nosuch web", sorted_by(graph, "nosuch web", 0));
	ATF_CHECK_STREQ("b a", sorted_by("{}", "b a", 0));
}

ATF_TC_WITHOUT_HEAD(dependants_come_first_the_other_way_round);
ATF_TC_BODY(dependants_come_first_the_other_way_round, tc)
{
	ATF_CHECK_STREQ("web api job db",
	    sorted_by(graph, "db api web job", 1));
	ATF_CHECK_EQ(0, level[0]);
	ATF_CHECK_EQ(1, level[1]);
	ATF_CHECK_EQ(1, level[2]);
	ATF_CHECK_EQ(2, level[3]);
}

ATF_TC_WITHOUT_HEAD(a_cycle_ends);
ATF_TC_BODY(a_cycle_ends, tc)
{
	sorted_by("{\"nodes\":[" NODE("a") "," NODE("b") "],\"edges\":["
	    EDGE("a", "b") "," EDGE("b", "a") "]}", "a b", 0);
	ATF_CHECK_EQ(3, strlen(result));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dependencies_come_first);
	ATF_TP_ADD_TC(tp, what_is_unrelated_stays_as_it_was);
	ATF_TP_ADD_TC(tp, dependants_come_first_the_other_way_round);
	ATF_TP_ADD_TC(tp, a_cycle_ends);
	return (atf_no_error());
}
