/*
 * kill --apps: end the processes that state.json records.
 *
 * As root the file belongs to the store's user, so it is no order, only a
 * hint: a process is killed when its signature is the recorded one and it
 * also bears the app's name, in its environment or as its cgroup, which are
 * asked of the kernel.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/xmalloc.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/kill.h"

#define KILL_ENVIRON_MAX	(2 * 1024 * 1024)	/* ARG_MAX of Linux */
#define KILL_CGROUP_MAX		8192
/* The groups that the daemon makes: omnitron-HASH/app:NAME/PROCESS.N. */
#define KILL_CGROUP		"/omnitron-"
#define KILL_CGROUP_DIGITS	16

/* All of a small file; NULL with errno, EFBIG beyond max. */
static char *
kill_read(const char *path, size_t max, size_t *len)
{
	char	*buf = NULL;
	size_t	 size = 0;
	ssize_t	 n;
	int	 fd, saved;

	*len = 0;
	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK)) == -1)
		return (NULL);
	for (;;) {
		if (size - *len < 2) {
			size = size == 0 ? 8192 : size * 2;
			buf = xreallocarray(buf, size, 1);
		}
		n = read(fd, buf + *len, size - *len - 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if ((*len += (size_t)n) > max) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	saved = errno;
	close(fd);
	if (n == -1) {
		free(buf);
		errno = saved;
		return (NULL);
	}
	buf[*len] = '\0';
	return (buf);
}

int
kill_environ_has(const char *block, size_t len, const char *entry)
{
	const char	*p, *end = block + len, *nul;
	size_t		 want = strlen(entry);

	for (p = block; p < end; p = nul + 1) {
		if ((nul = memchr(p, '\0', (size_t)(end - p))) == NULL)
			nul = end;
		if ((size_t)(nul - p) == want && memcmp(p, entry, want) == 0)
			return (1);
	}
	return (0);
}

int
kill_cgroup_has(const char *text, const char *app)
{
	const char	*p;
	size_t		 len = strlen(app);

	for (p = text; (p = strstr(p, KILL_CGROUP)) != NULL;) {
		p += sizeof(KILL_CGROUP) - 1;
		if (strspn(p, "0123456789abcdef") != KILL_CGROUP_DIGITS)
			continue;
		p += KILL_CGROUP_DIGITS;
		if (strncmp(p, "/app:", 5) == 0 &&
		    strncmp(p + 5, app, len) == 0 && p[5 + len] == '/')
			return (1);
	}
	return (0);
}

/* Does the process bear the app's name? */
static int
kill_bears(pid_t pid, const char *app)
{
	char	 path[64], want[CTL_TEXT_MAX], *text;
	size_t	 len;
	int	 yes = 0;

	snprintf(path, sizeof(path), "/proc/%ld/environ", (long)pid);
	snprintf(want, sizeof(want), "OMNITRON_APP=%s", app);
	if ((text = kill_read(path, KILL_ENVIRON_MAX, &len)) != NULL)
		yes = kill_environ_has(text, len, want);
	free(text);
	if (yes)
		return (1);
	/* It may have written a title over its environment. */
	snprintf(path, sizeof(path), "/proc/%ld/cgroup", (long)pid);
	if ((text = kill_read(path, KILL_CGROUP_MAX, &len)) != NULL)
		yes = kill_cgroup_has(text, app);
	free(text);
	return (yes);
}

static int
kill_recorded(const struct json *process, struct signature *sig)
{
	const char	*inode, *boot;
	char		*end;
	int64_t		 pid, start;

	memset(sig, 0, sizeof(*sig));
	pid = json_get_int(process, "pid", 0);
	start = json_get_int(process, "startTime", 0);
	boot = json_get_string(process, "bootId", "");
	inode = json_get_string(process, "pidfdInode", "0");
	if (pid <= 1 || pid > INT_MAX || start <= 0 || pid == getpid() ||
	    !signature_bootid_valid(boot))
		return (-1);
	sig->pid = (pid_t)pid;
	sig->starttime = (uint64_t)start;
	strlcpy(sig->bootid, boot, sizeof(sig->bootid));
	errno = 0;
	sig->inode = strtoull(inode, &end, 10);
	return (errno != 0 || *end != '\0' || *inode == '-' ? -1 : 0);
}

/* 1 killed, 0 not there any more, -1 failed or left alone. */
static int
kill_one(struct ctl *ctl, const char *app, const struct json *process)
{
	struct found		 f = { .pidfd = -1 };
	struct signature	 now;
	int			 result = 0;

	if (kill_recorded(process, &f.file.sig) == -1)
		return (0);
	f.pidfd = signature_pidfd(f.file.sig.pid);
	if (signature_of(f.file.sig.pid, f.pidfd, &now) == -1 ||
	    !signature_equal(&f.file.sig, &now) ||
	    !signature_alive(&f.file.sig))
		goto done;
	/* the record is the store's: alone it makes us kill nothing */
	if (!kill_bears(now.pid, app)) {
		ctl_warn(ctl, "%s: pid %ld is left alone: nothing in it says "
		    "that it is this app's", app, (long)now.pid);
		result = -1;
		goto done;
	}
	if (group_kill(now.pid, f.pidfd) == -1) {
		ctl_warn(ctl, "%s: pid %ld: %s", app, (long)now.pid,
		    strerror(errno));
		result = -1;
		goto done;
	}
	kill_wait(&f, 1000);
	ctl_note(ctl, "%s: killed (pid %ld)", app, (long)now.pid);
	result = 1;
 done:
	kill_release(&f);
	return (result);
}

/* As root the store has a folder of its own. */
static char *
kill_state(const char *home, char *path, size_t size, size_t *len)
{
	char	*text;

	snprintf(path, size, "%s/state/state.json", home);
	text = kill_read(path, json_limits_state.max, len);
	if (text != NULL || (errno != ENOENT && errno != ENOTDIR))
		return (text);
	snprintf(path, size, "%s/state.json", home);
	return (kill_read(path, json_limits_state.max, len));
}

static int
kill_all(struct ctl *ctl, const struct json *state, size_t *killed)
{
	const struct json	*apps, *app, *list, *process;
	int			 n, failed = 0;

	if ((apps = json_get(state, "apps")) == NULL)
		return (0);
	for (app = apps->first; app != NULL; app = app->next) {
		if ((list = json_get(app, "processes")) == NULL)
			continue;
		for (process = list->first; process != NULL;
		    process = process->next) {
			n = kill_one(ctl, json_get_string(app, "name", ""),
			    process);
			if (n == -1)
				failed++;
			else
				*killed += (size_t)n;
		}
	}
	return (failed);
}

int
kill_apps(struct ctl *ctl, const char *home)
{
	struct json	*state;
	char		*text, path[PATH_MAX], err[128];
	size_t		 len, killed = 0;
	int		 failed;

	text = kill_state(home, path, sizeof(path), &len);
	if (text == NULL && errno == ENOENT) {
		ctl_note(ctl, "no app is recorded in %s", home);
		return (EXIT_DONE);
	}
	if (text == NULL)
		return (ctl_fail(ctl, errno == EACCES ? EXIT_DENIED :
		    EXIT_FAILED, "%s: %s", path, strerror(errno)));
	state = json_parse(text, len, &json_limits_state, err, sizeof(err));
	free(text);
	if (state == NULL)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", path, err));
	failed = kill_all(ctl, state, &killed);
	json_free(state);
	if (failed > 0)
		return (ctl_fail(ctl, EXIT_PARTIAL,
		    "%d processes could not be killed", failed));
	if (killed == 0)
		ctl_note(ctl, "no recorded app runs");
	return (EXIT_DONE);
}
