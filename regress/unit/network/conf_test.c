/* The configuration: all of a new one or nothing of it. */
#include "fixture.h"

static int
ping_works(struct fix *f, int fd)
{
	char	*line;
	int	 rv;

	if (fix_write(f, fd, PING "\n", strlen(PING) + 1) == -1 ||
	    (line = fix_line(f, fd)) == NULL)
		return (0);
	rv = fix_int(line, "result.pid") == 4242;
	free(line);
	return (rv);
}

static int64_t
call(struct fix *f, int fd, const char *text)
{
	char	*line;
	int64_t	 code;

	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, strlen(text)));
	ATF_REQUIRE_EQ(0, fix_write(f, fd, "\n", 1));
	ATF_REQUIRE((line = fix_line(f, fd)) != NULL);
	code = fix_int(line, "error.code");
	free(line);
	return (code);
}

static void
enter(struct fix *f, int fd, const char *role)
{
	char	 text[4096];

	snprintf(text, sizeof(text), CALL(9, "OmnitronAuth.authenticate",
	    "{\"token\":\"%s\"}"), fix_token(role, "", 60));
	ATF_REQUIRE_EQ(-99999, call(f, fd, text));
}

/* What the next configuration is refused with. */
static const char *
refusal(struct fix *f)
{
	static char	 text[TEXT_MAX + 1];
	struct m_conf_end m;
	const struct fix_got *g;
	uint16_t	 len;

	fix_end(f);
	g = fix_take(f, M_CONF_REFUSE);
	memcpy(&m, g->data, sizeof(m));
	ATF_CHECK_EQ(f->version, m.version);
	memcpy(&len, g->data + sizeof(m), sizeof(len));
	memcpy(text, g->data + sizeof(m) + 2, len);
	text[len] = '\0';
	return (text);
}

#define REFUSED(f, text) do {						\
	const char	*why_ = refusal(f);				\
	ATF_CHECK_MSG(strstr(why_, text) != NULL, "%s", why_);		\
} while (0)

ATF_TC_WITHOUT_HEAD(what_is_wrong_is_refused_and_changes_nothing);
ATF_TC_BODY(what_is_wrong_is_refused_and_changes_nothing, tc)
{
	struct fix	*f = fix_new();
	char		*large = xcalloc(1, KEYFILE_MAX + 1);
	struct m_conf_key m = { KEY_VERIFY };
	int		 fd;

	fix_configure(f, ROLE_ADMIN);
	fd = fix_client(f, LISTENER_TCP);
	fix_begin(f);
	fix_listener(f, 1, LISTENER_TCP, ROLE_ADMIN, 0);
	REFUSED(f, "needs a jwt block");
	fix_begin(f);
	fix_jwt(f);
	fix_listener(f, 1, LISTENER_TCP, ROLE_ADMIN, 0);
	REFUSED(f, "needs a jwt block");
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 31);
	REFUSED(f, "/etc/the.key: key \"k1\": ");
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", large, KEYFILE_MAX + 1);
	REFUSED(f, "too large");
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", "", 0);
	REFUSED(f, "it is empty");
	fix_begin(f);
	fix_jwt(f);
	peer_send(f->far[K_PARENT], M_CONF_KEY, open("/dev/zero", O_RDONLY),
	    &m, "k1", "/dev/zero", NULL);
	REFUSED(f, "not a regular file");
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	fix_listener(f, 2, LISTENER_HTTP, ROLE_ADMIN, LISTENER_TLS);
	REFUSED(f, "no tls block");
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	fix_file(f, KEY_CERT, "", "nonsense", 8);
	fix_file(f, KEY_TLS, "", "nonsense", 8);
	fix_listener(f, 2, LISTENER_HTTP, ROLE_ADMIN, LISTENER_TLS);
	REFUSED(f, "): certificate: no PEM");
	ATF_CHECK(ping_works(f, fd));
	close(fd);
	fd = fix_client(f, LISTENER_HTTP);
	close(fd);
	free(large);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(connections_go_on_while_their_key_is_there);
ATF_TC_BODY(connections_go_on_while_their_key_is_there, tc)
{
	static const char	 other[] = "another key with 32 bytes in it.";
	struct fix		*f = fix_new();
	int			 fd, stranger;

	fix_configure(f, ROLE_ADMIN);
	fix_apps(f);
	fd = fix_client(f, LISTENER_TCP);
	stranger = fix_client(f, LISTENER_TCP);
	enter(f, fd, "operator");
	/* one more key, another cap */
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k2", other, 32);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	fix_listener(f, 1, LISTENER_TCP, ROLE_VIEWER, 0);
	fix_commit(f);
	ATF_CHECK_EQ(-99999, call(f, fd, LIST));
	ATF_CHECK_EQ(-32003, call(f, fd, CALL(1, "OmnitronDaemon.stopApp",
	    "{\"name\":\"api\"}")));
	ATF_CHECK(ping_works(f, stranger));
	/* the cap is raised again, and the token says as much as before */
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	fix_listener(f, 1, LISTENER_TCP, ROLE_ADMIN, 0);
	fix_commit(f);
	ATF_CHECK_EQ(-32003, call(f, fd, CALL(1, "OmnitronDaemon.shutdown",
	    "{}")));
	ATF_CHECK_EQ(-99999, call(f, fd, LIST));
	/* its key is gone: so is it, and nobody else */
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", other, 32);
	fix_listener(f, 1, LISTENER_TCP, ROLE_ADMIN, 0);
	fix_commit(f);
	fix_closed(f, fd);
	ATF_CHECK(ping_works(f, stranger));
	close(stranger);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(connections_end_with_their_listener);
ATF_TC_BODY(connections_end_with_their_listener, tc)
{
	struct fix	*f = fix_new();
	int		 tcp, http;

	fix_configure(f, ROLE_ADMIN);
	tcp = fix_client(f, LISTENER_TCP);
	http = fix_client(f, LISTENER_HTTP);
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	fix_listener(f, 1, LISTENER_TCP, ROLE_ADMIN, 0);
	fix_commit(f);
	fix_closed(f, http);
	ATF_CHECK(ping_works(f, tcp));
	close(tcp);
	tcp = fix_client(f, LISTENER_TCP);
	ATF_CHECK(ping_works(f, tcp));
	close(tcp);
	fix_free(f);
}

/* Nothing is configured yet: nobody comes in, and no token is good. */
ATF_TC_WITHOUT_HEAD(a_configuration_counts_when_it_is_committed);
ATF_TC_BODY(a_configuration_counts_when_it_is_committed, tc)
{
	struct fix	*f = fix_new();

	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	fix_listener(f, 1, LISTENER_TCP, ROLE_ADMIN, 0);
	fix_end(f);
	fix_take(f, M_CONF_ACK);
	close(fix_client(f, LISTENER_TCP));
	ATF_CHECK_EQ(0, f->nw->nconns);
	/* begun anew: the listener of the first is closed */
	fix_begin(f);
	fix_settle(f);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_wrong_is_refused_and_changes_nothing);
	ATF_TP_ADD_TC(tp, connections_go_on_while_their_key_is_there);
	ATF_TP_ADD_TC(tp, connections_end_with_their_listener);
	ATF_TP_ADD_TC(tp, a_configuration_counts_when_it_is_committed);
	return (atf_no_error());
}
