/*
 * Revoked tokens.  Bounded: those that have ended go, and when none has no
 * more can be revoked.  Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/utf8.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/revoke.h"
#include "omnitrond/supervisor/supervisor.h"

int
revoked_cmp(const struct revoked *a, const struct revoked *b)
{
	return (strcmp(a->jti, b->jti));
}

RB_GENERATE(revoked_tree, revoked, entry, revoked_cmp)

void
revoke_init(struct sup *sup)
{
	RB_INIT(&sup->revokes.tree);
}

static void
revoke_drop(struct sup *sup, struct revoked *r)
{
	RB_REMOVE(revoked_tree, &sup->revokes.tree, r);
	sup->revokes.n--;
	free(r);
}

void
revoke_free(struct sup *sup)
{
	struct revoked	*r;

	while ((r = RB_MIN(revoked_tree, &sup->revokes.tree)) != NULL)
		revoke_drop(sup, r);
}

void
revoke_expire(struct sup *sup)
{
	struct revoked	*r, *next;
	int64_t		 now = out_wall(sup);

	RB_FOREACH_SAFE(r, revoked_tree, &sup->revokes.tree, next)
		if (now - r->until_ms > REVOKED_KEEP_MS)
			revoke_drop(sup, r);
}

/* NULL: there are too many.  Of two ends the later counts. */
static struct revoked *
revoke_add(struct sup *sup, const char *jti, int64_t until_ms)
{
	struct revoked	*r, key;

	strlcpy(key.jti, jti, sizeof(key.jti));
	if ((r = RB_FIND(revoked_tree, &sup->revokes.tree, &key)) == NULL) {
		if (sup->revokes.n >= REVOKED_MAX)
			revoke_expire(sup);
		if (sup->revokes.n >= REVOKED_MAX)
			return (NULL);
		r = xcalloc(1, sizeof(*r));
		strlcpy(r->jti, jti, sizeof(r->jti));
		RB_INSERT(revoked_tree, &sup->revokes.tree, r);
		sup->revokes.n++;
	}
	if (until_ms > r->until_ms)
		r->until_ms = until_ms;
	return (r);
}

static void
revoke_send(struct sup *sup, enum kind to, const struct revoked *r)
{
	struct m_revocation	 m;

	memset(&m, 0, sizeof(m));
	m.until_ms = r->until_ms;
	out_send(sup, to, M_REVOCATION, &m, r->jti, NULL);
}

int
revoke_request(struct sup *sup, const struct ask *ask, const char *jti)
{
	struct revoked	*r;
	struct req	*req;
	int64_t		 until = ask->m.until_ms;

	if (until == 0)
		until = out_wall(sup) + REVOKED_FOR_MS;
	if ((r = revoke_add(sup, jti, until)) == NULL)
		return (request_say(sup, ask, OUT_LIMITED, "too many tokens "
		    "are revoked: use another key instead"));
	r->unsaved = 1;
	sup->revokes.unsaved = 1;
	revoke_send(sup, K_NETWORK, r);
	req = request_new(sup, ask);
	req->count = 1;
	request_changes(sup, req, sup->persist.next);
	request_begun(sup, req);
	sup_want_turn(sup);
	return (0);
}

int
revoke_load(struct sup *sup, const struct m_revocation *m, const char *jti)
{
	struct revoked	*r;

	if (jti[0] == '\0' || m->until_ms <= 0 ||
	    !utf8_valid(jti, strlen(jti)))
		return (-1);
	if ((r = revoke_add(sup, jti, m->until_ms)) == NULL) {
		log_warnx("more than %u revoked tokens: one is left out",
		    REVOKED_MAX);
		return (0);
	}
	/* a store that comes back must not know more than the network */
	revoke_send(sup, K_NETWORK, r);
	return (0);
}

void
revoke_tell(struct sup *sup)
{
	struct revoked	*r;

	revoke_expire(sup);
	RB_FOREACH(r, revoked_tree, &sup->revokes.tree)
		revoke_send(sup, K_NETWORK, r);
}

void
revoke_save(struct sup *sup)
{
	struct revoked	*r;

	if (!sup->revokes.unsaved)
		return;
	sup->revokes.unsaved = 0;
	RB_FOREACH(r, revoked_tree, &sup->revokes.tree) {
		if (r->unsaved)
			revoke_send(sup, K_STORE, r);
		r->unsaved = 0;
	}
}

void
revoke_save_all(struct sup *sup)
{
	struct revoked	*r;

	RB_FOREACH(r, revoked_tree, &sup->revokes.tree)
		sup->revokes.unsaved = r->unsaved = 1;
}
