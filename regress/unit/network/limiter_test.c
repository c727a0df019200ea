/* How often an address may fail. */
#include <sys/socket.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "omnitrond/network/limiter.h"

static const struct mono	 began = { 1000000 };

/* One address at a time. */
static const struct sockaddr *
address(const char *text)
{
	static struct sockaddr_storage	 ss;
	struct sockaddr_in		*in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6		*in6 = (struct sockaddr_in6 *)&ss;

	memset(&ss, 0, sizeof(ss));
	if (strchr(text, ':') == NULL) {
		in->sin_family = AF_INET;
		ATF_REQUIRE_EQ(1, inet_pton(AF_INET, text, &in->sin_addr));
	} else {
		in6->sin6_family = AF_INET6;
		ATF_REQUIRE_EQ(1, inet_pton(AF_INET6, text, &in6->sin6_addr));
	}
	return ((struct sockaddr *)&ss);
}

static int
fail(struct limiter *l, const char *a, int64_t ms)
{
	return (limiter_failed(l, address(a), 0, "expired",
	    mono_add_ms(began, ms)));
}

static int64_t
blocked(struct limiter *l, const char *a, int64_t ms)
{
	return (limiter_blocked(l, address(a), mono_add_ms(began, ms)));
}

ATF_TC_WITHOUT_HEAD(ten_at_once_then_one_in_five_seconds);
ATF_TC_BODY(ten_at_once_then_one_in_five_seconds, tc)
{
	struct limiter	*l = limiter_new(LIMITER_MAX);
	unsigned	 i;

	for (i = 0; i < LIMITER_BURST; i++) {
		ATF_CHECK_EQ(0, blocked(l, "192.0.2.1", 0));
		fail(l, "192.0.2.1", 0);
	}
	ATF_CHECK_EQ(LIMITER_MS, blocked(l, "192.0.2.1", 0));
	ATF_CHECK_EQ(LIMITER_MS, blocked(l, "192.0.2.1", 0));
	/* trying though it may not makes it no longer */
	for (i = 0; i < 1000; i++)
		fail(l, "192.0.2.1", 0);
	ATF_CHECK_EQ(1, blocked(l, "192.0.2.1", LIMITER_MS - 1));
	ATF_CHECK_EQ(0, blocked(l, "192.0.2.1", LIMITER_MS));
	fail(l, "192.0.2.1", LIMITER_MS);
	ATF_CHECK_EQ(LIMITER_MS, blocked(l, "192.0.2.1", LIMITER_MS));
	ATF_CHECK_EQ(0, blocked(l, "192.0.2.2", 0));
	ATF_CHECK_EQ(1u, limiter_size(l));
	limiter_free(l);
}

static void
exhaust(struct limiter *l, const char *a)
{
	unsigned	 i;

	for (i = 0; i < LIMITER_BURST; i++)
		fail(l, a, 0);
}

ATF_TC_WITHOUT_HEAD(who_is_one);
ATF_TC_BODY(who_is_one, tc)
{
	struct limiter	*l = limiter_new(LIMITER_MAX);

	exhaust(l, "2001:db8:1:2::1");
	ATF_CHECK(blocked(l, "2001:db8:1:2:ffff::7", 0) > 0);
	ATF_CHECK(blocked(l, "2001:db8:1:3::1", 0) == 0);
	/* an IPv4 address, however it is written; not all of them */
	exhaust(l, "198.51.100.1");
	ATF_CHECK(blocked(l, "::ffff:198.51.100.1", 0) > 0);
	ATF_CHECK(blocked(l, "::ffff:198.51.100.2", 0) == 0);
	ATF_CHECK(blocked(l, "::1", 0) == 0);
	ATF_CHECK_EQ(2u, limiter_size(l));
	limiter_free(l);
}

static void
told(struct limiter *l, const char *a, uint32_t count)
{
	struct limiter_count	 c;

	ATF_REQUIRE_EQ(1, limiter_tell(l, &c));
	ATF_CHECK_STREQ(a, c.address);
	ATF_CHECK_EQ(count, c.count);
	ATF_CHECK_STREQ("expired", c.why);
	ATF_CHECK_EQ(0, c.http);
}

ATF_TC_WITHOUT_HEAD(they_are_told_together);
ATF_TC_BODY(they_are_told_together, tc)
{
	struct limiter		*l = limiter_new(LIMITER_MAX);
	struct limiter_count	 c;

	ATF_CHECK_EQ(0, limiter_tell(l, &c));
	ATF_CHECK_EQ(1, fail(l, "192.0.2.1", 0));
	ATF_CHECK_EQ(0, fail(l, "192.0.2.1", 0));
	ATF_CHECK_EQ(0, fail(l, "2001:db8::1", 0));
	told(l, "192.0.2.1", 2);
	told(l, "2001:db8::/64", 1);
	ATF_CHECK_EQ(0, limiter_tell(l, &c));
	ATF_CHECK_EQ(1, fail(l, "192.0.2.1", 0));
	told(l, "192.0.2.1", 1);
	limiter_failed(l, address("192.0.2.9"), 1, "the issuer", began);
	ATF_REQUIRE_EQ(1, limiter_tell(l, &c));
	ATF_CHECK_EQ(1, c.http);
	ATF_CHECK_STREQ("the issuer", c.why);
	ATF_CHECK_EQ(0, limiter_tell(l, &c));
	limiter_free(l);
}

ATF_TC_WITHOUT_HEAD(it_is_bounded_and_loses_no_count);
ATF_TC_BODY(it_is_bounded_and_loses_no_count, tc)
{
	struct limiter	*l = limiter_new(4);
	char		 a[32];
	struct limiter_count c;
	int		 i;

	exhaust(l, "192.0.2.1");
	for (i = 0; i < 6; i++) {
		snprintf(a, sizeof(a), "198.51.100.%d", i);
		fail(l, a, 0);
		/* what fails again is remembered, what does not is not */
		fail(l, "192.0.2.1", 0);
	}
	ATF_CHECK_EQ(4u, limiter_size(l));
	ATF_CHECK(blocked(l, "192.0.2.1", 0) > 0);
	told(l, "192.0.2.1", LIMITER_BURST + 6);
	told(l, "198.51.100.3", 1);
	told(l, "198.51.100.4", 1);
	told(l, "198.51.100.5", 1);
	told(l, "", 3);
	ATF_CHECK_EQ(0, limiter_tell(l, &c));
	limiter_free(l);
	limiter_free(NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ten_at_once_then_one_in_five_seconds);
	ATF_TP_ADD_TC(tp, who_is_one);
	ATF_TP_ADD_TC(tp, they_are_told_together);
	ATF_TP_ADD_TC(tp, it_is_bounded_and_loses_no_count);
	return (atf_no_error());
}
