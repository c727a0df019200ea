/*
 * What a child does between its birth and its exec.
 *
 * Runs in children of the parent, with its rights, until they give them up.
 * The steps are in the order of enum spawn_step; each is checked, and the
 * first that fails is written to the status pipe, which closes by itself
 * when exec succeeds.
 *
 * child_app may share the parent's memory: it may touch its own stack and
 * what struct child names, and nothing of libc's (spawn_sys.h).  An env-file
 * needs memory, so that its child is always a fork.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/spawn_child.h"
#include "omnitrond/parent/spawn_sys.h"

#define SPAWN_EXIT	127	/* as a shell says that it cannot exec */
#define HIGH_FD		64	/* descriptors are moved above this first */

static void __attribute__((noreturn))
child_exit(void)
{
	for (;;) {
#ifdef SPAWN_RAW
		SYS1(exit_group, SPAWN_EXIT);
#else
		_exit(SPAWN_EXIT);
#endif
	}
}

static void __attribute__((noreturn))
child_fail_line(const struct child *c, enum spawn_step step, long rv, int line)
{
	struct spawn_failure f = { step, (int32_t)-rv, (uint32_t)line };

	/* A pipe that is empty takes this at once, and as a whole. */
	while (SYS3(write, c->status, &f, sizeof(f)) == -EINTR)
		continue;
	child_exit();
}

/* The result of a step, which must not be a negative errno. */
static long
child_must(const struct child *c, enum spawn_step step, long rv)
{
	if (rv < 0)
		child_fail_line(c, step, rv, 0);
	return (rv);
}

/* All signals are blocked: give each its default, then let them come. */
#ifdef SPAWN_RAW
#define KERNEL_NSIG	64
#define KERNEL_SET	8	/* bytes of its sigset */

static void
child_signals(const struct child *c)
{
	/* the kernel's own struct: all zero is the default and no flags */
	static const unsigned long dfl[4];
	static const uint64_t none;
	int sig;

	for (sig = 1; sig <= KERNEL_NSIG; sig++)
		SYS4(rt_sigaction, sig, dfl, NULL, KERNEL_SET);
	child_must(c, STEP_SESSION, SYS4(rt_sigprocmask, SIG_SETMASK, &none,
	    NULL, KERNEL_SET));
}
#else
static void
child_signals(const struct child *c)
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
	child_must(c, STEP_SESSION, SYS3(sigprocmask, SIG_SETMASK, &none,
	    NULL));
}
#endif

/* fd becomes dst, and only dst of the two survives exec. */
static void
child_place(const struct child *c, int fd, int dst)
{
	child_must(c, STEP_STDIO, SYS3(dup3, fd, dst, 0));
}

static void
child_stdio(const struct child *c)
{
	child_place(c, c->null, STDIN_FILENO);
	child_place(c, c->out, STDOUT_FILENO);
	child_place(c, c->err, STDERR_FILENO);
}

/* Put the status pipe on a number of its own, still close-on-exec. */
static void
child_status(struct child *c, int dst)
{
	if (c->status != dst)
		child_must(c, STEP_CLOSE, SYS3(dup3, c->status, dst,
		    O_CLOEXEC));
	c->status = dst;
}

/* A copy where no dup3 of ours will hit it. */
static int
child_high(const struct child *c, int fd)
{
	return ((int)child_must(c, STEP_STDIO, SYS3(fcntl, fd,
	    F_DUPFD_CLOEXEC, HIGH_FD)));
}

/*
 * What else it is given: sockets from 3 on, the FIFO for its newline where it
 * wants it.  The first number that is free after that is for the status.
 */
static int
child_given(struct child *c, const struct spawn *s)
{
	int high[LISTENS_MAX], ready = -1, next = STATUS_FD + s->nlisten, i;

	if (s->nlisten == 0 && s->ready == -1)
		return (next);
	c->status = child_high(c, c->status);
	for (i = 0; i < s->nlisten; i++)
		high[i] = child_high(c, s->listen[i]);
	if (s->ready != -1)
		ready = child_high(c, s->ready);
	for (i = 0; i < s->nlisten; i++)
		child_place(c, high[i], STATUS_FD + i);
	if (ready != -1)
		child_place(c, ready, s->ready_fd);
	return (ready != -1 && s->ready_fd == next ? next + 1 : next);
}

/* All that it is not given, from this one on. */
static void
child_close(const struct child *c, const struct spawn *s, int fd)
{
	if (s->ready != -1 && s->ready_fd >= fd) {
		for (; fd < s->ready_fd; fd++)
			SYS1(close, fd);
		fd++;
	}
	child_must(c, STEP_CLOSE, spawn_close_from(fd));
}

/* The program's descriptor behind that of the status; -1: it is a path. */
static int
child_program(const struct child *c, int bin)
{
	if (bin == -1)
		return (-1);
	return ((int)child_must(c, STEP_CLOSE, SYS3(dup3, bin, c->status + 1,
	    O_CLOEXEC)));
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
		child_must(c, STEP_LIMITS, SYS2(setrlimit, i, &rl));
		nofile |= i == RLIMIT_NOFILE;
	}
	if (!nofile && s->nofile != NULL)
		child_must(c, STEP_LIMITS, SYS2(setrlimit, RLIMIT_NOFILE,
		    s->nofile));
}

static void
child_groups(const struct child *c, const struct spawn *s)
{
	long n;

	child_must(c, STEP_GROUPS, SYS2(setgroups, s->ngroups, s->groups));
	/* The kernel sorts them and may drop doubles, but adds none: room
	 * for more is not needed, and an error if there were. */
	n = s->ngroups == 0 ? SYS2(getgroups, 0, NULL) :
	    SYS2(getgroups, s->ngroups, c->have);
	child_must(c, STEP_GROUPS, n);
	if (n > s->ngroups)
		child_must(c, STEP_GROUPS, -EPERM);
	while (n-- > 0) {
		int i, found = 0;

		for (i = 0; i < s->ngroups; i++)
			found |= s->groups[i] == c->have[n];
		if (!found)
			child_must(c, STEP_GROUPS, -EPERM);
	}
}

/* Become the app's user for good, and see that it is so. */
static void
child_user(const struct child *c, const struct spawn *s)
{
	uid_t ru = (uid_t)-1, eu = (uid_t)-1, su = (uid_t)-1;
	gid_t rg = (gid_t)-1, eg = (gid_t)-1, sg = (gid_t)-1;

	if (SYS0(geteuid) == 0) {
		child_groups(c, s);
		child_must(c, STEP_GID, SYS3(setresgid, s->gid, s->gid,
		    s->gid));
		child_must(c, STEP_UID, SYS3(setresuid, s->uid, s->uid,
		    s->uid));
		if (c->alone != NULL)
			child_must(c, STEP_UID, spawn_private());
	}
	child_must(c, STEP_GID, SYS3(getresgid, &rg, &eg, &sg));
	if (rg != s->gid || eg != s->gid || sg != s->gid)
		child_must(c, STEP_GID, -EPERM);
	child_must(c, STEP_UID, SYS3(getresuid, &ru, &eu, &su));
	if (ru != s->uid || eu != s->uid || su != s->uid)
		child_must(c, STEP_UID, -EPERM);
	if (s->uid != 0 && SYS3(setresuid, 0, 0, 0) >= 0)
		child_must(c, STEP_UID, -EPERM);
}

static void
child_env_file(const struct child *c, const struct spawn *s)
{
	int error, line;

	if (s->env_file == NULL)
		return;
	if ((error = environ_file(s->env, s->env_file, &line)) != 0)
		child_fail_line(c, STEP_ENVFILE, -error, line);
}

void
child_app(void *arg)
{
	struct child *c = arg;
	const struct spawn *s = c->s;
	int bin;
	long rv;

	/* Before anything else: until then the parent waits for us. */
	if (c->alone != NULL)
		child_must(c, STEP_CLOSE, spawn_alone(c->last, c->alone));
	if (!c->joined)
		child_must(c, STEP_CGROUP, spawn_join(s->cgroup));
	child_must(c, STEP_SESSION, SYS0(setsid));
	child_stdio(c);
	bin = s->binfd > 0 ? child_high(c, s->binfd) : -1;
	child_status(c, child_given(c, s));
	bin = child_program(c, bin);
	child_close(c, s, (bin == -1 ? c->status : bin) + 1);
	environ_set_pid(s->env, SYS0(getpid));
	child_limits(c, s);
	/*
	 * The nice value of the daemon is not the app's; a user whose daemon
	 * was niced cannot undo that, and did not ask for it.
	 */
	rv = SYS3(setpriority, PRIO_PROCESS, 0, s->nice);
	if (s->nice != 0)
		child_must(c, STEP_NICE, rv);
	SYS1(umask, s->umask);
	child_user(c, s);
	child_must(c, STEP_CHDIR, SYS1(chdir, s->directory));
	child_env_file(c, s);
	if (s->no_new_privs)
		child_must(c, STEP_NNP, spawn_no_new_privs());
	/* Until here all are blocked: see spawn_private. */
	child_signals(c);
	child_must(c, STEP_EXEC, bin != -1 ?
	    spawn_exec(bin, s->argv, s->env->v) :
	    SYS3(execve, s->argv[0], s->argv, s->env->v));
	child_exit();
}

/* Numbers 3 and up as fds says, then status pipe and binary, no more. */
void
child_daemon(struct child *c, int binfd, char *const argv[],
    char *const envp[], const struct spawn_fd *fds, size_t nfds)
{
	int high[SPAWN_FD_MAX], bin, last = STDERR_FILENO;
	size_t i;
	int n;

	child_signals(c);
	child_must(c, STEP_SESSION, SYS0(setsid));
	c->status = child_high(c, c->status);
	c->null = child_high(c, c->null);
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
		SYS1(close, n);
	for (i = 0; i < nfds; i++)
		child_place(c, high[i], fds[i].dst);
	child_status(c, last + 1);
	child_must(c, STEP_CLOSE, SYS3(dup3, bin, last + 2, O_CLOEXEC));
	child_must(c, STEP_CLOSE, spawn_close_from(last + 3));
	SYS1(umask, 077);
	child_must(c, STEP_CHDIR, SYS1(chdir, "/"));
	child_must(c, STEP_EXEC, spawn_exec(last + 2, argv, envp));
	child_exit();
}
