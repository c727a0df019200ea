/* URLs and ports that are probed. */
#include <sys/socket.h>

#include <string.h>

#include <atf-c.h>

#include "omnitrond/parent/target.h"

static char	 why[256];

static const struct {
	const char	*url;
	const char	*host;
	const char	*authority;
	int		 port;
	const char	*path;
} good[] = {
	{ "http://127.0.0.1", "127.0.0.1", "127.0.0.1", 80, "/" },
	{ "HTTP://localhost:8080/", "localhost", "localhost:8080", 8080, "/" },
	{ "http://a-b.example:1/x/y?z=1&u=%20", "a-b.example",
	    "a-b.example:1", 1, "/x/y?z=1&u=%20" },
	{ "http://x?y", "x", "x", 80, "/?y" },
	{ "http://[::1]/h", "::1", "[::1]", 80, "/h" },
	{ "http://[fe80::1:2]:65535", "fe80::1:2", "[fe80::1:2]:65535", 65535,
	    "/" },
	{ "http://x/@:[]", "x", "x", 80, "/@:[]" },
};

ATF_TC_WITHOUT_HEAD(urls);
ATF_TC_BODY(urls, tc)
{
	struct target_conf	*t;
	size_t			 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		t = target_http(good[i].url, why, sizeof(why));
		ATF_REQUIRE_MSG(t != NULL, "%s %s", good[i].url, why);
		ATF_CHECK_STREQ(good[i].host, t->host);
		ATF_CHECK_STREQ(good[i].authority, t->authority);
		ATF_CHECK_STREQ(good[i].path, t->path);
		ATF_CHECK_STREQ(good[i].url, t->url);
		ATF_CHECK_EQ(good[i].port, t->port);
		ATF_CHECK_EQ(200, t->status_min);
		ATF_CHECK_EQ(399, t->status_max);
		target_free(t);
	}
}

static const char *const	 bad[] = {
	"", "http:", "http://", "http:///x", "ftp://x", "x", "//x",
	"https://x", "http://x:0", "http://x:65536", "http://x:", "http://x:y",
	"http://x:+1", "http://u@x", "http://u:p@x/", "http://[::1",
	"http://[::1]x", "http://[x]", "http://[127.0.0.1]", "http://::1/",
	"http://a b", "http://x/a b", "http://x/a\r\nb", "http://x/\xc3\xa4",
	"http://x/#y", "http://x\r\nHost: y", "http://x%20",
};

ATF_TC_WITHOUT_HEAD(no_urls);
ATF_TC_BODY(no_urls, tc)
{
	char	 text[2 * TARGET_TEXT_SIZE];
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		ATF_CHECK_MSG(target_http(bad[i], why, sizeof(why)) == NULL,
		    "%s", bad[i]);
		ATF_CHECK(why[0] != '\0');
	}
	ATF_CHECK(target_http("https://x", why, sizeof(why)) == NULL);
	ATF_CHECK(strstr(why, "is https, which") != NULL);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "http://x/", 9);
	ATF_CHECK(target_http(text, why, sizeof(why)) == NULL);
	ATF_CHECK_STREQ("is too long", why);
	text[300] = '\0';
	memset(text + 7, 'h', 293);
	ATF_CHECK(target_http(text, why, sizeof(why)) == NULL);
}

ATF_TC_WITHOUT_HEAD(ports);
ATF_TC_BODY(ports, tc)
{
	struct target_conf	*t;

	ATF_REQUIRE((t = target_tcp("65535", why, sizeof(why))) != NULL);
	ATF_CHECK_EQ(65535, t->port);
	ATF_CHECK_EQ(0, t->status_min);
	ATF_CHECK_EQ(2, t->naddresses);
	ATF_CHECK_EQ(0, target_resolve(t, why, sizeof(why)));
	target_free(t);
	ATF_CHECK(target_tcp("0", why, sizeof(why)) == NULL);
	ATF_CHECK(target_tcp("65536", why, sizeof(why)) == NULL);
	ATF_CHECK(target_tcp("http", why, sizeof(why)) == NULL);
	ATF_CHECK(target_tcp(" 80", why, sizeof(why)) == NULL);
	ATF_CHECK(target_tcp("", why, sizeof(why)) == NULL);
}

static int
status(const char *text, int min, int max)
{
	struct target_conf	*t = target_http("http://x", why, sizeof(why));
	int			 rv = target_status(t, text);

	if (rv == 0 && (t->status_min != min || t->status_max != max))
		rv = 1;
	target_free(t);
	return (rv);
}

ATF_TC_WITHOUT_HEAD(statuses);
ATF_TC_BODY(statuses, tc)
{
	ATF_CHECK_EQ(0, status("204", 204, 204));
	ATF_CHECK_EQ(0, status("200-299", 200, 299));
	ATF_CHECK_EQ(0, status("100-599", 100, 599));
	ATF_CHECK_EQ(-1, status("", 0, 0));
	ATF_CHECK_EQ(-1, status("-", 0, 0));
	ATF_CHECK_EQ(-1, status("200-", 0, 0));
	ATF_CHECK_EQ(-1, status("-299", 0, 0));
	ATF_CHECK_EQ(-1, status("299-200", 0, 0));
	ATF_CHECK_EQ(-1, status("99", 0, 0));
	ATF_CHECK_EQ(-1, status("600", 0, 0));
	ATF_CHECK_EQ(-1, status("200-600", 0, 0));
	ATF_CHECK_EQ(-1, status("200-299-300", 0, 0));
	ATF_CHECK_EQ(-1, status("2xx", 0, 0));
}

ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	static const uint8_t	 four[4] = { 127, 0, 0, 1 };
	static const uint8_t	 six[16] = { [15] = 1 };
	struct target_conf	*t, *u;

	t = target_http("http://127.0.0.1:1/", why, sizeof(why));
	ATF_REQUIRE_EQ(0, target_resolve(t, why, sizeof(why)));
	ATF_CHECK_EQ(1, t->naddresses);
	ATF_CHECK_EQ(AF_INET, t->addresses[0].family);
	ATF_CHECK(memcmp(four, t->addresses[0].bytes, 4) == 0);
	u = target_dup(t);
	ATF_CHECK(target_same(t, u));
	ATF_CHECK_EQ(0, target_status(u, "200"));
	ATF_CHECK(!target_same(t, u));
	ATF_CHECK(!target_same(t, NULL));
	ATF_CHECK(target_same(NULL, NULL));
	target_free(u);
	target_free(t);
	t = target_http("http://[::1]:1/", why, sizeof(why));
	ATF_REQUIRE_EQ(0, target_resolve(t, why, sizeof(why)));
	ATF_CHECK_EQ(AF_INET6, t->addresses[0].family);
	ATF_CHECK(memcmp(six, t->addresses[0].bytes, 16) == 0);
	target_free(t);
	t = target_http("http://no-such-name.invalid/", why, sizeof(why));
	ATF_CHECK_EQ(-1, target_resolve(t, why, sizeof(why)));
	ATF_CHECK(why[0] != '\0');
	target_free(t);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, urls);
	ATF_TP_ADD_TC(tp, no_urls);
	ATF_TP_ADD_TC(tp, ports);
	ATF_TP_ADD_TC(tp, statuses);
	ATF_TP_ADD_TC(tp, addresses);
	return (atf_no_error());
}
