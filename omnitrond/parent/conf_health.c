/*
 * The health statement: how an instance is looked at, and what follows.  In
 * the parent; pure but for the names in URLs, which are looked up at the end.
 *
 * What of it is not said is 0 until then, and comes from the monitoring
 * block.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/target.h"

#define CHECK_INTERVAL_MIN	100	/* ms: more often is a load of its own */
#define CHECK_TIMEOUT_MIN	10	/* ms */
#define CHECK_RETRIES_MAX	1000

/* The kind of that name; NONE is none that can be said. */
static enum check
health_kind(const char *text)
{
	int	 check;

	for (check = CHECK_NONE + 1; check < CHECK_MAX; check++)
		if (strcmp(check_kind(check), text) == 0)
			return (check);
	return (CHECK_NONE);
}

static void
health_target(struct parse *ps, enum check check, struct pos pos)
{
	struct target_conf	*t;
	char			 why[CONF_TEXT_MAX];

	if (ps->nlist != 1) {
		conf_error(ps, pos, "health %s takes one %s", check_kind(check),
		    check == CHECK_TCP ? "port" : "URL");
		return;
	}
	if (ps->list[0] == lex_undefined)
		return;
	t = check == CHECK_TCP ? target_tcp(ps->list[0], why, sizeof(why)) :
	    target_http(ps->list[0], why, sizeof(why));
	if (t == NULL)
		conf_error(ps, pos, "health %s: \"%s\" %s", check_kind(check),
		    ps->list[0], why);
	ps->cur->process->target[PROBE_HEALTH] = t;
}

static void
health_command(struct parse *ps, struct pos pos)
{
	size_t	 i;
	char	**argv;

	if (ps->nlist == 0) {
		conf_error(ps, pos, "health exec takes a path and arguments");
		return;
	}
	if (ps->list[0] != lex_undefined && ps->list[0][0] != '/') {
		conf_error(ps, pos, "health exec: \"%s\" is not an absolute "
		    "path: there is no search in PATH and no shell",
		    ps->list[0]);
		return;
	}
	argv = xcalloc(ps->nlist + 1, sizeof(*argv));
	for (i = 0; i < ps->nlist; i++)
		argv[i] = xstrdup(ps->list[i]);
	ps->cur->process->run_argv[RUN_PROBE] = argv;
}

void
set_health(struct parse *ps, const char *kind, struct pos pos)
{
	enum check	 check;

	if (set_once(ps, FIELD_HEALTH, pos) == -1 || kind == lex_undefined)
		return;
	if ((check = health_kind(kind)) == CHECK_NONE) {
		conf_error(ps, pos, "health takes %s, not \"%s\"",
		    keyword_args(KW_HEALTH), kind);
		return;
	}
	ps->cur->process->policy.check = check;
	if (check == CHECK_EXEC)
		health_command(ps, pos);
	else if (check == CHECK_NOTIFY && ps->nlist > 0)
		conf_error(ps, pos, "health notify: nothing follows it");
	else if (check != CHECK_NOTIFY)
		health_target(ps, check, pos);
}

static void
check_duration(struct parse *ps, enum keyword kw, const char *text,
    int64_t min, uint32_t *to, struct pos pos)
{
	char	 a[32], b[32];
	int64_t	 ms;

	if (duration_parse(text, &ms) == -1 || ms < min || ms > CONF_DAY)
		conf_error(ps, pos, "health %s: \"%s\" is not a duration from "
		    "%s to %s", keyword_word(kw), text, duration_format(min, a,
		    sizeof(a)), duration_format(CONF_DAY, b, sizeof(b)));
	else
		*to = (uint32_t)ms;
}

static void
check_number(struct parse *ps, enum keyword kw, const char *text, int64_t max,
    uint32_t *to, struct pos pos)
{
	const char	*why;
	int64_t		 n = strtonum(text, 1, max, &why);

	if (why != NULL)
		conf_error(ps, pos, "health %s: \"%s\" is not a number from 1 "
		    "to %lld", keyword_word(kw), text, (long long)max);
	else
		*to = (uint32_t)n;
}

/* Those that are of an answer. */
static void
check_answer(struct parse *ps, enum keyword kw, const char *text,
    struct pos pos)
{
	struct target_conf	*t = ps->cur->process->target[PROBE_HEALTH];

	if (ps->cur->process->policy.check != CHECK_HTTP)
		conf_error(ps, pos, "health: %s is for http only",
		    keyword_word(kw));
	else if (t == NULL)
		return;		/* its URL was wrong */
	else if (kw == KW_HTTPSTATUS) {
		if (target_status(t, text) == -1)
			conf_error(ps, pos, "health status: \"%s\" is not a "
			    "status or a range like 200-299", text);
	} else if (text[0] == '\0' || strlen(text) >= TARGET_TEXT_SIZE - 2)
		conf_error(ps, pos, "health match: the text is empty or too "
		    "long");
	else {
		free(t->match);
		t->match = xstrdup(text);
	}
}

static void
check_policy(struct parse *ps, const char *text, struct pos pos)
{
	struct m_conf_process	*p = &ps->cur->process->policy;

	if (strcmp(text, "report") == 0)
		p->flags |= PROCESS_REPORT;
	else if (strcmp(text, "restart") == 0)
		p->flags &= ~PROCESS_REPORT;
	else
		conf_error(ps, pos, "health on-unhealthy: \"%s\" is neither "
		    "restart nor report", text);
}

void
set_check(struct parse *ps, enum keyword kw, const char *text, struct pos pos)
{
	struct m_conf_process	*p;

	if (ps->cur == NULL || text == lex_undefined)
		return;
	p = &ps->cur->process->policy;
	switch (kw) {
	case KW_INTERVAL:
		check_duration(ps, kw, text, CHECK_INTERVAL_MIN,
		    &p->check_interval_ms, pos);
		break;
	case KW_TIMEOUT:
		check_duration(ps, kw, text, CHECK_TIMEOUT_MIN,
		    &p->check_timeout_ms, pos);
		break;
	case KW_STARTGRACE:
		check_duration(ps, kw, text, 0, &p->check_grace_ms, pos);
		break;
	case KW_RETRIES:
		check_number(ps, kw, text, CHECK_RETRIES_MAX,
		    &p->check_retries, pos);
		break;
	case KW_ONUNHEALTHY:
		check_policy(ps, text, pos);
		break;
	default:
		check_answer(ps, kw, text, pos);
	}
}

void
set_check_default(struct parse *ps, enum keyword kw, const char *text,
    struct pos pos)
{
	struct conf	*conf = ps->conf;

	if (text == lex_undefined)
		return;
	if (kw == KW_INTERVAL)
		check_duration(ps, kw, text, CHECK_INTERVAL_MIN,
		    &conf->check_interval_ms, pos);
	else if (kw == KW_TIMEOUT)
		check_duration(ps, kw, text, CHECK_TIMEOUT_MIN,
		    &conf->check_timeout_ms, pos);
	else
		check_number(ps, kw, text, PROBES_MAX, &conf->probes, pos);
}

static void
health_program(struct parse *ps, struct draft *d)
{
	char	**argv = d->process->run_argv[RUN_PROBE];
	char	  why[CONF_TEXT_MAX];

	if (argv == NULL || !ps->opts->programs || d->process->user == NULL ||
	    d->process->groups == NULL)
		return;
	if (conf_program(d->process, argv[0], 0, why, sizeof(why)) == -1)
		conf_warning(ps, draft_pos(d, FIELD_HEALTH), "%s: health exec "
		    "\"%s\": %s", d->title, argv[0], why);
}

void
health_check(struct parse *ps, struct draft *d)
{
	struct m_conf_process	*p = &d->process->policy;

	if (p->check == CHECK_NONE)
		return;
	if (p->check_interval_ms == 0)
		p->check_interval_ms = ps->conf->check_interval_ms;
	if (p->check_timeout_ms == 0)
		p->check_timeout_ms = ps->conf->check_timeout_ms;
	if (p->check_retries == 0)
		p->check_retries = (uint32_t)strtonum(
		    keyword_default(KW_RETRIES), 1, CHECK_RETRIES_MAX, NULL);
	if (p->flags & PROCESS_ONESHOT)
		conf_error(ps, draft_pos(d, FIELD_HEALTH), "%s: oneshot is to "
		    "end: it takes no health", d->title);
	if (p->check == CHECK_NOTIFY && p->watchdog_ms == 0)
		conf_error(ps, draft_pos(d, FIELD_HEALTH), "%s: health notify "
		    "needs a watchdog: how long there may be no heartbeat",
		    d->title);
	target_check(ps, d, FIELD_HEALTH, d->process->target[PROBE_HEALTH]);
	health_program(ps, d);
}

static int
health_same_argv(char *const *a, char *const *b)
{
	if (a == NULL || b == NULL)
		return (a == b);
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return (0);
	return (*a == *b);
}

int
health_differs(const struct process_conf *a, const struct process_conf *b)
{
	const struct m_conf_process	*p = &a->policy, *q = &b->policy;

	return (p->check != q->check ||
	    p->check_interval_ms != q->check_interval_ms ||
	    p->check_timeout_ms != q->check_timeout_ms ||
	    p->check_retries != q->check_retries ||
	    p->check_grace_ms != q->check_grace_ms ||
	    ((p->flags ^ q->flags) & PROCESS_REPORT) != 0 ||
	    !target_same(a->target[PROBE_HEALTH], b->target[PROBE_HEALTH]) ||
	    !health_same_argv(a->run_argv[RUN_PROBE], b->run_argv[RUN_PROBE]));
}

void
health_copy(struct process_conf *pc, const struct process_conf *from)
{
	struct m_conf_process		*p = &pc->policy;
	const struct m_conf_process	*q = &from->policy;

	p->check = q->check;
	p->check_interval_ms = q->check_interval_ms;
	p->check_timeout_ms = q->check_timeout_ms;
	p->check_retries = q->check_retries;
	p->check_grace_ms = q->check_grace_ms;
	p->flags = (p->flags & ~PROCESS_REPORT) | (q->flags & PROCESS_REPORT);
	pc->target[PROBE_HEALTH] = target_dup(from->target[PROBE_HEALTH]);
	if (from->run_argv[RUN_PROBE] != NULL)
		pc->run_argv[RUN_PROBE] = argv_dup(from->run_argv[RUN_PROBE]);
}

static void
health_json_target(struct jsonw *w, const struct target_conf *t)
{
	char	 range[16];

	if (t->url == NULL) {
		jsonw_kint(w, "port", t->port);
		return;
	}
	snprintf(range, sizeof(range), "%u-%u", t->status_min, t->status_max);
	jsonw_kstring(w, "url", t->url);
	jsonw_kstring(w, "status", range);
	jsonw_kstring(w, "match", t->match);
}

void
health_json(struct jsonw *w, const struct process_conf *pc)
{
	const struct m_conf_process	*p = &pc->policy;
	char				**argv = pc->run_argv[RUN_PROBE];

	if (p->check == CHECK_NONE) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	jsonw_kstring(w, "type", check_kind(p->check));
	if (p->check == CHECK_EXEC) {
		jsonw_key(w, "command");
		jsonw_array(w);
		for (; *argv != NULL; argv++)
			jsonw_string(w, *argv);
		jsonw_end(w);
	} else if (p->check != CHECK_NOTIFY)
		health_json_target(w, pc->target[PROBE_HEALTH]);
	jsonw_kint(w, "interval", p->check_interval_ms);
	jsonw_kint(w, "timeout", p->check_timeout_ms);
	jsonw_kint(w, "retries", p->check_retries);
	jsonw_kint(w, "startGrace", p->check_grace_ms);
	jsonw_kstring(w, "onUnhealthy", p->flags & PROCESS_REPORT ?
	    "report" : "restart");
	jsonw_end(w);
}
