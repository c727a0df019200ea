/* The queue of probes, and who finds out.  Supervisor process. */
#include <string.h>

#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/run.h"
#include "omnitrond/supervisor/supervisor.h"

#define PROBES_DEFAULT	64	/* at once, if nothing is configured */

int
probe_cmp(struct probe *a, struct probe *b)
{
	return (a->id < b->id ? -1 : a->id > b->id);
}

RB_GENERATE(probe_ids, probe, by_id, probe_cmp)

void
probe_init(struct sup *sup)
{
	struct probing	*g = &sup->probing;
	int		 by;

	for (by = 0; by < PROBE_BYS; by++)
		TAILQ_INIT(&g->queue[by]);
	RB_INIT(&g->flying);
	g->max = PROBES_DEFAULT;
}

void
probe_new(struct probe *p, struct inst *inst, enum probe_what what,
    probe_fn fn)
{
	memset(p, 0, sizeof(*p));
	p->inst = inst;
	p->what = what;
	p->fn = fn;
}

static void
probe_send(struct sup *sup, const struct probe *p)
{
	struct m_probe	 m;

	memset(&m, 0, sizeof(m));
	m.id = p->id;
	inst_id(p->inst, &m.inst);
	m.what = p->what;
	m.timeout_ms = p->timeout_ms;
	out_send(sup, K_EGRESS, M_PROBE, &m, NULL);
}

/* It lands: another one may fly. */
static void
probe_land(struct sup *sup, struct probe *p)
{
	RB_REMOVE(probe_ids, &sup->probing.flying, p);
	sup->probing.nflying--;
	p->state = PROBE_IDLE;
}

static void
probe_fly(struct sup *sup, struct probe *p)
{
	struct probing	*g = &sup->probing;

	TAILQ_REMOVE(&g->queue[p->by], p, entry);
	p->state = PROBE_FLYING;
	p->id = ++g->last;
	RB_INSERT(probe_ids, &g->flying, p);
	g->nflying++;
	if (p->by == BY_EGRESS)
		probe_send(sup, p);
	else if (run_start(sup, p->inst, RUN_PROBE, p->timeout_ms) == -1) {
		/* the one before was told to end, and has not yet */
		probe_land(sup, p);
		p->fn(sup, p->inst, PROBE_NONE, "");
	}
}

static void
probe_pump(struct sup *sup)
{
	struct probing	*g = &sup->probing;
	struct probe	*p, *q;

	while (g->nflying < g->max) {
		p = out_there(sup, K_EGRESS) ?
		    TAILQ_FIRST(&g->queue[BY_EGRESS]) : NULL;
		q = TAILQ_FIRST(&g->queue[BY_COMMAND]);
		/* who came first; the ids of those that wait say it */
		if (p == NULL || (q != NULL && q->id < p->id))
			p = q;
		if (p == NULL)
			return;
		probe_fly(sup, p);
	}
}

void
probe_limit(struct sup *sup, uint32_t max)
{
	sup->probing.max = max == 0 ? PROBES_DEFAULT : max;
	probe_pump(sup);
}

void
probe_ask(struct sup *sup, struct probe *p, enum probe_by by,
    uint32_t timeout_ms)
{
	if (p->state != PROBE_IDLE)
		return;
	p->by = by;
	p->timeout_ms = timeout_ms;
	p->state = PROBE_QUEUED;
	p->id = ++sup->probing.last;
	TAILQ_INSERT_TAIL(&sup->probing.queue[by], p, entry);
	probe_pump(sup);
}

void
probe_cancel(struct sup *sup, struct probe *p)
{
	switch (p->state) {
	case PROBE_QUEUED:
		TAILQ_REMOVE(&sup->probing.queue[p->by], p, entry);
		p->state = PROBE_IDLE;
		break;
	case PROBE_FLYING:
		if (p->by == BY_COMMAND)
			run_stop(sup, p->inst, RUN_PROBE);
		probe_land(sup, p);
		probe_pump(sup);
		break;
	case PROBE_IDLE:
		break;
	}
}

void
probe_egress_up(struct sup *sup)
{
	probe_pump(sup);
}

void
probe_egress_down(struct sup *sup)
{
	struct probing	*g = &sup->probing;
	struct probe	*p, *next;

	RB_FOREACH_SAFE(p, probe_ids, &g->flying, next) {
		if (p->by != BY_EGRESS)
			continue;
		probe_land(sup, p);
		p->state = PROBE_QUEUED;
		TAILQ_INSERT_TAIL(&g->queue[BY_EGRESS], p, entry);
	}
	probe_pump(sup);
}

static void
probe_over(struct sup *sup, struct probe *p, enum probe_outcome outcome,
    const char *text)
{
	probe_land(sup, p);
	p->fn(sup, p->inst, outcome, text);
	probe_pump(sup);
}

int
probe_probed(struct sup *sup, const struct m_probed *m, const char *text)
{
	struct probe	 key, *p;

	if (m->outcome >= PROBE_OUTCOMES || m->id > sup->probing.last)
		return (-1);
	key.id = m->id;
	p = RB_FIND(probe_ids, &sup->probing.flying, &key);
	if (p == NULL)
		return (0);	/* cancelled */
	if (p->by != BY_EGRESS)
		return (-1);
	probe_over(sup, p, (enum probe_outcome)m->outcome, text);
	return (0);
}

void
probe_ran(struct sup *sup, struct inst *inst, const struct m_ran *m,
    const char *text)
{
	struct probe	*p;
	int		 good;

	if (inst->health == NULL)
		return;
	p = &inst->health->probe;
	if (p->state != PROBE_FLYING || p->by != BY_COMMAND)
		return;		/* cancelled */
	good = m->code == 0 && m->signal == 0 && m->flags == 0 && m->step == 0;
	probe_over(sup, p, good ? PROBE_PASS :
	    (m->flags & RAN_ENDED) ? PROBE_NONE : PROBE_FAIL, text);
}
