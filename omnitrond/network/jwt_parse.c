/*
 * A token taken apart, and what its header may say.  In the network process;
 * pure.  Nothing here has been verified: it decides only what is tried.
 */
#include <string.h>

#include "common/json.h"
#include "omnitrond/network/jwt_parts.h"

static const struct json_limits	 jwt_limits = {
	.max = JWT_PART_MAX,
	.depth = 8,			/* of honest claims: 3 */
	.tokens = 1024			/* no part can have many more */
};

/*
 * They would change how a token is to be read, or where its key is from; the
 * others are hints, which RFC 7515, 4 lets us ignore.
 */
static const char *const	 jwt_unwanted[] = {
	"crit", "b64", "zip", "enc", "cty", "jku", "jwk", "x5u", "x5c", "epk",
	"apu", "apv", "iv", "tag", "p2s", "p2c"
};
#define NUNWANTED	(sizeof(jwt_unwanted) / sizeof(jwt_unwanted[0]))

const char *
jwt_split(struct jwt_token *t, const char *token, size_t len)
{
	const char	*dot, *dot2;
	size_t		 siglen;
	int		 n;

	if (len == 0 || len > JWT_TOKEN_MAX)
		return ("its length");
	if (!jwt_base64_valid(token, len) ||
	    (dot = memchr(token, '.', len)) == NULL ||
	    (dot2 = memchr(dot + 1, '.', (size_t)(token + len - dot - 1))) ==
	    NULL)
		return ("malformed");
	siglen = (size_t)(token + len - dot2 - 1);
	if (memchr(dot2 + 1, '.', siglen) != NULL)
		return ("malformed");
	t->text = (struct jwt_span){ token, len };
	t->head = (struct jwt_span){ token, (size_t)(dot - token) };
	t->body = (struct jwt_span){ dot + 1, (size_t)(dot2 - dot - 1) };
	t->signed_part = (struct jwt_span){ token, (size_t)(dot2 - token) };
	n = jwt_base64_decode(dot2 + 1, siglen, t->sig, sizeof(t->sig));
	if (n == -1)
		return ("malformed signature");
	t->siglen = (size_t)n;
	t->kid[0] = '\0';
	return (NULL);
}

struct json *
jwt_object(const struct jwt_span *span, const char **why)
{
	uint8_t		 text[JWT_PART_MAX];
	struct json	*json;
	char		 err[64];
	int		 n;

	*why = "malformed";
	n = jwt_base64_decode(span->p, span->len, text, sizeof(text));
	if (n <= 0)
		return (NULL);
	*why = "bad JSON";
	if ((json = json_parse((const char *)text, (size_t)n, &jwt_limits, err,
	    sizeof(err))) == NULL)
		return (NULL);
	if (json->type == JSON_OBJECT)
		return (json);
	json_free(json);
	return (NULL);
}

static const char *
header_kid(struct jwt_token *t, const struct json *kid)
{
	if (kid == NULL)
		return (NULL);
	if (kid->type != JSON_STRING || kid->count > NAME_LEN_MAX ||
	    !name_valid(kid->u.s))
		return ("a bad kid");
	strlcpy(t->kid, kid->u.s, sizeof(t->kid));
	return (NULL);
}

static const char *
header_check(struct jwt_token *t, const struct json *head,
    const struct jwt_alg *alg)
{
	const struct json	*v;
	size_t			 i;

	if ((v = json_get(head, "alg")) == NULL || v->type != JSON_STRING ||
	    strcmp(v->u.s, alg->name) != 0)
		return ("another algorithm");
	if ((v = json_get(head, "typ")) != NULL &&
	    (v->type != JSON_STRING || strcmp(v->u.s, "JWT") != 0))
		return ("another type");
	for (i = 0; i < NUNWANTED; i++)
		if (json_get(head, jwt_unwanted[i]) != NULL)
			return ("a header that is not accepted");
	return (header_kid(t, json_get(head, "kid")));
}

const char *
jwt_header(struct jwt_token *t, const struct jwt_alg *alg)
{
	struct json	*head;
	const char	*why;

	if ((head = jwt_object(&t->head, &why)) == NULL)
		return (why);
	why = header_check(t, head, alg);
	json_free(head);
	return (why);
}
