/* What egress may connect to. */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "omnitrond/egress/egress.h"

static struct egress	 e;

static struct m_target
def(uint32_t app, uint16_t what)
{
	struct m_target	 m;

	memset(&m, 0, sizeof(m));
	m.app = app;
	m.what = what;
	m.port = 80;
	m.naddresses = 1;
	m.addresses[0].family = AF_INET;
	m.status_min = 200;
	m.status_max = 399;
	return (m);
}

static int
add(const struct m_target *m)
{
	return (target_add(&e, m, "h", "/", ""));
}

ATF_TC_WITHOUT_HEAD(they_are_replaced_at_once);
ATF_TC_BODY(they_are_replaced_at_once, tc)
{
	struct m_target	 a = def(1, PROBE_READY), b = def(1, PROBE_HEALTH);

	ATF_CHECK_EQ(-1, add(&a));
	ATF_CHECK_EQ(-1, target_switch(&e));
	target_begin(&e);
	ATF_CHECK_EQ(0, add(&a));
	ATF_CHECK_EQ(0, add(&b));
	ATF_CHECK_EQ(-1, add(&b));	/* twice */
	ATF_CHECK(target_find(&e, 1, 0, PROBE_READY) == NULL);
	ATF_CHECK_EQ(0, target_switch(&e));
	ATF_CHECK(target_find(&e, 1, 0, PROBE_READY) != NULL);
	ATF_CHECK(target_find(&e, 1, 0, PROBE_HEALTH) != NULL);
	ATF_CHECK(target_find(&e, 1, 1, PROBE_HEALTH) == NULL);
	ATF_CHECK(target_find(&e, 2, 0, PROBE_HEALTH) == NULL);
	/* one that is not told to its end changes nothing */
	target_begin(&e);
	ATF_CHECK(target_find(&e, 1, 0, PROBE_READY) != NULL);
	target_begin(&e);
	ATF_CHECK_EQ(0, target_switch(&e));
	ATF_CHECK(target_find(&e, 1, 0, PROBE_READY) == NULL);
}

ATF_TC_WITHOUT_HEAD(what_the_parent_cannot_mean);
ATF_TC_BODY(what_the_parent_cannot_mean, tc)
{
	struct m_target	 m;

	target_begin(&e);
	m = def(1, PROBE_WHATS);
	ATF_CHECK_EQ(-1, add(&m));
	m = def(1, 0);
	m.port = 0;
	ATF_CHECK_EQ(-1, add(&m));
	m = def(1, 0);
	m.naddresses = TARGET_ADDRESSES + 1;
	ATF_CHECK_EQ(-1, add(&m));
	m = def(1, 0);
	m.naddresses = 0;
	ATF_CHECK_EQ(-1, add(&m));
	m = def(1, 0);
	m.addresses[0].family = AF_UNIX;
	ATF_CHECK_EQ(-1, add(&m));
	m = def(1, 0);
	m.status_max = 100;
	ATF_CHECK_EQ(-1, add(&m));
	m = def(1, 0);
	ATF_CHECK_EQ(0, add(&m));
}

ATF_TC_WITHOUT_HEAD(the_request);
ATF_TC_BODY(the_request, tc)
{
	struct m_target	 m = def(1, 0);
	size_t		 len;
	char		*text;

	target_begin(&e);
	ATF_REQUIRE_EQ(0, target_add(&e, &m, "[::1]:8080", "/x?y=z", ""));
	ATF_REQUIRE_EQ(0, target_switch(&e));
	text = target_request(target_find(&e, 1, 0, 0), &len);
	ATF_CHECK_EQ(strlen(text), len);
	ATF_CHECK(strncmp(text, "GET /x?y=z HTTP/1.1\r\nHost: [::1]:8080\r\n",
	    39) == 0);
	ATF_CHECK(strstr(text, "\r\nConnection: close\r\n\r\n") != NULL);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, they_are_replaced_at_once);
	ATF_TP_ADD_TC(tp, what_the_parent_cannot_mean);
	ATF_TP_ADD_TC(tp, the_request);
	return (atf_no_error());
}
