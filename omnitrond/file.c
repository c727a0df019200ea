/*
 * Writing state.json and its kin (the store, secrets): a temporary file is
 * written and synced, the old file becomes the backup by a second link to it,
 * the new one is renamed over, and the folder is synced.  Touches names in
 * the folder of the file only.
 *
 * A file whose fsync failed is never synced again: the kernel has marked its
 * pages clean without writing them.  Each attempt makes a file of its own.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/file.h"

#define ASIDE_TRIES	100	/* names of one second before we give up */

static int
system_open(int dirfd, const char *name, int flags, mode_t mode)
{
	return (openat(dirfd, name, flags, mode));
}

static int
system_link(int dirfd, const char *from, const char *to)
{
	return (linkat(dirfd, from, dirfd, to, 0));
}

static int
system_rename(int dirfd, const char *from, const char *to)
{
	return (renameat(dirfd, from, dirfd, to));
}

static int
system_unlink(int dirfd, const char *name)
{
	return (unlinkat(dirfd, name, 0));
}

const struct fileops fileops_system = {
	.open = system_open,
	.write = write,
	.fsync = fsync,
	.close = close,
	.link = system_link,
	.rename = system_rename,
	.unlink = system_unlink
};

void
file_init(struct file *f, const struct fileops *ops, int dirfd,
    const char *name)
{
	memset(f, 0, sizeof(*f));
	f->ops = ops;
	f->dirfd = dirfd;
	f->step = "none";
	snprintf(f->name, sizeof(f->name), "%s", name);
	snprintf(f->bak, sizeof(f->bak), "%s.bak", name);
	snprintf(f->tmp, sizeof(f->tmp), "%s.tmp", name);
	snprintf(f->baktmp, sizeof(f->baktmp), "%s.bak.tmp", name);
}

/* errno stays that of the step which failed. */
void
file_sweep(struct file *f)
{
	int	 saved = errno;

	f->ops->unlink(f->dirfd, f->tmp);
	f->ops->unlink(f->dirfd, f->baktmp);
	errno = saved;
}

static int
file_fail(struct file *f, const char *step)
{
	f->step = step;
	return (-1);
}

/* The file system has no hard links, or no more for this file. */
static int
file_no_links(int error)
{
	return (error == EPERM || error == EOPNOTSUPP || error == ENOSYS ||
	    error == EMLINK);
}

static int
file_sync_folder(struct file *f)
{
	/* EINVAL: folders cannot be synced there, and need not be. */
	if (f->ops->fsync(f->dirfd) == -1 && errno != EINVAL)
		return (file_fail(f, "fsync of the folder"));
	return (0);
}

/* FROM.WHAT-STAMP, and with a number when that is taken. */
static void
file_aside_name(struct file *f, const char *from, const char *what,
    const char *stamp, int i)
{
	if (i == 0)
		snprintf(f->aside, sizeof(f->aside), "%s%s-%s", from, what,
		    stamp);
	else
		snprintf(f->aside, sizeof(f->aside), "%s%s-%s.%d", from, what,
		    stamp, i);
}

/*
 * Another link to `from`, never over an existing file.  0 also if there is
 * nothing to link.
 */
static int
file_link_aside(struct file *f, const char *from, const char *what,
    const char *stamp)
{
	int	 i;

	for (i = 0; i < ASIDE_TRIES; i++) {
		file_aside_name(f, from, what, stamp, i);
		if (f->ops->link(f->dirfd, from, f->aside) == 0 ||
		    errno == ENOENT)
			return (0);
		if (errno != EEXIST)
			break;
	}
	return (file_fail(f, "keep the old file"));
}

/* Where there are no links: rename over an empty file that is ours. */
static int
file_rename_aside(struct file *f, const char *from, const char *what,
    const char *stamp)
{
	int	 i, fd = -1;

	for (i = 0; i < ASIDE_TRIES && fd == -1; i++) {
		file_aside_name(f, from, what, stamp, i);
		fd = f->ops->open(f->dirfd, f->aside, O_WRONLY | O_CREAT |
		    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd == -1 && errno != EEXIST)
			break;
	}
	if (fd == -1)
		return (file_fail(f, "keep the old file"));
	f->ops->close(fd);
	if (f->ops->rename(f->dirfd, from, f->aside) == 0)
		return (0);
	i = errno;
	f->ops->unlink(f->dirfd, f->aside);
	errno = i;
	return (i == ENOENT ? 0 : file_fail(f, "move the old file"));
}

static int
file_move_aside(struct file *f, const char *from, const char *what,
    const char *stamp)
{
	if (file_link_aside(f, from, what, stamp) == -1) {
		if (!file_no_links(errno))
			return (-1);
		return (file_rename_aside(f, from, what, stamp));
	}
	if (f->ops->unlink(f->dirfd, from) == -1 && errno != ENOENT)
		return (file_fail(f, "move the old file"));
	return (0);
}

/*
 * The damaged primary gets a second name, then the backup takes its place by
 * rename: there is no instant without a primary, which would be a reset.
 */
static int
file_restore(struct file *f, const char *stamp)
{
	if (file_link_aside(f, f->name, ".corrupt", stamp) == -1)
		return (-1);
	file_sweep(f);
	if (f->ops->link(f->dirfd, f->bak, f->tmp) == -1)
		return (file_fail(f, "link of the backup"));
	if (f->ops->rename(f->dirfd, f->tmp, f->name) == -1) {
		file_sweep(f);
		return (file_fail(f, "rename of the backup"));
	}
	return (0);
}

int
file_recover(struct file *f, const char *stamp)
{
	int	 rv = 0;

	switch (f->recover) {
	case RECOVER_NONE:
		return (0);
	case RECOVER_RESET:
		rv = file_move_aside(f, f->bak, "", stamp);
		break;
	case RECOVER_RESTORE:
		rv = file_restore(f, stamp);
		break;
	case RECOVER_EMPTY:
		/* The primary last: without it this would look like a reset. */
		rv = file_move_aside(f, f->bak, ".corrupt", stamp);
		if (rv == 0)
			rv = file_move_aside(f, f->name, ".corrupt", stamp);
		break;
	case RECOVER_ASIDE:
		rv = file_move_aside(f, f->bak, "", stamp);
		if (rv == 0)
			rv = file_move_aside(f, f->name, "", stamp);
		break;
	}
	if (rv == -1 || file_sync_folder(f) == -1)
		return (-1);
	f->recover = RECOVER_NONE;
	return (0);
}

int
file_keep(struct file *f, const char *as)
{
	if (f->ops->link(f->dirfd, f->name, as) == -1 && errno != EEXIST)
		return (file_fail(f, "keep the old file"));
	return (0);
}

static int
file_fill(struct file *f, int fd, const char *text, size_t len)
{
	ssize_t	 n;

	while (len > 0) {
		n = f->ops->write(fd, text, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return (file_fail(f, "write"));
		}
		text += n;
		len -= (size_t)n;
	}
	if (f->ops->fsync(fd) == -1)
		return (file_fail(f, "fsync"));
	return (0);
}

static int
file_temp(struct file *f, const char *text, size_t len)
{
	int	 fd, rv, saved;

	file_sweep(f);
	fd = f->ops->open(f->dirfd, f->tmp, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return (file_fail(f, "create"));
	rv = file_fill(f, fd, text, len);
	saved = errno;
	if (f->ops->close(fd) == -1 && rv == 0)
		return (file_fail(f, "close"));
	errno = saved;
	return (rv);
}

/*
 * When the backup is the primary already (a crash came between the two
 * renames) the rename does nothing by POSIX and leaves its source, hence the
 * sweep before the next link.
 */
static int
file_backup(struct file *f)
{
	if (f->ops->link(f->dirfd, f->name, f->baktmp) == -1) {
		if (errno == ENOENT)
			return (0);
		if (!file_no_links(errno))
			return (file_fail(f, "link of the backup"));
		if (!f->linkless)
			log_warn("%s: no backup is kept: link", f->name);
		f->linkless = 1;
		return (0);
	}
	if (f->ops->rename(f->dirfd, f->baktmp, f->bak) == -1)
		return (file_fail(f, "rename of the backup"));
	return (0);
}

int
file_save(struct file *f, const char *text, size_t len, const char *stamp)
{
	f->placed = 0;
	if (file_recover(f, stamp) == -1)
		return (-1);
	if (file_temp(f, text, len) == -1 || file_backup(f) == -1)
		goto fail;
	if (f->ops->rename(f->dirfd, f->tmp, f->name) == -1) {
		file_fail(f, "rename");
		goto fail;
	}
	f->placed = 1;
	return (file_sync_folder(f));
fail:
	file_sweep(f);
	return (-1);
}
