/* What is remembered of tokens, and when it is forgotten. */
#include "jwt_fixture.h"

#define CLAIMS	"{\"sub\":\"ci\",\"jti\":\"t1\",\"role\":\"admin\"," \
		    "\"groups\":[\"a\",\"bc\"]," EXP "}"

static struct asked
known(struct jwt *jwt, const char *t, int64_t now)
{
	struct asked	 a;

	a.result = jwt_known(jwt, t, strlen(t), now, &a.who, &a.exp_s);
	return (a);
}

ATF_TC_WITHOUT_HEAD(the_second_time_is_as_the_first);
ATF_TC_BODY(the_second_time_is_as_the_first, tc)
{
	struct signer	*s = signer_new(JWT_ES256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, CLAIMS);
	struct asked	 a, b, c;

	ATF_CHECK_EQ(JWT_REFUSED, known(jwt, t, NOW).result);
	a = ask(jwt, t);
	ATF_CHECK_EQ(1u, jwt_cached(jwt));
	b = ask(jwt, t);
	c = known(jwt, t, NOW);
	ATF_CHECK_EQ(1u, jwt_cached(jwt));
	ATF_CHECK_EQ(JWT_OK, a.result);
	ATF_CHECK_EQ(JWT_OK, b.result);
	ATF_CHECK_EQ(JWT_OK, c.result);
	ATF_CHECK_EQ(0, memcmp(&a.who, &b.who, sizeof(a.who)));
	ATF_CHECK_EQ(0, memcmp(&a.who, &c.who, sizeof(a.who)));
	ATF_CHECK_EQ(a.exp_s, b.exp_s);
	ATF_CHECK_STREQ("bc", b.who.groups[1]);
	/* after its end nobody knows it */
	ATF_CHECK_EQ(JWT_REFUSED, known(jwt, t, NOW + 70).result);
	ATF_CHECK_EQ(0u, jwt_cached(jwt));
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

/* By the signature alone they would be the same. */
ATF_TC_WITHOUT_HEAD(all_of_the_token_counts);
ATF_TC_BODY(all_of_the_token_counts, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, CLAIMS);
	char		*u = token_of(s, s->head, "{\"role\":\"viewer\"," EXP "}");
	char		 text[2048];

	ATF_CHECK_EQ(JWT_OK, ask(jwt, t).result);
	ATF_CHECK_EQ(JWT_OK, ask(jwt, u).result);
	/* the claims of one with the signature of the other */
	snprintf(text, sizeof(text), "%.*s%s", (int)(strrchr(t, '.') - t), t,
	    strrchr(u, '.'));
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, text).result);
	ATF_CHECK_EQ(JWT_REFUSED, known(jwt, text, NOW).result);
	ATF_CHECK_EQ(ROLE_VIEWER, ask(jwt, u).who.role);
	ATF_CHECK_EQ(2u, jwt_cached(jwt));
	free(t);
	free(u);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(it_is_bounded);
ATF_TC_BODY(it_is_bounded, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t, *first = NULL, *second = NULL, body[128];
	unsigned	 i;

	for (i = 0; i < JWT_CACHE_MAX + 1; i++) {
		snprintf(body, sizeof(body), "{\"sub\":\"%u\"," EXP "}", i);
		t = token_of(s, s->head, body);
		ATF_REQUIRE_EQ(JWT_OK, ask(jwt, t).result);
		if (i == 0)
			first = t;
		else if (i == 1)
			second = t;
		else
			free(t);
		/* what is used stays */
		ATF_REQUIRE_EQ(JWT_OK, known(jwt, first, NOW).result);
	}
	ATF_CHECK_EQ(JWT_CACHE_MAX, jwt_cached(jwt));
	ATF_CHECK_EQ(JWT_REFUSED, known(jwt, second, NOW).result);
	ATF_CHECK_EQ(JWT_OK, ask(jwt, second).result);
	ATF_CHECK_EQ(JWT_CACHE_MAX, jwt_cached(jwt));
	jwt_tidy(jwt, NOW + 69);
	ATF_CHECK_EQ(JWT_CACHE_MAX, jwt_cached(jwt));
	jwt_tidy(jwt, NOW + 70);
	ATF_CHECK_EQ(0u, jwt_cached(jwt));
	free(first);
	free(second);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(revoked_by_its_jti);
ATF_TC_BODY(revoked_by_its_jti, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, CLAIMS);
	char		*u = token_of(s, s->head, "{" EXP "}");
	char		 jti[SUBJECT_SIZE + 1];
	int		 late;

	ATF_CHECK_EQ(-1, jwt_revoke(jwt, "", 0));
	for (late = 0; late < 2; late++) {
		/* before it was seen, and after */
		if (late)
			ATF_CHECK_EQ(JWT_OK, ask(jwt, t).result);
		ATF_CHECK_EQ(0, jwt_revoked(jwt, "t1"));
		ATF_CHECK_EQ(0, jwt_revoke(jwt, "t1", (NOW + 60) * 1000LL));
		ATF_CHECK_EQ(1, jwt_revoked(jwt, "t1"));
		ATF_CHECK_EQ(0, jwt_revoked(jwt, "t"));
		ATF_CHECK_EQ(0, jwt_revoked(jwt, ""));
		ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, t).result);
		ATF_CHECK_STREQ("revoked", jwt_why(jwt));
		ATF_CHECK_EQ(JWT_REFUSED, known(jwt, t, NOW).result);
		ATF_CHECK_EQ(0u, jwt_cached(jwt));
		/* it is valid for the leeway longer, and revoked as long */
		jwt_tidy(jwt, NOW + 69);
		ATF_CHECK_EQ(1, jwt_revoked(jwt, "t1"));
		jwt_tidy(jwt, NOW + 70);
		ATF_CHECK_EQ(0, jwt_revoked(jwt, "t1"));
	}
	ATF_CHECK_EQ(JWT_OK, ask(jwt, u).result);
	/* the later end counts; without an end: for ever */
	jwt_revoke(jwt, "x", 1000);
	jwt_revoke(jwt, "x", 500);
	jwt_tidy(jwt, 10);
	ATF_CHECK_EQ(1, jwt_revoked(jwt, "x"));
	jwt_revoke(jwt, "x", 0);
	jwt_revoke(jwt, "x", 500);
	jwt_tidy(jwt, INT32_MAX);
	ATF_CHECK_EQ(1, jwt_revoked(jwt, "x"));
	memset(jti, 'a', SUBJECT_SIZE);
	jti[SUBJECT_SIZE] = '\0';
	ATF_CHECK_EQ(-1, jwt_revoke(jwt, jti, 0));
	ATF_CHECK_EQ(0, jwt_revoked(jwt, jti));
	free(t);
	free(u);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(revocations_are_bounded);
ATF_TC_BODY(revocations_are_bounded, tc)
{
	struct jwt	*jwt = jwt_open();
	char		 jti[32];
	unsigned	 i;

	for (i = 0; i < REVOKED_MAX; i++) {
		snprintf(jti, sizeof(jti), "t%u", i);
		ATF_REQUIRE_EQ(0, jwt_revoke(jwt, jti, 1000));
	}
	ATF_CHECK_EQ(-1, jwt_revoke(jwt, "more", 1000));
	ATF_CHECK_EQ(0, jwt_revoke(jwt, "t7", 5000));
	jwt_tidy(jwt, 1);
	ATF_CHECK_EQ(0, jwt_revoke(jwt, "more", 1000));
	ATF_CHECK_EQ(1, jwt_revoked(jwt, "t7"));
	ATF_CHECK_EQ(0, jwt_revoked(jwt, "t8"));
	jwt_close(jwt);
}

/* ---- another configuration ----------------------------------------------- */

static struct jwt_conf *
conf_of_two(const struct signer *a, const char *kida, const struct signer *b,
    const char *kidb)
{
	struct m_conf_jwt	 m = { .algorithm = a->algorithm,
				    .leeway_s = 10, .max_ttl_s = 86400 };
	struct jwt_conf		*conf = jwt_conf_new(&m, NULL, NULL);
	char			 err[256];

	ATF_REQUIRE_EQ(0, jwt_conf_add_key(conf, kida, a->bytes, a->len, err,
	    sizeof(err)));
	ATF_REQUIRE_EQ(0, jwt_conf_add_key(conf, kidb, b->bytes, b->len, err,
	    sizeof(err)));
	return (conf);
}

ATF_TC_WITHOUT_HEAD(keys_are_rotated);
ATF_TC_BODY(keys_are_rotated, tc)
{
	struct signer	*old = signer_new(JWT_HS256, 1);
	struct signer	*new = signer_new(JWT_HS256, 2);
	struct jwt	*jwt = jwt_open();
	char		*o = token_of(old, old->head, CLAIMS);
	char		*ok = token_of(old, "{\"alg\":\"HS256\",\"kid\":\"k1\"}",
			    CLAIMS);
	char		*n = token_of(new, new->head, CLAIMS);
	char		*nk = token_of(new, "{\"alg\":\"HS256\",\"kid\":\"k1\"}",
			    CLAIMS);

	/* nothing is accepted before there is something configured */
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, o).result);
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k1"));
	jwt_switch(jwt, conf_of(old, NULL, NULL));
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k1"));
	ATF_CHECK_EQ(JWT_OK, ask(jwt, o).result);
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, n).result);
	/* the same once more: nothing is forgotten */
	jwt_switch(jwt, conf_of(old, NULL, NULL));
	ATF_CHECK_EQ(1, jwt_key_still(jwt, "k1"));
	ATF_CHECK_EQ(JWT_OK, known(jwt, o, NOW).result);
	/* both, the new one first */
	jwt_switch(jwt, conf_of_two(new, "k2", old, "k1"));
	ATF_CHECK_EQ(1, jwt_key_still(jwt, "k1"));
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k2"));
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k3"));
	ATF_CHECK_EQ(0u, jwt_cached(jwt));
	ATF_CHECK_STREQ("k1", ask(jwt, o).who.kid);
	ATF_CHECK_STREQ("k2", ask(jwt, n).who.kid);
	ATF_CHECK_STREQ("k1", ask(jwt, ok).who.kid);
	/* the new one, under the name of the old */
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, nk).result);
	ATF_CHECK_STREQ("the signature", jwt_why(jwt));
	/* the name stays, the key does not */
	jwt_switch(jwt, conf_of(new, NULL, NULL));
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k1"));
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k2"));
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, o).result);
	ATF_CHECK_EQ(JWT_REFUSED, known(jwt, o, NOW).result);
	ATF_CHECK_EQ(JWT_OK, ask(jwt, n).result);
	/* nor do those who came in for another audience */
	jwt_switch(jwt, conf_of(new, NULL, "us"));
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k1"));
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, n).result);
	jwt_switch(jwt, NULL);
	ATF_CHECK_EQ(0, jwt_key_still(jwt, "k1"));
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, n).result);
	free(o);
	free(ok);
	free(n);
	free(nk);
	jwt_close(jwt);
	signer_free(old);
	signer_free(new);
}

ATF_TC_WITHOUT_HEAD(revocations_outlive_a_switch);
ATF_TC_BODY(revocations_outlive_a_switch, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_open();
	char		*t = token_of(s, s->head, CLAIMS);

	jwt_revoke(jwt, "t1", (NOW + 60) * 1000LL);
	jwt_switch(jwt, conf_of(s, NULL, NULL));
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, t).result);
	jwt_switch(jwt, conf_of(s, NULL, NULL));
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, t).result);
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_second_time_is_as_the_first);
	ATF_TP_ADD_TC(tp, all_of_the_token_counts);
	ATF_TP_ADD_TC(tp, it_is_bounded);
	ATF_TP_ADD_TC(tp, revoked_by_its_jti);
	ATF_TP_ADD_TC(tp, revocations_are_bounded);
	ATF_TP_ADD_TC(tp, keys_are_rotated);
	ATF_TP_ADD_TC(tp, revocations_outlive_a_switch);
	return (atf_no_error());
}
