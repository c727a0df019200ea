/*
 * The reload statement: how an app takes a new version of itself or of its
 * files.  In the parent; pure.
 */
#include <stdio.h>
#include <string.h>

#include "common/units.h"
#include "omnitrond/parent/conf_parse.h"

static const char *const reload_words[RELOAD_MAX] = {
	[RELOAD_ROLLING] = "rolling",
	[RELOAD_SIGNAL] = "signal",
	[RELOAD_COMMAND] = "command",
	[RELOAD_RESTART] = "restart"
};

static int
reload_how(const char *text)
{
	int	 i;

	for (i = 0; i < RELOAD_MAX; i++)
		if (strcmp(reload_words[i], text) == 0)
			return (i);
	return (-1);
}

static void
reload_signal(struct parse *ps, const char *text, struct pos pos)
{
	int	 sig;

	if (text == NULL)
		conf_error(ps, pos, "reload signal: which one?");
	else if ((sig = signal_parse(text)) <= 0)
		conf_error(ps, pos, "reload signal: there is no signal \"%s\"",
		    text);
	else
		ps->cur->process->policy.reload_signal = (uint32_t)sig;
}

void
set_reload(struct parse *ps, const char *how, const char *signal,
    struct pos pos)
{
	struct m_conf_process	*policy;
	int			 n;

	if (set_once(ps, FIELD_RELOAD, pos) == -1 || how == lex_undefined ||
	    signal == lex_undefined)
		return;
	if ((n = reload_how(how)) == -1) {
		conf_error(ps, pos, "reload: \"%s\" is unknown: it is "
		    "rolling, signal SIGNAL, command PATH or restart", how);
		return;
	}
	policy = &ps->cur->process->policy;
	policy->reload = (uint32_t)n;
	if (n == RELOAD_SIGNAL)
		reload_signal(ps, signal, pos);
	else if (signal != NULL)
		conf_error(ps, pos, "reload %s: nothing follows it", how);
	if (n == RELOAD_ROLLING)
		policy->flags |= PROCESS_ROLLING;
}

void
set_reload_command(struct parse *ps, struct pos pos)
{
	struct process_conf	*pc;
	char			**argv;

	if (set_once(ps, FIELD_RELOAD, pos) == -1 ||
	    (argv = set_argv(ps, "reload command", pos)) == NULL)
		return;
	pc = ps->cur->process;
	pc->policy.reload = RELOAD_COMMAND;
	pc->run_argv[RUN_RELOAD] = argv;
}

void
reload_inherit(struct process_conf *pc, const struct process_conf *from)
{
	struct m_conf_process	*to = &pc->policy;

	to->reload = from->policy.reload;
	to->reload_signal = from->policy.reload_signal;
	to->flags &= ~PROCESS_ROLLING;
	to->flags |= from->policy.flags & PROCESS_ROLLING;
	if (from->run_argv[RUN_RELOAD] != NULL)
		pc->run_argv[RUN_RELOAD] = argv_dup(from->run_argv[RUN_RELOAD]);
}

int
reload_differs(const struct m_conf_process *a, const struct m_conf_process *b)
{
	return (a->reload != b->reload ||
	    a->reload_signal != b->reload_signal ||
	    ((a->flags ^ b->flags) & PROCESS_ROLLING) != 0);
}

const char *
reload_text(const struct m_conf_process *policy, char *buf, size_t size)
{
	if (policy->reload == RELOAD_ROLLING &&
	    (policy->flags & PROCESS_ROLLING) == 0)
		return (NULL);
	strlcpy(buf, reload_words[policy->reload], size);
	if (policy->reload == RELOAD_SIGNAL) {
		strlcat(buf, " ", size);
		strlcat(buf, signal_name((int)policy->reload_signal), size);
	}
	return (buf);
}
