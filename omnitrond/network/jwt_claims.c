/*
 * What a token says that was signed with a key of ours: until when it is
 * valid, for whom, and who its bearer is.  In the network process; pure.  A
 * claim that we read has the type that it must have, or the token is refused:
 * what is cut off, or read in two ways, is how rights are won.
 */
#include <string.h>

#include "common/json.h"
#include "omnitrond/network/jwt_parts.h"

static int64_t
sum(int64_t a, int64_t b)
{
	int64_t	 r;

	if (__builtin_add_overflow(a, b, &r))
		return (b < 0 ? INT64_MIN : INT64_MAX);
	return (r);
}

/* ---- when ---------------------------------------------------------------- */

/* An integer that need not be there: then *v stays. */
static const char *
claim_time(const struct json *body, const char *name, int64_t *v)
{
	const struct json	*n = json_get(body, name);

	if (n == NULL)
		return (NULL);
	if (n->type != JSON_INT)
		return ("a time that is no integer");
	*v = n->u.i;
	return (NULL);
}

static int64_t
later(int64_t a, int64_t b)
{
	return (a > b ? a : b);
}

static const char *
claims_when(const struct jwt_conf *conf, const struct json *body,
    struct jwt_said *said)
{
	int64_t		 leeway = conf->m.leeway_s;
	int64_t		 nbf = INT64_MIN, iat = INT64_MIN;
	const char	*why;

	if (json_get(body, "exp") == NULL)
		return ("no exp");
	if ((why = claim_time(body, "exp", &said->exp_s)) != NULL ||
	    (why = claim_time(body, "nbf", &nbf)) != NULL ||
	    (why = claim_time(body, "iat", &iat)) != NULL)
		return (why);
	said->until_s = sum(said->exp_s, leeway);
	/* One that lives too long is not valid yet: it may be, later. */
	said->from_s = sum(sum(said->exp_s, -(int64_t)conf->m.max_ttl_s),
	    -leeway);
	said->from_s = later(said->from_s, sum(nbf, -leeway));
	said->from_s = later(said->from_s, sum(iat,
	    -later(leeway, JWT_AHEAD_S)));
	return (NULL);
}

const char *
jwt_in_time(const struct jwt_said *said, int64_t now_s)
{
	if (now_s >= said->until_s)
		return ("expired");
	if (now_s < said->from_s)
		return ("not valid yet, or for too long");
	return (NULL);
}

/* ---- for whom ------------------------------------------------------------ */

static int
is_string(const struct json *n, const char *s)
{
	return (n->type == JSON_STRING && strcmp(n->u.s, s) == 0);
}

static const char *
claims_issuer(const struct jwt_conf *conf, const struct json *body)
{
	const struct json	*iss = json_get(body, "iss");

	if (conf->issuer[0] == '\0')
		return (NULL);
	if (iss == NULL || !is_string(iss, conf->issuer))
		return ("the issuer");
	return (NULL);
}

static const char *
claims_audience(const struct jwt_conf *conf, const struct json *body)
{
	const struct json	*aud = json_get(body, "aud"), *n;
	int			 found = 0;

	if (conf->audience[0] == '\0')
		return (NULL);
	if (aud == NULL)
		return ("the audience");
	if (aud->type != JSON_ARRAY)
		return (is_string(aud, conf->audience) ? NULL : "the audience");
	for (n = aud->first; n != NULL; n = n->next) {
		if (n->type != JSON_STRING)
			return ("the audience");
		found |= strcmp(n->u.s, conf->audience) == 0;
	}
	return (found ? NULL : "the audience");
}

/* ---- who ----------------------------------------------------------------- */

/* A string that is shown, compared and sent on: whole, and without controls. */
static int
copy_name(const struct json *n, char out[SUBJECT_SIZE])
{
	const unsigned char	*p;

	if (n->type != JSON_STRING || n->count >= SUBJECT_SIZE)
		return (-1);
	for (p = (const unsigned char *)n->u.s; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return (-1);
	strlcpy(out, n->u.s, SUBJECT_SIZE);
	return (0);
}

static const char *
claims_names(const struct json *body, struct caller *c)
{
	const struct json	*sub = json_get(body, "sub");
	const struct json	*jti = json_get(body, "jti");

	if (sub != NULL && copy_name(sub, c->subject) == -1)
		return ("a bad sub");
	if (jti != NULL && copy_name(jti, c->jti) == -1)
		return ("a bad jti");
	return (NULL);
}

static enum role
role_of(const char *name)
{
	int	 r;

	for (r = ROLE_MAX - 1; r > ROLE_NONE; r--)
		if (strcmp(name, role_name((enum role)r)) == 0)
			return ((enum role)r);
	return (ROLE_NONE);
}

static const char *
role_add(const struct json *n, enum role *role)
{
	enum role	 r;

	if (n->type != JSON_STRING)
		return ("a bad role");
	if ((r = role_of(n->u.s)) > *role)
		*role = r;
	return (NULL);
}

static const char *
claims_role(const struct json *body, enum role *role)
{
	const struct json	*one = json_get(body, "role");
	const struct json	*all = json_get(body, "roles"), *n;
	const char		*why = NULL;

	*role = ROLE_NONE;
	if (one != NULL)
		why = role_add(one, role);
	if (all != NULL && all->type != JSON_ARRAY)
		return ("a bad role");
	for (n = all != NULL ? all->first : NULL; why == NULL && n != NULL;
	    n = n->next)
		why = role_add(n, role);
	return (why);
}

/* One that is left out could be one that a rule denies: all, or no token. */
static const char *
claims_groups(const struct json *body, struct caller *c)
{
	const struct json	*groups = json_get(body, "groups"), *n;

	if (groups == NULL)
		return (NULL);
	if (groups->type != JSON_ARRAY)
		return ("bad groups");
	if (groups->count > CALLER_GROUPS)
		return ("too many groups");
	for (n = groups->first; n != NULL; n = n->next)
		if (copy_name(n, c->groups[c->ngroups++]) == -1)
			return ("bad groups");
	return (NULL);
}

static const char *
claims_all(const struct jwt_conf *conf, const struct json *body,
    struct jwt_said *said)
{
	struct caller	*c = &said->caller;
	const char	*why;

	memset(c, 0, sizeof(*c));
	c->how = CALLER_TOKEN;
	c->uid = c->gid = ID_NONE;
	if ((why = claims_when(conf, body, said)) != NULL ||
	    (why = claims_issuer(conf, body)) != NULL ||
	    (why = claims_audience(conf, body)) != NULL ||
	    (why = claims_names(body, c)) != NULL ||
	    (why = claims_role(body, &c->role)) != NULL)
		return (why);
	return (claims_groups(body, c));
}

const char *
jwt_claims(const struct jwt_conf *conf, const struct jwt_token *t,
    struct jwt_said *said)
{
	struct json	*body;
	const char	*why;

	if ((body = jwt_object(&t->body, &why)) == NULL)
		return (why);
	why = claims_all(conf, body, said);
	json_free(body);
	return (why);
}
