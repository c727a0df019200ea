/*
 * A program for measurements: writes CLOCK_MONOTONIC in nanoseconds and its
 * pid (8 bytes each) to the FIFO that is its argument, then waits for TERM.
 */
#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct timespec	 ts;
	uint64_t	 out[2];
	int		 fd;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (argc != 2 || (fd = open(argv[1], O_WRONLY)) == -1)
		return (1);
	out[0] = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	out[1] = (uint64_t)getpid();
	if (write(fd, out, sizeof(out)) != sizeof(out))
		return (1);
	close(fd);
	for (;;)
		pause();
}
