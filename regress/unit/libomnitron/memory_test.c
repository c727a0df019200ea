/*
 * libomnitron when memory is out: each allocation of a scenario fails in
 * turn.  Nothing may crash, and what cannot be done says ENOMEM.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/libomnitron/omnitron.h"

#define PATH	"c.sock"	/* in the folder of the test */
#define LONG	20000		/* ms */

static long	 fail_at;	/* the allocation that fails; 0 none */
static long	 count;		/* allocations since */

/* Every allocation of the process, glibc's own too. */
#if defined(__GLIBC__) && !defined(SANITIZE)
#define CAN_FAIL	1
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

static int
fails(void)
{
	if (fail_at == 0 || ++count != fail_at)
		return (0);
	errno = ENOMEM;
	return (1);
}

void *
malloc(size_t n)
{
	return (fails() ? NULL : __libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{
	return (fails() ? NULL : __libc_calloc(n, size));
}

void *
realloc(void *p, size_t n)
{
	return (fails() ? NULL : __libc_realloc(p, n));
}
#else
#define CAN_FAIL	0
#endif

/* A scenario returns 0 if it went through, else the errno of its failure. */
static void
run(int (*scenario)(void))
{
	long	 n;
	int	 error, failed = 0;

	if (!CAN_FAIL)
		atf_tc_skip("allocations cannot be made to fail here");
	for (n = 1;; n++) {
		count = 0;
		fail_at = n;
		error = scenario();
		fail_at = 0;
		if (count < n)
			break;
		ATF_CHECK_MSG(error == 0 || error == ENOMEM, "%ld: %s", n,
		    strerror(error));
		failed += error != 0;
	}
	ATF_CHECK_EQ_MSG(error, 0, "%s", strerror(error));
	ATF_CHECK_MSG(failed > 3, "only %d failed", failed);
}

static int
call(void)
{
	static const char	 text[] = "{\"method\":\"N\",\"params\":{}}\n"
	    "{\"id\":1,\"result\":{\"a\":[1,2]}}\n";
	struct omnitron_reply	 r;
	struct omnitron		*c;
	enum omnitron_status	 st;
	int			 fd[2], error = 0;

	if ((c = omnitron_new()) == NULL)
		return (errno);
	if (omnitron_set(c, OMNITRON_HOME, "/nowhere") == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1) {
		error = errno;
		omnitron_free(c);
		return (error);
	}
	if (write(fd[1], text, sizeof(text) - 1) == -1)
		_exit(2);
	st = omnitron_attach(c, fd[0]);
	if (st == OMNITRON_OK)
		st = omnitron_call(c, "S.x", "{\"b\":\n1}", LONG, &r);
	if (st != OMNITRON_OK)
		error = errno;
	else
		omnitron_reply_clear(&r);
	close(fd[1]);
	omnitron_free(c);
	return (error);
}

ATF_TC_WITHOUT_HEAD(call_reports_it);
ATF_TC_BODY(call_reports_it, tc)
{
	run(call);
}

static int
json(void)
{
	char	*object, *string, *quoted;
	int64_t	 v;
	int	 error = 0;

	object = omnitron_json_member("{\"a\":{\"b\":1}}", "a");
	if (object == NULL)
		return (errno);
	if ((string = omnitron_json_string("\"x\\n\"")) == NULL)
		error = errno;
	if ((quoted = omnitron_json_quote("x\n")) == NULL ||
	    omnitron_json_int("12", &v) == -1)
		error = errno;
	free(object);
	free(string);
	free(quoted);
	return (error);
}

ATF_TC_WITHOUT_HEAD(json_reports_it);
ATF_TC_BODY(json_reports_it, tc)
{
	run(json);
}

static int	 listener, invoked;

static void
method(struct omnitron_invoke *v, const char *args, void *arg)
{
	invoked = omnitron_invoke_reply(v, args) == -1 ? errno : 0;
}

static const struct omnitron_method methods[] = {
	{ "m", method }, { NULL, NULL }
};

/* Without memory it says so or begins anew; either way it goes on. */
static int
app(void)
{
	static const char	 text[] = "{\"id\":1,\"method\":\"invoke\","
	    "\"params\":{\"service\":\"s\",\"method\":\"m\",\"args\":[1]}}\n"
	    "{\"id\":2,\"method\":\"health\"}\n";
	struct omnitron_app	*a;
	int			 fd, error = 0;

	invoked = 0;
	if ((a = omnitron_app_open(PATH)) == NULL)
		return (errno);
	if ((fd = accept(listener, NULL, NULL)) == -1)
		_exit(2);
	if (omnitron_app_register(a, "s", "1", methods, NULL) == -1 ||
	    omnitron_app_ready(a) == -1)
		error = errno;
	/* It may have hung up already, to begin anew. */
	(void)send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	omnitron_app_dispatch(a);
	omnitron_app_dispatch(a);
	close(fd);
	omnitron_app_close(a);
	return (error != 0 ? error : invoked);
}

ATF_TC_WITHOUT_HEAD(app_reports_it);
ATF_TC_BODY(app_reports_it, tc)
{
	struct sockaddr_un	 sun;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, PATH, sizeof(sun.sun_path));
	ATF_REQUIRE((listener = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(bind(listener, (struct sockaddr *)&sun,
	    sizeof(sun)) == 0);
	ATF_REQUIRE(listen(listener, 5) == 0);
	run(app);
	close(listener);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, call_reports_it);
	ATF_TP_ADD_TC(tp, json_reports_it);
	ATF_TP_ADD_TC(tp, app_reports_it);
	return (atf_no_error());
}
