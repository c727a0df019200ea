/*
 * A program for tests: takes a write lease on the file that is its first
 * argument, makes the empty file that is its second, and holds the lease
 * until its third exists; the kernel's request to give it up (SIGIO) makes
 * the empty file that is its fourth.  Linux.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define LOOK_US		5000

static volatile sig_atomic_t	 asked;

static void
lease_asked(int sig)
{
	asked = 1;
}

static int
lease_mark(const char *path)
{
	int	 fd;

	if ((fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) == -1) {
		perror(path);
		return (-1);
	}
	return (close(fd));
}

int
main(int argc, char **argv)
{
	int	 fd, told = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: lease file held release asked\n");
		return (64);
	}
	if (signal(SIGIO, lease_asked) == SIG_ERR)
		return (1);
	if ((fd = open(argv[1], O_RDONLY | O_CLOEXEC)) == -1) {
		perror(argv[1]);
		return (1);
	}
	if (fcntl(fd, F_SETLEASE, F_WRLCK) == -1) {
		perror("F_SETLEASE");
		return (1);
	}
	if (lease_mark(argv[2]) == -1)
		return (1);
	while (access(argv[3], F_OK) == -1) {
		if (asked && !told && lease_mark(argv[4]) == -1)
			return (1);
		told |= asked;
		usleep(LOOK_US);
	}
	return (fcntl(fd, F_SETLEASE, F_UNLCK) == -1);
}
