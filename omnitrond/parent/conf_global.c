/*
 * Statements outside of blocks, and blocks as such.  In the parent; pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define METRICS_MIN	100	/* ms: more often is a load of its own */

/* Names of apps that mean something else to the CLI or in the log folder. */
static const char *const names_taken[] = { "all", "audit", "omnitrond" };

int
global_once(struct parse *ps, enum keyword kw, struct pos pos)
{
	struct pos	*seen = &ps->seen[kw];

	if (seen->file != NULL) {
		conf_error(ps, pos, "%s is given twice (first at %s:%d)",
		    keyword_word(kw), seen->file, seen->line);
		return (-1);
	}
	*seen = pos;
	return (0);
}

static char **
global_path(struct conf *conf, enum keyword kw)
{
	switch (kw) {
	case KW_HOME:
		return (&conf->home);
	case KW_PIDFILE:
		return (&conf->pidfile);
	case KW_STATEFILE:
		return (&conf->statefile);
	case KW_LOGDIR:
		return (&conf->logdir);
	default:
		return (&conf->rundir);
	}
}

void
set_path(struct parse *ps, enum keyword kw, const char *text, struct pos pos)
{
	char	**path = global_path(ps->conf, kw);

	if (global_once(ps, kw, pos) == -1 || text == lex_undefined)
		return;
	if (text[0] != '/') {
		conf_error(ps, pos, "%s: \"%s\" is not an absolute path: it "
		    "must begin with /", keyword_word(kw), text);
		return;
	}
	free(*path);
	*path = xstrdup(text);
}

void
set_deny(struct parse *ps, const char *text, struct pos pos)
{
	if (global_once(ps, KW_DENY, pos) == -1 || text == lex_undefined)
		return;
	if (strcmp(text, "root") != 0)
		conf_error(ps, pos, "deny takes %s, not \"%s\"",
		    keyword_args(KW_DENY), text);
	else
		ps->conf->deny_root = 1;
}

void
set_user(struct parse *ps, const char *kind, const char *user, struct pos pos)
{
	const char	*names[K_MAX], *near;
	char		 all[128] = "";
	int		 k, n = 0;

	if (kind == lex_undefined || user == lex_undefined)
		return;
	if ((k = kind_by_name(kind)) <= K_PARENT) {
		for (k = K_PARENT + 1; k < K_MAX; k++) {
			names[n++] = kind_name(k);
			strlcat(all, n > 1 ? ", " : "", sizeof(all));
			strlcat(all, kind_name(k), sizeof(all));
		}
		near = nearest_name(kind, names, (size_t)n);
		conf_error(ps, pos, "users: there is no process \"%s\"; %s%s%s",
		    kind, near != NULL ? "did you mean \"" : "they are ",
		    near != NULL ? near : all, near != NULL ? "\"?" : "");
		return;
	}
	if (ps->kind_user[k] != NULL) {
		conf_error(ps, pos, "users: %s is given twice", kind);
		return;
	}
	ps->kind_user[k] = user;
	ps->kind_pos[k] = pos;
}

void
set_metrics_interval(struct parse *ps, const char *text, struct pos pos)
{
	int64_t	 ms;

	if (global_once(ps, KW_METRICS, pos) == -1 || text == lex_undefined)
		return;
	if (duration_parse(text, &ms) == -1 || ms < METRICS_MIN ||
	    ms > CONF_DAY)
		conf_error(ps, pos, "metrics interval: \"%s\" is not a "
		    "duration from 100ms to 1d", text);
	else
		ps->conf->metrics_ms = (uint32_t)ms;
}

void
set_metrics(struct parse *ps, const char *text, struct pos pos)
{
	if (global_once(ps, KW_METRICS, pos) == -1 || text == lex_undefined)
		return;
	if (strcmp(text, "no") != 0)
		conf_error(ps, pos, "metrics takes %s, not \"%s\"",
		    keyword_args(KW_METRICS), text);
	else
		ps->conf->metrics_ms = 0;
}

void
block_open(struct parse *ps, enum keyword kw, struct pos pos)
{
	global_once(ps, kw, pos);
	switch (kw) {
	case KW_SUPERVISION:
		ps->in = IN_SUPERVISION;
		ps->cur = ps->base;
		break;
	case KW_LOGGING:
		ps->in = IN_LOGGING;
		ps->cur = ps->base;
		break;
	case KW_DEFAULT:
		ps->in = IN_DEFAULT;
		ps->cur = ps->defaults;
		ps->cur->pos = pos;
		break;
	case KW_MONITORING:
		ps->in = IN_MONITORING;
		break;
	case KW_JWT:
		ps->in = IN_JWT;
		break;
	case KW_TLS:
		ps->in = IN_TLS;
		break;
	default:
		ps->in = IN_USERS;
	}
}

static void
block_app_name(struct parse *ps, const char *name, struct pos pos)
{
	size_t	 i;

	if (!name_valid(name) || name[0] == '-') {
		conf_error(ps, pos, "app: \"%s\" cannot be a name: 1 to %d "
		    "letters, digits, dots, - and _, no - first", name,
		    NAME_LEN_MAX);
		return;
	}
	for (i = 0; i < sizeof(names_taken) / sizeof(names_taken[0]); i++)
		if (strcmp(names_taken[i], name) == 0)
			conf_error(ps, pos, "app: the name \"%s\" is taken by "
			    "the daemon itself", name);
}

void
block_app(struct parse *ps, const char *name, struct pos pos)
{
	if (name == lex_undefined)
		ps->lost = 1;
	else
		block_app_name(ps, name, pos);
	if (++ps->ndrafts == APPS_MAX + 1)
		conf_error(ps, pos, "more than %d apps", APPS_MAX);
	ps->in = IN_APP;
	ps->cur = draft_new(name, pos);
	TAILQ_INSERT_TAIL(&ps->drafts, ps->cur, entry);
	block_group_app(ps);
}

static void
block_process_name(struct parse *ps, const char *name, struct pos pos)
{
	if (name != lex_undefined && (!name_valid(name) || name[0] == '-'))
		conf_error(ps, pos, "process: \"%s\" cannot be a name: 1 to "
		    "%d letters, digits, dots, - and _, no - first", name,
		    NAME_LEN_MAX);
}

void
block_process(struct parse *ps, const char *name, struct pos pos)
{
	if (ps->cur == NULL)
		return;
	if (name == lex_undefined)
		ps->lost = 1;
	block_process_name(ps, name, pos);
	if (ps->cur->nprocesses == PROCESSES_MAX)
		conf_error(ps, pos, "%s: more than %u processes",
		    ps->cur->title, PROCESSES_MAX);
	ps->in = IN_PROCESS;
	ps->cur = draft_process(ps->cur, name, pos);
}

void
block_process_close(struct parse *ps)
{
	if (ps->cur == NULL)
		return;
	ps->in = IN_APP;
	ps->cur = ps->cur->of;
}

void
block_log(struct parse *ps, int open)
{
	if (open)
		ps->in = IN_LOG;
	else
		ps->in = ps->cur == ps->defaults ? IN_DEFAULT : IN_APP;
}

void
block_close(struct parse *ps)
{
	ps->in = ps->group != NULL ? IN_GROUP : IN_GLOBAL;
	ps->cur = NULL;
}
