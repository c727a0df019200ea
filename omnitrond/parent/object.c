/*
 * Long answers to a plane: numbered parts of one object.  One object of a
 * plane is open at a time, with at most OBJECT_CREDIT parts without a
 * receipt; the others wait in order, and what can be made when its turn
 * comes is not made before.  So neither the channel nor our memory grows
 * with the questions of clients.  The supervisor opened the question (SHOW,
 * RELOAD); the plane gets this one object and no more.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/jsonw.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/apps.h"
#include "omnitrond/parent/environ.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/parent.h"

/*
 * The supervisor passes on what a plane asks at half this rate and in half
 * such bursts (SHOW_MS of it), so that what waits for this is a flood.
 */
#define MAKE_MS		5
#define MAKE_BURST	512
/*
 * A plane has fewer open (OBJECTS_MAX of it).  From a supervisor that keeps
 * to its rate this many take longer to come than DEAF_MS.
 */
#define OBJECTS_WAITING	1024u
#define DEAF_MS		5000

struct object {
	TAILQ_ENTRY(object)	 entry;
	struct m_show		 show;		/* who gets it, and what */
	enum outcome		 outcome;
	char			*data;		/* NULL: not made yet */
	uint32_t		 len;
	uint32_t		 off;
};

static void	object_make(struct parent *, struct object *);
static void	object_continue(struct parent *, enum kind);

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

static void
object_free(struct parent *p, struct object *o)
{
	TAILQ_REMOVE(&p->objects[o->show.plane], o, entry);
	p->nobjects[o->show.plane]--;
	freezero(o->data, o->len);
	free(o);
}

/* The next part; frees the object with its last. */
static void
object_part(struct parent *p, struct object *o)
{
	struct m_object	 part;
	uint32_t	 n = o->len - o->off;

	if (n > OBJECT_PART)
		n = OBJECT_PART;
	memset(&part, 0, sizeof(part));
	part.id = o->show.id;
	part.outcome = o->outcome;
	part.total = o->len;
	part.offset = o->off;
	peer_send_raw(child_peer(p, o->show.plane), M_OBJECT, -1, &part,
	    o->data + o->off, n);
	p->object_parts[o->show.plane]++;
	o->off += n;
	if (o->off == o->len)
		object_free(p, o);
}

static void
object_timer(int fd, short events, void *arg)
{
	int	 k;

	for (k = 0; k < K_MAX; k++)
		object_continue(arg, k);
}

/* Make it, if it is to be made and may be made now. */
static int
object_made(struct parent *p, struct object *o)
{
	struct timeval	 tv = { 0, 0 };
	int64_t		 ms;

	if (o->data != NULL)
		return (1);
	if ((ms = rate_take(&p->object_rate, mono_now(), MAKE_MS,
	    MAKE_BURST)) == 0) {
		object_make(p, o);
		return (1);
	}
	tv.tv_usec = ms * 1000;
	if (p->object_timer == NULL)
		p->object_timer = event_new(p->base, -1, 0, object_timer, p);
	if (p->object_timer == NULL || event_add(p->object_timer, &tv) == -1)
		fatalx("out of memory");
	return (0);
}

/* Send what credit allows. */
static void
object_continue(struct parent *p, enum kind plane)
{
	struct object	*o;

	while (p->object_parts[plane] < OBJECT_CREDIT &&
	    (o = TAILQ_FIRST(&p->objects[plane])) != NULL &&
	    object_made(p, o))
		object_part(p, o);
}

/*
 * One question more that the supervisor opens for the plane.  If too many
 * wait, either the plane takes no answers, or the supervisor asks what no
 * plane asked: then -1.
 */
int
object_room(struct parent *p, enum kind plane)
{
	if (p->nobjects[plane] < OBJECTS_WAITING)
		return (0);
	if (p->object_parts[plane] < OBJECT_CREDIT ||
	    mono_diff_ms(mono_now(), p->object_got[plane]) < DEAF_MS)
		return (-1);
	child_kill(p, plane, "does not take its answers");
	object_plane_gone(p, plane);
	return (0);
}

/* In line for the plane; NULL if it is not there. */
static struct object *
object_new(struct parent *p, const struct m_show *show)
{
	struct object	*o;

	if (show->id == 0 || child_peer(p, show->plane) == NULL)
		return (NULL);
	o = xcalloc(1, sizeof(*o));
	o->show = *show;
	if (p->nobjects[show->plane]++ == 0)
		p->object_got[show->plane] = mono_now();
	TAILQ_INSERT_TAIL(&p->objects[show->plane], o, entry);
	return (o);
}

static void
object_fill(struct object *o, enum outcome outcome, const char *data,
    size_t len)
{
	static const char	 large[] = "the answer is over 4 MiB; "
				    "'omnitrond -nv' prints the configuration";

	if (len > OBJECT_MAX) {
		outcome = OUT_FAILED;
		data = large;
		len = sizeof(large) - 1;
	}
	o->outcome = outcome;
	o->data = xmalloc(len + 1);
	memcpy(o->data, data, len);
	o->len = (uint32_t)len;
}

void
object_send(struct parent *p, enum kind plane, uint64_t id,
    enum outcome outcome, const char *data, size_t len)
{
	struct m_show	 show;
	struct object	*o;

	memset(&show, 0, sizeof(show));
	show.id = id;
	show.plane = plane;
	if ((o = object_new(p, &show)) == NULL)
		return;
	object_fill(o, outcome, data, len);
	object_continue(p, plane);
}

/* A receipt for one part. */
int
object_got(struct peer *peer, struct msg *m)
{
	struct parent		*p = parent_of(peer);
	struct m_object_got	 got;
	enum kind		 plane = peer_kind(peer);

	msg_take(m, &got, sizeof(got));
	if (msg_end(m) == -1 || p->object_parts[plane] == 0)
		return (-1);
	p->object_parts[plane]--;
	p->object_got[plane] = mono_now();
	object_continue(p, plane);
	return (0);
}

void
object_plane_gone(struct parent *p, enum kind plane)
{
	struct object	*o, *next;

	TAILQ_FOREACH_SAFE(o, &p->objects[plane], entry, next)
		object_free(p, o);
	p->object_parts[plane] = 0;
	reload_plane_gone(p, plane);
}

static void
show_nothing(struct object *o)
{
	static const char	 text[] = "no such app or process";

	object_fill(o, OUT_NOT_FOUND, text, sizeof(text) - 1);
}

/* All of it, or of one app. */
static void
show_config(struct parent *p, struct object *o)
{
	const struct app_conf	*app = ids_conf(p, o->show.app);
	struct jsonw		 w;

	if (o->show.app != 0 && app == NULL) {
		show_nothing(o);
		return;
	}
	jsonw_init(&w, 0);
	if (app != NULL)
		conf_app_json(p->conf, app, &w);
	else
		conf_json(p->conf, &w);
	object_fill(o, OUT_OK, w.buf, w.len);
	jsonw_free(&w);
}

/* "NAME=VALUE" as a member */
static void
show_variable(struct jsonw *w, char *var)
{
	char	*eq = strchr(var, '=');

	*eq = '\0';
	jsonw_kstring(w, var, eq + 1);
	*eq = '=';
}

/* The one that is asked for, or the first. */
static const struct process_conf *
show_process(struct parent *p, const struct m_show *show)
{
	const struct app_conf	*app = ids_conf(p, show->app);

	if (app == NULL || show->process != PROCESS_ANY)
		return (ids_process(p, show->app, show->process));
	return (TAILQ_FIRST(&app->processes));
}

/* Instance 0, in the slot where it runs, or NULL. */
static const struct inst *
show_running(struct parent *p, const struct m_show *show,
    const struct process_conf *pc)
{
	const struct inst	*i;
	struct m_inst		 id;
	int			 slot;

	memset(&id, 0, sizeof(id));
	id.app = show->app;
	id.process = (uint16_t)pc->id;
	for (slot = 0; slot < 2; slot++) {
		id.instance = slot == 0 ? 0 : INSTANCE_SPARE;
		if ((i = inst_find(p, &id)) != NULL && i->pid > 0)
			return (i);
	}
	return (NULL);
}

/* What nobody but the instance itself knows. */
static int
show_hides(const char *var, uint32_t generation)
{
	return (environ_is_pid(var) ||
	    (generation == 0 && strncmp(var, "OMNITRON_GENERATION=", 20) ==
	    0));
}

/*
 * The variables of instance 0.  Those of an env-file are not among them: it
 * is read with the app's rights, by its own process only.
 */
static void
show_env(struct parent *p, struct object *o)
{
	const struct process_conf *pc = show_process(p, &o->show);
	struct environ_vars	 env = { NULL, 0, 0 };
	const struct inst	*running;
	struct environ_id	 id;
	struct jsonw		 w;
	char			 err[TEXT_MAX], notify[PATH_SIZE];
	char			 channel[PATH_SIZE], creds[PATH_SIZE];
	unsigned int		 slot = 0;
	size_t			 i;

	if (pc == NULL) {
		show_nothing(o);
		return;
	}
	memset(&id, 0, sizeof(id));
	id.home = p->conf->home;
	id.app = ids_name(p, o->show.app);
	id.process = pc->name;
	id.hide = 1;
	if ((running = show_running(p, &o->show, pc)) != NULL) {
		id.generation = running->id.generation;
		slot = running->id.instance;
		id.credentials = inst_cred_path(running, pc, creds,
		    sizeof(creds));
	}
	id.nlisten = (int)pc->nlistens;
	id.notify = apps_path(p, pc, id.app, slot, APP_SOCKET_NOTIFY, notify,
	    sizeof(notify));
	id.channel = apps_path(p, pc, id.app, slot, APP_SOCKET_CHANNEL,
	    channel, sizeof(channel));
	if (environ_build(&env, pc, &id, "", 0, err, sizeof(err)) == -1) {
		object_fill(o, OUT_FAILED, err, strlen(err));
		return;
	}
	jsonw_init(&w, 0);
	jsonw_object(&w);
	for (i = 0; i < env.n; i++)
		if (!show_hides(env.v[i], id.generation))
			show_variable(&w, env.v[i]);
	jsonw_end(&w);
	object_fill(o, OUT_OK, w.buf, w.len);
	jsonw_free(&w);
	environ_free(&env);
}

/* Its turn has come. */
static void
object_make(struct parent *p, struct object *o)
{
	if (o->show.what == SHOW_CONFIG)
		show_config(p, o);
	else
		show_env(p, o);
}

int
show_asked(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct m_show	 show;

	msg_take(m, &show, sizeof(show));
	if (msg_end(m) == -1 || !IS_PLANE(show.plane) || show.id == 0)
		return (-1);
	if (show.what != SHOW_CONFIG && show.what != SHOW_ENV)
		return (-1);
	if (object_room(p, show.plane) == -1)
		return (-1);
	if (object_new(p, &show) != NULL)
		object_continue(p, show.plane);
	return (0);
}
