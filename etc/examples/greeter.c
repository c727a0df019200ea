/*
 * greeter: a small service that others call by `omnitronctl exec`, in C.
 *
 *	cc -o greeter greeter.c $(pkg-config --cflags --libs omnitron)
 *
 *	hello(name)	"hello, name"
 *	add(a, b)	their sum
 *	slow(ms)	answers later, and others meanwhile
 *	fail()		an error
 *
 * On TERM it answers what it was asked before and ends.
 */
#include <omnitron.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define INVALID		(-32602)	/* parameters */

struct slow {				/* an answer that is due later */
	struct omnitron_invoke	*invoke;
	long long		 due;
	struct slow		*next;
};

static struct slow	*slows;
static int		 wake[2];	/* the signal handler wakes the loop */

static long long
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec * 1000LL + ts.tv_nsec / 1000000);
}

/* Element n of the arguments, as a number. */
static int
number(const char *args, size_t n, double *d)
{
	char	*text = omnitron_json_element(args, n);
	int	 rv = text == NULL ? -1 : omnitron_json_double(text, d);

	free(text);
	return (rv);
}

static void
hello(struct omnitron_invoke *v, const char *args, void *arg)
{
	char	*json = omnitron_json_element(args, 0), *name = NULL, text[256];

	if (json != NULL)
		name = omnitron_json_string(json);
	free(json);
	if (name == NULL) {
		omnitron_invoke_fail(v, INVALID, "hello: a name", NULL);
		return;
	}
	snprintf(text, sizeof(text), "hello, %s", name);
	free(name);
	if ((json = omnitron_json_quote(text)) != NULL)
		omnitron_invoke_reply(v, json);
	else
		omnitron_invoke_fail(v, 0, "out of memory", NULL);
	free(json);
}

static void
add(struct omnitron_invoke *v, const char *args, void *arg)
{
	double	 a, b;
	char	 text[32];

	if (number(args, 0, &a) == -1 || number(args, 1, &b) == -1) {
		omnitron_invoke_fail(v, INVALID, "add: two numbers", NULL);
		return;
	}
	snprintf(text, sizeof(text), "%.15g", a + b);
	omnitron_invoke_reply(v, text);
}

static void
slow(struct omnitron_invoke *v, const char *args, void *arg)
{
	struct slow	*s;
	double		 ms;

	if (number(args, 0, &ms) == -1 || ms < 0 || ms > 60000)
		omnitron_invoke_fail(v, INVALID, "slow: milliseconds", NULL);
	else if ((s = malloc(sizeof(*s))) == NULL)
		omnitron_invoke_fail(v, 0, "out of memory", NULL);
	else {
		s->invoke = v;
		s->due = now() + (long long)ms;
		s->next = slows;
		slows = s;
	}
}

static void
fail(struct omnitron_invoke *v, const char *args, void *arg)
{
	omnitron_invoke_fail(v, 0, "as you wished", "{\"code\":\"FAILED\"}");
}

static const struct omnitron_method methods[] = {
	{ "hello", hello }, { "add", add }, { "slow", slow },
	{ "fail", fail }, { NULL, NULL }
};

/* Answer what is due; how long until the next, -1 for never. */
static int
slow_run(void)
{
	struct slow	**p = &slows, *s;
	long long	  t = now(), next = -1;

	while ((s = *p) != NULL) {
		if (s->due <= t) {
			omnitron_invoke_reply(s->invoke, "\"at last\"");
			*p = s->next;
			free(s);
			continue;
		}
		if (next == -1 || s->due - t < next)
			next = s->due - t;
		p = &s->next;
	}
	return ((int)next);
}

static void
on_signal(int sig)
{
	if (write(wake[1], "", 1) == -1)
		return;			/* full: it will wake anyway */
}

static void
on_shutdown(struct omnitron_app *app, int64_t deadline, void *arg)
{
	on_signal(SIGTERM);
}

int
main(void)
{
	struct omnitron_app	*app;
	struct pollfd		 pfd[2];
	int			 ending = 0, timeout, next;

	if (pipe(wake) == -1 || fcntl(wake[1], F_SETFL, O_NONBLOCK) == -1)
		err(1, "pipe");
	signal(SIGTERM, on_signal);
	if ((app = omnitron_app_open(NULL)) == NULL)
		err(1, "no channel to omnitrond");
	omnitron_app_on_shutdown(app, on_shutdown, NULL);
	if (omnitron_app_register(app, "greeter", "1.0", methods, NULL) == -1 ||
	    omnitron_app_ready(app) == -1)
		err(1, "omnitron");
	omnitron_app_status(app, "greeting");
	while (!ending || slows != NULL) {
		next = slow_run();
		timeout = omnitron_app_timeout(app);
		if (next != -1 && (timeout == -1 || next < timeout))
			timeout = next;
		pfd[0].fd = omnitron_app_fd(app);
		pfd[0].events = omnitron_app_events(app);
		pfd[1].fd = ending ? -1 : wake[0];
		pfd[1].events = POLLIN;
		pfd[1].revents = 0;
		(void)poll(pfd, 2, timeout);
		omnitron_app_dispatch(app);
		if (pfd[1].revents != 0)
			ending = 1;
	}
	omnitron_app_close(app);
	return (0);
}
