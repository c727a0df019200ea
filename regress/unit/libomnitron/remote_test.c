/*
 * libomnitron to another host: TLS, certificates, tokens; against a peer in
 * Python, so that it is not OpenSSL's C alone that agrees with itself.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/libomnitron/omnitron.h"
#include "regress/unit/shared/shell.h"

#define LONG	20000		/* ms; no test is meant to wait so long */
#define LIB	SRCDIR "/regress/integration/lib/"
#define GOOD	"a.good.token"

/* ---- the peer ----------------------------------------------------------- */

static void
certs(const char *names)
{
	if (shell("python3 -c 'import ssl' && command -v openssl >/dev/null")
	    != 0)
		atf_tc_skip("needs python3 and openssl");
	ATF_REQUIRE_EQ(0, shell("python3 " LIB "certs.py certs %s", names));
}

/* The peer with that certificate; `ca` NULL: it asks for none of ours. */
static pid_t
peer(const char *name, const char *ca, char *port, size_t size)
{
	char	 cert[64], key[64];
	pid_t	 pid;
	FILE	*fp = NULL;
	int	 i;

	snprintf(cert, sizeof(cert), "certs/%s.pem", name);
	snprintf(key, sizeof(key), "certs/%s.key", name);
	unlink("port");
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		alarm(60);	/* never left behind, over exec too */
		execlp("python3", "python3", LIB "tlsecho.py", cert, key,
		    "port", ca, NULL);
		_exit(127);
	}
	for (i = 0; i < 1000 && fp == NULL; i++)
		if ((fp = fopen("port", "r")) == NULL)
			usleep(10000);
	ATF_REQUIRE(fp != NULL && fgets(port, (int)size, fp) != NULL);
	fclose(fp);
	return (pid);
}

static void
end(struct omnitron *c, pid_t pid)
{
	omnitron_free(c);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct omnitron *
make(const char *host, const char *port)
{
	struct omnitron	*c;

	ATF_REQUIRE((c = omnitron_new()) != NULL);
	ATF_REQUIRE(omnitron_set(c, OMNITRON_HOST, host) == 0);
	ATF_REQUIRE(omnitron_set(c, OMNITRON_PORT, port) == 0);
	return (c);
}

static void
set(struct omnitron *c, enum omnitron_option option, const char *value)
{
	ATF_REQUIRE_MSG(omnitron_set(c, option, value) == 0, "%d %s", option,
	    value);
}

static void
connects(struct omnitron *c)
{
	ATF_REQUIRE_EQ_MSG(omnitron_connect(c, LONG), OMNITRON_OK, "%s",
	    omnitron_strerror(c));
}

/* It does not connect, for that reason, and says so. */
static void
refuses(struct omnitron *c, enum omnitron_status want, int error,
    const char *text)
{
	enum omnitron_status	 st = omnitron_connect(c, LONG);
	int			 saved = errno;

	ATF_CHECK_EQ_MSG(want, st, "%d: %s", st, omnitron_strerror(c));
	ATF_CHECK_EQ_MSG(error, saved, "%s: %s", strerror(saved),
	    omnitron_strerror(c));
	ATF_CHECK_MSG(strstr(omnitron_strerror(c), text) != NULL,
	    "'%s' is not in '%s'", text, omnitron_strerror(c));
	ATF_CHECK_EQ(-1, omnitron_fd(c));
	ATF_CHECK_EQ(OMNITRON_LOST, omnitron_send(c, "S.x", NULL, NULL));
}

static void
file(const char *name, const char *text, mode_t mode)
{
	int	 fd;

	unlink(name);
	ATF_REQUIRE((fd = open(name, O_WRONLY | O_CREAT, 0600)) != -1);
	ATF_REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	ATF_REQUIRE(fchmod(fd, mode) == 0);
	close(fd);
}

/* ---- certificates ------------------------------------------------------- */

/* The certificate of that name to that host is refused with EPERM. */
static void
distrusts(const char *name, const char *ca, const char *text)
{
	struct omnitron	*c;
	char		 port[16];
	pid_t		 pid = peer(name, NULL, port, sizeof(port));

	c = make("localhost", port);
	set(c, OMNITRON_CA, ca);
	set(c, OMNITRON_TOKEN, GOOD);
	refuses(c, OMNITRON_LOST, EPERM, text);
	end(c, pid);
}

ATF_TC_WITHOUT_HEAD(certificates_are_checked);
ATF_TC_BODY(certificates_are_checked, tc)
{
	certs("");
	distrusts("expired", "certs/ca.pem", "expired (");
	distrusts("early", "certs/ca.pem", "not valid before");
	distrusts("elsewhere", "certs/ca.pem",
	    "not for 'localhost' but for elsewhere.example");
	distrusts("unknown", "certs/ca.pem", "unknown authority");
	distrusts("self", "certs/ca.pem", "unknown authority");
	distrusts("good", "certs/other.pem", "unknown authority");
}

ATF_TC_WITHOUT_HEAD(system_authorities_are_the_default);
ATF_TC_BODY(system_authorities_are_the_default, tc)
{
	struct omnitron	*c;
	char		 port[16];
	pid_t		 pid;

	certs("good");
	pid = peer("good", NULL, port, sizeof(port));
	c = make("localhost", port);
	refuses(c, OMNITRON_LOST, EPERM, "unknown authority");
	/* OpenSSL's way to name others for a process. */
	ATF_REQUIRE(setenv("SSL_CERT_FILE", "certs/ca.pem", 1) == 0);
	connects(c);
	end(c, pid);
}

/* The fingerprint that the library shows is that of openssl. */
static void
fingerprint(const char *name, char *buf, size_t size)
{
	FILE	*fp;
	char	*eq;

	ATF_REQUIRE_EQ(0, shell("openssl x509 -noout -fingerprint -sha256 "
	    "-in certs/%s.pem > print", name));
	ATF_REQUIRE((fp = fopen("print", "r")) != NULL);
	ATF_REQUIRE(fgets(buf, (int)size, fp) != NULL);
	fclose(fp);
	ATF_REQUIRE((eq = strchr(buf, '=')) != NULL);
	memmove(buf, eq + 1, strlen(eq));
	buf[strcspn(buf, "\n")] = '\0';
}

ATF_TC_WITHOUT_HEAD(fingerprint_is_enough_and_must_be_right);
ATF_TC_BODY(fingerprint_is_enough_and_must_be_right, tc)
{
	struct omnitron_certificate	 cert;
	struct omnitron			*c;
	char				 port[16], right[128], wrong[128];
	pid_t				 pid;

	certs("elsewhere expired");
	fingerprint("self", right, sizeof(right));
	fingerprint("good", wrong, sizeof(wrong));
	pid = peer("self", NULL, port, sizeof(port));
	c = make("127.0.0.1", port);
	set(c, OMNITRON_TOKEN, GOOD);
	set(c, OMNITRON_FINGERPRINT, right);
	connects(c);
	ATF_REQUIRE(omnitron_certificate(c, &cert) == 0);
	ATF_CHECK_EQ(64, strlen(cert.fingerprint));
	ATF_CHECK_STREQ("CN=self", cert.subject);
	ATF_CHECK_STREQ("CN=self", cert.issuer);
	ATF_CHECK(cert.ends - cert.begins == 30LL * 86400 * 1000);
	ATF_CHECK(strncmp(cert.protocol, "TLSv1.", 6) == 0);
	set(c, OMNITRON_FINGERPRINT, cert.fingerprint);
	connects(c);
	set(c, OMNITRON_FINGERPRINT, wrong);
	refuses(c, OMNITRON_LOST, EPERM, "fingerprint differs");
	/* With authorities both must be right. */
	set(c, OMNITRON_FINGERPRINT, right);
	set(c, OMNITRON_CA, "certs/ca.pem");
	refuses(c, OMNITRON_LOST, EPERM, "unknown authority");
	end(c, pid);
	/* An old one is old, whoever pinned it. */
	fingerprint("expired", right, sizeof(right));
	pid = peer("expired", NULL, port, sizeof(port));
	c = make("127.0.0.1", port);
	set(c, OMNITRON_FINGERPRINT, right);
	refuses(c, OMNITRON_LOST, EPERM, "expired (");
	end(c, pid);
}

ATF_TC_WITHOUT_HEAD(own_certificate_is_shown);
ATF_TC_BODY(own_certificate_is_shown, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	char			 port[16];
	pid_t			 pid;

	certs("client stranger");
	pid = peer("good", "certs/ca.pem", port, sizeof(port));
	c = make("localhost", port);
	set(c, OMNITRON_CA, "certs/ca.pem");
	set(c, OMNITRON_TOKEN, GOOD);
	refuses(c, OMNITRON_LOST, EACCES, "wants a certificate");
	set(c, OMNITRON_CERT, "certs/stranger.pem");
	set(c, OMNITRON_KEY, "certs/stranger.key");
	refuses(c, OMNITRON_LOST, EACCES, "wants a certificate");
	set(c, OMNITRON_CERT, "certs/client.pem");
	refuses(c, OMNITRON_FAILED, EINVAL, "not that of certs/client.pem");
	set(c, OMNITRON_KEY, "certs/client.key");
	connects(c);
	ATF_CHECK_EQ(OMNITRON_OK, omnitron_call(c, "S.echo", "{\"a\":1}",
	    LONG, &r));
	ATF_CHECK_STREQ("{\"a\": 1}", r.result);
	omnitron_reply_clear(&r);
	ATF_REQUIRE(chmod("certs/client.key", 0640) == 0);
	refuses(c, OMNITRON_FAILED, EPERM, "yours alone: chmod 600");
	ATF_REQUIRE(chmod("certs/client.key", 0600) == 0);
	ATF_REQUIRE_EQ(0, shell("cat certs/client.key >> certs/client.pem"));
	ATF_REQUIRE_EQ(0, chmod("certs/client.pem", 0600));
	set(c, OMNITRON_KEY, NULL);
	connects(c);
	set(c, OMNITRON_CERT, "certs/none.pem");
	refuses(c, OMNITRON_FAILED, ENOENT, "certs/none.pem");
	set(c, OMNITRON_CERT, NULL);
	set(c, OMNITRON_CA, "certs/none.pem");
	refuses(c, OMNITRON_FAILED, EINVAL, "certs/none.pem");
	end(c, pid);
}

ATF_TC_WITHOUT_HEAD(options_are_checked);
ATF_TC_BODY(options_are_checked, tc)
{
	static const char *const bad[] = { "", "00", "zz", "SHA256:",
	    "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00"
	    ":00:00:00:00:00:00:00:00:00:00:00", "0000000000000000000000000000"
	    "00000000000000000000000000000000000 0" };
	struct omnitron	*c = make("127.0.0.1", "1");
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, omnitron_set(c, OMNITRON_FINGERPRINT,
		    bad[i]), "%s", bad[i]);
	set(c, OMNITRON_FINGERPRINT, "SHA256:00112233445566778899aabbccddeeff"
	    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF");
	ATF_CHECK_EQ(-1, omnitron_set(c, OMNITRON_TLS, "maybe"));
	ATF_CHECK_EQ(-1, omnitron_set(c, (enum omnitron_option)0, "x"));
	ATF_CHECK_EQ(-1, omnitron_set(c, (enum omnitron_option)99, "x"));
	set(c, OMNITRON_TLS, "off");
	refuses(c, OMNITRON_FAILED, EINVAL, "TLS, which is off");
	set(c, OMNITRON_FINGERPRINT, NULL);
	refuses(c, OMNITRON_LOST, ECONNREFUSED, "nobody listens on 127.0.0.1:1");
	set(c, OMNITRON_TLS, NULL);
	set(c, OMNITRON_KEY, "k");
	refuses(c, OMNITRON_FAILED, EINVAL, "a key has no certificate");
	omnitron_free(c);
}

/* ---- work over it ------------------------------------------------------- */

/* Records end where they like; nothing may stay behind in one. */
ATF_TC_WITHOUT_HEAD(big_things_go_both_ways);
ATF_TC_BODY(big_things_go_both_ways, tc)
{
	static const int	 sizes[] = { 1, 16383, 16384, 65535, 65536,
				    100000, 1000000, 20000000 };
	struct omnitron_reply	 r;
	struct omnitron		*c;
	char			 port[16], params[64], *text;
	size_t			 i, n = 1000000;
	pid_t			 pid;

	certs("good");
	pid = peer("good", NULL, port, sizeof(port));
	c = make("127.0.0.1", port);
	set(c, OMNITRON_CA, "certs/ca.pem");
	connects(c);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(params, sizeof(params), "{\"n\":%d}", sizes[i]);
		ATF_REQUIRE_EQ(OMNITRON_OK, omnitron_call(c, "S.big", params,
		    LONG, &r));
		ATF_CHECK_EQ((size_t)sizes[i] + 2, strlen(r.result));
		omnitron_reply_clear(&r);
	}
	ATF_REQUIRE((text = malloc(n + 16)) != NULL);
	memset(text, 'y', n + 16);
	memcpy(text, "{\"text\":\"", 9);
	memcpy(text + n, "\"}", 3);
	ATF_REQUIRE_EQ_MSG(OMNITRON_OK, omnitron_call(c, "S.echo", text, LONG,
	    &r), "%s", omnitron_strerror(c));
	ATF_CHECK_EQ(n + 3, strlen(r.result));	/* json.dumps adds a blank */
	omnitron_reply_clear(&r);
	free(text);
	end(c, pid);
}

static void
count(struct omnitron *c, const struct omnitron_note *n, void *arg)
{
	++*(int *)arg;
}

static void
answered(struct omnitron *c, enum omnitron_status st,
    const struct omnitron_reply *r, void *arg)
{
	*(int *)arg = st == OMNITRON_OK ? 1 : -1;
}

/* As a program with a loop of its own does: poll, then dispatch with 0. */
ATF_TC_WITHOUT_HEAD(event_loop_misses_nothing);
ATF_TC_BODY(event_loop_misses_nothing, tc)
{
	struct omnitron	*c;
	struct pollfd	 pfd;
	char		 port[16];
	int		 notes = 0, done = 0, round;
	pid_t		 pid;

	certs("good");
	pid = peer("good", NULL, port, sizeof(port));
	c = make("localhost", port);
	set(c, OMNITRON_CA, "certs/ca.pem");
	set(c, OMNITRON_TOKEN, GOOD);
	connects(c);
	omnitron_on_note(c, count, &notes);
	for (round = 0; round < 3; round++) {
		done = 0;
		ATF_REQUIRE_EQ(OMNITRON_OK, omnitron_request(c, "S.burst",
		    "{\"n\":3000}", answered, &done, NULL));
		while (done == 0) {
			pfd.fd = omnitron_fd(c);
			pfd.events = omnitron_events(c);
			ATF_REQUIRE_EQ_MSG(1, poll(&pfd, 1, LONG),
			    "%d notes", notes);
			ATF_REQUIRE_EQ(OMNITRON_OK, omnitron_dispatch(c, 0));
		}
		ATF_CHECK_EQ(1, done);
		ATF_CHECK_EQ(3000 * (round + 1), notes);
	}
	done = 0;
	ATF_REQUIRE_EQ(OMNITRON_OK, omnitron_request(c, "S.close", NULL,
	    answered, &done, NULL));
	ATF_CHECK_EQ(OMNITRON_LOST, omnitron_dispatch(c, LONG));
	ATF_CHECK_EQ(-1, done);
	end(c, pid);
}

/* ---- tokens ------------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(token_is_asked_about_first);
ATF_TC_BODY(token_is_asked_about_first, tc)
{
	struct omnitron	*c;
	char		 port[16];
	pid_t		 pid;

	certs("good");
	pid = peer("good", NULL, port, sizeof(port));
	c = make("localhost", port);
	set(c, OMNITRON_CA, "certs/ca.pem");
	set(c, OMNITRON_TOKEN, "a.bad.token");
	refuses(c, OMNITRON_LOST, EACCES, "token refused by localhost:");
	ATF_CHECK(strstr(omnitron_strerror(c), "a.bad.token") == NULL);
	set(c, OMNITRON_TOKEN, GOOD);
	connects(c);
	set(c, OMNITRON_TOKEN, NULL);
	file("t", "  " GOOD "\n\n", 0600);
	set(c, OMNITRON_TOKEN_FILE, "t");
	connects(c);
	file("t", GOOD "\n", 0400);
	connects(c);
	file("t", GOOD "\n", 0644);
	refuses(c, OMNITRON_FAILED, EPERM, "chmod 600");
	file("t", GOOD "\n", 0620);
	refuses(c, OMNITRON_FAILED, EPERM, "chmod 600");
	file("t", "", 0600);
	refuses(c, OMNITRON_FAILED, EINVAL, "t holds no token");
	file("t", "a\"b\n", 0600);
	refuses(c, OMNITRON_FAILED, EINVAL, "t holds no token");
	unlink("t");
	refuses(c, OMNITRON_FAILED, ENOENT, "token: t: No such file");
	ATF_REQUIRE(mkfifo("t", 0600) == 0);
	refuses(c, OMNITRON_FAILED, EINVAL, "no regular file");
	set(c, OMNITRON_TOKEN_FILE, "/dev/null");
	refuses(c, OMNITRON_FAILED, EINVAL, "no regular file");
	end(c, pid);
}

/* ---- peers that have no TLS --------------------------------------------- */

static int
listen_tcp(char *port, size_t size)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sin, len) == 0);
	ATF_REQUIRE(listen(fd, 5) == 0);
	ATF_REQUIRE(getsockname(fd, (struct sockaddr *)&sin, &len) == 0);
	snprintf(port, size, "%d", ntohs(sin.sin_port));
	return (fd);
}

/* Accept once, say that, and close; or hold the connection if it is NULL. */
static pid_t
plain(int l, const char *text)
{
	char	 buf[4096];
	pid_t	 pid;
	int	 fd;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid != 0)
		return (pid);
	alarm(60);
	if ((fd = accept(l, NULL, NULL)) == -1 ||
	    read(fd, buf, sizeof(buf)) <= 0)
		_exit(1);
	if (text == NULL)
		pause();
	if (write(fd, text, strlen(text)) == -1)
		_exit(2);
	shutdown(fd, SHUT_WR);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(peer_without_tls_is_told_from_a_bad_one);
ATF_TC_BODY(peer_without_tls_is_told_from_a_bad_one, tc)
{
	struct omnitron	*c;
	char		 port[16];
	int		 l = listen_tcp(port, sizeof(port));
	pid_t		 pid;

	c = make("127.0.0.1", port);
	set(c, OMNITRON_TOKEN, GOOD);
	pid = plain(l, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}\n");
	refuses(c, OMNITRON_LOST, EPROTO, "there is no TLS");
	waitpid(pid, NULL, 0);
	pid = plain(l, "");
	refuses(c, OMNITRON_LOST, EPROTO, "instead of answering in TLS");
	waitpid(pid, NULL, 0);
	pid = plain(l, NULL);
	ATF_CHECK_EQ(OMNITRON_LOST, omnitron_connect(c, 300));
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* Nor does a token wait for ever for its answer. */
	set(c, OMNITRON_TLS, "off");
	pid = plain(l, NULL);
	ATF_CHECK_EQ(OMNITRON_LOST, omnitron_connect(c, 300));
	ATF_CHECK_EQ(ETIMEDOUT, errno);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(l);
	omnitron_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, certificates_are_checked);
	ATF_TP_ADD_TC(tp, system_authorities_are_the_default);
	ATF_TP_ADD_TC(tp, fingerprint_is_enough_and_must_be_right);
	ATF_TP_ADD_TC(tp, own_certificate_is_shown);
	ATF_TP_ADD_TC(tp, options_are_checked);
	ATF_TP_ADD_TC(tp, big_things_go_both_ways);
	ATF_TP_ADD_TC(tp, event_loop_misses_nothing);
	ATF_TP_ADD_TC(tp, token_is_asked_about_first);
	ATF_TP_ADD_TC(tp, peer_without_tls_is_told_from_a_bad_one);
	return (atf_no_error());
}
