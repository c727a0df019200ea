/*
 * The environment of an instance.
 *
 * Runs in the parent; environ_file runs in the child, after it has become
 * the app's user.  Nothing is taken from the daemon's own environment.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/conf.h"
#include "omnitrond/parent/environ.h"
#include "omnitrond/parent/listen.h"
#include "omnitrond/parent/secret.h"

#define ENVIRON_HIDDEN	(NAME_SIZE + sizeof("<secret:>"))

/* By these an instance is known again: nobody else may set them. */
static const char *const environ_ours[] = {
	"OMNITRON_APP", "OMNITRON_PROCESS", "OMNITRON_INSTANCE",
	"OMNITRON_GENERATION", "OMNITRON_HOME", "OMNITRON_TERM",
	"OMNITRON_RUN", "OMNITRON_PID",
	"LISTEN_FDS", "LISTEN_FDNAMES", LISTEN_PID,
	"NOTIFY_SOCKET", "OMNITRON_CHANNEL", "WATCHDOG_USEC", WATCHDOG_PID,
	"CREDENTIALS_DIRECTORY"
};

int
environ_reserved(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(environ_ours) / sizeof(environ_ours[0]); i++) {
		if (strcmp(environ_ours[i], name) == 0)
			return (1);
	}
	return (strncmp(name, "OMNITRON_EVENT_", 15) == 0);
}

int
environ_name_valid(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return (0);
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return (*s == '\0');
}

static size_t
environ_find(const struct environ_vars *e, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < e->n; i++) {
		if (strncmp(e->v[i], name, len) == 0 && e->v[i][len] == '=')
			break;
	}
	return (i);
}

static int
environ_grow(struct environ_vars *e)
{
	char **v;
	size_t size;

	if (e->n + 1 < e->size)
		return (0);
	size = e->size == 0 ? 32 : e->size * 2;
	if ((v = reallocarray(e->v, size, sizeof(*v))) == NULL)
		return (-1);
	e->v = v;
	e->size = size;
	e->v[e->n] = NULL;
	return (0);
}

int
environ_set(struct environ_vars *e, const char *name, const char *value)
{
	char *s;
	size_t i;

	i = environ_find(e, name);
	if (i == ENVIRON_VARS_MAX || environ_grow(e) == -1)
		return (-1);
	if (asprintf(&s, "%s=%s", name, value) == -1)
		return (-1);
	if (i == e->n) {
		e->n++;
		e->v[e->n] = NULL;
	} else
		freezero(e->v[i], strlen(e->v[i]));
	e->v[i] = s;
	return (0);
}

const char *
environ_get(const struct environ_vars *e, const char *name)
{
	size_t i = environ_find(e, name);

	return (i == e->n ? NULL : e->v[i] + strlen(name) + 1);
}

/* Values may be secrets. */
void
environ_free(struct environ_vars *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		freezero(e->v[i], strlen(e->v[i]));
	free(e->v);
	memset(e, 0, sizeof(*e));
}

/* One assignment of a spawn request. */
static const char *
environ_extra_one(const char *s, size_t len)
{
	size_t i, name;

	for (i = 0; i < len; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e)
			return ("not printable ASCII");
	}
	name = strcspn(s, "=");
	if (name >= len)
		return ("no assignment");
	if (name == 13 && strncmp(s, "OMNITRON_TERM", 13) == 0)
		return (NULL);
	if (name <= 15 || strncmp(s, "OMNITRON_EVENT_", 15) != 0)
		return ("a variable that is not for a request to set");
	for (i = 15; i < name; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return ("a bad name");
	}
	return (NULL);
}

const char *
environ_extra_check(const char *extra, size_t len)
{
	const char *why;
	size_t n;

	if (len > ENVIRON_EXTRA_MAX)
		return ("too long");
	if (len > 0 && extra[len - 1] != '\0')
		return ("not terminated");
	for (; len > 0; extra += n + 1, len -= n + 1) {
		n = strlen(extra);
		if ((why = environ_extra_one(extra, n)) != NULL)
			return (why);
	}
	return (NULL);
}

static int
environ_add_extra(struct environ_vars *e, const char *extra, size_t len)
{
	char name[ENVIRON_EXTRA_MAX + 1];
	size_t n;

	for (; len > 0; extra += n + 1, len -= n + 1) {
		n = strcspn(extra, "=");
		memcpy(name, extra, n);
		name[n] = '\0';
		if (environ_set(e, name, extra + n + 1) == -1)
			return (-1);
		n = strlen(extra);
	}
	return (0);
}

static int
environ_add_id(struct environ_vars *e, const struct environ_id *id)
{
	char instance[16], generation[16];

	snprintf(instance, sizeof(instance), "%u", id->instance);
	snprintf(generation, sizeof(generation), "%u",
	    (unsigned int)id->generation);
	if (environ_set(e, "OMNITRON_APP", id->app) == -1 ||
	    environ_set(e, "OMNITRON_PROCESS", id->process) == -1 ||
	    environ_set(e, "OMNITRON_INSTANCE", instance) == -1 ||
	    environ_set(e, "OMNITRON_GENERATION", generation) == -1 ||
	    environ_set(e, "OMNITRON_HOME", id->home) == -1)
		return (-1);
	return (0);
}

/* A command that is run for an instance: which, and whom it is about. */
static int
environ_add_run(struct environ_vars *e, const struct environ_id *id)
{
	char pid[24];

	if (id->run == NULL)
		return (0);
	snprintf(pid, sizeof(pid), "%ld", id->pid);
	if (environ_set(e, "OMNITRON_RUN", id->run) == -1 ||
	    (id->pid > 0 && environ_set(e, "OMNITRON_PID", pid) == -1))
		return (-1);
	return (0);
}

/* As sd_listen_fds(3) wants it; LISTEN_PID is written by the child. */
static int
environ_add_listen(struct environ_vars *e, const struct process_conf *pc,
    const struct environ_id *id)
{
	char names[LISTENS_MAX * (NAME_SIZE + 1)], fds[16];

	if (id->nlisten == 0)
		return (0);
	snprintf(fds, sizeof(fds), "%d", id->nlisten);
	if (environ_set(e, "LISTEN_FDS", fds) == -1 ||
	    environ_set(e, "LISTEN_FDNAMES", listen_names(pc, names,
	    sizeof(names))) == -1 ||
	    environ_set(e, LISTEN_PID, ENVIRON_PID_ROOM) == -1)
		return (-1);
	return (0);
}

/* Paths of its own; as sd_notify(3), sd_watchdog_enabled(3) want it. */
static int
environ_add_apps(struct environ_vars *e, const struct process_conf *pc,
    const struct environ_id *id)
{
	char usec[32];

	if (id->credentials != NULL &&
	    environ_set(e, "CREDENTIALS_DIRECTORY", id->credentials) == -1)
		return (-1);
	if (id->notify != NULL &&
	    environ_set(e, "NOTIFY_SOCKET", id->notify) == -1)
		return (-1);
	if (id->channel != NULL &&
	    environ_set(e, "OMNITRON_CHANNEL", id->channel) == -1)
		return (-1);
	if (pc->policy.watchdog_ms == 0 ||
	    (id->notify == NULL && id->channel == NULL))
		return (0);
	snprintf(usec, sizeof(usec), "%llu",
	    (unsigned long long)pc->policy.watchdog_ms * 1000);
	if (environ_set(e, "WATCHDOG_USEC", usec) == -1 ||
	    environ_set(e, WATCHDOG_PID, ENVIRON_PID_ROOM) == -1)
		return (-1);
	return (0);
}

int
environ_is_pid(const char *s)
{
	return (strncmp(s, LISTEN_PID "=", sizeof(LISTEN_PID)) == 0 ||
	    strncmp(s, WATCHDOG_PID "=", sizeof(WATCHDOG_PID)) == 0);
}

void
environ_set_pid(struct environ_vars *e, long pid)
{
	char digits[sizeof(ENVIRON_PID_ROOM)], *to;
	size_t i, k, n = 0;

	if (pid <= 0)
		return;
	for (; pid > 0 && n < sizeof(digits); pid /= 10)
		digits[n++] = (char)('0' + pid % 10);
	for (i = 0; i < e->n; i++) {
		if (!environ_is_pid(e->v[i]))
			continue;
		/* the room was made for it: no more digits than that */
		for (to = e->v[i]; *to != '='; to++)
			;
		to++;
		for (k = n; k > 0; k--)
			*to++ = digits[k - 1];
		*to = '\0';
	}
}

static int
environ_add_user(struct environ_vars *e, const struct process_conf *pc)
{
	const char *home, *user, *shell;

	home = pc->home == NULL ? "/" : pc->home;
	user = pc->user == NULL ? "" : pc->user;
	shell = pc->shell == NULL || pc->shell[0] == '\0' ? "/bin/sh" :
	    pc->shell;
	if (environ_set(e, "HOME", home) == -1 ||
	    environ_set(e, "USER", user) == -1 ||
	    environ_set(e, "LOGNAME", user) == -1 ||
	    environ_set(e, "SHELL", shell) == -1 ||
	    environ_set(e, "PATH", pc->uid == 0 ? ENVIRON_PATH_ROOT :
	    ENVIRON_PATH) == -1)
		return (-1);
	return (0);
}

/* What it is set to, or NULL and why; hidden is room for ENVIRON_HIDDEN. */
static const char *
environ_value(const struct env *env, const struct environ_id *id,
    char *hidden, const char **why)
{
	const char *value;
	size_t len;

	if (env->kind == ENV_VALUE)
		return (env->value);
	if (id->hide) {
		snprintf(hidden, ENVIRON_HIDDEN, "<secret:%s>", env->value);
		return (hidden);
	}
	if ((value = secret_value(id->secrets, env->value, &len)) == NULL)
		*why = "its value is not known";
	else if (strlen(value) != len) {
		*why = "its value has a NUL, as only a credential can";
		value = NULL;
	}
	return (value);
}

static int
environ_add_conf(struct environ_vars *e, const struct process_conf *pc,
    const struct environ_id *id, char *err, size_t errsize)
{
	const struct env *env;
	const char *value = NULL, *why;
	char hidden[ENVIRON_HIDDEN];

	TAILQ_FOREACH(env, &pc->env, entry) {
		why = NULL;
		if (environ_reserved(env->name))
			why = "is set by the daemon only";
		else
			value = environ_value(env, id, hidden, &why);
		if (why == NULL && environ_set(e, env->name, value) == -1)
			why = strerror(ENOMEM);
		if (why != NULL) {
			snprintf(err, errsize, "env %s: %s", env->name, why);
			return (-1);
		}
	}
	return (0);
}

int
environ_build(struct environ_vars *e, const struct process_conf *pc,
    const struct environ_id *id, const char *extra, size_t extralen,
    char *err, size_t errsize)
{
	const char *why;

	memset(e, 0, sizeof(*e));
	if ((why = environ_extra_check(extra, extralen)) != NULL) {
		snprintf(err, errsize, "environment of the request: %s", why);
		return (-1);
	}
	if (environ_add_id(e, id) == -1 || environ_add_run(e, id) == -1 ||
	    environ_add_user(e, pc) == -1 ||
	    environ_add_listen(e, pc, id) == -1 ||
	    environ_add_apps(e, pc, id) == -1) {
		snprintf(err, errsize, "environment: %s", strerror(ENOMEM));
		goto fail;
	}
	if (environ_add_conf(e, pc, id, err, errsize) == -1)
		goto fail;
	if (environ_add_extra(e, extra, extralen) == -1) {
		snprintf(err, errsize, "environment: %s", strerror(ENOMEM));
		goto fail;
	}
	return (0);
fail:
	environ_free(e);
	return (-1);
}
