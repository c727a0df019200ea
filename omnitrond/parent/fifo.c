/*
 * Named FIFOs for the output of instances.
 *
 * Runs in the parent.  It touches RUNDIR and RUNDIR/out.  The folder is ours
 * alone, so that only an app's own descriptor leads to its FIFO; the app
 * owns it nevertheless, so that it can open /dev/stdout again.  What an
 * owner can do to it by its descriptor (chmod, chown of the group, a hard
 * link elsewhere) is its own loss and is mended at the next start.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/safepath.h"

/* O_NONBLOCK: what is in a FIFO's place by mistake must not hold us up. */
#define FIFO_READ	(O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
#define FIFO_BOTH	(O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)

/* Whose FIFO it is to be. */
struct fifo_owner {
	uid_t	 uid;
	gid_t	 gid;
};

int
fifo_rundir(const char *rundir, char *err, size_t errsize)
{
	char path[PATH_MAX];
	mode_t mode = geteuid() == 0 ? 0755 : 0700;
	struct stat st;
	int fd;

	if ((fd = safepath_dir(rundir, SAFEPATH_MAKE | SAFEPATH_OURS, mode,
	    err, errsize)) == -1)
		return (-1);
	close(fd);
	if ((size_t)snprintf(path, sizeof(path), "%s/out", rundir) >=
	    sizeof(path)) {
		snprintf(err, errsize, "%s: %s", rundir,
		    strerror(ENAMETOOLONG));
		return (-1);
	}
	if ((fd = safepath_dir(path, SAFEPATH_MAKE | SAFEPATH_OURS, 0700, err,
	    errsize)) == -1)
		return (-1);
	if (fstat(fd, &st) == -1 ||
	    ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700) == -1)) {
		snprintf(err, errsize, "%s: %s", path, strerror(errno));
		close(fd);
		return (-1);
	}
	return (fd);
}

void
fifo_init(struct fifo *f)
{
	f->app[0] = f->app[1] = f->reader[0] = f->reader[1] = -1;
}

void
fifo_close(struct fifo *f)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (f->app[i] != -1)
			close(f->app[i]);
		if (f->reader[i] != -1)
			close(f->reader[i]);
	}
	fifo_init(f);
}

static void
fifo_name(char *buf, size_t size, const char *app, const char *process,
    unsigned int instance, int which)
{
	static const char *const suffix[] = {
		[FIFO_OUT] = "out", [FIFO_ERR] = "err", [FIFO_READY] = "ready"
	};

	snprintf(buf, size, "%s:%s:%u.%s", app, process, instance,
	    suffix[which]);
}

/* A FIFO, one link, owned by us or by the user it is for? */
static int
fifo_check(int fd, uid_t uid)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (!S_ISFIFO(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_uid != geteuid() && st.st_uid != uid)) {
		errno = EPERM;
		return (-1);
	}
	return (0);
}

static int
fifo_same(int a, int b)
{
	struct stat sa, sb;

	if (fstat(a, &sa) == -1 || fstat(b, &sb) == -1)
		return (0);
	return (sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

/* -1 unless it is open and what it should be. */
static int
fifo_checked(int fd, uid_t uid)
{
	int saved;

	if (fd == -1 || fifo_check(fd, uid) == 0)
		return (fd);
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}

/*
 * Both ends of a FIFO that is there.  A parent without CAP_DAC_OVERRIDE may
 * not write to a file of another user, but it may read it, and take it back.
 */
static int
fifo_existing(int dirfd, const char *name, uid_t uid)
{
	int fd, rd;

	fd = openat(dirfd, name, FIFO_BOTH);
	if (fd != -1 || errno != EACCES)
		return (fifo_checked(fd, uid));
	if ((rd = fifo_checked(openat(dirfd, name, FIFO_READ), uid)) == -1)
		return (-1);
	if (fchown(rd, geteuid(), (gid_t)-1) == -1 || fchmod(rd, 0600) == -1) {
		close(rd);
		return (-1);
	}
	fd = openat(dirfd, name, FIFO_BOTH);
	if (fd != -1 && !fifo_same(fd, rd)) {
		close(fd);
		fd = -1;
		errno = EPERM;
	}
	close(rd);
	return (fifo_checked(fd, uid));
}

static int
fifo_fresh(int dirfd, const char *name, uid_t uid)
{
	if (mkfifoat(dirfd, name, 0600) == -1)
		return (-1);
	return (fifo_checked(openat(dirfd, name, FIFO_BOTH), uid));
}

/* The ends must block for the app, and the file must be its user's. */
static int
fifo_give(int fd, const struct fifo_owner *to)
{
	struct stat st;
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1 ||
	    fstat(fd, &st) == -1)
		return (-1);
	/* The mode first: afterwards it is not ours to change. */
	if ((st.st_mode & 07777) != 0600) {
		if (st.st_uid != geteuid() &&
		    fchown(fd, geteuid(), (gid_t)-1) == -1)
			return (-1);
		if (fchmod(fd, 0600) == -1 || fstat(fd, &st) == -1)
			return (-1);
	}
	if (geteuid() != 0 || (st.st_uid == to->uid && st.st_gid == to->gid))
		return (0);
	return (fchown(fd, to->uid, to->gid));
}

static int
fifo_app_end(int dirfd, const char *name, const struct fifo_owner *owner)
{
	int fd, saved;

	fd = fifo_existing(dirfd, name, owner->uid);
	if (fd == -1 && errno != ENOENT) {
		/* Not ours to use: another user's by now, or no FIFO. */
		log_warn("output fifo %s: replacing it", name);
		if (unlinkat(dirfd, name, 0) == -1)
			return (-1);
	}
	if (fd == -1)
		fd = fifo_fresh(dirfd, name, owner->uid);
	if (fd != -1 && fifo_give(fd, owner) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

int
fifo_reader(int dirfd, const char *app, const char *process,
    unsigned int instance, uid_t uid, int which)
{
	char name[NAME_MAX + 1];

	fifo_name(name, sizeof(name), app, process, instance, which);
	return (fifo_checked(openat(dirfd, name, FIFO_READ), uid));
}

int
fifo_open(int dirfd, const char *app, const char *process,
    unsigned int instance, uid_t uid, gid_t gid, struct fifo *f)
{
	struct fifo_owner owner = { uid, gid };
	char name[NAME_MAX + 1];
	int i, saved;

	fifo_init(f);
	for (i = 0; i < 2; i++) {
		fifo_name(name, sizeof(name), app, process, instance, i);
		f->app[i] = fifo_app_end(dirfd, name, &owner);
		if (f->app[i] == -1)
			goto fail;
		f->reader[i] = fifo_reader(dirfd, app, process, instance, uid,
		    i);
		if (f->reader[i] == -1)
			goto fail;
		if (!fifo_same(f->app[i], f->reader[i])) {
			errno = EPERM;
			goto fail;
		}
	}
	return (0);
fail:
	saved = errno;
	fifo_close(f);
	errno = saved;
	return (-1);
}

int
fifo_ready(int dirfd, const char *app, const char *process,
    unsigned int instance, uid_t uid, gid_t gid, int fresh)
{
	struct fifo_owner owner = { uid, gid };
	char name[NAME_MAX + 1];

	fifo_name(name, sizeof(name), app, process, instance, FIFO_READY);
	if (fresh && unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return (-1);
	return (fifo_app_end(dirfd, name, &owner));
}

int
fifo_reopen(int dirfd, const char *app, const char *process,
    unsigned int instance, uid_t uid, struct fifo *f)
{
	int i, saved;

	fifo_init(f);
	for (i = 0; i < 2; i++) {
		f->reader[i] = fifo_reader(dirfd, app, process, instance, uid,
		    i);
		if (f->reader[i] == -1) {
			saved = errno;
			fifo_close(f);
			errno = saved;
			return (-1);
		}
	}
	return (0);
}

void
fifo_unlink(int dirfd, const char *app, const char *process,
    unsigned int instance)
{
	char name[NAME_MAX + 1];
	int i;

	for (i = FIFO_OUT; i <= FIFO_READY; i++) {
		fifo_name(name, sizeof(name), app, process, instance, i);
		if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
			log_warn("output fifo %s", name);
	}
}
