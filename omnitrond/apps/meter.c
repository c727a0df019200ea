/*
 * Numbers that an app gives of its own work, for getMetrics.  In the apps
 * process: they are added up here, and the planes are told at a bounded rate.
 */
#include <string.h>

#include <event2/event.h>

#include "common/json.h"
#include "omnitrond/apps/apps.h"

#define METER_MS	1000	/* between two messages */
#define METER_US_MAX	4e9	/* an hour is no latency any more */

static uint64_t
meter_add(uint64_t sum, int64_t more)
{
	return (more < 0 || sum > UINT64_MAX - (uint64_t)more ? sum :
	    sum + (uint64_t)more);
}

/* Of the latest METER_SAMPLES. */
static void
meter_latency(struct meter *m, const struct json *j)
{
	double	 us = j->type == JSON_INT ? (double)j->u.i :
		    j->type == JSON_DOUBLE ? j->u.d : -1;

	us *= 1000;
	if (!(us >= 0) || us > METER_US_MAX)
		return;
	m->us[m->next++ % METER_SAMPLES] = (uint32_t)us;
	if (m->n < METER_SAMPLES)
		m->n++;
}

void
meter_tell(struct app_inst *i, enum kind plane)
{
	struct proc		*proc = i->apps->proc;
	struct m_app_meter	 m;
	enum kind		 k;

	if (!i->meter.any)
		return;
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.requests = i->meter.requests;
	m.errors = i->meter.errors;
	for (k = 0; k < K_MAX; k++)
		if ((plane == K_MAX || plane == k) && plane_there(i->apps, k))
			peer_send_raw(proc->peer[k], M_APP_METER, -1, &m,
			    i->meter.us, i->meter.n * sizeof(i->meter.us[0]));
}

void
meter_due(int fd, short events, void *arg)
{
	struct app_inst	*i = arg;

	i->meter.told = mono_now();
	meter_tell(i, K_MAX);
}

int
meter_take(struct app_inst *i, const struct json *params)
{
	const struct json	*list = json_get(params, "latency"), *j;
	struct timeval		 tv = { 0, 0 };
	int64_t			 left;

	if (list != NULL && list->type != JSON_ARRAY)
		return (-1);
	i->meter.any = 1;
	i->meter.requests = meter_add(i->meter.requests,
	    json_get_int(params, "requests", 0));
	i->meter.errors = meter_add(i->meter.errors,
	    json_get_int(params, "errors", 0));
	for (j = list != NULL ? list->first : NULL; j != NULL; j = j->next)
		meter_latency(&i->meter, j);
	if (event_pending(i->meter_due, EV_TIMEOUT, NULL))
		return (0);
	left = METER_MS - mono_diff_ms(mono_now(), i->meter.told);
	if (i->meter.told.us != 0 && left > 0)
		tv.tv_usec = left * 1000 - 1;
	event_add(i->meter_due, &tv);
	return (0);
}

void
meter_reset(struct app_inst *i)
{
	event_del(i->meter_due);
	memset(&i->meter, 0, sizeof(i->meter));
}
