/*
 * Waiting until interrupted.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/hold.h"

static volatile sig_atomic_t	 hold_interrupted;

static void
hold_signal(int sig)
{
	hold_interrupted = 1;
}

int
hold_stopped(void)
{
	return (hold_interrupted);
}

void
hold_begin(struct hold *h)
{
	struct sigaction	 sa;
	sigset_t		 set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &h->open);
	sigdelset(&h->open, SIGINT);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = hold_signal;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
}

void
hold_wait(const struct hold *h, int fd, int ms)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	struct timespec	 ts = { ms / 1000, ms % 1000 * 1000000L };

	(void)ppoll(&pfd, 1, ms < 0 ? NULL : &ts, &h->open);
}

int
hold_again(const struct hold *h, struct ctl *ctl)
{
	int	 ms = HOLD_RETRY_MS;

	for (;;) {
		conn_close(ctl);
		hold_wait(h, -1, ms);
		if (hold_stopped())
			return (EXIT_DONE);
		if ((ms *= 2) > HOLD_RETRY_MAX_MS)
			ms = HOLD_RETRY_MAX_MS;
		if (conn_try(ctl, NULL, 0) == 0)
			return (EXIT_DONE);
		if (conn_refused(ctl, errno))
			return (conn_open(ctl));
	}
}
