/*
 * When an instance is online: the statement `ready', and what of the daemon
 * must run for it.  In the parent; pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/target.h"

/*
 * s6 and others count up from 3; what is above 63 the spawn needs for itself
 * (spawn_child.c), and no program expects one that high.
 */
#define READY_FD_MIN	3
#define READY_FD_MAX	63

/* The readiness of that name, or READY_MAX. */
static enum ready
ready_by_name(const char *name)
{
	int	 r;

	for (r = 0; r < READY_MAX; r++)
		if (strcmp(ready_name(r), name) == 0)
			break;
	return (r);
}

static void
ready_set_fd(struct parse *ps, const char *arg, struct pos pos)
{
	const char	*why;
	int		 fd;

	if (arg == lex_undefined)
		return;
	fd = (int)strtonum(arg, READY_FD_MIN, READY_FD_MAX, &why);
	if (why != NULL) {
		conf_error(ps, pos, "ready fd: \"%s\" is not a descriptor "
		    "from %d to %d", arg, READY_FD_MIN, READY_FD_MAX);
		return;
	}
	ps->cur->process->policy.ready = READY_FD;
	ps->cur->process->ready_fd = fd;
}

/* A port or a URL, which is resolved when all is read. */
static void
ready_set_target(struct parse *ps, enum ready ready, const char *arg,
    struct pos pos)
{
	struct target_conf	*t;
	char			 why[CONF_TEXT_MAX];

	if (arg == lex_undefined)
		return;
	t = ready == READY_TCP ? target_tcp(arg, why, sizeof(why)) :
	    target_http(arg, why, sizeof(why));
	if (t == NULL) {
		conf_error(ps, pos, "ready %s: \"%s\" %s", ready_name(ready),
		    arg, why);
		return;
	}
	ps->cur->process->policy.ready = ready;
	ps->cur->process->target[PROBE_READY] = t;
}

void
set_ready(struct parse *ps, const char *kind, const char *arg,
    struct pos pos)
{
	enum ready	 ready;

	if (set_once(ps, FIELD_READY, pos) == -1 || kind == lex_undefined)
		return;
	ready = ready_by_name(kind);
	switch (ready) {
	case READY_EXEC:
	case READY_NOTIFY:
	case READY_CHANNEL:
		if (arg == NULL) {
			ps->cur->process->policy.ready = ready;
			return;
		}
		break;
	case READY_FD:
		if (arg != NULL) {
			ready_set_fd(ps, arg, pos);
			return;
		}
		break;
	case READY_TCP:
	case READY_HTTP:
		if (arg != NULL) {
			ready_set_target(ps, ready, arg, pos);
			return;
		}
		break;
	default:
		break;
	}
	conf_error(ps, pos, "ready takes %s, not \"%s%s%s\"",
	    keyword_args(KW_READY), kind, arg != NULL ? " " : "",
	    arg != NULL ? arg : "");
}

/* By default it has as long again as it had for the heartbeat. */
static void
ready_watchdog(struct parse *ps, struct draft *d)
{
	struct m_conf_process	*p = &d->process->policy;

	if (p->watchdog_ms > 0 && (p->flags & PROCESS_ONESHOT))
		conf_error(ps, draft_pos(d, FIELD_WATCHDOG), "%s: oneshot "
		    "ends by itself: it takes no watchdog", d->title);
	if (d->line[FIELD_WATCHDOGGRACE] == 0)
		p->watchdog_grace_ms = p->watchdog_ms;
}

void
target_check(struct parse *ps, struct draft *d, enum field_id id,
    struct target_conf *t)
{
	char	 why[CONF_TEXT_MAX];

	if (t != NULL && target_resolve(t, why, sizeof(why)) == -1)
		conf_error(ps, draft_pos(d, id), "%s: %s: %s: %s", d->title,
		    keyword_word(fields[id].kw), t->host, why);
}

void
ready_check(struct parse *ps, struct draft *d)
{
	const struct process_conf	*pc = d->process;
	int				 after = READY_FD_MIN;

	ready_watchdog(ps, d);
	if (pc->policy.ready == READY_EXEC)
		return;
	target_check(ps, d, FIELD_READY, pc->target[PROBE_READY]);
	if (pc->policy.flags & PROCESS_ONESHOT)
		conf_error(ps, draft_pos(d, FIELD_READY), "%s: oneshot is "
		    "ready when it is done: it takes no other ready",
		    d->title);
	after += (int)pc->nlistens;
	if (pc->policy.ready == READY_FD && pc->ready_fd < after)
		conf_error(ps, draft_pos(d, FIELD_READY), "%s: ready fd %d: "
		    "its sockets are passed as descriptors %d to %d",
		    d->title, pc->ready_fd, READY_FD_MIN, after - 1);
}

char *
ready_format(const struct process_conf *pc, char *buf, size_t size)
{
	const struct target_conf	*t = pc->target[PROBE_READY];

	strlcpy(buf, ready_name(pc->policy.ready), size);
	if (pc->policy.ready == READY_FD)
		snprintf(buf, size, "fd %d", pc->ready_fd);
	else if (pc->policy.ready == READY_TCP)
		snprintf(buf, size, "tcp %u", t->port);
	else if (pc->policy.ready == READY_HTTP)
		snprintf(buf, size, "http %s", t->url);
	return (buf);
}

int
ready_equal(const struct process_conf *a, const struct process_conf *b)
{
	return (a->policy.ready == b->policy.ready &&
	    a->ready_fd == b->ready_fd &&
	    target_same(a->target[PROBE_READY], b->target[PROBE_READY]));
}

void
ready_copy(struct process_conf *pc, const struct process_conf *from)
{
	pc->policy.ready = from->policy.ready;
	pc->ready_fd = from->ready_fd;
	pc->target[PROBE_READY] = target_dup(from->target[PROBE_READY]);
}

/* ---- what must run for it ----------------------------------------------- */

int
conf_process_needs(const struct process_conf *pc, enum app_socket which)
{
	switch (which) {
	case APP_SOCKET_NOTIFY:
		return (pc->policy.ready == READY_NOTIFY ||
		    pc->policy.watchdog_ms > 0);
	case APP_SOCKET_CHANNEL:
		return (pc->channel || pc->policy.ready == READY_CHANNEL);
	default:
		return (0);
	}
}

uint32_t
ready_kinds(const struct process_conf *pc)
{
	const char	*keys[SECRET_USES_MAX];
	uint32_t	 kinds = 0;
	int		 k;

	if (pc->policy.ready == READY_FD)
		kinds |= KB(APPS);
	for (k = 0; k < APP_SOCKET_MAX; k++)
		if (conf_process_needs(pc, k))
			kinds |= KB(APPS);
	if (pc->policy.ready == READY_TCP || pc->policy.ready == READY_HTTP)
		kinds |= KB(EGRESS);
	if (pc->target[PROBE_HEALTH] != NULL)
		kinds |= KB(EGRESS);
	if (conf_secret_keys(pc, keys) > 0)
		kinds |= KB(SECRETS);
	return (kinds);
}

uint32_t
conf_kinds(const struct conf *conf)
{
	const struct process_conf	*pc;
	const struct app_conf		*app;
	uint32_t			 kinds = access_kinds(conf);
	int				 k;

	for (k = K_PARENT; k < K_MAX; k++)
		if (kind_when(k) == WHEN_ALWAYS)
			kinds |= 1u << k;
	TAILQ_FOREACH(app, &conf->apps, entry)
		TAILQ_FOREACH(pc, &app->processes, entry)
			kinds |= ready_kinds(pc);
	return (kinds);
}
