/*
 * Who may come and do what: sockets, addresses, tokens, rules, secrets.
 */
#include <grp.h>

#include "common/jsonw.h"
#include "common/xmalloc.h"
#include "regress/unit/parent/conf_fixture.h"

#define JWT	"jwt { algorithm HS256 key \"a\" file \"@/hs32\" }\n"
#define TLS	"tls { certificate \"@/pub\" key \"@/pem\" }\n"

/* As the user that is played, in whose name all is loaded. */
static void
file(const char *name, const char *text, size_t len, mode_t mode)
{
	struct passwd	*pw = ordinary();
	const char	*path = scratch_path(name);
	FILE		*f;

	f = fopen(path, "w");
	ATF_REQUIRE(f != NULL && fwrite(text, 1, len, f) == len &&
	    fclose(f) == 0);
	ATF_REQUIRE_EQ(0, chmod(path, mode));
	ATF_REQUIRE(geteuid() != 0 ||
	    chown(path, pw->pw_uid, pw->pw_gid) == 0);
}

static void
text_file(const char *name, const char *text, mode_t mode)
{
	file(name, text, strlen(text), mode);
}

static void
files(void)
{
	char		 bytes[64] = { 0 };

	scratch();
	file("hs31", bytes, 31, 0600);
	file("hs32", bytes, 32, 0600);
	file("hs47", bytes, 47, 0400);
	file("hs48", bytes, 48, 0400);
	file("hs64", bytes, 64, 0600);
	file("open", bytes, 64, 0640);
	file("empty", bytes, 0, 0600);
	text_file("pub", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYI\n",
	    0644);
	text_file("pem", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n",
	    0600);
	text_file("pemopen", "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGS\n",
	    0644);
}

/* Each @ is the folder of the files; the caller frees it. */
static char *
with(const char *text)
{
	char	*out = NULL;
	size_t	 size = 0;
	FILE	*f = open_memstream(&out, &size);

	for (; *text != '\0'; text++)
		if (*text == '@')
			fputs(scratch_dir, f);
		else
			fputc(*text, f);
	fclose(f);
	return (out);
}

static struct conf *
ok(const char *text)
{
	char		*full = with(text);
	struct conf	*conf = load_ok(full);

	free(full);
	return (conf);
}

static void
fails(const char *text, const char *error)
{
	char	*full = with(text);

	load_fails(full, error);
	free(full);
}

/* ---- sockets -------------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(the_first_socket_is_the_control_socket);
ATF_TC_BODY(the_first_socket_is_the_control_socket, tc)
{
	struct conf		*conf;
	struct socket_conf	*s;

	conf = ok("socket \"/c\" socket \"/b\"\nsocket \"/d\" role admin\n"
	    "mode 0666 socket \"/e\" mode 0660 grants allow owner view");
	ATF_CHECK_STREQ("/c", conf->socket);
	ATF_CHECK_EQ(3, conf->nsockets);
	s = TAILQ_FIRST(&conf->sockets);
	ATF_CHECK_STREQ("/b", s->path);
	ATF_CHECK_EQ(ROLE_VIEWER, s->role);
	ATF_CHECK_EQ(0600, s->mode);
	ATF_CHECK_EQ(0, s->grants);
	ATF_CHECK_EQ((gid_t)-1, s->gid);
	s = TAILQ_NEXT(s, entry);
	ATF_CHECK_EQ(ROLE_ADMIN, s->role);
	ATF_CHECK_EQ(0666, s->mode);
	s = TAILQ_NEXT(s, entry);
	ATF_CHECK_EQ(ROLE_ADMIN, s->role);
	ATF_CHECK_EQ(1, s->grants);
	conf_free(conf);
}

/* A socket takes a group, and so does a group of apps take a name. */
ATF_TC_WITHOUT_HEAD(a_group_of_a_socket_is_no_group_of_apps);
ATF_TC_BODY(a_group_of_a_socket_is_no_group_of_apps, tc)
{
	struct conf	*conf;
	char		*text;
	struct group	*gr = getgrgid(ordinary()->pw_gid);

	ATF_REQUIRE(gr != NULL);
	xasprintf(&text, "socket \"/c\" socket \"/b\" role operator\n"
	    "group \"%s\" # of the socket\ngroup \"g\" # of apps\n"
	    "{ app a { command /bin/a } }\nlisten = \"x\"\n"
	    "socket \"/d\"\ngroup $listen { app b { command /bin/b } }",
	    gr->gr_name);
	conf = ok(text);
	ATF_CHECK_EQ(2, conf->ngroups);
	ATF_CHECK_STREQ("x", conf_app(conf, "b")->group->name);
	ATF_CHECK_EQ(gr->gr_gid, TAILQ_FIRST(&conf->sockets)->gid);
	ATF_CHECK_EQ(0660, TAILQ_FIRST(&conf->sockets)->mode);
	ATF_CHECK(TAILQ_LAST(&conf->sockets, socket_confs)->group == NULL);
	conf_free(conf);
	free(text);
}

ATF_TC_WITHOUT_HEAD(wrong_sockets_are_named);
ATF_TC_BODY(wrong_sockets_are_named, tc)
{
	fails("socket \"/c\" role viewer", "t.conf:1: socket: the first one "
	    "is the control socket, for the daemon's user alone: it takes no "
	    "role");
	fails("socket \"/c\" socket \"x\" role admin", "socket: \"x\" is not "
	    "an absolute path");
	fails("socket \"/c\" socket \"/b\" role boss", "role takes viewer | "
	    "operator | admin, not \"boss\"");
	fails("socket \"/c\" socket \"/b\" role none", "role takes");
	fails("socket \"/c\" socket \"/b\" role viewer role admin",
	    "role is given twice");
	fails("socket \"/c\" socket \"/b\" role viewer grants allow owner view",
	    "with grants the rules decide");
	fails("socket \"/c\" socket \"/b\" grants role viewer allow owner view",
	    "with grants the rules decide");
	fails("socket \"/c\"\nsocket \"/b\" grants", "t.conf:2: socket: grants "
	    "without a rule lets nobody do anything");
	fails("socket \"/c\" socket \"/b\" grants deny owner",
	    "grants without a rule");
	fails("socket \"/c\" socket \"/b\" mode 0777", "mode \"0777\" is none "
	    "of 0600, 0660, 0666");
	fails("socket \"/c\" socket \"/b\" group \"no-such-group\"",
	    "there is no group \"no-such-group\"");
	fails("socket \"/c\" socket \"/b\" group \"daemon\"",
	    "the daemon is not in group \"daemon\"");
	fails("socket \"/c\" socket \"/c\"", "socket: \"/c\" is in use");
	fails("socket \"/c\" socket \"/b\" socket \"/b\"",
	    "socket: \"/b\" is given twice");
	fails("socket \"/c\" socket \"/b\" port 3", "\"port\" cannot stand");
}

/* ---- the network ---------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(addresses_have_defaults);
ATF_TC_BODY(addresses_have_defaults, tc)
{
	struct port_conf	*p;
	struct conf		*conf;

	files();
	conf = ok(JWT TLS "listen tcp tls\nlisten http on 127.0.0.2 "
	    "listen http on 0::1 port 80 max-role admin\n"
	    "listen tcp port 1 insecure max-role viewer");
	ATF_REQUIRE_EQ(4, conf->nports);
	p = TAILQ_FIRST(&conf->ports);
	ATF_CHECK_EQ(LISTENER_TCP, p->kind);
	ATF_CHECK_STREQ("0.0.0.0", p->on);
	ATF_CHECK_EQ(9700, p->port);
	ATF_CHECK_EQ(1, p->tls);
	ATF_CHECK_EQ(ROLE_OPERATOR, p->max_role);
	p = TAILQ_NEXT(p, entry);
	ATF_CHECK_EQ(LISTENER_HTTP, p->kind);
	ATF_CHECK_EQ(9800, p->port);
	ATF_CHECK_EQ(0, p->tls);
	p = TAILQ_NEXT(p, entry);
	ATF_CHECK_STREQ("::1", p->on);
	ATF_CHECK_EQ(ROLE_ADMIN, p->max_role);
	ATF_CHECK_EQ(1, TAILQ_NEXT(p, entry)->insecure);
	conf_free(conf);
}

/* The block and the option of the same name, in either order. */
ATF_TC_WITHOUT_HEAD(tls_is_a_block_and_an_option);
ATF_TC_BODY(tls_is_a_block_and_an_option, tc)
{
	struct conf	*conf;

	files();
	conf = ok(JWT "listen http on 127.0.0.1\n" TLS "listen tcp\ntls\n");
	ATF_CHECK_EQ(0, TAILQ_FIRST(&conf->ports)->tls);
	ATF_CHECK_EQ(1, TAILQ_LAST(&conf->ports, port_confs)->tls);
	ATF_CHECK(conf->tls.key != NULL && conf->tls.client_ca == NULL);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(no_port_is_open_to_all);
ATF_TC_BODY(no_port_is_open_to_all, tc)
{
	files();
	fails("listen tcp on 127.0.0.1", "t.conf:1: listen tcp: there is no "
	    "jwt block");
	fails(JWT "listen tcp", "t.conf:2: listen tcp: on 0.0.0.0 tokens would "
	    "cross the network in clear: say tls, or on 127.0.0.1, or insecure");
	fails(JWT "listen http on \"::\"", "listen http: on :: tokens would");
	fails(JWT "listen http on \"::ffff:127.0.0.1\"", "tokens would cross");
	fails(JWT "listen http on 128.0.0.1", "tokens would cross");
	fails(JWT "listen tcp tls", "tls needs a tls block");
	fails(JWT TLS "listen tcp tls insecure", "tls or insecure, not both");
	fails(JWT "listen tcp on localhost", "\"localhost\" is not a numeric");
	fails(JWT "listen udp port 3", "listen outside of an app takes tcp or "
	    "http, not \"udp\"");
	fails(JWT "listen tcp port 0", "\"0\" is not a port");
	fails(JWT "listen tcp max-role root", "max-role takes viewer");
	fails(JWT "listen tcp on 127.0.0.1 on 127.0.0.1", "on is given twice");
	fails(JWT "listen tcp on 127.0.0.1\nlisten http on 127.0.0.1 port 9700",
	    "t.conf:3: listen http: 127.0.0.1 port 9700 is taken by listen tcp "
	    "on 127.0.0.1");
	fails(JWT "listen tcp insecure listen tcp on 127.0.0.1",
	    "127.0.0.1 port 9700 is taken by listen tcp on 0.0.0.0");
	fails(JWT "listen tcp on 127.0.0.1\napp a { command /bin/a\n"
	    "listen tcp port 9700 }", "t.conf:4: app a: listen: port 9700 is "
	    "that of the daemon's own listen statement");
	fails(JWT "listen tcp on ::1\nlisten tcp on 0:0::1",
	    "::1 port 9700 is taken");
}

ATF_TC_WITHOUT_HEAD(origins_are_exact);
ATF_TC_BODY(origins_are_exact, tc)
{
	static const char *const	 wrong[] = {
		"*", "null", "https://", "https://*.x", "https://x/",
		"https://x:0", "https://x:99999", "https://X", "ftp://x",
		"https://x:443", "http://x:80", "https://u@x", "https://[x]",
		"https://x y", "HTTPS://x", "https://[::1]x", "https://x:"
	};
	struct conf			*conf;
	char				*text;
	size_t				 i;

	conf = ok("cors \"https://a.example\" cors \"http://[::1]:8080\"\n"
	    "cors \"http://x:443\"");
	ATF_REQUIRE_EQ(3, conf->norigins);
	ATF_CHECK_STREQ("http://[::1]:8080", conf->origins[1]);
	conf_free(conf);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		xasprintf(&text, "cors \"%s\"", wrong[i]);
		load_fails(text, "cors: \"");
		free(text);
	}
	fails("cors \"https://a\" cors \"https://a\"", "is given twice");
}

/* ---- tokens --------------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(the_key_that_signs);
ATF_TC_BODY(the_key_that_signs, tc)
{
	const char	*path;
	struct conf	*conf;

	files();
	conf = ok("jwt { algorithm HS384 key \"n\" file \"@/hs48\" key \"o\" "
	    "file \"@/hs64\" issuer \"i\" leeway 1m max-ttl 1h }");
	ATF_CHECK_EQ(JWT_HS384, conf->jwt.m.algorithm);
	ATF_CHECK_EQ(60, conf->jwt.m.leeway_s);
	ATF_CHECK_EQ(3600, conf->jwt.m.max_ttl_s);
	ATF_CHECK_STREQ("i", conf->jwt.issuer);
	ATF_CHECK_STREQ("", conf->jwt.audience);
	ATF_REQUIRE(conf_sign_key(conf, &path) != NULL);
	ATF_CHECK_STREQ("n", conf_sign_key(conf, &path)->kid);
	ATF_CHECK(strstr(path, "/hs48") != NULL);
	ATF_CHECK(conf_kinds(conf) & KB(SECRETS));
	ATF_CHECK((conf_kinds(conf) & KB(NETWORK)) == 0);
	conf_free(conf);
	conf = ok("jwt { key \"n\" file \"@/pub\" key \"o\" file \"@/pub\" "
	    "sign \"@/pem\" algorithm ES256 }");
	ATF_CHECK_EQ(0, conf->jwt.m.leeway_s);
	ATF_CHECK_EQ(24 * 3600, conf->jwt.m.max_ttl_s);
	ATF_CHECK_STREQ("o", conf_sign_key(conf, &path)->kid);
	ATF_CHECK(strstr(path, "/pem") != NULL);
	conf_free(conf);
	conf = ok("jwt { key \"n\" file \"@/pub\" algorithm RS512 }");
	ATF_CHECK(conf_sign_key(conf, &path) == NULL);
	ATF_CHECK((conf_kinds(conf) & KB(SECRETS)) == 0);
	conf_free(conf);
}

static const struct {
	const char	*text;
	const char	*error;
} keys[] = {
	{ "key \"a\" file \"@/hs32\"", "jwt: algorithm is missing" },
	{ "algorithm HS256", "jwt: there is no key" },
	{ "algorithm none key \"a\" file \"@/hs32\"", "not \"none\"" },
	{ "algorithm HS265 key \"a\" file \"@/hs32\"", "did you mean HS256?" },
	{ "algorithm HS256\nkey \"a\" file \"@/hs31\"", "t.conf:2: key: @/hs31 "
	    "has 31 bytes: HS256 takes 32 or more" },
	{ "algorithm HS384 key \"a\" file \"@/hs47\"", "takes 48 or more" },
	{ "algorithm HS512 key \"a\" file \"@/hs48\"", "takes 64 or more" },
	{ "algorithm HS256 key \"a\" file \"@/pem\"", "@/pem is a PEM file" },
	{ "algorithm HS256 key \"a\" file \"@/open\"", "can be read by others" },
	{ "algorithm HS256 key \"a\" file \"@/empty\"", "is empty" },
	{ "algorithm HS256 key \"a\" file \"@/none\"", "@/none: No such file" },
	{ "algorithm HS256 key \"a\" file \"hs\"", "\"hs\" is not an absolute" },
	{ "algorithm HS256 key \"a\" file \"@/hs32\" sign \"@/pem\"",
	    "sign is for RS and ES" },
	{ "algorithm HS256 key \"a/b\" file \"@/hs32\"", "key: \"a/b\" cannot "
	    "be a key's name" },
	{ "algorithm HS256 key \"a\" file \"@/hs32\" key \"a\" file \"@/hs64\"",
	    "key: \"a\" is given twice" },
	{ "algorithm ES256 key \"a\" file \"@/hs32\"", "is no PEM file" },
	{ "algorithm ES256 key \"a\" file \"@/pem\"", "@/pem is a private key: "
	    "file takes the public one" },
	{ "algorithm ES256 key \"a\" file \"@/pub\" sign \"@/pub\"",
	    "sign: @/pub can be read by others" },
	{ "algorithm ES256 key \"a\" file \"@/pub\" sign \"@/pemopen\"",
	    "sign: @/pemopen can be read by others" },
	{ "algorithm ES256 key \"a\" file \"@/pub\" sign \"@/hs32\"",
	    "sign: @/hs32 is no PEM file" },
	{ "algorithm HS256 algorithm HS256", "algorithm is given twice" },
	{ "leeway 11m", "leeway: \"11m\" is not a duration from 0s to 10m" },
	{ "leeway 500ms", "in whole seconds" },
	{ "max-ttl 0", "max-ttl: \"0\" is not a duration from 1s to 30d" },
	{ "issuer \"\"", "issuer: \"\" is not a text of 1 to 128 bytes" },
	{ "key \"a\"", "key takes KID file PATH [sign PATH], or PATH" },
	{ "algoritm HS256", "unknown keyword \"algoritm\" in a jwt block; did "
	    "you mean \"algorithm\"?" },
};

ATF_TC_WITHOUT_HEAD(a_key_that_is_none_is_refused);
ATF_TC_BODY(a_key_that_is_none_is_refused, tc)
{
	char	*text, *error, *errors;
	size_t	 i;

	files();
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		xasprintf(&text, "jwt { %s }", keys[i].text);
		error = with(keys[i].error);
		fails(text, error);
		free(error);
		free(text);
	}
	ATF_CHECK(load("jwt {\nkid x\n}\ntls {\ncert x\n}", &errors) == NULL);
	ATF_CHECK_EQ_MSG(2, count_lines(errors), "%s", errors);
	free(errors);
	fails("tls { certificate \"@/pub\" key \"@/pemopen\" }",
	    "key: ");
	fails("tls { certificate \"@/pub\" }", "tls: key is missing");
	fails("tls { key \"@/pem\" }", "tls: certificate is missing");
	fails("tls { certificate \"@/pub\" key \"@/pem\" client-ca \"@/no\" }",
	    "client-ca: ");
	fails("tls { key \"@/pem\" key \"@/pem\" }", "key is given twice");
}

/* ---- rules ---------------------------------------------------------------- */

static const struct rule *
rule(const struct conf *conf, int n)
{
	const struct rule	*r;

	STAILQ_FOREACH(r, &conf->grants.rules, entry)
		if (n-- == 0)
			break;
	ATF_REQUIRE(r != NULL);
	return (r);
}

static int
has(const struct rule *r, enum method_id m)
{
	return (((r->m.methods[m / 64] >> (m % 64)) & 1) != 0);
}

ATF_TC_WITHOUT_HEAD(rules_keep_their_order);
ATF_TC_BODY(rules_keep_their_order, tc)
{
	struct conf	*conf;

	conf = ok("deny root\nallow user \"root\" operate \"web-*\"\n"
	    "allow group \"daemon\" view, restartApp, status\n"
	    "allow token \"c \\\"i\" admin\ndeny owner operate \"x?\"\n"
	    "deny user \"daemon\" \"y\" deny token t shutdown");
	ATF_CHECK_EQ(1, conf->deny_root);
	ATF_CHECK_EQ(6, conf->grants.n);
	ATF_CHECK_EQ(0, rule(conf, 0)->m.id);
	ATF_CHECK_EQ(RULE_USER, rule(conf, 0)->m.who);
	ATF_CHECK_EQ(ROLE_OPERATOR, rule(conf, 0)->m.role);
	ATF_CHECK_STREQ("web-*", rule(conf, 0)->glob);
	ATF_CHECK_STREQ("t.conf:2: allow user \"root\" operate \"web-*\"",
	    rule(conf, 0)->text);
	ATF_CHECK_EQ(RULE_GROUP, rule(conf, 1)->m.who);
	ATF_CHECK_EQ(ROLE_VIEWER, rule(conf, 1)->m.role);
	ATF_CHECK(has(rule(conf, 1), METHOD_RESTART_APP));
	ATF_CHECK(!has(rule(conf, 1), METHOD_STOP_APP));
	ATF_CHECK_STREQ("*", rule(conf, 1)->glob);
	ATF_CHECK_STREQ("c \"i", rule(conf, 2)->name);
	ATF_CHECK_EQ(ID_NONE, rule(conf, 2)->m.id);
	ATF_CHECK_EQ(RULE_OWNER, rule(conf, 3)->m.who);
	ATF_CHECK_STREQ("", rule(conf, 3)->name);
	ATF_CHECK_EQ(ROLE_ADMIN, rule(conf, 4)->m.role);
	ATF_CHECK_EQ(ROLE_NONE, rule(conf, 5)->m.role);
	ATF_CHECK(has(rule(conf, 5), METHOD_SHUTDOWN));
	conf_free(conf);
}

/* Who may not operate may still look; who may not look may do nothing. */
ATF_TC_WITHOUT_HEAD(a_denied_verb_is_its_role_and_those_above);
ATF_TC_BODY(a_denied_verb_is_its_role_and_those_above, tc)
{
	struct conf	*conf = ok("deny owner operate deny owner view");
	int		 m;

	for (m = 0; m < METHOD_MAX; m++) {
		ATF_CHECK_EQ(methods[m].role >= ROLE_OPERATOR,
		    has(rule(conf, 0), m));
		ATF_CHECK_EQ(methods[m].role >= ROLE_VIEWER,
		    has(rule(conf, 1), m));
	}
	ATF_CHECK_STREQ("t.conf:1: deny owner operate \"*\"",
	    rule(conf, 0)->text);
	conf_free(conf);
}

/* Also those that are keywords, and those that two services have. */
ATF_TC_WITHOUT_HEAD(every_method_can_be_named);
ATF_TC_BODY(every_method_can_be_named, tc)
{
	struct conf	*conf;
	char		*text;
	const char	*dot;
	int		 m, n;

	for (m = 0; m < METHOD_MAX; m++) {
		xasprintf(&text, "allow owner %s", methods[m].name);
		conf = ok(text);
		for (n = 0; n < METHOD_MAX; n++)
			ATF_CHECK_EQ(n == m, has(rule(conf, 0), n));
		conf_free(conf);
		free(text);
		dot = strchr(methods[m].name, '.');
		xasprintf(&text, "allow owner view, %s", dot + 1);
		conf = ok(text);
		for (n = 0; n < METHOD_MAX; n++)
			if (has(rule(conf, 0), n))
				ATF_CHECK_STREQ(dot + 1,
				    strchr(methods[n].name, '.') + 1);
		if (strncmp(methods[m].name, D, strlen(D)) == 0)
			for (n = 0; n < METHOD_MAX; n++)
				ATF_CHECK_EQ(n == m, has(rule(conf, 0), n));
		conf_free(conf);
		free(text);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_rules_are_named);
ATF_TC_BODY(wrong_rules_are_named, tc)
{
	char	*text = NULL;
	size_t	 size = 0;
	FILE	*f = open_memstream(&text, &size);
	int	 i;

	fails("allow owner restartAp", "\"restartAp\" is neither a method nor "
	    "view, operate or admin; did you mean restartApp?");
	fails("allow owner", "owner takes VERB, ...");
	fails("allow user \"root\"", "user takes");
	fails("allow user \"no-such-user\" view", "allow: there is no user "
	    "\"no-such-user\"");
	fails("deny group \"no-such-group\"", "deny: there is no group");
	fails("allow token \"\" view", "allow: \"\" is not a name");
	fails("allow owner view \"a[b]\"", "\"a[b]\" is not a pattern");
	fails("allow owner view \"\"", "\"\" is not a pattern");
	fails("allow everybody view", "allow takes user NAME");
	fails("allow owner view web-*", "unknown keyword \"web-*\"");
	for (i = 0; i <= (int)RULES_MAX; i++)
		fprintf(f, "allow owner view\n");
	fclose(f);
	fails(text, "t.conf:1025: more than 1024 rules");
	free(text);
}

/* ---- secrets -------------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(where_secrets_come_from);
ATF_TC_BODY(where_secrets_come_from, tc)
{
	struct conf	*conf;

	conf = ok("home \"/h\"");
	ATF_CHECK_STREQ("/h/secrets.enc", conf->secretsfile);
	ATF_CHECK_STREQ("/h", conf->secretsdir);
	ATF_CHECK_STREQ("/h/secrets.key", conf->secrets.key);
	ATF_CHECK_EQ(SECRETS_KEYFILE, conf->secrets.how);
	ATF_CHECK_EQ(0, conf->secrets.given);
	ATF_CHECK((conf_kinds(conf) & (KB(SECRETS) | KB(LOCAL) |
	    KB(NETWORK))) == 0);
	conf_free(conf);
	conf = ok("secrets file \"/s/secrets.enc\" key \"/k/x\"");
	ATF_CHECK_STREQ("/s", conf->secretsdir);
	ATF_CHECK_STREQ("/k/x", conf->secrets.key);
	ATF_CHECK(conf_kinds(conf) & KB(SECRETS));
	conf_free(conf);
	conf = ok("secrets file \"/s/secrets.enc\" passphrase env \"PASS\"");
	ATF_CHECK_EQ(SECRETS_PASSPHRASE, conf->secrets.how);
	ATF_CHECK_STREQ("PASS", conf->secrets.passphrase);
	conf_free(conf);
	conf = ok("secrets env users { secrets \"x\" }");
	ATF_CHECK_EQ(SECRETS_ENVIRONMENT, conf->secrets.how);
	ATF_CHECK_STREQ("OMNITRON_SECRET_", conf->secrets.prefix);
	conf_free(conf);
	files();
	fails("secrets file \"/s/x.enc\"", "secrets: the name must be "
	    "secrets.enc");
	fails("secrets file \"s\"", "is not an absolute path");
	fails("secrets file \"/s/secrets.enc\" key \"@/hs31\"",
	    "has not 32 bytes");
	fails("secrets file \"/s/secrets.enc\" key \"@/open\"",
	    "can be read by others");
	fails("secrets file \"/s/secrets.enc\" passphrase env \"A=\"",
	    "cannot name a variable");
	fails("secrets env prefix \"\"", "cannot begin the names");
	fails("secrets env secrets env", "secrets is given twice");
	fails("secrets vault", "secrets takes file PATH");
}

ATF_TC_WITHOUT_HEAD(secrets_of_apps);
ATF_TC_BODY(secrets_of_apps, tc)
{
	const char		*names[SECRET_USES_MAX];
	struct conf		*conf, *other;
	struct process_conf	*pc;
	char			*text = NULL;
	size_t			 size = 0;
	FILE			*f;
	int			 i;

	conf = ok("default { env \"A\" secret \"a\" credential \"c\" }\n"
	    "app x { command /bin/x env \"B\" \"b\" env \"C\" secret \"c\"\n"
	    "credential \"d\" as \"c\" credential \"a\" }\n"
	    "app y { command /bin/x env \"A\" \"plain\" limit as 2gb }");
	pc = only(conf_app(conf, "x"));
	ATF_CHECK_EQ(3, conf_secret_keys(pc, names));
	ATF_CHECK_STREQ("a", names[0]);
	ATF_CHECK_STREQ("c", names[1]);
	ATF_CHECK_STREQ("d", names[2]);
	ATF_CHECK_STREQ("d", creds_find(&pc->creds, "c")->key);
	ATF_CHECK_EQ(ENV_VALUE, TAILQ_FIRST(&only(conf_app(conf, "y"))->env)->
	    kind);
	ATF_CHECK(conf_kinds(conf) & KB(SECRETS));
	other = ok("app x { command /bin/x env \"A\" secret \"a\" env \"B\" "
	    "\"b\" env \"C\" secret \"c\" credential \"a\"\n"
	    "credential \"d\" as \"c\" }");
	ATF_CHECK(!conf_process_respawn(pc, only(conf_app(other, "x"))));
	conf_free(other);
	other = ok("app x { command /bin/x env \"A\" secret \"a\" env \"B\" "
	    "\"b\" env \"C\" secret \"c\" credential \"a\"\n"
	    "credential \"e\" as \"c\" }");
	ATF_CHECK(conf_process_respawn(pc, only(conf_app(other, "x"))));
	conf_free(other);
	other = ok("app x { command /bin/x env \"A\" \"a\" env \"B\" "
	    "\"b\" env \"C\" secret \"c\" credential \"a\"\n"
	    "credential \"d\" as \"c\" }");
	ATF_CHECK(conf_process_respawn(pc, only(conf_app(other, "x"))));
	conf_free(other);
	conf_free(conf);
	f = open_memstream(&text, &size);
	fprintf(f, "default { env \"A\" secret \"a\" }\napp x { command /bin/x\n");
	for (i = 0; i < (int)SECRET_USES_MAX; i++)
		fprintf(f, "credential \"c%d\"\n", i);
	fprintf(f, "}");
	fclose(f);
	fails(text, "app x: more than 64 secrets");
	free(text);
}

/* ---- all of it ------------------------------------------------------------ */

static const char	 everything[] =
	"home \"/h\" socket \"/c\" socket \"/b\" socket \"/d\" mode 0666 grants\n"
	"listen tcp tls listen http on ::1 port 81 max-role admin\n"
	"listen http insecure\n"
	"jwt { algorithm ES256 key \"k\" file \"@/pub\" sign \"@/pem\" key \"l\"\n"
	"file \"@/pub\" issuer \"i \\\"x\\\"\" audience \"a\" leeway 30s }\n"
	"tls { certificate \"@/pub\" key \"@/pem\" client-ca \"@/pub\" }\n"
	"cors \"https://x\" cors \"https://y:8\"\n"
	"secrets file \"/s/secrets.enc\" passphrase env \"P\"\n"
	"allow user \"root\" view, status, restartApp \"web-*\"\n"
	"deny group \"daemon\" operate, ping\ndeny token \"t \\\\ \\\"\" \"a?\"\n"
	"allow owner OmnitronLogs.unsubscribe\nallow owner admin\n"
	"app a { command /bin/a env \"X\" secret \"s\" env \"Y\" \"s\"\n"
	"credential \"c\" credential \"c\" as \"d\" }\n";

ATF_TC_WITHOUT_HEAD(the_normal_form_is_the_same_again);
ATF_TC_BODY(the_normal_form_is_the_same_again, tc)
{
	struct conf		*conf, *again;
	const struct rule	*r, *s;
	char			*one, *two;

	files();
	conf = ok(everything);
	one = conf_print(conf);
	again = load_ok(one);
	two = conf_print(again);
	ATF_CHECK_STREQ(one, two);
	ATF_CHECK_EQ(conf_kinds(conf), conf_kinds(again));
	ATF_REQUIRE_EQ(conf->grants.n, again->grants.n);
	s = STAILQ_FIRST(&again->grants.rules);
	STAILQ_FOREACH(r, &conf->grants.rules, entry) {
		ATF_CHECK_EQ(0, memcmp(&r->m, &s->m, sizeof(r->m)));
		ATF_CHECK_STREQ(r->name, s->name);
		ATF_CHECK_STREQ(r->glob, s->glob);
		s = STAILQ_NEXT(s, entry);
	}
	ATF_CHECK_EQ(2, again->nsockets);
	ATF_CHECK_EQ(3, again->nports);
	ATF_CHECK_STREQ("i \"x\"", again->jwt.issuer);
	free(two);
	free(one);
	conf_free(again);
	conf_free(conf);
}

/* Rules say what others may do, and files what keys are: neither is there. */
ATF_TC_WITHOUT_HEAD(json_has_the_names_of_the_table);
ATF_TC_BODY(json_has_the_names_of_the_table, tc)
{
	static const char *const	 parts[] = {
		"\"sockets\":[{\"path\":\"/b\",\"role\":\"viewer\",\"grants\":"
		    "false,\"group\":null,\"mode\":\"0600\"},{\"path\":\"/d\","
		    "\"role\":null,\"grants\":true,",
		"\"host\":\"0.0.0.0\",\"port\":9700,\"httpPort\":81,\"listen\":["
		    "{\"kind\":\"tcp\",\"host\":\"0.0.0.0\",\"port\":9700,"
		    "\"tls\":true,\"insecure\":false,\"maxRole\":\"operator\"}",
		"\"jwt\":{\"algorithm\":\"ES256\",\"keys\":[{\"kid\":\"k\",",
		"\"leewayMs\":30000,\"maxTtlMs\":86400000}",
		"\"tls\":{\"certificate\":", "\"cors\":[\"https://x\",",
		"\"secrets\":{\"provider\":\"file\",\"path\":"
		    "\"/s/secrets.enc\",\"key\":null,\"passphraseEnv\":\"P\","
		    "\"prefix\":null}",
		"\"X\":\"<secret:s>\",\"Y\":\"s\"",
		"\"credentials\":[{\"key\":\"c\",\"name\":\"c\"},",
	};
	struct conf			*conf;
	struct jsonw			 w;
	size_t				 i;

	files();
	conf = ok(everything);
	jsonw_init(&w, 0);
	conf_json(conf, &w);
	ATF_REQUIRE(jsonw_done(&w) == 0);
	jsonw_raw(&w, "", 1);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ATF_CHECK_MSG(strstr(w.buf, parts[i]) != NULL, "%s\nnot in\n%s",
		    parts[i], w.buf);
	ATF_CHECK(strstr(w.buf, "web-") == NULL);
	ATF_CHECK(strstr(w.buf, "BEGIN") == NULL);
	jsonw_free(&w);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(the_command_line_wins_over_addresses);
ATF_TC_BODY(the_command_line_wins_over_addresses, tc)
{
	char			*set[] = { (char *)"host=127.0.0.1",
				    (char *)"port=1", (char *)"httpPort=2",
				    (char *)"secrets.path=/q/secrets.enc",
				    (char *)"secrets.provider=file", NULL };
	char			*env[] = { (char *)"secrets.provider=env",
				    (char *)"port=3", NULL };
	char			*bad[] = { (char *)"host=x", (char *)"port=0",
				    (char *)"secrets.provider=x", NULL };
	struct conf_options	 opts = { .fields = set };
	char			*errors, *text;
	struct conf		*conf;

	files();
	text = with(JWT "listen tcp listen http secrets env");
	conf = load_with(&opts, text, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK_STREQ("127.0.0.1", TAILQ_FIRST(&conf->ports)->on);
	ATF_CHECK_EQ(1, TAILQ_FIRST(&conf->ports)->port);
	ATF_CHECK_EQ(2, TAILQ_LAST(&conf->ports, port_confs)->port);
	ATF_CHECK_STREQ("/q", conf->secretsdir);
	ATF_CHECK_EQ(SECRETS_KEYFILE, conf->secrets.how);
	conf_free(conf);
	free(text);
	opts.fields = env;
	conf = load_with(&opts, "", &errors);
	ATF_REQUIRE(conf != NULL && errors != NULL);
	ATF_CHECK(strstr(errors, "-o: warning: port: the configuration has no "
	    "such listen statement") != NULL);
	ATF_CHECK_STREQ("OMNITRON_SECRET_", conf->secrets.prefix);
	ATF_CHECK(conf_kinds(conf) & KB(SECRETS));
	free(errors);
	conf_free(conf);
	text = with(JWT "listen tcp on ::1 listen tcp on 127.0.0.1");
	ATF_CHECK(load_with(&opts, text, &errors) == NULL);
	ATF_CHECK(strstr(errors, "has 2 such listen statements") != NULL);
	free(errors);
	free(text);
	opts.fields = bad;
	ATF_CHECK(load_with(&opts, "", &errors) == NULL);
	ATF_CHECK(strstr(errors, "host: \"x\" is not a numeric") != NULL);
	ATF_CHECK(strstr(errors, "port: \"0\" is not a port") != NULL);
	ATF_CHECK(strstr(errors, "is neither file nor env") != NULL);
	free(errors);
}

/* As root secrets have a user of their own, and so has their folder. */
ATF_TC(places_of_secrets_as_root);
ATF_TC_HEAD(places_of_secrets_as_root, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(places_of_secrets_as_root, tc)
{
	struct conf	*conf;
	char		*errors;

	conf = load_as_root("home \"/h\"", &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK_STREQ("/h/secrets/secrets.enc", conf->secretsfile);
	ATF_CHECK_STREQ("/h/secrets.key", conf->secrets.key);
	conf_free(conf);
	conf = load_as_root("home \"/h\" secrets file \"/h/state/secrets.enc\"",
	    &errors);
	ATF_CHECK(conf == NULL);
	ATF_CHECK_MSG(strstr(errors, "t.conf:1: secrets file: /h/state is the "
	    "folder of statefile, which belongs to another user") != NULL,
	    "%s", errors);
	free(errors);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_first_socket_is_the_control_socket);
	ATF_TP_ADD_TC(tp, a_group_of_a_socket_is_no_group_of_apps);
	ATF_TP_ADD_TC(tp, wrong_sockets_are_named);
	ATF_TP_ADD_TC(tp, addresses_have_defaults);
	ATF_TP_ADD_TC(tp, tls_is_a_block_and_an_option);
	ATF_TP_ADD_TC(tp, no_port_is_open_to_all);
	ATF_TP_ADD_TC(tp, origins_are_exact);
	ATF_TP_ADD_TC(tp, the_key_that_signs);
	ATF_TP_ADD_TC(tp, a_key_that_is_none_is_refused);
	ATF_TP_ADD_TC(tp, rules_keep_their_order);
	ATF_TP_ADD_TC(tp, a_denied_verb_is_its_role_and_those_above);
	ATF_TP_ADD_TC(tp, every_method_can_be_named);
	ATF_TP_ADD_TC(tp, wrong_rules_are_named);
	ATF_TP_ADD_TC(tp, where_secrets_come_from);
	ATF_TP_ADD_TC(tp, secrets_of_apps);
	ATF_TP_ADD_TC(tp, the_normal_form_is_the_same_again);
	ATF_TP_ADD_TC(tp, json_has_the_names_of_the_table);
	ATF_TP_ADD_TC(tp, the_command_line_wins_over_addresses);
	ATF_TP_ADD_TC(tp, places_of_secrets_as_root);
	return (atf_no_error());
}
