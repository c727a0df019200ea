/*
 * The table of commands, the search in it, and help made from it.
 */
#include <stdio.h>
#include <string.h>

#include "common/units.h"
#include "omnitronctl/command.h"

const struct option command_globals[] = {
	{ 'j', "json", NULL, "print JSON and nothing else" },
	{ 'q', "quiet", NULL, "print only what was asked for" },
	{ 'v', "verbose", NULL, "print more" },
	{ 'H', "home", "DIR", "the daemon's home" },
	{ 's', "socket", "PATH", "the daemon's control socket" },
	{ 'r', "remote", "NAME", "a daemon on another host (remote add)" },
	{ 'h', "help", NULL, "how to use the command" },
	{ OPT_VERSION, "version", NULL, "print the version" },
	{ OPT_NONE, NULL, NULL, NULL }
};

#define OPTION_END	{ OPT_NONE, NULL, NULL, NULL }

static const struct option command_none[] = { OPTION_END };

static const struct option command_up[] = {
	{ 'f', "foreground", NULL, "stay in the foreground, log to stderr" },
	{ 'c', "config", "FILE", "the configuration" },
	{ 'D', "define", "NAME=VALUE", "set a macro of the configuration" },
	{ 'o', "option", "FIELD=VALUE", "set a field of the configuration" },
	OPTION_END
};

static const struct option command_down[] = {
	{ 't', "time", "SEC", "kill what still runs after SEC seconds" },
	OPTION_END
};

static const struct option command_kill[] = {
	{ OPT_APPS, "apps", NULL, "end the recorded apps as well" },
	OPTION_END
};

static const struct option command_reload_config[] = {
	{ OPT_DRY_RUN, "dry-run", NULL, "only say what would change" },
	OPTION_END
};

#define OPTION_WAITING							    \
	{ OPT_NO_WAIT, "no-wait", NULL, "do not wait for the outcome" },    \
	{ OPT_TIMEOUT, "timeout", "D", "wait no longer than D (30s, 5m)" }

static const struct option command_start[] = {
	OPTION_WAITING,
	OPTION_END
};

static const struct option command_stop[] = {
	{ 'f', "force", NULL, "kill at once" },
	{ 't', "time", "SEC", "kill what still runs after SEC seconds, 0: -f" },
	{ OPT_DEPENDANTS, "dependants", NULL,
	    "first stop the apps that depend on it" },
	OPTION_WAITING,
	OPTION_END
};

#define OPTION_PROCESS							      \
	{ OPT_PROCESS, "process", "NAME", "of this process of the app" }

static const struct option command_scale[] = {
	OPTION_PROCESS,
	{ OPT_TIMEOUT, "timeout", "D", "wait no longer than D (30s, 5m)" },
	OPTION_END
};

static const struct option command_signal[] = {
	OPTION_PROCESS,
	{ OPT_INSTANCE, "instance", "N", "only this instance" },
	OPTION_END
};

static const struct option command_wait[] = {
	{ OPT_FOR, "for", "STATE", "online (default), healthy or stopped" },
	{ OPT_TIMEOUT, "timeout", "D", "wait no longer than D (30s, 5m)" },
	OPTION_END
};

static const struct option command_exec[] = {
	{ OPT_TIMEOUT, "timeout", "D", "wait no longer than D (30s)" },
	OPTION_END
};

static const struct option command_logs[] = {
	{ 'f', "follow", NULL, "go on with lines as they are written" },
	{ 'n', "lines", "N", "that many lines (100; 10 with -f)" },
	{ 'l', "level", "LEVEL", "of this level or worse" },
	{ 'g', "grep", "REGEX", "that match" },
	{ OPT_SINCE, "since", "T", "not before T: 10m (ago), or a date" },
	{ OPT_UNTIL, "until", "T", "not after T" },
	OPTION_PROCESS,
	{ OPT_FILE, "file", NULL, "only print where the log is" },
	{ OPT_REOPEN, "reopen", NULL, "let the daemon open its logs anew" },
	OPTION_END
};

static const struct option command_inspect[] = {
	{ OPT_GRAPH, "graph", NULL, "what it depends on" },
	{ OPT_FORMAT, "format", "FORMAT", "of the graph: text, mermaid, dot, json" },
	OPTION_END
};

static const struct option command_graph[] = {
	{ OPT_FORMAT, "format", "FORMAT", "text, mermaid, dot, json" },
	OPTION_END
};

static const struct option command_env[] = {
	OPTION_PROCESS,
	OPTION_END
};

static const struct option command_remote[] = {
	{ 'p', "port", "PORT", "of the daemon, else 9700" },
	{ OPT_TOKEN_FILE, "token-file", "FILE",
	    "holds the token; -: read it from standard input and keep it" },
	{ OPT_CA, "ca", "FILE", "of authorities, in place of the system's" },
	{ OPT_FINGERPRINT, "fingerprint", "SHA256",
	    "of the daemon's certificate" },
	{ OPT_CERT, "cert", "FILE", "our own certificate" },
	{ OPT_KEY, "key", "FILE", "and its key" },
	{ OPT_INSECURE, "insecure", NULL, "no TLS: all goes in plain text" },
	OPTION_END
};

static const struct option command_secret[] = {
	{ OPT_FILE, "file", "FILE", "set: holds the value" },
	{ OPT_YES, "yes", NULL, "reset: yes, all of them" },
	OPTION_END
};

static const struct option command_token[] = {
	{ OPT_ROLE, "role", "ROLE", "issue: viewer, operator or admin" },
	{ OPT_TTL, "ttl", "D", "issue: how long it is good (12h, 90d)" },
	{ OPT_SUBJECT, "subject", "NAME", "issue: whose it is" },
	{ 'o', "output", "FILE", "issue: keep it there, private" },
	{ OPT_TOKEN_FILE, "token-file", "FILE", "validate: holds the token" },
	{ OPT_UNTIL, "until", "T", "revoke: when it would have ended" },
	OPTION_END
};

static const struct option command_access[] = {
	{ OPT_ROLE, "role", "ROLE", "with that role: viewer, operator, admin" },
	OPTION_END
};

static const struct option command_events[] = {
	{ 'f', "follow", NULL, "go on until interrupted" },
	{ 'n', "number", "N", "end after N events (1)" },
	{ OPT_TIMEOUT, "timeout", "D", "wait no longer than D (30s, 5m)" },
	OPTION_END
};

const struct command commands[] = {
	{ "up", NULL, daemon_up,
	    "[-f] [-c file] [-D name=value] [-o field=value]",
	    "Start the daemon and return when it is ready.",
	    command_up, 0, 0, WORDS_NONE,
	    "a daemon is started on its own host" },
	{ "down", NULL, daemon_down, "[-t sec]",
	    "Stop all apps and the daemon, and wait until they are gone.",
	    command_down, 0, 0, WORDS_NONE, NULL },
	{ "kill", NULL, kill_run, "[--apps]",
	    "Kill a daemon that hangs, after checking that it is the daemon.",
	    command_kill, 0, 0, WORDS_NONE,
	    "a process is killed on its own host" },
	{ "ping", NULL, daemon_ping, "", "Is the daemon there?",
	    command_none, 0, 0, WORDS_NONE, NULL },
	{ "status", NULL, look_status, "[app ...]",
	    "The daemon and its apps, or all of some apps.",
	    command_none, 0, ANY_NUMBER, WORDS_APPS, NULL },
	{ "list", "ls", look_list, "[app ...]",
	    "The apps, a line each (with -q only their names).",
	    command_none, 0, ANY_NUMBER, WORDS_APPS, NULL },
	{ "start", NULL, app_start,
	    "[--no-wait] [--timeout d] [app ... | all]",
	    "Start apps, and the daemon first if it is not up.",
	    command_start, 0, ANY_NUMBER, WORDS_APPS, NULL },
	{ "stop", NULL, app_stop,
	    "[-f] [-t sec] [--dependants] [--no-wait] [--timeout d] app ... | all",
	    "Stop apps.", command_stop, 1, ANY_NUMBER, WORDS_APPS, NULL },
	{ "restart", NULL, app_restart,
	    "[--no-wait] [--timeout d] app ... | all",
	    "Stop apps and start them again.",
	    command_start, 1, ANY_NUMBER, WORDS_APPS, NULL },
	{ "reload", NULL, app_reload,
	    "[--no-wait] [--timeout d] app ... | all",
	    "Replace the instances of apps one by one, without a gap.",
	    command_start, 1, ANY_NUMBER, WORDS_APPS, NULL },
	{ "scale", NULL, app_scale, "[--process name] [--timeout d] app n",
	    "Set how many instances of an app run.",
	    command_scale, 2, 2, WORDS_APPS, NULL },
	{ "signal", NULL, app_signal, "[--process name] [--instance n] app signal",
	    "Send a signal to an app's processes.",
	    command_signal, 2, 2, WORDS_APPS, NULL },
	{ "logs", NULL, logs_run,
	    "[-f] [-n n] [-l level] [-g regex] [--since t] [--until t] "
	    "[--process name] [--file] [--reopen] [app ...]",
	    "What apps wrote; of all apps if none is named.",
	    command_logs, 0, ANY_NUMBER, WORDS_APPS, NULL },
	{ "events", NULL, events_run,
	    "[-f] [-n n] [--timeout d] [channel ...]",
	    "What happens, as it happens: the next event, or with -f all.",
	    command_events, 0, ANY_NUMBER, WORDS_NONE, NULL },
	{ "inspect", NULL, look_inspect, "[--graph] [--format format] app",
	    "All that is known of an app.",
	    command_inspect, 1, 1, WORDS_APPS, NULL },
	{ "env", NULL, look_env, "[--process name] app",
	    "The environment of an app, secrets not shown.",
	    command_env, 1, 1, WORDS_APPS, NULL },
	{ "health", NULL, look_health, "[app]", "The health of apps.",
	    command_none, 0, 1, WORDS_APPS, NULL },
	{ "metrics", NULL, look_metrics, "[app]",
	    "CPU and memory of apps.", command_none, 0, 1, WORDS_APPS, NULL },
	{ "graph", NULL, look_graph, "[--format format] [app]",
	    "What depends on what.", command_graph, 0, 1, WORDS_APPS, NULL },
	{ "is-active", NULL, test_is_active, "app ...",
	    "Exit 0 if all of these apps are online, else 5.",
	    command_none, 1, ANY_NUMBER, WORDS_APPS, NULL },
	{ "is-healthy", NULL, test_is_healthy, "[app]",
	    "Exit 0 if the app, or all apps, are healthy, else 5.",
	    command_none, 0, 1, WORDS_APPS, NULL },
	{ "wait", NULL, test_wait, "[--for state] [--timeout d] app ...",
	    "Wait until apps are online, healthy or stopped.",
	    command_wait, 1, ANY_NUMBER, WORDS_APPS, NULL },
	{ "exec", NULL, exec_run, "[--timeout d] app service method [arg ...]",
	    "Call a method that an app offers, and print its result.",
	    command_exec, 3, ANY_NUMBER, WORDS_APPS, NULL },
	{ "watch", NULL, watch_run, "on [app ...] | off | status",
	    "Reload apps when their files change, or not; which are watched.",
	    command_none, 1, ANY_NUMBER, WORDS_WATCH, NULL },
	{ "crash", NULL, crash_run, "list app | show app [id]",
	    "The last crashes of an app, or all that is known of one.",
	    command_none, 2, 3, WORDS_CRASH, NULL },
	{ "why", NULL, look_why, "app",
	    "Why an app is as it is, and who made it so.",
	    command_none, 1, 1, WORDS_APPS, NULL },
	{ "config", NULL, daemon_config, "",
	    "The configuration with every default filled in.",
	    command_none, 0, 0, WORDS_NONE, NULL },
	{ "reload-config", NULL, daemon_reload_config, "[--dry-run]",
	    "Read the configuration again, all of it or nothing.",
	    command_reload_config, 0, 0, WORDS_NONE, NULL },
	{ "init", NULL, init_run, "[path]",
	    "Write a commented omnitrond.conf to begin with.",
	    command_none, 0, 1, WORDS_FILES,
	    "a configuration is written where its daemon runs" },
	{ "secret", NULL, secret_run,
	    "set key [--file file] | get key | list | delete key | rekey | "
	    "reset --yes",
	    "The values that apps get and nobody sees.",
	    command_secret, 1, ANY_NUMBER, WORDS_SECRET, NULL },
	{ "token", NULL, token_run,
	    "issue --role role --ttl d [--subject name] [-o file] | "
	    "validate [--token-file file] | revoke jti [--until t]",
	    "Make tokens for other hosts, look at them, end them.",
	    command_token, 1, ANY_NUMBER, WORDS_TOKEN, NULL },
	{ "access", NULL, access_run,
	    "test [--role role] user | group | token name method [app]",
	    "May somebody do that, and which rule says so?",
	    command_access, 1, ANY_NUMBER, WORDS_ACCESS, NULL },
	{ "remote", NULL, remote_run,
	    "add name host [-p port] [--token-file file] [--ca file] "
	    "[--fingerprint sha256] [--cert file] [--key file] [--insecure] | "
	    "list | remove name | status name",
	    "Names for daemons on other hosts, for -r.",
	    command_remote, 1, ANY_NUMBER, WORDS_REMOTE,
	    "it is about the names that are kept here" },
	{ "call", NULL, raw_call, "[service.]method [json]",
	    "Call a method of the daemon and print its result.",
	    command_none, 1, 2, WORDS_NONE, NULL },
	{ "describe", NULL, raw_describe, "[method]",
	    "The methods of the daemon, their parameters and roles.",
	    command_none, 0, 1, WORDS_NONE, NULL },
	{ "completion", NULL, complete_run, "bash | zsh | fish",
	    "Print completions for a shell.",
	    command_none, 1, 1, WORDS_SHELLS,
	    "it is about the shell here" },
	{ "version", NULL, raw_version, "",
	    "The versions of omnitronctl and of the daemon.",
	    command_none, 0, 0, WORDS_NONE, NULL },
	{ "help", NULL, raw_help, "[command]", "How to use a command.",
	    command_none, 0, 1, WORDS_COMMANDS, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, WORDS_NONE, NULL }
};

#define COMMANDS_MAX	64	/* more than there are */

static void
command_ambiguous(const char *word, size_t len, char *err, size_t errsize)
{
	const struct command	*c;
	const char		*sep = "";

	snprintf(err, errsize, "ambiguous command '%s': ", word);
	for (c = commands; c->name != NULL; c++) {
		if (strncmp(c->name, word, len) != 0)
			continue;
		strlcat(err, sep, errsize);
		strlcat(err, c->name, errsize);
		sep = ", ";
	}
}

static void
command_unknown(const char *word, char *err, size_t errsize)
{
	const struct command	*c;
	const char		*names[COMMANDS_MAX], *near;
	size_t			 n = 0;

	for (c = commands; c->name != NULL && n < COMMANDS_MAX; c++)
		names[n++] = c->name;
	if ((near = nearest_name(word, names, n)) != NULL)
		snprintf(err, errsize,
		    "unknown command '%.64s'; did you mean '%s'?", word, near);
	else
		snprintf(err, errsize, "unknown command '%.64s' "
		    "(omnitronctl help lists them)", word);
}

const struct command *
command_find(const char *word, char *err, size_t errsize)
{
	const struct command	*c, *found = NULL;
	size_t			 len = strlen(word);
	int			 n = 0;

	for (c = commands; c->name != NULL; c++) {
		if (strcmp(c->name, word) == 0 ||
		    (c->alias != NULL && strcmp(c->alias, word) == 0))
			return (c);
		if (len > 0 && strncmp(c->name, word, len) == 0) {
			found = c;
			n++;
		}
	}
	if (n == 1)
		return (found);
	if (n > 1)
		command_ambiguous(word, len, err, errsize);
	else
		command_unknown(word, err, errsize);
	return (NULL);
}

static void
command_options(FILE *fp, const struct option *o)
{
	char	 left[64], letter[8];

	for (; o->id != OPT_NONE; o++) {
		if (o->id < OPT_VERSION)
			snprintf(letter, sizeof(letter), "-%c, ", o->id);
		else
			strlcpy(letter, "    ", sizeof(letter));
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name,
		    o->arg == NULL ? "" : " ", o->arg == NULL ? "" : o->arg);
		fprintf(fp, "    %-28s %s\n", left, o->text);
	}
}

void
command_help(FILE *fp, const struct command *c)
{
	fprintf(fp, "usage: omnitronctl %s%s%s\n", c->name,
	    c->synopsis[0] == '\0' ? "" : " ", c->synopsis);
	fprintf(fp, "%s\n", c->text);
	if (c->options[0].id != OPT_NONE) {
		fprintf(fp, "\noptions:\n");
		command_options(fp, c->options);
	}
}

void
command_usage(FILE *fp)
{
	const struct command	*c;

	fprintf(fp, "usage: %s\n\ncommands:\n", COMMAND_USAGE);
	for (c = commands; c->name != NULL; c++)
		fprintf(fp, "    %-14s %s\n", c->name, c->text);
	fprintf(fp, "\noptions:\n");
	command_options(fp, command_globals);
	fprintf(fp, "\nomnitronctl help command tells more.\n");
}
