/*
 * Fork and exec of instances, and of the daemon's own processes.
 *
 * Runs in the parent.  What the child does until it execs stands in
 * spawn_child.c.  The parent never waits for that: the owner of a file can
 * hold up its exec for as long as a lease lasts.  For the same reason the
 * child closes all descriptors of the parent, the lock among them, first.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/spawn_child.h"

static int
spawn_fail(struct spawn_failure *f, enum spawn_step step, int error)
{
	memset(f, 0, sizeof(*f));
	f->step = step;
	f->error = error;
	errno = error;
	return (-1);
}

/* stdin of all children; kept, since it is needed at every start. */
static int
spawn_null(void)
{
	static int fd = -1;

	if (fd == -1)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return (fd);
}

/*
 * A child, with all signals blocked, so that no handler of the parent runs
 * in it.  0 in a forked child, 1 in the parent, -1 on failure.
 */
static int
spawn_begin(struct child *c, int cgroup, struct spawned *sp)
{
	sigset_t all, old;
	int p[2], rv = 0, error;

	sp->pidfd = sp->status = -1;
	if ((c->null = spawn_null()) == -1 || pipe2(p, O_CLOEXEC) == -1)
		return (-1);
	c->status = p[1];
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	if (fcntl(p[0], F_SETFL, O_NONBLOCK) == -1)
		rv = -1;
	else
		rv = birth(c, sp);
	if (rv == 0) {
		sp->pid = spawn_fork(cgroup, &sp->pidfd, &c->joined);
		if (sp->pid == 0)
			return (0);
		rv = sp->pid == -1 ? -1 : 1;
	}
	error = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(p[1]);
	if (rv == -1)
		close(p[0]);
	else
		sp->status = p[0];
	errno = error;
	return (rv);
}

void
spawn_fill(struct spawn *s, const struct process_conf *pc)
{
	memset(s, 0, sizeof(*s));
	s->argv = pc->argv;
	s->env_file = pc->env_file;
	s->directory = pc->directory;
	if (s->directory == NULL)
		s->directory = pc->home == NULL ? "/" : pc->home;
	s->limits = pc->limits;
	s->uid = pc->uid;
	s->gid = pc->gid;
	s->groups = pc->groups;
	s->ngroups = pc->ngroups;
	s->umask = pc->umask;
	s->nice = pc->nice;
	s->no_new_privs = pc->no_new_privs;
	s->out = s->err = s->cgroup = s->ready = -1;
}

int
spawn_app(const struct spawn *s, struct spawned *sp, struct spawn_failure *f)
{
	struct child c = { .s = s, .out = s->out, .err = s->err };
	int rv;

	memset(f, 0, sizeof(*f));
	if (s->out <= STDERR_FILENO || s->err <= STDERR_FILENO)
		return (spawn_fail(f, STEP_STDIO, EBADF));
	if (s->nlisten > (int)LISTENS_MAX)
		return (spawn_fail(f, STEP_LISTEN, EINVAL));
	c.have = calloc((size_t)s->ngroups + 1, sizeof(*c.have));
	if (c.have == NULL)
		return (spawn_fail(f, STEP_GROUPS, ENOMEM));
	rv = spawn_begin(&c, s->join ? -1 : s->cgroup, sp);
	if (rv == 0) {
		c.joined &= !s->join;
		child_app(&c);
	}
	free(c.have);
	if (rv == -1)
		return (spawn_fail(f, c.joined == -1 ? STEP_CGROUP :
		    STEP_FORK, errno));
	return (0);
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
	int rv;

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
	if ((rv = spawn_begin(&c, -1, sp)) == 0)
		child_daemon(&c, binfd, argv, env.v, fds, nfds);
	environ_free(&env);
	return (rv == 1 ? 0 : spawn_fail(f, STEP_FORK, errno));
}

int
spawn_watcher(int binfd, const struct process_conf *pc, int channel, int null,
    struct spawned *sp, struct spawn_failure *f)
{
	static char name[] = "omnitrond-watcher";
	char *argv[] = { name, NULL };
	struct environ_vars env;
	struct spawn s;
	int rv;

	spawn_fill(&s, pc);
	s.argv = argv;
	s.env = &env;
	s.env_file = NULL;
	s.directory = "/";
	s.limits = NULL;
	s.umask = 077;
	s.nice = 0;
	s.no_new_privs = 1;
	s.out = s.err = null;
	s.binfd = binfd;
	s.listen[s.nlisten++] = channel;
	if (spawn_daemon_env(&env) == -1)
		rv = spawn_fail(f, STEP_FORK, ENOMEM);
	else
		rv = spawn_app(&s, sp, f);
	environ_free(&env);
	return (rv);
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
	/* it has left our memory, or ends: what it read is not needed */
	birth_forget();
	if (n == 0)
		return (1);
	if (n != (ssize_t)sizeof(*f) || f->step == STEP_NONE ||
	    f->step >= STEP_MAX)
		return (spawn_fail(f, STEP_EXEC, n == -1 ? errno : EIO));
	return (-1);
}

char *
spawn_failure_text(const struct spawn_failure *f, const struct process_conf *pc,
    const char *program, char *buf, size_t size)
{
	const char *what = "", *step = spawn_step_name(f->step);

	switch (f->step) {
	case STEP_EXEC:
		what = program;
		break;
	case STEP_CHDIR:
		what = pc->directory != NULL ? pc->directory :
		    pc->home != NULL ? pc->home : "/";
		break;
	case STEP_ENVFILE:
		what = pc->env_file == NULL ? "" : pc->env_file;
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
