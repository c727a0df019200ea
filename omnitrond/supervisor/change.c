/*
 * The changes that a new configuration brought go to the audit trail, with
 * whoever asked for it.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/change.h"
#include "omnitrond/supervisor/supervisor.h"

void
change_asked(struct sup *sup, const struct ask *ask)
{
	struct change	 *c = &sup->change;
	struct ask	**one = &c->asked[c->n++ % CHANGE_ASKED_MAX];

	if (*one == NULL)
		*one = xmalloc(sizeof(**one));
	**one = *ask;
}

void
change_free(struct sup *sup)
{
	uint32_t	 i;

	for (i = 0; i < CHANGE_ASKED_MAX; i++)
		free(sup->change.asked[i]);
}

/* A SIGHUP is nobody's request: the daemon's own. */
static void
change_by(struct sup *sup, const struct m_conf_begin *begin, struct ask *by)
{
	const struct ask	*ask;
	uint32_t		 i;

	for (i = 0; i < CHANGE_ASKED_MAX && begin->request != 0; i++) {
		ask = sup->change.asked[i];
		if (ask != NULL && ask->m.id == begin->request &&
		    ask->plane == (enum kind)begin->plane) {
			*by = *ask;
			return;
		}
	}
	memset(by, 0, sizeof(*by));
	by->m.method = METHOD_RELOAD_CONFIG;
	by->plane = K_PARENT;
	by->caller.how = CALLER_LOCAL;
}

/* "worker env, command: restart", "start" */
static void
change_text(const struct app *app, const struct changed *c, char *buf,
    size_t size)
{
	const struct process	*p = process_find(app, c->m.process);

	buf[0] = '\0';
	if (p != NULL) {
		strlcat(buf, p->name, size);
		strlcat(buf, c->fields[0] != '\0' ? " " : "", size);
	}
	strlcat(buf, c->fields, size);
	strlcat(buf, buf[0] != '\0' ? ": " : "", size);
	strlcat(buf, change_name(c->m.does), size);
}

void
change_audit(struct sup *sup, const struct m_conf_begin *begin,
    const struct changed *list, uint32_t n)
{
	struct ask		 by;
	struct app		*app;
	char			 text[TEXT_MAX];
	uint32_t		 i;

	change_by(sup, begin, &by);
	out_bulk(sup, K_LOGGER, 1);
	for (i = 0; i < n; i++) {
		if ((app = app_find(sup, list[i].m.app)) == NULL)
			continue;
		change_text(app, &list[i], text, sizeof(text));
		by.m.app = app->conf.id;
		audit_request(sup, &by, OUT_OK, text);
	}
	out_bulk(sup, K_LOGGER, 0);
}
