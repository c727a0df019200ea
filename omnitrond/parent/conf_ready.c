/*
 * When an instance is online: the statement `ready', and what of the daemon
 * must run for it.  In the parent; pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "omnitrond/parent/conf_parse.h"

/* s6 and others count up from 3; no program expects one far above. */
#define READY_FD_MIN	3
#define READY_FD_MAX	255

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
	default:
		break;
	}
	conf_error(ps, pos, "ready takes %s, not \"%s%s%s\"",
	    keyword_args(KW_READY), kind, arg != NULL ? " " : "",
	    arg != NULL ? arg : "");
}

void
ready_check(struct parse *ps, struct draft *d)
{
	const struct process_conf	*pc = d->process;
	int				 after = READY_FD_MIN;

	if (pc->policy.ready == READY_EXEC)
		return;
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
	strlcpy(buf, ready_name(pc->policy.ready), size);
	if (pc->policy.ready == READY_FD)
		snprintf(buf, size, "fd %d", pc->ready_fd);
	return (buf);
}

int
ready_equal(const struct process_conf *a, const struct process_conf *b)
{
	return (a->policy.ready == b->policy.ready &&
	    a->ready_fd == b->ready_fd);
}

void
ready_copy(struct process_conf *pc, const struct process_conf *from)
{
	pc->policy.ready = from->policy.ready;
	pc->ready_fd = from->ready_fd;
}

/* ---- what must run for it ----------------------------------------------- */

uint32_t
ready_kinds(const struct process_conf *pc)
{
	switch (pc->policy.ready) {
	case READY_NOTIFY:
	case READY_FD:
		return (KB(APPS));
	default:
		return (0);
	}
}

uint32_t
conf_kinds(const struct conf *conf)
{
	const struct process_conf	*pc;
	const struct app_conf		*app;
	uint32_t			 kinds = 0;
	int				 k;

	for (k = K_PARENT; k < K_MAX; k++)
		if (kind_when(k) == WHEN_ALWAYS)
			kinds |= 1u << k;
	TAILQ_FOREACH(app, &conf->apps, entry)
		TAILQ_FOREACH(pc, &app->processes, entry)
			kinds |= ready_kinds(pc);
	return (kinds);
}
