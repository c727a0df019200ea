/*
 * The secrets in memory, and as the bytes that are encrypted (secrets).
 * Touches memory only.
 */
#include <endian.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/log.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/secrets/map.h"

#define FIXED	(1 + sizeof(uint64_t) + sizeof(uint16_t)) /* of each */

/* ---- memory ------------------------------------------------------------- */

int
safe_init(void)
{
	return (CRYPTO_secure_malloc_init(SAFE_SIZE, SAFE_LEAST) == 1 ? 0 :
	    -1);
}

/* What does not fit there is in ordinary memory, and wiped as well. */
void *
safe_new(size_t size)
{
	void	*p = OPENSSL_secure_zalloc(size);

	if (p == NULL && (p = OPENSSL_zalloc(size)) == NULL)
		fatalx("out of memory");
	return (p);
}

void
safe_free(void *p, size_t size)
{
	OPENSSL_secure_clear_free(p, size);
}

/* ---- the map ------------------------------------------------------------ */

int
secret_cmp(const struct secret *a, const struct secret *b)
{
	return (strcmp(a->key, b->key));
}

RB_GENERATE(secrets_map, secret, entry, secret_cmp)

int
secret_valid(const void *value, size_t len)
{
	return (len <= SECRET_MAX && utf8_valid(value, len));
}

struct secret *
secret_new(const char *key, const void *value, size_t len, int64_t updated_ms)
{
	struct secret	*s = xcalloc(1, sizeof(*s));

	strlcpy(s->key, key, sizeof(s->key));
	s->updated_ms = updated_ms;
	s->len = len;
	s->value = safe_new(len + 1);
	memcpy(s->value, value, len);
	return (s);
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	safe_free(s->value, s->len + 1);
	freezero(s, sizeof(*s));
}

void
map_init(struct map *m)
{
	RB_INIT(&m->tree);
	m->n = 0;
}

void
map_free(struct map *m)
{
	struct secret	*s;

	while ((s = map_first(m)) != NULL) {
		map_remove(m, s);
		secret_free(s);
	}
}

struct secret *
map_get(struct map *m, const char *key)
{
	struct secret	 find;

	memset(&find, 0, sizeof(find));
	strlcpy(find.key, key, sizeof(find.key));
	return (RB_FIND(secrets_map, &m->tree, &find));
}

struct secret *
map_first(struct map *m)
{
	return (RB_MIN(secrets_map, &m->tree));
}

struct secret *
map_next(struct secret *s)
{
	return (RB_NEXT(secrets_map, NULL, s));
}

void
map_insert(struct map *m, struct secret *s)
{
	if (m->n >= SECRETS_MAX ||
	    RB_INSERT(secrets_map, &m->tree, s) != NULL)
		fatalx("a secret that has no place");
	m->n++;
}

void
map_remove(struct map *m, struct secret *s)
{
	RB_REMOVE(secrets_map, &m->tree, s);
	m->n--;
}

/* ---- as bytes ----------------------------------------------------------- */

size_t
map_size(struct map *m)
{
	struct secret	*s;
	size_t		 size = 0;

	RB_FOREACH(s, secrets_map, &m->tree)
		size += FIXED + strlen(s->key) + s->len;
	return (size);
}

static uint8_t *
put(uint8_t *p, const void *data, size_t n)
{
	memcpy(p, data, n);
	return (p + n);
}

void
map_encode(struct map *m, uint8_t *p)
{
	struct secret	*s;
	uint64_t	 at;
	uint16_t	 len;
	uint8_t		 keylen;

	RB_FOREACH(s, secrets_map, &m->tree) {
		keylen = (uint8_t)strlen(s->key);
		at = htobe64((uint64_t)s->updated_ms);
		len = htobe16((uint16_t)s->len);
		p = put(p, &keylen, sizeof(keylen));
		p = put(p, s->key, keylen);
		p = put(p, &at, sizeof(at));
		p = put(p, &len, sizeof(len));
		p = put(p, s->value, s->len);
	}
}

struct bytes {
	const uint8_t	*p;
	size_t		 left;
};

static int
take(struct bytes *b, void *dst, size_t n)
{
	if (b->left < n)
		return (-1);
	memcpy(dst, b->p, n);
	b->p += n;
	b->left -= n;
	return (0);
}

/* One more, which comes after `last' ("" at first); it goes into the map. */
static int
decode_one(struct map *m, struct bytes *b, char *last)
{
	char		 key[NAME_SIZE] = "";
	uint64_t	 at;
	uint16_t	 len;
	uint8_t		 keylen;

	if (m->n >= SECRETS_MAX || take(b, &keylen, sizeof(keylen)) == -1 ||
	    keylen > NAME_LEN_MAX || take(b, key, keylen) == -1 ||
	    take(b, &at, sizeof(at)) == -1 ||
	    take(b, &len, sizeof(len)) == -1)
		return (-1);
	len = be16toh(len);
	if (strlen(key) != keylen || !name_valid(key) ||
	    strcmp(last, key) >= 0 || len > b->left ||
	    !secret_valid(b->p, len))
		return (-1);
	map_insert(m, secret_new(key, b->p, len, (int64_t)be64toh(at)));
	b->p += len;
	b->left -= len;
	strlcpy(last, key, NAME_SIZE);
	return (0);
}

int
map_decode(struct map *m, const uint8_t *p, size_t len)
{
	struct bytes	 b = { p, len };
	char		 last[NAME_SIZE] = "";

	while (b.left > 0)
		if (decode_one(m, &b, last) == -1) {
			map_free(m);
			return (-1);
		}
	return (0);
}
