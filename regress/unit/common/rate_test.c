/* Limits of rates. */
#include <atf-c.h>

#include "common/rate.h"

static struct mono
at(int64_t ms)
{
	return ((struct mono){ 5000000 + ms * 1000 });
}

ATF_TC_WITHOUT_HEAD(a_burst_and_then_one_at_a_time);
ATF_TC_BODY(a_burst_and_then_one_at_a_time, tc)
{
	struct rate	 r = { 0 };
	int		 i;

	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(0, rate_take(&r, at(0), 100, 3));
	ATF_CHECK_EQ(100, rate_take(&r, at(0), 100, 3));
	ATF_CHECK_EQ(40, rate_take(&r, at(60), 100, 3));
	ATF_CHECK_EQ(1, rate_take(&r, at(99), 100, 3));
	ATF_CHECK_EQ(0, rate_take(&r, at(100), 100, 3));
	ATF_CHECK_EQ(100, rate_take(&r, at(100), 100, 3));
	/* never more than the burst, however long it was quiet */
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(0, rate_take(&r, at(1000000), 100, 3));
	ATF_CHECK_EQ(100, rate_take(&r, at(1000000), 100, 3));
}

/* Whoever asks more often than the clock of the bucket ticks gets no more. */
ATF_TC_WITHOUT_HEAD(quick_questions_lose_no_time);
ATF_TC_BODY(quick_questions_lose_no_time, tc)
{
	struct rate	 r = { 0 };
	int64_t		 us;
	int		 got = 0;

	for (us = 0; us < 10000000; us += 300)
		if (rate_take(&r, (struct mono){ 1 + us }, 1000, 1) == 0)
			got++;
	ATF_CHECK_EQ_MSG(10, got, "%d", got);
}

ATF_TC_WITHOUT_HEAD(a_clock_that_stands_gives_nothing);
ATF_TC_BODY(a_clock_that_stands_gives_nothing, tc)
{
	struct rate	 r = { 0 };

	ATF_CHECK_EQ(0, rate_take(&r, at(50), 1000, 1));
	ATF_CHECK_EQ(1000, rate_take(&r, at(50), 1000, 1));
	ATF_CHECK_EQ(1000, rate_take(&r, at(10), 1000, 1));
	ATF_CHECK_EQ(0, rate_take(&r, at(1050), 1000, 1));
}

ATF_TC_WITHOUT_HEAD(what_is_given_back_can_be_taken_again);
ATF_TC_BODY(what_is_given_back_can_be_taken_again, tc)
{
	struct rate	 r = { 0 };
	int		 i;

	for (i = 0; i < 100; i++) {
		ATF_CHECK_EQ(0, rate_take(&r, at(0), 100, 1));
		rate_back(&r, 100);
	}
	ATF_CHECK_EQ(0, rate_take(&r, at(0), 100, 1));
	ATF_CHECK_EQ(100, rate_take(&r, at(0), 100, 1));
	rate_back(&r, 1000);	/* no more than there was */
	ATF_CHECK_EQ(0, rate_take(&r, at(0), 100, 1));
	ATF_CHECK_EQ(100, rate_take(&r, at(0), 100, 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_given_back_can_be_taken_again);
	ATF_TP_ADD_TC(tp, a_burst_and_then_one_at_a_time);
	ATF_TP_ADD_TC(tp, quick_questions_lose_no_time);
	ATF_TP_ADD_TC(tp, a_clock_that_stands_gives_nothing);
	return (atf_no_error());
}
