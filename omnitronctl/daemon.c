/*
 * down, ping, config, reload-config.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/mono.h"
#include "common/signature.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/kill.h"
#include "omnitronctl/output.h"

#define DAEMON_SECONDS_MAX	86400	/* a day, of -t */

/* ---- down --------------------------------------------------------------- */

struct down {
	struct ctl		*ctl;
	struct found		 daemon;	/* for kill_wait */
	struct client_reply	 reply;		/* to shutdown */
	struct mono		 deadline;
	int			 limit;		/* ms, -1 none */
	int			 force;
};

static int
down_left(const struct down *d)
{
	int64_t	 ms;

	if (d->limit < 0 || d->force)
		return (-1);
	ms = mono_diff_ms(d->deadline, mono_now());
	return (ms < 0 ? 0 : (int)ms);
}

/* Who is to go: what the daemon says it is, held by a pidfd. */
static int
down_identify(struct down *d)
{
	struct client_reply	 reply;
	int64_t			 pid;
	int			 code;

	code = conn_call(d->ctl, "ping", NULL, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	pid = json_get_int(reply.result, "pid", 0);
	client_reply_clear(&reply);
	d->daemon.pidfd = -1;
	/* Of another host a pid means nothing here. */
	if (pid <= 1 || pid > INT_MAX || d->ctl->remote != NULL)
		return (EXIT_DONE);
	d->daemon.pidfd = signature_pidfd((pid_t)pid);
	if (signature_of((pid_t)pid, d->daemon.pidfd,
	    &d->daemon.file.sig) == -1)
		d->daemon.file.sig.pid = 0;
	return (EXIT_DONE);
}

static enum omnitron_status
down_ask(struct down *d)
{
	client_reply_clear(&d->reply);
	return (client_call(d->ctl->client, "OmnitronDaemon.shutdown",
	    d->force ? "{\"force\":true}" : NULL, down_left(d), &d->reply));
}

/* The connection ends when the daemon does; the answer may come before. */
static enum omnitron_status
down_eof(struct down *d)
{
	enum omnitron_status	 status;
	struct omnitron_note	 note;

	do {
		status = omnitron_next(d->ctl->client, down_left(d), &note);
		omnitron_note_clear(&note);
	} while (status == OMNITRON_OK);
	return (status);
}

/* 0 it is gone, 1 the time is over, -1 refused (d->reply). */
static int
down_try(struct down *d)
{
	enum omnitron_status	 status;

	status = down_ask(d);
	if (status == OMNITRON_ERROR)
		return (-1);
	if (status == OMNITRON_OK)
		status = down_eof(d);
	if (status == OMNITRON_TIMEOUT)
		return (1);
	if (d->daemon.file.sig.pid == 0)
		return (0);
	return (kill_wait(&d->daemon, down_left(d)) == 0 ? 0 : 1);
}

static void
down_tell_json(const struct json *killed)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kbool(&w, "success", 1);
	if (killed != NULL) {
		jsonw_key(&w, "killed");
		json_write(killed, &w);
	}
	jsonw_end(&w);
	printf("%.*s\n", (int)w.len, w.buf);
	jsonw_free(&w);
}

static void
down_tell(const struct down *d)
{
	const struct json	*killed = NULL, *k;

	if (d->reply.result != NULL)
		killed = json_get(d->reply.result, "killed");
	if (d->ctl->json) {
		down_tell_json(killed);
		return;
	}
	if (killed != NULL && killed->type == JSON_ARRAY)
		for (k = killed->first; k != NULL; k = k->next)
			if (k->type == JSON_STRING)
				ctl_note(d->ctl, "%s: had to be killed",
				    k->u.s);
	if (d->force)
		ctl_note(d->ctl, "what still ran after %d s was killed",
		    d->limit / 1000);
	ctl_note(d->ctl, "daemon stopped");
}

static int
down_run(struct down *d)
{
	int	 n;

	if (d->ctl->terminal)
		ctl_note(d->ctl, "stopping ...");
	fflush(stdout);
	if (d->limit >= 0)
		d->deadline = mono_add_ms(mono_now(), d->limit);
	if ((n = down_try(d)) == 1) {
		d->force = 1;
		n = down_try(d);
	}
	if (n == -1)
		return (ctl_fail_reply(d->ctl, NULL, &d->reply));
	down_tell(d);
	return (EXIT_DONE);
}

/* Nobody listens: that is as wished, unless the daemon is there all the same. */
static int
down_absent(struct ctl *ctl)
{
	struct found	 f;
	int		 code = EXIT_DONE;

	if (ctl->remote != NULL ||
	    (errno != ENOENT && errno != ECONNREFUSED && errno != ENOTDIR))
		return (conn_open(ctl));
	kill_find(ctl, &f);
	if (f.what == FOUND_RUNNING)
		code = ctl_fail(ctl, EXIT_UNREACHABLE, "daemon (pid %ld) runs "
		    "but does not listen at %s; if it hangs: omnitronctl kill",
		    (long)f.file.sig.pid, ctl->path);
	else if (ctl->json)
		printf("{\"success\":true}\n");
	else
		ctl_warn(ctl, "daemon not running (no socket at %s)",
		    ctl->path);
	kill_release(&f);
	return (code);
}

int
daemon_down(struct ctl *ctl, const struct args *args)
{
	struct down	 d = { .ctl = ctl, .limit = -1 };
	const char	*value, *errstr;
	int		 code;

	if ((value = args_value(args, 't')) != NULL) {
		d.limit = 1000 * (int)strtonum(value, 0, DAEMON_SECONDS_MAX,
		    &errstr);
		if (errstr != NULL)
			return (ctl_fail(ctl, EXIT_USAGE, "-t: number of "
			    "seconds is %s: %.64s", errstr, value));
	}
	if (conn_try(ctl, NULL, 0) == -1)
		return (down_absent(ctl));
	if ((code = down_identify(&d)) == EXIT_DONE)
		code = down_run(&d);
	client_reply_clear(&d.reply);
	kill_release(&d.daemon);
	return (code);
}

/* ---- the others --------------------------------------------------------- */

static int
daemon_show(struct ctl *ctl, const char *method, enum view view)
{
	struct client_reply	 reply;
	int			 code;

	code = conn_call(ctl, method, NULL, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, view, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

int
daemon_ping(struct ctl *ctl, const struct args *args)
{
	return (daemon_show(ctl, "ping", VIEW_PING));
}

int
daemon_config(struct ctl *ctl, const struct args *args)
{
	return (daemon_show(ctl, "getConfig", VIEW_CONFIG));
}

/* Errors of the file, each on a line of its own as omnitrond -n has them. */
static int
daemon_invalid(struct ctl *ctl, const char *text)
{
	size_t	 n;

	if (ctl->json)
		return (ctl_fail(ctl, EXIT_CONFIG, "%s", text));
	for (; *text != '\0'; text += n + (text[n] != '\0')) {
		n = strcspn(text, "\n");
		ctl_fail(ctl, EXIT_CONFIG, "%.*s", (int)n, text);
	}
	return (EXIT_CONFIG);
}

/* A refusal is about the file, and its text has file:line. */
int
daemon_reload_config(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	enum omnitron_status	 status;
	int			 code;

	if ((code = conn_open(ctl)) != EXIT_DONE)
		return (code);
	status = client_call(ctl->client, "OmnitronDaemon.reloadConfig",
	    args_has(args, OPT_DRY_RUN) ? "{\"dryRun\":true}" : NULL, -1,
	    &reply);
	if (status == OMNITRON_OK && json_get_bool(reply.result, "success", 1))
		ctl->out->show(ctl, VIEW_RELOAD, reply.result);
	else if (status == OMNITRON_OK)
		code = daemon_invalid(ctl, json_get_string(reply.result,
		    "error", "configuration invalid"));
	else if (status == OMNITRON_ERROR &&
	    (reply.code == -32010 || reply.code == -32602))
		code = daemon_invalid(ctl, reply.message);
	else
		code = conn_fail(ctl, status, &reply, NULL);
	client_reply_clear(&reply);
	return (code);
}
