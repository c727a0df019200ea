/*
 * omnitrond-store itself, with this test as its parent and its supervisor.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "common/imsg.h"
#include "regress/unit/store/fixture.h"

#define PATIENCE_MS	20000	/* before a test fails, never a pause */
#define OTHER_BOOT	"00000000-0000-4000-8000-000000000000"

static struct {
	pid_t		 pid;
	struct imsgbuf	 parent;
	struct imsgbuf	 sup;
	char		 binary[PATH_MAX];
} t;

/* The binary under test stands above the folder of this program. */
static void
find_binary(const atf_tc_t *tc)
{
	char	 path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/../../../omnitrond-store",
	    atf_tc_get_config_var_wd(tc, "srcdir", "."));
	ATF_REQUIRE_MSG(realpath(path, t.binary) != NULL, "%s", path);
}

static void
sendv3(struct imsgbuf *to, enum msg_type type, int fd, const void *data,
    size_t len, const char *a, const char *b, const char *c)
{
	const char	*s[3] = { a, b, c };
	char		 buf[MSG_PAYLOAD_MAX];
	uint16_t	 n;
	int		 i;

	memcpy(buf, data, len);
	for (i = 0; i < 3 && s[i] != NULL; i++) {
		n = (uint16_t)strlen(s[i]);
		memcpy(buf + len, &n, sizeof(n));
		memcpy(buf + len + sizeof(n), s[i], n);
		len += sizeof(n) + n;
	}
	ATF_REQUIRE(imsg_compose(to, type, 0, 0, fd, buf, len) != -1);
}

static void
sendv(struct imsgbuf *to, enum msg_type type, int fd, const void *data,
    size_t len, const char *a, const char *b)
{
	sendv3(to, type, fd, data, len, a, b, NULL);
}

static void
link_supervisor(void)
{
	struct m_link	 link = { K_SUPERVISOR };
	int		 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&t.sup, sv[0]));
	sendv(&t.parent, M_LINK, sv[1], &link, sizeof(link), NULL, NULL);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&t.parent));
}

static void
unlink_supervisor(void)
{
	imsgbuf_clear(&t.sup);
	close(t.sup.fd);
}

static void
run(const char *bootid)
{
	struct m_setup	 setup;
	struct m_none	 none = { 0 };
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
	setup.kind = K_STORE;
	setup.daemon_pid = getpid();
	setup.started_ms = 1795000000000;
	strlcpy(setup.bootid, bootid, sizeof(setup.bootid));
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	sendv(&t.parent, M_SETUP, -1, &setup, sizeof(setup), cwd, NULL);
	link_supervisor();
	sendv(&t.parent, M_GO, -1, &none, sizeof(none), NULL, NULL);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&t.parent));
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
		if ((n = imsgbuf_read(from)) == 0)
			return (0);
		ATF_REQUIRE(n == 1 || errno == ECONNRESET);
		if (n == -1)
			return (0);
	}
}

static void
expect(struct imsgbuf *from, enum msg_type type, void *data, size_t len,
    char *text, size_t size)
{
	struct imsg	 imsg;
	uint16_t	 n;

	ATF_REQUIRE(receive(from, &imsg) == 1);
	ATF_REQUIRE_STREQ(msg_name(type), msg_name(imsg_get_type(&imsg)));
	ATF_REQUIRE(imsg_get_len(&imsg) >= len);
	memcpy(data, imsg.data, len);
	if (text != NULL) {
		memcpy(&n, (char *)imsg.data + len, sizeof(n));
		ATF_REQUIRE(n < size);
		memcpy(text, (char *)imsg.data + len + sizeof(n), n);
		text[n] = '\0';
	}
	imsg_free(&imsg);
}

static struct m_state_end
expect_end(char *text, size_t size)
{
	struct m_state_end	 end;

	expect(&t.sup, M_STATE_END, &end, sizeof(end), text, size);
	return (end);
}

static struct m_stored
expect_stored(char *text, size_t size)
{
	struct m_stored	 stored;

	expect(&t.sup, M_STORED, &stored, sizeof(stored), text, size);
	return (stored);
}

static void
expect_ready(void)
{
	struct m_ready	 ready;

	expect(&t.parent, M_READY, &ready, sizeof(ready), NULL, 0);
}

static void
put_app(const char *name, uint32_t intent, const char *reason)
{
	struct m_state_app	 rec = fx_app(intent, S_ONLINE, 1);

	sendv3(&t.sup, M_STATE_APP, -1, &rec, sizeof(rec), name, reason, name);
}

static void
put_inst(const char *name, int32_t pid)
{
	struct m_state_inst	 rec = fx_inst(0, pid, S_ONLINE);

	sendv(&t.sup, M_STATE_INST, -1, &rec, sizeof(rec), name, name);
}

static void
commit(uint64_t seq)
{
	struct m_sync	 sync = { seq };

	sendv(&t.sup, M_STATE_COMMIT, -1, &sync, sizeof(sync), NULL, NULL);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&t.sup));
}

/* The parent goes: the store ends with it.  Its exit status. */
static int
end(void)
{
	int	 status;

	imsgbuf_clear(&t.parent);
	close(t.parent.fd);
	ATF_REQUIRE_EQ(t.pid, waitpid(t.pid, &status, 0));
	unlink_supervisor();
	return (status);
}

static void
read_file(struct state *st)
{
	int64_t	 version;
	size_t	 len;
	char	 err[256] = "";
	char	*text = fx_get(AT_FDCWD, "state.json", &len);

	ATF_REQUIRE(text != NULL);
	state_init(st);
	ATF_REQUIRE_EQ_MSG(0, state_read(st, text, len, &version, err,
	    sizeof(err)), "%s", err);
	free(text);
}

ATF_TC_WITHOUT_HEAD(commit_is_answered_when_it_is_in_the_file);
ATF_TC_BODY(commit_is_answered_when_it_is_in_the_file, tc)
{
	struct m_state_end	 e;
	struct m_stored		 stored;
	struct state		 st;
	char			 text[TEXT_MAX];

	find_binary(tc);
	run(BOOT);
	e = expect_end(text, sizeof(text));
	ATF_CHECK_EQ(0, (int)e.apps);
	ATF_CHECK_EQ(0, (int)e.same_boot);
	ATF_CHECK_STREQ("", text);
	expect_ready();
	put_app("web", INTENT_RUN, "asked");
	put_inst("web", 4711);
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&t.sup));
	ATF_CHECK(!fx_exists(AT_FDCWD, "state.json"));
	commit(1);
	stored = expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(1, (int)stored.seq);
	ATF_CHECK_EQ(0, (int)stored.error);
	ATF_CHECK_STREQ("", text);
	read_file(&st);
	ATF_REQUIRE(state_find(&st, "web") != NULL);
	ATF_CHECK_STREQ("asked", state_find(&st, "web")->reason);
	ATF_CHECK_EQ(1, (int)st.ninsts);
	ATF_CHECK_STREQ(BOOT, st.bootid);
	state_free(&st);
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(commits_that_wait_share_one_write);
ATF_TC_BODY(commits_that_wait_share_one_write, tc)
{
	struct m_stored	 stored;
	char		 text[TEXT_MAX], reason[32];
	struct state	 st;
	uint64_t	 i;
	int		 status;

	find_binary(tc);
	run(BOOT);
	expect_end(text, sizeof(text));
	expect_ready();
	ATF_REQUIRE_EQ(0, kill(t.pid, SIGSTOP));
	ATF_REQUIRE_EQ(t.pid, waitpid(t.pid, &status, WUNTRACED));
	/* What the socket holds while nobody reads, or this would block. */
	for (i = 1; i <= 100; i++) {
		snprintf(reason, sizeof(reason), "change %d", (int)i);
		put_app("web", INTENT_RUN, reason);
		commit(i);
	}
	ATF_REQUIRE_EQ(0, kill(t.pid, SIGCONT));
	stored = expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(100, (int)stored.seq);
	ATF_CHECK(!fx_exists(AT_FDCWD, "state.json.bak"));
	read_file(&st);
	ATF_CHECK_STREQ("change 100", state_find(&st, "web")->reason);
	state_free(&st);
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(new_supervisor_gets_the_newest_records);
ATF_TC_BODY(new_supervisor_gets_the_newest_records, tc)
{
	struct m_state_app	 app;
	struct m_state_inst	 inst;
	struct m_state_end	 e;
	struct m_none		 none = { 0 };
	char			 text[TEXT_MAX];

	find_binary(tc);
	run(BOOT);
	expect_end(text, sizeof(text));
	expect_ready();
	put_app("web", INTENT_RUN, "");
	put_inst("web", 4711);
	commit(9);
	ATF_CHECK_EQ(9, (int)expect_stored(text, sizeof(text)).seq);
	/* Not committed, and in the middle of a reset. */
	put_app("web", INTENT_STOP, "");
	sendv(&t.sup, M_STATE_RESET, -1, &none, sizeof(none), NULL, NULL);
	put_app("db", INTENT_RUN, "");
	ATF_REQUIRE_EQ(0, imsgbuf_flush(&t.sup));
	unlink_supervisor();
	link_supervisor();
	expect(&t.sup, M_STATE_APP, &app, sizeof(app), text, sizeof(text));
	ATF_CHECK_STREQ("db", text);
	expect(&t.sup, M_STATE_APP, &app, sizeof(app), text, sizeof(text));
	ATF_CHECK_STREQ("web", text);
	ATF_CHECK_EQ(INTENT_STOP, (int)app.intent);
	ATF_CHECK_EQ(1, (int)app.known);
	expect(&t.sup, M_STATE_INST, &inst, sizeof(inst), text, sizeof(text));
	ATF_CHECK_STREQ("web", text);
	ATF_CHECK_EQ(4711, inst.sig.pid);
	e = expect_end(text, sizeof(text));
	ATF_CHECK_EQ(2, (int)e.apps);
	ATF_CHECK_EQ(1, (int)e.same_boot);
	/* Its numbers begin anew. */
	commit(1);
	ATF_CHECK_EQ(1, (int)expect_stored(text, sizeof(text)).seq);
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(records_and_boot_id_survive_the_process);
ATF_TC_BODY(records_and_boot_id_survive_the_process, tc)
{
	struct m_state_app	 app;
	struct m_none		 none = { 0 };
	char			 text[TEXT_MAX];

	find_binary(tc);
	run(BOOT);
	expect_end(text, sizeof(text));
	put_app("web", INTENT_STOP, "");
	put_app("db", INTENT_STOP, "");
	sendv(&t.sup, M_STATE_DROP, -1, &none, sizeof(none), "db", NULL);
	commit(1);
	expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(0, end());
	run(BOOT);
	expect(&t.sup, M_STATE_APP, &app, sizeof(app), text, sizeof(text));
	ATF_CHECK_STREQ("web", text);
	ATF_CHECK_EQ(1, (int)expect_end(text, sizeof(text)).same_boot);
	ATF_CHECK_EQ(0, end());
	run(OTHER_BOOT);
	expect(&t.sup, M_STATE_APP, &app, sizeof(app), text, sizeof(text));
	ATF_CHECK_EQ(0, (int)expect_end(text, sizeof(text)).same_boot);
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(failed_write_is_told_and_tried_again);
ATF_TC_BODY(failed_write_is_told_and_tried_again, tc)
{
	struct m_stored	 stored;
	struct state	 st;
	char		 text[TEXT_MAX];

	find_binary(tc);
	ATF_REQUIRE_EQ(0, mkdir("state.json.tmp", 0700));
	run(BOOT);
	expect_end(text, sizeof(text));
	put_app("web", INTENT_RUN, "");
	commit(1);
	stored = expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(1, (int)stored.seq);
	ATF_CHECK_EQ(EEXIST, (int)stored.error);
	ATF_CHECK_STREQ("state.json: create: File exists", text);
	ATF_CHECK(!fx_exists(AT_FDCWD, "state.json"));
	ATF_REQUIRE_EQ(0, rmdir("state.json.tmp"));
	commit(2);
	stored = expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(2, (int)stored.seq);
	ATF_CHECK_EQ(0, (int)stored.error);
	read_file(&st);
	ATF_CHECK(state_find(&st, "web") != NULL);
	state_free(&st);
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(damage_is_told_to_the_first_supervisor);
ATF_TC_BODY(damage_is_told_to_the_first_supervisor, tc)
{
	char	 text[TEXT_MAX];

	find_binary(tc);
	fx_put(AT_FDCWD, "state.json", "junk", 4);
	run(BOOT);
	expect_end(text, sizeof(text));
	ATF_CHECK(strstr(text, "state.json is damaged") != NULL);
	expect_ready();
	unlink_supervisor();
	link_supervisor();
	expect_end(text, sizeof(text));
	ATF_CHECK_STREQ("", text);
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(supervisor_that_breaks_a_rule_is_reported);
ATF_TC_BODY(supervisor_that_breaks_a_rule_is_reported, tc)
{
	static const struct {
		enum msg_type	 type;
		const char	*a, *b, *c;
		uint32_t	 status;
	} bad[] = {
		{ M_STATE_APP, "../etc", "", "", S_ONLINE },
		{ M_STATE_APP, "web", "", "../etc", S_ONLINE },
		{ M_STATE_APP, "web", NULL, NULL, S_ONLINE },
		{ M_STATE_APP, "web", "", NULL, S_ONLINE },
		{ M_STATE_APP, "web", "", "", S_MAX },
		{ M_STATE_END, NULL, NULL, NULL, 0 },
		{ M_SETUP, NULL, NULL, NULL, 0 },
	};
	struct m_state_app	 rec;
	struct m_bad_peer	 report;
	struct imsg		 imsg;
	char			 text[TEXT_MAX];
	size_t			 i;

	find_binary(tc);
	run(BOOT);
	expect_end(text, sizeof(text));
	expect_ready();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rec = fx_app(INTENT_RUN, bad[i].status, 1);
		sendv3(&t.sup, bad[i].type, -1, &rec, sizeof(rec), bad[i].a,
		    bad[i].b, bad[i].c);
		ATF_REQUIRE_EQ(0, imsgbuf_flush(&t.sup));
		expect(&t.parent, M_BAD_PEER, &report, sizeof(report), NULL,
		    0);
		ATF_CHECK_EQ(K_SUPERVISOR, (int)report.peer);
		ATF_CHECK_EQ(bad[i].type, report.type);
		ATF_REQUIRE_EQ(0, receive(&t.sup, &imsg));
		unlink_supervisor();
		link_supervisor();
		ATF_CHECK_EQ(0, (int)expect_end(text, sizeof(text)).apps);
	}
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(refused_file_ends_the_process_and_stays);
ATF_TC_BODY(refused_file_ends_the_process_and_stays, tc)
{
	struct imsg	 imsg;
	int		 status;

	find_binary(tc);
	fx_put_simple(AT_FDCWD, "elsewhere", "web");
	ATF_REQUIRE_EQ(0, symlink("elsewhere", "state.json"));
	run(BOOT);
	ATF_CHECK_EQ(0, receive(&t.sup, &imsg));
	status = end();
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ATF_CHECK(fx_exists(AT_FDCWD, "state.json"));
	ATF_CHECK(fx_exists(AT_FDCWD, "elsewhere"));
}

static void
put_revoked(const char *jti, int64_t until_ms)
{
	struct m_revocation	 m = { until_ms };

	sendv(&t.sup, M_REVOCATION, -1, &m, sizeof(m), jti, NULL);
}

ATF_TC_WITHOUT_HEAD(revocations_are_committed_and_told_to_a_new_supervisor);
ATF_TC_BODY(revocations_are_committed_and_told_to_a_new_supervisor, tc)
{
	struct m_revocation	 m;
	struct m_stored		 stored;
	char			 text[TEXT_MAX];

	find_binary(tc);
	run(BOOT);
	expect_end(text, sizeof(text));
	expect_ready();
	commit(1);
	expect_stored(text, sizeof(text));
	ATF_CHECK(!fx_exists(AT_FDCWD, "access.json"));
	put_revoked("0123", INT64_C(99995000000000));
	put_revoked("ended", 1000);
	commit(2);
	stored = expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(2, (int)stored.seq);
	ATF_CHECK_EQ(0, (int)stored.error);
	ATF_CHECK(fx_exists(AT_FDCWD, "access.json"));
	unlink_supervisor();
	link_supervisor();
	expect(&t.sup, M_REVOCATION, &m, sizeof(m), text, sizeof(text));
	ATF_CHECK_STREQ("0123", text);
	ATF_CHECK_EQ(INT64_C(99995000000000), m.until_ms);
	expect_end(text, sizeof(text));
	ATF_CHECK_EQ(0, end());
	/* And by another store. */
	run(BOOT);
	expect(&t.sup, M_REVOCATION, &m, sizeof(m), text, sizeof(text));
	ATF_CHECK_STREQ("0123", text);
	expect_end(text, sizeof(text));
	ATF_CHECK_EQ(0, end());
}

ATF_TC_WITHOUT_HEAD(revocation_that_is_not_on_disk_is_not_acknowledged);
ATF_TC_BODY(revocation_that_is_not_on_disk_is_not_acknowledged, tc)
{
	struct m_stored	 stored;
	char		 text[TEXT_MAX];

	find_binary(tc);
	/* What cannot be removed stands where the new file is to be written. */
	ATF_REQUIRE_EQ(0, mkdir("access.json.tmp", 0700));
	run(BOOT);
	expect_end(text, sizeof(text));
	expect_ready();
	put_revoked("0123", INT64_C(99995000000000));
	commit(1);
	stored = expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(EEXIST, (int)stored.error);
	ATF_CHECK_MSG(strncmp(text, "access.json: create: ", 21) == 0, "%s",
	    text);
	ATF_REQUIRE_EQ(0, rmdir("access.json.tmp"));
	/* The next commit has it, though nothing was said of it again. */
	commit(2);
	stored = expect_stored(text, sizeof(text));
	ATF_CHECK_EQ(0, (int)stored.error);
	ATF_CHECK(fx_exists(AT_FDCWD, "access.json"));
	ATF_CHECK_EQ(0, end());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commit_is_answered_when_it_is_in_the_file);
	ATF_TP_ADD_TC(tp, commits_that_wait_share_one_write);
	ATF_TP_ADD_TC(tp, new_supervisor_gets_the_newest_records);
	ATF_TP_ADD_TC(tp, records_and_boot_id_survive_the_process);
	ATF_TP_ADD_TC(tp, failed_write_is_told_and_tried_again);
	ATF_TP_ADD_TC(tp, damage_is_told_to_the_first_supervisor);
	ATF_TP_ADD_TC(tp, supervisor_that_breaks_a_rule_is_reported);
	ATF_TP_ADD_TC(tp, refused_file_ends_the_process_and_stays);
	ATF_TP_ADD_TC(tp,
	    revocations_are_committed_and_told_to_a_new_supervisor);
	ATF_TP_ADD_TC(tp, revocation_that_is_not_on_disk_is_not_acknowledged);
	return (atf_no_error());
}
