/*
 * libomnitron against peers that say anything, in pieces of any size:
 * nothing crashes, every call comes to its end, and what is well formed is
 * still answered.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/libomnitron/omnitron.h"

#define PATH	"c.sock"	/* in the folder of the test */
#define ROUNDS	20000

static const char *const bits[] = { "{", "}", "[", "]", ",", ":", "\n",
    "\"id\"", "\"id\":1", "\"id\":2", "\"id\":null", "\"id\":-1", "\"id\":{}",
    "\"result\":", "\"result\":1", "\"error\":{\"code\":-1,\"message\":\"m\"}",
    "\"error\":{\"code\":1}", "\"method\":\"invoke\"", "\"method\":1",
    "\"method\":\"health\"", "\"method\":\"shutdown\"", "\"method\":\"N\"",
    "\"params\":{\"subscription\":7}", "\"params\":[]",
    "\"params\":{\"service\":\"s\",\"method\":\"m\",\"args\":[1]}",
    "\"params\":{\"service\":1}", "\"p\\u0061rams\":{}", "\\", "\xff", "\"",
    "{\"id\":1,\"result\":{\"subscription\":7}}\n", "{\"method\":\"N\"}\n",
    "{\"id\":9,\"method\":\"invoke\",\"params\":{\"service\":\"s\","
    "\"method\":\"m\",\"args\":{\"a\":1}}}\n", "1e400", "\r", " ", "\t" };

/* A generator of its own: the same rounds everywhere. */
static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16);
}

/* Something, sent in two pieces. */
static void
babble(int fd, uint32_t *seed, void (*between)(void *), void *arg)
{
	char	 text[2048] = "";
	size_t	 len, cut;
	int	 n;

	for (n = (int)(next(seed) % 12); n >= 0; n--)
		strlcat(text, bits[next(seed) % (sizeof(bits) /
		    sizeof(bits[0]))], sizeof(text));
	strlcat(text, "\n", sizeof(text));
	len = strlen(text);
	cut = next(seed) % len;
	(void)send(fd, text, cut, MSG_NOSIGNAL);
	between(arg);
	(void)send(fd, text + cut, len - cut, MSG_NOSIGNAL);
	between(arg);
}

struct count {
	int	 answers;
	int	 notes;
	int	 calls;
};

static void
answered(struct omnitron *c, enum omnitron_status st,
    const struct omnitron_reply *r, void *arg)
{
	struct count	*n = arg;

	ATF_REQUIRE((st == OMNITRON_OK) == (r->result != NULL));
	ATF_REQUIRE((st == OMNITRON_ERROR) == (r->message != NULL));
	n->answers++;
}

static void
noted(struct omnitron *c, const struct omnitron_note *note, void *arg)
{
	struct count	*n = arg;

	ATF_REQUIRE(note->method != NULL);
	n->notes++;
}

static void
client_turn(void *c)
{
	(void)omnitron_dispatch(c, 0);
}

ATF_TC_WITHOUT_HEAD(client_outlives_any_daemon);
ATF_TC_BODY(client_outlives_any_daemon, tc)
{
	struct omnitron	*c;
	struct count	 n = { 0, 0, 0 };
	uint32_t	 seed = 1;
	int		 i, fd[2], sent = 0;

	for (i = 0; i < ROUNDS; i++) {
		ATF_REQUIRE((c = omnitron_new()) != NULL);
		omnitron_on_note(c, noted, &n);
		ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
		ATF_REQUIRE_EQ(omnitron_attach(c, fd[0]), OMNITRON_OK);
		ATF_REQUIRE_EQ(omnitron_request(c, "S.x", NULL, answered, &n,
		    NULL), OMNITRON_OK);
		sent++;
		babble(fd[1], &seed, client_turn, c);
		close(fd[1]);
		while (omnitron_dispatch(c, -1) == OMNITRON_OK)
			;
		omnitron_free(c);
	}
	ATF_CHECK_EQ(n.answers, sent);	/* each once, be it that it is lost */
	ATF_CHECK(n.notes > 100);
}

static void
method(struct omnitron_invoke *v, const char *args, void *arg)
{
	struct count	*n = arg;

	ATF_REQUIRE(args[0] == '[' || args[0] == '{');
	n->calls++;
	(void)omnitron_invoke_reply(v, args);
}

static const struct omnitron_method methods[] = {
	{ "m", method }, { NULL, NULL }
};

static void
app_turn(void *app)
{
	omnitron_app_dispatch(app);
}

ATF_TC_WITHOUT_HEAD(app_outlives_any_daemon);
ATF_TC_BODY(app_outlives_any_daemon, tc)
{
	struct sockaddr_un	 sun;
	struct omnitron_app	*app;
	struct count		 n = { 0, 0, 0 };
	uint32_t		 seed = 2;
	int			 i, l, fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, PATH, sizeof(sun.sun_path));
	ATF_REQUIRE((l = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(bind(l, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	ATF_REQUIRE(listen(l, 5) == 0);
	for (i = 0; i < ROUNDS; i++) {
		ATF_REQUIRE((app = omnitron_app_open(PATH)) != NULL);
		ATF_REQUIRE(omnitron_app_register(app, "s", "1", methods,
		    &n) == 0);
		ATF_REQUIRE((fd = accept(l, NULL, NULL)) != -1);
		babble(fd, &seed, app_turn, app);
		close(fd);
		omnitron_app_dispatch(app);
		omnitron_app_close(app);
	}
	ATF_CHECK(n.calls > 100);
	close(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, client_outlives_any_daemon);
	ATF_TP_ADD_TC(tp, app_outlives_any_daemon);
	return (atf_no_error());
}
