/*
 * The folders of the daemon's processes.
 *
 * Runs in the parent, as root when the daemon was started so: what it gives
 * to an unprivileged user is by descriptor, and either new, empty or that
 * user's already.  `logdir "/etc"` must not give /etc away.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/folder.h"
#include "omnitrond/parent/safepath.h"

#define FOLDER_OPEN	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* 1 if nothing is in it; 0 also if that cannot be told. */
static int
folder_empty(int fd)
{
	struct dirent	*d;
	DIR		*dir;
	int		 copy = openat(fd, ".", FOLDER_OPEN), empty = 1;

	if (copy == -1)
		return (0);
	if ((dir = fdopendir(copy)) == NULL) {
		close(copy);
		return (0);
	}
	errno = 0;
	while (empty && (d = readdir(dir)) != NULL)
		empty = strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0;
	if (errno != 0)
		empty = 0;
	closedir(dir);
	return (empty);
}

/* May this one be given to uid?  NULL, or why not and what helps. */
static const char *
folder_refused(int fd, const struct stat *st, uid_t uid)
{
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return ("is writable by others: chmod go-w it");
	if (st->st_uid == uid)
		return (NULL);
	if (st->st_uid != geteuid())
		return ("belongs to another user: choose another folder, or "
		    "chown it to the process that uses it");
	if (!folder_empty(fd))
		return ("is in use for something else: choose a folder of its "
		    "own, or chown this one to the process that uses it");
	return (NULL);
}

/* Of the open folder: mode and owner.  The privileged part ends here. */
static int
folder_give(int fd, int made, mode_t mode, uid_t uid, gid_t gid,
    const char **why)
{
	struct stat	 st;

	*why = NULL;
	if (fstat(fd, &st) == -1)
		return (-1);
	if (!made && (*why = folder_refused(fd, &st, uid)) != NULL)
		return (-1);
	if ((st.st_uid != uid || st.st_gid != gid) &&
	    fchown(fd, uid, gid) == -1)
		return (-1);
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) == -1)
		return (-1);
	return (0);
}

int
folder_have(const char *path, mode_t mode, uid_t uid, gid_t gid, char *err,
    size_t errsize)
{
	const char	*name, *why = NULL;
	int		 dir, fd = -1, made, rv = -1;

	dir = safepath_parent(path, SAFEPATH_STICKY, &name, err, errsize);
	if (dir == -1)
		return (-1);
	made = mkdirat(dir, name, 0700) == 0;
	if (!made && errno != EEXIST)
		goto done;
	if ((fd = openat(dir, name, FOLDER_OPEN)) == -1) {
		if (errno == ELOOP || errno == ENOTDIR)
			why = "is not a directory (a link to one is not "
			    "followed)";
		goto done;
	}
	rv = folder_give(fd, made, mode, uid, gid, &why);
done:
	if (rv == -1)
		snprintf(err, errsize, "%s: %s", path,
		    why != NULL ? why : strerror(errno));
	if (fd != -1)
		close(fd);
	close(dir);
	return (rv);
}
