/*
 * A network process in a test: the real one behind real channels, at whose
 * other ends the test plays parent and supervisor, with clients on loopback.
 */
#ifndef REGRESS_NETWORK_FIXTURE_H
#define REGRESS_NETWORK_FIXTURE_H

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/network/auth.h"
#include "omnitrond/network/conf.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/tls.h"

#define FIX_SECONDS	20	/* then what is waited for will not come */
#define FIX_GOT_MAX	512

struct fix_got {
	enum kind	 to;		/* the far end that received it */
	enum msg_type	 type;
	uint8_t		 data[8192];
	size_t		 len;
};

struct fix {
	struct event_base	*base;
	struct proc		 proc;
	struct net		*net;
	struct network		*nw;
	struct peer		*far[K_MAX];
	struct fix_got		 got[FIX_GOT_MAX];
	size_t			 ngot;
	size_t			 taken;
	uint32_t		 version;
	int			 listener[LISTENER_MAX];	/* by kind */
	uint16_t		 port[LISTENER_MAX];
};

static struct fix *fix_self;

static inline int
fix_collect(struct peer *peer, struct msg *m)
{
	struct fix_got	*g = &fix_self->got[fix_self->ngot];
	const uint8_t	*p;

	ATF_REQUIRE(fix_self->ngot < FIX_GOT_MAX);
	p = msg_take_rest(m, &g->len);
	ATF_REQUIRE(g->len <= sizeof(g->data));
	memcpy(g->data, p, g->len);
	g->type = m->type;
	g->to = (enum kind)(uintptr_t)peer_arg(peer);
	fix_self->ngot++;
	return (0);
}

static const struct dispatch fix_table[] = {
	HANDLE(REQUEST, fix_collect),
	HANDLE(VIEW_SYNCED, fix_collect),
	HANDLE(CONF_ACK, fix_collect),
	HANDLE(CONF_REFUSE, fix_collect),
	HANDLE(AUTH_FAILED, fix_collect),
	HANDLE(DENIED, fix_collect),
	HANDLE(EVENTS, fix_collect),
	HANDLE_END
};

static inline void
fix_far_down(struct peer *peer, const char *why, enum msg_type type)
{
	enum kind	 k = (enum kind)(uintptr_t)peer_arg(peer);

	if (why != NULL)
		atf_tc_fail("%s got %s: %s", kind_name(k), msg_name(type), why);
	fix_self->far[k] = NULL;
}

static inline void
fix_near_down(struct peer *peer, const char *why, enum msg_type type)
{
	enum kind	 k = peer_kind(peer);

	if (why != NULL)
		atf_tc_fail("network got %s: %s", msg_name(type), why);
	fix_self->proc.peer[k] = NULL;
	net_down(fix_self->net, k);
}

static inline void
fix_link(struct fix *f, enum kind k)
{
	int	 sv[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) ==
	    0);
	f->proc.peer[k] = peer_new(f->base, K_NETWORK, k, sv[0],
	    network_dispatch, fix_near_down, &f->proc);
	f->far[k] = peer_new(f->base, k, K_NETWORK, sv[1], fix_table,
	    fix_far_down, (void *)(uintptr_t)k);
	net_up(f->net, k);
}

static inline void
fix_spin(struct fix *f)
{
	event_base_loop(f->base, EVLOOP_NONBLOCK);
}

/* Let all that is on its way arrive. */
static inline void
fix_settle(struct fix *f)
{
	int	 i;

	for (i = 0; i < 20; i++)
		fix_spin(f);
}

/* The next message of a type that a far end got; waits for it. */
static inline const struct fix_got *
fix_take(struct fix *f, enum msg_type type)
{
	time_t	 end = time(NULL) + FIX_SECONDS;

	for (;;) {
		while (f->taken < f->ngot)
			if (f->got[f->taken++].type == type)
				return (&f->got[f->taken - 1]);
		if (time(NULL) > end)
			atf_tc_fail("no %s came", msg_name(type));
		fix_spin(f);
	}
}

static inline struct fix *
fix_new(void)
{
	struct fix	*f = xcalloc(1, sizeof(*f));

	log_init("test", 0);
	fix_self = f;
	signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE((f->base = event_base_new()) != NULL);
	f->proc.kind = K_NETWORK;
	f->proc.base = f->base;
	f->proc.setup.daemon_pid = 4242;
	jwt_touch();
	tls_touch();
	f->net = net_new(&f->proc);
	f->proc.arg = f->net;
	f->nw = network_get(f->net);
	f->net->began = mono_now();
	f->listener[LISTENER_TCP] = f->listener[LISTENER_HTTP] = -1;
	fix_link(f, K_PARENT);
	fix_link(f, K_SUPERVISOR);
	return (f);
}

static inline void
fix_free(struct fix *f)
{
	int	 k;

	network_free(f->nw);
	net_free(f->net);
	for (k = 0; k < K_MAX; k++) {
		peer_free(f->far[k]);
		peer_free(f->proc.peer[k]);
	}
	event_base_free(f->base);
	free(f);
}

/* ---- the parent ---------------------------------------------------------- */

static const char	 fix_key[] = "0123456789abcdef0123456789abcdef";

static inline void
fix_begin(struct fix *f)
{
	struct m_conf_begin	 m;

	memset(&m, 0, sizeof(m));
	m.version = ++f->version;
	peer_send(f->far[K_PARENT], M_CONF_BEGIN, -1, &m, NULL);
}

static inline void
fix_listener(struct fix *f, uint32_t id, enum listener_kind kind,
    enum role role, uint32_t flags)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	struct m_listener	 m;
	int			 fd = f->listener[kind];

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ATF_REQUIRE(fd != -1);
		ATF_REQUIRE(bind(fd, (struct sockaddr *)&sin, len) == 0);
		ATF_REQUIRE(listen(fd, 128) == 0);
		ATF_REQUIRE(getsockname(fd, (struct sockaddr *)&sin, &len) ==
		    0);
		f->listener[kind] = fd;
		f->port[kind] = ntohs(sin.sin_port);
	}
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.role = role;
	m.kind = kind;
	m.flags = flags;
	peer_send(f->far[K_PARENT], M_LISTENER, dup(fd), &m, "127.0.0.1:0",
	    NULL);
}

static inline void
fix_jwt(struct fix *f)
{
	struct m_conf_jwt	 m;

	memset(&m, 0, sizeof(m));
	m.algorithm = JWT_HS256;
	m.max_ttl_s = 86400;
	peer_send(f->far[K_PARENT], M_CONF_JWT, -1, &m, "", "", NULL);
}

static inline void
fix_file(struct fix *f, enum key_what what, const char *kid,
    const void *bytes, size_t len)
{
	struct m_conf_key	 m = { what };
	char			 name[] = "key.XXXXXX";
	int			 fd = mkstemp(name);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE(write(fd, bytes, len) == (ssize_t)len);
	unlink(name);
	peer_send(f->far[K_PARENT], M_CONF_KEY, fd, &m, kid, "/etc/the.key",
	    NULL);
}

static inline void
fix_origin(struct fix *f, const char *origin)
{
	struct m_none	 m = { 0 };

	peer_send(f->far[K_PARENT], M_CONF_ORIGIN, -1, &m, origin, NULL);
}

static inline void
fix_end(struct fix *f)
{
	struct m_conf_end	 m = { f->version };

	peer_send(f->far[K_PARENT], M_CONF_END, -1, &m, NULL);
}

/* It acknowledges, and is told to switch. */
static inline void
fix_commit(struct fix *f)
{
	struct m_conf_end	 m = { f->version };

	fix_end(f);
	fix_take(f, M_CONF_ACK);
	peer_send(f->far[K_PARENT], M_CONF_COMMIT, -1, &m, NULL);
	fix_settle(f);
}

/* Both planes with one key, "k1". */
static inline void
fix_configure(struct fix *f, enum role cap)
{
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, sizeof(fix_key) - 1);
	fix_listener(f, 1, LISTENER_TCP, cap, 0);
	fix_listener(f, 2, LISTENER_HTTP, cap, 0);
	fix_origin(f, "https://page.example");
	fix_commit(f);
}

/* ---- the supervisor ------------------------------------------------------ */

static inline void
fix_app(struct fix *f, uint32_t id, const char *name, enum status status)
{
	struct m_view_app	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.status = status;
	m.intent = INTENT_RUN;
	m.instances = 1;
	m.owner = 1000 + id;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &m, name, "", NULL);
}

static inline void
fix_apps(struct fix *f)
{
	struct m_none	 none = { 0 };
	struct m_sync	 sync = { 1 };

	peer_send(f->far[K_SUPERVISOR], M_VIEW_BEGIN, -1, &none, NULL);
	fix_app(f, 1, "api", S_ONLINE);
	fix_app(f, 2, "db", S_STOPPED);
	peer_send(f->far[K_SUPERVISOR], M_VIEW_SYNC, -1, &sync, NULL);
	fix_take(f, M_VIEW_SYNCED);
}

static inline void
fix_reply(struct fix *f, uint64_t id, enum outcome outcome, const char *text)
{
	struct m_reply	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	m.count = 1;
	peer_send(f->far[K_SUPERVISOR], M_REPLY, -1, &m, text, NULL);
}

static inline uint64_t
fix_request(struct fix *f)
{
	struct m_request	 m;

	memcpy(&m, fix_take(f, M_REQUEST)->data, sizeof(m));
	return (m.id);
}

/* ---- tokens -------------------------------------------------------------- */

static inline size_t
fix_base64(const void *p, size_t len, char *to)
{
	size_t	 n = (size_t)EVP_EncodeBlock((unsigned char *)to, p, (int)len);
	size_t	 i;

	while (n > 0 && to[n - 1] == '=')
		n--;
	for (i = 0; i < n; i++)
		to[i] = to[i] == '+' ? '-' : to[i] == '/' ? '_' : to[i];
	to[n] = '\0';
	return (n);
}

/* One of ours, which ends in so many seconds. */
static inline const char *
fix_token(const char *role, const char *jti, int seconds)
{
	static char	 token[2048];
	static const char head[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	char		 claims[512];
	unsigned char	 mac[32];
	unsigned	 maclen = sizeof(mac);
	size_t		 n;

	snprintf(claims, sizeof(claims), "{\"sub\":\"ann\",\"role\":\"%s\","
	    "\"jti\":\"%s\",\"iat\":%lld,\"exp\":%lld}", role, jti,
	    (long long)time(NULL), (long long)time(NULL) + seconds);
	n = fix_base64(head, strlen(head), token);
	token[n++] = '.';
	n += fix_base64(claims, strlen(claims), token + n);
	ATF_REQUIRE(HMAC(EVP_sha256(), fix_key, sizeof(fix_key) - 1,
	    (unsigned char *)token, n, mac, &maclen) != NULL);
	token[n++] = '.';
	fix_base64(mac, maclen, token + n);
	return (token);
}

/* ---- clients ------------------------------------------------------------- */

static inline int
fix_client(struct fix *f, enum listener_kind kind)
{
	struct sockaddr_in	 sin;
	int			 fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(f->port[kind]);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE(connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
	ATF_REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	fix_settle(f);
	return (fd);
}

/* Writes all; 0, or -1 when the connection is closed. */
static inline int
fix_write(struct fix *f, int fd, const char *p, size_t n)
{
	time_t	 end = time(NULL) + FIX_SECONDS;
	ssize_t	 w;

	while (n > 0) {
		if ((w = write(fd, p, n)) > 0) {
			p += w;
			n -= (size_t)w;
		} else if (errno == EPIPE || errno == ECONNRESET)
			return (-1);
		fix_spin(f);
		if (time(NULL) > end)
			atf_tc_fail("input is not read");
	}
	return (0);
}

/* A byte; 0 at the end of the file. */
static inline int
fix_byte(struct fix *f, int fd, char *c)
{
	time_t	 end = time(NULL) + FIX_SECONDS;
	ssize_t	 n;

	while ((n = read(fd, c, 1)) != 1) {
		if (n == 0 || errno == ECONNRESET)
			return (0);
		if (time(NULL) > end)
			atf_tc_fail("no answer");
		fix_spin(f);
	}
	return (1);
}

/* The next line without its line end, to be freed; NULL at the end. */
static inline char *
fix_line(struct fix *f, int fd)
{
	size_t	 len = 0, size = 256;
	char	*line = xmalloc(size), c;

	for (;;) {
		if (!fix_byte(f, fd, &c)) {
			free(line);
			return (NULL);
		}
		if (len + 1 == size)
			line = xreallocarray(line, size *= 2, 1);
		if (c == '\n')
			break;
		line[len++] = c;
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	return (line);
}

static inline void
fix_closed(struct fix *f, int fd)
{
	char	 c;

	ATF_CHECK_MSG(!fix_byte(f, fd, &c), "it is open, and says %c", c);
	close(fd);
	fix_settle(f);
}

/* ---- HTTP ---------------------------------------------------------------- */

struct fix_http {
	int	 status;		/* 0: the connection was closed */
	char	 head[4096];
	char	*body;
	size_t	 len;
};

static inline void
fix_http(struct fix *f, int fd, struct fix_http *r)
{
	char	*line, *p;
	size_t	 n;

	memset(r, 0, sizeof(*r));
	while ((line = fix_line(f, fd)) != NULL && line[0] != '\0') {
		strlcat(r->head, line, sizeof(r->head));
		strlcat(r->head, "\n", sizeof(r->head));
		free(line);
	}
	if (line == NULL)
		return;
	free(line);
	ATF_REQUIRE(sscanf(r->head, "HTTP/1.1 %d ", &r->status) == 1);
	if ((p = strstr(r->head, "Content-Length: ")) != NULL)
		r->len = strtoul(p + 16, NULL, 10);
	r->body = xcalloc(1, r->len + 1);
	for (n = 0; n < r->len; n++)
		ATF_REQUIRE(fix_byte(f, fd, &r->body[n]));
}

static inline void
fix_http_free(struct fix_http *r)
{
	free(r->body);
	r->body = NULL;
}

static inline void
fix_ask(struct fix *f, int fd, const char *text, struct fix_http *r)
{
	fix_http_free(r);
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, strlen(text)));
	fix_http(f, fd, r);
}

/* A request with a token ("": none) and a body (NULL: none) */
static inline void
fix_do(struct fix *f, int fd, const char *what, const char *token,
    const char *body, struct fix_http *r)
{
	char	 text[16384];
	int	 n;

	n = snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: h\r\n%s%s%s",
	    what, token[0] != '\0' ? "Authorization: Bearer " : "", token,
	    token[0] != '\0' ? "\r\n" : "");
	if (body != NULL)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "Content-Length: %zu\r\n", strlen(body));
	snprintf(text + n, sizeof(text) - (size_t)n, "\r\n%s",
	    body != NULL ? body : "");
	fix_ask(f, fd, text, r);
}

/* ---- JSON ---------------------------------------------------------------- */

static inline int64_t
fix_int(const char *text, const char *path)
{
	struct json		*root;
	const struct json	*j;
	char			*copy = xstrdup(path), *rest = copy, *word;
	char			 err[64];
	int64_t			 v = -99999;

	root = json_parse(text, strlen(text), &json_limits_reply, err,
	    sizeof(err));
	ATF_REQUIRE_MSG(root != NULL, "%s: %s", err, text);
	for (j = root; j != NULL && (word = strsep(&rest, ".")) != NULL;)
		j = json_get(j, word);
	if (j != NULL && j->type == JSON_INT)
		v = j->u.i;
	if (j != NULL && j->type == JSON_BOOL)
		v = j->u.b;
	json_free(root);
	free(copy);
	return (v);
}

#define CALL(id, method, params)					\
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method	\
	"\",\"params\":" params "}"
#define PING	CALL(1, "OmnitronDaemon.ping", "{}")
#define LIST	CALL(1, "OmnitronDaemon.list", "{}")

#endif /* REGRESS_NETWORK_FIXTURE_H */
