/* The strict reader of HTTP heads, with the tricks that others fall for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "omnitrond/network/http_parse.h"

#define L1	"POST /rpc HTTP/1.1\r\n"
#define HOST	"Host: a\r\n"
#define LEN	"Content-Length: 4\r\n"
#define END	"\r\n"

/* The status of a head that comes whole: 0, or 400 also of the scan. */
static int
status_n(const char *text, size_t len, struct http_request *r)
{
	struct http_scan	 scan = { 0, 0, 0 };

	switch (http_scan(&scan, text, len)) {
	case HTTP_HEAD:
		return (http_parse(r, text, scan.pos));
	case HTTP_BAD:
		return (400);
	case HTTP_LARGE:
		return (431);
	case HTTP_MORE:
		break;
	}
	return (-1);
}

static void
check(const char *text, int expected)
{
	struct http_request	 r;
	int			 got = status_n(text, strlen(text), &r);

	ATF_CHECK_MSG(got == expected, "%d, not %d: %s", got, expected, text);
}

ATF_TC_WITHOUT_HEAD(a_request_is_read);
ATF_TC_BODY(a_request_is_read, tc)
{
	static const char	 text[] = "POST /rpc?a=b?c HTTP/1.1\r\n"
	    "hOsT: h.example:9800\r\nAuthorization:  Bearer a.b.c \t\r\n"
	    "CONTENT-LENGTH:12\r\nContent-Type: application/json\r\n"
	    "Origin: https://x.example\r\nLast-Event-ID: 7\r\n"
	    "Expect: 100-Continue\r\nConnection: keep-alive, Close\r\n"
	    "X-Empty:\r\nX-Latin: \xe4\r\n\r\n{}";
	struct http_request	 r;

	ATF_REQUIRE_EQ(0, status_n(text, sizeof(text) - 1, &r));
	ATF_CHECK_EQ(HTTP_POST, r.method);
	ATF_CHECK(http_span_is(&r.path, "/rpc"));
	ATF_CHECK(http_span_is(&r.query, "a=b?c"));
	ATF_CHECK(http_span_is(&r.host, "h.example:9800"));
	ATF_CHECK(http_span_is(&r.authorization, "Bearer a.b.c"));
	ATF_CHECK(http_span_is(&r.content_type, "application/json"));
	ATF_CHECK(http_span_is(&r.origin, "https://x.example"));
	ATF_CHECK(http_span_is(&r.last_event_id, "7"));
	ATF_CHECK_EQ(12, r.length);
	ATF_CHECK_EQ(1, r.expects);
	ATF_CHECK_EQ(1, r.close);
}

ATF_TC_WITHOUT_HEAD(verbs_and_versions);
ATF_TC_BODY(verbs_and_versions, tc)
{
	struct http_request	 r;
	static const char	 put[] = "PUT / HTTP/1.1\r\n" HOST LEN END;

	check("GET / HTTP/1.1\r\n" HOST END, 0);
	check("OPTIONS /rpc HTTP/1.1\r\n" HOST END, 0);
	ATF_CHECK_EQ(0, status_n(put, sizeof(put) - 1, &r));
	ATF_CHECK_EQ(HTTP_OTHER, r.method);
	check("get / HTTP/1.1\r\n" HOST END, 0);	/* OTHER, too */
	check("GET / HTTP/1.0\r\n" HOST END, 505);
	check("GET / HTTP/2.0\r\n" HOST END, 505);
	check("PRI * HTTP/2.0\r\n" END, 400);
	check("GET / http/1.1\r\n" HOST END, 400);
	check("GET / HTTP/1.10\r\n" HOST END, 400);
	check("GET / HTTP/11\r\n" HOST END, 400);
	check("GET /\r\n" HOST END, 400);
	check("GET\r\n" HOST END, 400);
	check("GET / HTTP/1.1 \r\n" HOST END, 400);
	check("GET  / HTTP/1.1\r\n" HOST END, 400);
	check(" GET / HTTP/1.1\r\n" HOST END, 400);
	check("GET\t/ HTTP/1.1\r\n" HOST END, 400);
	check("G(T / HTTP/1.1\r\n" HOST END, 400);
	check("\r\nGET / HTTP/1.1\r\n" HOST END, 400);
	check(" / HTTP/1.1\r\n" HOST END, 400);
}

ATF_TC_WITHOUT_HEAD(only_a_path_is_a_target);
ATF_TC_BODY(only_a_path_is_a_target, tc)
{
	check("GET http://a/ HTTP/1.1\r\n" HOST END, 400);
	check("OPTIONS * HTTP/1.1\r\n" HOST END, 400);
	check("CONNECT a:1 HTTP/1.1\r\n" HOST END, 400);
	check("GET rpc HTTP/1.1\r\n" HOST END, 400);
	check("GET /a#b HTTP/1.1\r\n" HOST END, 400);
	check("GET /\x7f HTTP/1.1\r\n" HOST END, 400);
	check("GET /\xc3\xa4 HTTP/1.1\r\n" HOST END, 400);
	check("GET /%00 HTTP/1.1\r\n" HOST END, 0);	/* it is no path of ours */
}

ATF_TC_WITHOUT_HEAD(line_ends_are_crlf);
ATF_TC_BODY(line_ends_are_crlf, tc)
{
	static const char	 nul[] = L1 HOST LEN "X: a\0b\r\n" END;
	struct http_request	 r;

	check("GET / HTTP/1.1\nHost: a\n\n", 400);
	check("GET / HTTP/1.1\r\nHost: a\n\r\n", 400);
	check(L1 "Host: a\r\r\n" END, 400);
	check(L1 "Host: a\rX: b\r\n" END, 400);
	check(L1 HOST LEN "X: a\n\r\n" END, 400);
	check(L1 HOST LEN "X: a\r\n\n", 400);
	ATF_CHECK_EQ(400, status_n(nul, sizeof(nul) - 1, &r));
	check(L1 HOST LEN "X: a\001b\r\n" END, 400);
	check(L1 HOST LEN "X: a\x7f\r\n" END, 400);
}

ATF_TC_WITHOUT_HEAD(fields_are_strict);
ATF_TC_BODY(fields_are_strict, tc)
{
	check(L1 HOST LEN "X: a\r\n b\r\n" END, 400);	/* folded */
	check(L1 HOST LEN "X: a\r\n\tb: c\r\n" END, 400);
	check(L1 " Host: a\r\n" LEN END, 400);
	check(L1 "Host : a\r\n" LEN END, 400);
	check(L1 HOST "Content-Length : 4\r\n" END, 400);
	check(L1 HOST LEN ": a\r\n" END, 400);
	check(L1 HOST LEN "nothing\r\n" END, 400);
	check(L1 HOST LEN "X\x01: a\r\n" END, 400);
	check(L1 HOST LEN "X\xe4: a\r\n" END, 400);
}

ATF_TC_WITHOUT_HEAD(one_host);
ATF_TC_BODY(one_host, tc)
{
	check(L1 LEN END, 400);
	check(L1 HOST HOST LEN END, 400);
	check(L1 HOST "host: b\r\n" LEN END, 400);
	check(L1 "Host:\r\n" LEN END, 400);
	check(L1 "Host: a b\r\n" LEN END, 400);
	check(L1 "Host: a,b\r\n" LEN END, 400);
	check(L1 "Host: a/b\r\n" LEN END, 400);
	check(L1 "Host: u@a\r\n" LEN END, 400);
	check(L1 "Host: [::1]:9800\r\n" LEN END, 0);
	check(L1 HOST LEN "Authorization: a\r\nAuthorization: a\r\n" END, 400);
	check(L1 HOST LEN "Origin: a\r\nOrigin: b\r\n" END, 400);
}

ATF_TC_WITHOUT_HEAD(one_length_of_digits);
ATF_TC_BODY(one_length_of_digits, tc)
{
	check(L1 HOST LEN END, 0);
	check(L1 HOST END, 411);
	check(L1 HOST LEN LEN END, 400);
	check(L1 HOST LEN "Content-Length: 5\r\n" END, 400);
	check(L1 HOST "Content-Length: 4, 4\r\n" END, 400);
	check(L1 HOST "Content-Length: +4\r\n" END, 400);
	check(L1 HOST "Content-Length: -4\r\n" END, 400);
	check(L1 HOST "Content-Length: 0x4\r\n" END, 400);
	check(L1 HOST "Content-Length: 4 4\r\n" END, 400);
	check(L1 HOST "Content-Length: 4;\r\n" END, 400);
	check(L1 HOST "Content-Length:\r\n" END, 400);
	check(L1 HOST "Content-Length: 1048576\r\n" END, 0);
	check(L1 HOST "Content-Length: 1048577\r\n" END, 413);
	check(L1 HOST "Content-Length: 18446744073709551620\r\n" END, 413);
	check(L1 HOST "Content-Length: 99999999999999999999999\r\n" END, 413);
	check("GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n" END, 0);
	check("GET / HTTP/1.1\r\n" HOST LEN END, 400);
	check("OPTIONS / HTTP/1.1\r\n" HOST LEN END, 400);
}

ATF_TC_WITHOUT_HEAD(no_transfer_encoding);
ATF_TC_BODY(no_transfer_encoding, tc)
{
	check(L1 HOST "Transfer-Encoding: chunked\r\n" END, 400);
	check(L1 HOST LEN "Transfer-Encoding: chunked\r\n" END, 400);
	check(L1 HOST LEN "Transfer-Encoding: identity\r\n" END, 400);
	check(L1 HOST LEN "transfer-encoding:\r\n" END, 400);
	check(L1 HOST LEN "Transfer-Encoding : chunked\r\n" END, 400);
	check(L1 HOST LEN "X: a\r\n Transfer-Encoding: chunked\r\n" END, 400);
}

ATF_TC_WITHOUT_HEAD(expectations);
ATF_TC_BODY(expectations, tc)
{
	check(L1 HOST LEN "Expect: 100-continue\r\n" END, 0);
	check(L1 HOST LEN "Expect: 200-ok\r\n" END, 417);
	check(L1 HOST LEN "Expect: 100-continue, x\r\n" END, 417);
}

ATF_TC_WITHOUT_HEAD(connection_is_a_list);
ATF_TC_BODY(connection_is_a_list, tc)
{
	static const struct {
		const char	*value;
		int		 close;
	} t[] = {
		{ "close", 1 }, { "keep-alive", 0 }, { "a,close", 1 },
		{ "close,a", 1 }, { "a , close , b", 1 }, { "closed", 0 },
		{ "xclose", 0 }, { "", 0 }, { ",,", 0 },
		{ "Upgrade, HTTP2-Settings", 0 },
	};
	struct http_request	 r;
	char			 text[256];
	size_t			 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), L1 HOST LEN "Connection: %s\r\n"
		    END, t[i].value);
		ATF_REQUIRE_EQ(0, status_n(text, strlen(text), &r));
		ATF_CHECK_EQ_MSG(t[i].close, r.close, "%s", t[i].value);
	}
	check(L1 HOST LEN "Connection: a\r\nConnection: b\r\n" END, 0);
}

/* A head of n fields besides Host, then of n bytes. */
ATF_TC_WITHOUT_HEAD(a_head_is_bounded);
ATF_TC_BODY(a_head_is_bounded, tc)
{
	struct http_scan	 scan = { 0, 0, 0 };
	struct http_request	 r;
	const size_t		 size = 2 * HTTP_HEAD_MAX;
	char			*text = malloc(size);
	size_t			 n, i;

	for (n = 62; n < 66; n++) {
		strlcpy(text, "GET / HTTP/1.1\r\n" HOST, size);
		for (i = 0; i < n; i++)
			strlcat(text, "X: y\r\n", size);
		strlcat(text, END, size);
		ATF_CHECK_EQ(n + 1 <= HTTP_FIELDS_MAX ? 0 : 431,
		    status_n(text, strlen(text), &r));
	}
	n = strlcpy(text, "GET / HTTP/1.1\r\n" HOST "X: ", size);
	memset(text + n, 'a', size - n);
	memcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	ATF_CHECK_EQ(0, status_n(text, HTTP_HEAD_MAX, &r));
	memset(text + HTTP_HEAD_MAX - 4, 'a', 4);
	memcpy(text + HTTP_HEAD_MAX - 3, "\r\n\r\n", 4);
	ATF_CHECK_EQ(431, status_n(text, HTTP_HEAD_MAX + 1, &r));
	/* and no more is waited for */
	ATF_CHECK_EQ(HTTP_LARGE, http_scan(&scan, text, HTTP_HEAD_MAX));
	free(text);
}

/* Byte by byte is the same as at once, and looks at each byte once. */
ATF_TC_WITHOUT_HEAD(input_comes_in_pieces);
ATF_TC_BODY(input_comes_in_pieces, tc)
{
	static const char	 text[] = L1 HOST LEN "X: y\r\n" END "body";
	struct http_scan	 scan = { 0, 0, 0 };
	size_t			 i, head = sizeof(text) - 1 - 4;

	for (i = 1; i < head; i++) {
		ATF_REQUIRE_EQ(HTTP_MORE, http_scan(&scan, text, i));
		ATF_REQUIRE_EQ(i, scan.pos);
	}
	ATF_REQUIRE_EQ(HTTP_HEAD, http_scan(&scan, text, sizeof(text) - 1));
	ATF_CHECK_EQ(head, scan.pos);
}

/* Each byte of a good head replaced by each other: never a crash, and never
 * a request whose length is another. */
ATF_TC_WITHOUT_HEAD(no_byte_makes_it_another);
ATF_TC_BODY(no_byte_makes_it_another, tc)
{
	static const char	 good[] = L1 HOST LEN "Origin: b\r\n" END;
	char			 text[sizeof(good)];
	struct http_request	 r;
	size_t			 i;
	int			 c, status;

	for (i = 0; i < sizeof(good) - 1; i++)
		for (c = 0; c < 256; c++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			status = status_n(text, sizeof(good) - 1, &r);
			ATF_REQUIRE(status == -1 || status == 0 ||
			    (status >= 400 && status < 600));
			if (status == 0 && r.length != 4)
				ATF_REQUIRE(r.length >= 0 && r.length < 100);
		}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_request_is_read);
	ATF_TP_ADD_TC(tp, verbs_and_versions);
	ATF_TP_ADD_TC(tp, only_a_path_is_a_target);
	ATF_TP_ADD_TC(tp, line_ends_are_crlf);
	ATF_TP_ADD_TC(tp, fields_are_strict);
	ATF_TP_ADD_TC(tp, one_host);
	ATF_TP_ADD_TC(tp, one_length_of_digits);
	ATF_TP_ADD_TC(tp, no_transfer_encoding);
	ATF_TP_ADD_TC(tp, expectations);
	ATF_TP_ADD_TC(tp, connection_is_a_list);
	ATF_TP_ADD_TC(tp, a_head_is_bounded);
	ATF_TP_ADD_TC(tp, input_comes_in_pieces);
	ATF_TP_ADD_TC(tp, no_byte_makes_it_another);
	return (atf_no_error());
}
