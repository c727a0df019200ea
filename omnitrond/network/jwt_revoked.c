/*
 * Tokens that are refused though they are valid, by their jti, until they
 * would have ended.  In the network process; the store keeps them.
 */
#include <stdlib.h>
#include <string.h>

#include "omnitrond/network/jwt_parts.h"

struct jwt_revocation {
	RB_ENTRY(jwt_revocation) entry;
	int64_t			 until_ms;	/* 0: for ever */
	char			 jti[SUBJECT_SIZE];
};

static int
revocation_cmp(const struct jwt_revocation *a, const struct jwt_revocation *b)
{
	return (strcmp(a->jti, b->jti));
}

RB_PROTOTYPE(jwt_revocations, jwt_revocation, entry, revocation_cmp)
RB_GENERATE(jwt_revocations, jwt_revocation, entry, revocation_cmp)

void
jwt_revoked_init(struct jwt_revoked *r)
{
	RB_INIT(&r->tree);
	r->n = 0;
}

static void
revocation_drop(struct jwt_revoked *r, struct jwt_revocation *v)
{
	RB_REMOVE(jwt_revocations, &r->tree, v);
	r->n--;
	free(v);
}

void
jwt_revoked_free(struct jwt_revoked *r)
{
	struct jwt_revocation	*v;

	while ((v = RB_ROOT(&r->tree)) != NULL)
		revocation_drop(r, v);
}

static struct jwt_revocation *
revocation_find(const struct jwt_revoked *r, const char *jti)
{
	/* RB_FIND reads only, but takes no const tree. */
	struct jwt_revocations	 tree = r->tree;
	struct jwt_revocation	 key;

	if (strlcpy(key.jti, jti, sizeof(key.jti)) >= sizeof(key.jti))
		return (NULL);
	return (RB_FIND(jwt_revocations, &tree, &key));
}

int
jwt_revoked_has(const struct jwt_revoked *r, const char *jti)
{
	return (jti[0] != '\0' && revocation_find(r, jti) != NULL);
}

/* Of two ends the later one counts. */
int
jwt_revoked_add(struct jwt_revoked *r, const char *jti, int64_t until_ms)
{
	struct jwt_revocation	*v;

	if (jti[0] == '\0' || strlen(jti) >= sizeof(v->jti))
		return (-1);
	if ((v = revocation_find(r, jti)) == NULL) {
		if (r->n == REVOKED_MAX || (v = calloc(1, sizeof(*v))) == NULL)
			return (-1);
		strlcpy(v->jti, jti, sizeof(v->jti));
		v->until_ms = until_ms;
		if (RB_INSERT(jwt_revocations, &r->tree, v) != NULL) {
			free(v);
			return (-1);
		}
		r->n++;
	} else if (until_ms == 0 || (v->until_ms != 0 &&
	    until_ms > v->until_ms))
		v->until_ms = until_ms;
	return (0);
}

void
jwt_revoked_tidy(struct jwt_revoked *r, int64_t now_ms)
{
	struct jwt_revocation	*v, *next;

	RB_FOREACH_SAFE(v, jwt_revocations, &r->tree, next)
		if (v->until_ms != 0 && v->until_ms <= now_ms)
			revocation_drop(r, v);
}
