/*
 * The jwt block: which tokens are accepted, and which key signs.  In the
 * parent; looks at the files of keys, whose contents it does not keep.
 */
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define PEM_BEGIN	"-----BEGIN "

static void
jwt_algorithm(struct parse *ps, const char *text, struct pos pos)
{
	const char	*names[JWT_MAX], *near;
	int		 i, n = 0;

	for (i = JWT_NONE + 1; i < JWT_MAX; i++) {
		names[n++] = conf_algorithm((enum jwt_algorithm)i);
		if (strcmp(text, names[n - 1]) == 0) {
			ps->conf->jwt.m.algorithm = (uint32_t)i;
			return;
		}
	}
	near = nearest_name(text, names, (size_t)n);
	conf_error(ps, pos, "algorithm takes %s, not \"%s\"%s%s%s",
	    keyword_args(KW_ALGORITHM), text, near != NULL ?
	    "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

/* "" would be none at all; what a token can say is no longer than this. */
static void
jwt_text(struct parse *ps, enum keyword kw, char **to, const char *text,
    struct pos pos)
{
	if (text[0] == '\0' || strlen(text) >= SUBJECT_SIZE ||
	    !utf8_valid(text, strlen(text))) {
		conf_error(ps, pos, "%s: \"%s\" is not a text of 1 to %u bytes",
		    keyword_word(kw), text, SUBJECT_SIZE - 1);
		return;
	}
	free(*to);
	*to = xstrdup(text);
}

/* Tokens say whole seconds. */
static void
jwt_seconds(struct parse *ps, enum keyword kw, int64_t min, int64_t max,
    uint32_t *to, const char *text, struct pos pos)
{
	char	 a[32], b[32];
	int64_t	 ms;

	if (duration_parse(text, &ms) == -1 || ms < min || ms > max ||
	    ms % 1000 != 0)
		conf_error(ps, pos, "%s: \"%s\" is not a duration from %s to "
		    "%s, in whole seconds", keyword_word(kw), text,
		    duration_format(min, a, sizeof(a)),
		    duration_format(max, b, sizeof(b)));
	else
		*to = (uint32_t)(ms / 1000);
}

void
set_jwt(struct parse *ps, enum keyword kw, const char *text, struct pos pos)
{
	struct jwt_block	*jwt = &ps->conf->jwt;

	if (global_once(ps, kw, pos) == -1 || text == lex_undefined)
		return;
	switch (kw) {
	case KW_ALGORITHM:
		jwt_algorithm(ps, text, pos);
		break;
	case KW_ISSUER:
		jwt_text(ps, kw, &jwt->issuer, text, pos);
		break;
	case KW_AUDIENCE:
		jwt_text(ps, kw, &jwt->audience, text, pos);
		break;
	case KW_LEEWAY:
		jwt_seconds(ps, kw, 0, LEEWAY_MAX, &jwt->m.leeway_s, text,
		    pos);
		break;
	default:
		jwt_seconds(ps, kw, TTL_MIN, TTL_MAX, &jwt->m.max_ttl_s, text,
		    pos);
	}
}

static int
jwt_key_valid(struct parse *ps, const char *kid, struct pos pos)
{
	const struct jwt_block	*jwt = &ps->conf->jwt;
	const struct key_conf	*k;

	if (!name_valid(kid)) {
		conf_error(ps, pos, "key: \"%s\" cannot be a key's name: 1 to "
		    "%d letters, digits, dots, - and _", kid, NAME_LEN_MAX);
		return (0);
	}
	TAILQ_FOREACH(k, &jwt->keys, entry)
		if (strcmp(k->kid, kid) == 0) {
			conf_error(ps, pos, "key: \"%s\" is given twice", kid);
			return (0);
		}
	if (jwt->nkeys == KEYS_MAX) {
		conf_error(ps, pos, "key: more than %u keys", KEYS_MAX);
		return (0);
	}
	return (1);
}

void
set_jwt_key(struct parse *ps, const char *kid, const char *file,
    const char *sign, struct pos pos)
{
	struct jwt_block	*jwt = &ps->conf->jwt;
	struct key_conf		*k;

	if (ps->seen[KW_KEYFILE].file == NULL)
		ps->seen[KW_KEYFILE] = pos;	/* there is a key, if wrong */
	if (kid == lex_undefined || file == lex_undefined ||
	    sign == lex_undefined || !jwt_key_valid(ps, kid, pos))
		return;
	k = xcalloc(1, sizeof(*k));
	k->kid = xstrdup(kid);
	k->file = xstrdup(file);
	k->sign = sign != NULL ? xstrdup(sign) : NULL;
	TAILQ_INSERT_TAIL(&jwt->keys, k, entry);
	ps->access.keys[jwt->nkeys++] = pos;
}

/* ---- when all is read ---------------------------------------------------- */

/* "256": the bits of HS256, and how strong its key must be. */
static off_t
jwt_bytes(enum jwt_algorithm algorithm)
{
	return ((off_t)strtonum(conf_algorithm(algorithm) + 2, 256, 512,
	    NULL) / 8);
}

/* All bytes of the file are the key. */
static void
jwt_hmac(struct parse *ps, const struct key_conf *k, struct pos pos)
{
	enum jwt_algorithm	 algorithm = ps->conf->jwt.m.algorithm;
	char			 head[KEY_HEAD + 1];
	off_t			 size;

	if (k->sign != NULL)
		conf_error(ps, pos, "key \"%s\": sign is for RS and ES: with "
		    "%s one file signs and verifies", k->kid,
		    conf_algorithm(algorithm));
	if (key_check(ps, pos, "key", k->file, 1, head, &size) == -1)
		return;
	if (strncmp(head, PEM_BEGIN, strlen(PEM_BEGIN)) == 0)
		conf_error(ps, pos, "key: %s is a PEM file, which others may "
		    "have: %s takes random bytes, as from head -c 64 "
		    "/dev/urandom", k->file, conf_algorithm(algorithm));
	else if (size < jwt_bytes(algorithm))
		conf_error(ps, pos, "key: %s has %lld bytes: %s takes %lld or "
		    "more, as from head -c 64 /dev/urandom", k->file,
		    (long long)size, conf_algorithm(algorithm),
		    (long long)jwt_bytes(algorithm));
	explicit_bzero(head, sizeof(head));
}

static void
jwt_pem(struct parse *ps, const char *word, const char *path, int private,
    struct pos pos)
{
	char	 head[KEY_HEAD + 1];
	off_t	 size;
	int	 is_private;

	if (key_check(ps, pos, word, path, private, head, &size) == -1)
		return;
	is_private = strstr(head, "PRIVATE KEY") != NULL;
	if (strncmp(head, PEM_BEGIN, strlen(PEM_BEGIN)) != 0)
		conf_error(ps, pos, "%s: %s is no PEM file, as %s takes it: "
		    "it must begin with %s", word, path,
		    conf_algorithm(ps->conf->jwt.m.algorithm), PEM_BEGIN);
	else if (is_private && !private)
		conf_error(ps, pos, "key: %s is a private key: file takes the "
		    "public one (openssl pkey -pubout), and sign the private "
		    "one", path);
	else if (private && !is_private)
		conf_error(ps, pos, "sign: %s is no private key", path);
	explicit_bzero(head, sizeof(head));
}

static void
jwt_key(struct parse *ps, const struct key_conf *k, struct pos pos)
{
	if (conf_algorithm(ps->conf->jwt.m.algorithm)[0] == 'H') {
		jwt_hmac(ps, k, pos);
		return;
	}
	jwt_pem(ps, "key", k->file, 0, pos);
	if (k->sign != NULL)
		jwt_pem(ps, "sign", k->sign, 1, pos);
}

void
conf_jwt(struct parse *ps)
{
	struct jwt_block	*jwt = &ps->conf->jwt;
	struct pos		 pos = ps->seen[KW_JWT];
	struct key_conf		*k;
	size_t			 n = 0;
	int64_t			 ms = 0;

	if (pos.file == NULL)
		return;
	if (ps->seen[KW_MAXTTL].file == NULL) {
		duration_parse(keyword_default(KW_MAXTTL), &ms);
		jwt->m.max_ttl_s = (uint32_t)(ms / 1000);
	}
	if (ps->seen[KW_ALGORITHM].file == NULL && !ps->access.lost)
		conf_error(ps, pos, "jwt: algorithm is missing: one of %s",
		    keyword_args(KW_ALGORITHM));
	if (ps->seen[KW_KEYFILE].file == NULL && !ps->access.lost)
		conf_error(ps, pos, "jwt: there is no key: key \"NAME\" file "
		    "\"/path/of/key\"");
	if (jwt->m.algorithm == JWT_NONE)
		return;
	TAILQ_FOREACH(k, &jwt->keys, entry)
		jwt_key(ps, k, ps->access.keys[n++]);
}
