/*
 * The configuration as messages, to the supervisor, the logger and egress;
 * what planes and secrets get of it stands in feed_plane.c.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_change.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/target.h"

/* What the supervisor lets a plane speak for, whatever that claims. */
static uint32_t
feed_local_role(const struct conf *conf)
{
	const struct socket_conf	*s;
	enum role			 role = ROLE_NONE;

	TAILQ_FOREACH(s, &conf->sockets, entry)
		if (s->grants)
			role = ROLE_ADMIN;
		else if (s->role > role)
			role = s->role;
	return (role);
}

static uint32_t
feed_network_role(const struct conf *conf)
{
	const struct port_conf	*p;
	enum role		 role = ROLE_NONE;

	TAILQ_FOREACH(p, &conf->ports, entry)
		if (p->max_role > role)
			role = p->max_role;
	return (role);
}

static void
feed_begin(struct parent *p, struct peer *peer, const struct conf *conf,
    uint32_t version)
{
	struct m_conf_begin	 m;

	memset(&m, 0, sizeof(m));
	m.version = version;
	m.apps = (uint32_t)conf->napps;
	m.flags = p->phase >= PHASE_STOPPING ? CONF_SHUTDOWN : 0;
	m.metrics_ms = conf->metrics_ms;
	m.request = reload_by(p, &m.plane);
	m.probes = conf->probes;
	m.local_role = feed_local_role(conf);
	m.network_role = feed_network_role(conf);
	peer_bulk(peer, 1);
	peer_send(peer, M_CONF_BEGIN, -1, &m, NULL);
}

static void
feed_end(struct peer *peer, uint32_t version)
{
	struct m_conf_end	 m;

	memset(&m, 0, sizeof(m));
	m.version = version;
	peer_send(peer, M_CONF_END, -1, &m, NULL);
	peer_bulk(peer, 0);
}

void
feed_commit(struct parent *p, enum kind kind, uint32_t version)
{
	struct m_conf_end	 m;
	int			 first = p->child[kind].committed == 0;

	p->child[kind].committed = version;
	memset(&m, 0, sizeof(m));
	m.version = version;
	peer_send(child_peer(p, kind), M_CONF_COMMIT, -1, &m, NULL);
	if (kind == K_SECRETS && first)
		secret_feed(p);
}

static void
feed_process(struct parent *p, struct peer *peer, const struct app_conf *app,
    const struct process_conf *pc)
{
	const struct process_conf	*old = ids_process(p, app->id, pc->id);
	struct m_conf_process		 m = pc->policy;

	m.app = app->id;
	m.id = pc->id;
	m.uid = pc->uid;
	m.flags &= PROCESS_ONESHOT | PROCESS_REPORT | PROCESS_ROLLING;
	if (old != NULL && old != pc && conf_process_respawn(old, pc))
		m.flags |= PROCESS_CHANGED;
	peer_send(peer, M_CONF_PROCESS, -1, &m, pc->name, NULL);
}

static void
feed_app(struct parent *p, struct peer *peer, const struct app_conf *app)
{
	const struct process_conf	*pc;
	struct m_conf_app		 m;

	memset(&m, 0, sizeof(m));
	m.id = app->id;
	m.flags = app->flags & (APP_AUTOSTART | APP_CRITICAL);
	if (ids_conf(p, app->id) == NULL)
		m.flags |= APP_NEW;
	if (app->bootstrap)
		m.flags |= APP_BOOTSTRAP;
	m.processes = app->nprocesses;
	m.port = app->port;
	m.strategy = app->strategy;
	if (app->group != NULL) {
		m.group = app->group->number;
		m.group_strategy = app->group->strategy;
	}
	m.hash = conf_app_hash(app);
	peer_send(peer, M_CONF_APP, -1, &m, app->name, NULL);
	TAILQ_FOREACH(pc, &app->processes, entry)
		feed_process(p, peer, app, pc);
}

static void
feed_process_deps(struct parent *p, struct peer *peer,
    const struct app_conf *app, const struct process_conf *pc)
{
	struct m_conf_dep	 m;
	const struct dep	*d;

	memset(&m, 0, sizeof(m));
	m.app = m.on = app->id;
	m.process = (uint16_t)pc->id;
	TAILQ_FOREACH(d, &pc->deps, entry) {
		m.on_process = (uint16_t)ids_process_by_name(p, app->id,
		    d->name);
		peer_send(peer, M_CONF_DEP, -1, &m, NULL);
	}
}

static void
feed_deps(struct parent *p, struct peer *peer, const struct app_conf *app)
{
	const struct process_conf	*pc;
	const struct dep		*d;
	struct m_conf_dep		 m;

	memset(&m, 0, sizeof(m));
	m.app = app->id;
	m.process = m.on_process = PROCESS_ANY;
	TAILQ_FOREACH(d, &app->deps, entry) {
		m.on = ids_by_name(p, d->name);
		peer_send(peer, M_CONF_DEP, -1, &m, NULL);
	}
	TAILQ_FOREACH(pc, &app->processes, entry)
		feed_process_deps(p, peer, app, pc);
}

static void
feed_watches(struct peer *peer, const struct app_conf *app)
{
	const struct process_conf	*pc;
	struct m_conf_watch		 m;

	memset(&m, 0, sizeof(m));
	m.app = app->id;
	TAILQ_FOREACH(pc, &app->processes, entry) {
		if (conf_watch_dir(pc) == NULL)
			continue;
		m.process = (uint16_t)pc->id;
		m.configured = pc->watch != NULL;
		peer_send(peer, M_CONF_WATCH, -1, &m, conf_watch_dir(pc),
		    NULL);
	}
}

static void
feed_app_secrets(struct peer *peer, const struct app_conf *app)
{
	const struct process_conf	*pc;
	const char			*keys[SECRET_USES_MAX];
	struct m_conf_secret		 m;
	uint32_t			 n;

	memset(&m, 0, sizeof(m));
	m.app = app->id;
	TAILQ_FOREACH(pc, &app->processes, entry) {
		m.process = pc->id;
		for (n = conf_secret_keys(pc, keys); n > 0; n--)
			peer_send(peer, M_CONF_SECRET, -1, &m, keys[n - 1],
			    NULL);
	}
}

static void
feed_change(void *arg, const struct change *c)
{
	struct m_conf_change	 m;

	memset(&m, 0, sizeof(m));
	m.app = c->app->id;
	m.process = c->process != NULL ? c->process->id : PROCESS_ANY;
	m.does = c->does;
	peer_send(arg, M_CONF_CHANGE, -1, &m, c->fields, NULL);
}

/* From the one that we have. */
static void
feed_changes(struct parent *p, struct peer *peer, const struct conf *conf)
{
	const struct app_conf	*app;

	if (p->conf == NULL || p->conf == conf)
		return;
	TAILQ_FOREACH(app, &conf->apps, entry)
		conf_change(conf_app(p->conf, app->name), app, feed_change,
		    peer);
	TAILQ_FOREACH(app, &p->conf->apps, entry)
		if (conf_app(conf, app->name) == NULL)
			conf_change(app, NULL, feed_change, peer);
}

static void
feed_supervisor(struct parent *p, struct peer *peer, const struct conf *conf)
{
	const struct app_conf	*app;

	TAILQ_FOREACH(app, &conf->apps, entry)
		feed_app(p, peer, app);
	TAILQ_FOREACH(app, &conf->apps, entry)
		feed_deps(p, peer, app);
	TAILQ_FOREACH(app, &conf->apps, entry)
		feed_watches(peer, app);
	feed_rules(peer, conf);
	TAILQ_FOREACH(app, &conf->apps, entry)
		feed_app_secrets(peer, app);
	feed_changes(p, peer, conf);
}

static void
feed_logger(struct peer *peer, const struct conf *conf)
{
	const struct app_conf	*app;
	struct m_conf_log	 m = conf->log;

	m.id = 0;
	peer_send(peer, M_CONF_LOG, -1, &m, "omnitrond", NULL);
	TAILQ_FOREACH(app, &conf->apps, entry) {
		m = app->log;
		m.id = app->id;
		peer_send(peer, M_CONF_LOG, -1, &m, app->name, NULL);
	}
}

void
feed_conf(struct parent *p, enum kind kind, const struct conf *conf,
    uint32_t version)
{
	struct peer	*peer = child_peer(p, kind);

	if (peer == NULL)
		return;
	feed_begin(p, peer, conf, version);
	switch (kind) {
	case K_SUPERVISOR:
		feed_supervisor(p, peer, conf);
		break;
	case K_LOGGER:
		feed_logger(peer, conf);
		break;
	case K_SECRETS:
		feed_secrets(p, peer, conf);
		break;
	case K_LOCAL:
		feed_local(p, peer, conf);
		break;
	case K_NETWORK:
		feed_network(p, peer, conf);
		break;
	default:
		break;
	}
	feed_end(peer, version);
}

static void
feed_target(struct peer *peer, const struct app_conf *app,
    const struct process_conf *pc, enum probe_what what)
{
	const struct target_conf	*t = pc->target[what];
	struct m_target			 m;

	if (t == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.app = app->id;
	m.process = (uint16_t)pc->id;
	m.what = (uint16_t)what;
	m.port = t->port;
	m.naddresses = t->naddresses;
	m.status_min = t->status_min;
	m.status_max = t->status_max;
	memcpy(m.addresses, t->addresses, sizeof(m.addresses));
	peer_send(peer, M_TARGET, -1, &m, t->authority != NULL ?
	    t->authority : "", t->path != NULL ? t->path : "",
	    t->match != NULL ? t->match : "", NULL);
}

void
feed_egress(struct parent *p)
{
	struct peer			*peer = child_peer(p, K_EGRESS);
	const struct app_conf		*app;
	const struct process_conf	*pc;
	struct m_sync			 m = { p->conf_version };
	int				 what;

	if (peer == NULL)
		return;
	peer_bulk(peer, 1);
	peer_send(peer, M_TARGETS, -1, &m, NULL);
	TAILQ_FOREACH(app, &p->conf->apps, entry)
		TAILQ_FOREACH(pc, &app->processes, entry)
			for (what = 0; what < PROBE_WHATS; what++)
				feed_target(peer, app, pc, what);
	peer_send(peer, M_TARGETS_END, -1, &m, NULL);
	peer_bulk(peer, 0);
}
