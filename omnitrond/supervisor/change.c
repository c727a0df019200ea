/*
 * The changes that a new configuration brought go to the audit trail, with
 * whoever asked for it.  Supervisor process.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/change.h"
#include "omnitrond/supervisor/supervisor.h"

void
change_asked(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct change	*c = &sup->change;
	uint32_t	 at = c->n++ % CHANGE_ASKED_MAX;

	c->asked[at] = *m;
	c->plane[at] = plane;
}

/* A SIGHUP is nobody's request: the daemon's own. */
static struct m_request
change_by(struct sup *sup, const struct m_conf_begin *begin, enum kind *plane)
{
	struct change		*c = &sup->change;
	struct m_request	 m;
	uint32_t		 i;

	for (i = 0; i < CHANGE_ASKED_MAX && begin->request != 0; i++)
		if (c->asked[i].id == begin->request &&
		    c->plane[i] == (enum kind)begin->plane) {
			*plane = c->plane[i];
			return (c->asked[i]);
		}
	memset(&m, 0, sizeof(m));
	m.method = METHOD_RELOAD_CONFIG;
	*plane = K_PARENT;
	return (m);
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
	struct m_request	 m;
	struct app		*app;
	enum kind		 plane;
	char			 text[TEXT_MAX];
	uint32_t		 i;

	m = change_by(sup, begin, &plane);
	out_bulk(sup, K_LOGGER, 1);
	for (i = 0; i < n; i++) {
		if ((app = app_find(sup, list[i].m.app)) == NULL)
			continue;
		change_text(app, &list[i], text, sizeof(text));
		m.app = app->conf.id;
		audit_request(sup, plane, &m, OUT_OK, text);
	}
	out_bulk(sup, K_LOGGER, 0);
}
