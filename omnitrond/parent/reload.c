/*
 * A new configuration: all of it or nothing.
 *
 * It is parsed into a structure of its own; an error changes nothing and
 * travels back.  Then the supervisor and the logger get it and acknowledge,
 * and only when both have done so all switch.  One that does not within
 * ACK_SECONDS is replaced by a new process, which starts with the new one.
 * One at a time: a SIGHUP meanwhile causes exactly one more, a request is
 * refused.
 *
 * Reading the file is the dearest thing that others can have us do, so that
 * it is done at a bounded rate.  What comes sooner waits, and one reading
 * answers all that wait.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/jsonw.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/apps.h"
#include "omnitrond/parent/conf_change.h"
#include "omnitrond/parent/parent.h"

#define ACK_SECONDS	5
/* Nobody edits faster; a look (--dry-run) and the real one come together. */
#define RELOAD_MS	1000
#define RELOAD_BURST	2

struct reload {
	struct m_reload	 reqs[RELOADS_WAITING + 1]; /* get the answer */
	uint32_t	 nreqs;
	struct conf	*conf;
	uint32_t	 version;
	uint32_t	 wait;		/* KB() of those that owe a receipt */
	uint32_t	 acked;		/* and of those that gave it */
	struct event	*timer;
	char		*answer;	/* JSON for the plane */
};

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

static void	reload_next(struct parent *);

static void
reload_answer(struct parent *p, const struct m_reload *req, enum outcome out,
    const char *text)
{
	object_send(p, (enum kind)req->plane, req->id, out, text,
	    strlen(text));
}

static void
reload_answer_all(struct parent *p, const struct m_reload *reqs, uint32_t n,
    enum outcome out, const char *text)
{
	uint32_t	 i;

	for (i = 0; i < n; i++)
		reload_answer(p, &reqs[i], out, text);
}

/* ---- what changes ------------------------------------------------------- */

static void
diff_change(void *arg, const struct change *c)
{
	struct jsonw	*w = arg;

	jsonw_object(w);
	if (c->process != NULL)
		jsonw_kstring(w, "process", c->process->name);
	jsonw_kstring(w, "fields", c->fields);
	jsonw_kstring(w, "action", change_name(c->does));
	jsonw_end(w);
}

static void
diff_changed(struct parent *p, const struct conf *conf, struct jsonw *w)
{
	const struct app_conf	*app, *old;
	char			 fields[TEXT_MAX];

	jsonw_key(w, "changed");
	jsonw_array(w);
	TAILQ_FOREACH(app, &conf->apps, entry) {
		old = conf_app(p->conf, app->name);
		if (old == NULL || conf_app_same(old, app))
			continue;
		jsonw_object(w);
		jsonw_kstring(w, "name", app->name);
		jsonw_kbool(w, "restart", conf_app_respawn(old, app));
		jsonw_kstring(w, "fields", conf_app_diff(old, app, fields,
		    sizeof(fields)));
		jsonw_key(w, "changes");
		jsonw_array(w);
		conf_change(old, app, diff_change, w);
		jsonw_end(w);
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* Names of the apps of one that the other has not. */
static void
diff_names(struct jsonw *w, const char *key, const struct conf *of,
    const struct conf *other)
{
	const struct app_conf	*app;

	jsonw_key(w, key);
	jsonw_array(w);
	TAILQ_FOREACH(app, &of->apps, entry)
		if (conf_app(other, app->name) == NULL)
			jsonw_string(w, app->name);
	jsonw_end(w);
}

static int
differs(const char *a, const char *b)
{
	return (strcmp(a != NULL ? a : "", b != NULL ? b : "") != 0);
}

/* Fixed while the daemon runs: the apps' output lies there. */
static void
diff_places(struct parent *p, const struct conf *conf, struct jsonw *w)
{
	const struct conf	*old = p->conf;
	int			 k;

	jsonw_key(w, "needsDaemonRestart");
	jsonw_array(w);
	if (differs(old->home, conf->home))
		jsonw_string(w, "home");
	if (differs(old->socket, conf->socket))
		jsonw_string(w, "socket");
	if (differs(old->pidfile, conf->pidfile))
		jsonw_string(w, "pidfile");
	if (differs(old->statefile, conf->statefile))
		jsonw_string(w, "statefile");
	if (differs(old->logdir, conf->logdir))
		jsonw_string(w, "logdir");
	if (differs(old->rundir, conf->rundir))
		jsonw_string(w, "rundir");
	for (k = 0; k < K_MAX; k++)
		if (old->users[k].uid != (uid_t)-1 &&
		    (old->users[k].uid != conf->users[k].uid ||
		    old->users[k].gid != conf->users[k].gid))
			break;
	if (k < K_MAX)
		jsonw_string(w, "users");
	jsonw_end(w);
}

static char *
reload_diff(struct parent *p, const struct conf *conf)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kbool(&w, "success", 1);
	diff_changed(p, conf, &w);
	diff_names(&w, "added", conf, p->conf);
	diff_names(&w, "removed", p->conf, conf);
	diff_places(p, conf, &w);
	jsonw_end(&w);
	jsonw_raw(&w, "", 1);		/* its NUL */
	return (w.buf);
}

/* The places of the running daemon, whatever the new file says. */
static void
keep_place(char **new, const char *old)
{
	free(*new);
	*new = old != NULL ? xstrdup(old) : NULL;
}

static void
keep_places(struct conf *new, struct conf *old)
{
	struct conf	 tmp;
	int		 k;

	keep_place(&new->home, old->home);
	keep_place(&new->socket, old->socket);
	keep_place(&new->pidfile, old->pidfile);
	keep_place(&new->statedir, old->statedir);
	keep_place(&new->statefile, old->statefile);
	keep_place(&new->logdir, old->logdir);
	keep_place(&new->rundir, old->rundir);
	/* one that nothing needed may not have been there */
	for (k = 0; k < K_MAX; k++) {
		if (old->users[k].uid == (uid_t)-1)
			continue;
		tmp.users[k] = new->users[k];
		new->users[k] = old->users[k];
		old->users[k] = tmp.users[k];
	}
}

/* ---- the switch --------------------------------------------------------- */

static int
log_groups_differ(const struct conf *a, const struct conf *b)
{
	uint32_t	 ga[LOG_GROUPS_MAX], gb[LOG_GROUPS_MAX];

	conf_log_groups(a, ga);
	conf_log_groups(b, gb);
	return (memcmp(ga, gb, sizeof(ga)) != 0);
}

/* One that was started meanwhile has the old one, and was offered none. */
static void
reload_feed(struct parent *p, const struct reload *r, enum kind kind)
{
	if (child_peer(p, kind) == NULL || (r->wait | r->acked) & (1u << kind))
		return;
	if (kind == K_SUPERVISOR)
		feed_supervisor(p, r->conf, r->version);
	else
		feed_logger(p, r->conf, r->version);
}

/* One that owes its receipt even now is being replaced. */
static void
reload_commit(struct parent *p, const struct reload *r, enum kind kind)
{
	if (child_peer(p, kind) != NULL && (r->wait & (1u << kind)) == 0)
		feed_commit(p, kind, r->version);
}

static void
reload_finish(struct parent *p)
{
	struct reload	*r = p->reload;
	struct conf	*old = p->conf;
	int		 again = p->reload_again;

	p->reload = NULL;
	p->reload_again = 0;
	event_free(r->timer);
	keep_places(r->conf, old);
	reload_feed(p, r, K_LOGGER);
	reload_feed(p, r, K_SUPERVISOR);
	watcher_reload(p, r->conf);
	p->conf = r->conf;
	p->conf_version = r->version;
	ids_switch(p, p->conf);
	child_switch(p);
	feed_egress(p);
	reload_commit(p, r, K_LOGGER);
	reload_commit(p, r, K_SUPERVISOR);
	if (p->as_root && log_groups_differ(old, p->conf))
		child_kill(p, K_LOGGER, "the groups of log files changed");
	conf_free(old);
	inst_sweep(p);
	apps_reload(p);
	listen_sweep(p);
	log_info("configuration reloaded: %zu apps", p->conf->napps);
	reload_answer_all(p, r->reqs, r->nreqs, OUT_OK, r->answer);
	free(r->answer);
	free(r);
	sdnotify("READY=1");
	if (again && p->phase == PHASE_RUNNING)
		reload_request(p, &(struct m_reload){ 0 });
}

static void
reload_late(int fd, short events, void *arg)
{
	struct parent	*p = arg;
	int		 k;

	/* Their replacements are started after the switch, with the new one. */
	for (k = 0; k < K_MAX; k++)
		if (p->reload->wait & (1u << k))
			child_kill(p, k, "no receipt for the configuration");
	reload_finish(p);
}

int
reload_ack(struct peer *peer, struct msg *m)
{
	struct parent		*p = parent_of(peer);
	struct m_conf_end	 ack;
	uint32_t		 bit = 1u << peer_kind(peer);

	msg_take(m, &ack, sizeof(ack));
	if (msg_end(m) == -1)
		return (-1);
	if (p->reload == NULL || ack.version != p->reload->version) {
		/* of the configuration it was started with, or replaced */
		return (ack.version <= p->conf_version ? 0 : -1);
	}
	if ((p->reload->wait & bit) == 0)
		return (-1);
	p->reload->acked |= bit;
	if ((p->reload->wait &= ~bit) == 0)
		reload_finish(p);
	return (0);
}

void
reload_child_gone(struct parent *p, enum kind kind)
{
	if (p->reload == NULL)
		return;
	p->reload->acked &= ~(1u << kind);
	if ((p->reload->wait & (1u << kind)) == 0)
		return;
	if ((p->reload->wait &= ~(1u << kind)) == 0)
		reload_finish(p);
}

/* Whoever asked there is gone; its successor asked nothing. */
void
reload_plane_gone(struct parent *p, enum kind kind)
{
	uint32_t	 i, left = 0;

	for (i = 0; p->reload != NULL && i < p->reload->nreqs; i++)
		if (p->reload->reqs[i].plane == kind)
			p->reload->reqs[i].id = 0;
	for (i = 0; i < p->nreload_wait; i++)
		if (p->reload_wait[i].plane != kind)
			p->reload_wait[left++] = p->reload_wait[i];
	p->nreload_wait = left;
}

uint64_t
reload_by(const struct parent *p, uint32_t *plane)
{
	const struct reload	*r = p->reload;
	uint32_t		 i;

	for (i = 0; r != NULL && i < r->nreqs; i++)
		if (r->reqs[i].id != 0) {
			*plane = r->reqs[i].plane;
			return (r->reqs[i].id);
		}
	return (0);
}

/* Offer it to those that must have it before the switch. */
static void
reload_offer(struct parent *p, struct reload *r)
{
	static const struct timeval	 tv = { ACK_SECONDS, 0 };

	p->reload = r;
	r->timer = event_new(p->base, -1, 0, reload_late, p);
	if (r->timer == NULL || event_add(r->timer, &tv) == -1)
		fatalx("out of memory");
	sdnotify("RELOADING=1");
	if (p->child[K_SUPERVISOR].ready) {
		r->wait |= KB(SUPERVISOR);
		feed_supervisor(p, r->conf, r->version);
	}
	if (p->child[K_LOGGER].ready) {
		r->wait |= KB(LOGGER);
		feed_logger(p, r->conf, r->version);
	}
	if (r->wait == 0)
		reload_finish(p);
}

static void
log_lines(const char *text)
{
	const char	*end;

	for (; *text != '\0'; text = *end != '\0' ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		log_warnx("%.*s", (int)(end - text), text);
	}
}

/* Those that only look are answered; how many are left. */
static uint32_t
reload_looks(struct parent *p, struct m_reload *reqs, uint32_t n,
    const char *answer)
{
	uint32_t	 i, left = 0;

	for (i = 0; i < n; i++) {
		if (reqs[i].flags & RELOAD_DRYRUN)
			reload_answer(p, &reqs[i], OUT_OK, answer);
		else
			reqs[left++] = reqs[i];
	}
	return (left);
}

/* It needs no undo: an id whose app never came stays unused. */
static struct conf *
reload_load(struct parent *p, char **errors)
{
	struct conf	*conf = conf_load(&p->options, errors);
	const char	*app;

	if (conf == NULL || (app = ids_assign(p, conf)) == NULL)
		return (conf);
	free(*errors);
	xasprintf(errors, "app %s had more than %d processes of different "
	    "names since the daemon was started: start it anew", app,
	    PROCESS_IDS_MAX);
	conf_free(conf);
	return (NULL);
}

static void
reload_read(struct parent *p, struct m_reload *reqs, uint32_t n)
{
	struct reload	*r;
	struct conf	*conf;
	char		*errors, *answer;

	conf = reload_load(p, &errors);
	if (conf == NULL) {
		log_warnx("configuration not reloaded:");
		log_lines(errors);
		reload_answer_all(p, reqs, n, OUT_FAILED, errors);
		free(errors);
		return;
	}
	if (errors != NULL)
		log_lines(errors);
	free(errors);
	answer = reload_diff(p, conf);
	if ((n = reload_looks(p, reqs, n, answer)) == 0) {
		free(answer);
		conf_free(conf);
		return;
	}
	r = xcalloc(1, sizeof(*r));
	memcpy(r->reqs, reqs, n * sizeof(*reqs));
	r->nreqs = n;
	r->conf = conf;
	r->version = p->conf_version + 1;
	r->answer = answer;
	reload_offer(p, r);
}

/* ---- who asks ----------------------------------------------------------- */

static void
reload_timer(int fd, short events, void *arg)
{
	reload_next(arg);
}

static void
reload_later(struct parent *p, int64_t ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	if (p->reload_timer == NULL)
		p->reload_timer = event_new(p->base, -1, 0, reload_timer, p);
	if (p->reload_timer == NULL || event_add(p->reload_timer, &tv) == -1)
		fatalx("out of memory");
}

/* All that wait, if it is time. */
static void
reload_next(struct parent *p)
{
	struct m_reload	 reqs[RELOADS_WAITING + 1];
	uint32_t	 n = p->nreload_wait;
	int64_t		 ms;

	if (n == 0 || p->reload != NULL)
		return;
	if (p->phase == PHASE_RUNNING && (ms = rate_take(&p->reload_rate,
	    mono_now(), RELOAD_MS, RELOAD_BURST)) > 0) {
		reload_later(p, ms);
		return;
	}
	memcpy(reqs, p->reload_wait, n * sizeof(*reqs));
	p->nreload_wait = 0;
	if (p->phase == PHASE_RUNNING)
		reload_read(p, reqs, n);
	else
		reload_answer_all(p, reqs, n, OUT_CONFLICT,
		    "the daemon is shutting down");
}

/* However many SIGHUPs wait, they are one. */
static int
reload_waits(const struct parent *p, uint64_t id)
{
	uint32_t	 i;

	for (i = 0; i < p->nreload_wait; i++)
		if (p->reload_wait[i].id == id)
			return (1);
	return (0);
}

void
reload_request(struct parent *p, const struct m_reload *req)
{
	if (req->id == 0 && reload_waits(p, 0))
		return;
	if (req->id != 0 && p->nreload_wait >= RELOADS_WAITING) {
		reload_answer(p, req, OUT_LIMITED,
		    "too many reloads wait; try again in a moment");
		return;
	}
	p->reload_wait[p->nreload_wait++] = *req;
	reload_next(p);
}

int
reload_asked(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct m_reload	 req;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 || req.plane != K_CONTROL || req.id == 0 ||
	    object_room(p, req.plane) == -1)
		return (-1);
	if (p->phase != PHASE_RUNNING)
		reload_answer(p, &req, OUT_CONFLICT,
		    "the daemon is starting or shutting down");
	else if (p->reload != NULL)
		reload_answer(p, &req, OUT_CONFLICT,
		    "a reload is going on; try again in a moment");
	else
		reload_request(p, &req);
	return (0);
}
