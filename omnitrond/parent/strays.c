/*
 * Strays: matching and signalling, what needs no operating system.
 *
 * Runs in the parent, at the stop or exit of an instance that has no cgroup.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/signature.h"
#include "omnitrond/parent/strays.h"
#include "omnitrond/proto.h"

/* The value of a variable in the text of an environment. */
const char *
strays_get(const char *env, size_t len, const char *name)
{
	size_t n = strlen(name), one;

	while (len > 0) {
		one = strnlen(env, len);
		/* One that is cut off at the end is not to be trusted. */
		if (one == len)
			return (NULL);
		if (one > n && strncmp(env, name, n) == 0 && env[n] == '=')
			return (env + n + 1);
		env += one + 1;
		len -= one + 1;
	}
	return (NULL);
}

static int
strays_is(const char *env, size_t len, const char *name, const char *want)
{
	const char *have = strays_get(env, len, name);

	return (have != NULL && strcmp(have, want) == 0);
}

int
strays_environ_match(const char *env, size_t len, const struct strays_of *of)
{
	char instance[16], generation[16];

	snprintf(instance, sizeof(instance), "%d",
	    instance_number((uint32_t)of->instance));
	snprintf(generation, sizeof(generation), "%u",
	    (unsigned int)of->generation);
	return (strays_is(env, len, "OMNITRON_HOME", of->home) &&
	    (of->app == NULL ||
	    strays_is(env, len, "OMNITRON_APP", of->app)) &&
	    (of->process == NULL ||
	    strays_is(env, len, "OMNITRON_PROCESS", of->process)) &&
	    (of->run == NULL ||
	    strays_is(env, len, "OMNITRON_RUN", of->run)) &&
	    (of->instance == -1 ||
	    strays_is(env, len, "OMNITRON_INSTANCE", instance)) &&
	    (of->generation == 0 ||
	    strays_is(env, len, "OMNITRON_GENERATION", generation)));
}

/* One part of a name of a FIFO, up to its delimiter; NULL is any. */
static const char *
fifo_part(const char *p, const char *want, char end)
{
	/* Names may contain dots, the number does not. */
	size_t n = strcspn(p, end == ':' ? ":" : ":.");

	if (n == 0 || p[n] != end ||
	    (want != NULL && (strlen(want) != n || strncmp(p, want, n) != 0)))
		return (NULL);
	return (p + n + 1);
}

/* "APP:PROCESS:N.out" */
int
strays_fifo_match(const char *name, const struct strays_of *of)
{
	char instance[16];
	const char *p;

	snprintf(instance, sizeof(instance), "%d", of->instance);
	if ((p = fifo_part(name, of->app, ':')) == NULL ||
	    (p = fifo_part(p, of->process, ':')) == NULL ||
	    (p = fifo_part(p, of->instance == -1 ? NULL : instance, '.')) ==
	    NULL)
		return (0);
	return (strcmp(p, "out") == 0 || strcmp(p, "err") == 0);
}

int
strays_owns(pid_t pid, const struct strays_of *of)
{
	return (strays_environ(pid, of) == 1 || strays_output(pid, of) == 1);
}

static int
strays_kill_one(const struct stray *s, int sig)
{
	struct signature_stat st;
	int pidfd, rv = -1;

	/* First the descriptor, then the look: it cannot change under us. */
	if ((pidfd = signature_pidfd(s->pid)) == -1 && errno != ENOSYS)
		return (-1);
	if (signature_stat(s->pid, &st) == 0 && st.starttime == s->starttime &&
	    st.state != 'Z')
		rv = signature_kill(s->pid, pidfd, sig);
	if (pidfd != -1)
		close(pidfd);
	return (rv);
}

size_t
strays_kill(const struct stray *list, size_t n, int sig)
{
	size_t i, sent = 0;

	for (i = 0; i < n; i++) {
		if (list[i].pid > 1 && list[i].pid != getpid() &&
		    strays_kill_one(&list[i], sig) == 0)
			sent++;
	}
	return (sent);
}
