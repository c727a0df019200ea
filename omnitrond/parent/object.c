/*
 * Long answers to a plane: numbered parts of one object, at most
 * OBJECT_CREDIT of them without a receipt.  The supervisor opened the
 * question (SHOW, RELOAD); the plane gets this one object and no more.
 */
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/environ.h"
#include "omnitrond/parent/parent.h"

struct object {
	TAILQ_ENTRY(object)	 entry;
	enum kind		 plane;
	uint64_t		 id;
	enum outcome		 outcome;
	char			*data;
	uint32_t		 len;
	uint32_t		 off;
	uint32_t		 credit;
	int			 begun;
};

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

static void
object_free(struct parent *p, struct object *o)
{
	TAILQ_REMOVE(&p->objects, o, entry);
	freezero(o->data, o->len);
	free(o);
}

/* Send what credit allows; frees the object with its last part. */
static void
object_continue(struct parent *p, struct object *o)
{
	struct m_object	 part;
	struct peer	*peer = child_peer(p, o->plane);
	uint32_t	 n;

	while (o->credit > 0 && (o->off < o->len || !o->begun)) {
		n = o->len - o->off;
		if (n > OBJECT_PART)
			n = OBJECT_PART;
		memset(&part, 0, sizeof(part));
		part.id = o->id;
		part.outcome = o->outcome;
		part.total = o->len;
		part.offset = o->off;
		peer_send_raw(peer, M_OBJECT, -1, &part, o->data + o->off, n);
		o->off += n;
		o->begun = 1;
		o->credit--;
	}
	if (o->off == o->len)
		object_free(p, o);
}

void
object_send(struct parent *p, enum kind plane, uint64_t id,
    enum outcome outcome, const char *data, size_t len)
{
	static const char	 large[] = "the answer is over 4 MiB; "
				    "'omnitrond -nv' prints the configuration";
	struct object		*o;

	if (id == 0 || child_peer(p, plane) == NULL)
		return;
	if (len > OBJECT_MAX) {
		outcome = OUT_FAILED;
		data = large;
		len = sizeof(large) - 1;
	}
	o = xcalloc(1, sizeof(*o));
	o->plane = plane;
	o->id = id;
	o->outcome = outcome;
	o->data = xmalloc(len + 1);
	memcpy(o->data, data, len);
	o->len = (uint32_t)len;
	o->credit = OBJECT_CREDIT;
	TAILQ_INSERT_TAIL(&p->objects, o, entry);
	object_continue(p, o);
}

/* A receipt for one part; one for an object that is through is fine. */
int
object_got(struct peer *peer, struct msg *m)
{
	struct parent		*p = parent_of(peer);
	struct m_object_got	 got;
	struct object		*o;

	msg_take(m, &got, sizeof(got));
	if (msg_end(m) == -1)
		return (-1);
	TAILQ_FOREACH(o, &p->objects, entry) {
		if (o->id != got.id || o->plane != peer_kind(peer))
			continue;
		if (o->credit >= OBJECT_CREDIT)
			return (-1);
		o->credit++;
		object_continue(p, o);
		break;
	}
	return (0);
}

void
object_plane_gone(struct parent *p, enum kind plane)
{
	struct object	*o, *next;

	TAILQ_FOREACH_SAFE(o, &p->objects, entry, next)
		if (o->plane == plane)
			object_free(p, o);
}

static void
show_config(struct parent *p, const struct m_show *show)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	conf_json(p->conf, &w);
	object_send(p, show->plane, show->id, OUT_OK, w.buf, w.len);
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

/*
 * The variables of instance 0.  Those of an env-file are not among them: it
 * is read with the app's rights, by its own process only.
 */
static void
show_env(struct parent *p, const struct m_show *show)
{
	const struct app_conf	*app = ids_conf(p, show->app);
	struct environ_vars	 env = { NULL, 0, 0 };
	struct environ_id	 id;
	struct jsonw		 w;
	char			 err[TEXT_MAX];
	size_t			 i;

	if (app == NULL) {
		object_send(p, show->plane, show->id, OUT_NOT_FOUND,
		    "no such app", strlen("no such app"));
		return;
	}
	memset(&id, 0, sizeof(id));
	id.home = p->conf->home;
	id.app = id.process = app->name;
	if (environ_build(&env, app, &id, "", 0, err, sizeof(err)) == -1) {
		object_send(p, show->plane, show->id, OUT_FAILED, err,
		    strlen(err));
		return;
	}
	jsonw_init(&w, 0);
	jsonw_object(&w);
	for (i = 0; i < env.n; i++)
		show_variable(&w, env.v[i]);
	jsonw_end(&w);
	object_send(p, show->plane, show->id, OUT_OK, w.buf, w.len);
	jsonw_free(&w);
	environ_free(&env);
}

int
show_asked(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct m_show	 show;

	msg_take(m, &show, sizeof(show));
	if (msg_end(m) == -1 || show.plane != K_CONTROL || show.id == 0)
		return (-1);
	switch (show.what) {
	case SHOW_CONFIG:
		show_config(p, &show);
		return (0);
	case SHOW_ENV:
		show_env(p, &show);
		return (0);
	}
	return (-1);
}
