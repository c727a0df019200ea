/*
 * Numbers of apps' own for getMetrics.  In a plane; as apps
 * passed them on.
 */
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/xmalloc.h"
#include "omnitrond/rpc/meter.h"
#include "omnitrond/rpc/net.h"

static struct meter *
meter_find(const struct net *net, const struct m_inst *id)
{
	struct meter	*m;

	TAILQ_FOREACH(m, &net->meters, entry)
		if (m->rec.inst.app == id->app &&
		    m->rec.inst.process == id->process &&
		    m->rec.inst.instance == id->instance)
			return (m);
	return (NULL);
}

int
meter_take(struct peer *peer, struct msg *msg)
{
	struct net		*net = net_of(peer);
	struct m_app_meter	 rec;
	struct meter		*m;
	const uint8_t		*us;
	size_t			 len;

	msg_take(msg, &rec, sizeof(rec));
	us = msg_take_rest(msg, &len);
	if (msg_end(msg) == -1 || len % sizeof(m->us[0]) != 0 ||
	    len > sizeof(m->us))
		return (-1);
	if ((m = meter_find(net, &rec.inst)) == NULL) {
		if (net->nmeters >= METERS_MAX)
			return (0);
		m = xcalloc(1, sizeof(*m));
		TAILQ_INSERT_TAIL(&net->meters, m, entry);
		net->nmeters++;
	}
	m->rec = rec;
	memcpy(m->us, us, len);
	m->n = len / sizeof(m->us[0]);
	return (0);
}

void
meter_free_all(struct net *net)
{
	struct meter	*m;

	while ((m = TAILQ_FIRST(&net->meters)) != NULL) {
		TAILQ_REMOVE(&net->meters, m, entry);
		free(m);
	}
	net->nmeters = 0;
}

static int
meter_cmp(const void *a, const void *b)
{
	const uint32_t	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

/* The least that so many of a hundred are not above, in milliseconds. */
static double
meter_percentile(const uint32_t *us, size_t n, size_t percent)
{
	size_t	 rank = (n * percent + 99) / 100;

	return (us[rank - 1] / 1000.0);
}

static void
meter_latency(struct jsonw *w, uint32_t *us, size_t n)
{
	uint64_t	 sum = 0;
	size_t		 i;

	for (i = 0; i < n; i++)
		sum += us[i];
	qsort(us, n, sizeof(*us), meter_cmp);
	jsonw_key(w, "latency");
	jsonw_object(w);
	jsonw_kdouble(w, "p50", meter_percentile(us, n, 50));
	jsonw_kdouble(w, "p95", meter_percentile(us, n, 95));
	jsonw_kdouble(w, "p99", meter_percentile(us, n, 99));
	jsonw_kdouble(w, "mean", (double)sum / (double)n / 1000.0);
	jsonw_end(w);
}

void
meter_app(struct jsonw *w, const struct net *net, uint32_t app)
{
	const struct meter	*m;
	uint64_t		 requests = 0, errors = 0;
	uint32_t		*us = NULL;
	size_t			 n = 0, any = 0;

	TAILQ_FOREACH(m, &net->meters, entry) {
		if (m->rec.inst.app != app)
			continue;
		any++;
		requests += m->rec.requests;
		errors += m->rec.errors;
		us = xreallocarray(us, n + m->n + 1, sizeof(*us));
		memcpy(us + n, m->us, m->n * sizeof(*us));
		n += m->n;
	}
	if (any > 0) {
		jsonw_kint(w, "requests", (int64_t)requests);
		jsonw_kint(w, "errors", (int64_t)errors);
	}
	if (n > 0)
		meter_latency(w, us, n);
	free(us);
}
