/*
 * Rotation: NAME.log becomes NAME.log.1, that NAME.log.2, and so on.  Logger
 * only; renames and removes files of the log folder.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/logger/file.h"

char *
file_name(const struct file *f, unsigned n, char *buf, size_t size)
{
	if (n == 0)
		strlcpy(buf, f->name, size);
	else
		snprintf(buf, size, "%s.%u", f->name, n);
	return (buf);
}

/* The first number that is free, or max + 1. */
static unsigned
rotate_gap(const struct file *f, unsigned max)
{
	struct stat	 st;
	char		 name[FILE_NAME_SIZE];
	unsigned	 n;

	for (n = 1; n <= max; n++)
		if (lstat(file_name(f, n, name, sizeof(name)), &st) == -1 &&
		    errno == ENOENT)
			break;
	return (n);
}

/* Numbers that a smaller max-files no longer allows. */
static void
rotate_trim(const struct file *f, unsigned n)
{
	char	 name[FILE_NAME_SIZE];

	for (; n <= ROTATED_MAX; n++)
		if (unlink(file_name(f, n, name, sizeof(name))) == -1)
			break;
}

int
file_rotate(struct file *f)
{
	char		 from[FILE_NAME_SIZE], to[FILE_NAME_SIZE];
	unsigned	 max = f->rules.max_files, n;

	if (max > ROTATED_MAX)
		max = ROTATED_MAX;
	if (max == 0) {
		if (unlink(f->name) == -1 && errno != ENOENT)
			return (-1);
	} else {
		n = rotate_gap(f, max);
		if (n > max)
			n = max;	/* the oldest is replaced */
		for (; n > 0; n--)
			if (rename(file_name(f, n - 1, from, sizeof(from)),
			    file_name(f, n, to, sizeof(to))) == -1 &&
			    errno != ENOENT)
				return (-1);
	}
	rotate_trim(f, max + 1);
	f->rotations++;
	return (0);
}
