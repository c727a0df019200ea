/*
 * kill: the last resort against a daemon that hangs.  A pid in a file is
 * no proof, so nothing is signalled whose signature differs, and signals
 * go by pidfd, which names that one process for good.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/mono.h"
#include "common/place.h"
#include "common/signature.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/kill.h"

#define KILL_WAIT_MS	10000	/* a SIGKILL takes effect long before */
#define KILL_LOOK_MS	50	/* between looks where there are no pidfds */

/* Open the process and only then look who it is: no pid is reused between. */
static void
kill_prove(struct found *f)
{
	struct signature	 now;

	f->what = FOUND_STALE;
	if (f->file.sig.pid <= 1 || f->file.sig.pid == getpid())
		return;
	f->pidfd = signature_pidfd(f->file.sig.pid);
	if (signature_of(f->file.sig.pid, f->pidfd, &now) == -1) {
		if (errno != ESRCH) {
			f->what = FOUND_ERROR;
			f->error = errno;
		}
		return;
	}
	if (signature_equal(&f->file.sig, &now) &&
	    signature_alive(&f->file.sig))
		f->what = FOUND_RUNNING;
}

void
kill_find(const struct ctl *ctl, struct found *f)
{
	struct places	 homes;
	size_t		 i;
	int		 n;

	memset(f, 0, sizeof(*f));
	f->pidfd = -1;
	if (place_homes(ctl->socket, ctl->home, &homes) == -1) {
		f->what = FOUND_ERROR;
		f->error = ENAMETOOLONG;
		return;
	}
	for (i = 0; i < homes.n; i++) {
		strlcpy(f->home, homes.path[i], sizeof(f->home));
		n = snprintf(f->path, sizeof(f->path), "%s/daemon.pid",
		    homes.path[i]);
		if (n < 0 || (size_t)n >= sizeof(f->path))
			continue;
		if (pidfile_load(f->path, geteuid(), &f->file) == 0) {
			kill_prove(f);
			return;
		}
		if (errno != ENOENT && errno != ENOTDIR) {
			f->what = FOUND_ERROR;
			f->error = errno;
			return;
		}
	}
}

void
kill_release(struct found *f)
{
	if (f->pidfd != -1)
		close(f->pidfd);
	f->pidfd = -1;
}

int
kill_wait(const struct found *f, int ms)
{
	struct pollfd	 pfd = { .fd = f->pidfd, .events = POLLIN };
	struct timespec	 look = { 0, KILL_LOOK_MS * 1000000L };
	struct mono	 end = mono_add_ms(mono_now(), ms);
	int		 left = ms, n;

	for (;;) {
		if (f->pidfd == -1) {
			if (!signature_alive(&f->file.sig))
				return (0);
			nanosleep(&look, NULL);
		} else if ((n = poll(&pfd, 1, left)) == 1)
			return (0);
		else if (n == -1 && errno != EINTR)
			return (-1);
		if (ms >= 0 &&
		    (left = (int)mono_diff_ms(end, mono_now())) <= 0)
			return (-1);
	}
}

/* Why there is nothing to signal, as the exit code after saying so. */
static int
kill_explain(struct ctl *ctl, const struct found *f)
{
	char	 self[CTL_TEXT_MAX];

	switch (f->what) {
	case FOUND_NONE:
		return (ctl_fail(ctl, EXIT_UNREACHABLE,
		    "no daemon known: no pid file at %s", f->path));
	case FOUND_ERROR:
		if (f->error == EINVAL)
			return (ctl_fail(ctl, EXIT_FAILED, "%s is damaged; "
			    "nothing is signalled", f->path));
		return (ctl_fail(ctl, f->error == EACCES || f->error == EPERM ?
		    EXIT_DENIED : EXIT_FAILED, "%s: %s", f->path,
		    strerror(f->error)));
	default:
		return (ctl_fail(ctl, EXIT_UNREACHABLE, "daemon not running "
		    "(%s is left from pid %ld); start it with: %s up",
		    f->path, (long)f->file.sig.pid,
		    conn_self(ctl, self, sizeof(self))));
	}
}

int
kill_signal(struct ctl *ctl, int sig)
{
	struct found	 f;
	int		 code = EXIT_DONE;

	kill_find(ctl, &f);
	if (f.what != FOUND_RUNNING)
		code = kill_explain(ctl, &f);
	else if (signature_kill(f.file.sig.pid, f.pidfd, sig) == -1)
		code = ctl_fail(ctl, errno == EPERM ? EXIT_DENIED :
		    EXIT_FAILED, "pid %ld: %s", (long)f.file.sig.pid,
		    strerror(errno));
	kill_release(&f);
	return (code);
}

/* The unit of a service manager that will start the daemon again, or "". */
static void
kill_unit(pid_t pid, char *unit, size_t size)
{
	char	 path[64], line[PATH_MAX], *end, *slash;
	FILE	*fp;

	*unit = '\0';
	snprintf(path, sizeof(path), "/proc/%ld/cgroup", (long)pid);
	if ((fp = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), fp) != NULL) {
		/* The last one: user@1000.service is not the daemon's. */
		end = NULL;
		for (slash = line; (slash = strstr(slash, ".service")) != NULL;
		    slash++)
			end = slash;
		if (end == NULL)
			continue;
		end[strlen(".service")] = '\0';
		slash = strrchr(line, '/');
		if (slash != NULL && strstr(slash, "omnitron") != NULL)
			strlcpy(unit, slash + 1, size);
	}
	fclose(fp);
}

static int
kill_daemon(struct ctl *ctl, const struct found *f)
{
	char	 unit[NAME_MAX];
	long	 pid = (long)f->file.sig.pid;

	kill_unit(f->file.sig.pid, unit, sizeof(unit));
	if (signature_kill(f->file.sig.pid, f->pidfd, SIGKILL) == -1 &&
	    errno != ESRCH)
		return (ctl_fail(ctl, errno == EPERM ? EXIT_DENIED :
		    EXIT_FAILED, "daemon (pid %ld): %s", pid,
		    strerror(errno)));
	if (kill_wait(f, KILL_WAIT_MS) == -1)
		return (ctl_fail(ctl, EXIT_TIMEOUT, "daemon (pid %ld) does "
		    "not go: it is stuck in the kernel", pid));
	ctl_note(ctl, "daemon killed (pid %ld)", pid);
	if (unit[0] != '\0')
		ctl_note(ctl, "it ran as %s: the service manager starts it "
		    "again", unit);
	return (EXIT_DONE);
}

int
kill_run(struct ctl *ctl, const struct args *args)
{
	struct found	 f;
	int		 code = EXIT_DONE, apps = args_has(args, OPT_APPS);

	kill_find(ctl, &f);
	if (f.what == FOUND_RUNNING)
		code = kill_daemon(ctl, &f);
	else if (f.what == FOUND_STALE)
		ctl_note(ctl, "daemon not running (%s is left from pid %ld)",
		    f.path, (long)f.file.sig.pid);
	else if (f.what == FOUND_ERROR || !apps)
		code = kill_explain(ctl, &f);
	if (code == EXIT_DONE && apps)
		code = kill_apps(ctl, f.home);
	else if (code == EXIT_DONE && f.what == FOUND_RUNNING)
		ctl_note(ctl, "its apps run on and are taken over by the "
		    "next: omnitronctl up");
	if (code == EXIT_DONE && ctl->json && f.what == FOUND_RUNNING)
		printf("{\"success\":true,\"pid\":%ld}\n",
		    (long)f.file.sig.pid);
	else if (code == EXIT_DONE && ctl->json)
		printf("{\"success\":true,\"pid\":null,"
		    "\"message\":\"daemon not running\"}\n");
	kill_release(&f);
	return (code);
}
