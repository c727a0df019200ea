/*
 * CPU and memory: one look an instance and interval (meter.c), and a few
 * early ones after each start, so that a new instance is not shown as using
 * nothing.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

#define BATCH		((MSG_PAYLOAD_MAX - sizeof(struct m_none)) /	\
			    sizeof(struct metric))

/*
 * The first look finds the leader and asks for the group, the second finds
 * who else is in it, the third has their memory.
 */
#define EARLY_LOOKS	3
#define EARLY_MS	300
#define EARLY_LEAST_MS	100	/* CPU of less time than that says little */

static void	metrics_tick(struct sup *, void *);
static void	metrics_early(struct sup *, void *);

void
metrics_init(struct sup *sup)
{
	TAILQ_INIT(&sup->metrics.meters);
	TAILQ_INIT(&sup->metrics.fresh);
	timer_init(&sup->metrics.timer, metrics_tick, NULL);
	timer_init(&sup->metrics.early, metrics_early, NULL);
}

void
metrics_setup(struct sup *sup, int groups, uint32_t fds_max)
{
	sup->metrics.groups = groups;
	sup->metrics.fds_max = fds_max;
}

void
metrics_free(struct sup *sup)
{
	timer_cancel(&sup->timers, &sup->metrics.timer);
	timer_cancel(&sup->timers, &sup->metrics.early);
}

/* Nobody to tell, and no limit. */
static int
metrics_idle(const struct metrics *m)
{
	return (m->interval_ms == 0 || (m->off && !m->limits));
}

static void
metrics_arm_timer(struct sup *sup, struct timer *timer, int idle, int64_t ms)
{
	if (idle)
		timer_cancel(&sup->timers, timer);
	else if (!timer->set)
		timer_set(&sup->timers, timer, out_in_ms(sup, ms));
}

/* Nothing to look at: no wakeups. */
static void
metrics_arm(struct sup *sup)
{
	struct metrics	*m = &sup->metrics;
	int		 idle = metrics_idle(m);

	metrics_arm_timer(sup, &m->timer, idle || TAILQ_EMPTY(&m->meters),
	    m->interval_ms);
	metrics_arm_timer(sup, &m->early, idle || TAILQ_EMPTY(&m->fresh),
	    EARLY_MS);
}

void
metrics_interval(struct sup *sup, uint32_t ms)
{
	if (sup->metrics.interval_ms == ms)
		return;
	sup->metrics.interval_ms = ms;
	timer_cancel(&sup->timers, &sup->metrics.timer);
	metrics_arm(sup);
}

void
metrics_limit(struct sup *sup, const struct process *p)
{
	if (p->conf.max_memory > 0)
		sup->metrics.limits = 1;
	metrics_arm(sup);
}

static void
metrics_not_fresh(struct sup *sup, struct inst *inst)
{
	if (inst->meter.early == 0)
		return;
	inst->meter.early = 0;
	TAILQ_REMOVE(&sup->metrics.fresh, inst, meter.fresh);
}

void
metrics_add(struct sup *sup, struct inst *inst, int fd)
{
	metrics_drop(sup, inst);
	if (fd == -1)
		return;
	meter_begin(sup, inst, fd);
	TAILQ_INSERT_TAIL(&sup->metrics.meters, inst, meter.entry);
	inst->meter.early = EARLY_LOOKS;
	TAILQ_INSERT_TAIL(&sup->metrics.fresh, inst, meter.fresh);
	metrics_limit(sup, inst->process);
}

void
metrics_drop(struct sup *sup, struct inst *inst)
{
	if (inst->meter.stat_fd == -1)
		return;
	metrics_not_fresh(sup, inst);
	TAILQ_REMOVE(&sup->metrics.meters, inst, meter.entry);
	meter_end(sup, inst);
	metrics_arm(sup);
}

static void
metrics_excess(struct sup *sup, struct inst *inst, uint64_t rss)
{
	struct fsm_input	 in = { .event = EV_EXCESS, .due = WHY_MEMORY };
	int64_t			 max = inst->process->conf.max_memory;
	char			 why[96], has[32], limit[32];

	if (max == 0 || rss <= (uint64_t)max)
		return;
	snprintf(why, sizeof(why), "memory %s is over max-memory %s",
	    size_human((int64_t)rss, has, sizeof(has)),
	    size_format(max, limit, sizeof(limit)));
	in.reason = why;
	fsm_event(sup, inst, &in);
}

/* What is to be told, in messages of many. */
struct batch {
	unsigned int	 tell;		/* bits: planes */
	size_t		 n;
	struct metric	*list;
};

static void
batch_begin(struct sup *sup, struct batch *b)
{
	b->tell = sup->metrics.off ? 0 : view_idle(sup);
	b->n = 0;
	b->list = xcalloc(BATCH, sizeof(*b->list));
}

static void
batch_send(struct sup *sup, struct batch *b)
{
	struct m_none	 none = { 0 };
	uint32_t	 i;

	for (i = 0; i < PLANES && b->n > 0; i++)
		if (b->tell & (1u << i))
			out_send_raw(sup, plane_kind(i), M_VIEW_METRICS,
			    &none, b->list, b->n * sizeof(*b->list));
	b->n = 0;
}

static void
batch_end(struct sup *sup, struct batch *b)
{
	batch_send(sup, b);
	free(b->list);
}

/*
 * A plane that is behind misses a look and nothing else: what has a limit
 * is looked at whether it is shown or not.
 */
static void
metrics_look(struct sup *sup, struct inst *inst, struct batch *b)
{
	struct metric	*out = &b->list[b->n];
	uint64_t	 rss;
	uint32_t	 cpu;
	int		 shown = b->tell != 0 && !inst->app->metrics_off &&
			    inst->part == PART_CURRENT;

	if (inst->process->conf.max_memory > 0)
		sup->metrics.limits = 1;
	else if (!shown)
		return;
	if (meter_look(sup, inst, &cpu, &rss) == -1)
		return;
	if (shown) {
		memset(out, 0, sizeof(*out));
		out->app = inst->app->conf.id;
		out->process = (uint16_t)inst->process->conf.id;
		out->instance = inst->number;
		out->cpu_centi = cpu;
		out->rss = rss;
		if (++b->n == BATCH)
			batch_send(sup, b);
	}
	metrics_excess(sup, inst, rss);
}

static void
metrics_tick(struct sup *sup, void *arg)
{
	struct inst	*inst;
	struct batch	 b;

	batch_begin(sup, &b);
	sup->metrics.limits = 0;
	TAILQ_FOREACH(inst, &sup->metrics.meters, meter.entry)
		metrics_look(sup, inst, &b);
	batch_end(sup, &b);
	metrics_arm(sup);
}

/* Those that started since; the youngest wait for the next time. */
static void
metrics_early(struct sup *sup, void *arg)
{
	struct inst	*inst, *next;
	struct mono	 now = out_now(sup);
	struct batch	 b;

	batch_begin(sup, &b);
	TAILQ_FOREACH_SAFE(inst, &sup->metrics.fresh, meter.fresh, next) {
		if (mono_diff_ms(now, inst->meter.looked) < EARLY_LEAST_MS)
			continue;
		if (inst->meter.early == 1)
			metrics_not_fresh(sup, inst);
		else
			inst->meter.early--;
		metrics_look(sup, inst, &b);
	}
	batch_end(sup, &b);
	metrics_arm(sup);
}

void
metrics_enable(struct sup *sup, struct app *app, int on)
{
	struct app	*a;

	if (app != NULL) {
		app->metrics_off = !on;
		view_app(sup, app);
		return;
	}
	sup->metrics.off = !on;
	APP_FOREACH(a, sup) {
		if (on)
			a->metrics_off = 0;
		view_app(sup, a);
	}
	metrics_arm(sup);
}
