/*
 * The world of the supervisor's core in a test: it records what is sent,
 * plays parent and store when asked to, and moves the clock by hand.
 */
#ifndef REGRESS_SUPERVISOR_FAKE_H
#define REGRESS_SUPERVISOR_FAKE_H

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/event.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

#define FAKE_MSGS	65536
#define FAKE_START_US	1000000000000LL
#define FAKE_WALL_MS	1700000000000LL

#if defined(__GNUC__)
#define FAKE_UNUSED	__attribute__((unused))
#else
#define FAKE_UNUSED
#endif

struct fake_msg {
	enum kind	 to;
	enum msg_type	 type;
	int		 taken;
	size_t		 len;		/* of struct and tail */
	size_t		 size;		/* of the struct */
	uint8_t		*data;
};

struct fake {
	struct sup	 sup;
	struct fake_msg	*msgs;
	size_t		 n;
	int		 there[K_MAX];
	struct mono	 now;
	int64_t		 wall;
	int		 store_auto;	/* every commit is answered */
	uint64_t	 next_id;
	int32_t		 next_pid;
	struct m_conf_app apps[64];
	char		 names[64][NAME_SIZE];
	struct m_conf_process procs[64];	/* in the order of their apps */
	char		 pnames[64][NAME_SIZE];
	struct m_conf_dep deps[256];
	struct m_conf_watch watches[8];
	char		 folders[8][PATH_SIZE];
	uint32_t	 nwatches;
	uint32_t	 napps;
	uint32_t	 nprocs;
	uint32_t	 ndeps;
	uint32_t	 version;
	uint32_t	 flags;
	uint32_t	 metrics_ms;	/* interval, 0 = off */
	enum role	 roles[PLANES];	/* that planes serve */
	void		(*more)(struct fake *); /* into the configuration */
};

static void
fake_send(void *arg, enum kind to, enum msg_type type, const void *data,
    const void *tail, size_t len)
{
	struct fake	*f = arg;
	struct fake_msg	*m;
	size_t		 size = proto_struct_size(type);
	const char	*why;

	/* what the core sends must pass the table of the real peers */
	why = proto_check(type, K_SUPERVISOR, to, ST_RUN, size + len, 0);
	ATF_REQUIRE_MSG(why == NULL, "%s: %s", msg_name(type), why);
	ATF_REQUIRE(f->n < FAKE_MSGS);
	m = &f->msgs[f->n++];
	m->to = to;
	m->type = type;
	m->taken = 0;
	m->size = size;
	m->len = size + len;
	m->data = malloc(m->len + 1);
	ATF_REQUIRE(m->data != NULL);
	memcpy(m->data, data, size);
	if (len > 0)
		memcpy(m->data + size, tail, len);
}

static int
fake_there(void *arg, enum kind kind)
{
	return (((struct fake *)arg)->there[kind]);
}

static void
fake_bulk(void *arg, enum kind kind, int on)
{
}

static void
fake_flush(void *arg, enum kind kind)
{
}

static struct mono
fake_now(void *arg)
{
	return (((struct fake *)arg)->now);
}

static int64_t
fake_wall(void *arg)
{
	return (((struct fake *)arg)->wall);
}

static uint32_t
fake_random(void *arg)
{
	return (0);
}

static void
fake_unwatch(void *arg, uint32_t app, uint16_t process)
{
}

static void
fake_wake(void *arg, struct mono at)
{
}

FAKE_UNUSED static struct fake *
fake_new(void)
{
	struct fake	*f = calloc(1, sizeof(*f));
	struct out	 out = { fake_send, fake_there, fake_bulk, fake_flush,
			    fake_now, fake_wall, fake_random, fake_wake,
			    fake_unwatch, NULL };
	int		 k;

	ATF_REQUIRE(f != NULL);
	f->msgs = calloc(FAKE_MSGS, sizeof(*f->msgs));
	ATF_REQUIRE(f->msgs != NULL);
	for (k = 0; k < K_MAX; k++)
		f->there[k] = k != K_LOCAL && k != K_NETWORK && k != K_SECRETS;
	for (k = 0; k < (int)PLANES; k++)
		f->roles[k] = ROLE_ADMIN;
	f->now.us = FAKE_START_US;
	f->wall = FAKE_WALL_MS;
	f->store_auto = 1;
	f->next_pid = 100;
	out.arg = f;
	sup_init(&f->sup, &out);
	return (f);
}

FAKE_UNUSED static void
fake_free(struct fake *f)
{
	size_t	 i;

	sup_free(&f->sup);
	for (i = 0; i < f->n; i++)
		free(f->msgs[i].data);
	free(f->msgs);
	free(f);
}

/* ---- what was sent ------------------------------------------------------ */

FAKE_UNUSED static void
fake_forget(struct fake *f)
{
	size_t	 i;

	for (i = 0; i < f->n; i++)
		free(f->msgs[i].data);
	f->n = 0;
}

/* The first of this type that was not taken yet. */
FAKE_UNUSED static struct fake_msg *
fake_take(struct fake *f, enum msg_type type, void *dst)
{
	size_t	 i;

	for (i = 0; i < f->n; i++) {
		if (f->msgs[i].type != type || f->msgs[i].taken)
			continue;
		f->msgs[i].taken = 1;
		if (dst != NULL)
			memcpy(dst, f->msgs[i].data, f->msgs[i].size);
		return (&f->msgs[i]);
	}
	return (NULL);
}

FAKE_UNUSED static size_t
fake_count(const struct fake *f, enum msg_type type)
{
	size_t	 i, n = 0;

	for (i = 0; i < f->n; i++)
		if (f->msgs[i].type == type)
			n++;
	return (n);
}

/* String number `no` of a message's tail. */
FAKE_UNUSED static const char *
fake_string(const struct fake_msg *m, int no)
{
	static char	 buf[TEXT_MAX + 1];
	size_t		 off = m->size;
	uint16_t	 len = 0;

	for (;;) {
		ATF_REQUIRE(off + sizeof(len) <= m->len);
		memcpy(&len, m->data + off, sizeof(len));
		off += sizeof(len);
		ATF_REQUIRE(off + len <= m->len);
		if (no-- == 0)
			break;
		off += len;
	}
	memcpy(buf, m->data + off, len);
	buf[len] = '\0';
	return (buf);
}

/* ---- time --------------------------------------------------------------- */

static void
fake_store(struct fake *f)
{
	struct m_sync	 sync;
	struct m_stored	 m;

	while (f->there[K_STORE] &&
	    fake_take(f, M_STATE_COMMIT, &sync) != NULL) {
		memset(&m, 0, sizeof(m));
		m.seq = sync.seq;
		ATF_REQUIRE_EQ(0, persist_stored(&f->sup, &m, ""));
	}
}

/* All that is due now, as often as it makes something due. */
FAKE_UNUSED static void
fake_turn(struct fake *f)
{
	struct mono	 at;
	int		 i;

	for (i = 0; i < 10000; i++) {
		if (f->store_auto)
			fake_store(f);
		if (timers_next(&f->sup.timers, &at) == -1 ||
		    at.us > f->now.us)
			return;
		timers_run(&f->sup.timers, f->now);
	}
	atf_tc_fail("the supervisor never rests");
}

FAKE_UNUSED static void
fake_advance(struct fake *f, int64_t ms)
{
	struct mono	 end = mono_add_ms(f->now, ms), at;

	fake_turn(f);
	while (timers_next(&f->sup.timers, &at) == 0 && at.us <= end.us) {
		f->wall += (at.us - f->now.us) / 1000;
		f->now = at;
		fake_turn(f);
	}
	f->wall += (end.us - f->now.us) / 1000;
	f->now = end;
}

/* ---- configuration ------------------------------------------------------ */

/* An app that is still without a process; its id is its number, from 1. */
FAKE_UNUSED static struct m_conf_app *
fake_block(struct fake *f, const char *name)
{
	struct m_conf_app	*c = &f->apps[f->napps];

	memset(c, 0, sizeof(*c));
	strlcpy(f->names[f->napps], name, NAME_SIZE);
	c->id = ++f->napps;
	c->flags = APP_AUTOSTART;
	return (c);
}

/*
 * A process of this app, ids from 0 as nobody takes any away.  Defaults as
 * config.md gives them; the caller changes what it likes.
 */
FAKE_UNUSED static struct m_conf_process *
fake_process_of(struct fake *f, uint32_t app, const char *name)
{
	struct m_conf_process	*c = &f->procs[f->nprocs];

	memset(c, 0, sizeof(*c));
	strlcpy(f->pnames[f->nprocs++], name, NAME_SIZE);
	c->app = app;
	c->id = f->apps[app - 1].processes++;
	c->instances = 1;
	c->max_restarts = 5;
	c->window_ms = 60000;
	c->initial_ms = 1000;
	c->max_ms = 30000;
	c->factor_milli = 2000;
	c->stop_signal = 15;
	c->stop_timeout_ms = 10000;
	c->startup_timeout_ms = 30000;
	return (c);
}

/* Classic: one process of the app's name. */
FAKE_UNUSED static struct m_conf_process *
fake_app(struct fake *f, const char *name)
{
	return (fake_process_of(f, fake_block(f, name)->id, name));
}

/* One that is not started by itself. */
FAKE_UNUSED static struct m_conf_process *
fake_manual(struct fake *f, const char *name)
{
	struct m_conf_process	*c = fake_app(f, name);

	f->apps[f->napps - 1].flags = 0;
	return (c);
}

/* Bootstrap: fake_process adds what it is made of. */
FAKE_UNUSED static struct m_conf_app *
fake_bootstrap(struct fake *f, const char *name)
{
	struct m_conf_app	*c = fake_block(f, name);

	c->flags |= APP_BOOTSTRAP;
	return (c);
}

/* Of the app that was made last. */
FAKE_UNUSED static struct m_conf_process *
fake_process(struct fake *f, const char *name)
{
	return (fake_process_of(f, f->napps, name));
}

FAKE_UNUSED static void
fake_dep(struct fake *f, uint32_t app, uint32_t on)
{
	struct m_conf_dep	*d = &f->deps[f->ndeps++];

	d->app = app;
	d->on = on;
	d->process = d->on_process = PROCESS_ANY;
}

/* Of two processes of one app. */
FAKE_UNUSED static void
fake_need(struct fake *f, uint32_t app, uint16_t process, uint16_t on)
{
	struct m_conf_dep	*d = &f->deps[f->ndeps++];

	d->app = d->on = app;
	d->process = process;
	d->on_process = on;
}

/* What is there to watch of a process. */
FAKE_UNUSED static void
fake_watch(struct fake *f, uint32_t app, uint16_t process, const char *folder,
    int configured)
{
	struct m_conf_watch	*w = &f->watches[f->nwatches];

	w->app = app;
	w->process = process;
	w->configured = (uint16_t)configured;
	strlcpy(f->folders[f->nwatches++], folder, PATH_SIZE);
}

static void
fake_conf_app(struct fake *f, uint32_t i)
{
	uint32_t	 k;

	ATF_REQUIRE_EQ(0, conf_app(&f->sup, &f->apps[i], f->names[i]));
	for (k = 0; k < f->nprocs; k++)
		if (f->procs[k].app == f->apps[i].id)
			ATF_REQUIRE_EQ(0, conf_process(&f->sup, &f->procs[k],
			    f->pnames[k]));
}

/* skip: an id that is left out, or 0 */
FAKE_UNUSED static void
fake_conf(struct fake *f, uint32_t skip)
{
	struct m_conf_begin	 begin;
	struct m_conf_end	 end;
	uint32_t		 i;

	memset(&begin, 0, sizeof(begin));
	memset(&end, 0, sizeof(end));
	begin.version = end.version = ++f->version;
	begin.apps = f->napps - (skip != 0);
	begin.flags = f->flags;
	begin.metrics_ms = f->metrics_ms;
	begin.local_role = f->roles[plane_number(K_LOCAL)];
	begin.network_role = f->roles[plane_number(K_NETWORK)];
	ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
	for (i = 0; i < f->napps; i++)
		if (f->apps[i].id != skip)
			fake_conf_app(f, i);
	for (i = 0; i < f->ndeps; i++)
		if (f->deps[i].app != skip && f->deps[i].on != skip)
			ATF_REQUIRE_EQ(0, conf_dep(&f->sup, &f->deps[i]));
	for (i = 0; i < f->nwatches; i++)
		if (f->watches[i].app != skip)
			ATF_REQUIRE_EQ(0, conf_watch(&f->sup, &f->watches[i],
			    f->folders[i]));
	if (f->more != NULL)
		f->more(f);
	ATF_REQUIRE_EQ(0, conf_end(&f->sup, &end));
	ATF_REQUIRE(fake_take(f, M_CONF_ACK, NULL) != NULL);
	ATF_REQUIRE_EQ(0, conf_commit(&f->sup, &end));
	/* a flag is about one reload */
	for (i = 0; i < f->nprocs; i++)
		f->procs[i].flags &= ~PROCESS_CHANGED;
}

/* A start with nothing recorded and nothing alive. */
FAKE_UNUSED static void
fake_boot(struct fake *f)
{
	struct m_state_end	 end;

	fake_conf(f, 0);
	memset(&end, 0, sizeof(end));
	end.same_boot = 1;
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_state_end(&f->sup, &end, ""));
	ATF_REQUIRE(fake_take(f, M_ADOPT_END, NULL) != NULL);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
}

/* ---- the parent --------------------------------------------------------- */

FAKE_UNUSED static void
fake_spawned(struct fake *f, const struct m_inst *id)
{
	struct m_alive	 m;

	memset(&m, 0, sizeof(m));
	m.inst = *id;
	m.sig.pid = f->next_pid++;
	m.sig.starttime = 42;
	strlcpy(m.sig.bootid, "boot", sizeof(m.sig.bootid));
	m.started_ms = f->wall;
	ATF_REQUIRE_EQ(0, event_spawned(&f->sup, &m));
}

FAKE_UNUSED static void
fake_execed(struct fake *f, const struct m_inst *id, enum spawn_step step,
    int error, const char *text)
{
	struct m_execed	 m;

	memset(&m, 0, sizeof(m));
	m.inst = *id;
	m.step = step;
	m.error = (uint32_t)error;
	ATF_REQUIRE_EQ(0, event_execed(&f->sup, &m, -1,
	    (const uint8_t *)text, strlen(text)));
}

/* Every SPAWN that is out succeeds; returns how many there were. */
FAKE_UNUSED static int
fake_spawn_all(struct fake *f)
{
	struct m_spawn	 m;
	int		 n;

	for (n = 0; fake_take(f, M_SPAWN, &m) != NULL; n++) {
		fake_spawned(f, &m.inst);
		fake_execed(f, &m.inst, STEP_NONE, 0, "");
	}
	return (n);
}

/* Spawn and settle until nothing more is launched. */
FAKE_UNUSED static int
fake_up(struct fake *f)
{
	int	 n, all = 0;

	do {
		fake_turn(f);
		all += n = fake_spawn_all(f);
	} while (n > 0);
	fake_turn(f);
	return (all);
}

static struct app *
fake_find(struct fake *f, const char *name)
{
	struct app	*app = app_find_name(&f->sup, name);

	ATF_REQUIRE_MSG(app != NULL, "no app %s", name);
	return (app);
}

/* "web": the only process of a classic app; "shop/worker": of another. */
FAKE_UNUSED static struct process *
fake_proc(struct fake *f, const char *name)
{
	struct process	*p;
	const char	*slash = strchr(name, '/');
	char		 app[NAME_SIZE];

	if (slash == NULL) {
		ATF_REQUIRE((p = TAILQ_FIRST(&fake_find(f,
		    name)->processes)) != NULL);
		ATF_REQUIRE_MSG(TAILQ_NEXT(p, entry) == NULL,
		    "%s has several processes", name);
		return (p);
	}
	strlcpy(app, name, sizeof(app));
	app[slash - name] = '\0';
	p = process_find_name(fake_find(f, app), slash + 1);
	ATF_REQUIRE_MSG(p != NULL, "no process %s", name);
	return (p);
}

FAKE_UNUSED static struct inst *
fake_inst(struct fake *f, const char *name, uint32_t number)
{
	struct inst	*inst = process_inst(fake_proc(f, name), number);

	ATF_REQUIRE_MSG(inst != NULL, "no %s[%u]", name, number);
	return (inst);
}

/* Of an app, or of one of its processes. */
FAKE_UNUSED static enum status
fake_status(struct fake *f, const char *name)
{
	return (strchr(name, '/') == NULL ? fake_find(f, name)->tally.status :
	    fake_proc(f, name)->tally.status);
}

FAKE_UNUSED static void
fake_exit(struct fake *f, const char *name, uint32_t number, int code,
    int sig, uint32_t flags)
{
	struct inst	*inst = fake_inst(f, name, number);
	struct m_exited	 m;

	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	m.pid = inst->sig.pid;
	m.code = sig != 0 ? -1 : code;
	m.signal = sig;
	m.flags = flags;
	m.at_ms = f->wall;
	ATF_REQUIRE_EQ(0, event_exited(&f->sup, &m));
}

/* Every STOP that is out is obeyed; returns how many there were. */
FAKE_UNUSED static int
fake_stop_all(struct fake *f, uint32_t flags)
{
	struct m_exited	 ex;
	struct m_stop	 m;
	int		 n;

	for (n = 0; fake_take(f, M_STOP, &m) != NULL; n++) {
		memset(&ex, 0, sizeof(ex));
		ex.inst = m.inst;
		ex.code = -1;
		ex.signal = (int32_t)m.signal;
		ex.flags = EXIT_STOPPED | flags;
		ex.at_ms = f->wall;
		ATF_REQUIRE_EQ(0, event_exited(&f->sup, &ex));
	}
	return (n);
}

FAKE_UNUSED static int
fake_down(struct fake *f)
{
	int	 n, all = 0;

	do {
		fake_turn(f);
		all += n = fake_stop_all(f, 0);
	} while (n > 0);
	fake_turn(f);
	return (all);
}

/* ---- control ------------------------------------------------------------ */

/* The caller may change the request before fake_ask sends it. */
FAKE_UNUSED static struct m_request
fake_request(struct fake *f, enum method_id method, const char *app)
{
	struct m_request	 m;

	memset(&m, 0, sizeof(m));
	m.id = ++f->next_id;
	m.method = method;
	m.op = methods[method].op;
	m.flags = methods[method].flags;
	m.role = ROLE_ADMIN;
	m.process = PROCESS_ANY;
	m.instance = INSTANCE_ANY;
	if (app != NULL)
		m.app = fake_find(f, app)->conf.id;
	return (m);
}

/* REQUEST over that plane, of this caller, with the op's own tail. */
FAKE_UNUSED static int
fake_handle_of(struct fake *f, enum kind plane, const struct m_request *m,
    const struct caller *c, const void *tail, size_t len)
{
	uint8_t		 buf[MSG_PAYLOAD_MAX];
	struct msg	 msg = { .type = M_REQUEST, .fd = -1, .data = buf };

	memcpy(buf, m, sizeof(*m));
	msg.len = sizeof(*m);
	msg.len += caller_pack(c, buf + msg.len);
	ATF_REQUIRE(msg.len + len <= sizeof(buf));
	if (len > 0)
		memcpy(buf + msg.len, tail, len);
	msg.len += len;
	return (request_handle(&f->sup, plane, &msg));
}

/* Of the user that it names, on the control socket. */
FAKE_UNUSED static int
fake_handle(struct fake *f, const struct m_request *m, const void *tail,
    size_t len)
{
	struct caller	 c;

	memset(&c, 0, sizeof(c));
	c.how = CALLER_LOCAL;
	c.role = m->role;
	c.uid = m->uid;
	c.gid = m->gid;
	c.pid = m->pid;
	return (fake_handle_of(f, K_CONTROL, m, &c, tail, len));
}

FAKE_UNUSED static uint64_t
fake_ask(struct fake *f, const struct m_request *m)
{
	ATF_REQUIRE_EQ(0, fake_handle(f, m, NULL, 0));
	fake_turn(f);
	return (m->id);
}

FAKE_UNUSED static int
fake_synced_of(struct fake *f, enum kind plane)
{
	return (view_synced(&f->sup, plane,
	    f->sup.view.plane[plane_number(plane)].seq));
}

/* Control has all that was sent to it. */
FAKE_UNUSED static int
fake_synced(struct fake *f)
{
	return (fake_synced_of(f, K_CONTROL));
}

FAKE_UNUSED static uint64_t
fake_call(struct fake *f, enum method_id method, const char *app)
{
	struct m_request	 m = fake_request(f, method, app);

	return (fake_ask(f, &m));
}

/* The reply to this request, or NULL; its text in *text. */
FAKE_UNUSED static const struct m_reply *
fake_reply(struct fake *f, uint64_t id, const char **text)
{
	static struct m_reply	 m;
	size_t			 i;

	for (i = 0; i < f->n; i++) {
		if (f->msgs[i].type != M_REPLY)
			continue;
		memcpy(&m, f->msgs[i].data, sizeof(m));
		if (m.id != id)
			continue;
		if (text != NULL)
			*text = fake_string(&f->msgs[i], 0);
		return (&m);
	}
	return (NULL);
}

#define REQUIRE_REPLY(f, id, want) do {					\
	const struct m_reply	*r_ = fake_reply((f), (id), NULL);	\
	ATF_REQUIRE_MSG(r_ != NULL, "no reply");			\
	ATF_REQUIRE_EQ_MSG((uint32_t)OUT_##want, r_->outcome, "%s",	\
	    outcome_name(r_->outcome));					\
} while (0)

#define REQUIRE_STATUS(f, name, want) do {				\
	enum status	 s_ = fake_status((f), (name));			\
	ATF_REQUIRE_EQ_MSG(S_##want, s_, "%s is %s", (name),		\
	    status_name(s_));						\
} while (0)

#define REQUIRE_REASON(f, name, want)					\
	ATF_REQUIRE_STREQ((want), fake_find((f), (name))->reason)

#endif /* REGRESS_SUPERVISOR_FAKE_H */
