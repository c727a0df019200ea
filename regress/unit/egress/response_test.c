/* HTTP answers, good and bad, in pieces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "omnitrond/egress/response.h"

struct answer {
	const char	*text;
	int		 status;	/* 0: bad */
	const char	*what;		/* the body, or what is wrong */
};

#define OK	"HTTP/1.1 200 OK\r\n"

static const struct answer	 answers[] = {
	{ OK "Content-Length: 2\r\n\r\nok", 200, "ok" },
	{ OK "content-length:2 \r\n\r\nokmore", 200, "ok" },
	{ OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok" },
	{ OK "Content-Length: 0\r\n\r\n", 200, "" },
	{ OK "\r\nall of it", 200, "all of it" },
	{ "HTTP/1.0 503 no\r\n\r\nsorry", 503, "sorry" },
	{ "HTTP/1.1 204\r\n\r\n", 204, "" },
	{ "HTTP/1.1 200 \nServer: x\n\nlf", 200, "lf" },
	{ "HTTP/1.1 100 Continue\r\n\r\n" OK "\r\nx", 200, "x" },
	{ "HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" OK "\r\nx", 200, "x" },
	{ OK "Transfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n", 200,
	    "abc0123456789" },
	{ OK "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 200, "" },
	/* not HTTP at all */
	{ "", 0, "closed without an answer" },
	{ "SSH-2.0-OpenSSH\r\n", 0, "not an HTTP answer" },
	{ "HTTP/2 200\r\n\r\n", 0, "not an HTTP answer" },
	{ "HTTP/1.1 20 OK\r\n\r\n", 0, "not an HTTP answer" },
	{ "HTTP/1.1 2000 OK\r\n\r\n", 0, "not an HTTP answer" },
	{ "HTTP/1.1 000 OK\r\n\r\n", 0, "not an HTTP answer" },
	{ "\r\n" OK "\r\n", 0, "not an HTTP answer" },
	/* headers */
	{ OK "no colon\r\n\r\n", 0, "bad header" },
	{ OK ": x\r\n\r\n", 0, "bad header" },
	{ OK "A b: x\r\n\r\n", 0, "bad header" },
	{ OK "A: x\r\n folded: y\r\n\r\n", 0, "bad header" },
	{ OK "A: x\ry\r\n\r\n", 0, "a bad character in a header" },
	{ OK "A: x", 0, "closed within its answer" },
	{ OK, 0, "closed within its answer" },
	/* lengths */
	{ OK "Content-Length: 3\r\n\r\nok", 0, "closed within its answer" },
	{ OK "Content-Length: -1\r\n\r\n", 0, "bad Content-Length" },
	{ OK "Content-Length: 2, 2\r\n\r\nok", 0, "bad Content-Length" },
	{ OK "Content-Length: 99999999999999999999\r\n\r\n", 0,
	    "bad Content-Length" },
	{ OK "Content-Length:\r\n\r\n", 0, "bad Content-Length" },
	{ OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", 0,
	    "two Content-Lengths that differ" },
	{ OK "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 0,
	    "Content-Length beside chunks" },
	{ OK "Transfer-Encoding: gzip\r\n\r\n", 0,
	    "unknown Transfer-Encoding" },
	{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
	    "\r\n", 0, "unknown Transfer-Encoding" },
	/* chunks */
	{ OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", 0, "bad chunk" },
	{ OK "Transfer-Encoding: chunked\r\n\r\n\r\n", 0, "bad chunk" },
	{ OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 0, "bad chunk" },
	{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 0,
	    "bad chunk" },
	{ OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 0,
	    "bad chunk" },
	{ OK "Transfer-Encoding: chunked\r\n\r\n3\r\nab", 0,
	    "closed within its answer" },
	/* interim ones without end */
	{ "HTTP/1.1 101 Switching\r\n\r\n", 0, "no answer but interim ones" },
};
#define NANSWERS	(sizeof(answers) / sizeof(answers[0]))

static void
check(const struct answer *a, const struct response *r)
{
	if (a->status == 0) {
		ATF_REQUIRE_EQ_MSG(RESPONSE_BAD, r->state, "%s", a->text);
		ATF_CHECK_STREQ(a->what, r->why);
		return;
	}
	ATF_REQUIRE_EQ_MSG(RESPONSE_DONE, r->state, "%s: %s", a->text,
	    r->why != NULL ? r->why : "?");
	ATF_CHECK_EQ(a->status, r->status);
	ATF_CHECK_EQ_MSG(strlen(a->what), r->nbody, "%s", a->text);
	ATF_CHECK(memcmp(a->what, r->body, r->nbody) == 0);
}

/* In two pieces, cut at each byte; and in single bytes. */
ATF_TC_WITHOUT_HEAD(answers_in_any_pieces);
ATF_TC_BODY(answers_in_any_pieces, tc)
{
	struct response	 r;
	size_t		 i, cut, len, n;

	for (i = 0; i < NANSWERS; i++) {
		len = strlen(answers[i].text);
		for (cut = 0; cut <= len; cut++) {
			response_init(&r, 0);
			response_feed(&r, answers[i].text, cut);
			response_feed(&r, answers[i].text + cut, len - cut);
			response_end(&r);
			check(&answers[i], &r);
			response_free(&r);
		}
		response_init(&r, 0);
		for (n = 0; n < len; n++)
			response_feed(&r, answers[i].text + n, 1);
		response_end(&r);
		check(&answers[i], &r);
		response_free(&r);
	}
}

ATF_TC_WITHOUT_HEAD(a_nul_is_no_header);
ATF_TC_BODY(a_nul_is_no_header, tc)
{
	static const char	 text[] = OK "A: \0x\r\n\r\n";
	struct response		 r;

	response_init(&r, 1);
	response_feed(&r, text, sizeof(text) - 1);
	ATF_CHECK_EQ(RESPONSE_BAD, r.state);
	response_free(&r);
}

/* Nobody waits for a body that is not searched. */
ATF_TC_WITHOUT_HEAD(headers_are_enough);
ATF_TC_BODY(headers_are_enough, tc)
{
	struct response	 r;

	response_init(&r, 1);
	response_feed(&r, OK "Content-Length: 1000000\r\n\r", 43);
	ATF_CHECK(r.state < RESPONSE_DONE);
	response_feed(&r, "\n", 1);
	ATF_CHECK_EQ(RESPONSE_DONE, r.state);
	response_free(&r);
}

static void
feed_many(struct response *r, const char *text, size_t times)
{
	while (times-- > 0)
		response_feed(r, text, strlen(text));
}

ATF_TC_WITHOUT_HEAD(what_is_too_large_ends);
ATF_TC_BODY(what_is_too_large_ends, tc)
{
	struct response	 r;

	response_init(&r, 0);
	response_feed(&r, OK "A: ", strlen(OK "A: "));
	feed_many(&r, "0123456789", RESPONSE_LINE_MAX / 10 + 1);
	ATF_CHECK_STREQ("headers too large", r.why);
	response_free(&r);

	response_init(&r, 0);
	response_feed(&r, OK, strlen(OK));
	feed_many(&r, "Name: value\r\n", RESPONSE_HEAD_MAX / 13 + 1);
	ATF_CHECK_STREQ("headers too large", r.why);
	response_free(&r);

	response_init(&r, 0);
	feed_many(&r, "HTTP/1.1 100 x\r\n\r\n", RESPONSE_INTERIM_MAX + 1);
	ATF_CHECK_STREQ("no answer but interim ones", r.why);
	response_free(&r);
}

/* A body without end is searched as far as it is kept. */
ATF_TC_WITHOUT_HEAD(a_long_body_is_cut);
ATF_TC_BODY(a_long_body_is_cut, tc)
{
	struct response	 r;

	response_init(&r, 0);
	response_feed(&r, OK "\r\n", strlen(OK "\r\n"));
	feed_many(&r, "0123456789", RESPONSE_BODY_MAX / 10 + 100);
	ATF_CHECK_EQ(RESPONSE_DONE, r.state);
	ATF_CHECK(r.cut);
	ATF_CHECK_EQ(RESPONSE_BODY_MAX, r.nbody);
	ATF_CHECK(response_contains(&r, "90123"));
	ATF_CHECK(!response_contains(&r, "99"));
	response_free(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answers_in_any_pieces);
	ATF_TP_ADD_TC(tp, a_nul_is_no_header);
	ATF_TP_ADD_TC(tp, headers_are_enough);
	ATF_TP_ADD_TC(tp, what_is_too_large_ends);
	ATF_TP_ADD_TC(tp, a_long_body_is_cut);
	return (atf_no_error());
}
