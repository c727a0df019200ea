/*
 * CPU and memory: one pread(2) an instance and interval, from descriptors of
 * /proc/PID/stat that stay open; the only text this process reads, and only
 * numbers of it.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

#define STAT_SIZE	1024	/* the kernel's line has 52 numbers and a name */
#define BATCH		((MSG_PAYLOAD_MAX - sizeof(struct m_none)) /	\
			    sizeof(struct metric))

/* Fields of proc(5), counted from the one after the name. */
#define FIELD_UTIME	11
#define FIELD_STIME	12
#define FIELD_RSS	21

static void	metrics_tick(struct sup *, void *);

void
metrics_init(struct sup *sup)
{
	TAILQ_INIT(&sup->metrics.samples);
	timer_init(&sup->metrics.timer, metrics_tick, NULL);
}

void
metrics_free(struct sup *sup)
{
	timer_cancel(&sup->timers, &sup->metrics.timer);
}

static const char *
parse_number(const char *p, const char *end, uint64_t *v)
{
	const char	*begin = p;

	*v = 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (*v > (UINT64_MAX - 9) / 10)
			return (NULL);
		*v = *v * 10 + (uint64_t)(*p - '0');
	}
	return (p == begin ? NULL : p);
}

int
metrics_parse(const char *buf, size_t len, uint64_t *ticks, uint64_t *pages)
{
	const char	*p, *end = buf + len;
	uint64_t	 v, utime = 0, stime = 0;
	int		 field;

	/* the name may hold blanks and parentheses: begin after the last */
	if ((p = memrchr(buf, ')', len)) == NULL)
		return (-1);
	p++;
	for (field = 0; field <= FIELD_RSS; field++) {
		if (p >= end || *p++ != ' ')
			return (-1);
		if (field != FIELD_UTIME && field != FIELD_STIME &&
		    field != FIELD_RSS) {
			while (p < end && *p != ' ')
				p++;
			continue;
		}
		if ((p = parse_number(p, end, &v)) == NULL)
			return (-1);
		if (field == FIELD_UTIME)
			utime = v;
		else if (field == FIELD_STIME)
			stime = v;
		else
			*pages = v;
	}
	*ticks = utime + stime;
	return (0);
}

uint32_t
metrics_cpu(uint64_t ticks, int64_t ms, long ticks_per_second)
{
	double	 v;

	if (ms <= 0 || ticks_per_second <= 0)
		return (0);
	v = (double)ticks / (double)ticks_per_second * 1000.0 / (double)ms *
	    10000.0;
	return (v >= (double)UINT32_MAX ? UINT32_MAX : (uint32_t)(v + 0.5));
}

/* Nothing to sample, nobody to tell and no limit: no wakeups. */
static void
metrics_arm(struct sup *sup)
{
	struct metrics	*m = &sup->metrics;

	if (m->interval_ms == 0 || TAILQ_EMPTY(&m->samples) ||
	    (m->off && !m->limits)) {
		timer_cancel(&sup->timers, &m->timer);
		return;
	}
	if (!m->timer.set)
		timer_set(&sup->timers, &m->timer,
		    out_in_ms(sup, m->interval_ms));
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

static int
metrics_read(const struct inst *inst, uint64_t *ticks, uint64_t *pages)
{
	char	 buf[STAT_SIZE];
	ssize_t	 n;

	if ((n = pread(inst->stat_fd, buf, sizeof(buf), 0)) <= 0)
		return (-1);
	return (metrics_parse(buf, (size_t)n, ticks, pages));
}

void
metrics_limit(struct sup *sup, const struct process *p)
{
	if (p->conf.max_memory > 0)
		sup->metrics.limits = 1;
	metrics_arm(sup);
}

void
metrics_add(struct sup *sup, struct inst *inst, int fd)
{
	uint64_t	 pages;

	metrics_drop(sup, inst);
	if (fd == -1)
		return;
	inst->stat_fd = fd;
	inst->ticks = 0;
	/* what one that was adopted has used before is not of this interval */
	if (metrics_read(inst, &inst->ticks, &pages) == -1)
		inst->ticks = 0;
	inst->sampled = out_now(sup);
	TAILQ_INSERT_TAIL(&sup->metrics.samples, inst, sample);
	metrics_limit(sup, inst->process);
}

void
metrics_drop(struct sup *sup, struct inst *inst)
{
	if (inst->stat_fd == -1)
		return;
	TAILQ_REMOVE(&sup->metrics.samples, inst, sample);
	close(inst->stat_fd);
	inst->stat_fd = -1;
	metrics_arm(sup);
}

static void
metrics_excess(struct sup *sup, struct inst *inst, uint64_t rss)
{
	struct fsm_input	 in = { .event = EV_EXCESS };
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

static int
metrics_sample(struct sup *sup, struct inst *inst, struct metric *out)
{
	struct mono	 now = out_now(sup);
	uint64_t	 ticks, pages;

	if (metrics_read(inst, &ticks, &pages) == -1)
		return (-1);
	memset(out, 0, sizeof(*out));
	out->app = inst->app->conf.id;
	out->process = (uint16_t)inst->process->conf.id;
	out->instance = inst->number;
	out->cpu_centi = metrics_cpu(ticks > inst->ticks ?
	    ticks - inst->ticks : 0, mono_diff_ms(now, inst->sampled),
	    sysconf(_SC_CLK_TCK));
	out->rss = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	inst->ticks = ticks;
	inst->sampled = now;
	metrics_excess(sup, inst, out->rss);
	return (0);
}

static void
metrics_send(struct sup *sup, const struct metric *list, size_t n)
{
	struct m_none	 none = { 0 };

	if (n > 0)
		out_send_raw(sup, K_CONTROL, M_VIEW_METRICS, &none, list,
		    n * sizeof(*list));
}

/*
 * A control that is behind misses a sample and nothing else: what has a limit
 * is looked at whether it is shown or not.
 */
static void
metrics_tick(struct sup *sup, void *arg)
{
	struct metric	*list = xcalloc(BATCH, sizeof(*list));
	struct inst	*inst;
	size_t		 n = 0;
	int		 tell = view_idle(sup) && !sup->metrics.off, shown;

	sup->metrics.limits = 0;
	TAILQ_FOREACH(inst, &sup->metrics.samples, sample) {
		shown = tell && !inst->app->metrics_off &&
		    inst->part == PART_CURRENT;
		if (inst->process->conf.max_memory > 0)
			sup->metrics.limits = 1;
		else if (!shown)
			continue;
		if (metrics_sample(sup, inst, &list[n]) == -1 || !shown)
			continue;
		if (++n == BATCH) {
			metrics_send(sup, list, n);
			n = 0;
		}
	}
	metrics_send(sup, list, n);
	free(list);
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
