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

const struct command commands[] = {
	{ "up", NULL, daemon_up,
	    "[-f] [-c file] [-D name=value] [-o field=value]",
	    "Start the daemon and return when it is ready.",
	    command_up, 0, 0, WORDS_NONE },
	{ "down", NULL, daemon_down, "[-t sec]",
	    "Stop all apps and the daemon, and wait until they are gone.",
	    command_down, 0, 0, WORDS_NONE },
	{ "kill", NULL, kill_run, "[--apps]",
	    "Kill a daemon that hangs, after checking that it is the daemon.",
	    command_kill, 0, 0, WORDS_NONE },
	{ "ping", NULL, daemon_ping, "", "Is the daemon there?",
	    command_none, 0, 0, WORDS_NONE },
	{ "status", NULL, look_status, "[app ...]",
	    "The daemon and its apps, or all of some apps.",
	    command_none, 0, ANY_NUMBER, WORDS_APPS },
	{ "list", "ls", look_list, "[app ...]",
	    "The apps, a line each (with -q only their names).",
	    command_none, 0, ANY_NUMBER, WORDS_APPS },
	{ "start", NULL, app_start,
	    "[--no-wait] [--timeout d] [app ... | all]",
	    "Start apps, and the daemon first if it is not up.",
	    command_start, 0, ANY_NUMBER, WORDS_APPS },
	{ "stop", NULL, app_stop,
	    "[-f] [-t sec] [--dependants] [--no-wait] [--timeout d] app ... | all",
	    "Stop apps.", command_stop, 1, ANY_NUMBER, WORDS_APPS },
	{ "restart", NULL, app_restart,
	    "[--no-wait] [--timeout d] app ... | all",
	    "Stop apps and start them again.",
	    command_start, 1, ANY_NUMBER, WORDS_APPS },
	{ "reload", NULL, app_reload,
	    "[--no-wait] [--timeout d] app ... | all",
	    "Replace the instances of apps one by one, without a gap.",
	    command_start, 1, ANY_NUMBER, WORDS_APPS },
	{ "scale", NULL, app_scale, "[--process name] [--timeout d] app n",
	    "Set how many instances of an app run.",
	    command_scale, 2, 2, WORDS_APPS },
	{ "signal", NULL, app_signal, "[--process name] [--instance n] app signal",
	    "Send a signal to an app's processes.",
	    command_signal, 2, 2, WORDS_APPS },
	{ "logs", NULL, logs_run,
	    "[-f] [-n n] [-l level] [-g regex] [--since t] [--until t] "
	    "[--process name] [--file] [--reopen] [app ...]",
	    "What apps wrote; of all apps if none is named.",
	    command_logs, 0, ANY_NUMBER, WORDS_APPS },
	{ "inspect", NULL, look_inspect, "[--graph] [--format format] app",
	    "All that is known of an app.",
	    command_inspect, 1, 1, WORDS_APPS },
	{ "env", NULL, look_env, "[--process name] app",
	    "The environment of an app, secrets not shown.",
	    command_env, 1, 1, WORDS_APPS },
	{ "health", NULL, look_health, "[app]", "The health of apps.",
	    command_none, 0, 1, WORDS_APPS },
	{ "metrics", NULL, look_metrics, "[app]",
	    "CPU and memory of apps.", command_none, 0, 1, WORDS_APPS },
	{ "graph", NULL, look_graph, "[--format format] [app]",
	    "What depends on what.", command_graph, 0, 1, WORDS_APPS },
	{ "is-active", NULL, test_is_active, "app ...",
	    "Exit 0 if all of these apps are online, else 5.",
	    command_none, 1, ANY_NUMBER, WORDS_APPS },
	{ "is-healthy", NULL, test_is_healthy, "[app]",
	    "Exit 0 if the app, or all apps, are healthy, else 5.",
	    command_none, 0, 1, WORDS_APPS },
	{ "wait", NULL, test_wait, "[--for state] [--timeout d] app ...",
	    "Wait until apps are online, healthy or stopped.",
	    command_wait, 1, ANY_NUMBER, WORDS_APPS },
	{ "exec", NULL, exec_run, "[--timeout d] app service method [arg ...]",
	    "Call a method that an app offers, and print its result.",
	    command_exec, 3, ANY_NUMBER, WORDS_APPS },
	{ "watch", NULL, watch_run, "on [app ...] | off | status",
	    "Reload apps when their files change, or not; which are watched.",
	    command_none, 1, ANY_NUMBER, WORDS_WATCH },
	{ "crash", NULL, crash_run, "list app | show app [id]",
	    "The last crashes of an app, or all that is known of one.",
	    command_none, 2, 3, WORDS_CRASH },
	{ "why", NULL, look_why, "app",
	    "Why an app is as it is, and who made it so.",
	    command_none, 1, 1, WORDS_APPS },
	{ "config", NULL, daemon_config, "",
	    "The configuration with every default filled in.",
	    command_none, 0, 0, WORDS_NONE },
	{ "reload-config", NULL, daemon_reload_config, "[--dry-run]",
	    "Read the configuration again, all of it or nothing.",
	    command_reload_config, 0, 0, WORDS_NONE },
	{ "init", NULL, init_run, "[path]",
	    "Write a commented omnitrond.conf to begin with.",
	    command_none, 0, 1, WORDS_FILES },
	{ "call", NULL, raw_call, "[service.]method [json]",
	    "Call a method of the daemon and print its result.",
	    command_none, 1, 2, WORDS_NONE },
	{ "describe", NULL, raw_describe, "[method]",
	    "The methods of the daemon, their parameters and roles.",
	    command_none, 0, 1, WORDS_NONE },
	{ "completion", NULL, complete_run, "bash | zsh | fish",
	    "Print completions for a shell.",
	    command_none, 1, 1, WORDS_SHELLS },
	{ "version", NULL, raw_version, "",
	    "The versions of omnitronctl and of the daemon.",
	    command_none, 0, 0, WORDS_NONE },
	{ "help", NULL, raw_help, "[command]", "How to use a command.",
	    command_none, 0, 1, WORDS_COMMANDS },
	{ NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, WORDS_NONE }
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
