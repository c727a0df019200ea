/* Delays and the restart budget. */
#include <atf-c.h>
#include <string.h>

#include "omnitrond/supervisor/backoff.h"

static struct m_conf_process
conf(enum backoff_type type, uint32_t initial, uint32_t max, uint32_t factor)
{
	struct m_conf_process	 c;

	memset(&c, 0, sizeof(c));
	c.backoff = type;
	c.initial_ms = initial;
	c.max_ms = max;
	c.factor_milli = factor;
	c.max_restarts = 3;
	c.window_ms = 1000;
	return (c);
}

ATF_TC_WITHOUT_HEAD(exponential_doubles_up_to_the_cap);
ATF_TC_BODY(exponential_doubles_up_to_the_cap, tc)
{
	static const int64_t	 want[] = { 1000, 2000, 4000, 8000, 16000,
				    30000, 30000, 30000 };
	struct m_conf_process	 c = conf(BACKOFF_EXPONENTIAL, 1000, 30000,
				    2000);
	uint32_t		 i;

	for (i = 0; i < 8; i++)
		ATF_CHECK_EQ(want[i], backoff_delay(&c, i + 1, 7));
	ATF_CHECK_EQ(1000, backoff_delay(&c, 0, 7));
	ATF_CHECK_EQ(30000, backoff_delay(&c, UINT32_MAX, 7));
}

ATF_TC_WITHOUT_HEAD(a_broken_factor_keeps_its_fraction);
ATF_TC_BODY(a_broken_factor_keeps_its_fraction, tc)
{
	struct m_conf_process	 c = conf(BACKOFF_EXPONENTIAL, 1, 1000, 1500);

	ATF_CHECK_EQ(1, backoff_delay(&c, 1, 0));
	ATF_CHECK_EQ(1, backoff_delay(&c, 2, 0));	/* 1.5 */
	ATF_CHECK_EQ(2, backoff_delay(&c, 3, 0));	/* 2.25 */
	ATF_CHECK_EQ(5, backoff_delay(&c, 5, 0));	/* 5.06 */
}

ATF_TC_WITHOUT_HEAD(extreme_values_do_not_overflow);
ATF_TC_BODY(extreme_values_do_not_overflow, tc)
{
	struct m_conf_process	 c = conf(BACKOFF_EXPONENTIAL, UINT32_MAX,
				    UINT32_MAX, UINT32_MAX);

	c.jitter_percent = 100;
	ATF_CHECK(backoff_delay(&c, UINT32_MAX, UINT32_MAX) >= 0);
	c.initial_ms = 1;
	ATF_CHECK(backoff_delay(&c, 100, UINT32_MAX) <= UINT32_MAX);
	c.factor_milli = 1000;
	ATF_CHECK(backoff_delay(&c, UINT32_MAX, 0) <= 2);
	c = conf(BACKOFF_LINEAR, UINT32_MAX, UINT32_MAX, 0);
	ATF_CHECK_EQ(UINT32_MAX, backoff_delay(&c, UINT32_MAX, 0));
}

ATF_TC_WITHOUT_HEAD(linear_and_fixed);
ATF_TC_BODY(linear_and_fixed, tc)
{
	struct m_conf_process	 c = conf(BACKOFF_LINEAR, 500, 1700, 2000);

	ATF_CHECK_EQ(500, backoff_delay(&c, 1, 0));
	ATF_CHECK_EQ(1000, backoff_delay(&c, 2, 0));
	ATF_CHECK_EQ(1500, backoff_delay(&c, 3, 0));
	ATF_CHECK_EQ(1700, backoff_delay(&c, 4, 0));
	c = conf(BACKOFF_FIXED, 500, 1700, 2000);
	ATF_CHECK_EQ(500, backoff_delay(&c, 1, 0));
	ATF_CHECK_EQ(500, backoff_delay(&c, 9, 0));
}

ATF_TC_WITHOUT_HEAD(initial_zero_never_waits);
ATF_TC_BODY(initial_zero_never_waits, tc)
{
	struct m_conf_process	 c = conf(BACKOFF_EXPONENTIAL, 0, 30000, 2000);

	c.jitter_percent = 50;
	ATF_CHECK_EQ(0, backoff_delay(&c, 1, 12345));
	ATF_CHECK_EQ(0, backoff_delay(&c, 1000000, 12345));
}

ATF_TC_WITHOUT_HEAD(jitter_stays_within_its_percent_and_the_cap);
ATF_TC_BODY(jitter_stays_within_its_percent_and_the_cap, tc)
{
	struct m_conf_process	 c = conf(BACKOFF_FIXED, 1000, 1050, 0);
	uint32_t		 rnd;
	int64_t			 d, low = INT64_MAX, high = 0;

	c.jitter_percent = 10;
	for (rnd = 0; rnd < 1000; rnd++) {
		d = backoff_delay(&c, 1, rnd * 4000037u);
		low = d < low ? d : low;
		high = d > high ? d : high;
	}
	ATF_CHECK(low >= 900);
	ATF_CHECK(low < 930);
	ATF_CHECK_EQ(1050, high);
}

ATF_TC_WITHOUT_HEAD(budget_is_a_sliding_window);
ATF_TC_BODY(budget_is_a_sliding_window, tc)
{
	struct m_conf_process	 c = conf(BACKOFF_FIXED, 0, 0, 0);
	struct budget		 b = { 0 };
	struct mono		 t = { 5000000 };

	ATF_CHECK(budget_left(&b, &c, t));
	budget_add(&b, t);
	budget_add(&b, mono_add_ms(t, 400));
	budget_add(&b, mono_add_ms(t, 800));
	ATF_CHECK(!budget_left(&b, &c, mono_add_ms(t, 999)));
	/* the first one leaves the window */
	ATF_CHECK(budget_left(&b, &c, mono_add_ms(t, 1000)));
	ATF_CHECK_EQ(2, b.n);
	ATF_CHECK_EQ(0, budget_spent(&b, mono_add_ms(t, 5000), 1000));
	c.max_restarts = 0;
	ATF_CHECK(!budget_left(&b, &c, mono_add_ms(t, 5000)));
	budget_free(&b);
}

ATF_TC_WITHOUT_HEAD(budget_remembers_the_newest_when_full);
ATF_TC_BODY(budget_remembers_the_newest_when_full, tc)
{
	struct budget	 b = { 0 };
	struct mono	 t = { 1 };
	uint32_t	 i;

	for (i = 0; i < RESTART_TIMES_MAX + 10; i++)
		budget_add(&b, mono_add_ms(t, i));
	ATF_CHECK_EQ(RESTART_TIMES_MAX, b.n);
	ATF_CHECK_EQ(10, mono_diff_ms(b.at[0], t));
	budget_free(&b);
}

ATF_TC_WITHOUT_HEAD(budget_copied_is_another);
ATF_TC_BODY(budget_copied_is_another, tc)
{
	struct budget	 a = { 0 }, b = { 0 };
	struct mono	 t = { 1 };

	budget_copy(&b, &a);
	ATF_CHECK_EQ(0, b.n);
	budget_add(&a, t);
	budget_copy(&b, &a);
	budget_add(&a, t);
	ATF_CHECK_EQ(1, b.n);
	ATF_CHECK_EQ(t.us, b.at[0].us);
	budget_free(&a);
	budget_free(&b);
}

ATF_TC_WITHOUT_HEAD(budget_survives_a_record);
ATF_TC_BODY(budget_survives_a_record, tc)
{
	int64_t		 times[RESTART_TIMES_MAX];
	struct budget	 b = { 0 }, c = { 0 };
	struct mono	 t = { 9000000 }, later = { 777 };

	budget_add(&b, mono_add_ms(t, -500));
	budget_add(&b, mono_add_ms(t, -100));
	budget_save(&b, t, 1700000000000LL, times);
	ATF_CHECK_EQ(1699999999500LL, times[0]);
	ATF_CHECK_EQ(1699999999900LL, times[1]);
	/* 300 ms later, on another monotonic clock */
	budget_load(&c, times, 2, later, 1700000000300LL);
	ATF_CHECK_EQ(2, c.n);
	ATF_CHECK_EQ(800, mono_diff_ms(later, c.at[0]));
	ATF_CHECK_EQ(400, mono_diff_ms(later, c.at[1]));
	/* the wall clock went back: what is in the future is now */
	budget_load(&c, times, 2, later, 1600000000000LL);
	ATF_CHECK_EQ(0, mono_diff_ms(later, c.at[0]));
	times[0] = INT64_MIN;
	budget_load(&c, times, RESTART_TIMES_MAX + 5, later, 1);
	ATF_CHECK_EQ(RESTART_TIMES_MAX, c.n);
	budget_free(&b);
	budget_free(&c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exponential_doubles_up_to_the_cap);
	ATF_TP_ADD_TC(tp, a_broken_factor_keeps_its_fraction);
	ATF_TP_ADD_TC(tp, extreme_values_do_not_overflow);
	ATF_TP_ADD_TC(tp, linear_and_fixed);
	ATF_TP_ADD_TC(tp, initial_zero_never_waits);
	ATF_TP_ADD_TC(tp, jitter_stays_within_its_percent_and_the_cap);
	ATF_TP_ADD_TC(tp, budget_is_a_sliding_window);
	ATF_TP_ADD_TC(tp, budget_remembers_the_newest_when_full);
	ATF_TP_ADD_TC(tp, budget_copied_is_another);
	ATF_TP_ADD_TC(tp, budget_survives_a_record);
	return (atf_no_error());
}
