/*
 * Tokens that were verified before, by the SHA-256 of all their bytes: of two
 * that say the same but are spelled otherwise, each has to be verified.  In
 * the network process.  Bounded: the one not used for longest makes room.
 */
#include <stdlib.h>
#include <string.h>

#include "omnitrond/network/jwt_parts.h"

/* struct caller has room for the longest; most are short. */
struct jwt_seen {
	RB_ENTRY(jwt_seen)	 entry;
	TAILQ_ENTRY(jwt_seen)	 lru;
	uint8_t			 hash[JWT_HASH_SIZE];
	int64_t			 from_s;
	int64_t			 until_s;
	int64_t			 exp_s;
	enum role		 role;
	uint32_t		 ngroups;
	char			 text[];	/* kid, sub, jti, groups */
};

static int
seen_cmp(const struct jwt_seen *a, const struct jwt_seen *b)
{
	return (memcmp(a->hash, b->hash, JWT_HASH_SIZE));
}

RB_PROTOTYPE(jwt_seens, jwt_seen, entry, seen_cmp)
RB_GENERATE(jwt_seens, jwt_seen, entry, seen_cmp)

static struct jwt_seen *
seen_find(struct jwt_cache *c, const uint8_t hash[JWT_HASH_SIZE])
{
	struct jwt_seen	 key;

	memset(&key, 0, sizeof(key));
	memcpy(key.hash, hash, JWT_HASH_SIZE);
	return (RB_FIND(jwt_seens, &c->tree, &key));
}

static void
seen_drop(struct jwt_cache *c, struct jwt_seen *s)
{
	RB_REMOVE(jwt_seens, &c->tree, s);
	TAILQ_REMOVE(&c->lru, s, lru);
	c->n--;
	free(s);
}

void
jwt_cache_init(struct jwt_cache *c)
{
	RB_INIT(&c->tree);
	TAILQ_INIT(&c->lru);
	c->n = 0;
}

void
jwt_cache_flush(struct jwt_cache *c)
{
	struct jwt_seen	*s;

	while ((s = TAILQ_FIRST(&c->lru)) != NULL)
		seen_drop(c, s);
}

/* The next string of the text, which was packed from such fields. */
static const char *
unpack(const char *p, char *out, size_t size)
{
	return (p + strlcpy(out, p, size) + 1);
}

int
jwt_cache_get(struct jwt_cache *c, const uint8_t hash[JWT_HASH_SIZE],
    struct jwt_said *said)
{
	struct jwt_seen	*s;
	struct caller	*who = &said->caller;
	const char	*p;

	if ((s = seen_find(c, hash)) == NULL)
		return (0);
	TAILQ_REMOVE(&c->lru, s, lru);
	TAILQ_INSERT_HEAD(&c->lru, s, lru);
	said->from_s = s->from_s;
	said->until_s = s->until_s;
	said->exp_s = s->exp_s;
	memset(who, 0, sizeof(*who));
	who->how = CALLER_TOKEN;
	who->uid = who->gid = ID_NONE;
	who->role = s->role;
	p = unpack(s->text, who->kid, sizeof(who->kid));
	p = unpack(p, who->subject, sizeof(who->subject));
	p = unpack(p, who->jti, sizeof(who->jti));
	for (; who->ngroups < s->ngroups; who->ngroups++)
		p = unpack(p, who->groups[who->ngroups], SUBJECT_SIZE);
	return (1);
}

static size_t
text_size(const struct caller *who)
{
	size_t		 n;
	uint32_t	 i;

	n = strlen(who->kid) + strlen(who->subject) + strlen(who->jti) + 3;
	for (i = 0; i < who->ngroups; i++)
		n += strlen(who->groups[i]) + 1;
	return (n);
}

static char *
pack(char *p, const char *s)
{
	size_t	 n = strlen(s) + 1;

	memcpy(p, s, n);
	return (p + n);
}

void
jwt_cache_put(struct jwt_cache *c, const uint8_t hash[JWT_HASH_SIZE],
    const struct jwt_said *said)
{
	const struct caller	*who = &said->caller;
	struct jwt_seen		*s;
	uint32_t		 i;
	char			*p;

	if ((s = malloc(sizeof(*s) + text_size(who))) == NULL)
		return;
	memcpy(s->hash, hash, JWT_HASH_SIZE);
	s->from_s = said->from_s;
	s->until_s = said->until_s;
	s->exp_s = said->exp_s;
	s->role = who->role;
	s->ngroups = who->ngroups;
	p = pack(pack(pack(s->text, who->kid), who->subject), who->jti);
	for (i = 0; i < who->ngroups; i++)
		p = pack(p, who->groups[i]);
	if (RB_INSERT(jwt_seens, &c->tree, s) != NULL) {
		free(s);
		return;
	}
	TAILQ_INSERT_HEAD(&c->lru, s, lru);
	if (++c->n > JWT_CACHE_MAX)
		seen_drop(c, TAILQ_LAST(&c->lru, jwt_lru));
}

void
jwt_cache_drop(struct jwt_cache *c, const uint8_t hash[JWT_HASH_SIZE])
{
	struct jwt_seen	*s;

	if ((s = seen_find(c, hash)) != NULL)
		seen_drop(c, s);
}

void
jwt_cache_tidy(struct jwt_cache *c, int64_t now_s)
{
	struct jwt_seen	*s, *next;

	TAILQ_FOREACH_SAFE(s, &c->lru, lru, next)
		if (s->until_s <= now_s)
			seen_drop(c, s);
}
