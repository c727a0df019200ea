/*
 * logs: lines that were written, by time, of some apps or of all.
 */
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/jsonw.h"
#include "common/level.h"
#include "common/mono.h"
#include "common/xmalloc.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/human.h"
#include "omnitronctl/kill.h"
#include "omnitronctl/logs.h"
#include "omnitronctl/output.h"
#include "omnitronctl/target.h"

#define LOGS_LINES	100	/* without -n */
#define LOGS_FOLLOWED	10	/* before those that follow, without -n */
#define LOGS_LINES_MAX	10000	/* that the daemon gives at once */

size_t
logs_queries(const struct logs *l)
{
	return (l->n == 0 ? 1 : l->n);
}

const char *
logs_name(const struct logs *l, size_t i)
{
	return (l->n == 0 ? NULL : l->names[i]);
}

static int
logs_query(const struct logs *l, size_t i, struct client_reply *reply)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	if (logs_name(l, i) != NULL)
		jsonw_kstring(&w, "name", logs_name(l, i));
	jsonw_kint(&w, "lines", l->lines);
	if (l->level != NULL)
		jsonw_kstring(&w, "level", l->level);
	if (l->grep != NULL)
		jsonw_kstring(&w, "grep", l->grep);
	if (l->process != NULL)
		jsonw_kstring(&w, "process", l->process);
	if (l->since >= 0)
		jsonw_kint(&w, "since", l->since);
	if (l->until >= 0)
		jsonw_kint(&w, "until", l->until);
	jsonw_end(&w);
	return (conn_call(l->ctl, "getLogs", &w, CONN_READ_MS, reply));
}

static int64_t
logs_time(const struct json *entry)
{
	return (json_get_int(entry, "timestamp", 0));
}

/* Each answer is in order; take the oldest of their heads. */
static const struct json **
logs_merge(const struct client_reply *replies, size_t n, size_t *total)
{
	const struct json	**heads, **merged;
	size_t			  i, best;

	heads = xcalloc(n + 1, sizeof(*heads));
	*total = 0;
	for (i = 0; i < n; i++) {
		heads[i] = replies[i].result->first;
		*total += replies[i].result->count;
	}
	merged = xcalloc(*total + 1, sizeof(*merged));
	for (*total = 0;;) {
		best = n;
		for (i = 0; i < n; i++)
			if (heads[i] != NULL && (best == n ||
			    logs_time(heads[i]) < logs_time(heads[best])))
				best = i;
		if (best == n)
			break;
		merged[(*total)++] = heads[best];
		heads[best] = heads[best]->next;
	}
	free(heads);
	return (merged);
}

int
logs_fetch(const struct logs *l, int64_t *last)
{
	struct client_reply	 *replies;
	const struct json	**list;
	size_t			  i, n = logs_queries(l), total;
	int			  code = EXIT_DONE;

	replies = xcalloc(n, sizeof(*replies));
	for (i = 0; i < n && code == EXIT_DONE; i++) {
		code = logs_query(l, i, &replies[i]);
		if (code == EXIT_DONE && replies[i].result->type != JSON_ARRAY)
			code = ctl_fail(l->ctl, EXIT_FAILED,
			    "unexpected answer from the daemon");
	}
	if (code == EXIT_DONE) {
		list = logs_merge(replies, n, &total);
		if (last == NULL && l->ctl->json)
			l->ctl->out->apps(l->ctl, list, total, 0);
		else
			for (i = 0; i < total; i++)
				l->ctl->out->entry(l->ctl, list[i]);
		if (last != NULL && total > 0)
			*last = logs_time(list[total - 1]);
		free(list);
	}
	for (i = 0; i < n; i++)
		client_reply_clear(&replies[i]);
	free(replies);
	return (code);
}

/* --file: where the logs are, for tools that read them. */
static int
logs_files(const struct logs *l)
{
	struct client_reply	 reply;
	struct jsonw		 w;
	const char		*dir;
	char			 path[PATH_MAX];
	size_t			 i;
	int			 code;

	code = conn_call(l->ctl, "getConfig", NULL, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	dir = json_get_string(reply.result, "logDir", "");
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "folder", dir);
	for (i = 0; i < l->n; i++) {
		snprintf(path, sizeof(path), "%s/%s.log", dir, l->names[i]);
		jsonw_kstring(&w, l->names[i], path);
		if (!l->ctl->json)
			printf("%s\n", path);
	}
	jsonw_end(&w);
	if (l->ctl->json)
		printf("%.*s\n", (int)w.len, w.buf);
	jsonw_free(&w);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

/* ---- options ------------------------------------------------------------ */

static int
logs_when(struct ctl *ctl, const struct args *args, int id, int64_t *ms)
{
	const char	*value = args_value(args, id);

	*ms = -1;
	if (value == NULL || human_parse_time(value, wall_ms(), ms) == 0)
		return (EXIT_DONE);
	return (ctl_fail(ctl, EXIT_USAGE, "%s: '%.64s' is neither a duration "
	    "such as 10m nor a time such as 2026-11-23T00:39",
	    id == OPT_SINCE ? "--since" : "--until", value));
}

static int
logs_grep(struct ctl *ctl, const char *expr)
{
	regex_t	 re;
	char	 why[128];
	int	 n;

	if ((n = regcomp(&re, expr, REG_EXTENDED | REG_NOSUB)) != 0) {
		regerror(n, &re, why, sizeof(why));
		return (ctl_fail(ctl, EXIT_USAGE, "-g: %s", why));
	}
	regfree(&re);
	return (EXIT_DONE);
}

static int
logs_options(struct logs *l, const struct args *args)
{
	struct ctl	*ctl = l->ctl;
	const char	*value, *errstr;
	int		 code, level, follow = args_has(args, 'f');

	if ((code = logs_when(ctl, args, OPT_SINCE, &l->since)) != EXIT_DONE ||
	    (code = logs_when(ctl, args, OPT_UNTIL, &l->until)) != EXIT_DONE)
		return (code);
	if ((value = args_value(args, 'n')) != NULL) {
		/* "Nothing but what comes" makes sense, nothing does not. */
		l->lines = strtonum(value, follow && l->since < 0 ? 0 : 1,
		    LOGS_LINES_MAX, &errstr);
		if (errstr != NULL)
			return (ctl_fail(ctl, EXIT_USAGE, "-n: number of lines "
			    "is %s: %.64s", errstr, value));
	} else if (l->since >= 0)
		l->lines = LOGS_LINES_MAX;
	else
		l->lines = follow ? LOGS_FOLLOWED : LOGS_LINES;
	if ((value = args_value(args, 'l')) != NULL) {
		if ((level = level_parse(value)) == -1)
			return (ctl_fail(ctl, EXIT_USAGE, "-l: '%.64s' is none "
			    "of trace, debug, info, warn, error, fatal",
			    value));
		l->level = level_name((enum level)level);
	}
	l->process = args_value(args, OPT_PROCESS);
	if ((l->grep = args_value(args, 'g')) != NULL)
		return (logs_grep(ctl, l->grep));
	return (EXIT_DONE);
}

int
logs_run(struct ctl *ctl, const struct args *args)
{
	static const char *const all[] = { "*" };
	struct logs		 l = { .ctl = ctl };
	struct targets		 t;
	int			 code;

	if (args_has(args, OPT_REOPEN) && ctl->remote != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "logs --reopen signals a "
		    "process: it must be done on the daemon's own host"));
	if (args_has(args, OPT_REOPEN))
		return (kill_signal(ctl, SIGUSR1));
	if ((code = logs_options(&l, args)) != EXIT_DONE)
		return (code);
	if (args_has(args, 'f') && l.until >= 0)
		return (ctl_fail(ctl, EXIT_USAGE,
		    "logs: --until is not for -f, which has no end"));
	if (args_has(args, OPT_FILE) && args->npos == 0)
		code = target_resolve(ctl, all, 1, &t);
	else
		code = target_resolve(ctl, args->pos, args->npos, &t);
	if (code != EXIT_DONE)
		return (code);
	l.names = (const char *const *)t.names;
	l.n = t.n;
	if (args_has(args, OPT_FILE))
		code = logs_files(&l);
	else if (args_has(args, 'f'))
		code = follow_run(&l);
	else
		code = logs_fetch(&l, NULL);
	target_free(&t);
	return (code);
}
