/*
 * A program for tests: writes numbered lines to stdout as fast as they are
 * taken, as many as its argument says, else until it is killed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES	512		/* of one write */
#define WIDTH	100

int
main(int argc, char **argv)
{
	static char		 buf[LINES * WIDTH];
	char			*p;
	unsigned long long	 n, max;
	unsigned		 i;

	max = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	for (n = 0; max == 0 || n < max;) {
		for (p = buf, i = 0; i < LINES && (max == 0 || n < max); i++)
			p += snprintf(p, WIDTH, "line %llu of the flood, "
			    "which goes on and on and on, end %llu\n", n, n),
			    n++;
		if (fwrite(buf, 1, (size_t)(p - buf), stdout) !=
		    (size_t)(p - buf))
			return (1);
	}
	return (fflush(stdout) == EOF);
}
