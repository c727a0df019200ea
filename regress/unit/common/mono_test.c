/* Time: sums that must not wrap, clocks that must run. */
#include <stdint.h>
#include <time.h>

#include <atf-c.h>

#include "common/mono.h"

ATF_TC_WITHOUT_HEAD(sums_saturate);
ATF_TC_BODY(sums_saturate, tc)
{
	struct mono	 t = { 5000000 }, never = { 0 };

	ATF_CHECK_EQ(mono_add_ms(t, 1500).us, 6500000);
	ATF_CHECK_EQ(mono_add_ms(t, -1000).us, 4000000);
	ATF_CHECK_EQ(mono_add_ms(t, INT64_MAX).us, INT64_MAX);
	ATF_CHECK_EQ(mono_add_ms(t, INT64_MAX / 1000).us, INT64_MAX);
	ATF_CHECK_EQ(mono_add_ms(never, INT64_MIN).us, INT64_MIN);
	ATF_CHECK_EQ(mono_diff_ms(mono_add_ms(t, 1234), t), 1234);
	ATF_CHECK_EQ(mono_diff_ms(t, mono_add_ms(t, 1234)), -1234);
	ATF_CHECK_EQ(mono_diff_ms(mono_add_ms(t, INT64_MAX),
	    mono_add_ms(t, INT64_MIN)), INT64_MAX / 1000);
	ATF_CHECK(mono_before(t, mono_add_ms(t, 1)));
	ATF_CHECK(!mono_before(t, t));
	ATF_CHECK(mono_before(never, mono_now()));
}

ATF_TC_WITHOUT_HEAD(clocks_run);
ATF_TC_BODY(clocks_run, tc)
{
	struct mono	 a = mono_now(), b;

	do
		b = mono_now();
	while (!mono_before(a, b));	/* ends only if it runs */
	ATF_CHECK(wall_ms() / 1000 - time(NULL) <= 1);
	ATF_CHECK(wall_us() / 1000 - wall_ms() <= 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sums_saturate);
	ATF_TP_ADD_TC(tp, clocks_run);
	return (atf_no_error());
}
