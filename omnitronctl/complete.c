/*
 * completion: scripts for shells, made from the table of commands.
 */
#include <stdio.h>
#include <string.h>

#include "omnitronctl/command.h"
#include "omnitronctl/ctl.h"

/* Names of apps, and nothing when there is no daemon. */
#define COMPLETE_APPS	"omnitronctl -q list 2>/dev/null"
#define COMPLETE_REMOTES "omnitronctl -q remote list 2>/dev/null"
#define COMPLETE_SECRETS "omnitronctl -q secret list 2>/dev/null"

static void
complete_options(const struct option *o)
{
	for (; o->id != OPT_NONE; o++) {
		if (o->id < OPT_VERSION)
			printf(" -%c", o->id);
		printf(" --%s", o->name);
	}
}

static void
complete_commands(void)
{
	const struct command	*c;

	for (c = commands; c->name != NULL; c++)
		printf("%s%s", c == commands ? "" : " ", c->name);
}

/* What stands first. */
static const char *
complete_verbs(const struct command *c)
{
	switch (c->words) {
	case WORDS_WATCH:
		return ("on off status");
	case WORDS_CRASH:
		return ("list show");
	case WORDS_REMOTE:
		return ("add list remove status");
	case WORDS_SECRET:
		return ("set get list delete rekey reset");
	case WORDS_TOKEN:
		return ("issue validate revoke");
	case WORDS_ACCESS:
		return ("test user group token");
	default:
		return ("");
	}
}

static void
complete_bash_case(const struct command *c)
{
	printf("\t%s%s%s)\n\t\twords=\"", c->name,
	    c->alias == NULL ? "" : "|", c->alias == NULL ? "" : c->alias);
	complete_options(c->options);
	switch (c->words) {
	case WORDS_WATCH:
	case WORDS_CRASH:
		printf(" %s", complete_verbs(c));
		/* FALLTHROUGH */
	case WORDS_APPS:
		printf(" $(" COMPLETE_APPS ")");
		break;
	case WORDS_COMMANDS:
		printf(" ");
		complete_commands();
		break;
	case WORDS_SHELLS:
		printf(" bash zsh fish");
		break;
	case WORDS_REMOTE:
		printf(" %s $(" COMPLETE_REMOTES ")", complete_verbs(c));
		break;
	case WORDS_SECRET:
		printf(" %s $(" COMPLETE_SECRETS ")", complete_verbs(c));
		break;
	case WORDS_TOKEN:
	case WORDS_ACCESS:
		printf(" %s", complete_verbs(c));
		break;
	case WORDS_NONE:
	case WORDS_FILES:
		break;
	}
	printf("\" ;;\n");
}

static void
complete_bash(void)
{
	const struct command	*c;

	printf("# bash completion for omnitronctl\n"
	    "_omnitronctl()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} command= words= i w\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tw=${COMP_WORDS[i]}\n"
	    "\t\tcase $w in\n"
	    "\t\t-H|-s|-r|--home|--socket|--remote) ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) command=$w; break ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase $command in\n"
	    "\t'')\n\t\twords=\"");
	complete_commands();
	complete_options(command_globals);
	printf("\" ;;\n");
	for (c = commands; c->name != NULL; c++)
		complete_bash_case(c);
	printf("\tesac\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "}\n"
	    "complete -o default -F _omnitronctl omnitronctl\n");
}

/* A text within single quotes of a shell. */
static void
complete_quoted(const char *s)
{
	putchar('\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s);
	putchar('\'');
}

static void
complete_zsh_case(const struct command *c)
{
	printf("\t%s)\n\t\tcompadd --", c->name);
	complete_options(c->options);
	printf("\n");
	switch (c->words) {
	case WORDS_WATCH:
	case WORDS_CRASH:
		printf("\t\tcompadd -- %s\n", complete_verbs(c));
		/* FALLTHROUGH */
	case WORDS_APPS:
		printf("\t\tcompadd -- ${(f)\"$(" COMPLETE_APPS ")\"}\n");
		break;
	case WORDS_COMMANDS:
		printf("\t\tcompadd -- ");
		complete_commands();
		printf("\n");
		break;
	case WORDS_SHELLS:
		printf("\t\tcompadd -- bash zsh fish\n");
		break;
	case WORDS_REMOTE:
		printf("\t\tcompadd -- %s ${(f)\"$(" COMPLETE_REMOTES
		    ")\"}\n", complete_verbs(c));
		break;
	case WORDS_SECRET:
		printf("\t\tcompadd -- %s ${(f)\"$(" COMPLETE_SECRETS
		    ")\"}\n", complete_verbs(c));
		break;
	case WORDS_TOKEN:
	case WORDS_ACCESS:
		printf("\t\tcompadd -- %s\n", complete_verbs(c));
		break;
	case WORDS_FILES:
		printf("\t\t_files\n");
		break;
	case WORDS_NONE:
		break;
	}
	printf("\t\t;;\n");
}

static void
complete_zsh(void)
{
	const struct command	*c;

	printf("#compdef omnitronctl\n"
	    "_omnitronctl()\n{\n"
	    "\tlocal -a all\n\tlocal i command=\n\tall=(\n");
	for (c = commands; c->name != NULL; c++) {
		char	 pair[160];

		snprintf(pair, sizeof(pair), "%s:%s", c->name, c->text);
		printf("\t\t");
		complete_quoted(pair);
		printf("\n");
	}
	printf("\t)\n"
	    "\tfor ((i = 2; i < CURRENT; i++)); do\n"
	    "\t\tcase $words[i] in\n"
	    "\t\t-H|-s|-r|--home|--socket|--remote) ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) command=$words[i]; break ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase $command in\n"
	    "\t'')\n\t\t_describe command all\n\t\tcompadd --");
	complete_options(command_globals);
	printf("\n\t\t;;\n");
	for (c = commands; c->name != NULL; c++)
		complete_zsh_case(c);
	printf("\tesac\n}\ncompdef _omnitronctl omnitronctl\n");
}

static void
complete_fish_option(const struct command *c, const struct option *o)
{
	printf("complete -c omnitronctl");
	if (c != NULL)
		printf(" -n '__fish_seen_subcommand_from %s'", c->name);
	if (o->id < OPT_VERSION)
		printf(" -s %c", o->id);
	printf(" -l %s%s -d ", o->name, o->arg == NULL ? "" : " -r");
	complete_quoted(o->text);
	printf("\n");
}

static void
complete_fish_words(const struct command *c)
{
	const char	*words = NULL;

	if (c->words == WORDS_APPS)
		words = "(" COMPLETE_APPS ")";
	else if (c->words == WORDS_WATCH)
		words = "on off status (" COMPLETE_APPS ")";
	else if (c->words == WORDS_CRASH)
		words = "list show (" COMPLETE_APPS ")";
	else if (c->words == WORDS_REMOTE)
		words = "add list remove status (" COMPLETE_REMOTES ")";
	else if (c->words == WORDS_SECRET)
		words = "set get list delete rekey reset (" COMPLETE_SECRETS
		    ")";
	else if (c->words == WORDS_TOKEN || c->words == WORDS_ACCESS)
		words = complete_verbs(c);
	else if (c->words == WORDS_SHELLS)
		words = "bash zsh fish";
	if (words != NULL)
		printf("complete -c omnitronctl -f -n "
		    "'__fish_seen_subcommand_from %s' -a '%s'\n", c->name,
		    words);
}

static void
complete_fish(void)
{
	const struct command	*c;
	const struct option	*o;

	printf("# fish completion for omnitronctl\n");
	for (o = command_globals; o->id != OPT_NONE; o++)
		complete_fish_option(NULL, o);
	for (c = commands; c->name != NULL; c++) {
		printf("complete -c omnitronctl -f -n __fish_use_subcommand "
		    "-a %s -d ", c->name);
		complete_quoted(c->text);
		printf("\n");
		for (o = c->options; o->id != OPT_NONE; o++)
			complete_fish_option(c, o);
		complete_fish_words(c);
	}
}

int
complete_run(struct ctl *ctl, const struct args *args)
{
	const char	*shell = args->pos[0];

	if (strcmp(shell, "bash") == 0)
		complete_bash();
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh();
	else if (strcmp(shell, "fish") == 0)
		complete_fish();
	else
		return (ctl_fail(ctl, EXIT_USAGE, "completion: '%.64s' is none "
		    "of bash, zsh, fish", shell));
	return (EXIT_DONE);
}
