/*
 * What is done for a request (secrets): the operation, its answer, and word to
 * the supervisor of what changed, without its value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/mono.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/secrets/secrets.h"

/* A reply with a value: each byte may become \u00XX. */
#define VALUE_JSON	(6 * (SECRET_MAX + NAME_LEN_MAX) + 64)

/* With all its memory at once: growing would leave copies behind. */
static void
json_begin(struct jsonw *w, size_t size)
{
	jsonw_init(w, size);
	w->buf = xcalloc(1, size);
	w->size = size;
}

static void
act_changed(struct secrets *s, const char *key, int64_t at_ms)
{
	struct peer		*peer = s->proc->peer[K_SUPERVISOR];
	struct m_secret_changed	 m = { at_ms };

	if (peer != NULL)
		peer_send(peer, M_SECRET_CHANGED, -1, &m, key, NULL);
}

/* When those of the daemon's environment changed nobody knows. */
void
act_tell_all(struct secrets *s)
{
	struct secret	*it;
	char		 text[TEXT_MAX];

	if (vault_writable(&s->vault, text) != OUT_OK)
		return;
	for (it = map_first(&s->vault.map); it != NULL; it = map_next(it))
		act_changed(s, it->key, it->updated_ms);
}

/* Without a configuration it is told when there is one. */
int
act_tell(struct peer *peer, struct msg *m)
{
	struct secrets	*s = secrets_of(peer);
	struct m_none	 none;

	msg_take(m, &none, sizeof(none));
	if (msg_end(m) == -1)
		return (-1);
	if (s->committed)
		act_tell_all(s);
	return (0);
}

static void
answer_success(struct secrets *s, const struct waiting *r, int persisted)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kbool(&w, "success", 1);
	jsonw_kbool(&w, "persisted", persisted);
	jsonw_end(&w);
	answer_json(s, r->plane, r->id, &w);
}

/* "secret 'pw' not found; did you mean 'db-pw'?" */
static void
act_missing(struct secrets *s, const char *key, char *text)
{
	const char	*names[SECRETS_MAX], *near;
	struct secret	*it;
	size_t		 n = 0;

	for (it = map_first(&s->vault.map); it != NULL; it = map_next(it))
		names[n++] = it->key;
	near = nearest_name(key, names, n);
	if (near != NULL)
		snprintf(text, TEXT_MAX, "secret '%s' not found; did you "
		    "mean '%s'?", key, near);
	else
		snprintf(text, TEXT_MAX, "secret '%s' not found", key);
}

/* ---- operations: each OUT_OK and it has answered, or text says why not -- */

static enum outcome
act_get(struct secrets *s, struct waiting *r, char *text)
{
	struct secret	*it;
	struct jsonw	 w;
	enum outcome	 rv;

	if ((rv = vault_readable(&s->vault, text)) != OUT_OK)
		return (rv);
	if ((it = map_get(&s->vault.map, r->key)) == NULL) {
		act_missing(s, r->key, text);
		return (OUT_NOT_FOUND);
	}
	json_begin(&w, VALUE_JSON);
	jsonw_object(&w);
	jsonw_kstring(&w, "key", it->key);
	jsonw_key(&w, "value");
	jsonw_stringn(&w, it->value, it->len);
	jsonw_end(&w);
	answer_json(s, r->plane, r->id, &w);
	return (OUT_OK);
}

static enum outcome
act_set(struct secrets *s, struct waiting *r, char *text)
{
	enum outcome	 rv;
	int		 persisted, changed;

	if (!secret_valid(r->value, r->len)) {
		snprintf(text, TEXT_MAX, "the value of '%s' is not UTF-8, or "
		    "has a NUL in it: encode it, for example with base64",
		    r->key);
		return (OUT_INVALID);
	}
	rv = vault_set(&s->vault, r->key, r->value, r->len, wall_ms(),
	    &persisted, &changed, text);
	if (rv != OUT_OK)
		return (rv);
	if (changed)
		act_changed(s, r->key, wall_ms());
	answer_success(s, r, persisted);
	return (OUT_OK);
}

static enum outcome
act_delete(struct secrets *s, struct waiting *r, char *text)
{
	enum outcome	 rv;
	int		 persisted;

	rv = vault_delete(&s->vault, r->key, &persisted, text);
	if (rv == OUT_NOT_FOUND)
		act_missing(s, r->key, text);
	if (rv != OUT_OK)
		return (rv);
	act_changed(s, r->key, wall_ms());
	answer_success(s, r, persisted);
	return (OUT_OK);
}

static enum outcome
act_list(struct secrets *s, struct waiting *r, char *text)
{
	struct secret	*it;
	struct jsonw	 w;
	enum outcome	 rv;

	if ((rv = vault_readable(&s->vault, text)) != OUT_OK)
		return (rv);
	jsonw_init(&w, OBJECT_MAX);
	jsonw_array(&w);
	for (it = map_first(&s->vault.map); it != NULL; it = map_next(it)) {
		jsonw_object(&w);
		jsonw_kstring(&w, "key", it->key);
		jsonw_kint(&w, "updatedAt", it->updated_ms);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	answer_json(s, r->plane, r->id, &w);
	return (OUT_OK);
}

static enum outcome
act_rekey(struct secrets *s, struct waiting *r, char *text)
{
	enum outcome	 rv;
	int		 persisted;

	if ((rv = vault_rekey(&s->vault, &persisted, text)) == OUT_OK)
		answer_success(s, r, persisted);
	return (rv);
}

static enum outcome
act_reset(struct secrets *s, struct waiting *r, char *text)
{
	struct jsonw	 w;
	const char	*moved;
	enum outcome	 rv;

	if ((rv = vault_reset(&s->vault, &moved, text)) != OUT_OK)
		return (rv);
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kbool(&w, "success", 1);
	jsonw_kstring(&w, "moved", moved);
	jsonw_end(&w);
	answer_json(s, r->plane, r->id, &w);
	return (OUT_OK);
}

static enum outcome
act_issue(struct secrets *s, struct waiting *r, char *text)
{
	struct token	 t;
	struct jsonw	 w;
	enum outcome	 rv;

	rv = signer_issue(s->signer, r->open.role, r->key, r->open.ttl_s,
	    wall_ms() / 1000, &t, text, TEXT_MAX);
	if (rv != OUT_OK)
		return (rv);
	json_begin(&w, VALUE_JSON);
	jsonw_object(&w);
	jsonw_kstring(&w, "token", t.text);
	jsonw_kstring(&w, "jti", t.jti);
	jsonw_kint(&w, "expiresAt", t.exp_s * 1000);
	jsonw_kstring(&w, "kid", signer_kid(s->signer));
	jsonw_end(&w);
	explicit_bzero(&t, sizeof(t));
	answer_json(s, r->plane, r->id, &w);
	return (OUT_OK);
}

void
act(struct secrets *s, struct waiting *r)
{
	static enum outcome (*const ops[SECRET_OP_MAX])(struct secrets *,
	    struct waiting *, char *) = {
		[SECRET_GET] = act_get, [SECRET_SET] = act_set,
		[SECRET_DELETE] = act_delete, [SECRET_LIST] = act_list,
		[SECRET_REKEY] = act_rekey, [SECRET_RESET] = act_reset,
		[SECRET_ISSUE] = act_issue
	};
	char		 text[TEXT_MAX] = "";
	enum outcome	 rv;

	rv = ops[r->open.op](s, r, text);
	if (rv != OUT_OK)
		answer_text(s, r->plane, r->id, rv, text);
	secrets_written(s);
}

/* ---- the parent --------------------------------------------------------- */

int
act_ask(struct peer *peer, struct msg *m)
{
	struct secrets		*s = secrets_of(peer);
	struct m_secret_ask	 ask;
	struct m_secret_told	 told;
	struct secret		*it = NULL;
	char			 key[NAME_SIZE], text[TEXT_MAX] = "";

	msg_take(m, &ask, sizeof(ask));
	msg_take_str(m, key, sizeof(key));
	if (msg_end(m) == -1 || ask.id == 0 || !name_valid(key) ||
	    !s->committed)
		return (-1);
	memset(&told, 0, sizeof(told));
	told.id = ask.id;
	told.outcome = vault_readable(&s->vault, text);
	if (told.outcome == OUT_OK &&
	    (it = map_get(&s->vault.map, key)) == NULL) {
		told.outcome = OUT_NOT_FOUND;
		act_missing(s, key, text);
	}
	if (it != NULL)
		peer_send_raw(peer, M_SECRET_TOLD, -1, &told, it->value,
		    it->len);
	else
		peer_send_raw(peer, M_SECRET_TOLD, -1, &told, text,
		    strlen(text));
	return (0);
}
