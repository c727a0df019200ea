/*
 * Fork and exec of instances, and of the daemon's own processes.
 *
 * Runs in the parent and in its forked children until they exec.  The
 * child's steps are in the order of enum spawn_step; each is checked, and
 * the first that fails is written to the status pipe, which closes by itself
 * when exec succeeds.  The parent never waits for that: the owner of a file
 * can hold up its exec for as long as a lease lasts.  For the same reason
 * all descriptors of the parent, the lock among them, are closed first.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/spawn.h"

#define SPAWN_EXIT	127	/* as a shell says that it cannot exec */
#define STATUS_FD	3	/* of the pipe in the child of spawn_app */
#define HIGH_FD		64	/* descriptors are moved above this first */

struct child {
	int	 status;	/* write end of the pipe */
	int	 out;
	int	 err;
};

/* ---- the child --------------------------------------------------------- */

static void __attribute__((noreturn))
child_fail(const struct child *c, enum spawn_step step, int error, int line)
{
	struct spawn_failure f;

	memset(&f, 0, sizeof(f));
	f.step = step;
	f.error = error;
	f.line = (uint32_t)line;
	/* A pipe that is empty takes this at once, and as a whole. */
	while (write(c->status, &f, sizeof(f)) == -1 && errno == EINTR)
		continue;
	_exit(SPAWN_EXIT);
}

/* All signals are blocked: give each its default, then let them come. */
static void
child_signals(void)
{
	struct sigaction sa;
	sigset_t none;
	int sig;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sigemptyset(&sa.sa_mask);
	for (sig = 1; sig < NSIG; sig++)
		sigaction(sig, &sa, NULL);	/* KILL and STOP: no matter */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A copy where no dup2 of ours will hit it. */
static int
child_high(const struct child *c, int fd)
{
	int high;

	if ((high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD)) == -1)
		child_fail(c, STEP_STDIO, errno, 0);
	return (high);
}

static void
child_place(const struct child *c, int fd, int dst)
{
	if (dup2(fd, dst) == -1)
		child_fail(c, STEP_STDIO, errno, 0);
}

/* stdin, stdout, stderr; the descriptors given are above HIGH_FD. */
static void
child_stdio(const struct child *c)
{
	int null;

	if ((null = open("/dev/null", O_RDONLY | O_CLOEXEC)) == -1)
		child_fail(c, STEP_STDIO, errno, 0);
	if (null != STDIN_FILENO) {
		child_place(c, null, STDIN_FILENO);
		close(null);
	} else if (fcntl(STDIN_FILENO, F_SETFD, 0) == -1)
		child_fail(c, STEP_STDIO, errno, 0);
	child_place(c, c->out, STDOUT_FILENO);
	child_place(c, c->err, STDERR_FILENO);
}

/* Put the status pipe on a number of its own, still close-on-exec. */
static void
child_status(struct child *c, int dst)
{
	child_place(c, c->status, dst);
	c->status = dst;
	if (fcntl(dst, F_SETFD, FD_CLOEXEC) == -1)
		child_fail(c, STEP_CLOSE, errno, 0);
}

static void
child_limits(const struct child *c, const struct spawn *s)
{
	struct rlimit rl;
	int i, nofile = 0;

	for (i = 0; s->limits != NULL && i < (int)RLIM_NLIMITS; i++) {
		if (!s->limits[i].set)
			continue;
		rl.rlim_cur = rl.rlim_max = s->limits[i].value;
		if (setrlimit((__rlimit_resource_t)i, &rl) == -1)
			child_fail(c, STEP_LIMITS, errno, 0);
		nofile |= i == RLIMIT_NOFILE;
	}
	if (!nofile && s->nofile != NULL &&
	    setrlimit(RLIMIT_NOFILE, s->nofile) == -1)
		child_fail(c, STEP_LIMITS, errno, 0);
}

static void
child_groups(const struct child *c, const struct spawn *s)
{
	gid_t *have;
	int n;

	if (setgroups((size_t)s->ngroups, s->groups) == -1)
		child_fail(c, STEP_GROUPS, errno, 0);
	if ((n = getgroups(0, NULL)) == -1)
		child_fail(c, STEP_GROUPS, errno, 0);
	if (n == 0 && s->ngroups == 0)
		return;
	if ((have = calloc((size_t)n + 1, sizeof(*have))) == NULL ||
	    getgroups(n, have) != n)
		child_fail(c, STEP_GROUPS, errno, 0);
	/* The kernel sorts them and may drop doubles, but adds none. */
	while (n-- > 0) {
		int i, found = 0;

		for (i = 0; i < s->ngroups; i++)
			found |= s->groups[i] == have[n];
		if (!found)
			child_fail(c, STEP_GROUPS, EPERM, 0);
	}
	free(have);
}

/* Become the app's user for good, and see that it is so. */
static void
child_user(const struct child *c, const struct spawn *s)
{
	uid_t ru, eu, su;
	gid_t rg, eg, sg;

	if (geteuid() == 0) {
		child_groups(c, s);
		if (setresgid(s->gid, s->gid, s->gid) == -1)
			child_fail(c, STEP_GID, errno, 0);
		if (setresuid(s->uid, s->uid, s->uid) == -1)
			child_fail(c, STEP_UID, errno, 0);
	}
	if (getresgid(&rg, &eg, &sg) == -1 || rg != s->gid || eg != s->gid ||
	    sg != s->gid)
		child_fail(c, STEP_GID, EPERM, 0);
	if (getresuid(&ru, &eu, &su) == -1 || ru != s->uid || eu != s->uid ||
	    su != s->uid)
		child_fail(c, STEP_UID, EPERM, 0);
	if (s->uid != 0 && setresuid(0, 0, 0) != -1)
		child_fail(c, STEP_UID, EPERM, 0);
}

static void
child_env_file(const struct child *c, const struct spawn *s)
{
	int error, line;

	if (s->env_file == NULL)
		return;
	if ((error = environ_file(s->env, s->env_file, &line)) != 0)
		child_fail(c, STEP_ENVFILE, error, line);
}

static void __attribute__((noreturn))
child_app(struct child *c, const struct spawn *s, int joined)
{
	child_signals();
	if (!joined && spawn_join(s->cgroup) == -1)
		child_fail(c, STEP_CGROUP, errno, 0);
	if (setsid() == -1)
		child_fail(c, STEP_SESSION, errno, 0);
	c->status = child_high(c, c->status);
	c->out = child_high(c, c->out);
	c->err = child_high(c, c->err);
	child_stdio(c);
	child_status(c, STATUS_FD);
	closefrom(STATUS_FD + 1);
	child_limits(c, s);
	/*
	 * The nice value of the daemon is not the app's; a user whose daemon
	 * was niced cannot undo that, and did not ask for it.
	 */
	if (setpriority(PRIO_PROCESS, 0, s->nice) == -1 && s->nice != 0)
		child_fail(c, STEP_NICE, errno, 0);
	umask(s->umask);
	child_user(c, s);
	if (chdir(s->directory) == -1)
		child_fail(c, STEP_CHDIR, errno, 0);
	child_env_file(c, s);
	if (s->no_new_privs && spawn_no_new_privs() == -1)
		child_fail(c, STEP_NNP, errno, 0);
	execve(s->argv[0], s->argv, s->env->v);
	child_fail(c, STEP_EXEC, errno, 0);
}

/* Numbers 3 and up as fds says, then status pipe and binary, no more. */
static void __attribute__((noreturn))
child_daemon(struct child *c, int binfd, char *const argv[],
    char *const envp[], const struct spawn_fd *fds, size_t nfds)
{
	int high[SPAWN_FD_MAX], bin, last = STDERR_FILENO;
	size_t i;
	int n;

	child_signals();
	if (setsid() == -1)
		child_fail(c, STEP_SESSION, errno, 0);
	c->status = child_high(c, c->status);
	c->out = c->err = child_high(c, c->err);
	bin = child_high(c, binfd);
	for (i = 0; i < nfds; i++)
		high[i] = child_high(c, fds[i].src);
	child_stdio(c);
	for (i = 0; i < nfds; i++) {
		if (fds[i].dst > last)
			last = fds[i].dst;
	}
	for (n = STDERR_FILENO + 1; n <= last; n++)
		close(n);
	for (i = 0; i < nfds; i++)
		child_place(c, high[i], fds[i].dst);
	child_status(c, last + 1);
	child_place(c, bin, last + 2);
	if (fcntl(last + 2, F_SETFD, FD_CLOEXEC) == -1)
		child_fail(c, STEP_CLOSE, errno, 0);
	closefrom(last + 3);
	umask(077);
	if (chdir("/") == -1)
		child_fail(c, STEP_CHDIR, errno, 0);
	spawn_exec(last + 2, argv, envp);
	child_fail(c, STEP_EXEC, errno, 0);
}

/* ---- the parent -------------------------------------------------------- */

static int
spawn_fail(struct spawn_failure *f, enum spawn_step step, int error)
{
	memset(f, 0, sizeof(*f));
	f->step = step;
	f->error = error;
	errno = error;
	return (-1);
}

/*
 * Fork with all signals blocked, so that no handler of the parent runs in
 * the child.  0 in the child, 1 in the parent, -1 on failure.
 */
static int
spawn_begin(struct child *c, int cgroup, struct spawned *sp, int *joined,
    struct spawn_failure *f)
{
	sigset_t all, old;
	int p[2], error;

	sp->pidfd = sp->status = -1;
	if (pipe2(p, O_CLOEXEC) == -1)
		return (spawn_fail(f, STEP_FORK, errno));
	if (fcntl(p[0], F_SETFL, O_NONBLOCK) == -1) {
		error = errno;
		close(p[0]);
		close(p[1]);
		return (spawn_fail(f, STEP_FORK, error));
	}
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	sp->pid = spawn_fork(cgroup, &sp->pidfd, joined);
	error = errno;
	if (sp->pid == 0) {
		c->status = p[1];
		return (0);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(p[1]);
	if (sp->pid == -1) {
		close(p[0]);
		return (spawn_fail(f, *joined == -1 ? STEP_CGROUP : STEP_FORK,
		    error));
	}
	sp->status = p[0];
	return (1);
}

void
spawn_fill(struct spawn *s, const struct app_conf *app)
{
	memset(s, 0, sizeof(*s));
	s->argv = app->argv;
	s->env_file = app->env_file;
	s->directory = app->directory;
	if (s->directory == NULL)
		s->directory = app->home == NULL ? "/" : app->home;
	s->limits = app->limits;
	s->uid = app->uid;
	s->gid = app->gid;
	s->groups = app->groups;
	s->ngroups = app->ngroups;
	s->umask = app->umask;
	s->nice = app->nice;
	s->no_new_privs = app->no_new_privs;
	s->out = s->err = s->cgroup = -1;
}

int
spawn_app(const struct spawn *s, struct spawned *sp, struct spawn_failure *f)
{
	struct child c = { .out = s->out, .err = s->err };
	int rv, joined = 0;

	memset(f, 0, sizeof(*f));
	rv = spawn_begin(&c, s->join ? -1 : s->cgroup, sp, &joined, f);
	if (rv == 0)
		child_app(&c, s, joined && !s->join);
	return (rv == 1 ? 0 : -1);
}

/* Variables of our own that a process of the daemon gets, if we have them. */
static const char *const spawn_kept[] = {
	"TZ",
#ifdef SANITIZE
	"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
#endif
};
#define SPAWN_NKEPT	(sizeof(spawn_kept) / sizeof(spawn_kept[0]))

static int
spawn_daemon_env(struct environ_vars *e)
{
	const char *value;
	size_t i;

	memset(e, 0, sizeof(*e));
	if (environ_set(e, "LANG", "C") == -1)
		return (-1);
	for (i = 0; i < SPAWN_NKEPT; i++) {
		if ((value = getenv(spawn_kept[i])) != NULL &&
		    environ_set(e, spawn_kept[i], value) == -1)
			return (-1);
	}
	return (0);
}

int
spawn_daemon(int binfd, char *const argv[], int err,
    const struct spawn_fd *fds, size_t nfds, struct spawned *sp,
    struct spawn_failure *f)
{
	struct child c = { .out = err, .err = err };
	struct environ_vars env;
	size_t i;
	int rv, joined = 0;

	memset(f, 0, sizeof(*f));
	if (nfds > SPAWN_FD_MAX)
		return (spawn_fail(f, STEP_STDIO, EINVAL));
	for (i = 0; i < nfds; i++) {
		if (fds[i].dst <= STDERR_FILENO ||
		    fds[i].dst >= SPAWN_FD_MAX)
			return (spawn_fail(f, STEP_STDIO, EINVAL));
	}
	if (spawn_daemon_env(&env) == -1) {
		environ_free(&env);
		return (spawn_fail(f, STEP_FORK, ENOMEM));
	}
	if ((rv = spawn_begin(&c, -1, sp, &joined, f)) == 0)
		child_daemon(&c, binfd, argv, env.v, fds, nfds);
	environ_free(&env);
	return (rv == 1 ? 0 : -1);
}

int
spawn_status(int fd, struct spawn_failure *f)
{
	ssize_t n;

	memset(f, 0, sizeof(*f));
	do {
		n = read(fd, f, sizeof(*f));
	} while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return (0);
	if (n == 0)
		return (1);
	if (n != (ssize_t)sizeof(*f) || f->step == STEP_NONE ||
	    f->step >= STEP_MAX)
		return (spawn_fail(f, STEP_EXEC, n == -1 ? errno : EIO));
	return (-1);
}

char *
spawn_failure_text(const struct spawn_failure *f, const struct app_conf *app,
    char *buf, size_t size)
{
	const char *what = "", *step = spawn_step_name(f->step);

	switch (f->step) {
	case STEP_EXEC:
		what = app->argv[0];
		break;
	case STEP_CHDIR:
		what = app->directory != NULL ? app->directory :
		    app->home != NULL ? app->home : "/";
		break;
	case STEP_ENVFILE:
		what = app->env_file == NULL ? "" : app->env_file;
		break;
	default:
		break;
	}
	if (f->line != 0)
		snprintf(buf, size, "%s %s:%u: syntax error", step, what,
		    (unsigned int)f->line);
	else
		snprintf(buf, size, "%s%s%s: %s", step, what[0] == '\0' ?
		    "" : " ", what, strerror(f->error));
	return (buf);
}
