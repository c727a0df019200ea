/*
 * Reading state.json and its kin at start (the store, secrets): the primary,
 * else the backup, else nothing.  Reads names in their folder; what has to be
 * moved there goes through file.c.
 *
 * Damaged content is moved aside and never overwritten.  A file of the wrong
 * kind, owner or mode is another matter: someone else may have put it there,
 * so that nothing is read, moved or written until an operator has looked.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/file.h"
#include "omnitrond/load.h"

#define WHY_SIZE	256

enum found { FOUND_GOOD, FOUND_NONE, FOUND_DAMAGED, FOUND_REFUSED };

char *
load_stamp(char *buf, size_t size)
{
	time_t		 now = time(NULL);
	struct tm	 tm;

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(buf, size, "%Y%m%dT%H%M%SZ", &tm) == 0)
		strlcpy(buf, "0", size);
	return (buf);
}

static enum found
load_errno(const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s", what, strerror(errno));
	return (FOUND_REFUSED);
}

static enum found
load_open(const struct file *f, const char *name, int *fd, char *why,
    size_t size)
{
	/* Non-blocking: a FIFO of that name must not hold us up. */
	*fd = openat(f->dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (*fd != -1)
		return (FOUND_GOOD);
	switch (errno) {
	case ENOENT:
		return (FOUND_NONE);
	case EIO:
		strlcpy(why, strerror(errno), size);
		return (FOUND_DAMAGED);
	case ELOOP:
	case EMLINK:		/* the same on FreeBSD */
		strlcpy(why, "is a symbolic link: remove it", size);
		return (FOUND_REFUSED);
	case EACCES:
		snprintf(why, size, "cannot be read: give it to uid %u with "
		    "mode 0600", (unsigned)geteuid());
		return (FOUND_REFUSED);
	default:
		return (load_errno("cannot be opened", why, size));
	}
}

static enum found
load_check(const struct stat *st, size_t max, char *why, size_t size)
{
	if (!S_ISREG(st->st_mode)) {
		strlcpy(why, "is not a regular file: remove it", size);
		return (FOUND_REFUSED);
	}
	if (st->st_uid != geteuid()) {
		snprintf(why, size, "belongs to uid %u: if it is to be "
		    "trusted, chown it to uid %u, else remove it",
		    (unsigned)st->st_uid, (unsigned)geteuid());
		return (FOUND_REFUSED);
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		snprintf(why, size, "can be written by others (mode %04o): if "
		    "it is to be trusted, chmod it to 0600, else remove it",
		    (unsigned)(st->st_mode & 07777));
		return (FOUND_REFUSED);
	}
	if (st->st_size > (off_t)max) {
		strlcpy(why, "it is too large", size);
		return (FOUND_DAMAGED);
	}
	return (FOUND_GOOD);
}

static enum found
load_read(int fd, size_t want, char **text, size_t *len, char *why,
    size_t size)
{
	ssize_t	 n;

	*len = 0;
	if ((*text = malloc(want + 1)) == NULL)
		return (load_errno("cannot be read", why, size));
	while (*len < want) {
		n = read(fd, *text + *len, want - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			strlcpy(why, strerror(errno), size);
			return (FOUND_DAMAGED);
		}
		if (n == 0)
			break;		/* the checksum will tell */
		*len += (size_t)n;
	}
	return (FOUND_GOOD);
}

/* One of the two files. */
static enum found
load_one(const struct file *f, const char *name, const struct load_as *as,
    void *arg, int64_t *version, char *why, size_t size)
{
	struct stat	 st;
	enum found	 found;
	char		*text = NULL;
	size_t		 len = 0;
	int		 fd;

	if ((found = load_open(f, name, &fd, why, size)) != FOUND_GOOD)
		return (found);
	if (fstat(fd, &st) == -1)
		found = load_errno("cannot be examined", why, size);
	else
		found = load_check(&st, as->max, why, size);
	if (found == FOUND_GOOD)
		found = load_read(fd, (size_t)st.st_size, &text, &len, why,
		    size);
	if (found == FOUND_GOOD &&
	    as->read(arg, text, len, version, why, size) == -1)
		found = FOUND_DAMAGED;
	free(text);
	close(fd);
	return (found);
}

/*
 * A number that we do not know means more than unknown members.  What we
 * understand is used, and the file as it was is kept for its own version.
 */
static void
load_newer(struct file *f, int64_t version)
{
	char	 as[FILE_NAME_SIZE];

	snprintf(as, sizeof(as), "%.60s.version-%lld", f->name,
	    (long long)version);
	log_warnx("%s was written by a newer version (format %lld): using "
	    "what is understood, keeping it as %s", f->name,
	    (long long)version, as);
	if (file_keep(f, as) == -1)
		log_warn("%s: %s", f->name, f->step);
}

/* Move aside now; what fails is tried again before the first write. */
static void
load_recover(struct file *f, enum recover how, const char *stamp)
{
	f->recover = how;
	if (file_recover(f, stamp) == -1)
		log_warn("%s: %s", f->name, f->step);
}

static enum load
load_missing(struct file *f, const struct load_as *as, const char *stamp,
    char *text, size_t size)
{
	struct stat	 st;

	if (fstatat(f->dirfd, f->bak, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (LOAD_FRESH);
	load_recover(f, RECOVER_RESET, stamp);
	snprintf(text, size, "%s is missing: starting without %s, %s is kept "
	    "as %s", f->name, as->what, f->bak, f->aside);
	return (LOAD_RESET);
}

static enum load
load_backup(struct file *f, const struct load_as *as, void *arg,
    const char *stamp, const char *damage, int64_t *version, char *text,
    size_t size)
{
	char	 why[WHY_SIZE] = "";

	switch (load_one(f, f->bak, as, arg, version, why, sizeof(why))) {
	case FOUND_GOOD:
		load_recover(f, RECOVER_RESTORE, stamp);
		snprintf(text, size, "%s is damaged (%s): using %s, keeping "
		    "the damaged one as %s", f->name, damage, f->bak,
		    f->aside);
		return (LOAD_BACKUP);
	case FOUND_NONE:
		strlcpy(why, "missing", sizeof(why));
		break;
	case FOUND_DAMAGED:
		break;
	case FOUND_REFUSED:
		snprintf(text, size, "%s %s", f->bak, why);
		return (LOAD_REFUSED);
	}
	load_recover(f, RECOVER_EMPTY, stamp);
	snprintf(text, size, "%s is damaged (%s) and so is %s (%s): starting "
	    "without %s, keeping what is damaged as %s", f->name, damage,
	    f->bak, why, as->what, f->aside);
	return (LOAD_LOST);
}

enum load
load_file(struct file *f, const struct load_as *as, void *arg,
    const char *stamp, char *text, size_t size)
{
	char		 why[WHY_SIZE] = "";
	int64_t		 version = 0;
	enum load	 rv = LOAD_GOOD;

	text[0] = '\0';
	switch (load_one(f, f->name, as, arg, &version, why, sizeof(why))) {
	case FOUND_GOOD:
		break;
	case FOUND_NONE:
		file_sweep(f);
		return (load_missing(f, as, stamp, text, size));
	case FOUND_DAMAGED:
		if (as->strict) {
			strlcpy(text, why, size);
			return (LOAD_DAMAGED);
		}
		rv = load_backup(f, as, arg, stamp, why, &version, text,
		    size);
		break;
	case FOUND_REFUSED:
		snprintf(text, size, "%s %s", f->name, why);
		return (LOAD_REFUSED);
	}
	if (rv != LOAD_REFUSED)
		file_sweep(f);
	if (version > as->version)
		load_newer(f, version);
	return (rv);
}
