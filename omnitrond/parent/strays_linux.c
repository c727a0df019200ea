/*
 * Finding strays on Linux: /proc.
 *
 * Runs in the parent.  It reads stat and environ of all processes.
 */
#include "omnitrond/parent/strays.h"

#ifdef __linux__

#include <sys/prctl.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/signature.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/identify.h"

#define ENVIRON_TEXT_MAX (256 * 1024)	/* ours stands at the front */

struct proc_entry {
	struct signature_stat	 st;
	size_t			 hit;		/* 1 + whose it is; 0 = none */
};

struct proc_list {
	const struct strays_of	*of;
	size_t			 nof;
	struct proc_entry	*v;
	size_t			 n;
	size_t			 size;
};

int
strays_reaper(void)
{
	return (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
}

int
strays_orphans(int (*ours)(void *, pid_t), void *arg)
{
	char path[64];
	FILE *f;
	int pid, found = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	if ((f = fopen(path, "re")) == NULL)
		return (-1);
	while (!found && fscanf(f, "%d", &pid) == 1)
		found = !ours(arg, pid);
	fclose(f);
	return (found);
}

/* Its environment, for environ_free; NULL with errno. */
static char *
environ_read(pid_t pid, size_t *len)
{
	char path[32], *buf;
	ssize_t n;
	int fd;

	*len = 0;
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (NULL);
	buf = xmalloc(ENVIRON_TEXT_MAX);
	/* A read gives a page at most. */
	while (*len < ENVIRON_TEXT_MAX &&
	    (n = read(fd, buf + *len, ENVIRON_TEXT_MAX - *len)) > 0)
		*len += (size_t)n;
	close(fd);
	if (*len > 0)
		return (buf);
	/* Within its exec a process has none for a moment. */
	free(buf);
	errno = EAGAIN;
	return (NULL);
}

/*
 * The real user: whom a set-uid program acts for.  He may signal it himself,
 * so that nobody gets rid of a process here that is not his.
 */
static int
environ_users(pid_t pid, uid_t want)
{
	uid_t uid;

	return (want == STRAYS_ANYONE ||
	    (identify_uid(pid, &uid) == 0 && uid == want));
}

int
strays_environ(pid_t pid, const struct strays_of *of)
{
	char *buf;
	size_t len;
	int rv;

	if ((buf = environ_read(pid, &len)) == NULL)
		return (-1);
	rv = strays_environ_match(buf, len, of) && environ_users(pid, of->uid);
	freezero(buf, ENVIRON_TEXT_MAX);
	return (rv);
}

int
strays_var(pid_t pid, const char *home, const char *var, char *value,
    size_t size)
{
	const char *text, *have;
	char *buf;
	size_t len;
	int rv;

	if ((buf = environ_read(pid, &len)) == NULL)
		return (-1);
	have = strays_get(buf, len, "OMNITRON_HOME");
	text = strays_get(buf, len, var);
	rv = have != NULL && text != NULL && strcmp(have, home) == 0 &&
	    strlcpy(value, text, size) < size;
	freezero(buf, ENVIRON_TEXT_MAX);
	return (rv);
}

/*
 * The name is only where to look: another mount namespace may show the same
 * path for a file of its own, so that the inode decides.
 */
static int
output_is(pid_t pid, int fd, const struct strays_of *of)
{
	char path[48], target[PATH_MAX], *name;
	struct stat a, b;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	if ((n = readlink(path, target, sizeof(target) - 1)) == -1)
		return (0);
	target[n] = '\0';
	if ((name = strrchr(target, '/')) == NULL ||
	    !strays_fifo_match(++name, of))
		return (0);
	return (stat(path, &a) == 0 && S_ISFIFO(a.st_mode) &&
	    fstatat(of->fifodir, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

int
strays_output(pid_t pid, const struct strays_of *of)
{
	if (of->fifodir <= 0)
		return (0);
	return (output_is(pid, STDOUT_FILENO, of) ||
	    output_is(pid, STDERR_FILENO, of));
}

/* By its environment, which is read once for all. */
static size_t
list_named(pid_t pid, const struct proc_list *l)
{
	char *buf;
	size_t i, len, hit = 0;

	if ((buf = environ_read(pid, &len)) == NULL)
		return (0);
	for (i = 0; i < l->nof && hit == 0; i++)
		if (strays_environ_match(buf, len, &l->of[i]) &&
		    environ_users(pid, l->of[i].uid))
			hit = i + 1;
	freezero(buf, ENVIRON_TEXT_MAX);
	return (hit);
}

/* A process: one of the session, or one that has the name or the FIFO. */
static size_t
list_hit(const struct signature_stat *st, const struct proc_list *l)
{
	size_t i, hit;

	for (i = 0; i < l->nof; i++)
		if (l->of[i].session > 0 && st->session == l->of[i].session)
			return (i + 1);
	if ((hit = list_named(st->pid, l)) != 0)
		return (hit);
	for (i = 0; i < l->nof; i++)
		if (strays_output(st->pid, &l->of[i]) == 1)
			return (i + 1);
	return (0);
}

static void
list_add(struct proc_list *l, pid_t pid)
{
	struct proc_entry *e;

	if (l->n == l->size) {
		l->size = l->size == 0 ? 256 : l->size * 2;
		l->v = xreallocarray(l->v, l->size, sizeof(*l->v));
	}
	e = &l->v[l->n];
	if (signature_stat(pid, &e->st) == -1)
		return;
	/* Neither init nor we are anyone's stray, whatever we inherited. */
	e->hit = pid == 1 || pid == getpid() ? 0 : list_hit(&e->st, l);
	l->n++;
}

static int
list_fill(struct proc_list *l)
{
	struct dirent *de;
	const char *e;
	pid_t pid;
	DIR *d;

	if ((d = opendir("/proc")) == NULL)
		return (-1);
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] < '1' || de->d_name[0] > '9')
			continue;
		pid = (pid_t)strtonum(de->d_name, 1, INT_MAX, &e);
		if (e == NULL)
			list_add(l, pid);
	}
	closedir(d);
	return (0);
}

/* Whose its parent is, if what it starts is that one's as well. */
static size_t
list_parent_hit(const struct proc_list *l, pid_t ppid)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->v[mid].st.pid == ppid)
			return (l->v[mid].hit != 0 &&
			    l->of[l->v[mid].hit - 1].app != NULL ?
			    l->v[mid].hit : 0);
		if (l->v[mid].st.pid < ppid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (0);
}

static int
list_cmp(const void *a, const void *b)
{
	pid_t x = ((const struct proc_entry *)a)->st.pid;
	pid_t y = ((const struct proc_entry *)b)->st.pid;

	return (x < y ? -1 : x > y);
}

/* Descendants of hits are hits, also those that emptied their environment. */
static void
list_spread(struct proc_list *l)
{
	size_t i, hit;
	int changed;

	if (l->n == 0)
		return;
	qsort(l->v, l->n, sizeof(*l->v), list_cmp);
	do {
		changed = 0;
		for (i = 0; i < l->n; i++) {
			if (l->v[i].hit != 0 || l->v[i].st.pid == getpid() ||
			    (hit = list_parent_hit(l, l->v[i].st.ppid)) == 0)
				continue;
			l->v[i].hit = hit;
			changed = 1;
		}
	} while (changed);
}

ssize_t
strays_find(const struct strays_of *of, size_t nof, struct stray **out)
{
	struct proc_list l = { of, nof, NULL, 0, 0 };
	size_t i, n = 0;

	*out = NULL;
	if (list_fill(&l) == -1) {
		free(l.v);
		return (-1);
	}
	list_spread(&l);
	for (i = 0; i < l.n; i++) {
		if (l.v[i].hit == 0 || l.v[i].st.state == 'Z' ||
		    l.v[i].st.state == 'X')
			continue;
		if (*out == NULL)
			*out = xcalloc(l.n, sizeof(**out));
		(*out)[n].pid = l.v[i].st.pid;
		(*out)[n].whose = l.v[i].hit - 1;
		(*out)[n++].starttime = l.v[i].st.starttime;
	}
	free(l.v);
	return ((ssize_t)n);
}

#endif /* __linux__ */
