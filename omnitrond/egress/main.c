/* omnitrond-egress: set-up, and every message it accepts (egress.h). */
#include "common/log.h"
#include "omnitrond/egress/egress.h"

#define PROBE_TIMEOUT_MAX	86400000	/* ms: a day, as everywhere */

static struct egress	 self;

static int
on_targets(struct peer *peer, struct msg *m)
{
	struct m_sync	 sync;

	msg_take(m, &sync, sizeof(sync));
	if (msg_end(m) == -1)
		return (-1);
	target_begin(&self);
	return (0);
}

static int
on_target(struct peer *peer, struct msg *m)
{
	struct m_target	 def;
	char		 host[TARGET_TEXT_SIZE], path[TARGET_TEXT_SIZE];
	char		 match[TARGET_TEXT_SIZE];

	msg_take(m, &def, sizeof(def));
	msg_take_str(m, host, sizeof(host));
	msg_take_str(m, path, sizeof(path));
	msg_take_str(m, match, sizeof(match));
	if (msg_end(m) == -1)
		return (-1);
	return (target_add(&self, &def, host, path, match));
}

static int
on_targets_end(struct peer *peer, struct msg *m)
{
	struct m_sync	 sync;

	msg_take(m, &sync, sizeof(sync));
	if (msg_end(m) == -1)
		return (-1);
	return (target_switch(&self));
}

static int
on_probe(struct peer *peer, struct msg *m)
{
	struct m_probe	 order;

	msg_take(m, &order, sizeof(order));
	if (msg_end(m) == -1 || order.id == 0 || order.what >= PROBE_WHATS ||
	    order.timeout_ms == 0 || order.timeout_ms > PROBE_TIMEOUT_MAX)
		return (-1);
	probe_start(&self, &order);
	return (0);
}

static const struct dispatch	 egress_dispatch[] = {
	HANDLE(TARGETS, on_targets),
	HANDLE(TARGET, on_target),
	HANDLE(TARGETS_END, on_targets_end),
	HANDLE(PROBE, on_probe),
	HANDLE_END
};

static void
main_init(struct proc *proc)
{
	self.proc = proc;
	RB_INIT(&self.targets);
	RB_INIT(&self.next);
	TAILQ_INIT(&self.probes);
}

static void
main_start(struct proc *proc)
{
	log_debug("%u targets", self.nnext);
}

static void
main_up(struct proc *proc, enum kind kind)
{
	log_debug("%s is there", kind_name(kind));
}

/* Nobody waits for the results of a supervisor that is gone. */
static void
main_down(struct proc *proc, enum kind kind)
{
	if (kind == K_SUPERVISOR)
		probe_free_all(&self);
}

static void
main_fini(struct proc *proc)
{
	probe_free_all(&self);
	target_free_all(&self.targets);
	target_free_all(&self.next);
}

static const struct proc_ops	 ops = {
	.kind = K_EGRESS,
	.dispatch = egress_dispatch,
	.init = main_init,
	.start = main_start,
	.up = main_up,
	.down = main_down,
	.fini = main_fini,
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &ops));
}
