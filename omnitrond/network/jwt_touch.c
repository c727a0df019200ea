/*
 * What libcrypto, libjwt and jansson open or load when they are used first is
 * opened before the walls stand: two tokens of known keys are verified.  That
 * they are, and that changed ones are not, is asked of the libraries of this
 * machine at each start.  In the network process.
 */
#include <string.h>

#include "common/log.h"
#include "omnitrond/network/jwt.h"

struct example {
	enum jwt_algorithm	 algorithm;
	const char		*key;
	const char		*token;		/* { "exp": 2 } */
};

static const struct example	 examples[] = {
	{ JWT_HS256, "a key that only tries the library",
	    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjJ9."
	    "0KTo_p-wDNT6YO1vHmOIGBjREic-WlrJ3M56DXtfEAM" },
	{ JWT_ES256, "-----BEGIN PUBLIC KEY-----\n"
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9+7puUdSlvjjiea8nMPOepw2Sqli\n"
	    "zzsDJkm9QuSQMcn7Uk1iIxtMkuAYxgf+hrhzE2IGFZCh3FE8rRcUtFJssQ==\n"
	    "-----END PUBLIC KEY-----\n",
	    "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjJ9."
	    "FikK9PMFQyup2UW2_QoxR10kbjRYHw7S6FI3oZGOihWIeHfcrdeuI4qrAr6barf6"
	    "I3WNnXriLiy2t3WWI87yPw" },
};
#define NEXAMPLES	(sizeof(examples) / sizeof(examples[0]))

static int
accepts(struct jwt *jwt, const char *token)
{
	struct caller	 who;
	int64_t		 exp_s;

	return (jwt_check(jwt, token, strlen(token), 1, &who, &exp_s) ==
	    JWT_OK);
}

static void
try(const struct example *e)
{
	struct m_conf_jwt	 m = { .algorithm = e->algorithm,
				    .max_ttl_s = 1 };
	struct jwt_conf		*conf = jwt_conf_new(&m, NULL, NULL);
	struct jwt		*jwt = jwt_open();
	char			 err[256], bad[256];

	if (conf == NULL || jwt_conf_add_key(conf, "example",
	    (const uint8_t *)e->key, strlen(e->key), err, sizeof(err)) == -1)
		fatalx("libcrypto does not take an example key");
	jwt_switch(jwt, conf);
	if (!accepts(jwt, e->token))
		fatalx("an example token is refused: %s", jwt_why(jwt));
	strlcpy(bad, e->token, sizeof(bad));
	bad[strlen(bad) / 2] ^= 1;
	if (accepts(jwt, bad))
		fatalx("an example token that was changed is accepted");
	jwt_close(jwt);
}

void
jwt_touch(void)
{
	size_t	 i;

	for (i = 0; i < NEXAMPLES; i++)
		try(&examples[i]);
}
