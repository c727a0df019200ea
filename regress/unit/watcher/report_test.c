/* When the supervisor is told what: no clock, no process. */
#include <string.h>

#include <atf-c.h>

#include "omnitrond/watcher/report.h"

static struct mono	 now = { 1000000000 };

/* Milliseconds until the next report, or -1 if there is nothing to say. */
static int64_t
due(const struct report *r)
{
	struct mono	 at;

	if (report_due(r, &at) == -1)
		return (-1);
	return (mono_before(at, now) ? 0 : mono_diff_ms(at, now));
}

static void
after(int64_t ms)
{
	now = mono_add_ms(now, ms);
}

ATF_TC_WITHOUT_HEAD(a_burst_is_one_report);
ATF_TC_BODY(a_burst_is_one_report, tc)
{
	struct report	 r = { .debounce_ms = 300 };
	int		 i;

	ATF_CHECK_EQ(due(&r), -1);
	for (i = 0; i < 1000; i++) {
		report_change(&r, now);
		ATF_CHECK_EQ(due(&r), 300);
		after(5);
	}
	ATF_CHECK_EQ(due(&r), 295);
	after(295);
	ATF_CHECK_EQ(due(&r), 0);
	ATF_CHECK_EQ(report_take(&r, now), 1);
	ATF_CHECK_EQ(due(&r), -1);
}

/* A file that is written all the time does not keep others from counting. */
ATF_TC_WITHOUT_HEAD(one_without_end_is_told_of_too);
ATF_TC_BODY(one_without_end_is_told_of_too, tc)
{
	struct report	 r = { .debounce_ms = 300 };
	int64_t		 ms;

	for (ms = 0; ms < REPORT_HOLD_MS - 100; ms += 100) {
		report_change(&r, now);
		ATF_CHECK(due(&r) > 0);
		after(100);
	}
	report_change(&r, now);
	ATF_CHECK_EQ(due(&r), 100);
	after(100);
	ATF_CHECK_EQ(report_take(&r, now), 1);
	/* a time to wait that is longer than that counts */
	memset(&r, 0, sizeof(r));
	r.debounce_ms = 2 * REPORT_HOLD_MS;
	report_change(&r, now);
	ATF_CHECK_EQ(due(&r), 2 * REPORT_HOLD_MS);
}

ATF_TC_WITHOUT_HEAD(ten_a_second_at_most);
ATF_TC_BODY(ten_a_second_at_most, tc)
{
	struct report	 r = { .debounce_ms = 10 };
	struct mono	 begin = now;
	int		 n = 0;

	while (mono_diff_ms(now, begin) < 1000) {
		report_change(&r, now);
		r.state = 1;
		if (due(&r) == 0) {
			report_take(&r, now);
			n++;
		}
		after(1);
	}
	ATF_CHECK_MSG(n <= 10, "%d", n);
	ATF_CHECK_MSG(n >= 9, "%d", n);
}

/* How it goes is told at once, and leaves a burst what it is. */
ATF_TC_WITHOUT_HEAD(how_it_goes_does_not_wait);
ATF_TC_BODY(how_it_goes_does_not_wait, tc)
{
	struct report	 r = { .debounce_ms = 300 };

	report_change(&r, now);
	r.state = 1;
	ATF_CHECK_EQ(due(&r), 0);
	ATF_CHECK_EQ(report_take(&r, now), 0);
	ATF_CHECK_EQ(due(&r), 300);
	r.state = 1;
	ATF_CHECK_EQ(due(&r), REPORT_MIN_MS);
	after(300);
	/* both in one */
	ATF_CHECK_EQ(report_take(&r, now), 1);
	ATF_CHECK_EQ(due(&r), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_burst_is_one_report);
	ATF_TP_ADD_TC(tp, one_without_end_is_told_of_too);
	ATF_TP_ADD_TC(tp, ten_a_second_at_most);
	ATF_TP_ADD_TC(tp, how_it_goes_does_not_wait);
	return (atf_no_error());
}
