/*
 * What the kernel alone takes: starts the program N times, and on TERM tells
 * all of them to end, waits until they have and exits.  No feature of a
 * supervisor, so that bench.py can say how many times longer one takes.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t
start(char *const argv[], const sigset_t *old)
{
	pid_t	 pid;

	/* only the child uses what they share, until it is another program */
	if ((pid = vfork()) == 0) {
		setsid();
		sigprocmask(SIG_SETMASK, old, NULL);
		execv(argv[0], argv);
		_exit(127);
	}
	return (pid);
}

int
main(int argc, char **argv)
{
	sigset_t	 term, old;
	pid_t		*pids;
	long		 i, n;
	int		 sig;

	if (argc < 3 || (n = strtol(argv[1], NULL, 10)) < 1 ||
	    (pids = calloc((size_t)n, sizeof(*pids))) == NULL) {
		fprintf(stderr, "usage: ref number program [argument ...]\n");
		return (64);
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &old);
	for (i = 0; i < n; i++)
		if ((pids[i] = start(argv + 2, &old)) == -1) {
			perror("vfork");
			return (1);
		}
	sigwait(&term, &sig);
	for (i = 0; i < n; i++)
		kill(pids[i], SIGTERM);
	while (wait(NULL) != -1 || errno == EINTR)
		;
	return (0);
}
