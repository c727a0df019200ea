/*
 * Watches: which are on, and what to do when files changed.  The parent runs
 * a watcher for each, and passes the channel to it; what that says is of the
 * user of the app, and can do no more than reload it.  Supervisor process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"
#include "omnitrond/supervisor/watch.h"

/*
 * An honest watcher says something ten times a second at most; on a machine
 * that was stopped for a while they come together.
 */
#define SAID_MS		90
#define SAID_BURST	32

void
watch_init(struct sup *sup)
{
	TAILQ_INIT(&sup->watch.troubled);
}

static struct process *
watch_process(struct sup *sup, uint32_t app, uint16_t process)
{
	struct app	*a = app_find(sup, app);

	return (a != NULL ? process_find(a, process) : NULL);
}

static void
watch_unseen(struct sup *sup, struct process *p)
{
	p->watch.unseen = PLANES_ALL;
	view_app(sup, p->app);
}

/* ---- trouble ------------------------------------------------------------ */

/* "api: watch of /srv/api: there is no such folder (and 2 more)" */
static void
watch_degraded(struct sup *sup)
{
	const struct process	*p = TAILQ_FIRST(&sup->watch.troubled);
	char			 text[TEXT_MAX];
	size_t			 n;

	if (p == NULL) {
		view_degraded(sup, CAUSE_WATCH, "");
		return;
	}
	snprintf(text, sizeof(text), "%s: watch of %s: %s", p->app->name,
	    p->watch.directory, watch_trouble_text(p->watch.trouble));
	n = strlen(text);
	if (sup->watch.ntroubled > 1)
		snprintf(text + n, sizeof(text) - n, " (and %u more)",
		    sup->watch.ntroubled - 1);
	view_degraded(sup, CAUSE_WATCH, text);
}

static void
watch_trouble(struct sup *sup, struct process *p, uint32_t trouble,
    uint32_t error)
{
	struct watch	*w = &p->watch;

	if (w->trouble == trouble && w->error == error)
		return;
	w->trouble = trouble;
	w->error = error;
	watch_unseen(sup, p);
	if (w->is_troubled) {
		TAILQ_REMOVE(&sup->watch.troubled, p, watch.troubled);
		sup->watch.ntroubled--;
		w->is_troubled = 0;
	}
	/* one that died is back at once, or says more */
	if (trouble != WATCH_NONE && trouble != WATCH_DIED) {
		TAILQ_INSERT_TAIL(&sup->watch.troubled, p, watch.troubled);
		sup->watch.ntroubled++;
		w->is_troubled = 1;
		log_warnx("%s: watch of %s: %s%s%s", p->app->name,
		    w->directory, watch_trouble_text(trouble),
		    error != 0 ? ": " : "", error != 0 ?
		    strerror((int)error) : "");
	}
	watch_degraded(sup);
}

/* ---- on and off --------------------------------------------------------- */

static int
watch_wanted(const struct process *p)
{
	const struct app	*app = p->app;

	if (p->watch.directory == NULL || p->removed || app->removed)
		return (0);
	return (app->watch == WISH_ON ||
	    (app->watch == WISH_NONE && p->watch.configured));
}

static void
watch_order(struct sup *sup, const struct process *p, enum watch_order order)
{
	struct m_watch	 m;

	memset(&m, 0, sizeof(m));
	m.app = p->app->conf.id;
	m.process = (uint16_t)p->conf.id;
	m.order = (uint16_t)order;
	out_send(sup, K_PARENT, M_WATCH, &m, NULL);
}

static void
watch_unlink(struct sup *sup, struct process *p)
{
	if (p->watch.linked)
		sup->out.unwatch(sup->out.arg, p->app->conf.id,
		    (uint16_t)p->conf.id);
	p->watch.linked = 0;
	p->watch.pid = 0;
}

static void
watch_turn(struct sup *sup, struct process *p, int on)
{
	p->watch.on = on;
	p->watch.folders = 0;
	watch_order(sup, p, on ? WATCH_ON : WATCH_OFF);
	if (!on)
		watch_unlink(sup, p);
	watch_trouble(sup, p, WATCH_NONE, 0);
	watch_unseen(sup, p);
}

void
watch_settle(struct sup *sup, struct app *app)
{
	struct process	*p;

	if (sup->phase != PH_RUNNING)
		return;
	PROCESS_FOREACH(p, app)
		if (watch_wanted(p) != p->watch.on)
			watch_turn(sup, p, !p->watch.on);
}

void
watch_begin(struct sup *sup)
{
	struct m_watch	 end;
	struct app	*app;

	APP_FOREACH(app, sup)
		watch_settle(sup, app);
	/* watchers of a supervisor before us that are not wanted end */
	memset(&end, 0, sizeof(end));
	out_send(sup, K_PARENT, M_WATCH, &end, NULL);
}

void
watch_set(struct sup *sup, struct process *p, const char *directory,
    int configured)
{
	struct watch	*w = &p->watch;

	w->configured = configured;
	if (w->directory != NULL && directory != NULL &&
	    strcmp(w->directory, directory) == 0)
		return;
	/* the text of the trouble names it */
	watch_trouble(sup, p, WATCH_NONE, 0);
	free(w->directory);
	w->directory = directory == NULL ? NULL : xstrdup(directory);
	if (w->on)
		watch_unseen(sup, p);
}

void
watch_forget(struct sup *sup, struct process *p)
{
	watch_unlink(sup, p);
	watch_trouble(sup, p, WATCH_NONE, 0);
	free(p->watch.directory);
	p->watch.directory = NULL;
}

const char *
watch_refused(const struct app *app)
{
	const struct process	*p;

	PROCESS_FOREACH(p, app)
		if (!p->removed && p->watch.directory != NULL)
			return (NULL);
	return ("nothing to watch: its configuration has neither watch nor "
	    "directory");
}

int
watch_configured(const struct app *app)
{
	const struct process	*p;

	PROCESS_FOREACH(p, app)
		if (p->watch.configured && p->watch.directory != NULL)
			return (1);
	return (0);
}

int
watch_is_off(const struct app *app)
{
	return (app->watch == WISH_OFF && watch_configured(app));
}

void
watch_wish(struct sup *sup, struct app *app, enum watch_wish wish)
{
	if (app->watch != wish) {
		app->watch = wish;
		app_changed(sup, app);
	}
	watch_settle(sup, app);
}

/* ---- what the parent and the watcher say -------------------------------- */

int
watch_watcher(struct sup *sup, const struct m_watcher *m, int has_fd)
{
	struct process	*p;

	if (m->trouble >= WATCH_TROUBLE_MAX ||
	    has_fd != (m->trouble == WATCH_NONE))
		return (-1);
	p = watch_process(sup, m->app, m->process);
	if (p == NULL || !p->watch.on)
		return (0);
	watch_unlink(sup, p);
	/* what broke the protocol is not made good by its death */
	if (m->trouble != WATCH_DIED || p->watch.trouble != WATCH_BROKE)
		watch_trouble(sup, p, m->trouble, m->error);
	watch_unseen(sup, p);
	if (!has_fd)
		return (0);
	p->watch.linked = 1;
	p->watch.pid = m->pid;
	memset(&p->watch.said, 0, sizeof(p->watch.said));
	return (1);
}

const char *
watch_reason(const struct process *p, char *buf, size_t size)
{
	snprintf(buf, size, REASON_WATCH "%s",
	    p->watch.directory != NULL ? p->watch.directory : "its folder");
	return (buf);
}

/* One that waits to begin will see this change as well. */
static int
watch_waits(const struct process *p)
{
	const struct task	*op;

	TAILQ_FOREACH(op, &p->app->ops, entry)
		if ((op->flags & OPF_WATCH) && op->process == p &&
		    op->phase == OPH_NEW)
			return (1);
	return (0);
}

static void
watch_reload(struct sup *sup, struct process *p)
{
	struct app	*app = p->app;
	struct task	*op;

	if (sup->phase != PH_RUNNING || sup->shutdown.going || app->removed ||
	    p->removed || app->intent != INTENT_RUN || watch_waits(p))
		return;
	if (ops_full(app)) {
		log_warnx("%s: files changed under %s, but too many "
		    "operations wait", app->name, p->watch.directory);
		return;
	}
	log_info("%s: files changed under %s: reload", app->name,
	    p->watch.directory);
	op = ops_add(sup, app, OP_RELOAD_APP, OPF_NOWAIT | OPF_WATCH, 0,
	    NULL);
	op->process = p;
	why_due(op, WHY_WATCH, "its files changed");
}

int
watch_changed(struct sup *sup, uint32_t app, uint16_t process,
    const struct m_changed *m)
{
	struct process	*p = watch_process(sup, app, process);

	if (p == NULL || m->files > 1 || m->trouble >= WATCH_TROUBLE_MAX)
		return (-1);
	if (rate_take(&p->watch.said, out_now(sup), SAID_MS, SAID_BURST) > 0)
		return (-1);
	watch_trouble(sup, p, m->trouble, m->error);
	if (p->watch.folders != m->folders)
		watch_unseen(sup, p);
	p->watch.folders = m->folders;
	if (m->files)
		watch_reload(sup, p);
	return (0);
}

void
watch_down(struct sup *sup, uint32_t app, uint16_t process, int broke)
{
	struct process	*p = watch_process(sup, app, process);

	if (p == NULL || !p->watch.linked)
		return;
	p->watch.linked = 0;
	p->watch.pid = 0;
	watch_unseen(sup, p);
	if (!broke)
		return;			/* it died: the parent will say */
	watch_trouble(sup, p, WATCH_BROKE, 0);
	watch_order(sup, p, WATCH_REPLACE);
}
