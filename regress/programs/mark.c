/*
 * A program for tests: appends a line "NAME MONOTONIC-MS PID TICKS" to the
 * file that is its first argument; TICKS is when the kernel made the process,
 * however much later it came to run.  The second is NAME, the third what to
 * do then: exit with that code, or "stay" until TERM and append "NAME.end ..."
 * before it exits.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Field 22 of proc(5), the 20th after the name; 0 where there is none. */
static long long
ticks(void)
{
	char	 text[1024], *p;
	FILE	*f;
	int	 field;

	text[0] = '\0';
	if ((f = fopen("/proc/self/stat", "r")) != NULL) {
		if (fgets(text, sizeof(text), f) == NULL)
			text[0] = '\0';
		fclose(f);
	}
	p = strrchr(text, ')');
	for (field = 0; p != NULL && field < 20; field++)
		p = strchr(p + 1, ' ');
	return (p != NULL ? strtoll(p, NULL, 10) : 0);
}

static void
mark(const char *path, const char *name, const char *what)
{
	struct timespec	 ts;
	char		 line[256];
	int		 fd, n;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	n = snprintf(line, sizeof(line), "%s%s %lld %d %lld\n", name, what,
	    (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000,
	    (int)getpid(), ticks());
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, line, (size_t)n) != n) {
		perror(path);
		exit(99);
	}
	close(fd);
}

int
main(int argc, char **argv)
{
	sigset_t	 set;
	int		 sig;

	if (argc != 4) {
		fprintf(stderr, "usage: mark file name exit-code|stay\n");
		return (64);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	mark(argv[1], argv[2], "");
	if (strcmp(argv[3], "stay") != 0)
		return ((int)strtol(argv[3], NULL, 10));
	sigwait(&set, &sig);
	mark(argv[1], argv[2], ".end");
	return (0);
}
