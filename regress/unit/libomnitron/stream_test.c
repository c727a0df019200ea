/*
 * libomnitron in an event loop, and subscriptions: the test itself is the
 * daemon, at the other end of a socket pair.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/libomnitron/omnitron.h"

#define LONG	20000		/* ms; no test is meant to wait so long */

static struct omnitron *
pair(int *peer)
{
	struct omnitron	*c;
	int		 fd[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	ATF_REQUIRE((c = omnitron_new()) != NULL);
	ATF_REQUIRE_EQ(omnitron_attach(c, fd[0]), OMNITRON_OK);
	ATF_CHECK_EQ(omnitron_fd(c), fd[0]);
	*peer = fd[1];
	return (c);
}

static void
say(int fd, const char *s)
{
	ATF_REQUIRE(write(fd, s, strlen(s)) == (ssize_t)strlen(s));
}

/* Read a line and check that it contains the text. */
static void
hear(int fd, const char *want)
{
	char	 line[4096];
	size_t	 n;

	for (n = 0; n < sizeof(line) - 1; n++)
		if (read(fd, line + n, 1) != 1 || line[n] == '\n')
			break;
	line[n] = '\0';
	ATF_CHECK_MSG(strstr(line, want) != NULL, "%s", line);
}

struct seen {
	int			 calls;
	enum omnitron_status	 status;
	char			 text[64];
	enum omnitron_status	 inner;
	int			 error;
};

static void
answered(struct omnitron *c, enum omnitron_status status,
    const struct omnitron_reply *r, void *arg)
{
	struct seen		*s = arg;
	struct omnitron_reply	 inner;

	s->calls++;
	s->status = status;
	strlcpy(s->text, r->result != NULL ? r->result : r->message != NULL ?
	    r->message : "", sizeof(s->text));
	s->inner = omnitron_call(c, "S.inner", NULL, LONG, &inner);
	s->error = errno;
}

ATF_TC_WITHOUT_HEAD(answers_come_to_callbacks);
ATF_TC_BODY(answers_come_to_callbacks, tc)
{
	struct seen	 s[3];
	struct omnitron	*c;
	int64_t		 id;
	int		 peer, i;

	memset(s, 0, sizeof(s));
	c = pair(&peer);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(omnitron_request(c, "S.x", NULL, answered,
		    &s[i], &id), OMNITRON_OK);
	ATF_CHECK_EQ(id, 3);
	ATF_CHECK_EQ(omnitron_dispatch(c, 0), OMNITRON_OK);
	ATF_CHECK_EQ(s[0].calls, 0);
	/* In one piece, out of order, and the third in halves. */
	say(peer, "{\"id\":2,\"error\":{\"code\":-32004,\"message\":\"no\"}}\n"
	    "{\"id\":1,\"result\":[1]}\n{\"id\":3,\"res");
	ATF_CHECK_EQ(omnitron_dispatch(c, LONG), OMNITRON_OK);
	ATF_CHECK(s[0].calls == 1 && s[0].status == OMNITRON_OK);
	ATF_CHECK_STREQ("[1]", s[0].text);
	ATF_CHECK(s[1].calls == 1 && s[1].status == OMNITRON_ERROR);
	ATF_CHECK_STREQ("no", s[1].text);
	ATF_CHECK_EQ(s[2].calls, 0);
	/* A callback may not read. */
	ATF_CHECK_EQ(s[0].inner, OMNITRON_FAILED);
	ATF_CHECK_EQ(s[0].error, EDEADLK);
	omnitron_forget(c, 3);
	say(peer, "ult\":3}\n");
	ATF_CHECK_EQ(omnitron_dispatch(c, LONG), OMNITRON_OK);
	ATF_CHECK_EQ(s[2].calls, 0);
	close(peer);
	omnitron_free(c);
}

ATF_TC_WITHOUT_HEAD(callbacks_hear_of_the_end);
ATF_TC_BODY(callbacks_hear_of_the_end, tc)
{
	struct seen	 s[2];
	struct omnitron	*c;
	int		 peer;

	memset(s, 0, sizeof(s));
	c = pair(&peer);
	ATF_REQUIRE_EQ(omnitron_request(c, "S.x", NULL, answered, &s[0],
	    NULL), OMNITRON_OK);
	say(peer, "{\"id\":1,\"resu");
	close(peer);
	ATF_CHECK_EQ(omnitron_dispatch(c, LONG), OMNITRON_LOST);
	ATF_CHECK(s[0].calls == 1 && s[0].status == OMNITRON_LOST);
	ATF_CHECK_EQ(omnitron_request(c, "S.x", NULL, answered, &s[1], NULL),
	    OMNITRON_LOST);
	omnitron_free(c);
	c = pair(&peer);
	ATF_REQUIRE_EQ(omnitron_request(c, "S.x", NULL, answered, &s[1],
	    NULL), OMNITRON_OK);
	say(peer, "{\"id\":1,\"result\":\"\xff\"}\n");
	ATF_CHECK_EQ(omnitron_dispatch(c, LONG), OMNITRON_PROTOCOL);
	ATF_CHECK(s[1].calls == 1 && s[1].status == OMNITRON_PROTOCOL);
	ATF_CHECK_EQ(omnitron_dispatch(c, LONG), OMNITRON_LOST);
	close(peer);
	omnitron_free(c);
}

static void
entry(struct omnitron *c, const struct omnitron_note *note, void *arg)
{
	struct seen	*s = arg;

	s->calls++;
	ATF_CHECK_STREQ("OmnitronLogs.entry", note->method);
	strlcpy(s->text, note->params, sizeof(s->text));
	/* Sending is allowed. */
	ATF_CHECK_EQ(omnitron_send(c, "S.seen", NULL, &(int64_t){ 0 }),
	    OMNITRON_OK);
}

ATF_TC_WITHOUT_HEAD(subscriptions_have_callbacks_of_their_own);
ATF_TC_BODY(subscriptions_have_callbacks_of_their_own, tc)
{
	struct seen		 s[2];
	struct omnitron_reply	 r;
	struct omnitron_note	 note;
	struct omnitron		*c;
	int64_t			 sub[2];
	int			 peer;

	memset(s, 0, sizeof(s));
	c = pair(&peer);
	say(peer, "{\"id\":1,\"result\":{\"subscription\":7}}\n"
	    "{\"method\":\"OmnitronLogs.entry\",\"params\":{\"subscription\":7,"
	    "\"entry\":1}}\n{\"id\":2,\"result\":{\"subscription\":8}}\n");
	ATF_REQUIRE_EQ(omnitron_stream(c, "OmnitronLogs.streamLogs",
	    "{\"app\":\"a\"}", LONG, entry, &s[0], &sub[0], &r), OMNITRON_OK);
	hear(peer, "\"params\":{\"app\":\"a\"}");
	ATF_REQUIRE_EQ(omnitron_stream(c, "OmnitronLogs.streamLogs", NULL,
	    LONG, entry, &s[1], &sub[1], &r), OMNITRON_OK);
	ATF_CHECK(sub[0] == 7 && sub[1] == 8);
	ATF_CHECK(s[0].calls == 1 && s[1].calls == 0);
	ATF_CHECK_STREQ("{\"subscription\":7,\"entry\":1}", s[0].text);
	say(peer, "{\"method\":\"OmnitronLogs.entry\",\"params\":"
	    "{\"subscription\":8}}\n{\"method\":\"Other\"}\n");
	ATF_CHECK_EQ(omnitron_dispatch(c, LONG), OMNITRON_OK);
	ATF_CHECK(s[0].calls == 1 && s[1].calls == 1);
	ATF_REQUIRE_EQ(omnitron_next(c, 0, &note), OMNITRON_OK);
	ATF_CHECK_STREQ("Other", note.method);
	ATF_CHECK(note.params == NULL);
	omnitron_note_clear(&note);
	hear(peer, "streamLogs");
	hear(peer, "S.seen");
	hear(peer, "S.seen");
	say(peer, "{\"id\":5,\"result\":{\"success\":true}}\n"
	    "{\"method\":\"X\",\"params\":{\"subscription\":8}}\n");
	ATF_CHECK_EQ(omnitron_unstream(c, 8, LONG), OMNITRON_OK);
	hear(peer, "OmnitronLogs.unsubscribe\",\"params\":"
	    "{\"subscription\":8}");
	ATF_REQUIRE_EQ(omnitron_next(c, LONG, &note), OMNITRON_OK);
	ATF_CHECK_STREQ("X", note.method);
	omnitron_note_clear(&note);
	ATF_CHECK_EQ(omnitron_unstream(c, 8, LONG), OMNITRON_FAILED);
	ATF_CHECK_EQ(s[1].calls, 1);
	close(peer);
	omnitron_free(c);
}

ATF_TC_WITHOUT_HEAD(refused_subscription_is_told);
ATF_TC_BODY(refused_subscription_is_told, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	int64_t			 sub;
	int			 peer;

	c = pair(&peer);
	say(peer, "{\"id\":1,\"error\":{\"code\":-32004,\"message\":\"no app\","
	    "\"data\":{\"code\":\"NOT_FOUND\"}}}\n{\"id\":2,\"result\":{}}\n");
	ATF_CHECK_EQ(omnitron_stream(c, "S.x", NULL, LONG, entry, NULL, &sub,
	    &r), OMNITRON_ERROR);
	ATF_CHECK_EQ(r.code, -32004);
	ATF_CHECK_STREQ("NOT_FOUND", r.name);
	omnitron_reply_clear(&r);
	ATF_CHECK_EQ(omnitron_stream(c, "S.x", NULL, LONG, entry, NULL, &sub,
	    &r), OMNITRON_FAILED);
	ATF_CHECK_EQ(sub, 0);
	close(peer);
	omnitron_free(c);
}

/* Attached anew, nothing of the old connection is left. */
ATF_TC_WITHOUT_HEAD(new_connection_begins_afresh);
ATF_TC_BODY(new_connection_begins_afresh, tc)
{
	struct omnitron_reply	 r;
	struct omnitron_note	 note;
	struct seen		 s;
	struct omnitron		*c;
	int64_t			 id;
	int			 peer, fd[2];

	memset(&s, 0, sizeof(s));
	c = pair(&peer);
	ATF_REQUIRE_EQ(omnitron_send(c, "S.x", NULL, &id), OMNITRON_OK);
	ATF_REQUIRE_EQ(omnitron_request(c, "S.x", NULL, answered, &s, NULL),
	    OMNITRON_OK);
	say(peer, "{\"method\":\"N\"}\n{\"id\":1,\"result\":1}\n{\"id");
	ATF_CHECK_EQ(omnitron_dispatch(c, LONG), OMNITRON_OK);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	ATF_REQUIRE_EQ(omnitron_attach(c, fd[0]), OMNITRON_OK);
	ATF_CHECK_EQ(omnitron_wait(c, id, 0, &r), OMNITRON_FAILED);
	ATF_CHECK_EQ(omnitron_next(c, 0, &note), OMNITRON_TIMEOUT);
	ATF_CHECK_EQ(s.calls, 0);
	say(fd[1], "{\"id\":3,\"result\":\"new\"}\n");
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	ATF_CHECK_STREQ("\"new\"", r.result);
	omnitron_reply_clear(&r);
	close(peer);
	close(fd[1]);
	omnitron_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answers_come_to_callbacks);
	ATF_TP_ADD_TC(tp, callbacks_hear_of_the_end);
	ATF_TP_ADD_TC(tp, subscriptions_have_callbacks_of_their_own);
	ATF_TP_ADD_TC(tp, refused_subscription_is_told);
	ATF_TP_ADD_TC(tp, new_connection_begins_afresh);
	return (atf_no_error());
}
