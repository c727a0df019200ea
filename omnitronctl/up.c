/*
 * Starting the daemon: omnitrond is run without a shell, detaches itself
 * when it is ready, and has said on stderr what is wrong when it is not.
 */
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/json.h"
#include "common/mono.h"
#include "common/signature.h"
#include "common/xmalloc.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"
#include "omnitronctl/up.h"
#include "paths.h"

#define UP_DAEMON	"omnitrond"
#define UP_ERROR_MAX	4096	/* of its stderr in one object of JSON */
#define UP_SETTLE_MS	3000	/* for the apps to be online */
#define UP_POLL_MS	20
#define UP_UNAVAILABLE	(-32053)
#define UP_FIXED_ARGS	10	/* beside those that may be repeated */

/* ---- which binary ------------------------------------------------------- */

static int
up_executable(const char *dir, size_t len, char *path, size_t size)
{
	int	 n;

	n = snprintf(path, size, "%.*s/%s", (int)len, dir, UP_DAEMON);
	return (n > 0 && (size_t)n < size && access(path, X_OK) == 0);
}

/* The one beside ourselves: a build that was not installed works too. */
static int
up_beside(char *path, size_t size)
{
	char	 self[PATH_MAX], *slash;
	ssize_t	 n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return (0);
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		return (0);
	return (up_executable(self, (size_t)(slash - self), path, size));
}

static int
up_in_path(char *path, size_t size)
{
	const char	*dir = getenv("PATH");
	size_t		 len;

	for (; dir != NULL && *dir != '\0'; dir += len + (dir[len] == ':')) {
		len = strcspn(dir, ":");
		/* An empty or relative entry is whatever folder we are in. */
		if (*dir == '/' && up_executable(dir, len, path, size))
			return (1);
	}
	return (0);
}

static int
up_find(struct ctl *ctl, char *path, size_t size)
{
	if (up_beside(path, size) ||
	    up_executable(SBINDIR, strlen(SBINDIR), path, size) ||
	    up_in_path(path, size))
		return (EXIT_DONE);
	return (ctl_fail(ctl, EXIT_FAILED, "cannot find " UP_DAEMON
	    " beside omnitronctl, in " SBINDIR " or in PATH"));
}

/* ---- its arguments ------------------------------------------------------ */

static size_t
up_pair(const char **argv, size_t n, const char *option, const char *value)
{
	if (value != NULL) {
		argv[n++] = option;
		argv[n++] = value;
	}
	return (n);
}

/* args is NULL for a daemon started on the way, by `start`. */
static const char **
up_argv(const struct ctl *ctl, const struct args *args)
{
	const char	**argv, *socket = ctl->socket;
	size_t		  n = 0, i, more = args == NULL ? 0 : args->ngiven;
	int		  id;

	argv = xcalloc(UP_FIXED_ARGS + 2 * more, sizeof(*argv));
	argv[n++] = UP_DAEMON;
	n = up_pair(argv, n, "-H", ctl->home);
	/* We shall look for it there, so there it must be. */
	if (socket == NULL)
		socket = getenv("OMNITRON_SOCKET");
	if (socket != NULL && *socket != '\0')
		n = up_pair(argv, n, "-s", socket);
	if (ctl->verbose)
		argv[n++] = "-v";
	if (args != NULL && args_has(args, 'f'))
		argv[n++] = "-d";
	for (i = 0; args != NULL && i < more; i++) {
		id = args->given[i].option->id;
		if (id == 'c' || id == 'D' || id == 'o')
			n = up_pair(argv, n, id == 'c' ? "-c" : id == 'D' ?
			    "-D" : "-o", args->given[i].value);
	}
	return (argv);
}

/* ---- running it --------------------------------------------------------- */

static int
up_wait(pid_t pid)
{
	int	 status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (EXIT_FAILED);
	return (WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status));
}

/*
 * What it wrote, as one message.  "omnitrond: " is dropped from the only
 * line: we say who speaks.
 */
static void
up_captured(FILE *fp, char *text, size_t size)
{
	static const char	 prefix[] = UP_DAEMON ": ";
	size_t			 n;

	rewind(fp);
	n = fread(text, 1, size - 1, fp);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
		memmove(text, text + sizeof(prefix) - 1,
		    n + 1 - (sizeof(prefix) - 1));
}

/* The same as it is, line by line. */
static int
up_copied(FILE *fp)
{
	char	 line[UP_ERROR_MAX];
	int	 n;

	rewind(fp);
	for (n = 0; fgets(line, sizeof(line), fp) != NULL; n++) {
		line[strcspn(line, "\n")] = '\0';
		term_puts(stderr, line);
		fputc('\n', stderr);
	}
	return (n);
}

static int
up_failed(struct ctl *ctl, int status, FILE *captured)
{
	char	 text[UP_ERROR_MAX] = "";
	int	 code = EXIT_FAILED;

	if (status == EXIT_CONFIG || status == EXIT_USAGE)
		code = status;
	if (captured != NULL && !ctl->json && up_copied(captured) > 0)
		return (code);
	if (captured != NULL)
		up_captured(captured, text, sizeof(text));
	if (text[0] != '\0')
		return (ctl_fail(ctl, (enum ctl_exit)code, "%s", text));
	if (captured != NULL || status > 128)
		return (ctl_fail(ctl, (enum ctl_exit)code,
		    UP_DAEMON " ended with status %d before it was ready",
		    status));
	return (code);		/* it has said why */
}

static int
up_run(struct ctl *ctl, const char *path, const char **argv)
{
	FILE	*captured = NULL;
	pid_t	 pid;
	int	 status;

	/*
	 * A file, not a pipe: the daemon may hold it for ever.  With -q what
	 * it says is of interest only if it does not start.
	 */
	if ((ctl->json || ctl->quiet) && (captured = tmpfile()) == NULL)
		return (ctl_fail(ctl, EXIT_FAILED, "temporary file: %s",
		    strerror(errno)));
	fflush(stdout);
	if ((pid = fork()) == -1) {
		status = ctl_fail(ctl, EXIT_FAILED, "fork: %s",
		    strerror(errno));
		goto done;
	}
	if (pid == 0) {
		if (captured != NULL &&
		    dup2(fileno(captured), STDERR_FILENO) == -1)
			_exit(EXIT_FAILED);
		execv(path, (char *const *)(uintptr_t)argv);
		dprintf(STDERR_FILENO, UP_DAEMON ": %s: %s\n", path,
		    strerror(errno));
		_exit(EXIT_FAILED);
	}
	if ((status = up_wait(pid)) != EXIT_DONE)
		status = up_failed(ctl, status, captured);
 done:
	if (captured != NULL)
		fclose(captured);
	return (status);
}

/* Its processes may still answer for a parent that was just killed. */
static int
up_dead(int64_t pid)
{
	struct signature	 sig;

	if (pid <= 0 || pid > INT_MAX)
		return (0);
	if (signature_of((pid_t)pid, -1, &sig) == -1)
		return (errno == ESRCH);
	return (!signature_alive(&sig));
}

/* Exit 1 if there is one, as two daemons must not be. */
static int
up_refuse(struct ctl *ctl)
{
	struct client_reply	 reply;
	int64_t			 pid;
	int			 code = EXIT_DONE;

	if (conn_try(ctl, NULL, 0) == -1)
		return (EXIT_DONE);	/* omnitrond says what else is wrong */
	switch (client_call(ctl->client, "OmnitronDaemon.ping", NULL,
	    CONN_READ_MS, &reply)) {
	case OMNITRON_OK:
		break;
	case OMNITRON_LOST:
		/* It just died, or only control did: the lock decides. */
		conn_close(ctl);
		return (EXIT_DONE);
	default:
		return (ctl_fail(ctl, EXIT_FAILED, "daemon already running at "
		    "%s, but it does not answer", ctl->path));
	}
	pid = json_get_int(reply.result, "pid", 0);
	if (!up_dead(pid))
		code = ctl_fail(ctl, EXIT_FAILED,
		    "daemon already running (pid %" PRId64 ")", pid);
	client_reply_clear(&reply);
	conn_close(ctl);	/* the next one is to the daemon we start */
	return (code);
}

/* Is an app on its way to be online? */
static int
up_pending(const struct json *status)
{
	const struct json	*apps = json_get(status, "apps"), *a;
	const char		*text;

	for (a = apps != NULL ? apps->first : NULL; a != NULL; a = a->next) {
		text = json_get_string(a, "status", "");
		if (strcmp(text, "starting") == 0)
			return (1);
	}
	return (0);
}

/*
 * The status once the apps have settled, or as it is after UP_SETTLE_MS: a
 * slow app must not hold up the prompt.
 */
static int
up_status(struct ctl *ctl, struct client_reply *reply)
{
	struct mono	 end = mono_add_ms(mono_now(), UP_SETTLE_MS);
	int		 rv, waiting;

	for (;;) {
		rv = client_call(ctl->client, "OmnitronDaemon.status", NULL,
		    CONN_READ_MS, reply);
		waiting = (rv == OMNITRON_OK && up_pending(reply->result)) ||
		    (rv == OMNITRON_ERROR && reply->code == UP_UNAVAILABLE);
		if (!waiting || !mono_before(mono_now(), end))
			break;
		client_reply_clear(reply);
		nanosleep(&(struct timespec){ 0, UP_POLL_MS * 1000000L }, NULL);
	}
	if (rv == OMNITRON_OK)
		return (EXIT_DONE);
	client_reply_clear(reply);
	return (conn_call(ctl, "status", NULL, CONN_READ_MS, reply));
}

/* What an operator should see at once: that a record was damaged, say. */
static void
up_degraded(struct ctl *ctl, const struct json *status)
{
	const struct json	*list = json_get(status, "degraded"), *d;

	for (d = list != NULL ? list->first : NULL; d != NULL; d = d->next)
		if (d->type == JSON_STRING)
			ctl_warn(ctl, "degraded: %s", d->u.s);
}

static int
up_show(struct ctl *ctl)
{
	struct client_reply	 reply;
	const struct json	*apps;
	const struct json	**list;
	size_t			 n;
	int			 code;

	if (conn_try(ctl, NULL, 0) == -1) {
		ctl_warn(ctl, "daemon is up, but not at %s: see 'socket' in "
		    "its configuration", ctl->path);
		return (EXIT_DONE);
	}
	if ((code = up_status(ctl, &reply)) != EXIT_DONE)
		return (code);
	if (ctl->json)
		ctl->out->show(ctl, VIEW_STATUS, reply.result);
	else if (!ctl->quiet) {
		ctl_note(ctl, "omnitrond %s is up (pid %" PRId64 ")",
		    json_get_string(reply.result, "version", "?"),
		    json_get_int(reply.result, "pid", 0));
		apps = json_get(reply.result, "apps");
		if (apps != NULL && apps->first != NULL) {
			list = show_children(apps, &n);
			ctl->out->apps(ctl, list, n, 0);
			free(list);
		}
	}
	up_degraded(ctl, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

int
daemon_up(struct ctl *ctl, const struct args *args)
{
	const char	**argv;
	char		  path[PATH_MAX];
	int		  code;

	if ((code = up_find(ctl, path, sizeof(path))) != EXIT_DONE ||
	    (code = up_refuse(ctl)) != EXIT_DONE)
		return (code);
	argv = up_argv(ctl, args);
	if (args_has(args, 'f')) {
		execv(path, (char *const *)(uintptr_t)argv);
		code = ctl_fail(ctl, EXIT_FAILED, "%s: %s", path,
		    strerror(errno));
	} else if ((code = up_run(ctl, path, argv)) == EXIT_DONE)
		code = up_show(ctl);
	free(argv);
	return (code);
}

int
up_if_down(struct ctl *ctl)
{
	const char	**argv;
	char		  path[PATH_MAX];
	int		  code;

	if (conn_try(ctl, NULL, 0) == 0)
		return (EXIT_DONE);
	if (ctl->remote != NULL)
		return (conn_open(ctl));
	if (errno != ENOENT && errno != ECONNREFUSED && errno != ENOTDIR)
		return (conn_open(ctl));
	if ((code = up_find(ctl, path, sizeof(path))) != EXIT_DONE)
		return (code);
	argv = up_argv(ctl, NULL);
	code = up_run(ctl, path, argv);
	free(argv);
	if (code != EXIT_DONE)
		return (code);
	if ((code = conn_open(ctl)) == EXIT_DONE)
		ctl_note(ctl, "daemon started");
	return (code);
}
