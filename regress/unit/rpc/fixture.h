/*
 * A plane of Unix sockets in a test: the real one behind real channels, at
 * whose other ends the test plays supervisor, logger, parent and clients.
 */
#ifndef REGRESS_RPC_FIXTURE_H
#define REGRESS_RPC_FIXTURE_H

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/control/conn.h"
#include "omnitrond/control/cred.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/grep.h"
#include "omnitrond/rpc/index.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/control/control.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/query.h"
#include "omnitrond/rpc/reply.h"

#define FIX_SECONDS	20	/* then what is waited for will not come */
#define FIX_GOT_MAX	4096

struct fix_got {
	enum kind	 to;		/* the far end that received it */
	enum msg_type	 type;
	uint8_t		 data[2048];	/* all that are received are short */
	size_t		 len;
};

struct fix {
	struct event_base	*base;
	struct proc		 proc;
	struct net		*net;
	struct control		*control;
	struct peer		*far[K_MAX];
	struct fix_got		 got[FIX_GOT_MAX];
	size_t			 ngot;
	size_t			 taken;
	uint64_t		 seq;
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
	HANDLE(SERVING, fix_collect),
	HANDLE(CONF_ACK, fix_collect),
	HANDLE(EVENTS, fix_collect),
	HANDLE(DENIED, fix_collect),
	HANDLE(SECRET_PUT, fix_collect),
	HANDLE(VIEW_SYNCED, fix_collect),
	HANDLE(LOG_GOT, fix_collect),
	HANDLE(LOG_CLOSE, fix_collect),
	HANDLE(OBJECT_GOT, fix_collect),
	HANDLE(EXEC_CALL, fix_collect),
	HANDLE(EXEC_PART, fix_collect),
	HANDLE(EXEC_GOT, fix_collect),
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

/* As proc.c does it, but that a broken rule fails the test. */
static inline void
fix_near_down(struct peer *peer, const char *why, enum msg_type type)
{
	enum kind	 k = peer_kind(peer);

	if (why != NULL)
		atf_tc_fail("control got %s: %s", msg_name(type), why);
	fix_self->proc.peer[k] = NULL;
	net_down(fix_self->net, k);
}

static inline void
fix_link(struct fix *f, enum kind k)
{
	int	 sv[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) ==
	    0);
	f->proc.peer[k] = peer_new(f->base, f->proc.kind, k, sv[0],
	    control_dispatch, fix_near_down, &f->proc);
	f->far[k] = peer_new(f->base, k, f->proc.kind, sv[1], fix_table,
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

static inline struct fix *
fix_new_as(enum kind kind)
{
	struct fix	*f = xcalloc(1, sizeof(*f));

	log_init("test", 0);
	fix_self = f;
	signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE((f->base = event_base_new()) != NULL);
	f->proc.kind = kind;
	f->proc.base = f->base;
	f->proc.setup.daemon_pid = 4242;
	f->proc.setup.flags = SETUP_ROOT;
	f->net = net_new(&f->proc);
	f->control = control_get(f->net);
	f->proc.arg = f->net;
	f->net->began = mono_now();
	fix_link(f, K_PARENT);
	fix_link(f, K_SUPERVISOR);
	fix_link(f, K_LOGGER);
	fix_link(f, K_APPS);
	fix_link(f, K_SECRETS);
	return (f);
}

static inline struct fix *
fix_new(void)
{
	return (fix_new_as(K_CONTROL));
}

static inline void
fix_free(struct fix *f)
{
	int	 k;

	control_free(f->control);
	net_free(f->net);
	for (k = 0; k < K_MAX; k++) {
		peer_free(f->far[k]);
		peer_free(f->proc.peer[k]);
	}
	event_base_free(f->base);
	free(f);
}

/* ---- the supervisor ------------------------------------------------------ */

static inline void
fix_begin(struct fix *f)
{
	struct m_none	 none = { 0 };

	peer_send(f->far[K_SUPERVISOR], M_VIEW_BEGIN, -1, &none, NULL);
}

static inline struct m_view_app
fix_record(uint32_t id, enum status status)
{
	struct m_view_app	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.status = status;
	m.intent = status == S_STOPPED ? INTENT_STOP : INTENT_RUN;
	m.instances = 1;
	return (m);
}

static inline void
fix_app(struct fix *f, uint32_t id, const char *name, enum status status)
{
	struct m_view_app	 m = fix_record(id, status);

	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &m, name, "", NULL);
}

static inline void
fix_inst(struct fix *f, uint32_t id, uint16_t instance, int32_t pid,
    const char *process)
{
	struct m_view_inst	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = id;
	m.inst.instance = instance;
	m.pid = pid;
	m.status = pid > 0 ? S_ONLINE : S_STOPPED;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_INST, -1, &m, process, "", "",
	    NULL);
}

static inline void
fix_dep(struct fix *f, uint32_t app, uint32_t on)
{
	struct m_conf_dep	 m;

	memset(&m, 0, sizeof(m));
	m.app = app;
	m.on = on;
	m.process = m.on_process = PROCESS_ANY;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_DEP, -1, &m, NULL);
}

static inline const void *fix_take(struct fix *, enum msg_type);

/* Ends a batch of records, and waits for the receipt. */
static inline void
fix_sync(struct fix *f)
{
	struct m_sync	 m, back;

	m.seq = ++f->seq;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_SYNC, -1, &m, NULL);
	memcpy(&back, fix_take(f, M_VIEW_SYNCED), sizeof(back));
	ATF_REQUIRE_EQ(m.seq, back.seq);
}

/* api (1, online, pid 100), db (2, online, pid 200), old (3, stopped). */
static inline void
fix_apps(struct fix *f)
{
	fix_begin(f);
	fix_app(f, 1, "api", S_ONLINE);
	fix_inst(f, 1, 0, 100, "api");
	fix_app(f, 2, "db", S_ONLINE);
	fix_inst(f, 2, 0, 200, "db");
	fix_app(f, 3, "old", S_STOPPED);
	fix_inst(f, 3, 0, 0, "old");
	fix_dep(f, 1, 2);
	fix_sync(f);
}

static inline void
fix_reply(struct fix *f, uint64_t id, enum outcome outcome, uint32_t flags,
    uint32_t count, const char *text)
{
	struct m_reply	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	m.flags = flags;
	m.count = count;
	peer_send(f->far[K_SUPERVISOR], M_REPLY, -1, &m, text, NULL);
}

/* The next message of a type that a far end got; waits for it. */
static inline const void *
fix_take(struct fix *f, enum msg_type type)
{
	time_t	 end = time(NULL) + FIX_SECONDS;

	for (;;) {
		while (f->taken < f->ngot) {
			if (f->got[f->taken++].type == type)
				return (f->got[f->taken - 1].data);
		}
		if (time(NULL) > end)
			atf_tc_fail("no %s came", msg_name(type));
		fix_spin(f);
	}
}

static inline struct m_request
fix_request(struct fix *f)
{
	struct m_request	 m;

	memcpy(&m, fix_take(f, M_REQUEST), sizeof(m));
	return (m);
}

static inline size_t
fix_count(const struct fix *f, enum msg_type type)
{
	size_t	 i, n = 0;

	for (i = 0; i < f->ngot; i++)
		if (f->got[i].type == type)
			n++;
	return (n);
}

/* ---- the logger ---------------------------------------------------------- */

static inline void
fix_log(struct fix *f, uint64_t id, uint32_t flags, const char *app,
    const void *text, size_t len)
{
	struct m_log_record	 m;
	uint8_t			 tail[4 * STR_MAX + LOG_TEXT_PART];
	uint16_t		 n;
	size_t			 off = 0;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.at_us = 1700000000123456;
	m.pid = 77;
	m.stream = STREAM_ERR;
	m.level = 4;
	m.flags = (uint16_t)flags;
	n = (uint16_t)strlen(app);
	memcpy(tail, &n, 2);
	memcpy(tail + 2, app, n);
	off = 2 + n;
	memcpy(tail + off, tail, off);	/* the process has the same name */
	off *= 2;
	n = (uint16_t)len;
	memcpy(tail + off, &n, 2);
	memcpy(tail + off + 2, text, len);
	peer_send_raw(f->far[K_LOGGER], M_LOG_RECORD, -1, &m, tail,
	    off + 2 + len);
}

static inline void
fix_logs(struct fix *f, uint64_t id, const char *text)
{
	fix_log(f, id, 0, "api", text, strlen(text));
}

static inline void
fix_log_done(struct fix *f, uint64_t id, enum outcome outcome,
    const char *text)
{
	struct m_log_done	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	peer_send(f->far[K_LOGGER], M_LOG_DONE, -1, &m, text, NULL);
}

/* ---- clients ------------------------------------------------------------- */

static inline int
fix_client_as(struct fix *f, enum role role, uint32_t uid)
{
	struct caller	 caller;
	int		 sv[2];

	memset(&caller, 0, sizeof(caller));
	caller.how = CALLER_LOCAL;
	caller.role = role;
	caller.uid = caller.gid = uid;
	caller.pid = 555;
	ATF_REQUIRE(socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv) == 0);
	ATF_REQUIRE(conn_new(f->control, sv[0], &caller, 0) != NULL);
	return (sv[1]);
}

static inline int
fix_client(struct fix *f)
{
	return (fix_client_as(f, ROLE_ADMIN, 0));
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

/*
 * The next line, without its newline, to be freed; NULL at the end of the
 * file.  Byte by byte, so that nothing has to be kept between calls.
 */
static inline char *
fix_line(struct fix *f, int fd)
{
	time_t		 end = time(NULL) + FIX_SECONDS;
	size_t		 len = 0, size = 1024, i;
	char		*line = xmalloc(size), peek[4096];
	ssize_t		 n;

	for (;;) {
		n = recv(fd, peek, sizeof(peek), MSG_PEEK);
		if (n == 0 || (n == -1 && errno == ECONNRESET)) {
			free(line);
			return (NULL);
		}
		if (n == -1) {
			if (time(NULL) > end)
				atf_tc_fail("no answer");
			fix_spin(f);
			continue;
		}
		for (i = 0; i < (size_t)n && peek[i] != '\n'; i++)
			;
		if (len + i + 1 > size) {
			size = 2 * (len + i + 1);
			line = xreallocarray(line, size, 1);
		}
		memcpy(line + len, peek, i);
		len += i;
		if (i < (size_t)n) {
			ATF_REQUIRE(read(fd, peek, i + 1) == (ssize_t)i + 1);
			line[len] = '\0';
			return (line);
		}
		ATF_REQUIRE(read(fd, peek, i) == (ssize_t)i);
	}
}

static inline void
fix_send(struct fix *f, int fd, const char *text)
{
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, strlen(text)));
	ATF_REQUIRE_EQ(0, fix_write(f, fd, "\n", 1));
}

static inline struct json *
fix_json(struct fix *f, int fd)
{
	char		*line = fix_line(f, fd), err[128];
	struct json	*j;

	ATF_REQUIRE_MSG(line != NULL, "the connection was closed");
	j = json_parse(line, strlen(line), &json_limits_reply, err,
	    sizeof(err));
	ATF_REQUIRE_MSG(j != NULL, "%s: %s", err, line);
	free(line);
	return (j);
}

static inline struct json *
fix_call(struct fix *f, int fd, const char *text)
{
	fix_send(f, fd, text);
	return (fix_json(f, fd));
}

/* "result.0.name"; NULL if there is none. */
static inline const struct json *
fix_get(const struct json *j, const char *path)
{
	char		*copy = xstrdup(path), *rest = copy, *word;
	long		 n;

	while (j != NULL && (word = strsep(&rest, ".")) != NULL) {
		if (j->type == JSON_ARRAY) {
			n = strtol(word, NULL, 10);
			for (j = j->first; j != NULL && n > 0; n--)
				j = j->next;
		} else
			j = json_get(j, word);
	}
	free(copy);
	return (j);
}

static inline const char *
fix_string(const struct json *j, const char *path)
{
	j = fix_get(j, path);
	return (j != NULL && j->type == JSON_STRING ? j->u.s : "(none)");
}

static inline int64_t
fix_int(const struct json *j, const char *path)
{
	j = fix_get(j, path);
	return (j != NULL && j->type == JSON_INT ? j->u.i : -99999);
}

static inline int
fix_bool(const struct json *j, const char *path)
{
	j = fix_get(j, path);
	return (j != NULL && j->type == JSON_BOOL ? j->u.b : -1);
}

/* The answer to `text` is this error. */
static inline void
fix_fails(struct fix *f, int fd, const char *text, int code,
    const char *contains)
{
	struct json	*j = fix_call(f, fd, text);

	ATF_CHECK_EQ_MSG(code, fix_int(j, "error.code"), "%s: %lld", text,
	    (long long)fix_int(j, "error.code"));
	ATF_CHECK_MSG(strstr(fix_string(j, "error.message"), contains) != NULL,
	    "%s: %s", text, fix_string(j, "error.message"));
	ATF_CHECK_STREQ(fault_code(code), fix_string(j, "error.data.code"));
	json_free(j);
}

#define CALL(id, method, params)					\
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method	\
	"\",\"params\":" params "}"
#define DAEMON(method, params)	CALL(1, "OmnitronDaemon." method, params)

#endif /* REGRESS_RPC_FIXTURE_H */
