/*
 * Requests for secrets and tokens, which the secrets process answers, and the
 * apps that run with a secret that has changed.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/secret.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

/* ---- requests ----------------------------------------------------------- */

/* The last word of the method, which says what is done. */
static const char *const secret_words[SECRET_OP_MAX] = {
	[SECRET_GET] = "get", [SECRET_SET] = "set",
	[SECRET_DELETE] = "delete", [SECRET_LIST] = "list",
	[SECRET_REKEY] = "rekey", [SECRET_RESET] = "reset",
};

int
secret_sane(const struct m_request *m, const char *key)
{
	const char	*word;

	if (m->number >= SECRET_OP_MAX || secret_words[m->number] == NULL)
		return (0);
	/* what was allowed is what is done */
	word = strrchr(methods[m->method].name, '.');
	if (word == NULL || strcmp(word + 1, secret_words[m->number]) != 0)
		return (0);
	switch (m->number) {
	case SECRET_GET:
	case SECRET_SET:
	case SECRET_DELETE:
		return (name_valid(key));
	default:
		return (key[0] == '\0');
	}
}

static void
secret_open(struct sup *sup, const struct ask *ask, const char *key)
{
	struct m_secret_open	 m;
	char			 text[TEXT_MAX], ttl[32];

	memset(&m, 0, sizeof(m));
	m.id = ask->m.id;
	m.plane = ask->plane;
	m.op = ask->m.number;
	strlcpy(text, key, sizeof(text));
	if (ask->m.op == OP_ISSUE) {
		m.op = SECRET_ISSUE;
		m.role = ask->m.number;
		m.ttl_s = ask->m.timeout_ms / 1000;
		snprintf(text, sizeof(text), "for %s, %s, %s", key,
		    role_name(m.role), ask->m.timeout_ms == 0 ?
		    "as long as is usual" :
		    duration_format(ask->m.timeout_ms, ttl, sizeof(ttl)));
	}
	out_send(sup, K_SECRETS, M_SECRET_OPEN, &m, key, NULL);
	audit_request(sup, ask, OUT_OK, text);
}

/* Until it is there: the key is kept where its error would be. */
static void
secret_wait(struct sup *sup, const struct ask *ask, const char *key)
{
	struct m_none	 none = { 0 };
	struct req	*req = request_new(sup, ask);

	strlcpy(req->text, key, sizeof(req->text));
	timer_set(&sup->timers, &req->timer, out_in_ms(sup, SECRET_WAIT_MS));
	out_send(sup, K_PARENT, M_SECRETS_NEED, &none, NULL);
}

int
secret_request(struct sup *sup, const struct ask *ask, const char *key)
{
	/* whatever the table says: no other role ever does */
	if (ask->m.role < ROLE_ADMIN)
		return (request_say(sup, ask, OUT_FORBIDDEN,
		    "the role does not suffice"));
	if (out_there(sup, K_SECRETS))
		secret_open(sup, ask, key);
	else if (request_full(sup, ask->plane))
		return (request_say(sup, ask, OUT_LIMITED,
		    "too many requests wait"));
	else
		secret_wait(sup, ask, key);
	return (0);
}

int
secret_late(const struct ask *ask)
{
	return (ask->m.op == OP_SECRET || ask->m.op == OP_ISSUE);
}

void
secrets_up(struct sup *sup)
{
	struct req	*req, *next;

	for (req = LIST_FIRST(&sup->reqs); req != NULL; req = next) {
		next = LIST_NEXT(req, entry);
		if (!secret_late(&req->ask))
			continue;
		secret_open(sup, &req->ask, req->text);
		request_drop(sup, req);
	}
	secrets_tell(sup);
}

void
secrets_tell(struct sup *sup)
{
	struct m_none	 none = { 0 };

	if (sup->phase == PH_RUNNING && sup->nuses > 0 &&
	    out_there(sup, K_SECRETS))
		out_send(sup, K_SECRETS, M_SECRET_TELL, &none, NULL);
}

/* ---- who has which ------------------------------------------------------ */

void
uses_free(struct uses *u)
{
	free(u->keys);
	memset(u, 0, sizeof(*u));
}

int
uses_add(struct uses *u, const char *key)
{
	if (u->n >= SECRET_USES_MAX || !name_valid(key))
		return (-1);
	u->keys = xreallocarray(u->keys, u->n + 1, sizeof(*u->keys));
	strlcpy(u->keys[u->n++], key, sizeof(*u->keys));
	return (0);
}

void
uses_move(struct uses *u, struct uses *from)
{
	uses_free(u);
	*u = *from;
	memset(from, 0, sizeof(*from));
}

static int
uses_key(const struct uses *u, const char *key)
{
	uint32_t	 i;

	for (i = 0; i < u->n; i++)
		if (strcmp(u->keys[i], key) == 0)
			return (1);
	return (0);
}

static void
secret_stale(struct inst *inst, int64_t at_ms, const char *key)
{
	struct app	*app = inst->app;

	if (!inst->running || inst->started_ms > at_ms)
		return;
	if (!inst->stale)
		app->nstale++;
	inst->stale = 1;
	inst_keep(&app->stale, key);
}

static void
secret_changed_of(struct sup *sup, struct app *app, int64_t at_ms,
    const char *key)
{
	struct inst	*inst;
	uint32_t	 before = app->nstale;

	INST_FOREACH(inst, app) {
		if (!uses_key(&inst->process->uses, key))
			continue;
		secret_stale(inst, at_ms, key);
		if (inst->twin != NULL)
			secret_stale(inst->twin, at_ms, key);
	}
	if (app->nstale > 0 && (before > 0 || app->nstale != before))
		view_app(sup, app);
}

int
secret_changed(struct sup *sup, const struct m_secret_changed *m,
    const char *key)
{
	struct app	*app;

	if (!name_valid(key) || m->at_ms <= 0)
		return (-1);
	if (sup->nuses == 0)
		return (0);
	APP_FOREACH(app, sup)
		secret_changed_of(sup, app, m->at_ms, key);
	return (0);
}

void
secret_fresh(struct sup *sup, struct inst *inst)
{
	if (!inst->stale)
		return;
	inst->stale = 0;
	inst->app->nstale--;
	view_app(sup, inst->app);
}

void
secret_stale_text(const struct app *app, char *buf, size_t size)
{
	buf[0] = '\0';
	if (app->nstale > 0)
		snprintf(buf, size, "restart to apply: secret %s changed",
		    app->stale);
}
