/*
 * Events are collected in a turn and sent at its end, in their order and
 * after the records: whoever shows them knows the apps by then.  Supervisor
 * process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/publish.h"
#include "omnitrond/supervisor/supervisor.h"

struct published {
	struct published	*next;
	struct m_event		 m;
	int			 status;	/* its text is the reason for */
	char			 name[NAME_SIZE];
	char			*from;
	char			*to;
	char			*text;
};

void
publish_init(struct sup *sup)
{
	sup->publish.last = &sup->publish.first;
}

static void
publish_drop(struct sup *sup)
{
	struct published	*p = sup->publish.first;

	sup->publish.first = p->next;
	sup->publish.n--;
	if (sup->publish.first == NULL)
		sup->publish.last = &sup->publish.first;
	free(p->from);
	free(p->to);
	free(p->text);
	free(p);
}

void
publish_free(struct sup *sup)
{
	while (sup->publish.first != NULL)
		publish_drop(sup);
}

int
publish_listen(struct sup *sup, enum kind plane, uint64_t on)
{
	unsigned int	 bit = 1u << plane_number(plane);

	if (on > 1)
		return (-1);
	if (on)
		sup->publish.on |= bit;
	else
		sup->publish.on &= ~bit;
	return (0);
}

void
publish_plane_down(struct sup *sup, enum kind plane)
{
	sup->publish.on &= ~(1u << plane_number(plane));
}

/* Why it is as it is, if it still is. */
static const char *
publish_text(struct sup *sup, const struct published *p)
{
	const struct app	*app;

	if (p->status == -1)
		return (p->text);
	app = app_find(sup, p->m.app);
	return (app != NULL && (int)app->tally.status == p->status ?
	    app->reason : "");
}

static void
publish_send(struct sup *sup, const struct published *p)
{
	const char	*text = publish_text(sup, p);
	uint32_t	 n;

	for (n = 0; n < PLANES; n++)
		if (sup->publish.on & (1u << n))
			out_send(sup, plane_kind(n), M_EVENT, &p->m, p->name,
			    p->from, p->to, text, NULL);
}

void
publish_flush(struct sup *sup)
{
	while (sup->publish.first != NULL) {
		publish_send(sup, sup->publish.first);
		publish_drop(sup);
	}
	if (sup->publish.lost > 0)
		log_warnx("%u events were too many for one turn",
		    sup->publish.lost);
	sup->publish.lost = 0;
}

/* NULL: there is nobody to tell, or too much. */
static struct published *
publish_add(struct sup *sup, enum event_channel channel,
    const struct app *app, const char *from, const char *to,
    const char *text)
{
	struct published	*p;

	if (sup->publish.on == 0)
		return (NULL);
	/* a number that is left out shows that something is */
	sup->publish.seq++;
	if (sup->publish.n >= PUBLISH_MAX) {
		sup->publish.lost++;
		return (NULL);
	}
	p = xcalloc(1, sizeof(*p));
	p->m.seq = sup->publish.seq;
	p->m.at_ms = out_wall(sup);
	p->m.channel = channel;
	p->status = -1;
	if (app != NULL) {
		p->m.app = app->conf.id;
		strlcpy(p->name, app->name, sizeof(p->name));
	}
	p->from = xstrdup(from);
	p->to = xstrdup(to);
	p->text = xstrdup(text);
	*sup->publish.last = p;
	sup->publish.last = &p->next;
	sup->publish.n++;
	sup_want_turn(sup);
	return (p);
}

/* ---- what happens ------------------------------------------------------- */

static const enum event_channel publish_status[S_MAX] = {
	[S_STOPPED] = EVENT_STOPPED, [S_STARTING] = EVENT_STARTING,
	[S_ONLINE] = EVENT_ONLINE, [S_STOPPING] = EVENT_STOPPING,
	[S_ERRORED] = EVENT_ERRORED, [S_CRASHED] = EVENT_CRASHED,
};

void
publish_app(struct sup *sup, struct app *app)
{
	enum status		 from = app->published;
	enum status		 to = app->tally.status;
	struct published	*p;

	if (from == to)
		return;
	app->published = to;
	p = publish_add(sup, publish_status[to], app, status_name(from),
	    status_name(to), "");
	if (p != NULL)
		p->status = (int)to;
}

void
publish_reloading(struct sup *sup, const struct app *app)
{
	publish_add(sup, EVENT_RELOADING, app, "", "", "");
}

void
publish_scaled(struct sup *sup, const struct process *p)
{
	struct published	*e;

	e = publish_add(sup, EVENT_SCALED, p->app, "", "",
	    app_bootstrap(p->app) ? p->name : "");
	if (e != NULL)
		e->m.number = p->wanted;
}

void
publish_health(struct sup *sup, const struct inst *inst,
    enum health_state from)
{
	char	 name[INST_NAME_SIZE], text[TEXT_MAX];

	if (sup->publish.on == 0)
		return;
	snprintf(text, sizeof(text), "%s%s%s",
	    inst_name(inst, name, sizeof(name)),
	    health_text(inst)[0] != '\0' ? ": " : "", health_text(inst));
	publish_add(sup, EVENT_HEALTH, inst->app, health_name(from),
	    health_name(health_state(inst)), text);
}

void
publish_config(struct sup *sup, uint32_t changes)
{
	char	 text[64];

	if (sup->publish.on == 0 || sup->phase != PH_RUNNING)
		return;
	snprintf(text, sizeof(text), "version %u, %u changes",
	    sup->conf_version, changes);
	publish_add(sup, EVENT_CONFIG, NULL, "", "", text);
}

void
publish_daemon(struct sup *sup, enum event_channel channel, const char *text)
{
	publish_add(sup, channel, NULL, "", "", text);
}

void
publish_auth(struct sup *sup, const struct m_auth_failed *m,
    const char *address, const char *why)
{
	struct published	*p;

	p = publish_add(sup, EVENT_AUTH, NULL, address, "", why);
	if (p != NULL)
		p->m.number = m->count;
}
