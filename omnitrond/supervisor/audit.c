/*
 * The audit trail: a line for the logger for every request that changes
 * something and every one that was refused.  While the logger is being
 * restarted a bounded number of lines is kept, the rest is counted.
 * Supervisor process.
 */
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
	    l->app, role_name(l->role), l->text, NULL);
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

void
audit_request(struct sup *sup, enum kind plane, const struct m_request *m,
    enum outcome outcome, const char *text)
{
	struct audit_line	 l;
	struct app		*app;

	if (!methods[m->method].mutating && outcome != OUT_FORBIDDEN &&
	    outcome != OUT_UNAUTHORIZED)
		return;
	memset(&l, 0, sizeof(l));
	l.m.at_ms = out_wall(sup);
	l.m.uid = m->uid;
	l.m.pid = m->pid;
	l.m.outcome = outcome;
	l.m.plane = plane;
	l.method = m->method;
	l.role = m->role;
	if ((app = app_find(sup, m->app)) != NULL)
		strlcpy(l.app, app->name, sizeof(l.app));
	l.text = (char *)(uintptr_t)text;
	if (out_there(sup, K_LOGGER))
		audit_send(sup, &l);
	else
		audit_keep(sup, &l);
}
