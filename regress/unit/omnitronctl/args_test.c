/*
 * The command line: options anywhere, prefixes, suggestions.
 */
#include <atf-c.h>

#include <stdio.h>
#include <string.h>

#include "omnitronctl/args.h"
#include "omnitronctl/command.h"

#define WORDS_MAX	16

static char	err[ARGS_ERROR_MAX];

/* Parse blank-separated words. */
static int
parse(struct args *args, const char *line)
{
	static char	 text[512];
	char		*argv[WORDS_MAX + 1], *p;
	int		 argc = 0;

	snprintf(text, sizeof(text), "omnitronctl %s", line);
	for (p = strtok(text, " "); p != NULL && argc < WORDS_MAX;
	    p = strtok(NULL, " "))
		argv[argc++] = p;
	argv[argc] = NULL;
	err[0] = '\0';
	return (args_parse(args, argc, argv, command_globals, err,
	    sizeof(err)));
}

ATF_TC_WITHOUT_HEAD(global_options_stand_before_or_after_the_command);
ATF_TC_BODY(global_options_stand_before_or_after_the_command, tc)
{
	static const char *const lines[] = {
		"-j -s /x list", "list -j -s /x", "-j list --socket=/x",
		"--json list --socket /x", "-js /x list", "list -s/x -j",
		"list --js --so /x"
	};
	struct args	 args;
	size_t		 i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ATF_REQUIRE_MSG(parse(&args, lines[i]) == 0, "%s: %s",
		    lines[i], err);
		ATF_CHECK_STREQ("list", args.command->name);
		ATF_CHECK_MSG(args_has(&args, 'j'), "%s", lines[i]);
		ATF_CHECK_STREQ("/x", args_value(&args, 's'));
		ATF_CHECK_EQ(0, args.npos);
		args_free(&args);
	}
}

ATF_TC_WITHOUT_HEAD(options_of_a_command_mix_with_its_arguments);
ATF_TC_BODY(options_of_a_command_mix_with_its_arguments, tc)
{
	struct args	 args;

	ATF_REQUIRE_EQ(0, parse(&args, "logs api -fn 5 shop --level warn"));
	ATF_CHECK(args_has(&args, 'f'));
	ATF_CHECK_STREQ("5", args_value(&args, 'n'));
	ATF_CHECK_STREQ("warn", args_value(&args, 'l'));
	ATF_CHECK(args_value(&args, 'g') == NULL);
	ATF_REQUIRE_EQ(2, args.npos);
	ATF_CHECK_STREQ("api", args.pos[0]);
	ATF_CHECK_STREQ("shop", args.pos[1]);
	args_free(&args);
}

ATF_TC_WITHOUT_HEAD(the_last_value_counts_and_all_are_kept);
ATF_TC_BODY(the_last_value_counts_and_all_are_kept, tc)
{
	struct args	 args;

	ATF_REQUIRE_EQ(0, parse(&args, "up -D a=1 -D b=2 -o x=y"));
	ATF_CHECK_STREQ("b=2", args_value(&args, 'D'));
	ATF_CHECK_EQ(3, args.ngiven);
	args_free(&args);
}

ATF_TC_WITHOUT_HEAD(two_dashes_end_the_options);
ATF_TC_BODY(two_dashes_end_the_options, tc)
{
	struct args	 args;

	ATF_REQUIRE_EQ(0, parse(&args, "stop -- -f --all -"));
	ATF_CHECK(!args_has(&args, 'f'));
	ATF_REQUIRE_EQ(3, args.npos);
	ATF_CHECK_STREQ("-f", args.pos[0]);
	ATF_CHECK_STREQ("-", args.pos[2]);
	args_free(&args);
}

ATF_TC_WITHOUT_HEAD(wrong_options_are_told);
ATF_TC_BODY(wrong_options_are_told, tc)
{
	static const struct {
		const char	*line;
		const char	*text;
	} t[] = {
		{ "list -x", "unknown option '-x'" },
		{ "list --nosuch=1", "unknown option '--nosuch'" },
		{ "-f logs", "unknown option '-f' before a command" },
		{ "logs -n", "option '-n' needs a value: N" },
		{ "logs --lines", "option '--lines' needs a value: N" },
		{ "logs --follow=yes", "option '--follow' takes no value" },
		{ "logs --f", "ambiguous option '--f'" },
		{ "stop --no=1", "option '--no-wait' takes no value" },
	};
	struct args	 args;
	size_t		 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ATF_CHECK_EQ_MSG(-1, parse(&args, t[i].line), "%s", t[i].line);
		ATF_CHECK_STREQ(t[i].text, err);
		args_free(&args);
	}
}

ATF_TC_WITHOUT_HEAD(no_command_is_no_error);
ATF_TC_BODY(no_command_is_no_error, tc)
{
	struct args	 args;

	ATF_REQUIRE_EQ(0, parse(&args, "-h"));
	ATF_CHECK(args.command == NULL);
	ATF_CHECK(args_has(&args, 'h'));
	args_free(&args);
}

ATF_TC_WITHOUT_HEAD(unambiguous_prefixes_find_the_command);
ATF_TC_BODY(unambiguous_prefixes_find_the_command, tc)
{
	static const char *const pairs[][2] = {
		{ "list", "list" }, { "ls", "list" }, { "li", "list" },
		{ "lo", "logs" }, { "sta", NULL }, { "start", "start" },
		{ "stat", "status" }, { "sto", "stop" }, { "r", NULL },
		{ "res", "restart" }, { "reload-", "reload-config" },
		{ "reload", "reload" }, { "", NULL }, { "k", "kill" },
		{ "is-", NULL }, { "is-a", "is-active" }, { "in", NULL },
	};
	const struct command	*c;
	size_t			 i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		c = command_find(pairs[i][0], err, sizeof(err));
		if (pairs[i][1] == NULL)
			ATF_CHECK_MSG(c == NULL, "%s", pairs[i][0]);
		else {
			ATF_REQUIRE_MSG(c != NULL, "%s: %s", pairs[i][0], err);
			ATF_CHECK_STREQ(pairs[i][1], c->name);
		}
	}
}

ATF_TC_WITHOUT_HEAD(near_misses_are_suggested);
ATF_TC_BODY(near_misses_are_suggested, tc)
{
	ATF_CHECK(command_find("lgos", err, sizeof(err)) == NULL);
	ATF_CHECK_STREQ("unknown command 'lgos'; did you mean 'logs'?", err);
	ATF_CHECK(command_find("statsu", err, sizeof(err)) == NULL);
	ATF_CHECK_STREQ("unknown command 'statsu'; did you mean 'status'?",
	    err);
	ATF_CHECK(command_find("frobnicate", err, sizeof(err)) == NULL);
	ATF_CHECK_STREQ("unknown command 'frobnicate' "
	    "(omnitronctl help lists them)", err);
	ATF_CHECK(command_find("sta", err, sizeof(err)) == NULL);
	ATF_CHECK_STREQ("ambiguous command 'sta': status, start", err);
}

ATF_TC_WITHOUT_HEAD(every_command_is_complete);
ATF_TC_BODY(every_command_is_complete, tc)
{
	const struct command	*c, *d;
	const struct option	*o, *g;

	for (c = commands; c->name != NULL; c++) {
		ATF_CHECK(c->run != NULL && c->synopsis != NULL);
		ATF_CHECK_MSG(c->text[0] != '\0', "%s", c->name);
		ATF_CHECK(c->min <= c->max);
		for (d = commands; d != c; d++)
			ATF_CHECK(strcmp(c->name, d->name) != 0);
		for (o = c->options; o->id != OPT_NONE; o++)
			for (g = command_globals; g->id != OPT_NONE; g++)
				ATF_CHECK_MSG(o->id != g->id &&
				    strcmp(o->name, g->name) != 0,
				    "%s --%s hides a global option", c->name,
				    o->name);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, global_options_stand_before_or_after_the_command);
	ATF_TP_ADD_TC(tp, options_of_a_command_mix_with_its_arguments);
	ATF_TP_ADD_TC(tp, the_last_value_counts_and_all_are_kept);
	ATF_TP_ADD_TC(tp, two_dashes_end_the_options);
	ATF_TP_ADD_TC(tp, wrong_options_are_told);
	ATF_TP_ADD_TC(tp, no_command_is_no_error);
	ATF_TP_ADD_TC(tp, unambiguous_prefixes_find_the_command);
	ATF_TP_ADD_TC(tp, near_misses_are_suggested);
	ATF_TP_ADD_TC(tp, every_command_is_complete);
	return (atf_no_error());
}
