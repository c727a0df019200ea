/*
 * One file of the log folder.  Logger only; opens files by name in the
 * working directory and nothing else.
 *
 * An app must never block because its log cannot be written: what fails is
 * held in bounded memory, what exceeds it is counted, and a timer (not the
 * app's output) tries again.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/logger/file.h"

#define LOSS_LINE_MAX	512		/* bytes of the line about a loss */

void
file_init(struct files *fs, struct file *f, const char *name,
    size_t (*loss)(struct file *, char *, size_t), void *arg)
{
	memset(f, 0, sizeof(*f));
	f->files = fs;
	f->fd = -1;
	f->loss = loss;
	f->arg = arg;
	f->rules.mode = 0600;
	f->rules.gid = UINT32_MAX;
	snprintf(f->name, sizeof(f->name), "%s.log", name);
}

void
file_set_rules(struct file *f, const struct file_rules *rules)
{
	if (f->rules.mode != rules->mode || f->rules.gid != rules->gid) {
		file_close(f);		/* opening applies them */
		f->warned = 0;
	}
	f->rules = *rules;
}

void
file_close(struct file *f)
{
	if (f->fd == -1)
		return;
	TAILQ_REMOVE(&f->files->open, f, lru);
	f->files->nopen--;
	close(f->fd);
	f->fd = -1;
}

/* ---- opening ------------------------------------------------------------ */

static void
file_apply_rights(struct file *f, const struct stat *st)
{
	if (f->rules.gid != UINT32_MAX && st->st_gid != f->rules.gid &&
	    fchown(f->fd, (uid_t)-1, f->rules.gid) == -1 && !f->warned) {
		f->warned = 1;
		log_warn("%s: cannot be given to group %u", f->name,
		    f->rules.gid);
	}
	if ((st->st_mode & 07777) != f->rules.mode &&
	    fchmod(f->fd, f->rules.mode) == -1 && !f->warned) {
		f->warned = 1;
		log_warn("%s: chmod %04o", f->name, f->rules.mode);
	}
}

/* Does it end in the middle of a line, as after a kill? */
static int
ends_torn(int fd, int64_t size)
{
	char	 c;

	return (size > 0 && pread(fd, &c, 1, size - 1) == 1 && c != '\n');
}

static int
file_open(struct file *f, struct mono now)
{
	struct files	*fs = f->files;
	struct stat	 st;
	int		 fd;

	fd = open(f->name, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		errno = EINVAL;
		return (-1);
	}
	f->fd = fd;
	f->size = st.st_size;
	f->torn = ends_torn(fd, f->size);
	f->looked = now;
	file_apply_rights(f, &st);
	if (fs->nopen >= fs->open_max)
		file_close(TAILQ_FIRST(&fs->open));
	TAILQ_INSERT_TAIL(&fs->open, f, lru);
	fs->nopen++;
	return (0);
}

/*
 * Once in a while: is the open file still the one of that name, and as long
 * as we think?  Others may have moved, removed or cut it.
 */
static void
file_look(struct file *f, struct mono now)
{
	struct stat	 open_st, name_st;

	if (mono_diff_ms(now, f->looked) < LOOK_MS)
		return;
	f->looked = now;
	if (fstat(f->fd, &open_st) == -1 ||
	    lstat(f->name, &name_st) == -1 ||
	    open_st.st_ino != name_st.st_ino ||
	    open_st.st_dev != name_st.st_dev) {
		file_close(f);
		return;
	}
	f->size = open_st.st_size;
	TAILQ_REMOVE(&f->files->open, f, lru);
	TAILQ_INSERT_TAIL(&f->files->open, f, lru);
}

/* ---- writing ------------------------------------------------------------ */

/*
 * How much of whole lines goes into the file before it must be rotated: all,
 * or what fits, or a line that alone is too large for any.
 */
static size_t
file_room(const struct file *f, const char *p, size_t len, struct mono now)
{
	const char	*nl;
	int64_t		 room = f->rules.max_size - f->size;

	if (f->rules.max_size <= 0 || (int64_t)len <= room ||
	    mono_before(now, f->rotate_after))
		return (len);
	if (room > 0 && (nl = memrchr(p, '\n', (size_t)room)) != NULL)
		return ((size_t)(nl - p) + 1);
	if (f->size > 0)
		return (0);
	nl = memchr(p, '\n', len);
	return (nl == NULL ? len : (size_t)(nl - p) + 1);
}

static void
file_turn(struct file *f, struct mono now)
{
	if (file_rotate(f) == -1) {
		log_warn("%s: rotation", f->name);
		f->rotate_after = mono_add_ms(now, ROTATE_RETRY_MS);
		return;
	}
	file_close(f);
}

/* write(2) until all is there; returns what is, errno says why not more. */
static size_t
write_all(struct file *f, const char *p, size_t len)
{
	size_t	 done = 0;
	ssize_t	 n;

	while (done < len) {
		n = write(f->fd, p + done, len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			break;
		done += (size_t)n;
		f->size += n;
	}
	return (done);
}

/*
 * Append whole lines.  Returns 0, or the errno of a failure, after which the
 * file is closed; *done is what need not be written again: a line that was
 * cut short is begun anew.
 */
static int
file_append(struct file *f, const char *p, size_t len, size_t *done,
    struct mono now)
{
	const char	*nl;
	size_t		 n, wrote;

	*done = 0;
	if (f->files->hold)
		return (EBUSY);
	if (f->fd != -1)
		file_look(f, now);
	while (*done < len) {
		if (f->fd == -1 && file_open(f, now) == -1)
			return (errno);
		if ((n = file_room(f, p + *done, len - *done, now)) == 0) {
			file_turn(f, now);
			continue;
		}
		if (f->torn && write_all(f, "\n", 1) != 1)
			return (errno);
		f->torn = 0;
		wrote = write_all(f, p + *done, n);
		if (wrote == n) {
			*done += n;
			continue;
		}
		nl = wrote > 0 ? memrchr(p + *done, '\n', wrote) : NULL;
		*done += nl == NULL ? 0 : (size_t)(nl - (p + *done)) + 1;
		return (errno);
	}
	return (0);
}

/* ---- while it fails ----------------------------------------------------- */

const char *
files_fault(const struct files *fs, char *buf, size_t size)
{
	if (fs->told == NULL)
		return (NULL);
	if (fs->told_error == EBUSY)
		snprintf(buf, size, "%s: the disk hangs, and an earlier "
		    "logger in it", fs->told->name);
	else
		snprintf(buf, size, "%s: %s", fs->told->name,
		    strerror(fs->told_error));
	return (buf);
}

/* Report what changed about failures: one cause stands for all. */
static void
files_tell(struct files *fs)
{
	struct file	*f = TAILQ_FIRST(&fs->broken);
	char		 text[FILE_NAME_SIZE + 128];

	if (fs->told != NULL && fs->told->error == fs->told_error)
		return;
	if (f == NULL && fs->told == NULL)
		return;
	fs->told = f;
	fs->told_error = f == NULL ? 0 : f->error;
	fs->fault(fs, files_fault(fs, text, sizeof(text)));
}

static void
file_fail(struct file *f, int error)
{
	struct files	*fs = f->files;

	file_close(f);
	if (f->error == 0)
		TAILQ_INSERT_TAIL(&fs->broken, f, failed);
	f->error = error;
	files_tell(fs);
}

static void
file_mended(struct file *f)
{
	TAILQ_REMOVE(&f->files->broken, f, failed);
	f->error = 0;
	files_tell(f->files);
}

/* Of whole lines, those that may be held. */
static size_t
held_room(const struct file *f, const char *p, size_t len)
{
	const struct files	*fs = f->files;
	const char		*nl;
	size_t			 room;

	if (f->lost_lines > 0)
		return (0);		/* order: nothing after a loss */
	room = fs->held_max > f->heldlen ? fs->held_max - f->heldlen : 0;
	if (room > fs->held_all_max - fs->held)
		room = fs->held_all_max - fs->held;
	if (len <= room)
		return (len);
	nl = room > 0 ? memrchr(p, '\n', room) : NULL;
	return (nl == NULL ? 0 : (size_t)(nl - p) + 1);
}

static int
held_grow(struct file *f, size_t need)
{
	size_t	 size = f->heldsize > 0 ? f->heldsize : 4096;
	char	*p;

	while (size < need)
		size *= 2;
	if (size == f->heldsize)
		return (0);
	if ((p = realloc(f->held, size)) == NULL)
		return (-1);
	f->held = p;
	f->heldsize = size;
	return (0);
}

static void
file_hold(struct file *f, const char *p, size_t len)
{
	const char	*end = p + len;
	size_t		 n = held_room(f, p, len);

	if (n > 0 && held_grow(f, f->heldlen + n) == -1)
		n = 0;
	if (n > 0) {
		memcpy(f->held + f->heldlen, p, n);
		f->heldlen += n;
		f->files->held += n;
	}
	f->lost_bytes += len - n;
	for (p += n; p < end && (p = memchr(p, '\n', (size_t)(end - p))) !=
	    NULL; p++)
		f->lost_lines++;
}

static void
held_done(struct file *f, size_t n)
{
	f->files->held -= n;
	f->heldlen -= n;
	if (f->heldlen > 0) {
		memmove(f->held, f->held + n, f->heldlen);
		return;
	}
	free(f->held);
	f->held = NULL;
	f->heldsize = 0;
}

/* What was held, then what was lost; 0 when the file is well again. */
static int
file_mend(struct file *f, struct mono now)
{
	char	 line[LOSS_LINE_MAX];
	size_t	 n, done;
	int	 error;

	error = file_append(f, f->held, f->heldlen, &done, now);
	held_done(f, done);
	if (error == 0 && f->lost_lines > 0) {
		n = f->loss(f, line, sizeof(line));
		error = file_append(f, line, n, &done, now);
		if (error == 0)
			f->lost_lines = f->lost_bytes = 0;
	}
	if (error != 0)
		file_fail(f, error);
	else
		file_mended(f);
	return (error);
}

void
file_write(struct file *f, const char *p, size_t len, struct mono now)
{
	size_t	 done;
	int	 error;

	if (f->error != 0) {
		file_hold(f, p, len);
		return;
	}
	if ((error = file_append(f, p, len, &done, now)) != 0) {
		file_hold(f, p + done, len - done);
		file_fail(f, error);
	}
}

void
file_free(struct file *f)
{
	file_close(f);
	held_done(f, f->heldlen);
	if (f->error != 0)
		file_mended(f);
}

/* ---- all ---------------------------------------------------------------- */

void
files_init(struct files *fs, void (*fault)(struct files *, const char *),
    void *arg)
{
	memset(fs, 0, sizeof(*fs));
	TAILQ_INIT(&fs->open);
	TAILQ_INIT(&fs->broken);
	fs->open_max = FILES_OPEN_MAX;
	fs->held_max = HELD_MAX;
	fs->held_all_max = HELD_ALL_MAX;
	fs->fault = fault;
	fs->arg = arg;
}

int
files_retry(struct files *fs, struct mono now)
{
	struct file	*f, *first = NULL;
	int		 failures = 0;

	/* Those that fail again go to the end, so that all get their turn. */
	while (failures < RETRY_FILES && (f = TAILQ_FIRST(&fs->broken)) !=
	    NULL && f != first) {
		if (file_mend(f, now) == 0)
			continue;
		TAILQ_REMOVE(&fs->broken, f, failed);
		TAILQ_INSERT_TAIL(&fs->broken, f, failed);
		failures++;
		if (first == NULL)
			first = f;
	}
	return (!TAILQ_EMPTY(&fs->broken));
}

void
files_reopen(struct files *fs)
{
	while (!TAILQ_EMPTY(&fs->open))
		file_close(TAILQ_FIRST(&fs->open));
}
