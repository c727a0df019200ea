/* CPU and memory: the kernel's texts, who is looked at, and when. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "omnitrond/supervisor/meter.h"
#include "omnitrond/supervisor/metrics.h"
#include "regress/unit/supervisor/fake.h"

#define LEADER	100	/* the first pid that the fake parent gives */

ATF_TC_WITHOUT_HEAD(stat_lines);
ATF_TC_BODY(stat_lines, tc)
{
	static const char	 good[] = "12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 "
				    "10 150 50 0 0 20 0 1 0 999 1000 77 1";
	uint64_t		 ticks = 0, pages = 0;
	size_t			 i;

	ATF_REQUIRE_EQ(0, meter_parse_stat(good, strlen(good), &ticks,
	    &pages));
	ATF_CHECK_EQ(200, ticks);
	ATF_CHECK_EQ(77, pages);
	for (i = 0; i < strlen(good) - 4; i++)
		ATF_CHECK_EQ(-1, meter_parse_stat(good, i, &ticks, &pages));
	ATF_CHECK_EQ(-1, meter_parse_stat("1 (x) S -", 9, &ticks, &pages));
}

ATF_TC_WITHOUT_HEAD(statm_and_cpu_stat);
ATF_TC_BODY(statm_and_cpu_stat, tc)
{
	static const char	 statm[] = "1234 56 7 8 0 9 0\n";
	static const char	 cpu[] = "usage_usec 18446744073709551000\n"
				    "user_usec 3\n";
	uint64_t		 v = 0;
	size_t			 i;

	ATF_REQUIRE_EQ(0, meter_parse_statm(statm, strlen(statm), &v));
	ATF_CHECK_EQ(56, v);
	for (i = 0; i <= 7; i++)
		ATF_CHECK_EQ(-1, meter_parse_statm(statm, i, &v));
	ATF_CHECK_EQ(-1, meter_parse_statm("1  2 3", 6, &v));
	ATF_REQUIRE_EQ(0, meter_parse_usage(cpu, strlen(cpu), &v));
	ATF_CHECK_EQ(UINT64_C(18446744073709551000), v);
	/* cut in the middle of a number it would be another one */
	for (i = 0; i <= 31; i++)
		ATF_CHECK_EQ(-1, meter_parse_usage(cpu, i, &v));
	ATF_CHECK_EQ(-1, meter_parse_usage("usage_usec 99999999999999999999\n",
	    32, &v));
	ATF_CHECK_EQ(-1, meter_parse_usage("user_usec 99\n", 13, &v));
}

ATF_TC_WITHOUT_HEAD(pids_of_a_group);
ATF_TC_BODY(pids_of_a_group, tc)
{
	static const char	 text[] = "12\n0\n2147483647\n7";
	size_t			 off = 0;

	ATF_CHECK_EQ(12, meter_parse_pid(text, strlen(text), &off));
	ATF_CHECK_EQ(0, meter_parse_pid(text, strlen(text), &off));
	ATF_CHECK_EQ(INT32_MAX, meter_parse_pid(text, strlen(text), &off));
	ATF_CHECK_EQ(-1, meter_parse_pid(text, strlen(text), &off));
	off = 0;
	ATF_CHECK_EQ(-1, meter_parse_pid("2147483648\n", 11, &off));
	ATF_CHECK_EQ(-1, meter_parse_pid("x\n", 2, &off));
	ATF_CHECK_EQ(-1, meter_parse_pid("", 0, &off));
}

ATF_TC_WITHOUT_HEAD(percents);
ATF_TC_BODY(percents, tc)
{
	ATF_CHECK_EQ(10000, meter_cpu(1000000, 1000));
	ATF_CHECK_EQ(20, meter_cpu(10000, 5000));
	ATF_CHECK_EQ(0, meter_cpu(1, 0));
	ATF_CHECK_EQ(UINT32_MAX, meter_cpu(UINT64_MAX, 1));
}

/* ---- with a world ------------------------------------------------------- */

static struct fake *
world(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	f->metrics_ms = 5000;
	fake_boot(f);
	fake_up(f);
	fake_synced(f);
	fake_turn(f);
	if (f->sup.view.plane[0].synced != f->sup.view.plane[0].seq)
		fake_synced(f);
	fake_forget(f);
	return (f);
}

static int
file(const char *name, const char *text)
{
	FILE	*f = fopen(name, "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(fputs(text, f) >= 0);
	ATF_REQUIRE_EQ(0, fclose(f));
	return (open(name, O_RDONLY | O_CLOEXEC));
}

static int
stat_file(unsigned int ticks, unsigned int pages)
{
	char	 text[256];

	snprintf(text, sizeof(text), "%d (web) S 1 2 3 4 5 6 7 8 9 10 %u 0 0 "
	    "0 20 0 1 0 999 1000 %u 1\n", LEADER, ticks, pages);
	return (file("stat", text));
}

static uint64_t
pages(uint64_t n)
{
	return (n * (uint64_t)sysconf(_SC_PAGESIZE));
}

/* The last of what control was told since; fails if there is none. */
static struct metric
told(struct fake *f)
{
	struct metric	 metric;
	struct fake_msg	*m, *last = NULL;

	while ((m = fake_take(f, M_VIEW_METRICS, NULL)) != NULL)
		last = m;
	ATF_REQUIRE(last != NULL);
	ATF_REQUIRE_EQ(last->size + sizeof(metric), last->len);
	memcpy(&metric, last->data + last->size, sizeof(metric));
	ATF_CHECK_EQ(1, metric.app);
	return (metric);
}

static void
answer(struct fake *f, enum meter_what what, int32_t pid, int fd)
{
	struct m_meter	 m;

	memset(&m, 0, sizeof(m));
	inst_id(fake_inst(f, "web", 0), &m.inst);
	m.what = what;
	m.pid = pid;
	ATF_REQUIRE_EQ(0, meter_file(&f->sup, &m, fd));
}

static void
require_asked(struct fake *f, enum meter_what what, int32_t pid)
{
	struct m_meter	 m;

	ATF_REQUIRE(fake_take(f, M_METER_ASK, &m) != NULL);
	ATF_CHECK_EQ(what, m.what);
	ATF_CHECK_EQ(pid, m.pid);
}

ATF_TC_WITHOUT_HEAD(the_first_values_come_soon);
ATF_TC_BODY(the_first_values_come_soon, tc)
{
	struct fake	*f = world();
	struct metric	 m;
	int		 i;

	metrics_add(&f->sup, fake_inst(f, "web", 0), stat_file(10, 500));
	close(stat_file(16, 600));
	fake_advance(f, 300);
	m = told(f);
	ATF_CHECK_EQ(2000, m.cpu_centi);
	ATF_CHECK_EQ(pages(600), m.rss);
	for (i = 0; i < 2; i++) {
		fake_advance(f, 300);
		told(f);
	}
	/* and from then on once an interval */
	ATF_CHECK(!f->sup.metrics.early.set);
	fake_advance(f, 4000);
	ATF_CHECK(fake_take(f, M_VIEW_METRICS, NULL) == NULL);
	fake_advance(f, 100);
	ATF_CHECK_EQ(0, told(f).cpu_centi);
	/* without groups nothing is asked for */
	ATF_CHECK_EQ(0, fake_count(f, M_METER_ASK));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(off_there_is_no_timer);
ATF_TC_BODY(off_there_is_no_timer, tc)
{
	struct fake	*f = world();
	int		 fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		atf_tc_skip("no /proc");
	metrics_add(&f->sup, fake_inst(f, "web", 0), fd);
	fake_advance(f, 300);
	ATF_CHECK(told(f).rss > 100 * 1024);
	metrics_enable(&f->sup, NULL, 0);
	ATF_CHECK(!f->sup.metrics.timer.set);
	ATF_CHECK(!f->sup.metrics.early.set);
	metrics_enable(&f->sup, NULL, 1);
	ATF_CHECK(f->sup.metrics.timer.set);
	ATF_CHECK(f->sup.metrics.early.set);
	/* nothing runs: no timer either */
	fake_exit(f, "web", 0, 0, 0, 0);
	ATF_CHECK(!f->sup.metrics.timer.set);
	ATF_CHECK(!f->sup.metrics.early.set);
	ATF_CHECK_EQ(-1, fcntl(fd, F_GETFD));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_group_counts_as_a_whole);
ATF_TC_BODY(a_group_counts_as_a_whole, tc)
{
	struct fake	*f = world();
	struct inst	*inst = fake_inst(f, "web", 0);
	struct metric	 m;

	metrics_setup(&f->sup, 1, 100);
	metrics_add(&f->sup, inst, stat_file(10, 500));
	ATF_CHECK_EQ(0, fake_count(f, M_METER_ASK));
	fake_advance(f, 300);
	require_asked(f, METER_CPU, 0);
	require_asked(f, METER_PROCS, 0);
	answer(f, METER_CPU, 0, file("cpu", "usage_usec 1000000\nx 1\n"));
	answer(f, METER_PROCS, 0, file("procs", "100\n101\n102\n"));
	fake_advance(f, 300);
	ATF_CHECK_EQ(0, told(f).cpu_centi);
	require_asked(f, METER_MEMBER, 101);
	require_asked(f, METER_MEMBER, 102);
	answer(f, METER_MEMBER, 101, file("a", "9 40 1 1 0 1 0\n"));
	answer(f, METER_MEMBER, 102, file("b", "9 2 1 1 0 1 0\n"));
	/* one that nobody asked for */
	answer(f, METER_MEMBER, 7, open("/dev/null", O_RDONLY));
	ATF_CHECK_EQ(4, f->sup.metrics.fds);
	close(file("cpu", "usage_usec 1150000\n"));
	fake_advance(f, 300);
	m = told(f);
	ATF_CHECK_EQ(5000, m.cpu_centi);
	ATF_CHECK_EQ(pages(542), m.rss);
	ATF_CHECK_EQ(0, fake_count(f, M_METER_ASK) - 4);
	/* whoever ended is not counted any more; what it used is */
	close(file("cpu", "usage_usec 1150001\n"));
	close(file("procs", "100\n102\n"));
	fake_advance(f, 5000);
	ATF_CHECK_EQ(pages(502), told(f).rss);
	ATF_CHECK_EQ(3, f->sup.metrics.fds);
	/* nobody ran: nothing can have changed, and nothing is read */
	close(file("procs", "100\n101\n102\n"));
	fake_advance(f, 5000);
	ATF_CHECK_EQ(pages(502), told(f).rss);
	ATF_CHECK_EQ(0, fake_count(f, M_METER_ASK) - 4);
	/* the group goes: the leader is left */
	close(file("cpu", ""));
	fake_advance(f, 5000);
	m = told(f);
	ATF_CHECK_EQ(pages(500), m.rss);
	ATF_CHECK_EQ(0, m.cpu_centi);
	ATF_CHECK_EQ(0, f->sup.metrics.fds);
	fake_exit(f, "web", 0, 0, 0, 0);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_asked_for_has_a_bound);
ATF_TC_BODY(what_is_asked_for_has_a_bound, tc)
{
	struct fake	*f = world();
	struct inst	*inst = fake_inst(f, "web", 0);
	struct m_meter	 m;
	char		 text[PIPE_BUF] = "", cpu[64];
	int		 i;

	for (i = 0; i < 300; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%d\n", 1000 + i);
	metrics_setup(&f->sup, 1, 200);
	metrics_add(&f->sup, inst, stat_file(10, 500));
	fake_advance(f, 300);
	answer(f, METER_CPU, 0, file("cpu", "usage_usec 1\n"));
	answer(f, METER_PROCS, 0, file("procs", text));
	fake_forget(f);
	fake_advance(f, 300);
	ATF_CHECK_EQ(METER_ASKS_MAX, fake_count(f, M_METER_ASK));
	for (i = 2; i < 20; i++) {
		while (fake_take(f, M_METER_ASK, &m) != NULL)
			answer(f, METER_MEMBER, m.pid,
			    file("a", "9 1 1 1 0 1 0\n"));
		snprintf(cpu, sizeof(cpu), "usage_usec %d\n", i);
		close(file("cpu", cpu));
		fake_advance(f, 5000);
	}
	ATF_CHECK_EQ(200, f->sup.metrics.fds);
	/* without that bound, those of one instance have theirs */
	metrics_setup(&f->sup, 1, 10000);
	for (i = 20; i < 30; i++) {
		while (fake_take(f, M_METER_ASK, &m) != NULL)
			answer(f, METER_MEMBER, m.pid,
			    file("a", "9 1 1 1 0 1 0\n"));
		snprintf(cpu, sizeof(cpu), "usage_usec %d\n", i);
		close(file("cpu", cpu));
		fake_advance(f, 5000);
	}
	ATF_CHECK_EQ(METER_MEMBERS_MAX + 2, f->sup.metrics.fds);
	ATF_CHECK_EQ(pages(500 + METER_MEMBERS_MAX), told(f).rss);
	fake_exit(f, "web", 0, 0, 0, 0);
	ATF_CHECK_EQ(0, f->sup.metrics.fds);
	/* of an instance that is gone, and of what there is not */
	answer(f, METER_CPU, 0, file("cpu", "usage_usec 1\n"));
	ATF_CHECK_EQ(0, f->sup.metrics.fds);
	memset(&m, 0, sizeof(m));
	m.what = METER_MAX;
	ATF_CHECK_EQ(-1, meter_file(&f->sup, &m, open("/dev/null", O_RDONLY)));
	fake_free(f);
}

/* max-memory is of all that it started. */
ATF_TC_WITHOUT_HEAD(a_limit_counts_descendants);
ATF_TC_BODY(a_limit_counts_descendants, tc)
{
	struct fake	*f = fake_new();
	struct inst	*inst;

	fake_app(f, "web")->max_memory = (int64_t)pages(510);
	f->metrics_ms = 5000;
	fake_boot(f);
	fake_up(f);
	inst = fake_inst(f, "web", 0);
	metrics_setup(&f->sup, 1, 100);
	metrics_add(&f->sup, inst, stat_file(10, 500));
	fake_advance(f, 300);
	answer(f, METER_CPU, 0, file("cpu", "usage_usec 1\n"));
	answer(f, METER_PROCS, 0, file("procs", "100\n101\n"));
	fake_advance(f, 300);
	REQUIRE_STATUS(f, "web", ONLINE);
	answer(f, METER_MEMBER, 101, file("a", "9 11 1 1 0 1 0\n"));
	fake_advance(f, 300);
	REQUIRE_STATUS(f, "web", STOPPING);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, stat_lines);
	ATF_TP_ADD_TC(tp, statm_and_cpu_stat);
	ATF_TP_ADD_TC(tp, pids_of_a_group);
	ATF_TP_ADD_TC(tp, percents);
	ATF_TP_ADD_TC(tp, the_first_values_come_soon);
	ATF_TP_ADD_TC(tp, off_there_is_no_timer);
	ATF_TP_ADD_TC(tp, a_group_counts_as_a_whole);
	ATF_TP_ADD_TC(tp, what_is_asked_for_has_a_bound);
	ATF_TP_ADD_TC(tp, a_limit_counts_descendants);
	return (atf_no_error());
}
