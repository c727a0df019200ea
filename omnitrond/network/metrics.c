/*
 * GET /metrics: what is known of apps in the text format of Prometheus
 * (version 0.0.4), of those that the caller may see.  In the network process.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/route.h"
#include "omnitrond/rpc/access.h"
#include "omnitrond/rpc/answer.h"

#define METRICS_MAX	(16 * MIB)	/* 10 000 apps have some 6 */

struct text {
	struct buf	 buf;
	int		 failed;
};

static void	text_add(struct text *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
static void
text_add(struct text *t, const char *fmt, ...)
{
	char	 line[512];
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line) ||
	    t->buf.len + (size_t)n > METRICS_MAX ||
	    buf_add(&t->buf, line, (size_t)n) == -1)
		t->failed = 1;
}

/* What a value of a label has to be written as. */
static const char *
text_escape(const char *s, char *buf, size_t size)
{
	size_t	 n = 0;

	for (; *s != '\0' && n + 3 < size; s++) {
		if (*s == '\\' || *s == '"' || *s == '\n')
			buf[n++] = '\\';
		buf[n++] = *s == '\n' ? 'n' : *s;
	}
	buf[n] = '\0';
	return (buf);
}

static void
text_about(struct text *t, const char *name, const char *type,
    const char *help)
{
	text_add(t, "# HELP omnitron_%s %s\n# TYPE omnitron_%s %s\n", name,
	    help, name, type);
}

/* ---- the apps ---------------------------------------------------------------- */

static double
app_online(const struct view_app *a)
{
	return (a->rec.status == S_ONLINE);
}

static double
app_instances(const struct view_app *a)
{
	return (a->rec.instances);
}

static double
app_restarts(const struct view_app *a)
{
	return (a->rec.restarts);
}

static double
app_cpu(const struct view_app *a)
{
	return ((double)view_cpu(a) / 10000);
}

static double
app_memory(const struct view_app *a)
{
	return ((double)view_rss(a));
}

static double
app_started(const struct view_app *a)
{
	return ((double)a->rec.started_ms / 1000);
}

static double
app_healthy(const struct view_app *a)
{
	const char	*health = health_of(a);

	return (health != NULL && strcmp(health, "healthy") == 0);
}

static const struct {
	const char	*name;
	const char	*type;
	const char	*help;
	double		(*value)(const struct view_app *);
	int		 sampled;	/* only of those that were */
} of_app[] = {
	{ "app_up", "gauge", "1 if the app is online.", app_online, 0 },
	{ "app_healthy", "gauge", "1 if it is online and healthy.",
	    app_healthy, 0 },
	{ "app_instances", "gauge", "Instances that are wanted.",
	    app_instances, 0 },
	{ "app_restarts_total", "counter", "Restarts by policy.",
	    app_restarts, 0 },
	{ "app_start_time_seconds", "gauge",
	    "When the oldest instance was started, 0 if none runs.",
	    app_started, 0 },
	{ "app_cpu_ratio", "gauge", "CPUs used over the last interval.",
	    app_cpu, 1 },
	{ "app_memory_bytes", "gauge", "Resident memory of all instances.",
	    app_memory, 1 },
};

/* Whole numbers as such, so that bytes and times stay exact. */
static void
text_value(struct text *t, double v)
{
	if (v == (double)(int64_t)v)
		text_add(t, " %" PRId64 "\n", (int64_t)v);
	else
		text_add(t, " %.4f\n", v);
}

static int
metrics_sees(const struct client *client, const struct view_app *a)
{
	return (access_may(client, METHOD_GET_METRICS, a));
}

static void
metrics_apps(struct text *t, const struct client *client)
{
	const struct view	*view = client->net->view;
	const struct view_app	*a;
	char			 name[2 * NAME_SIZE];
	size_t			 i;

	for (i = 0; i < sizeof(of_app) / sizeof(of_app[0]); i++) {
		text_about(t, of_app[i].name, of_app[i].type, of_app[i].help);
		TAILQ_FOREACH(a, &view->apps, entry) {
			if (!metrics_sees(client, a) ||
			    (of_app[i].sampled && !view_sampled(a)))
				continue;
			text_add(t, "omnitron_%s{app=\"%s\"}", of_app[i].name,
			    text_escape(a->name, name, sizeof(name)));
			text_value(t, of_app[i].value(a));
		}
	}
}

static void
metrics_status(struct text *t, const struct client *client)
{
	const struct view_app	*a;
	char			 name[2 * NAME_SIZE];

	text_about(t, "app_status", "gauge", "1 with the status that it has.");
	TAILQ_FOREACH(a, &client->net->view->apps, entry)
		if (metrics_sees(client, a))
			text_add(t, "omnitron_app_status{app=\"%s\",status="
			    "\"%s\"} 1\n", text_escape(a->name, name,
			    sizeof(name)), status_name(a->rec.status));
}

static void
metrics_daemon(struct text *t, const struct net *net)
{
	int	 i, degraded = 0;

	for (i = 0; i < CAUSE_MAX; i++)
		degraded += net->degraded[i][0] != '\0';
	text_about(t, "uptime_seconds", "gauge", "How long the daemon runs.");
	text_add(t, "omnitron_uptime_seconds %" PRId64 "\n",
	    net_uptime(net) / 1000);
	text_about(t, "degraded", "gauge", "Causes for which it is degraded.");
	text_add(t, "omnitron_degraded %d\n", degraded);
	text_about(t, "process_restarts_total", "counter",
	    "Restarts of processes of the daemon.");
	for (i = 0; i < K_MAX; i++)
		if (net->member[i].known)
			text_add(t, "omnitron_process_restarts_total{kind="
			    "\"%s\"} %u\n", kind_name(i),
			    net->member[i].rec.restarts);
}

void
metrics_run(struct conn *c, char *body, size_t len)
{
	struct http_response	 r = {
		.status = 200,
		.type = "text/plain; version=0.0.4; charset=utf-8",
	};
	struct text		 t = { .buf = { .p = NULL } };

	if (!c->network->net->synced) {
		http_fail(c, 503, "starting");
		return;
	}
	if (access_may(&c->client, METHOD_GET_METRICS, NULL))
		metrics_daemon(&t, c->network->net);
	metrics_apps(&t, &c->client);
	metrics_status(&t, &c->client);
	r.body = t.buf.p;
	r.len = t.buf.len;
	if (t.failed)
		http_fail(c, 503, "there is too much to tell, or no memory");
	else
		http_respond(c, &r);
	buf_free(&t.buf);
}
