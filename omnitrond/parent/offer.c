/*
 * All of a new configuration or nothing of it.
 *
 * Sockets are bound first.  Then the processes that need it get it and
 * acknowledge, and only when all have done so all switch.  One that does not
 * acknowledge within ACK_SECONDS is replaced by a new process, which starts
 * with the new one.  One that refuses it, because of what is in a file of
 * keys, has it fail for all: what was bound is closed, what the others have of
 * it they forget with the next one.  A process that only the new one needs is
 * started with it before, so that it can refuse as well.
 *
 * Runs in the parent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/parent/apps.h"
#include "omnitrond/parent/plane.h"
#include "omnitrond/parent/provider.h"
#include "omnitrond/parent/reload.h"
#include "omnitrond/parent/words.h"

#define ACK_SECONDS	5
/* One that is started for it: its libraries and its walls take their time. */
#define TRY_SECONDS	20

/* In the order in which they switch: who decides before those who ask. */
static const enum kind	 configured[] = {
	K_LOGGER, K_SUPERVISOR, K_SECRETS, K_LOCAL, K_NETWORK
};
#define NCONFIGURED	(sizeof(configured) / sizeof(configured[0]))

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

/* ---- it fails ----------------------------------------------------------- */

/* Nothing has changed, but for what is undone here. */
static void
offer_fail(struct parent *p, const char *why)
{
	struct reload	*r = p->reload;
	int		 k;

	p->reload = NULL;
	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (r->tried & (1u << k))
			child_end(&p->child[k]);
	plane_abort(p);
	conf_free(r->conf);
	log_warnx("configuration not reloaded: %s", why);
	reload_done(p, r, OUT_FAILED, why);
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
offer_late(struct parent *p, const struct reload *r, enum kind kind)
{
	if (child_peer(p, kind) == NULL || p->child[kind].ending ||
	    (r->wait | r->acked) & (1u << kind))
		return;
	feed_conf(p, kind, r->conf, r->version);
}

/*
 * One that owes its receipt even now is being replaced.  One that may refuse
 * and got it just now is told when it has acknowledged.
 */
static void
offer_commit(struct parent *p, const struct reload *r, enum kind kind)
{
	uint32_t	 bit = 1u << kind;

	if (child_peer(p, kind) != NULL && (r->wait & bit) == 0 &&
	    (r->acked & bit || (KB_LATE & bit) == 0))
		feed_commit(p, kind, r->version);
}

static void
offer_finish(struct parent *p)
{
	struct reload	*r = p->reload;
	struct conf	*old = p->conf;
	size_t		 n;

	p->reload = NULL;
	for (n = 0; n < NCONFIGURED; n++)
		if (p->needed & child_kinds(p, r->conf) & (1u << configured[n]))
			offer_late(p, r, configured[n]);
	watcher_reload(p, r->conf);
	p->conf = r->conf;
	p->conf_version = r->version;
	ids_switch(p, p->conf);
	child_switch(p);
	feed_egress(p);
	for (n = 0; n < NCONFIGURED; n++)
		offer_commit(p, r, configured[n]);
	plane_commit(p);
	if (p->as_root && log_groups_differ(old, p->conf))
		child_kill(p, K_LOGGER, "the groups of log files changed");
	conf_free(old);
	inst_sweep(p);
	apps_reload(p);
	listen_sweep(p);
	log_info("configuration reloaded: %zu apps", p->conf->napps);
	reload_done(p, r, OUT_OK, r->answer);
}

/* ---- receipts ----------------------------------------------------------- */

static void
offer_timeout(int fd, short events, void *arg)
{
	struct parent	*p = arg;
	struct reload	*r = p->reload;
	char		 why[TEXT_MAX];
	int		 k;

	for (k = K_PARENT + 1; k < K_MAX; k++) {
		if ((r->wait & r->tried & (1u << k)) == 0)
			continue;
		snprintf(why, sizeof(why), "the %s process did not start with "
		    "it within %d seconds; see the log", kind_name(k),
		    TRY_SECONDS);
		offer_fail(p, why);
		return;
	}
	/* Their replacements are started after the switch, with the new one. */
	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (r->wait & (1u << k))
			child_kill(p, k, "no receipt for the configuration");
	offer_finish(p);
}

/* It has what is in force: it may begin with it. */
static void
offer_taken(struct parent *p, struct child *c, uint32_t version)
{
	if ((KB_LATE & (1u << c->kind)) == 0 || version != p->conf_version ||
	    c->committed == version)
		return;
	watch_ready(c);
	feed_commit(p, c->kind, version);
	if (p->phase == PHASE_STARTING && child_accepted(p) &&
	    child_peer(p, K_SUPERVISOR) != NULL &&
	    p->child[K_SUPERVISOR].committed == 0)
		feed_commit(p, K_SUPERVISOR, version);
	child_all_ready(p);
}

int
offer_ack(struct peer *peer, struct msg *m)
{
	struct parent		*p = parent_of(peer);
	struct child		*c = &p->child[peer_kind(peer)];
	struct m_conf_end	 ack;
	uint32_t		 bit = 1u << c->kind;

	msg_take(m, &ack, sizeof(ack));
	if (msg_end(m) == -1 || ack.version > p->conf_offered)
		return (-1);
	if (p->reload == NULL || ack.version != p->reload->version) {
		/* of the one it was started with, or of one that failed */
		offer_taken(p, c, ack.version);
		return (0);
	}
	if ((p->reload->wait & bit) == 0)
		return (-1);
	watch_ready(c);
	p->reload->acked |= bit;
	if ((p->reload->wait &= ~bit) == 0)
		offer_finish(p);
	return (0);
}

/* Of what is in force: at the start there is nothing to go on with. */
static void
offer_refused(struct parent *p, struct child *c, const char *why)
{
	if (p->phase == PHASE_STARTING)
		parent_fail_conf(p, why);
	watch_ready(c);
	log_error("%s does not serve: %s; reload the configuration when that "
	    "is mended", kind_name(c->kind), why);
}

int
offer_refuse(struct peer *peer, struct msg *m)
{
	struct parent		*p = parent_of(peer);
	struct child		*c = &p->child[peer_kind(peer)];
	struct m_conf_end	 end;
	char			 why[TEXT_MAX];

	msg_take(m, &end, sizeof(end));
	msg_take_str(m, why, sizeof(why));
	if (msg_end(m) == -1 || end.version > p->conf_offered)
		return (-1);
	words_clean(why);
	if (p->reload != NULL && end.version == p->reload->version) {
		if ((p->reload->wait & (1u << c->kind)) == 0)
			return (-1);
		watch_ready(c);
		offer_fail(p, why);
	} else if (end.version == p->conf_version &&
	    c->committed != end.version)
		offer_refused(p, c, why);
	return (0);
}

void
offer_child_gone(struct parent *p, enum kind kind)
{
	char		 why[TEXT_MAX];
	uint32_t	 bit = 1u << kind;

	if (p->reload == NULL)
		return;
	if (p->reload->tried & bit) {
		snprintf(why, sizeof(why), "the %s process ended when it was "
		    "started with it; see the log", kind_name(kind));
		offer_fail(p, why);
		return;
	}
	p->reload->acked &= ~bit;
	if ((p->reload->wait & bit) == 0)
		return;
	if ((p->reload->wait &= ~bit) == 0)
		offer_finish(p);
}

/* ---- the offer ---------------------------------------------------------- */

/* To one that runs, or that is started with it. */
static void
offer_to(struct parent *p, struct reload *r, enum kind kind)
{
	struct child	*c = &p->child[kind];
	uint32_t	 bit = 1u << kind;

	if (c->ready && !c->ending) {
		r->wait |= bit;
		feed_conf(p, kind, r->conf, r->version);
	} else if ((p->needed & bit) == 0 && c->pid == 0) {
		r->wait |= bit;
		r->tried |= bit;
		child_try(p, kind, r->conf);
	}
}

void
offer_begin(struct parent *p, struct reload *r)
{
	struct timeval	 tv = { ACK_SECONDS, 0 };
	uint32_t	 kinds = child_kinds(p, r->conf);
	char		 why[TEXT_MAX];
	size_t		 n;

	reload_keep_places(r->conf, p->conf, p->child[K_SECRETS].pid != 0);
	p->reload = r;
	r->version = ++p->conf_offered;
	r->timer = event_new(p->base, -1, 0, offer_timeout, p);
	if (r->timer == NULL)
		fatalx("out of memory");
	sdnotify("RELOADING=1");
	if ((kinds & KB(SECRETS) &&
	    provider_ready(p, r->conf, why, sizeof(why)) == -1) ||
	    plane_bind(p, r->conf, why, sizeof(why)) == -1) {
		offer_fail(p, why);
		return;
	}
	for (n = 0; n < NCONFIGURED; n++)
		if (kinds & (1u << configured[n]))
			offer_to(p, r, configured[n]);
	if (r->wait == 0) {
		offer_finish(p);
		return;
	}
	if (r->tried != 0)
		tv.tv_sec = TRY_SECONDS;
	if (event_add(r->timer, &tv) == -1)
		fatalx("out of memory");
}
