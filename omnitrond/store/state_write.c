/*
 * The text of state.json from the map (the store).  Touches memory only.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/jsonw.h"
#include "omnitrond/crc32c.h"
#include "omnitrond/store/state.h"
#include "omnitrond/store/state_json.h"

/* A number of which 0 means that there is none. */
static void
write_some(struct jsonw *w, const char *key, int64_t v)
{
	if (v == 0)
		jsonw_knull(w, key);
	else
		jsonw_kint(w, key, v);
}

static void
write_text(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_raw(w, text, strlen(text));
	w->comma = 1;		/* what is raw is a value here */
}

void
extra_write(struct jsonw *w, const struct extras *list)
{
	const struct extra	*x;

	TAILQ_FOREACH(x, list, entry)
		write_text(w, x->key, x->text);
}

static void
write_exit(struct jsonw *w, const struct m_exited *e, const char *process)
{
	static const struct {
		uint32_t	 bit;
		const char	*name;
	} flags[] = {
#define X(bit, name)	{ bit, name },
		EXIT_FLAGS(X)
#undef X
	};
	size_t	 i;

	jsonw_object(w);
	jsonw_kstring(w, "process", process);
	jsonw_kint(w, "instance", e->inst.instance);
	jsonw_kint(w, "generation", e->inst.generation);
	write_some(w, "pid", e->pid);
	if (e->code < 0)
		jsonw_knull(w, "code");
	else
		jsonw_kint(w, "code", e->code);
	if (e->signal == 0)
		jsonw_knull(w, "signal");
	else
		jsonw_kstring(w, "signal", signal_name(e->signal));
	jsonw_kint(w, "at", e->at_ms);
	jsonw_kint(w, "maxRss", (int64_t)e->max_rss);
	jsonw_key(w, "flags");
	jsonw_array(w);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (e->flags & flags[i].bit)
			jsonw_string(w, flags[i].name);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_hash(struct jsonw *w, uint64_t hash)
{
	char	 buf[24];

	snprintf(buf, sizeof(buf), "%016" PRIx64, hash);
	jsonw_kstring(w, "crashedConfig", hash != 0 ? buf : NULL);
}

/* As strings, since inodes of pidfs do not fit what JSON readers keep. */
static void
write_inode(struct jsonw *w, uint64_t inode)
{
	char	 buf[24];

	if (inode == 0) {
		jsonw_knull(w, "pidfdInode");
		return;
	}
	snprintf(buf, sizeof(buf), "%" PRIu64, inode);
	jsonw_kstring(w, "pidfdInode", buf);
}

static void
write_inst(struct jsonw *w, const struct inst *inst)
{
	uint32_t	 i;

	jsonw_object(w);
	jsonw_kstring(w, "name", inst->process);
	jsonw_kint(w, "instance", instance_number(inst->number));
	if (inst->number & INSTANCE_SPARE)
		jsonw_kbool(w, "spare", 1);
	write_some(w, "pid", inst->sig.pid);
	write_some(w, "startTime", (int64_t)inst->sig.starttime);
	jsonw_kstring(w, "bootId",
	    inst->sig.bootid[0] != '\0' ? inst->sig.bootid : NULL);
	write_inode(w, inst->sig.pidfd_inode);
	jsonw_kstring(w, "status", status_name(inst->status));
	write_some(w, "startedAt", inst->started_ms);
	jsonw_kint(w, "restarts", inst->restarts);
	jsonw_kint(w, "generation", inst->generation);
	jsonw_key(w, "restartTimes");
	jsonw_array(w);
	for (i = 0; i < inst->ntimes; i++)
		jsonw_int(w, inst->times_ms[i]);
	jsonw_end(w);
	jsonw_kint(w, "backoff", inst->backoff);
	write_some(w, "stopDeadline", inst->deadline_ms);
	jsonw_kbool(w, "finished", inst->finished != 0);
	jsonw_kint(w, "instances", inst->wanted);
	jsonw_kint(w, "configured", inst->configured);
	extra_write(w, &inst->extra);
	jsonw_end(w);
}

/* The pid that people ask for: that of the first instance which has one. */
static int32_t
write_first_pid(const struct app *app)
{
	struct inst	*inst;
	struct insts	*insts = (struct insts *)(uintptr_t)&app->insts;

	RB_FOREACH(inst, insts, insts)
		if (inst->sig.pid != 0)
			return (inst->sig.pid);
	return (0);
}

static void
write_watch(struct jsonw *w, uint32_t wish)
{
	static const char *const	 words[WISH_MAX] = WATCH_WISHES;

	jsonw_key(w, "watch");
	if (wish == WISH_NONE)
		jsonw_bool(w, 0);
	else
		jsonw_string(w, words[wish]);
}

static void
write_app(struct jsonw *w, const struct app *app)
{
	struct inst	*inst;
	struct insts	*insts = (struct insts *)(uintptr_t)&app->insts;

	jsonw_object(w);
	jsonw_kstring(w, "name", app->name);
	jsonw_kstring(w, "mode",
	    app->rec.bootstrap ? "bootstrap" : "classic");
	jsonw_kstring(w, "intent",
	    app->rec.intent == INTENT_RUN ? "run" : "stop");
	jsonw_kstring(w, "status", status_name(app->rec.status));
	jsonw_kint(w, "restarts", app->rec.restarts);
	write_some(w, "pid", write_first_pid(app));
	jsonw_kint(w, "instances", app->rec.instances);
	write_some(w, "port", app->rec.port);
	write_some(w, "startedAt", app->rec.started_ms);
	jsonw_key(w, "lastExit");
	if (app->rec.has_exit)
		write_exit(w, &app->rec.exit, app->exited);
	else
		jsonw_null(w);
	jsonw_kstring(w, "reason", app->reason);
	write_hash(w, app->rec.crash_hash);
	write_watch(w, app->rec.watch);
	why_write(w, app);
#define X(key, text)							\
	if (!extra_has(&app->extra, key))				\
		write_text(w, key, text);
	APP_UNUSED(X)
#undef X
	extra_write(w, &app->extra);
	jsonw_key(w, "processes");
	jsonw_array(w);
	RB_FOREACH(inst, insts, insts)
		write_inst(w, inst);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_daemon(struct jsonw *w, const struct writer *by)
{
	jsonw_key(w, "daemon");
	jsonw_object(w);
	jsonw_kint(w, "pid", by->pid);
	jsonw_kint(w, "startedAt", by->started_ms);
	jsonw_kstring(w, "bootId", by->bootid);
	jsonw_kstring(w, "version", VERSION);
	jsonw_end(w);
}

int
state_seal(struct jsonw *w)
{
	char	 tail[TAIL_LEN + 1];

	if (jsonw_done(w) == -1) {
		errno = EFBIG;
		return (-1);
	}
	w->len--;		/* the brace: it belongs to the tail */
	w->comma = 0;
	snprintf(tail, sizeof(tail), TAIL_FORMAT, crc32c(0, w->buf, w->len));
	jsonw_raw(w, tail, TAIL_LEN);
	if (jsonw_done(w) == -1) {
		errno = EFBIG;
		return (-1);
	}
	return (0);
}

int
state_write(const struct state *st, const struct writer *by, struct jsonw *w)
{
	struct app	*app;
	struct apps	*apps = (struct apps *)(uintptr_t)&st->apps;

	jsonw_object(w);
	jsonw_kint(w, "version", STATE_VERSION);
	jsonw_kint(w, "updatedAt", by->now_ms);
	write_daemon(w, by);
	extra_write(w, &st->extra);
	jsonw_key(w, "apps");
	jsonw_array(w);
	RB_FOREACH(app, apps, apps)
		write_app(w, app);
	jsonw_end(w);
	jsonw_end(w);
	return (state_seal(w));
}
