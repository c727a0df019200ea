/*
 * Tokens that are refused until they end, and the text of access.json (the
 * store).  Touches memory only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/store/access.h"
#include "omnitrond/store/read.h"

static const char *const root_keys[] = {
	"version", "updatedAt", "revocations", "crc32c", NULL
};

int
revocation_cmp(const struct revocation *a, const struct revocation *b)
{
	return (strcmp(a->jti, b->jti));
}

RB_GENERATE(revocations, revocation, entry, revocation_cmp)

void
access_init(struct access *a)
{
	memset(a, 0, sizeof(*a));
	RB_INIT(&a->revoked);
	TAILQ_INIT(&a->extra);
}

static void
access_drop(struct access *a, struct revocation *r)
{
	RB_REMOVE(revocations, &a->revoked, r);
	a->nrevoked--;
	free(r);
}

void
access_free(struct access *a)
{
	struct revocation	*r;

	while ((r = RB_MIN(revocations, &a->revoked)) != NULL)
		access_drop(a, r);
	extra_free(&a->extra);
	access_init(a);
}

static struct revocation *
access_find(struct access *a, const char *jti)
{
	struct revocation	 key;

	memset(&key, 0, sizeof(key));
	strlcpy(key.jti, jti, sizeof(key.jti));
	return (RB_FIND(revocations, &a->revoked, &key));
}

static struct revocation *
access_add(struct access *a, const char *jti, int64_t until_ms)
{
	struct revocation	*r = xcalloc(1, sizeof(*r));

	strlcpy(r->jti, jti, sizeof(r->jti));
	r->until_ms = until_ms;
	RB_INSERT(revocations, &a->revoked, r);
	a->nrevoked++;
	return (r);
}

int
access_revoke(struct access *a, const char *jti, int64_t until_ms,
    int64_t now_ms)
{
	struct revocation	*r;

	if (jti[0] == '\0' || until_ms <= 0 || !utf8_valid(jti, strlen(jti)))
		return (-1);
	if ((r = access_find(a, jti)) != NULL) {
		if (until_ms > r->until_ms) {
			r->until_ms = until_ms;
			a->dirty = 1;
		}
		return (0);
	}
	if (a->nrevoked >= ACCESS_MAX)
		access_expire(a, now_ms);
	if (a->nrevoked >= ACCESS_MAX)
		return (-1);
	access_add(a, jti, until_ms);
	a->dirty = 1;
	return (0);
}

/* Overflows for no value: until_ms is above 0. */
static int
access_ended(const struct revocation *r, int64_t now_ms)
{
	return (now_ms - r->until_ms > ACCESS_KEEP_MS);
}

void
access_expire(struct access *a, int64_t now_ms)
{
	struct revocation	*r, *next;

	RB_FOREACH_SAFE(r, revocations, &a->revoked, next)
		if (access_ended(r, now_ms)) {
			access_drop(a, r);
			a->dirty = 1;
		}
}

int
access_write(const struct access *a, int64_t now_ms, struct jsonw *w)
{
	struct revocation	*r;
	struct revocations	*all =
				    (struct revocations *)(uintptr_t)
				    &a->revoked;

	jsonw_object(w);
	jsonw_kint(w, "version", ACCESS_VERSION);
	jsonw_kint(w, "updatedAt", now_ms);
	extra_write(w, &a->extra);
	jsonw_key(w, "revocations");
	jsonw_array(w);
	RB_FOREACH(r, revocations, all) {
		jsonw_object(w);
		jsonw_kstring(w, "jti", r->jti);
		jsonw_kint(w, "until", r->until_ms);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
	return (state_seal(w));
}

static const char *
access_read_one(struct access *a, const struct json *o)
{
	const char	*jti;
	int64_t		 until;

	if (o->type != JSON_OBJECT ||
	    read_str(o, "jti", SUBJECT_SIZE - 1, &jti) == -1 ||
	    jti[0] == '\0' ||
	    read_int(o, "until", 1, INT64_MAX, &until) == -1 || until == 0)
		return ("bad record of a token");
	if (access_find(a, jti) != NULL)
		return ("a token is there twice");
	if (a->nrevoked >= ACCESS_MAX)
		return ("there are too many tokens");
	access_add(a, jti, until);
	return (NULL);
}

static const char *
access_read_root(struct access *a, const struct json *root,
    int64_t *version)
{
	const struct json	*c;
	const char		*why;

	if (root->type != JSON_OBJECT)
		return ("not an object");
	if (read_int(root, "version", 1, INT64_MAX, version) == -1 ||
	    *version == 0)
		return ("no version");
	if (read_extra(root, root_keys, &a->extra) == -1)
		return ("too large");
	c = json_get(root, "revocations");
	if (c == NULL || c->type != JSON_ARRAY)
		return ("no list of revocations");
	for (c = c->first; c != NULL; c = c->next)
		if ((why = access_read_one(a, c)) != NULL)
			return (why);
	return (NULL);
}

int
access_read(struct access *a, const char *text, size_t len, int64_t *version,
    char *err, size_t errsize)
{
	struct json	*root;
	const char	*why;

	*version = 0;
	root = read_file(text, len, err, errsize);
	if (root == NULL)
		return (-1);
	if ((why = access_read_root(a, root, version)) != NULL) {
		strlcpy(err, why, errsize);
		access_free(a);
	}
	json_free(root);
	return (why != NULL ? -1 : 0);
}
