/*
 * The daemon's lock.
 *
 * Runs in the parent.  It touches the home folder, the folder of the pid
 * file and the pid file.  The lock proper is an flock on the home folder and
 * on the file: removing the file lets nobody in, and a file elsewhere guards
 * against a second daemon with another home but the same pid file.  Others
 * cannot open either for reading, so that nobody can lock them in our place.
 * Where the file system knows no flock, the exclusive create and the
 * signature in the file decide.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mono.h"
#include "common/pidfile.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/lock.h"
#include "omnitrond/parent/safepath.h"

#define LOCK_TRIES	32	/* the file changed between two looks at it */
#define LOCK_OPEN	(O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

struct lock {
	int		 home;		/* flocked */
	int		 dir;		/* of the pid file */
	int		 fd;		/* the pid file, flocked */
	int		 flocks;	/* the file system knows flock */
	int		 complained;	/* errno last logged by the sweep */
	char		*path;
	const char	*name;		/* within path */
	char		 text[PIDFILE_MAX];
	size_t		 len;
	char		*err;		/* of lock_take, while it runs */
	size_t		 errsize;
};

/* What lock_adopt makes of a file that is there. */
enum lock_found { FOUND_BAD, FOUND_HELD, FOUND_AGAIN, FOUND_OURS };

static int
lock_fail(struct lock *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->err, l->errsize, fmt, ap);
	va_end(ap);
	return (-1);
}

/* 0 locked, 1 somebody else has it, 2 there is no flock here, -1 error. */
static int
lock_flock(int fd)
{
	int rv;

	do {
		rv = flock(fd, LOCK_EX | LOCK_NB);
	} while (rv == -1 && errno == EINTR);
	if (rv == 0)
		return (0);
	switch (errno) {
	case EWOULDBLOCK:
		return (1);
	case EBADF:		/* NFS wants a descriptor open for writing */
	case EINVAL:
	case ENOLCK:
	case ENOSYS:
	case EOPNOTSUPP:
		return (2);
	default:
		return (-1);
	}
}

static int
lock_same_inode(const struct lock *l, int fd)
{
	struct stat a, b;

	return (fstat(fd, &a) == 0 &&
	    fstatat(l->dir, l->name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* NULL, or why a file in the pid file's place cannot be used. */
static const char *
lock_unfit(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return (strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ("is not a regular file");
	if (st.st_uid != geteuid())
		return ("belongs to another user");
	if (st.st_nlink > 1)
		return ("has more than one link");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return ("is writable by others");
	if ((st.st_mode & 077) != 0 && fchmod(fd, 0600) == -1)
		return (strerror(errno));
	return (NULL);
}

/*
 * Whoever holds the lock may not have written its pid yet, or an older one
 * is still in the file: look again until the file names a live process.
 */
static int
lock_held(struct lock *l)
{
	struct mono until = mono_add_ms(mono_now(), LOCK_WAIT_MS);
	struct timespec pause = { 0, 10 * 1000 * 1000 };
	struct pidfile pf;
	int fd;

	for (;;) {
		fd = openat(l->dir, l->name, O_RDONLY | O_NOFOLLOW |
		    O_NONBLOCK | O_CLOEXEC);
		if (fd != -1 && pidfile_read(fd, &pf) == 0 &&
		    signature_alive(&pf.sig)) {
			close(fd);
			return (lock_fail(l, "daemon already running (pid %d)",
			    (int)pf.sig.pid));
		}
		if (fd != -1)
			close(fd);
		if (!mono_before(mono_now(), until))
			break;
		nanosleep(&pause, NULL);
	}
	return (lock_fail(l, "daemon already running (a process that %s does "
	    "not name holds the lock)", l->path));
}

/* A fresh text, complete before anyone can take it for a shorter one. */
static int
lock_write(struct lock *l)
{
	if (pwrite(l->fd, l->text, l->len, 0) != (ssize_t)l->len)
		return (-1);
	return (ftruncate(l->fd, (off_t)l->len));
}

static int
lock_create(struct lock *l)
{
	int fd, locked;

	fd = openat(l->dir, l->name, LOCK_OPEN | O_CREAT | O_EXCL, 0600);
	if (fd == -1)
		return (-1);
	locked = lock_flock(fd);
	if (locked == 1 || locked == -1 || !lock_same_inode(l, fd)) {
		/* Somebody took it in the moment between. */
		close(fd);
		errno = EEXIST;
		return (-1);
	}
	if (l->fd != -1)
		close(l->fd);
	l->fd = fd;
	return (fchmod(fd, 0600));
}

/* What became of the process the file names; NULL: it is alive, not us. */
static const char *
lock_stale(const struct pidfile *pf)
{
	struct signature now;

	if (signature_of(pf->sig.pid, -1, &now) == -1)
		return (errno == ESRCH ? "is gone" : NULL);
	if (strcmp(now.bootid, pf->sig.bootid) != 0)
		return ("ran before the host was started");
	if (!signature_equal(&now, &pf->sig))
		return ("is gone, its number is another process's now");
	if (!signature_alive(&pf->sig))
		return ("is dead");
	return (NULL);
}

/*
 * Without flock two starters could both find the file stale: the one that
 * moves away what it has looked at may go on.
 */
static enum lock_found
lock_move_away(struct lock *l, int fd)
{
	char aside[NAME_MAX + 1];
	struct stat a, b;

	snprintf(aside, sizeof(aside), "%s.%d", l->name, (int)getpid());
	if (renameat(l->dir, l->name, l->dir, aside) == -1)
		return (FOUND_AGAIN);
	if (fstat(fd, &a) == -1 ||
	    fstatat(l->dir, aside, &b, AT_SYMLINK_NOFOLLOW) == -1 ||
	    a.st_ino != b.st_ino || a.st_dev != b.st_dev) {
		/* A newer one: put it back. */
		if (linkat(l->dir, aside, l->dir, l->name, 0) == -1)
			log_warn("%s", l->path);
	}
	unlinkat(l->dir, aside, 0);
	return (FOUND_AGAIN);
}

/* A file that is there and whose flock we have, or that has none. */
static enum lock_found
lock_judge(struct lock *l, int fd, int locked)
{
	struct pidfile pf;
	const char *gone;

	if (!lock_same_inode(l, fd))
		return (FOUND_AGAIN);
	if (pidfile_read(fd, &pf) == -1) {
		log_info("taking over %s, which names no process", l->path);
		return (locked == 0 ? FOUND_OURS : lock_move_away(l, fd));
	}
	if (pf.sig.pid != getpid() || !signature_alive(&pf.sig)) {
		if ((gone = lock_stale(&pf)) == NULL)
			return (FOUND_HELD);
		log_info("taking over %s: pid %d %s", l->path,
		    (int)pf.sig.pid, gone);
	}
	return (locked == 0 ? FOUND_OURS : lock_move_away(l, fd));
}

static enum lock_found
lock_adopt(struct lock *l)
{
	const char *why;
	enum lock_found found;
	int fd, locked;

	if ((fd = openat(l->dir, l->name, LOCK_OPEN)) == -1) {
		if (errno == ENOENT)
			return (FOUND_AGAIN);
		why = errno == ELOOP || errno == EMLINK ?
		    "is a symbolic link" : strerror(errno);
		lock_fail(l, "pid file %s: %s", l->path, why);
		return (FOUND_BAD);
	}
	if ((why = lock_unfit(fd)) != NULL) {
		lock_fail(l, "pid file %s: %s", l->path, why);
		found = FOUND_BAD;
	} else if ((locked = lock_flock(fd)) == -1) {
		lock_fail(l, "pid file %s: flock: %s", l->path,
		    strerror(errno));
		found = FOUND_BAD;
	} else if (locked == 1)
		found = FOUND_HELD;
	else
		found = lock_judge(l, fd, locked);
	if (found == FOUND_OURS)
		l->fd = fd;
	else
		close(fd);
	return (found);
}

static int
lock_file(struct lock *l)
{
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (lock_create(l) == 0)
			return (0);
		if (errno != EEXIST)
			return (lock_fail(l, "pid file %s: %s", l->path,
			    strerror(errno)));
		switch (lock_adopt(l)) {
		case FOUND_BAD:
			return (-1);
		case FOUND_HELD:
			return (lock_held(l));
		case FOUND_OURS:
			return (0);
		case FOUND_AGAIN:
			break;
		}
	}
	return (lock_fail(l, "pid file %s keeps changing", l->path));
}

/* The home: ours, no one else may open it for reading. */
static int
lock_home(struct lock *l, const char *home)
{
	mode_t mode = geteuid() == 0 ? 0711 : 0700;
	struct stat st;
	int locked;

	l->home = safepath_dir(home, SAFEPATH_MAKE | SAFEPATH_OURS, mode,
	    l->err, l->errsize);
	if (l->home == -1)
		return (-1);
	if (fstat(l->home, &st) == -1)
		return (lock_fail(l, "home %s: %s", home, strerror(errno)));
	if ((st.st_mode & 077 & ~mode) != 0) {
		if (fchmod(l->home, st.st_mode & mode) == -1)
			return (lock_fail(l, "home %s: %s", home,
			    strerror(errno)));
		log_info("home %s was readable by others: mode is %04o now",
		    home, (unsigned int)(st.st_mode & mode));
	}
	if ((locked = lock_flock(l->home)) == -1)
		return (lock_fail(l, "home %s: flock: %s", home,
		    strerror(errno)));
	if (locked == 2) {
		l->flocks = 0;
		log_warnx("home %s: no flock on this file system", home);
	}
	return (locked == 1 ? 1 : 0);
}

static int
lock_text(struct lock *l, const char *executable)
{
	struct pidfile pf;
	ssize_t n;
	int len;

	memset(&pf, 0, sizeof(pf));
	if (signature_of(getpid(), -1, &pf.sig) == -1)
		return (lock_fail(l, "cannot identify myself: %s",
		    strerror(errno)));
	if (executable != NULL)
		strlcpy(pf.executable, executable, sizeof(pf.executable));
	else {
		n = readlink("/proc/self/exe", pf.executable,
		    sizeof(pf.executable) - 1);
		if (n <= 0)
			strlcpy(pf.executable, getprogname(),
			    sizeof(pf.executable));
	}
	strlcpy(pf.version, VERSION, sizeof(pf.version));
	if ((len = pidfile_format(&pf, l->text, sizeof(l->text))) == -1)
		return (lock_fail(l, "pid file %s: the path of the executable "
		    "is odd", l->path));
	l->len = (size_t)len;
	return (0);
}

static void
lock_free(struct lock *l)
{
	if (l == NULL)
		return;
	lock_close(l);
	free(l->path);
	free(l);
}

static int
lock_steps(struct lock *l, const char *home, const char *executable)
{
	int held;

	if ((held = lock_home(l, home)) == -1)
		return (-1);
	l->dir = safepath_parent(l->path, 0, &l->name, l->err, l->errsize);
	if (l->dir == -1)
		return (-1);
	if (held)
		return (lock_held(l));
	if (lock_text(l, executable) == -1 || lock_file(l) == -1)
		return (-1);
	if (lock_write(l) == -1)
		return (lock_fail(l, "pid file %s: %s", l->path,
		    strerror(errno)));
	return (0);
}

struct lock *
lock_take(const char *home, const char *pidfile, const char *executable,
    char *err, size_t errsize)
{
	struct lock *l;

	l = xcalloc(1, sizeof(*l));
	l->home = l->dir = l->fd = -1;
	l->flocks = 1;
	l->path = xstrdup(pidfile);
	l->err = err;
	l->errsize = errsize;
	if (errsize > 0)
		err[0] = '\0';
	if (lock_steps(l, home, executable) == -1) {
		lock_free(l);
		return (NULL);
	}
	l->err = NULL;
	l->errsize = 0;
	return (l);
}

int
lock_home_fd(const struct lock *l)
{
	return (l->home);
}

/* Log a cause once, not every ten seconds. */
static void
lock_complain(struct lock *l, int error, const char *what)
{
	if (l->complained == error)
		return;
	l->complained = error;
	errno = error;
	log_warn("pid file %s: %s", l->path, what);
}

/* Another file has our file's name: is it another daemon's? */
static int
lock_displaced(struct lock *l)
{
	int fd, locked = 0;

	fd = openat(l->dir, l->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd != -1) {
		locked = lock_flock(fd);
		close(fd);
	}
	if (locked == 1) {
		lock_complain(l, EWOULDBLOCK, "another daemon has taken it");
		return (-1);
	}
	if (unlinkat(l->dir, l->name, 0) == -1) {
		lock_complain(l, errno, "cannot be put back");
		return (-1);
	}
	return (0);
}

static int
lock_unaltered(const struct lock *l)
{
	char buf[PIDFILE_MAX + 1];
	struct stat st;
	ssize_t n;

	if (fstat(l->fd, &st) == -1 || st.st_uid != geteuid() ||
	    (st.st_mode & 07777) != 0600)
		return (0);
	n = pread(l->fd, buf, sizeof(buf), 0);
	return (n == (ssize_t)l->len && memcmp(buf, l->text, l->len) == 0);
}

void
lock_sweep(struct lock *l)
{
	struct stat st;
	const char *what;

	if (lock_same_inode(l, l->fd)) {
		if (lock_unaltered(l)) {
			l->complained = 0;
			return;
		}
		what = "altered";
		if (fchmod(l->fd, 0600) == -1 || lock_write(l) == -1) {
			lock_complain(l, errno, "was altered");
			return;
		}
	} else {
		what = "removed";
		if (fstatat(l->dir, l->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			what = "replaced";
			if (lock_displaced(l) == -1)
				return;
		}
		if (lock_create(l) == -1 || lock_write(l) == -1) {
			lock_complain(l, errno, "was removed");
			return;
		}
	}
	l->complained = 0;
	log_warnx("pid file %s was %s while running: written anew", l->path,
	    what);
}

void
lock_release(struct lock *l)
{
	if (l == NULL)
		return;
	if (lock_same_inode(l, l->fd))
		unlinkat(l->dir, l->name, 0);
	lock_free(l);
}

void
lock_close(struct lock *l)
{
	if (l->fd != -1)
		close(l->fd);
	if (l->dir != -1)
		close(l->dir);
	if (l->home != -1)
		close(l->home);
	l->fd = l->dir = l->home = -1;
}
