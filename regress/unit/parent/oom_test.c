/* Which SIGKILL was the kernel's. */
#include <atf-c.h>
#include <signal.h>
#include <stdio.h>

#include "omnitrond/parent/oom.h"
#include "omnitrond/proto.h"

#define COUNTERS	"counters"

static void
count(int n)
{
	FILE	*fp = fopen(COUNTERS, "w");

	ATF_REQUIRE(fp != NULL);
	fprintf(fp, "nr_free_pages 12\noom_kill_other 99\noom_kill %d\n"
	    "numa_hit 7\n", n);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static uint32_t
death(struct oom *o, int signal, int ours, int64_t before, int64_t after)
{
	struct oom_death	 d = { signal, ours, before, after };

	return (oom_flags(o, &d));
}

ATF_TC_WITHOUT_HEAD(the_number_is_found);
ATF_TC_BODY(the_number_is_found, tc)
{
	ATF_CHECK_EQ(3, oom_parse("oom_kill 3\n"));
	ATF_CHECK_EQ(0, oom_parse("a 1\noom_kill 0"));
	ATF_CHECK_EQ(-1, oom_parse("pgoom_kill 3\n"));
	ATF_CHECK_EQ(-1, oom_parse("oom_kill\n"));
	ATF_CHECK_EQ(-1, oom_parse("oom_kill x\n"));
	ATF_CHECK_EQ(-1, oom_parse("oom_kill -1\n"));
	ATF_CHECK_EQ(-1, oom_parse("oom_kill 99999999999999999999\n"));
	ATF_CHECK_EQ(-1, oom_parse(""));
}

ATF_TC_WITHOUT_HEAD(its_own_cgroup_is_certain);
ATF_TC_BODY(its_own_cgroup_is_certain, tc)
{
	struct oom	 o;

	oom_init(&o, "/nonexistent");
	ATF_CHECK_EQ(EXIT_OOM, death(&o, SIGKILL, 0, 2, 3));
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 0, 3, 3));
	ATF_CHECK_EQ(EXIT_OOM, death(&o, SIGKILL, 0, -1, 1));
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 1, 2, 3));
	ATF_CHECK_EQ(0, death(&o, SIGTERM, 0, 2, 3));
	ATF_CHECK_EQ(0, death(&o, 0, 0, 2, 3));
}

ATF_TC_WITHOUT_HEAD(the_hosts_count_is_a_guess);
ATF_TC_BODY(the_hosts_count_is_a_guess, tc)
{
	struct oom	 o;

	count(5);
	oom_init(&o, COUNTERS);
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 0, -1, -1));
	count(6);
	ATF_CHECK_EQ(0, death(&o, SIGTERM, 0, -1, -1));
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 1, -1, -1));
	ATF_CHECK_EQ(EXIT_OOM | EXIT_GUESS, death(&o, SIGKILL, 0, -1, -1));
	/* that one kill is spoken for */
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 0, -1, -1));
}

ATF_TC_WITHOUT_HEAD(two_kills_explain_two_deaths);
ATF_TC_BODY(two_kills_explain_two_deaths, tc)
{
	struct oom	 o;

	count(1);
	oom_init(&o, COUNTERS);
	count(3);
	ATF_CHECK_EQ(EXIT_OOM | EXIT_GUESS, death(&o, SIGKILL, 0, -1, -1));
	ATF_CHECK_EQ(EXIT_OOM | EXIT_GUESS, death(&o, SIGKILL, 0, -1, -1));
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 0, -1, -1));
}

ATF_TC_WITHOUT_HEAD(what_was_long_ago_is_no_reason);
ATF_TC_BODY(what_was_long_ago_is_no_reason, tc)
{
	struct oom	 o;

	count(1);
	oom_init(&o, COUNTERS);
	count(4);
	oom_look(&o);
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 0, -1, -1));
}

ATF_TC_WITHOUT_HEAD(without_any_count_nothing_is_said);
ATF_TC_BODY(without_any_count_nothing_is_said, tc)
{
	struct oom	 o;

	oom_init(&o, "/nonexistent");
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 0, -1, -1));
	/* it appears: what it says was not counted by us */
	count(7);
	o.path = COUNTERS;
	ATF_CHECK_EQ(0, death(&o, SIGKILL, 0, -1, -1));
	count(8);
	ATF_CHECK_EQ(EXIT_OOM | EXIT_GUESS, death(&o, SIGKILL, 0, -1, -1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_number_is_found);
	ATF_TP_ADD_TC(tp, its_own_cgroup_is_certain);
	ATF_TP_ADD_TC(tp, the_hosts_count_is_a_guess);
	ATF_TP_ADD_TC(tp, two_kills_explain_two_deaths);
	ATF_TP_ADD_TC(tp, what_was_long_ago_is_no_reason);
	ATF_TP_ADD_TC(tp, without_any_count_nothing_is_said);
	return (atf_no_error());
}
