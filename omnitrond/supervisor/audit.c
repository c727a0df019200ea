/*
 * The audit trail: a line for the logger for every request that changes
 * something and every one that was refused.  While the logger is being
 * restarted a bounded number of lines is kept, the rest is counted.
 * Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/supervisor.h"

struct audit_line {
	struct audit_line	*next;
	struct m_audit		 m;
	uint32_t		 method;
	uint32_t		 role;
	char			 app[NAME_SIZE];
	char			 subject[SUBJECT_SIZE];
	char			 kid[NAME_SIZE];
	char			 jti[SUBJECT_SIZE];
	char			 address[ADDRESS_SIZE];
	char			*text;
};

void
audit_init(struct sup *sup)
{
	sup->audit.last = &sup->audit.first;
}

static void
audit_send(struct sup *sup, const struct audit_line *l)
{
	out_send(sup, K_LOGGER, M_AUDIT, &l->m, methods[l->method].name,
	    l->app, role_name(l->role), l->text, l->subject, l->kid, l->jti,
	    l->address, NULL);
}

static void
audit_keep(struct sup *sup, const struct audit_line *l)
{
	struct audit_line	*copy;

	if (sup->audit.kept >= AUDIT_KEPT_MAX) {
		sup->audit.lost++;
		return;
	}
	copy = xmalloc(sizeof(*copy));
	*copy = *l;
	copy->text = xstrdup(l->text);
	copy->next = NULL;
	*sup->audit.last = copy;
	sup->audit.last = &copy->next;
	sup->audit.kept++;
}

static void
audit_each(struct sup *sup, int send)
{
	struct audit_line	*l;

	while ((l = sup->audit.first) != NULL) {
		sup->audit.first = l->next;
		if (send)
			audit_send(sup, l);
		free(l->text);
		free(l);
	}
	sup->audit.last = &sup->audit.first;
	sup->audit.kept = 0;
}

void
audit_free(struct sup *sup)
{
	audit_each(sup, 0);
}

void
audit_logger_up(struct sup *sup)
{
	audit_each(sup, 1);
	if (sup->audit.lost > 0)
		log_warnx("%u audit lines were lost while the logger was away",
		    sup->audit.lost);
	sup->audit.lost = 0;
}

static void
audit_line(struct sup *sup, const struct audit_line *l)
{
	if (out_there(sup, K_LOGGER))
		audit_send(sup, l);
	else
		audit_keep(sup, l);
}

static void
audit_caller(struct audit_line *l, const struct caller *c)
{
	strlcpy(l->subject, c->subject, sizeof(l->subject));
	strlcpy(l->kid, c->kid, sizeof(l->kid));
	strlcpy(l->jti, c->jti, sizeof(l->jti));
	strlcpy(l->address, c->address, sizeof(l->address));
}

void
audit_request(struct sup *sup, const struct ask *ask, enum outcome outcome,
    const char *text)
{
	struct audit_line	 l;
	struct app		*app;

	/* who has read a secret is worth knowing, too */
	if (!methods[ask->m.method].mutating && ask->m.op != OP_SECRET &&
	    outcome != OUT_FORBIDDEN && outcome != OUT_UNAUTHORIZED)
		return;
	memset(&l, 0, sizeof(l));
	l.m.at_ms = out_wall(sup);
	l.m.uid = ask->m.uid;
	l.m.pid = ask->m.pid;
	l.m.outcome = outcome;
	l.m.plane = ask->plane;
	l.method = ask->m.method;
	l.role = ask->m.role;
	if ((app = app_find(sup, ask->m.app)) != NULL)
		strlcpy(l.app, app->name, sizeof(l.app));
	audit_caller(&l, &ask->caller);
	l.text = (char *)(uintptr_t)text;
	audit_line(sup, &l);
}

void
audit_auth(struct sup *sup, const struct m_auth_failed *m,
    const char *address, const char *why)
{
	struct audit_line	 l;
	char			 text[TEXT_MAX];

	memset(&l, 0, sizeof(l));
	l.m.at_ms = m->at_ms;
	l.m.uid = ID_NONE;
	l.m.outcome = OUT_UNAUTHORIZED;
	l.m.plane = K_NETWORK;
	l.method = METHOD_AUTHENTICATE;
	l.role = ROLE_NONE;
	strlcpy(l.address, address, sizeof(l.address));
	snprintf(text, sizeof(text), "%s (%u over %s)", why, m->count,
	    m->http ? "http" : "tcp");
	l.text = text;
	audit_line(sup, &l);
}
