/*
 * omnitronctl: the command line of omnitrond.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"
#include "omnitronctl/remote.h"

#define MAIN_STDOUT_BUFFER	65536	/* a list of 1000 apps in few writes */

static void
main_setup(struct ctl *ctl, const struct args *args)
{
	const char	*env;

	ctl->home = args_value(args, 'H');
	ctl->socket = args_value(args, 's');
	ctl->remote = args_value(args, 'r');
	ctl->quiet = args_has(args, 'q');
	ctl->verbose = args_has(args, 'v');
	env = getenv("OMNITRON_OUTPUT");
	ctl->json = args_has(args, 'j') ||
	    (env != NULL && strcmp(env, "json") == 0);
	ctl->out = ctl->json ? &output_json : &output_text;
	if (!ctl->json && isatty(STDOUT_FILENO)) {
		ctl->terminal = 1;
		env = getenv("NO_COLOR");
		ctl->colour = env == NULL || *env == '\0';
	}
}

static int
main_check_remote(struct ctl *ctl, const struct command *c)
{
	if (ctl->remote == NULL)
		return (EXIT_DONE);
	if (ctl->socket != NULL)
		return (ctl_fail(ctl, EXIT_USAGE,
		    "-r and -s name different daemons"));
	if (c->here != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "%s: not with -r: %s",
		    c->name, c->here));
	return (EXIT_DONE);
}

static int
main_check(struct ctl *ctl, const struct args *args)
{
	const struct command	*c = args->command;

	if (args->npos > c->max)
		return (ctl_fail(ctl, EXIT_USAGE,
		    "%s: unexpected argument '%.64s' (see: omnitronctl help "
		    "%s)", c->name, args->pos[c->max], c->name));
	if (args->npos < c->min)
		return (ctl_fail(ctl, EXIT_USAGE, "%s: argument missing; "
		    "usage: omnitronctl %s %s", c->name, c->name,
		    c->synopsis));
	if (ctl->home != NULL && *ctl->home == '\0')
		return (ctl_fail(ctl, EXIT_USAGE, "-H: empty path"));
	if (ctl->socket != NULL && *ctl->socket == '\0')
		return (ctl_fail(ctl, EXIT_USAGE, "-s: empty path"));
	return (main_check_remote(ctl, c));
}

/* "-s list": the option has swallowed what was meant as the command. */
static int
main_is_command(const char *word)
{
	const struct command	*c;
	char			 err[ARGS_ERROR_MAX];

	c = command_find(word, err, sizeof(err));
	return (c != NULL && strcmp(c->name, word) == 0);
}

static int
main_run(struct ctl *ctl, const struct args *args)
{
	const struct command	*c = args->command;
	int			 code;

	if (args_has(args, 'h')) {
		if (c == NULL)
			command_usage(stdout);
		else
			command_help(stdout, c);
		return (EXIT_DONE);
	}
	if (c == NULL && args_has(args, OPT_VERSION)) {
		printf("omnitronctl %s\n", VERSION);
		return (EXIT_DONE);
	}
	if (c == NULL) {
		if (ctl->socket != NULL && main_is_command(ctl->socket))
			return (ctl_fail(ctl, EXIT_USAGE, "no command: -s "
			    "took '%s' as the path of the socket",
			    ctl->socket));
		if (ctl->remote != NULL && main_is_command(ctl->remote))
			return (ctl_fail(ctl, EXIT_USAGE, "no command: -r "
			    "took '%s' as the name of a remote",
			    ctl->remote));
		if (ctl->json)
			return (ctl_fail(ctl, EXIT_USAGE, "no command"));
		command_usage(stderr);
		return (EXIT_USAGE);
	}
	if ((code = main_check(ctl, args)) != EXIT_DONE ||
	    (ctl->remote != NULL && (code = remote_choose(ctl)) != EXIT_DONE))
		return (code);
	return (c->run(ctl, args));
}

/* After a wrong word the rest was not read, but --json counts all the same. */
static int
main_wants_json(int argc, char **argv)
{
	int	 i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-j") == 0 ||
		    strcmp(argv[i], "--json") == 0)
			return (1);
	return (0);
}

/* A result that did not reach its reader is a failure. */
static int
main_flush(struct ctl *ctl, int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return (code);
	if (code == EXIT_DONE)
		code = ctl_fail(ctl, EXIT_FAILED, "stdout: %s",
		    strerror(errno));
	return (code);
}

int
main(int argc, char **argv)
{
	static char	 buffer[MAIN_STDOUT_BUFFER];
	struct ctl	 ctl = { 0 };
	struct args	 args = { 0 };
	char		 err[ARGS_ERROR_MAX];
	int		 code, bad;

	log_init("omnitronctl", 0);
	bad = args_parse(&args, argc, argv, command_globals, err, sizeof(err));
	main_setup(&ctl, &args);
	if (!ctl.terminal)
		setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (bad == -1) {
		if (main_wants_json(argc, argv))
			ctl.out = &output_json;
		code = args.command == NULL ?
		    ctl_fail(&ctl, EXIT_USAGE, "%s", err) :
		    ctl_fail(&ctl, EXIT_USAGE, "%s: %s (see: omnitronctl help "
		    "%s)", args.command->name, err, args.command->name);
	} else
		code = main_run(&ctl, &args);
	code = main_flush(&ctl, code);
	conn_close(&ctl);
	if (ctl.far != NULL)
		remote_clear(ctl.far);
	free(ctl.far);
	args_free(&args);
	return (code);
}
