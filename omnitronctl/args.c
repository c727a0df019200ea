/*
 * The parser of the command line.  Not getopt_long(3): that needs to know
 * the options of the command before it has seen the command, and its
 * order of arguments depends on the environment.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitronctl/args.h"
#include "omnitronctl/command.h"

struct scan {
	struct args		*args;
	const struct option	*global;
	char			**argv;
	int			 argc;
	int			 i;
	char			*err;
	size_t			 errsize;
};

/* The options that are legal now: the global ones, then the command's. */
static const struct option *
args_list(const struct scan *s, int n)
{
	if (n == 0)
		return (s->global);
	if (n == 1 && s->args->command != NULL)
		return (s->args->command->options);
	return (NULL);
}

static const struct option *
args_letter(const struct scan *s, char c)
{
	const struct option	*o;
	int			 n;

	for (n = 0; n < 2; n++)
		for (o = args_list(s, n); o != NULL && o->id != OPT_NONE; o++)
			if (o->id == (unsigned char)c)
				return (o);
	return (NULL);
}

/* By its long name, or by an unambiguous beginning of it. */
static const struct option *
args_long(const struct scan *s, const char *name, size_t len, int *several)
{
	const struct option	*o, *found = NULL;
	int			 n;

	*several = 0;
	for (n = 0; n < 2; n++) {
		for (o = args_list(s, n); o != NULL && o->id != OPT_NONE; o++) {
			if (o->name == NULL || strncmp(o->name, name, len) != 0)
				continue;
			if (o->name[len] == '\0')
				return (o);
			*several += 1;
			found = o;
		}
	}
	return (*several == 1 ? found : NULL);
}

static void
args_add(struct args *args, const struct option *o, const char *value)
{
	args->given[args->ngiven].option = o;
	args->given[args->ngiven++].value = value;
}

static int
args_take_long(struct scan *s, const char *word)
{
	const struct option	*o;
	const char		*eq, *value = NULL;
	size_t			 len;
	int			 several;

	eq = strchr(word, '=');
	len = eq == NULL ? strlen(word) : (size_t)(eq - word);
	if ((o = args_long(s, word, len, &several)) == NULL) {
		snprintf(s->err, s->errsize, "%s option '--%.*s'%s",
		    several > 1 ? "ambiguous" : "unknown", (int)len, word,
		    s->args->command == NULL ?
		    " before a command" : "");
		return (-1);
	}
	if (o->arg == NULL && eq != NULL) {
		snprintf(s->err, s->errsize, "option '--%s' takes no value",
		    o->name);
		return (-1);
	}
	if (o->arg != NULL) {
		if (eq != NULL)
			value = eq + 1;
		else if (s->i + 1 < s->argc)
			value = s->argv[++s->i];
		else {
			snprintf(s->err, s->errsize,
			    "option '--%s' needs a value: %s", o->name, o->arg);
			return (-1);
		}
	}
	args_add(s->args, o, value);
	return (0);
}

/* A bundle of letters; the first that takes a value takes the rest. */
static int
args_take_short(struct scan *s, const char *word)
{
	const struct option	*o;
	const char		*p, *value;

	for (p = word; *p != '\0'; p++) {
		if ((o = args_letter(s, *p)) == NULL) {
			snprintf(s->err, s->errsize, "unknown option '-%c'%s",
			    *p, s->args->command == NULL ?
			    " before a command" : "");
			return (-1);
		}
		value = NULL;
		if (o->arg != NULL) {
			if (p[1] != '\0')
				value = p + 1;
			else if (s->i + 1 < s->argc)
				value = s->argv[++s->i];
			else {
				snprintf(s->err, s->errsize,
				    "option '-%c' needs a value: %s", *p,
				    o->arg);
				return (-1);
			}
		}
		args_add(s->args, o, value);
		if (value != NULL)
			break;
	}
	return (0);
}

int
args_parse(struct args *args, int argc, char **argv,
    const struct option *global, char *err, size_t errsize)
{
	struct scan	 s = { args, global, argv, argc, 0, err, errsize };
	const char	*word;
	size_t		 letters = 0;
	int		 i, rest = 0;

	memset(args, 0, sizeof(*args));
	for (i = 1; i < argc; i++)
		letters += strlen(argv[i]);
	args->pos = xcalloc((size_t)argc + 1, sizeof(*args->pos));
	args->given = xcalloc(letters + 1, sizeof(*args->given));
	for (s.i = 1; s.i < argc; s.i++) {
		word = argv[s.i];
		if (!rest && strcmp(word, "--") == 0)
			rest = 1;
		else if (!rest && strncmp(word, "--", 2) == 0) {
			if (args_take_long(&s, word + 2) == -1)
				return (-1);
		} else if (!rest && word[0] == '-' && word[1] != '\0') {
			if (args_take_short(&s, word + 1) == -1)
				return (-1);
		} else if (args->command == NULL) {
			args->command = command_find(word, err, errsize);
			if (args->command == NULL)
				return (-1);
		} else
			args->pos[args->npos++] = word;
	}
	return (0);
}

void
args_free(struct args *args)
{
	free(args->pos);
	free(args->given);
	memset(args, 0, sizeof(*args));
}

int
args_has(const struct args *args, int id)
{
	size_t	 i;

	for (i = 0; i < args->ngiven; i++)
		if (args->given[i].option->id == id)
			return (1);
	return (0);
}

const char *
args_value(const struct args *args, int id)
{
	size_t	 i;

	for (i = args->ngiven; i > 0; i--)
		if (args->given[i - 1].option->id == id)
			return (args->given[i - 1].value);
	return (NULL);
}
