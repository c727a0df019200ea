/*
 * Can an app's user run its program, and be in its directory?  Asked by
 * omnitrond -n only: what is missing may be installed before the start.  In
 * the parent; reads modes, not files, and by those of the real path, so that
 * links count as what they lead to.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/parent/conf_parse.h"

static int
program_in_group(const struct process_conf *pc, gid_t gid)
{
	int	 i;

	for (i = 0; i < pc->ngroups; i++)
		if (pc->groups[i] == gid)
			return (1);
	return (pc->gid == gid);
}

/* May the app's user execute the file, or go through the folder? */
static int
program_x(const struct process_conf *pc, const struct stat *st)
{
	if (pc->uid == 0)
		return (S_ISDIR(st->st_mode) || (st->st_mode & 0111) != 0);
	if (st->st_uid == pc->uid)
		return ((st->st_mode & S_IXUSR) != 0);
	if (program_in_group(pc, st->st_gid))
		return ((st->st_mode & S_IXGRP) != 0);
	return ((st->st_mode & S_IXOTH) != 0);
}

/* The folders on the way to a real path; -1 and which one is closed. */
static int
program_way(const struct process_conf *pc, char *path, char *err,
    size_t errsize)
{
	struct stat	 st;
	char		*slash;
	int		 open;

	for (slash = strchr(path + 1, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		open = stat(path, &st) == 0 && program_x(pc, &st);
		if (!open)
			snprintf(err, errsize, "user \"%s\" cannot enter the "
			    "folder %s", pc->user, path);
		*slash = '/';
		if (!open)
			return (-1);
	}
	return (0);
}

int
conf_program(const struct process_conf *pc, const char *path, int folder,
    char *err, size_t errsize)
{
	char		 real[PATH_MAX];
	struct stat	 st;

	if (realpath(path, real) == NULL || stat(real, &st) == -1) {
		snprintf(err, errsize, "%s", errno != ENOENT ?
		    strerror(errno) : folder ? "there is no such folder" :
		    "there is no such program");
		return (-1);
	}
	if (program_way(pc, real, err, errsize) == -1)
		return (-1);
	if (folder ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode)) {
		snprintf(err, errsize, "is not a %s", folder ? "folder" :
		    "file");
		return (-1);
	}
	if (!program_x(pc, &st)) {
		snprintf(err, errsize, "user \"%s\" may not %s it", pc->user,
		    folder ? "enter" : "execute");
		return (-1);
	}
	return (0);
}
