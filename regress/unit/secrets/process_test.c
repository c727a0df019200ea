/*
 * omnitrond-secrets itself, with this test as its parent, its supervisor and
 * a plane.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "common/imsg.h"
#include "omnitrond/method.h"
#include "regress/unit/secrets/fixture.h"

#define PATIENCE_MS	20000	/* before a test fails, never a pause */

static struct {
	pid_t		 pid;
	struct imsgbuf	 parent;
	struct imsgbuf	 sup;
	struct imsgbuf	 plane;
	char		 binary[PATH_MAX];
	uint32_t	 version;
	uint8_t		 got[OBJECT_MAX + 1];	/* what came last */
	size_t		 len;
} t;

static void
find_binary(const atf_tc_t *tc)
{
	char	 path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/../../../omnitrond-secrets",
	    atf_tc_get_config_var_wd(tc, "srcdir", "."));
	ATF_REQUIRE_MSG(realpath(path, t.binary) != NULL, "%s", path);
}

/* A struct, strings with their lengths, and bytes. */
static void
say(struct imsgbuf *to, enum msg_type type, int fd, const void *data,
    size_t len, const char *a, const char *b, const void *rest, size_t n)
{
	const char	*s[2] = { a, b };
	uint8_t		 buf[MSG_PAYLOAD_MAX];
	uint16_t	 l;
	int		 i;

	memcpy(buf, data, len);
	for (i = 0; i < 2 && s[i] != NULL; i++) {
		l = (uint16_t)strlen(s[i]);
		memcpy(buf + len, &l, sizeof(l));
		memcpy(buf + len + sizeof(l), s[i], l);
		len += sizeof(l) + l;
	}
	if (n > 0)
		memcpy(buf + len, rest, n);
	ATF_REQUIRE(imsg_compose(to, type, 0, 0, fd, buf, len + n) != -1);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(to));
}

static void
link_to(struct imsgbuf *to, enum kind k)
{
	struct m_link	 link = { k };
	int		 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv));
	ATF_REQUIRE_EQ(0, imsgbuf_init(to, sv[0]));
	say(&t.parent, M_LINK, sv[1], &link, sizeof(link), NULL, NULL, NULL,
	    0);
}

static void
close_link(struct imsgbuf *b)
{
	imsgbuf_clear(b);
	close(b->fd);
}

/* 1 = a message, 0 = the other side has closed. */
static int
receive(struct imsgbuf *from, struct imsg *imsg)
{
	struct pollfd	 pfd = { from->fd, POLLIN, 0 };
	ssize_t		 n;

	for (;;) {
		ATF_REQUIRE((n = imsg_get(from, imsg)) != -1);
		if (n > 0)
			return (1);
		ATF_REQUIRE_EQ_MSG(1, poll(&pfd, 1, PATIENCE_MS), "no answer");
		if ((n = imsgbuf_read(from)) == 0 || n == -1)
			return (0);
	}
}

/* The struct; what comes behind it is in t.got. */
static void
expect(struct imsgbuf *from, enum msg_type type, void *data, size_t len)
{
	struct imsg	 imsg;

	ATF_REQUIRE(receive(from, &imsg) == 1);
	ATF_REQUIRE_STREQ(msg_name(type), msg_name(imsg_get_type(&imsg)));
	ATF_REQUIRE((t.len = imsg_get_len(&imsg)) >= len);
	memcpy(data, imsg.data, len);
	t.len -= len;
	memcpy(t.got, (uint8_t *)imsg.data + len, t.len);
	t.got[t.len] = '\0';
	imsg_free(&imsg);
}

/* It has its channels, and is not told to go. */
static void
set_up(void)
{
	struct m_setup	 setup;
	char		 cwd[PATH_SIZE];
	int		 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv));
	ATF_REQUIRE((t.pid = fork()) != -1);
	if (t.pid == 0) {
		if (dup2(sv[1], 3) == -1)
			_exit(70);
		fcntl(3, F_SETFD, 0);
		execl(t.binary, t.binary, (char *)NULL);
		_exit(71);
	}
	close(sv[1]);
	ATF_REQUIRE_EQ(0, imsgbuf_init(&t.parent, sv[0]));
	imsgbuf_allow_fdpass(&t.parent);
	memset(&setup, 0, sizeof(setup));
	setup.kind = K_SECRETS;
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	say(&t.parent, M_SETUP, -1, &setup, sizeof(setup), cwd, NULL, NULL,
	    0);
	link_to(&t.sup, K_SUPERVISOR);
	link_to(&t.plane, K_CONTROL);
}

static void
go(void)
{
	struct m_ready	 ready;
	struct m_none	 none = { 0 };

	say(&t.parent, M_GO, -1, &none, sizeof(none), NULL, NULL, NULL, 0);
	expect(&t.parent, M_READY, &ready, sizeof(ready));
}

static void
run(void)
{
	set_up();
	go();
}

/* The parent goes, and so does it; its exit status. */
static int
end(void)
{
	int	 status;

	close_link(&t.parent);
	ATF_REQUIRE_EQ(t.pid, waitpid(t.pid, &status, 0));
	close_link(&t.sup);
	close_link(&t.plane);
	return (status);
}

/* ---- the configuration -------------------------------------------------- */

static void
begin(void)
{
	struct m_conf_begin	 m;

	memset(&m, 0, sizeof(m));
	m.version = ++t.version;
	say(&t.parent, M_CONF_BEGIN, -1, &m, sizeof(m), NULL, NULL, NULL, 0);
}

static void
give(enum secrets_how how, const char *given)
{
	struct m_secrets_key	 m = { how };

	say(&t.parent, M_SECRETS_KEY, -1, &m, sizeof(m), NULL, NULL, given,
	    strlen(given));
}

static void
tokens(enum jwt_algorithm alg, const char *kid, const char *file)
{
	struct m_conf_jwt	 m = { alg, 0, 3600, 0 };
	struct m_conf_key	 key = { KEY_SIGN };
	int			 fd;

	say(&t.parent, M_CONF_JWT, -1, &m, sizeof(m), "iss", "aud", NULL, 0);
	ATF_REQUIRE((fd = open(file, O_RDONLY)) != -1);
	say(&t.parent, M_CONF_KEY, fd, &key, sizeof(key), kid, file, NULL, 0);
}

static void
offer(void)
{
	struct m_conf_end	 m = { t.version };

	say(&t.parent, M_CONF_END, -1, &m, sizeof(m), NULL, NULL, NULL, 0);
}

static void
commit(void)
{
	struct m_conf_end	 m = { t.version }, ack;

	expect(&t.parent, M_CONF_ACK, &ack, sizeof(ack));
	ATF_CHECK_EQ(t.version, ack.version);
	say(&t.parent, M_CONF_COMMIT, -1, &m, sizeof(m), NULL, NULL, NULL, 0);
}

static void
configure(const char *key)
{
	begin();
	give(SECRETS_KEYFILE, key);
	offer();
	commit();
}

/* ---- requests ----------------------------------------------------------- */

static void
ask(uint64_t id, enum secret_op op, const char *key)
{
	struct m_secret_open	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.plane = K_CONTROL;
	m.op = op;
	m.role = ROLE_OPERATOR;
	m.ttl_s = 60;
	say(&t.sup, M_SECRET_OPEN, -1, &m, sizeof(m), key, NULL, NULL, 0);
}

static void
put(uint64_t id, const char *value, size_t len)
{
	struct m_sync	 m = { id };

	say(&t.plane, M_SECRET_PUT, -1, &m, sizeof(m), NULL, NULL, value,
	    len);
}

/* A whole answer into t.got, with receipts; its outcome. */
static uint32_t
answer(uint64_t id)
{
	static uint8_t		 all[OBJECT_MAX + 1];
	struct m_object		 part;
	struct m_object_got	 got = { id };
	size_t			 n = 0;

	do {
		expect(&t.plane, M_OBJECT, &part, sizeof(part));
		ATF_REQUIRE_EQ(id, part.id);
		ATF_REQUIRE_EQ(n, part.offset);
		memcpy(all + n, t.got, t.len);
		n += t.len;
		say(&t.plane, M_OBJECT_GOT, -1, &got, sizeof(got), NULL,
		    NULL, NULL, 0);
	} while (n < part.total);
	memcpy(t.got, all, n);
	t.got[n] = '\0';
	t.len = n;
	return (part.outcome);
}

static void
answers(uint64_t id, enum outcome outcome, const char *text)
{
	ATF_CHECK_EQ(outcome, answer(id));
	ATF_CHECK_STREQ(text, (char *)t.got);
}

static void
changed(const char *key)
{
	struct m_secret_changed	 m;

	expect(&t.sup, M_SECRET_CHANGED, &m, sizeof(m));
	ATF_CHECK(m.at_ms > 0);
	ATF_CHECK_STREQ(key, (char *)t.got + sizeof(uint16_t));
}

static void
parent_asks(uint64_t id, const char *key, enum outcome outcome,
    const char *text)
{
	struct m_secret_ask	 m = { id };
	struct m_secret_told	 told;

	say(&t.parent, M_SECRET_ASK, -1, &m, sizeof(m), key, NULL, NULL, 0);
	expect(&t.parent, M_SECRET_TOLD, &told, sizeof(told));
	ATF_CHECK_EQ(id, told.id);
	ATF_CHECK_EQ(outcome, told.outcome);
	ATF_CHECK_MSG(strstr((char *)t.got, text) == (char *)t.got, "%s",
	    t.got);
}

ATF_TC_WITHOUT_HEAD(secret_is_set_told_got_listed_and_deleted);
ATF_TC_BODY(secret_is_set_told_got_listed_and_deleted, tc)
{
	find_binary(tc);
	run();
	configure(FILE_KEY);
	/* The two halves of a request come in any order. */
	put(1, "a\"b", 3);
	ask(1, SECRET_SET, "db-password");
	answers(1, OUT_OK, "{\"success\":true,\"persisted\":true}");
	changed("db-password");
	ask(2, SECRET_SET, "other");
	put(2, "", 0);
	answers(2, OUT_OK, "{\"success\":true,\"persisted\":true}");
	changed("other");
	ask(3, SECRET_GET, "db-password");
	answers(3, OUT_OK, "{\"key\":\"db-password\",\"value\":\"a\\\"b\"}");
	ask(4, SECRET_LIST, "");
	ATF_CHECK_EQ(OUT_OK, answer(4));
	ATF_CHECK(strstr((char *)t.got, "[{\"key\":\"db-password\","
	    "\"updatedAt\":1") == (char *)t.got);
	ATF_CHECK(strstr((char *)t.got, "},{\"key\":\"other\"") != NULL);
	parent_asks(7, "db-password", OUT_OK, "a\"b");
	parent_asks(8, "db-pasword", OUT_NOT_FOUND, "secret 'db-pasword' "
	    "not found; did you mean 'db-password'?");
	/* By another process, with the same key. */
	ATF_CHECK_EQ(0, end());
	run();
	configure(FILE_KEY);
	parent_asks(1, "db-password", OUT_OK, "a\"b");
	ask(1, SECRET_REKEY, "");
	answers(1, OUT_OK, "{\"success\":true,\"persisted\":true}");
	ask(2, SECRET_DELETE, "db-password");
	answers(2, OUT_OK, "{\"success\":true,\"persisted\":true}");
	changed("db-password");
	ask(3, SECRET_DELETE, "oter");
	answers(3, OUT_NOT_FOUND, "secret 'oter' not found; did you mean "
	    "'other'?");
	ask(4, SECRET_GET, "db-password");
	answers(4, OUT_NOT_FOUND, "secret 'db-password' not found");
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(same_value_again_is_no_change);
ATF_TC_BODY(same_value_again_is_no_change, tc)
{
	find_binary(tc);
	run();
	configure(FILE_KEY);
	put(1, "x", 1);
	ask(1, SECRET_SET, "a");
	answer(1);
	put(2, "x", 1);
	ask(2, SECRET_SET, "a");
	answer(2);
	put(3, "y", 1);
	ask(3, SECRET_SET, "b");
	answer(3);
	changed("a");
	changed("b");
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(requests_wait_for_the_configuration);
ATF_TC_BODY(requests_wait_for_the_configuration, tc)
{
	struct pollfd	 pfd;

	find_binary(tc);
	run();
	put(1, "x", 1);
	ask(1, SECRET_SET, "a");
	ask(2, SECRET_GET, "a");
	begin();
	give(SECRETS_KEYFILE, FILE_KEY);
	offer();
	/* Not even when it was acknowledged: another may have refused it. */
	pfd.fd = t.parent.fd;
	pfd.events = POLLIN;
	ATF_REQUIRE_EQ(1, poll(&pfd, 1, PATIENCE_MS));
	pfd.fd = t.plane.fd;
	ATF_CHECK_EQ(0, poll(&pfd, 1, 0));
	ATF_CHECK(!fx_exists(AT_FDCWD, "secrets.enc"));
	commit();
	answers(1, OUT_OK, "{\"success\":true,\"persisted\":true}");
	answers(2, OUT_OK, "{\"key\":\"a\",\"value\":\"x\"}");
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(value_that_is_no_text_is_refused);
ATF_TC_BODY(value_that_is_no_text_is_refused, tc)
{
	find_binary(tc);
	run();
	configure(FILE_KEY);
	put(1, "a\0b", 3);
	ask(1, SECRET_SET, "k");
	ATF_CHECK_EQ(OUT_INVALID, answer(1));
	put(2, "\xff", 1);
	ask(2, SECRET_SET, "k");
	ATF_CHECK_EQ(OUT_INVALID, answer(2));
	parent_asks(1, "k", OUT_NOT_FOUND, "");
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(wrong_key_fails_everything_until_a_reset);
ATF_TC_BODY(wrong_key_fails_everything_until_a_reset, tc)
{
	find_binary(tc);
	run();
	configure(FILE_KEY);
	put(1, PLANTED, strlen(PLANTED));
	ask(1, SECRET_SET, "k");
	answer(1);
	ATF_CHECK_EQ(0, end());
	run();
	configure(OTHER);
	parent_asks(1, "k", OUT_FAILED, "secrets.enc: wrong key");
	ask(1, SECRET_GET, "k");
	ATF_CHECK_EQ(OUT_FAILED, answer(1));
	put(2, "x", 1);
	ask(2, SECRET_SET, "k");
	ATF_CHECK_EQ(OUT_FAILED, answer(2));
	ask(3, SECRET_RESET, "");
	ATF_CHECK_EQ(OUT_OK, answer(3));
	ATF_CHECK(strstr((char *)t.got, "{\"success\":true,\"moved\":"
	    "\"secrets.enc-2") == (char *)t.got);
	ask(4, SECRET_LIST, "");
	answers(4, OUT_OK, "[]");
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(long_answer_goes_by_credit);
ATF_TC_BODY(long_answer_goes_by_credit, tc)
{
	struct m_none	 none = { 0 };
	struct m_object	 part;
	struct pollfd	 pfd;
	char		 key[NAME_SIZE];
	unsigned	 i;

	find_binary(tc);
	run();
	begin();
	give(SECRETS_ENVIRONMENT, "");
	for (i = 0; i < SECRETS_MAX; i++) {
		snprintf(key, sizeof(key), "%064u", i);
		say(&t.parent, M_SECRETS_VALUE, -1, &none, sizeof(none), key,
		    "v", NULL, 0);
	}
	offer();
	commit();
	parent_asks(1, key, OUT_OK, "v");
	ask(1, SECRET_LIST, "");
	ask(2, SECRET_GET, key);
	for (i = 0; i < OBJECT_CREDIT; i++) {
		expect(&t.plane, M_OBJECT, &part, sizeof(part));
		ATF_CHECK_EQ(1, (int)part.id);
	}
	ATF_CHECK(part.offset + OBJECT_PART < part.total);
	/* A question behind it shows that no more has come. */
	parent_asks(2, key, OUT_OK, "v");
	pfd.fd = t.plane.fd;
	pfd.events = POLLIN;
	ATF_CHECK_EQ(0, poll(&pfd, 1, 0));
	for (i = 0; i < OBJECT_CREDIT; i++)
		say(&t.plane, M_OBJECT_GOT, -1, &(struct m_object_got){ 1 },
		    sizeof(struct m_object_got), NULL, NULL, NULL, 0);
	while (part.offset + t.len < part.total) {
		expect(&t.plane, M_OBJECT, &part, sizeof(part));
		ATF_CHECK_EQ(1, (int)part.id);
	}
	ATF_CHECK_EQ(OUT_OK, answer(2));
	put(3, "x", 1);
	ask(3, SECRET_SET, "k");
	ATF_CHECK_EQ(OUT_CONFLICT, answer(3));
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(bad_key_refuses_the_configuration_and_the_old_stays);
ATF_TC_BODY(bad_key_refuses_the_configuration_and_the_old_stays, tc)
{
	struct m_conf_end	 end_of;

	find_binary(tc);
	fx_put(AT_FDCWD, "good", FILE_KEY, 32);
	fx_put(AT_FDCWD, "short", "x", 1);
	run();
	begin();
	give(SECRETS_KEYFILE, FILE_KEY);
	tokens(JWT_HS256, "k1", "good");
	offer();
	commit();
	ask(1, SECRET_ISSUE, "ci");
	ATF_CHECK_EQ(OUT_OK, answer(1));
	ATF_CHECK(strstr((char *)t.got, "{\"token\":\"ey") ==
	    (char *)t.got);
	ATF_CHECK(strstr((char *)t.got, "\"kid\":\"k1\"}") != NULL);
	begin();
	give(SECRETS_KEYFILE, OTHER);
	tokens(JWT_HS256, "k2", "short");
	offer();
	expect(&t.parent, M_CONF_REFUSE, &end_of, sizeof(end_of));
	ATF_CHECK_EQ(t.version, end_of.version);
	ATF_CHECK(strstr((char *)t.got + 2, "short: has 1 bytes") ==
	    (char *)t.got + 2);
	ask(2, SECRET_ISSUE, "ci");
	ATF_CHECK_EQ(OUT_OK, answer(2));
	ATF_CHECK(strstr((char *)t.got, "\"kid\":\"k1\"}") != NULL);
	/* A folder is no file. */
	begin();
	give(SECRETS_KEYFILE, FILE_KEY);
	tokens(JWT_HS256, "k2", ".");
	offer();
	expect(&t.parent, M_CONF_REFUSE, &end_of, sizeof(end_of));
	/* None any more. */
	configure(FILE_KEY);
	ask(3, SECRET_ISSUE, "ci");
	ATF_CHECK_EQ(OUT_CONFLICT, answer(3));
	ATF_CHECK_EQ(0, end());
}

/* All that he said was taken: what others say now comes later. */
static void
is_heard(const struct imsgbuf *who)
{
	int	 i, left = 1;

	for (i = 0; i < PATIENCE_MS && left > 0; i++) {
		ATF_REQUIRE_EQ(0, ioctl(who->fd, TIOCOUTQ, &left));
		poll(NULL, 0, left > 0);
	}
	ATF_REQUIRE_EQ(0, left);
}

/* Until its walls stand it hears nobody but the parent. */
ATF_TC_WITHOUT_HEAD(nobody_is_heard_before_the_walls_stand);
ATF_TC_BODY(nobody_is_heard_before_the_walls_stand, tc)
{
	int	 i, left;

	find_binary(tc);
	set_up();
	ask(1, SECRET_LIST, "");
	is_heard(&t.parent);
	for (i = 0; i < 10; i++) {
		ATF_REQUIRE_EQ(0, ioctl(t.sup.fd, TIOCOUTQ, &left));
		ATF_CHECK(left > 0);
		poll(NULL, 0, 10);
	}
	go();
	configure(FILE_KEY);
	ATF_CHECK_EQ(OUT_OK, answer(1));
	ATF_CHECK_EQ(0, end());
}

/* The plane's channel ends, is reported, and nobody else is harmed. */
static void
plane_is_reported(enum msg_type type)
{
	struct m_bad_peer	 bad;
	struct imsg		 imsg;

	expect(&t.parent, M_BAD_PEER, &bad, sizeof(bad));
	ATF_CHECK_EQ(K_CONTROL, (int)bad.peer);
	ATF_CHECK_EQ(type, (int)bad.type);
	ATF_CHECK_EQ(0, receive(&t.plane, &imsg));
	close_link(&t.plane);
	link_to(&t.plane, K_CONTROL);
	parent_asks(1, "k", OUT_NOT_FOUND, "");
}

ATF_TC_WITHOUT_HEAD(plane_that_breaks_a_rule_is_reported);
ATF_TC_BODY(plane_that_breaks_a_rule_is_reported, tc)
{
	struct m_object_got	 got = { 1 };

	find_binary(tc);
	run();
	configure(FILE_KEY);
	put(0, "x", 1);
	plane_is_reported(M_SECRET_PUT);
	put(1, "x", 1);
	put(1, "x", 1);
	plane_is_reported(M_SECRET_PUT);
	say(&t.plane, M_OBJECT_GOT, -1, &got, sizeof(got), NULL, NULL, NULL,
	    0);
	plane_is_reported(M_OBJECT_GOT);
	put(1, "old", 3);
	is_heard(&t.plane);
	close_link(&t.plane);
	link_to(&t.plane, K_CONTROL);
	parent_asks(3, "k", OUT_NOT_FOUND, "");
	/* What the first one left is not taken for the new one's. */
	ask(1, SECRET_SET, "k");
	put(1, "y", 1);
	ATF_CHECK_EQ(OUT_OK, answer(1));
	parent_asks(2, "k", OUT_OK, "y");
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(values_that_nobody_opens_are_bounded);
ATF_TC_BODY(values_that_nobody_opens_are_bounded, tc)
{
	uint64_t	 i;

	find_binary(tc);
	run();
	configure(FILE_KEY);
	for (i = 1; i <= 3000; i++)
		put(i, "x", 1);
	is_heard(&t.plane);
	ask(3000, SECRET_SET, "k");
	ATF_CHECK_EQ(OUT_OK, answer(3000));
	/* The value of the first made room: it has to come again. */
	ask(1, SECRET_SET, "l");
	put(1, "again", 5);
	ATF_CHECK_EQ(OUT_OK, answer(1));
	parent_asks(1, "l", OUT_OK, "again");
	ATF_CHECK_EQ(0, end());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, secret_is_set_told_got_listed_and_deleted);
	ATF_TP_ADD_TC(tp, same_value_again_is_no_change);
	ATF_TP_ADD_TC(tp, requests_wait_for_the_configuration);
	ATF_TP_ADD_TC(tp, value_that_is_no_text_is_refused);
	ATF_TP_ADD_TC(tp, wrong_key_fails_everything_until_a_reset);
	ATF_TP_ADD_TC(tp, long_answer_goes_by_credit);
	ATF_TP_ADD_TC(tp,
	    bad_key_refuses_the_configuration_and_the_old_stays);
	ATF_TP_ADD_TC(tp, nobody_is_heard_before_the_walls_stand);
	ATF_TP_ADD_TC(tp, plane_that_breaks_a_rule_is_reported);
	ATF_TP_ADD_TC(tp, values_that_nobody_opens_are_bounded);
	return (atf_no_error());
}
