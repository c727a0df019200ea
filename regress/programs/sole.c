/*
 * A program for tests that must never run twice at a time: sole FILE REPORT
 * [WHAT].  It holds an flock on FILE; if another process has it, it adds a
 * line to REPORT and exits 99.  Otherwise it notes its pid in FILE and does
 * WHAT: "stay" (until a signal ends it), "flood" (write lines for ever),
 * "count" (a numbered line each 2 ms), or MS:CODE (exit after that time).
 */
#include <sys/file.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
report(const char *path, const char *what)
{
	char	 line[512];
	int	 fd, n;

	n = snprintf(line, sizeof(line), "%s: pid %d finds another\n", what,
	    (int)getpid());
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		perror(path);
	exit(99);
}

static void
take(const char *path, const char *reports)
{
	char	 pid[32];
	int	 fd, n;

	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666)) == -1) {
		perror(path);
		exit(98);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		report(reports, path);
	n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) == -1 || write(fd, pid, (size_t)n) != n)
		perror(path);
}

static void
pause_ms(long ms)
{
	struct timespec	 ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

int
main(int argc, char **argv)
{
	const char	*what = argc > 3 ? argv[3] : "stay", *code;
	unsigned long	 n;

	if (argc < 3)
		return (64);
	take(argv[1], argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (n = 1; strcmp(what, "count") == 0; n++) {
		printf("line %lu\n", n);
		pause_ms(2);
	}
	for (n = 1; strcmp(what, "flood") == 0; n++)
		printf("flood %lu of a line that has some length\n", n);
	if ((code = strchr(what, ':')) != NULL) {
		pause_ms(strtol(what, NULL, 10));
		return ((int)strtol(code + 1, NULL, 10));
	}
	for (;;)
		pause();
}
