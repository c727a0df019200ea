/* Tokens: which are accepted, as whose, and all that is tried to forge them. */
#include "jwt_fixture.h"
#include "omnitrond/network/jwt_lib.h"

#define ADMIN	"{\"role\":\"admin\"," EXP "}"

/* ---- what is accepted ---------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(every_algorithm);
ATF_TC_BODY(every_algorithm, tc)
{
	enum jwt_algorithm	 a, b;
	struct signer		*s[JWT_MAX];
	struct jwt		*jwt;
	struct asked		 who;
	char			*t;

	for (a = JWT_HS256; a < JWT_MAX; a++)
		s[a] = signer_new(a, 1);
	for (a = JWT_HS256; a < JWT_MAX; a++) {
		jwt = jwt_of(s[a]);
		for (b = JWT_HS256; b < JWT_MAX; b++) {
			t = token_of(s[b], s[b]->head, ADMIN);
			who = ask(jwt, t);
			if ((who.result == JWT_OK) != (a == b))
				atf_tc_fail("%s for %s: %s", s[b]->name,
				    s[a]->name, jwt_why(jwt));
			if (a != b)
				ATF_CHECK_STREQ("another algorithm",
				    jwt_why(jwt));
			else
				ATF_CHECK_EQ(ROLE_ADMIN, who.who.role);
			free(t);
		}
		jwt_close(jwt);
	}
	for (a = JWT_HS256; a < JWT_MAX; a++)
		signer_free(s[a]);
}

ATF_TC_WITHOUT_HEAD(who_it_is);
ATF_TC_BODY(who_it_is, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	struct caller	 c;
	struct asked	 a;
	char		*t;

	c = accepted(jwt, s, s->head, "{\"sub\":\"ci\",\"jti\":\"a-1\","
	    "\"role\":\"operator\",\"groups\":[\"ops\",\"dev\"]," EXP "}");
	ATF_CHECK_EQ(CALLER_TOKEN, c.how);
	ATF_CHECK_EQ(ROLE_OPERATOR, c.role);
	ATF_CHECK_EQ(ID_NONE, c.uid);
	ATF_CHECK_EQ(ID_NONE, c.gid);
	ATF_CHECK_EQ(0, c.pid);
	ATF_CHECK_EQ(0u, c.ngids);
	ATF_CHECK_STREQ("ci", c.subject);
	ATF_CHECK_STREQ("a-1", c.jti);
	ATF_CHECK_STREQ("k1", c.kid);
	ATF_CHECK_STREQ("", c.address);
	ATF_CHECK_EQ(2u, c.ngroups);
	ATF_CHECK_STREQ("ops", c.groups[0]);
	ATF_CHECK_STREQ("dev", c.groups[1]);
	/* the least that a token says */
	t = token_of(s, "{\"alg\":\"HS256\"}", "{" EXP "}");
	a = ask(jwt, t);
	ATF_CHECK_EQ(JWT_OK, a.result);
	ATF_CHECK_EQ(ROLE_NONE, a.who.role);
	ATF_CHECK_STREQ("", a.who.subject);
	ATF_CHECK_STREQ("", a.who.jti);
	ATF_CHECK_EQ(0u, a.who.ngroups);
	ATF_CHECK_EQ(NOW + 60 + 10, a.exp_s);
	ATF_CHECK_STREQ("", jwt_why(jwt));
	free(t);
	/* white space in JSON, hints in the header, claims that are others' */
	accepted(jwt, s, " {\t\"alg\" : \"HS256\" , \"x5t\":\"ab\"}\n",
	    "{\n " EXP ", \"tid\": {\"a\":[1,null,2.5]}, \"email\":\"a@b\"}");
	jwt_close(jwt);
	signer_free(s);
}

struct role_case {
	const char	*claims;
	enum role	 role;
};

static const struct role_case	 role_cases[] = {
	{ "\"role\":\"viewer\"", ROLE_VIEWER },
	{ "\"role\":\"operator\"", ROLE_OPERATOR },
	{ "\"role\":\"admin\"", ROLE_ADMIN },
	{ "\"role\":\"none\"", ROLE_NONE },
	{ "\"role\":\"Admin\"", ROLE_NONE },
	{ "\"role\":\"root\"", ROLE_NONE },
	{ "\"role\":\"\"", ROLE_NONE },
	{ "\"role\":\"admin \"", ROLE_NONE },
	{ "\"role\":\"viewer,admin\"", ROLE_NONE },
	{ "\"Role\":\"admin\"", ROLE_NONE },
	{ "\"roles\":[]", ROLE_NONE },
	{ "\"roles\":[\"nobody\",\"viewer\"]", ROLE_VIEWER },
	{ "\"roles\":[\"admin\",\"viewer\"]", ROLE_ADMIN },
	{ "\"roles\":[\"viewer\",\"operator\"],\"role\":\"viewer\"",
	    ROLE_OPERATOR },
	{ "\"roles\":[\"viewer\"],\"role\":\"admin\"", ROLE_ADMIN },
	{ "\"r\\u006fle\":\"\\u0061dmin\"", ROLE_ADMIN },
};

ATF_TC_WITHOUT_HEAD(the_highest_role_counts);
ATF_TC_BODY(the_highest_role_counts, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		 body[256];
	size_t		 i;

	for (i = 0; i < sizeof(role_cases) / sizeof(role_cases[0]); i++) {
		snprintf(body, sizeof(body), "{%s," EXP "}",
		    role_cases[i].claims);
		ATF_CHECK_EQ_MSG(role_cases[i].role, accepted(jwt, s, s->head,
		    body).role, "%s", body);
	}
	jwt_close(jwt);
	signer_free(s);
}

/* ---- headers ------------------------------------------------------------- */

#define H	"{\"alg\":\"HS256\","

static const char *const	 bad_headers[][2] = {
	{ "{}", "another algorithm" },
	{ "{\"typ\":\"JWT\"}", "another algorithm" },
	{ "{\"alg\":\"none\"}", "another algorithm" },
	{ "{\"alg\":\"None\"}", "another algorithm" },
	{ "{\"alg\":\"\"}", "another algorithm" },
	{ "{\"alg\":\"hs256\"}", "another algorithm" },
	{ "{\"alg\":\"HS256 \"}", "another algorithm" },
	{ "{\"alg\":\"HS384\"}", "another algorithm" },
	{ "{\"alg\":\"HS512\"}", "another algorithm" },
	{ "{\"alg\":\"RS256\"}", "another algorithm" },
	{ "{\"alg\":\"ES256\"}", "another algorithm" },
	{ "{\"alg\":\"PS256\"}", "another algorithm" },
	{ "{\"alg\":\"EdDSA\"}", "another algorithm" },
	{ "{\"alg\":null}", "another algorithm" },
	{ "{\"alg\":256}", "another algorithm" },
	{ "{\"alg\":[\"HS256\"]}", "another algorithm" },
	{ "{\"alg\":{\"HS256\":1}}", "another algorithm" },
	{ "{\"Alg\":\"HS256\"}", "another algorithm" },
	{ H "\"alg\":\"HS256\"}", "bad JSON" },		/* twice */
	{ H "\"alg\":\"none\"}", "bad JSON" },
	{ H "\"\\u0061lg\":\"none\"}", "bad JSON" },
	{ H "\"typ\":\"at+jwt\"}", "another type" },
	{ H "\"typ\":\"JWE\"}", "another type" },
	{ H "\"typ\":null}", "another type" },
	{ H "\"crit\":[\"exp\"]}", "a header that is not accepted" },
	{ H "\"crit\":[]}", "a header that is not accepted" },
	{ H "\"crit\":[\"b64\"],\"b64\":false}",
	    "a header that is not accepted" },
	{ H "\"b64\":false}", "a header that is not accepted" },
	{ H "\"zip\":\"DEF\"}", "a header that is not accepted" },
	{ H "\"enc\":\"A256GCM\"}", "a header that is not accepted" },
	{ H "\"cty\":\"JWT\"}", "a header that is not accepted" },
	{ H "\"jku\":\"http://127.0.0.1/k\"}",
	    "a header that is not accepted" },
	{ H "\"jwk\":{\"kty\":\"oct\",\"k\":\"YQ\"}}",
	    "a header that is not accepted" },
	{ H "\"x5u\":\"http://127.0.0.1/k\"}",
	    "a header that is not accepted" },
	{ H "\"x5c\":[\"YQ==\"]}", "a header that is not accepted" },
	{ H "\"kid\":\"k2\"}", "an unknown kid" },
	{ H "\"kid\":\"K1\"}", "an unknown kid" },
	{ H "\"kid\":\"\"}", "a bad kid" },
	{ H "\"kid\":null}", "a bad kid" },
	{ H "\"kid\":1}", "a bad kid" },
	{ H "\"kid\":[\"k1\"]}", "a bad kid" },
	{ H "\"kid\":\"../../etc/passwd\"}", "a bad kid" },
	{ H "\"kid\":\"/dev/null\"}", "a bad kid" },
	{ H "\"kid\":\"..\"}", "a bad kid" },
	{ H "\"kid\":\"k1 \"}", "a bad kid" },
	{ H "\"kid\":\"k1\\u0000\"}", "bad JSON" },
	{ H "\"kid\":\"k1' or '1'='1\"}", "a bad kid" },
	{ H "\"kid\":\"0123456789012345678901234567890123456789"
	    "0123456789012345678901234\"}", "a bad kid" },
	{ "", "malformed" },
	{ "[]", "bad JSON" },
	{ "\"HS256\"", "bad JSON" },
	{ "null", "bad JSON" },
	{ H "}", "bad JSON" },
	{ "{\"alg\":\"HS256\"}{}", "bad JSON" },
	{ "{\"alg\":\"HS256\"}/**/", "bad JSON" },
	{ "{\"alg\":\"HS256\"", "bad JSON" },
	{ H "\"x\":[[[[[[[[[[1]]]]]]]]]]}", "bad JSON" },
	{ H "\"x\":\"\xc0\xaf\"}", "bad JSON" },
	{ H "\"x\":\"\\ud800\"}", "bad JSON" },
	{ "\xef\xbb\xbf{\"alg\":\"HS256\"}", "bad JSON" },
};

/* All of them are signed with the right key. */
ATF_TC_WITHOUT_HEAD(headers_that_are_refused);
ATF_TC_BODY(headers_that_are_refused, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	size_t		 i;

	for (i = 0; i < sizeof(bad_headers) / sizeof(bad_headers[0]); i++)
		refused(jwt, s, bad_headers[i][0], ADMIN, bad_headers[i][1]);
	accepted(jwt, s, H "\"kid\":\"k1\"}", ADMIN);
	jwt_close(jwt);
	signer_free(s);
}

/* ---- claims -------------------------------------------------------------- */

static const char *const	 bad_claims[][2] = {
	{ "{\"role\":\"admin\"}", "no exp" },
	{ "{\"exp\":\"1800000060\"}", "a time that is no integer" },
	{ "{\"exp\":1800000060.0}", "a time that is no integer" },
	{ "{\"exp\":1.80000006e9}", "a time that is no integer" },
	{ "{\"exp\":null}", "a time that is no integer" },
	{ "{\"exp\":true}", "a time that is no integer" },
	{ "{\"exp\":[1800000060]}", "a time that is no integer" },
	{ "{\"exp\":99999999999999999999}", "a time that is no integer" },
	{ "{\"exp\":1799999990}", "expired" },		/* and leeway */
	{ "{\"exp\":1800000000000}", "not valid yet, or for too long" },
	{ "{\"exp\":1800086411}", "not valid yet, or for too long" },
	{ "{\"exp\":9223372036854775807}", "not valid yet, or for too long" },
	{ "{\"exp\":0}", "expired" },
	{ "{\"exp\":-1}", "expired" },
	{ "{\"exp\":-9223372036854775808}", "expired" },
	{ "{\"exp\":1,\"exp\":1800000060}", "bad JSON" },
	{ "{\"exp\":1800000060,\"exp\":1}", "bad JSON" },
	{ "{\"exp\":1,\"e\\u0078p\":1800000060}", "bad JSON" },
	{ "{" EXP ",\"nbf\":1800000011}", "not valid yet, or for too long" },
	{ "{" EXP ",\"nbf\":\"0\"}", "a time that is no integer" },
	{ "{" EXP ",\"nbf\":0.5}", "a time that is no integer" },
	{ "{" EXP ",\"nbf\":9223372036854775807}",
	    "not valid yet, or for too long" },
	{ "{" EXP ",\"iat\":1800000011}", "not valid yet, or for too long" },
	{ "{" EXP ",\"iat\":4000000000}", "not valid yet, or for too long" },
	{ "{" EXP ",\"iat\":\"now\"}", "a time that is no integer" },
	{ "{" EXP ",\"iat\":1e3}", "a time that is no integer" },
	{ "{" EXP ",\"role\":[\"admin\"]}", "a bad role" },
	{ "{" EXP ",\"role\":null}", "a bad role" },
	{ "{" EXP ",\"role\":3}", "a bad role" },
	{ "{" EXP ",\"role\":{\"admin\":true}}", "a bad role" },
	{ "{" EXP ",\"role\":\"viewer\",\"role\":\"admin\"}", "bad JSON" },
	{ "{" EXP ",\"role\":\"admin\\u0000x\"}", "bad JSON" },
	{ "{" EXP ",\"roles\":\"admin\"}", "a bad role" },
	{ "{" EXP ",\"roles\":null}", "a bad role" },
	{ "{" EXP ",\"roles\":{\"0\":\"admin\"}}", "a bad role" },
	{ "{" EXP ",\"roles\":[[\"admin\"]]}", "a bad role" },
	{ "{" EXP ",\"roles\":[\"viewer\",3]}", "a bad role" },
	{ "{" EXP ",\"roles\":[\"admin\",null]}", "a bad role" },
	{ "{" EXP ",\"role\":\"admin\",\"roles\":\"admin\"}", "a bad role" },
	{ "{" EXP ",\"sub\":1}", "a bad sub" },
	{ "{" EXP ",\"sub\":null}", "a bad sub" },
	{ "{" EXP ",\"sub\":[\"a\"]}", "a bad sub" },
	{ "{" EXP ",\"sub\":\"a\\nb\"}", "a bad sub" },
	{ "{" EXP ",\"sub\":\"a\\u001b[2J\"}", "a bad sub" },
	{ "{" EXP ",\"sub\":\"a\\u007f\"}", "a bad sub" },
	{ "{" EXP ",\"sub\":\"a\\u009b\"}", "a bad sub" },
	{ "{" EXP ",\"jti\":1}", "a bad jti" },
	{ "{" EXP ",\"jti\":\"\\t\"}", "a bad jti" },
	{ "{" EXP ",\"groups\":\"ops\"}", "bad groups" },
	{ "{" EXP ",\"groups\":{}}", "bad groups" },
	{ "{" EXP ",\"groups\":[1]}", "bad groups" },
	{ "{" EXP ",\"groups\":[\"a\\u0001\"]}", "bad groups" },
	{ "{" EXP ",\"groups\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}",
	    "too many groups" },
	{ "", "malformed" },
	{ "[]", "bad JSON" },
	{ "1800000060", "bad JSON" },
	{ "{" EXP "}x", "bad JSON" },
	{ "{" EXP ",}", "bad JSON" },
	{ "{" EXP ",\"x\":[[[[[[[[[[1]]]]]]]]]]}", "bad JSON" },
	{ "{" EXP "}/* */", "bad JSON" },
	{ "{" EXP ",\"x\":\"\xed\xa0\x80\"}", "bad JSON" },
	{ "{" EXP ",\"x\":NaN}", "bad JSON" },
	{ "{" EXP ",\"x\":1e999}", "bad JSON" },
};

ATF_TC_WITHOUT_HEAD(claims_that_are_refused);
ATF_TC_BODY(claims_that_are_refused, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		 body[512];
	size_t		 i;

	for (i = 0; i < sizeof(bad_claims) / sizeof(bad_claims[0]); i++)
		refused(jwt, s, s->head, bad_claims[i][0], bad_claims[i][1]);
	snprintf(body, sizeof(body), "{" EXP ",\"sub\":\"%0129d\"}", 0);
	refused(jwt, s, s->head, body, "a bad sub");
	snprintf(body, sizeof(body), "{" EXP ",\"groups\":[\"%0129d\"]}", 0);
	refused(jwt, s, s->head, body, "bad groups");
	snprintf(body, sizeof(body), "{" EXP ",\"sub\":\"%0128d\"}", 0);
	accepted(jwt, s, s->head, body);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(from_when_until_when);
ATF_TC_BODY(from_when_until_when, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t;
	size_t		 n;
	int		 again;

	t = token_of(s, s->head, "{\"exp\":1800000060,\"nbf\":1800000000,"
	    "\"iat\":1800000000}");
	n = strlen(t);
	/* verified, or known already: it makes no difference */
	for (again = 0; again < 2; again++) {
		ATF_CHECK_EQ(JWT_REFUSED, ask_at(jwt, t, n, NOW - 11).result);
		ATF_CHECK_EQ(JWT_OK, ask_at(jwt, t, n, NOW - 10).result);
		ATF_CHECK_EQ(JWT_OK, ask_at(jwt, t, n, NOW + 69).result);
		ATF_CHECK_EQ(JWT_REFUSED, ask_at(jwt, t, n, NOW + 70).result);
		ATF_CHECK_EQ(JWT_OK, ask_at(jwt, t, n, NOW).result);
		ATF_CHECK_EQ(1u, jwt_cached(jwt));
	}
	ATF_CHECK_EQ(JWT_REFUSED, ask_at(jwt, t, n, INT64_MAX).result);
	ATF_CHECK_EQ(JWT_REFUSED, ask_at(jwt, t, n, INT64_MIN).result);
	free(t);
	/* the longest life, from a clock that is ahead by the leeway */
	accepted(jwt, s, s->head, "{\"exp\":1800086410,\"iat\":1800000010}");
	jwt_close(jwt);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(issuer_and_audience);
ATF_TC_BODY(issuer_and_audience, tc)
{
	static const char *const	 bad[][2] = {
		{ "\"aud\":\"us\"", "the issuer" },
		{ "\"iss\":\"they\",\"aud\":\"us\"", "the issuer" },
		{ "\"iss\":\"we \",\"aud\":\"us\"", "the issuer" },
		{ "\"iss\":[\"we\"],\"aud\":\"us\"", "the issuer" },
		{ "\"iss\":null,\"aud\":\"us\"", "the issuer" },
		{ "\"iss\":\"we\"", "the audience" },
		{ "\"iss\":\"we\",\"aud\":\"them\"", "the audience" },
		{ "\"iss\":\"we\",\"aud\":\"u\"", "the audience" },
		{ "\"iss\":\"we\",\"aud\":[]", "the audience" },
		{ "\"iss\":\"we\",\"aud\":[\"them\"]", "the audience" },
		{ "\"iss\":\"we\",\"aud\":[\"us\",1]", "the audience" },
		{ "\"iss\":\"we\",\"aud\":[[\"us\"]]", "the audience" },
		{ "\"iss\":\"we\",\"aud\":{\"us\":1}", "the audience" },
		{ "\"iss\":\"we\",\"aud\":null", "the audience" },
	};
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_open();
	char		 body[256];
	size_t		 i;

	jwt_switch(jwt, conf_of(s, "we", "us"));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(body, sizeof(body), "{%s," EXP "}", bad[i][0]);
		refused(jwt, s, s->head, body, bad[i][1]);
	}
	accepted(jwt, s, s->head, "{\"iss\":\"we\",\"aud\":\"us\"," EXP "}");
	accepted(jwt, s, s->head, "{\"iss\":\"we\",\"aud\":[\"x\",\"us\"],"
	    EXP "}");
	jwt_close(jwt);
	signer_free(s);
}

/* ---- form ---------------------------------------------------------------- */

static void
refused_text(struct jwt *jwt, const char *text, size_t len)
{
	if (ask_at(jwt, text, len, NOW).result != JWT_REFUSED)
		atf_tc_fail("accepted: %.*s", (int)len, text);
	ATF_CHECK_EQ(0u, jwt_cached(jwt));
}

ATF_TC_WITHOUT_HEAD(texts_that_are_no_token);
ATF_TC_BODY(texts_that_are_no_token, tc)
{
	static const char *const	 around[] = {
		" %s", "%s ", "%s\n", "\t%s", "%s=", "%s==", ".%s", "%s.",
		"%s.e30", "Bearer %s", "%s%%00", "%s;", "\"%s\"", "%s\r\n%s",
	};
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, ADMIN), text[2048];
	char		*dot = strchr(t, '.'), *dot2 = strrchr(t, '.');
	size_t		 n = strlen(t), i;

	for (i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		snprintf(text, sizeof(text), around[i], t, t);
		refused_text(jwt, text, strlen(text));
	}
	refused_text(jwt, "", 0);
	refused_text(jwt, ".", 1);
	refused_text(jwt, "..", 2);
	refused_text(jwt, "...", 3);
	refused_text(jwt, t, n + 1);		/* a NUL at its end */
	for (i = 0; i < n; i++)			/* and cut off anywhere */
		refused_text(jwt, t, i);
	/* without a signature, with and without its dot; without claims */
	snprintf(text, sizeof(text), "%.*s.", (int)(dot2 - t), t);
	refused_text(jwt, text, strlen(text));
	snprintf(text, sizeof(text), "%.*s..%s", (int)(dot - t), t, dot2 + 1);
	refused_text(jwt, text, strlen(text));
	ATF_CHECK_EQ(JWT_OK, ask(jwt, t).result);
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

/* Decoders that are not strict take them for the same. */
ATF_TC_WITHOUT_HEAD(other_spellings_of_base64);
ATF_TC_BODY(other_spellings_of_base64, tc)
{
	static const char	 set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	struct signer		*s = signer_new(JWT_HS256, 1);
	struct jwt		*jwt = jwt_of(s);
	char			*t = token_of(s, s->head, ADMIN), *p;
	size_t			 n = strlen(t), i, found = 0;
	char			 was;

	/* 32 bytes are 43 characters: the last one has two bits to spare */
	p = t + n - 1;
	was = *p;
	for (i = 0; i < 64; i++)
		if (set[i] != was) {
			*p = set[i];
			refused_text(jwt, t, n);
			found += strcmp(jwt_why(jwt),
			    "malformed signature") == 0;
		}
	ATF_CHECK_EQ(48u, found);
	*p = was;
	for (i = 0; i < n; i++) {
		was = t[i];
		t[i] = was == '-' ? '+' : was == '_' ? '/' : was;
		if (t[i] != was)
			refused_text(jwt, t, n);
		t[i] = was;
	}
	ATF_CHECK_EQ(JWT_OK, ask(jwt, t).result);
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(lengths);
ATF_TC_BODY(lengths, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	const size_t	 size = 1024 * 1024 + 64;
	char		*body = malloc(size), *t;
	size_t		 n, len;
	int		 ok = 0, no = 0;

	for (n = 2900; n < 3100; n++) {
		len = (size_t)snprintf(body, size, "{" EXP
		    ",\"x\":\"%0*d\"}", (int)n, 0);
		t = token_of_bytes(s, s->head, strlen(s->head), body, len);
		len = strlen(t);
		ATF_CHECK_EQ(len <= 4096 ? JWT_OK : JWT_REFUSED,
		    ask(jwt, t).result);
		if (len <= 4096)
			ok++;
		else
			no++;
		free(t);
	}
	ATF_CHECK(ok > 10 && no > 10);
	len = (size_t)snprintf(body, size, "{" EXP ",\"x\":\"%01048576d\"}",
	    0);
	t = token_of_bytes(s, s->head, strlen(s->head), body, len);
	ATF_CHECK_EQ(JWT_REFUSED, ask(jwt, t).result);
	ATF_CHECK_STREQ("its length", jwt_why(jwt));
	free(t);
	free(body);
	jwt_close(jwt);
	signer_free(s);
}

/* ---- signatures ---------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(signatures_of_others);
ATF_TC_BODY(signatures_of_others, tc)
{
	enum jwt_algorithm	 a;
	struct signer		*s, *other;
	struct jwt		*jwt;

	for (a = JWT_HS256; a < JWT_MAX; a++) {
		s = signer_new(a, 1);
		other = signer_new(a, 2);
		jwt = jwt_of(s);
		refused(jwt, other, other->head, ADMIN, "the signature");
		accepted(jwt, s, s->head, ADMIN);
		jwt_close(jwt);
		signer_free(s);
		signer_free(other);
	}
}

/* Both have to accept it: this JSON is jansson's limit, and not ours. */
ATF_TC_WITHOUT_HEAD(libjwt_has_to_agree);
ATF_TC_BODY(libjwt_has_to_agree, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, ADMIN);
	size_t		 n = strlen(t);

	refused(jwt, s, s->head, "{" EXP ",\"x\":99999999999999999999}",
	    "libjwt does not agree");
	ATF_CHECK_EQ(1, jwt_lib_agrees(t, n, s->bytes, s->len, "HS256",
	    NOW + 60));
	ATF_CHECK_EQ(0, jwt_lib_agrees(t, n, s->bytes, s->len, "HS256", NOW));
	ATF_CHECK_EQ(0, jwt_lib_agrees(t, n, s->bytes, s->len, "HS384",
	    NOW + 60));
	ATF_CHECK_EQ(0, jwt_lib_agrees(t, n, s->bytes, s->len - 1, "HS256",
	    NOW + 60));
	/* without a key it would take anything */
	ATF_CHECK_EQ(0, jwt_lib_agrees(t, n, s->bytes, 0, "HS256", NOW + 60));
	ATF_CHECK_EQ(0, jwt_lib_agrees(t, n, NULL, 0, "none", NOW + 60));
	ATF_CHECK_EQ(0, jwt_lib_agrees(t, TOKEN_SIZE, s->bytes, s->len,
	    "HS256", NOW + 60));
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

/* Some bytes less, some more, none. */
ATF_TC_WITHOUT_HEAD(signatures_of_other_lengths);
ATF_TC_BODY(signatures_of_other_lengths, tc)
{
	enum jwt_algorithm	 a;
	struct signer		*s;
	struct jwt		*jwt;
	char			*t, text[4096], part[1024];
	uint8_t			 sig[512], other[512];
	size_t			 n, len, k;

	for (a = JWT_HS256; a < JWT_MAX; a++) {
		s = signer_new(a, 1);
		jwt = jwt_of(s);
		t = token_of(s, s->head, ADMIN);
		n = (size_t)(strrchr(t, '.') - t);
		memset(sig, 0, sizeof(sig));
		len = sign(s, t, n, sig);
		for (k = 0; k <= len + 8; k++) {
			if (k == len)
				continue;
			base64(sig, k, part);
			snprintf(text, sizeof(text), "%.*s.%s", (int)n, t,
			    part);
			refused_text(jwt, text, strlen(text));
			/* by us: libjwt is not needed for it */
			ATF_CHECK_STREQ("the signature", jwt_why(jwt));
		}
		/* with a 0 before it, which is no other number */
		other[0] = 0;
		memcpy(other + 1, sig, len);
		base64(other, len + 1, part);
		snprintf(text, sizeof(text), "%.*s.%s", (int)n, t, part);
		refused_text(jwt, text, strlen(text));
		base64(sig, len, part);
		snprintf(text, sizeof(text), "%.*s.%s", (int)n, t, part);
		ATF_CHECK_EQ(JWT_OK, ask(jwt, text).result);
		free(t);
		jwt_close(jwt);
		signer_free(s);
	}
}

/* What libjwt takes: an HMAC made with the public key that everybody has. */
ATF_TC_WITHOUT_HEAD(hmac_with_the_public_key);
ATF_TC_BODY(hmac_with_the_public_key, tc)
{
	enum jwt_algorithm	 a, h;
	struct signer		*s, *forger;
	struct jwt		*jwt;

	for (a = JWT_RS256; a < JWT_MAX; a += 3) {
		s = signer_new(a, 1);
		jwt = jwt_of(s);
		for (h = JWT_HS256; h <= JWT_HS512; h++) {
			forger = signer_new(h, 1);
			memcpy(forger->bytes, s->bytes, s->len);
			forger->len = s->len;
			refused(jwt, forger, forger->head, ADMIN,
			    "another algorithm");
			/* and says what is wanted */
			refused(jwt, forger, s->head, ADMIN, "the signature");
			signer_free(forger);
		}
		jwt_close(jwt);
		signer_free(s);
	}
}

/* r or s of 0, of the order, or DER instead of the two of them. */
ATF_TC_WITHOUT_HEAD(strange_ecdsa_signatures);
ATF_TC_BODY(strange_ecdsa_signatures, tc)
{
	struct signer	*s = signer_new(JWT_ES256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, ADMIN), text[2048];
	char		 part[512];
	uint8_t		 sig[128];
	size_t		 n = (size_t)(strrchr(t, '.') - t), i;
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	size_t		 derlen = sizeof(sig);

	for (i = 0; i < 4; i++) {
		memset(sig, i & 1 ? 0xff : 0, 32);
		memset(sig + 32, i & 2 ? 0xff : 0, 32);
		base64(sig, 64, part);
		snprintf(text, sizeof(text), "%.*s.%s", (int)n, t, part);
		refused_text(jwt, text, strlen(text));
	}
	ATF_REQUIRE_EQ(1, EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
	    s->pkey));
	ATF_REQUIRE_EQ(1, EVP_DigestSign(ctx, sig, &derlen, (uint8_t *)t, n));
	EVP_MD_CTX_free(ctx);
	base64(sig, derlen, part);
	snprintf(text, sizeof(text), "%.*s.%s", (int)n, t, part);
	refused_text(jwt, text, strlen(text));
	ATF_CHECK_EQ(JWT_OK, ask(jwt, t).result);
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

/* PSS instead of PKCS 1, by the same key. */
ATF_TC_WITHOUT_HEAD(another_padding_of_rsa);
ATF_TC_BODY(another_padding_of_rsa, tc)
{
	struct signer	*s = signer_new(JWT_RS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, ADMIN), text[2048];
	char		 part[512];
	uint8_t		 sig[256];
	size_t		 n = (size_t)(strrchr(t, '.') - t);
	size_t		 len = sizeof(sig);
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX	*pctx;

	ATF_REQUIRE_EQ(1, EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL,
	    s->pkey));
	ATF_REQUIRE_EQ(1, EVP_PKEY_CTX_set_rsa_padding(pctx,
	    RSA_PKCS1_PSS_PADDING));
	ATF_REQUIRE_EQ(1, EVP_DigestSign(ctx, sig, &len, (uint8_t *)t, n));
	EVP_MD_CTX_free(ctx);
	base64(sig, len, part);
	snprintf(text, sizeof(text), "%.*s.%s", (int)n, t, part);
	refused_text(jwt, text, strlen(text));
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_algorithm);
	ATF_TP_ADD_TC(tp, who_it_is);
	ATF_TP_ADD_TC(tp, the_highest_role_counts);
	ATF_TP_ADD_TC(tp, headers_that_are_refused);
	ATF_TP_ADD_TC(tp, claims_that_are_refused);
	ATF_TP_ADD_TC(tp, from_when_until_when);
	ATF_TP_ADD_TC(tp, issuer_and_audience);
	ATF_TP_ADD_TC(tp, texts_that_are_no_token);
	ATF_TP_ADD_TC(tp, other_spellings_of_base64);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, signatures_of_others);
	ATF_TP_ADD_TC(tp, libjwt_has_to_agree);
	ATF_TP_ADD_TC(tp, signatures_of_other_lengths);
	ATF_TP_ADD_TC(tp, hmac_with_the_public_key);
	ATF_TP_ADD_TC(tp, strange_ecdsa_signatures);
	ATF_TP_ADD_TC(tp, another_padding_of_rsa);
	return (atf_no_error());
}
