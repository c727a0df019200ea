/* Who starts when. */
#include <atf-c.h>
#include <stdlib.h>

#include "omnitrond/supervisor/place.h"

#define CHAIN	20000

static void
require_places(const struct places *p, const uint32_t *want)
{
	uint32_t	*place = place_make(p), i;

	for (i = 0; i < p->n; i++)
		ATF_CHECK_EQ_MSG(want[i], place[i], "%u at %u", i, place[i]);
	free(place);
}

ATF_TC_WITHOUT_HEAD(as_they_stand);
ATF_TC_BODY(as_they_stand, tc)
{
	static const uint32_t	 want[] = { 0, 1, 2 };
	struct places		 p = { 0 };

	require_places(&p, want);
	place_unit(&p);
	place_unit(&p);
	place_unit(&p);
	require_places(&p, want);
	place_free(&p);
	ATF_CHECK_EQ(0, p.n);
}

ATF_TC_WITHOUT_HEAD(what_is_needed_comes_first);
ATF_TC_BODY(what_is_needed_comes_first, tc)
{
	static const uint32_t	 want[] = { 2, 3, 1, 0 };
	struct places		 p = { 0 };

	/* 0 needs 2, which needs 3 */
	place_unit(&p);
	place_need(&p, 2);
	place_need(&p, 3);
	place_unit(&p);
	place_unit(&p);
	place_need(&p, 3);
	place_unit(&p);
	require_places(&p, want);
	place_free(&p);
}

ATF_TC_WITHOUT_HEAD(a_circle_ends);
ATF_TC_BODY(a_circle_ends, tc)
{
	static const uint32_t	 want[] = { 1, 0 };
	struct places		 p = { 0 };

	place_unit(&p);
	place_need(&p, 1);
	place_unit(&p);
	place_need(&p, 0);
	place_need(&p, 1);
	require_places(&p, want);
	place_free(&p);
}

ATF_TC_WITHOUT_HEAD(a_chain_of_thousands);
ATF_TC_BODY(a_chain_of_thousands, tc)
{
	struct places	 p = { 0 };
	uint32_t	*place, i;

	for (i = 0; i < CHAIN; i++) {
		place_unit(&p);
		if (i + 1 < CHAIN)
			place_need(&p, i + 1);
	}
	place = place_make(&p);
	for (i = 0; i < CHAIN; i++)
		ATF_REQUIRE_EQ(CHAIN - 1 - i, place[i]);
	free(place);
	place_free(&p);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, as_they_stand);
	ATF_TP_ADD_TC(tp, what_is_needed_comes_first);
	ATF_TP_ADD_TC(tp, a_circle_ends);
	ATF_TP_ADD_TC(tp, a_chain_of_thousands);
	return (atf_no_error());
}
