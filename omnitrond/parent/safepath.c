/*
 * Opening and making folders that nobody else can replace.
 *
 * Runs in the parent.  A path is walked by descriptors from the root; a
 * symbolic link is resolved here, and only in folders that none but root and
 * we can write, so that no one can lead us elsewhere between two looks.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/safepath.h"

#define SAFEPATH_LINKS_MAX	16	/* more is a loop */

#ifdef O_PATH
#define SAFEPATH_WALK	(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#else
#define SAFEPATH_WALK	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#endif
#define SAFEPATH_LAST	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct walk {
	int		 fd;		/* the folder reached */
	int		 sticky;	/* others may make things in it */
	int		 links;
	int		 flags;
	mode_t		 mode;
	char		 at[PATH_MAX];	/* its path, for messages */
	char		 rest[PATH_MAX]; /* what is still to walk */
	const char	*path;		/* as given, for messages */
	char		*err;
	size_t		 errsize;
};

/* The whole path of what is called so in the folder reached. */
static char *
walk_name(const struct walk *w, const char *name, char *buf, size_t size)
{
	if (w->at[0] == '\0')
		snprintf(buf, size, "%s", w->path);
	else
		snprintf(buf, size, "%s%s%s", w->at,
		    name[0] != '\0' && w->at[1] != '\0' ? "/" : "", name);
	return (buf);
}

/* By a link we are elsewhere than the name says: it is named, too. */
static const char *
walk_asked(const struct walk *w)
{
	return (w->links > 0 ? w->path : "");
}

/* A call failed, or what it found is not what we look for. */
static int
walk_fail(struct walk *w, const char *name, const char *why)
{
	char full[PATH_MAX + NAME_MAX];

	snprintf(w->err, w->errsize, "%s%s%s: %s", walk_asked(w),
	    w->links > 0 ? " leads to " : "",
	    walk_name(w, name, full, sizeof(full)), why);
	return (-1);
}

/* There is something, but it is not safe: why, and what helps. */
static int
walk_refuse(struct walk *w, const char *name, const char *why,
    const char *remedy)
{
	char full[PATH_MAX + NAME_MAX];

	walk_name(w, name, full, sizeof(full));
	snprintf(w->err, w->errsize, "%s%s%s %s: %s%s", walk_asked(w),
	    w->links > 0 ? " leads to " : "", full, why, remedy,
	    remedy[strlen(remedy) - 1] == ' ' ? full : "");
	return (-1);
}

/* Is the folder one that only root and we can change? */
static int
walk_check(struct walk *w, int fd, const char *name, int last)
{
	struct stat st;
	int writable;

	if (fstat(fd, &st) == -1)
		return (walk_fail(w, name, strerror(errno)));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return (walk_refuse(w, name, "belongs to another user",
		    "use another folder, or chown "));
	if (last && w->flags & SAFEPATH_OURS && st.st_uid != geteuid())
		return (walk_refuse(w, name, "is not our own",
		    "use another folder, or chown "));
	writable = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	w->sticky = writable && (st.st_mode & S_ISVTX) != 0;
	if (writable && (w->flags & SAFEPATH_STRICT || !w->sticky ||
	    (last && (w->flags & SAFEPATH_STICKY) == 0)))
		return (walk_refuse(w, name, "is writable by others",
		    w->sticky ? "use a folder that is not" : "chmod go-w "));
	return (0);
}

static int
walk_into(struct walk *w, int fd, const char *name, int last)
{
	char full[PATH_MAX + NAME_MAX];

	if (walk_check(w, fd, name, last) == -1) {
		close(fd);
		return (-1);
	}
	if (name[0] == '/')
		strlcpy(w->at, "/", sizeof(w->at));
	else
		strlcpy(w->at, walk_name(w, name, full, sizeof(full)),
		    sizeof(w->at));
	if (w->fd != -1)
		close(w->fd);
	w->fd = fd;
	return (0);
}

/* Put what a symbolic link says in front of the rest. */
static int
walk_link(struct walk *w, const char *name)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n;
	int len, fd;

	if (w->sticky)
		return (walk_refuse(w, name, "is a symbolic link in a folder "
		    "that others can write", "use the folder itself"));
	if (++w->links > SAFEPATH_LINKS_MAX)
		return (walk_fail(w, name, strerror(ELOOP)));
	if ((n = readlinkat(w->fd, name, target, sizeof(target) - 1)) == -1)
		return (walk_fail(w, name, strerror(errno)));
	target[n] = '\0';
	len = snprintf(joined, sizeof(joined), "%s/%s", target, w->rest);
	if (len < 0 || (size_t)len >= sizeof(joined))
		return (walk_fail(w, name, strerror(ENAMETOOLONG)));
	memcpy(w->rest, joined, (size_t)len + 1);
	if (target[0] != '/')
		return (0);
	if ((fd = open("/", SAFEPATH_WALK)) == -1)
		return (walk_fail(w, name, strerror(errno)));
	return (walk_into(w, fd, "/", 0));
}

/* Make a missing folder with exactly the mode asked for. */
static int
walk_make(struct walk *w, const char *name, int last)
{
	mode_t mode = last ? w->mode : 0755;
	int fd;

	if (mkdirat(w->fd, name, mode & 0700) == -1 && errno != EEXIST)
		return (walk_fail(w, name, strerror(errno)));
	if ((fd = openat(w->fd, name, SAFEPATH_LAST)) == -1)
		return (walk_fail(w, name, strerror(errno)));
	if (walk_check(w, fd, name, 1) == -1) {
		close(fd);
		return (-1);
	}
	if (fchmod(fd, mode) == -1) {
		close(fd);
		return (walk_fail(w, name, strerror(errno)));
	}
	return (fd);
}

static int
walk_step(struct walk *w, const char *name, int last)
{
	int fd, flags = last ? SAFEPATH_LAST : SAFEPATH_WALK;
	struct stat st;

	if ((fd = openat(w->fd, name, flags)) != -1)
		return (walk_into(w, fd, name, last));
	if (errno == ENOENT && w->flags & SAFEPATH_MAKE) {
		if ((fd = walk_make(w, name, last)) == -1)
			return (-1);
		return (walk_into(w, fd, name, last));
	}
	if (errno != ELOOP && errno != ENOTDIR && errno != EMLINK)
		return (walk_fail(w, name, strerror(errno)));
	if (fstatat(w->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return (walk_fail(w, name, strerror(errno)));
	if (!S_ISLNK(st.st_mode))
		return (walk_fail(w, name, strerror(ENOTDIR)));
	return (walk_link(w, name));
}

/* Take the first name off the rest; 0 when there is none. */
static int
walk_next(struct walk *w, char *name, size_t size)
{
	char *p = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(p, "/");

	if (n == 0)
		return (0);
	if (n >= size)
		return (walk_fail(w, "", strerror(ENAMETOOLONG)));
	memcpy(name, p, n);
	name[n] = '\0';
	p += n;
	p += strspn(p, "/");
	memmove(w->rest, p, strlen(p) + 1);
	return (1);
}

static int
walk_all(struct walk *w)
{
	char name[NAME_MAX + 1];
	int more, fd;

	if ((fd = open("/", SAFEPATH_WALK)) == -1)
		return (walk_fail(w, "", strerror(errno)));
	if (walk_into(w, fd, "/", 0) == -1)
		return (-1);
	while ((more = walk_next(w, name, sizeof(name))) == 1) {
		if (walk_step(w, name, w->rest[0] == '\0') == -1)
			return (-1);
	}
	return (more);
}

int
safepath_dir(const char *path, int flags, mode_t mode, char *err,
    size_t errsize)
{
	struct walk w = { .fd = -1, .flags = flags, .mode = mode, .path = path,
	    .err = err, .errsize = errsize };
	int fd;

	if (errsize > 0)
		err[0] = '\0';
	if (path[0] != '/')
		return (walk_refuse(&w, "", "is not an absolute path",
		    "begin it with /"));
	if (strlcpy(w.rest, path, sizeof(w.rest)) >= sizeof(w.rest))
		return (walk_fail(&w, "", strerror(ENAMETOOLONG)));
	if (walk_all(&w) == -1) {
		if (w.fd != -1)
			close(w.fd);
		return (-1);
	}
	/*
	 * A link to "..", or "/" alone, ends on a descriptor for walking
	 * only: open the folder again by itself.
	 */
	if ((fd = openat(w.fd, ".", SAFEPATH_LAST)) == -1)
		walk_fail(&w, "", strerror(errno));
	else if (walk_check(&w, fd, "", 1) == -1) {
		close(fd);
		fd = -1;
	}
	close(w.fd);
	return (fd);
}

int
safepath_parent(const char *path, int flags, const char **name, char *err,
    size_t errsize)
{
	char dir[PATH_MAX];
	const char *slash;
	size_t n;

	slash = strrchr(path, '/');
	if (path[0] != '/' || slash == NULL || slash[1] == '\0' ||
	    strcmp(slash, "/.") == 0 || strcmp(slash, "/..") == 0) {
		snprintf(err, errsize, "%s is not an absolute path of a file",
		    path);
		return (-1);
	}
	*name = slash + 1;
	n = (size_t)(slash - path);
	if (n == 0)
		n = 1;
	if (n >= sizeof(dir)) {
		snprintf(err, errsize, "%s: %s", path, strerror(ENAMETOOLONG));
		return (-1);
	}
	memcpy(dir, path, n);
	dir[n] = '\0';
	return (safepath_dir(dir, flags, 0755, err, errsize));
}
