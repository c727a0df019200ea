/*
 * The group of one instance (Linux).
 *
 * Runs in the parent.  It touches the group's folder, and /proc/PID/cgroup
 * of processes that are asked about.
 */
#include "omnitrond/parent/cgroup.h"

#ifdef __linux__

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/signature.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/cgroup_place.h"
#include "omnitrond/parent/cgroup_tree.h"

#define LEAF_TEXT_MAX	4096	/* cgroup.events, memory.events */
#define LEAF_PROC_MAX	8192	/* /proc/PID/cgroup */
#define LEAF_KILL_ROUNDS 64	/* without cgroup.kill: against forks */
#define LEAF_PIDS_ROUND	1024	/* signalled in one round */

static int
leaf_open(const struct cgroup *cg, const char *name)
{
	return (openat(cg->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC));
}

static char *
leaf_name(const char *app, const char *process, unsigned int instance)
{
	char *name;

	xasprintf(&name, CGROUP_APP "%s/%s.%u", app, process, instance);
	return (name);
}

static struct cgroup_leaf *
leaf_new(struct cgroup *cg, char *name, int fd)
{
	struct cgroup_leaf *leaf;
	int saved = errno;

	if (fd == -1) {
		free(name);
		errno = saved;
		return (NULL);
	}
	leaf = xcalloc(1, sizeof(*leaf));
	leaf->cg = cg;
	leaf->name = name;
	leaf->fd = fd;
	leaf->wd = -1;
	return (leaf);
}

struct cgroup_leaf *
cgroup_leaf_find(struct cgroup *cg, const char *app, const char *process,
    unsigned int instance)
{
	char *name = leaf_name(app, process, instance);

	return (leaf_new(cg, name, leaf_open(cg, name)));
}

struct cgroup_leaf *
cgroup_leaf_open(struct cgroup *cg, const char *app, const char *process,
    unsigned int instance)
{
	char *name = leaf_name(app, process, instance);
	char folder[sizeof(CGROUP_APP) + NAME_SIZE];
	int fd = -1, tries;

	snprintf(folder, sizeof(folder), CGROUP_APP "%s", app);

	/* Twice: the app's folder may just be going, with another leaf. */
	for (tries = 0; tries < 2; tries++) {
		fd = leaf_open(cg, name);
		if (fd != -1 || errno != ENOENT)
			break;
		mkdirat(cg->fd, folder, 0755);
		mkdirat(cg->fd, name, 0755);
		if ((fd = leaf_open(cg, name)) != -1)
			break;
	}
	return (leaf_new(cg, name, fd));
}

void
cgroup_leaf_close(struct cgroup_leaf *leaf)
{
	if (leaf == NULL)
		return;
	cgroup_unwatch(leaf);
	close(leaf->fd);
	free(leaf->name);
	free(leaf);
}

int
cgroup_leaf_remove(struct cgroup_leaf *leaf)
{
	cgroup_prune(leaf->fd, ".", 0);
	if (unlinkat(leaf->cg->fd, leaf->name, AT_REMOVEDIR) == -1 &&
	    errno != ENOENT)
		return (-1);
	/* The app's folder goes with its last instance. */
	*strchr(leaf->name, '/') = '\0';
	unlinkat(leaf->cg->fd, leaf->name, AT_REMOVEDIR);
	cgroup_leaf_close(leaf);
	return (0);
}

int
cgroup_leaf_spent(const struct cgroup_leaf *leaf)
{
	return (leaf->spent);
}

int
cgroup_leaf_fd(const struct cgroup_leaf *leaf)
{
	return (leaf->fd);
}

int
cgroup_leaf_file(const struct cgroup_leaf *leaf, const char *name)
{
	return (openat(leaf->fd, name, O_RDONLY | O_CLOEXEC));
}

/* A small file of the group, terminated; -1 with errno. */
static int
leaf_text(const struct cgroup_leaf *leaf, const char *name, char *buf,
    size_t size)
{
	ssize_t n;
	int fd, saved;

	if ((fd = cgroup_leaf_file(leaf, name)) == -1)
		return (-1);
	n = read(fd, buf, size - 1);
	saved = errno;
	close(fd);
	errno = saved;
	if (n == -1)
		return (-1);
	buf[n] = '\0';
	return (0);
}

/* The number after a key at the start of a line, or -1. */
static int64_t
leaf_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (;;) {
		if (strncmp(text, key, n) == 0 && text[n] == ' ')
			return (strtoll(text + n + 1, NULL, 10));
		if ((text = strchr(text, '\n')) == NULL)
			return (-1);
		text++;
	}
}

int
cgroup_leaf_populated(const struct cgroup_leaf *leaf)
{
	char text[LEAF_TEXT_MAX];
	int64_t n;

	if (leaf_text(leaf, "cgroup.events", text, sizeof(text)) == -1) {
		/* Removed: nothing can be in it. */
		return (errno == ENODEV || errno == ENOENT ? 0 : -1);
	}
	if ((n = leaf_value(text, "populated")) == -1) {
		errno = EINVAL;
		return (-1);
	}
	return (n != 0);
}

int64_t
cgroup_leaf_ooms(const struct cgroup_leaf *leaf)
{
	char text[LEAF_TEXT_MAX];

	if (leaf_text(leaf, "memory.events", text, sizeof(text)) == -1)
		return (-1);
	return (leaf_value(text, "oom_kill"));
}

/* The pids of one folder and those below it; *n is how many there are. */
static int
leaf_collect(int dir, pid_t *pids, size_t max, size_t *n, int depth)
{
	const char *sub;
	FILE *f;
	DIR *d;
	int fd, pid;

	fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || (f = fdopen(fd, "r")) == NULL) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	while (*n < max && fscanf(f, "%d", &pid) == 1) {
		/* 0: of another pid namespace */
		if (pid > 0)
			pids[(*n)++] = pid;
	}
	fclose(f);
	if (depth >= CGROUP_DEPTH_MAX || (d = cgroup_opendir(dir, ".")) == NULL)
		return (0);
	while ((sub = cgroup_readdir(d)) != NULL) {
		fd = openat(dir, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
		if (fd == -1)
			continue;
		leaf_collect(fd, pids, max, n, depth + 1);
		close(fd);
	}
	closedir(d);
	return (0);
}

ssize_t
cgroup_leaf_pids(const struct cgroup_leaf *leaf, pid_t *pids, size_t max)
{
	size_t n = 0;

	if (leaf_collect(leaf->fd, pids, max, &n, 0) == -1)
		return (errno == ENODEV || errno == ENOENT ? 0 : -1);
	return ((ssize_t)n);
}

/* The folder of a process: what is opened in it is of that very one. */
static int
leaf_proc(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return (open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int
leaf_has(const struct cgroup_leaf *leaf, int proc)
{
	char text[LEAF_PROC_MAX], group[PATH_MAX], want[PATH_MAX];
	size_t len;
	ssize_t n;
	int fd;

	if ((fd = openat(proc, "cgroup", O_RDONLY | O_CLOEXEC)) == -1)
		return (0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return (0);
	text[n] = '\0';
	if (cgroup_group_parse(text, group, sizeof(group)) == -1)
		return (0);
	len = (size_t)snprintf(want, sizeof(want), "%s/%s", leaf->cg->group,
	    leaf->name);
	if (len >= sizeof(want) || strncmp(group, want, len) != 0)
		return (0);
	/* " (deleted)" would be a group of that name before this one. */
	return (group[len] == '\0' || group[len] == '/');
}

int
cgroup_leaf_has(const struct cgroup_leaf *leaf, pid_t pid)
{
	int has, proc;

	if ((proc = leaf_proc(pid)) == -1)
		return (0);
	has = leaf_has(leaf, proc);
	close(proc);
	return (has);
}

int
cgroup_leaf_member(const struct cgroup_leaf *leaf, pid_t pid,
    const char *name)
{
	int fd = -1, proc;

	if ((proc = leaf_proc(pid)) == -1)
		return (-1);
	if (leaf_has(leaf, proc))
		fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	else
		errno = ESRCH;
	close(proc);
	return (fd);
}

/* One process, if it is still in the group once it cannot be another. */
static int
leaf_signal_one(const struct cgroup_leaf *leaf, pid_t pid, int sig)
{
	int pidfd, rv = -1;

	if ((pidfd = signature_pidfd(pid)) == -1 && errno != ENOSYS)
		return (-1);
	if (cgroup_leaf_has(leaf, pid))
		rv = signature_kill(pid, pidfd, sig);
	if (pidfd != -1)
		close(pidfd);
	return (rv);
}

int
cgroup_leaf_signal(const struct cgroup_leaf *leaf, int sig)
{
	pid_t pids[LEAF_PIDS_ROUND];
	ssize_t i, n;
	int sent = 0;

	if ((n = cgroup_leaf_pids(leaf, pids, LEAF_PIDS_ROUND)) == -1)
		return (-1);
	for (i = 0; i < n; i++) {
		if (leaf_signal_one(leaf, pids[i], sig) == 0)
			sent++;
	}
	return (sent);
}

int
cgroup_leaf_kill(struct cgroup_leaf *leaf)
{
	int fd, i, rv;

	leaf->spent = 1;
	if ((fd = openat(leaf->fd, "cgroup.kill", O_WRONLY | O_CLOEXEC)) !=
	    -1) {
		rv = write(fd, "1", 1) == 1 ? 0 : -1;
		close(fd);
		return (rv);
	}
	/* Before 5.14: again until no one is left who could have forked. */
	for (i = 0; i < LEAF_KILL_ROUNDS; i++) {
		if ((rv = cgroup_leaf_signal(leaf, SIGKILL)) <= 0)
			return (rv);
	}
	return (0);
}

#endif /* __linux__ */
