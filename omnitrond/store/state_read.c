/*
 * The map from the text of state.json (the store).  Touches memory only.
 *
 * The checksum keeps out what was damaged.  What passes it was written by
 * this program or a newer one, so that unknown members are kept, but a known
 * member that holds nonsense makes the whole file "damaged" all the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/store/read.h"
#include "omnitrond/store/state.h"
#include "omnitrond/store/state_json.h"

static const char *const root_keys[] = {
	"version", "updatedAt", "daemon", "apps", "crc32c", NULL
};
static const char *const app_keys[] = {
	"name", "mode", "intent", "status", "restarts", "pid", "instances",
	"port", "startedAt", "lastExit", "reason", "crashedConfig", "why",
	"watch", "processes", NULL
};
static const char *const inst_keys[] = {
	"name", "instance", "spare", "pid", "startTime", "bootId", "pidfdInode",
	"status", "startedAt", "restarts", "generation", "restartTimes",
	"backoff", "stopDeadline", "finished", "instances", "configured", NULL
};

static int
read_u32(const struct json *o, const char *key, int64_t max, uint32_t *v)
{
	int64_t	 n;
	int	 rv = read_int(o, key, 0, max, &n);

	*v = (uint32_t)n;
	return (rv);
}

static int
read_i64(const struct json *o, const char *key, int64_t *v)
{
	return (read_int(o, key, INT64_MIN, INT64_MAX, v));
}

static int
read_u64(const struct json *o, const char *key, uint64_t *v)
{
	int64_t	 n;
	int	 rv = read_i64(o, key, &n);

	*v = (uint64_t)n;
	return (rv);
}

/*
 * A status of a newer version is one that we cannot resume: with the intent
 * to run it is started again, as after a failure.
 */
static int
read_status(const struct json *o, uint32_t *status)
{
	const char	*s;
	int		 i;

	if (read_str(o, "status", NAME_LEN_MAX, &s) == -1 || *s == '\0')
		return (-1);
	for (i = 0; i < S_MAX; i++)
		if (strcmp(status_name(i), s) == 0)
			break;
	*status = i < S_MAX ? (uint32_t)i : S_ERRORED;
	return (0);
}

/* 0 where it is not given. */
static int
read_bool(const struct json *o, const char *key, uint32_t *v)
{
	const struct json	*c = json_get(o, key);

	*v = 0;
	if (c == NULL || c->type == JSON_NULL)
		return (0);
	if (c->type != JSON_BOOL)
		return (-1);
	*v = c->u.b != 0;
	return (0);
}

static int
read_inode(const struct json *o, uint64_t *inode)
{
	const char	*s;
	char		*end;

	*inode = 0;
	if (read_str(o, "pidfdInode", 20, &s) == -1)
		return (-1);
	if (*s == '\0')
		return (0);
	if (s[strspn(s, "0123456789")] != '\0')
		return (-1);
	errno = 0;
	*inode = strtoull(s, &end, 10);
	return (errno != 0 ? -1 : 0);
}

static int
read_hash(const struct json *o, uint64_t *hash)
{
	const char	*s;

	*hash = 0;
	if (read_str(o, "crashedConfig", 16, &s) == -1 ||
	    s[strspn(s, "0123456789abcdef")] != '\0')
		return (-1);
	if (*s != '\0')
		*hash = strtoull(s, NULL, 16);
	return (0);
}

static int
read_signature(const struct json *o, struct m_signature *sig)
{
	const char	*boot;
	int64_t		 pid;

	if (read_int(o, "pid", 0, INT32_MAX, &pid) == -1 ||
	    read_u64(o, "startTime", &sig->starttime) == -1 ||
	    read_inode(o, &sig->pidfd_inode) == -1 ||
	    read_str(o, "bootId", sizeof(sig->bootid) - 1, &boot) == -1)
		return (-1);
	sig->pid = (int32_t)pid;
	strlcpy(sig->bootid, boot, sizeof(sig->bootid));
	return (0);
}

/* The newest ones count, if a newer version remembers more than we do. */
static int
read_times(const struct json *o, struct inst *inst)
{
	const struct json	*c, *list = json_get(o, "restartTimes");
	size_t			 skip;

	if (list == NULL || list->type == JSON_NULL || list->count == 0)
		return (0);
	if (list->type != JSON_ARRAY)
		return (-1);
	skip = list->count > RESTART_TIMES_MAX ?
	    list->count - RESTART_TIMES_MAX : 0;
	inst->times_ms = xcalloc(list->count - skip, sizeof(*inst->times_ms));
	for (c = list->first; c != NULL; c = c->next) {
		if (c->type != JSON_INT)
			return (-1);
		if (skip > 0)
			skip--;
		else
			inst->times_ms[inst->ntimes++] = c->u.i;
	}
	return (0);
}

static const char *
read_inst(struct state *st, struct app *app, const struct json *o)
{
	struct inst	*inst;
	const char	*name;
	uint32_t	 number, spare;

	if (o->type != JSON_OBJECT ||
	    read_str(o, "name", NAME_LEN_MAX, &name) == -1 ||
	    !name_valid(name) ||
	    read_u32(o, "instance", INSTANCES_MAX - 1, &number) == -1 ||
	    read_bool(o, "spare", &spare) == -1)
		return ("a process without a name or number");
	if (spare)
		number |= INSTANCE_SPARE;
	inst = state_inst_add(st, app, name, (uint16_t)number);
	if (inst == NULL)
		return ("a process is there twice, or there are too many");
	if (read_signature(o, &inst->sig) == -1)
		return ("bad signature of a process");
	if (read_status(o, &inst->status) == -1 ||
	    read_i64(o, "startedAt", &inst->started_ms) == -1 ||
	    read_u32(o, "restarts", UINT32_MAX, &inst->restarts) == -1 ||
	    read_u32(o, "generation", UINT32_MAX, &inst->generation) == -1 ||
	    read_times(o, inst) == -1 ||
	    read_u32(o, "backoff", UINT32_MAX, &inst->backoff) == -1 ||
	    read_i64(o, "stopDeadline", &inst->deadline_ms) == -1 ||
	    read_bool(o, "finished", &inst->finished) == -1 ||
	    read_u32(o, "instances", INSTANCES_MAX, &inst->wanted) == -1 ||
	    read_u32(o, "configured", INSTANCES_MAX,
	    &inst->configured) == -1 ||
	    read_extra(o, inst_keys, &inst->extra) == -1)
		return ("bad record of a process");
	return (NULL);
}

static uint32_t
read_exit_flag(const char *name)
{
#define X(bit, word)							\
	if (strcmp(name, word) == 0)					\
		return (bit);
	EXIT_FLAGS(X)
#undef X
	return (0);
}

static int
read_exit(const struct json *o, struct m_exited *e)
{
	const struct json	*c = json_get(o, "code");
	const char		*sig;
	int64_t			 n;
	uint32_t		 instance;

	if (o->type != JSON_OBJECT ||
	    read_u32(o, "instance", INSTANCES_MAX - 1, &instance) == -1 ||
	    read_u32(o, "generation", UINT32_MAX,
	    &e->inst.generation) == -1 ||
	    read_i64(o, "at", &e->at_ms) == -1 ||
	    read_u64(o, "maxRss", &e->max_rss) == -1 ||
	    read_str(o, "signal", NAME_LEN_MAX, &sig) == -1 ||
	    read_int(o, "pid", 0, INT32_MAX, &n) == -1)
		return (-1);
	e->inst.instance = (uint16_t)instance;
	e->pid = (int32_t)n;
	if (read_int(o, "code", 0, INT32_MAX, &n) == -1)
		return (-1);
	e->code = c == NULL || c->type == JSON_NULL ? -1 : (int32_t)n;
	if (*sig != '\0' && (e->signal = signal_parse(sig)) == -1)
		e->signal = 0;
	if ((c = json_get(o, "flags")) == NULL || c->type != JSON_ARRAY)
		return (0);
	for (c = c->first; c != NULL; c = c->next)
		if (c->type == JSON_STRING)
			e->flags |= read_exit_flag(c->u.s);
	return (0);
}

static int
read_intent(const struct json *o, uint32_t *intent)
{
	const char	*s;

	if (read_str(o, "intent", NAME_LEN_MAX, &s) == -1)
		return (-1);
	if (strcmp(s, "run") == 0)
		*intent = INTENT_RUN;
	else if (strcmp(s, "stop") == 0)
		*intent = INTENT_STOP;
	else
		return (-1);
	return (0);
}

/* What a newer version may say there is as if nothing was said. */
static void
read_watch(const struct json *o, uint32_t *wish)
{
	static const char *const	 words[WISH_MAX] = WATCH_WISHES;
	const struct json		*c = json_get(o, "watch");
	uint32_t			 i;

	*wish = WISH_NONE;
	for (i = WISH_ON; i < WISH_MAX; i++)
		if (c != NULL && c->type == JSON_STRING &&
		    strcmp(c->u.s, words[i]) == 0)
			*wish = i;
}

static int
read_app_record(const struct json *o, struct app *app)
{
	const struct json	*e = json_get(o, "lastExit");
	struct m_state_app	*rec = &app->rec;
	const char		*reason, *mode, *process;

	if (read_intent(o, &rec->intent) == -1 ||
	    read_status(o, &rec->status) == -1 ||
	    read_u32(o, "restarts", UINT32_MAX, &rec->restarts) == -1 ||
	    read_u32(o, "instances", STATE_INSTS_MAX, &rec->instances) == -1 ||
	    read_u32(o, "port", UINT16_MAX, &rec->port) == -1 ||
	    read_i64(o, "startedAt", &rec->started_ms) == -1 ||
	    read_hash(o, &rec->crash_hash) == -1 ||
	    read_str(o, "reason", TEXT_MAX, &reason) == -1 ||
	    read_str(o, "mode", NAME_LEN_MAX, &mode) == -1 ||
	    why_read(app, json_get(o, "why")) == -1 ||
	    read_extra(o, app_keys, &app->extra) == -1)
		return (-1);
	free(app->reason);
	app->reason = xstrdup(reason);
	rec->bootstrap = strcmp(mode, "bootstrap") == 0;
	read_watch(o, &rec->watch);
	if (e == NULL || e->type == JSON_NULL)
		return (0);
	rec->has_exit = 1;
	if (read_exit(e, &rec->exit) == -1 ||
	    read_str(e, "process", NAME_LEN_MAX, &process) == -1 ||
	    (*process != '\0' && !name_valid(process)))
		return (-1);
	free(app->exited);
	app->exited = xstrdup(process);
	return (0);
}

static const char *
read_app(struct state *st, const struct json *o)
{
	const struct json	*c;
	const char		*name, *why;
	struct app		*app;

	if (o->type != JSON_OBJECT ||
	    read_str(o, "name", NAME_LEN_MAX, &name) == -1 ||
	    !name_valid(name))
		return ("an app without a name");
	if ((app = state_add(st, name)) == NULL)
		return ("an app is there twice, or there are too many");
	if (read_app_record(o, app) == -1)
		return ("bad record of an app");
	c = json_get(o, "processes");
	if (c == NULL || c->type == JSON_NULL)
		return (NULL);
	if (c->type != JSON_ARRAY)
		return ("bad list of processes");
	for (c = c->first; c != NULL; c = c->next)
		if ((why = read_inst(st, app, c)) != NULL)
			return (why);
	return (NULL);
}

static const char *
read_root(struct state *st, const struct json *root, int64_t *version)
{
	const struct json	*c, *daemon = json_get(root, "daemon");
	const char		*boot, *why;

	if (root->type != JSON_OBJECT)
		return ("not an object");
	if (read_int(root, "version", 1, INT64_MAX, version) == -1 ||
	    *version == 0)
		return ("no version");
	if (daemon == NULL || daemon->type != JSON_OBJECT ||
	    read_str(daemon, "bootId", sizeof(st->bootid) - 1, &boot) == -1)
		return ("no record of the daemon");
	strlcpy(st->bootid, boot, sizeof(st->bootid));
	if (read_extra(root, root_keys, &st->extra) == -1)
		return ("too large");
	if ((c = json_get(root, "apps")) == NULL || c->type != JSON_ARRAY)
		return ("no list of apps");
	for (c = c->first; c != NULL; c = c->next)
		if ((why = read_app(st, c)) != NULL)
			return (why);
	return (NULL);
}

int
state_read(struct state *st, const char *text, size_t len, int64_t *version,
    char *err, size_t errsize)
{
	struct json	*root;
	const char	*why;

	*version = 0;
	root = read_file(text, len, err, errsize);
	if (root == NULL)
		return (-1);
	if ((why = read_root(st, root, version)) != NULL) {
		strlcpy(err, why, errsize);
		state_free(st);
	}
	json_free(root);
	return (why != NULL ? -1 : 0);
}
