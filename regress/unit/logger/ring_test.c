/* Recent lines in memory: order, bounds, and what a ring says it lost. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/logger/format.h"
#include "omnitrond/logger/ring.h"

static struct rings	 all;
static char		 buf[LINE_SIZE_MAX];

static void
put(struct ring *r, uint64_t seq, const char *text)
{
	ring_put(&all, r, seq, text, strlen(text));
}

/* Lines, with the numbers of the first and the last. */
static unsigned
walk(const struct ring *r, int *first, int *last)
{
	struct ring_walk	 w;
	unsigned		 n = 0;

	ring_first(r, &w);
	while (ring_next(&w, buf, sizeof(buf) - 1)) {
		buf[w.len] = '\0';
		*last = (int)strtol(buf, NULL, 10);
		if (n++ == 0)
			*first = *last;
	}
	return (n);
}

ATF_TC_WITHOUT_HEAD(silent_app_costs_nothing);
ATF_TC_BODY(silent_app_costs_nothing, tc)
{
	struct ring	 r = { 0 };
	int		 first, last;

	ATF_CHECK_EQ(0, walk(&r, &first, &last));
	ATF_CHECK_EQ(0, all.bytes);
	put(&r, 1, "1\n");
	ATF_CHECK_EQ(RING_MIN, all.bytes);
	ring_free(&all, &r);
	ATF_CHECK_EQ(0, all.bytes);
	ATF_CHECK_EQ(NULL, r.buf);
}

ATF_TC_WITHOUT_HEAD(newest_lines_are_kept_in_order);
ATF_TC_BODY(newest_lines_are_kept_in_order, tc)
{
	struct ring	 r = { 0 };
	char		 line[64];
	unsigned	 n;
	int		 i, first, last;

	for (i = 1; i <= 5000; i++) {
		snprintf(line, sizeof(line), "%d %*s\n", i, i % 50, "");
		put(&r, (uint64_t)i, line);
		n = walk(&r, &first, &last);
		ATF_REQUIRE_EQ(n, r.lines);
		ATF_REQUIRE_EQ(i, last);
		ATF_REQUIRE_EQ((int)n, last - first + 1);
		ATF_REQUIRE_EQ((uint64_t)first - 1, r.lost);
		ATF_REQUIRE(r.used <= r.size && r.size <= RING_MAX);
	}
	ATF_CHECK_EQ(RING_MAX, r.size);
	ATF_CHECK_EQ(r.size, all.bytes);
	ring_free(&all, &r);
}

ATF_TC_WITHOUT_HEAD(flood_leaves_its_end);
ATF_TC_BODY(flood_leaves_its_end, tc)
{
	struct ring	 r = { 0 };
	char		*text;
	size_t		 n = 0;
	int		 i, first, last;

	ATF_REQUIRE((text = malloc(1024 * 1024)) != NULL);
	for (i = 1; n < 1024 * 1024 - 128; i++)
		n += (size_t)snprintf(text + n, 128, "%d %80s\n", i, "x");
	put(&r, 1, "0 before\n");
	ring_put(&all, &r, 2, text, n);
	ATF_CHECK(walk(&r, &first, &last) > 200);
	ATF_CHECK_EQ(i - 1, last);
	ATF_CHECK_EQ(2, r.lost);
	put(&r, 3, "7 after\n");
	walk(&r, &first, &last);
	ATF_CHECK_EQ(7, last);
	free(text);
	ring_free(&all, &r);
}

/* Longest line: it fits; a longer one is no line of ours, and is left out. */
ATF_TC_WITHOUT_HEAD(long_lines);
ATF_TC_BODY(long_lines, tc)
{
	static char	 text[RING_MAX + 2];
	struct ring	 r = { 0 };
	int		 first, last;

	memset(text, '5', sizeof(text));
	text[LINE_SIZE_MAX - 1] = '\n';
	ring_put(&all, &r, 1, text, LINE_SIZE_MAX);
	ATF_CHECK_EQ(1, r.lines);
	text[LINE_SIZE_MAX - 1] = '5';
	text[RING_MAX - 1] = '\n';
	ring_put(&all, &r, 2, text, RING_MAX);
	ATF_CHECK_EQ(0, r.lines);
	ATF_CHECK_EQ(2, r.lost);
	put(&r, 3, "9\n");
	ATF_CHECK_EQ(1, walk(&r, &first, &last));
	/* a batch whose last line alone is longer than the ring */
	text[RING_MAX - 1] = '5';
	text[RING_MAX + 1] = '\n';
	ring_put(&all, &r, 4, text, RING_MAX + 2);
	ATF_CHECK_EQ(0, r.lines);
	ATF_CHECK_EQ(4, r.lost);
	ring_free(&all, &r);
}

ATF_TC_WITHOUT_HEAD(all_together_are_bounded);
ATF_TC_BODY(all_together_are_bounded, tc)
{
	static struct ring	 r[64];
	char			 line[101];
	int			 i, j, first, last;

	all.max = 16 * RING_MIN;
	memset(line, '1', sizeof(line));
	line[99] = '\n';
	line[100] = '\0';
	for (j = 0; j < 1000; j++)
		for (i = 0; i < 64; i++) {
			put(&r[i], (uint64_t)j + 1, line);
			ATF_REQUIRE(all.bytes <= all.max);
		}
	/* those that came later have none, and say so */
	ATF_CHECK_EQ(0, walk(&r[63], &first, &last));
	ATF_CHECK_EQ(1000, r[63].lost);
	ATF_CHECK(walk(&r[0], &first, &last) > 10);
	for (i = 0; i < 64; i++)
		ring_free(&all, &r[i]);
	ATF_CHECK_EQ(0, all.bytes);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, silent_app_costs_nothing);
	ATF_TP_ADD_TC(tp, newest_lines_are_kept_in_order);
	ATF_TP_ADD_TC(tp, flood_leaves_its_end);
	ATF_TP_ADD_TC(tp, long_lines);
	ATF_TP_ADD_TC(tp, all_together_are_bounded);
	return (atf_no_error());
}
