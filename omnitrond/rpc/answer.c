/*
 * What is answered from the view: ping, list, getApp, status, getMetrics.
 * In a plane; reads the memory of our own processes from the
 * descriptors that came with PROCESS.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/rpc/answer.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"

void
answer_ping_call(struct call *call, const struct args *args)
{
	struct net	*net = call->net;
	struct jsonw	*w = reply_begin(call);

	jsonw_object(w);
	jsonw_kint(w, "uptime", net_uptime(net));
	jsonw_kstring(w, "version", VERSION);
	jsonw_kint(w, "pid", net->proc->setup.daemon_pid);
	jsonw_end(w);
	reply_end(call);
}

/* Whole numbers are the common case, and cheaper to write. */
void
answer_percent(struct jsonw *w, const char *key, uint64_t centi)
{
	if (centi % 100 == 0)
		jsonw_kint(w, key, (int64_t)(centi / 100));
	else
		jsonw_kdouble(w, key, (double)centi / 100);
}

void
answer_number(struct jsonw *w, const char *key, int64_t n)
{
	if (n > 0)
		jsonw_kint(w, key, n);
	else
		jsonw_knull(w, key);
}

int64_t
answer_uptime(int64_t started_ms, int64_t now_ms)
{
	return (started_ms > 0 && now_ms > started_ms ?
	    now_ms - started_ms : 0);
}

static void
answer_instance(struct jsonw *w, const struct view_inst *i, int64_t now_ms)
{
	jsonw_object(w);
	jsonw_kstring(w, "name", i->name);
	jsonw_kint(w, "instance", i->rec.inst.instance);
	answer_number(w, "pid", i->rec.pid);
	jsonw_kstring(w, "status", status_name(i->rec.status));
	answer_percent(w, "cpu", i->cpu_centi);
	jsonw_kint(w, "memory", (int64_t)i->rss);
	jsonw_kint(w, "uptime", i->rec.pid > 0 ?
	    answer_uptime(i->rec.started_ms, now_ms) : 0);
	jsonw_kint(w, "restarts", i->rec.restarts);
	if (i->text != NULL)
		jsonw_kstring(w, "statusText", i->text);
	jsonw_end(w);
}

static void
answer_numbers(struct jsonw *w, const struct view_app *a, int64_t now_ms)
{
	answer_percent(w, "cpu", view_cpu(a));
	jsonw_kint(w, "memory", (int64_t)view_rss(a));
	jsonw_kint(w, "uptime", answer_uptime(a->rec.started_ms, now_ms));
	jsonw_kint(w, "restarts", a->rec.restarts);
	jsonw_kint(w, "instances", a->rec.instances);
	answer_number(w, "port", a->rec.port);
}

void
answer_intent(struct jsonw *w, const struct client *client,
    const struct view_app *a)
{
	char	 buf[ACCESS_TEXT_MAX];
	int	 stale = (a->rec.flags & VIEW_STALE) != 0;

	jsonw_kstring(w, "intent", a->rec.intent == INTENT_RUN ? "run" :
	    "stop");
	if (a->reason != NULL)
		jsonw_kstring(w, "reason", access_text(client, a->reason,
		    buf));
	else if (stale)
		jsonw_kstring(w, "reason", "a secret of it was changed: "
		    "restart to apply");
	if (a->rec.retry_ms > 0)
		jsonw_kint(w, "retryAt", a->rec.retry_ms);
	if (stale)
		jsonw_kbool(w, "needsRestart", 1);
}

/* A ProcessInfo. */
void
answer_app(struct jsonw *w, const struct client *client,
    const struct view_app *a, int64_t now_ms, int unsaved)
{
	size_t	 i;

	jsonw_object(w);
	jsonw_kstring(w, "name", a->name);
	answer_number(w, "pid", view_pid(a));
	jsonw_kstring(w, "status", status_name(a->rec.status));
	answer_numbers(w, a, now_ms);
	jsonw_kstring(w, "mode", (a->rec.flags & VIEW_BOOTSTRAP) ?
	    "bootstrap" : "classic");
	jsonw_kbool(w, "critical", (a->rec.flags & VIEW_CRITICAL) != 0);
	jsonw_kstring(w, "health", health_of(a));
	answer_intent(w, client, a);
	if (view_text(a) != NULL)
		jsonw_kstring(w, "statusText", view_text(a));
	if (unsaved || (a->rec.flags & VIEW_UNSAVED))
		jsonw_kbool(w, "persisted", 0);
	jsonw_key(w, "processes");
	jsonw_array(w);
	for (i = 0; i < a->ninst; i++)
		answer_instance(w, &a->inst[i], now_ms);
	jsonw_end(w);
	jsonw_end(w);
}

void
answer_apps(struct jsonw *w, const struct client *client,
    const struct view *view, const struct access_list *list, int64_t now_ms)
{
	const struct view_app	*a;

	jsonw_array(w);
	TAILQ_FOREACH(a, &view->apps, entry)
		if (access_has(list, a))
			answer_app(w, client, a, now_ms, 0);
	jsonw_end(w);
}

void
answer_list(struct call *call)
{
	struct access_list	 list;

	access_open(&list, call->client, METHOD_LIST);
	answer_apps(reply_begin(call), call->client, call->net->view, &list,
	    wall_ms());
	access_close(&list);
	reply_end(call);
}

void
answer_list_call(struct call *call, const struct args *args)
{
	answer_list(call);
}

void
answer_app_call(struct call *call, const struct args *args)
{
	answer_app(reply_begin(call), call->client, args->app, wall_ms(), 0);
	reply_end(call);
}

/* Resident bytes by /proc/PID/statm ("size resident ..."), or -1. */
static int64_t
member_memory(const struct net *net, const struct member *member)
{
	char		 text[128], *resident;
	long long	 pages;
	ssize_t		 n;

	if (member->fd == -1 ||
	    (n = pread(member->fd, text, sizeof(text) - 1, 0)) <= 0)
		return (-1);
	text[n] = '\0';
	if ((resident = strchr(text, ' ')) == NULL)
		return (-1);
	pages = strtoll(resident, NULL, 10);
	return (pages < 0 ? -1 : (int64_t)pages * net->page);
}

static void
status_member(struct jsonw *w, const struct net *net, enum kind kind)
{
	const struct member	*member = &net->member[kind];
	int64_t			 memory;
	char			 text[160];

	jsonw_object(w);
	jsonw_kstring(w, "kind", kind_name(kind));
	answer_number(w, "pid", member->rec.pid);
	if ((memory = member_memory(net, member)) >= 0)
		jsonw_kint(w, "memory", memory);
	else
		jsonw_knull(w, "memory");
	jsonw_kint(w, "restarts", member->rec.restarts);
	/* Of all there could be: an ordinary user has no user to change to. */
	jsonw_kstring(w, "sandbox", walls_text(member->rec.walls,
	    sandbox_expected(kind, 1), text, sizeof(text)));
	jsonw_end(w);
}

/* They are of the daemon as a whole, and may name any app. */
static void
status_degraded(struct jsonw *w, const struct client *client)
{
	const struct net	*net = client->net;
	int			 i;

	jsonw_key(w, "degraded");
	jsonw_array(w);
	for (i = 0; i < CAUSE_MAX; i++)
		if (net->degraded[i][0] != '\0' &&
		    access_may(client, METHOD_STATUS, NULL))
			jsonw_string(w, net->degraded[i]);
	if (!net_ready(net))
		jsonw_string(w, "the supervisor is being restarted; the "
		    "status of apps is that of before");
	if (net->proc->peer[K_LOGGER] == NULL)
		jsonw_string(w, "the logger is being restarted");
	jsonw_end(w);
}

static void
status_apps(struct jsonw *w, const struct call *call)
{
	const struct view	*view = call->net->view;
	const struct view_app	*a;
	struct access_list	 list;
	uint64_t		 cpu = 0, rss = 0;

	access_open(&list, call->client, METHOD_STATUS);
	jsonw_key(w, "apps");
	answer_apps(w, call->client, view, &list, wall_ms());
	TAILQ_FOREACH(a, &view->apps, entry)
		if (access_has(&list, a)) {
			cpu += view_cpu(a);
			rss += view_rss(a);
		}
	access_close(&list);
	answer_percent(w, "totalCpu", cpu);
	jsonw_kint(w, "totalMemory", (int64_t)rss);
}

void
answer_status_call(struct call *call, const struct args *args)
{
	const struct net	*net = call->net;
	struct jsonw		*w = reply_begin(call);
	int			 k;

	jsonw_object(w);
	jsonw_kstring(w, "version", VERSION);
	jsonw_kint(w, "pid", net->proc->setup.daemon_pid);
	jsonw_kint(w, "uptime", net_uptime(net));
	status_apps(w, call);
	jsonw_kstring(w, "role", "master");
	status_degraded(w, call->client);
	jsonw_key(w, "processes");
	jsonw_array(w);
	for (k = 0; k < K_MAX; k++)
		if (net->member[k].known)
			status_member(w, net, k);
	jsonw_end(w);
	jsonw_kbool(w, "cgroup",
	    (net->proc->setup.flags & SETUP_CGROUP) != 0);
	jsonw_kbool(w, "privileged",
	    (net->proc->setup.flags & SETUP_ROOT) != 0);
	jsonw_end(w);
	reply_end(call);
}

static void
metrics_app(struct jsonw *w, const struct net *net,
    const struct view_app *a, uint64_t *cpu, uint64_t *rss)
{
	if ((a->rec.flags & VIEW_METRICS_OFF) || !view_sampled(a))
		return;
	*cpu += view_cpu(a);
	*rss += view_rss(a);
	jsonw_key(w, a->name);
	jsonw_object(w);
	answer_percent(w, "cpu", view_cpu(a));
	jsonw_kint(w, "memory", (int64_t)view_rss(a));
	meter_app(w, net, a->rec.id);
	jsonw_end(w);
}

/* Apps that are not sampled are left out, rather than shown as idle. */
void
answer_metrics_call(struct call *call, const struct args *args)
{
	const struct view_app	*a;
	struct jsonw		*w = reply_begin(call);
	struct access_list	 list;
	uint64_t		 cpu = 0, rss = 0;

	access_open(&list, call->client, METHOD_GET_METRICS);
	jsonw_object(w);
	jsonw_kint(w, "timestamp", wall_ms());
	jsonw_key(w, "apps");
	jsonw_object(w);
	if (args->app != NULL)
		metrics_app(w, call->net, args->app, &cpu, &rss);
	else
		TAILQ_FOREACH(a, &call->net->view->apps, entry)
			if (access_has(&list, a))
				metrics_app(w, call->net, a, &cpu, &rss);
	access_close(&list);
	jsonw_end(w);
	jsonw_key(w, "totals");
	jsonw_object(w);
	answer_percent(w, "cpu", cpu);
	jsonw_kint(w, "memory", (int64_t)rss);
	jsonw_end(w);
	jsonw_end(w);
	reply_end(call);
}
