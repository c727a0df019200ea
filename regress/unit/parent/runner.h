/* Starting programs in tests of the parent's modules, by spawn_app. */
#ifndef REGRESS_UNIT_PARENT_RUNNER_H
#define REGRESS_UNIT_PARENT_RUNNER_H

#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/spawn.h"

/* As long as a wedged machine may need; no test waits for it to pass. */
#define RUN_WAIT_MS	30000

struct run {
	struct spawn		 s;
	struct environ_vars	 env;
	struct spawned		 sp;
	struct spawn_failure	 fail;
	char			*argv[16];
	char			 cwd[1024];
	char			 out[65536];
	int			 pipe[2];	/* stdout and stderr */
};

/* Run as the caller, with an empty environment, in the current folder. */
static inline void
run_init(struct run *r, const char *file)
{
	memset(r, 0, sizeof(*r));
	ATF_REQUIRE(getcwd(r->cwd, sizeof(r->cwd)) != NULL);
	ATF_REQUIRE_EQ(pipe2(r->pipe, O_CLOEXEC), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "LANG", "C"), 0);
	r->argv[0] = (char *)(uintptr_t)file;
	r->s.argv = r->argv;
	r->s.env = &r->env;
	r->s.directory = r->cwd;
	r->s.uid = getuid();
	r->s.gid = getgid();
	r->s.umask = 022;
	r->s.no_new_privs = 1;
	r->s.out = r->s.err = r->pipe[1];
	r->s.cgroup = -1;
}

static inline void
run_arg(struct run *r, const char *arg)
{
	int i = 0;

	while (r->argv[i] != NULL)
		i++;
	ATF_REQUIRE(i < 15);
	r->argv[i] = (char *)(uintptr_t)arg;
}

/* /bin/sh -c SCRIPT */
static inline void
run_sh(struct run *r, const char *script)
{
	run_init(r, "/bin/sh");
	run_arg(r, "-c");
	run_arg(r, script);
}

static inline void
run_start(struct run *r)
{
	ATF_REQUIRE_EQ_MSG(spawn_app(&r->s, &r->sp, &r->fail), 0, "%s: %s",
	    spawn_step_name(r->fail.step), strerror(r->fail.error));
	ATF_REQUIRE(r->sp.pid > 0);
	close(r->pipe[1]);
	r->pipe[1] = -1;
}

static inline void
run_readable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	ATF_REQUIRE_EQ_MSG(poll(&pfd, 1, RUN_WAIT_MS), 1, "it hangs");
}

/* What spawn_status says at last: 1 or -1. */
static inline int
run_status(struct run *r)
{
	int rv;

	run_readable(r->sp.status);
	rv = spawn_status(r->sp.status, &r->fail);
	ATF_REQUIRE(rv != 0);
	return (rv);
}

/* One line of output, without its newline. */
static inline char *
run_line(struct run *r)
{
	size_t n = 0;

	for (;;) {
		run_readable(r->pipe[0]);
		ATF_REQUIRE_EQ_MSG(read(r->pipe[0], r->out + n, 1), 1,
		    "no line of output");
		if (r->out[n] == '\n')
			break;
		ATF_REQUIRE(++n < sizeof(r->out));
	}
	r->out[n] = '\0';
	return (r->out);
}

/* All output into r->out, until no process has it open. */
static inline void
run_output(struct run *r)
{
	size_t off = 0;
	ssize_t n;

	for (;;) {
		run_readable(r->pipe[0]);
		n = read(r->pipe[0], r->out + off,
		    sizeof(r->out) - 1 - off);
		ATF_REQUIRE(n >= 0);
		if (n == 0)
			break;
		off += (size_t)n;
	}
	r->out[off] = '\0';
}

/* Its exit status, of wait(2). */
static inline int
run_end(struct run *r)
{
	int status;

	ATF_REQUIRE_EQ(waitpid(r->sp.pid, &status, 0), r->sp.pid);
	close(r->sp.status);
	if (r->sp.pidfd != -1)
		close(r->sp.pidfd);
	close(r->pipe[0]);
	if (r->pipe[1] != -1)
		close(r->pipe[1]);
	environ_free(&r->env);
	return (status);
}

static inline void
run_kill(struct run *r)
{
	kill(r->sp.pid, SIGKILL);
	run_end(r);
}

#endif /* REGRESS_UNIT_PARENT_RUNNER_H */
