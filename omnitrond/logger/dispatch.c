/*
 * omnitrond-logger: what it is told, and what it says.
 *
 * It works in the log folder (its chroot when started as root), reads the
 * FIFOs that the parent passes, and opens nothing outside the folder.  What
 * it takes in is written by apps: bytes, never trusted.
 */
#include <signal.h>
#include <string.h>

#include "common/log.h"
#include "omnitrond/logger/query.h"
#include "omnitrond/logger/stream.h"
#include "omnitrond/proc.h"

#define DRAIN_MS	2000		/* at the end, as architecture.md says */
#define TAIL_MAX	(2 * STR_MAX + 2 + LOG_TEXT_PART)

static struct logger	 logger;

static void	on_ops_record(struct logger *, uint32_t,
		    const struct m_log_record *, const char *, const char *,
		    const char *, size_t);
static void	on_ops_done(struct logger *, uint32_t, uint64_t, enum outcome,
		    const char *);
static size_t	on_ops_queued(struct logger *, uint32_t);
static void	on_ops_fault(struct logger *, const char *);

static const struct logger_ops ops = {
	on_ops_record, on_ops_done, on_ops_queued, on_ops_fault
};

/* Configuration and streams come before we are told to go. */
static struct logger *
logger_of(struct peer *peer)
{
	if (logger.ops == NULL)
		logger_init(&logger, &ops, proc_of(peer));
	return (&logger);
}

/* ---- what it says ------------------------------------------------------- */

static struct peer *
plane_of(struct logger *l, uint32_t plane)
{
	struct proc	*p = l->arg;

	return (plane < K_MAX ? p->peer[plane] : NULL);
}

static size_t
tail_add(char *tail, size_t off, const char *s, size_t n)
{
	uint16_t	 len = (uint16_t)n;

	memcpy(tail + off, &len, sizeof(len));
	memcpy(tail + off + sizeof(len), s, n);
	return (off + sizeof(len) + n);
}

static void
on_ops_record(struct logger *l, uint32_t plane, const struct m_log_record *m,
    const char *app, const char *process, const char *text, size_t len)
{
	struct peer	*peer = plane_of(l, plane);
	char		 tail[TAIL_MAX];
	size_t		 n;

	if (peer == NULL)
		return;
	n = tail_add(tail, 0, app, strlen(app));
	n = tail_add(tail, n, process, strlen(process));
	n = tail_add(tail, n, text, len);
	peer_send_raw(peer, M_LOG_RECORD, -1, m, tail, n);
}

static void
on_ops_done(struct logger *l, uint32_t plane, uint64_t id,
    enum outcome outcome, const char *text)
{
	struct peer		*peer = plane_of(l, plane);
	struct m_log_done	 m;

	if (peer == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	peer_send(peer, M_LOG_DONE, -1, &m, text, NULL);
}

static size_t
on_ops_queued(struct logger *l, uint32_t plane)
{
	struct peer	*peer = plane_of(l, plane);

	return (peer == NULL ? SIZE_MAX : peer_queued(peer));
}

static void
on_ops_fault(struct logger *l, const char *text)
{
	struct proc		*p = l->arg;
	struct m_degraded	 m;

	if (p->peer[K_SUPERVISOR] == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.cause = CAUSE_LOG;
	peer_send(p->peer[K_SUPERVISOR], M_LOG_FAULT, -1, &m, text, NULL);
}

/* At once: the work that follows may hang. */
static void
on_woken(struct logger *l)
{
	struct proc	*p = l->arg;
	uint32_t	 zero = 0;

	if (p->peer[K_PARENT] == NULL)
		return;
	peer_send(p->peer[K_PARENT], M_AWAKE, -1, &zero, NULL);
	peer_flush(p->peer[K_PARENT]);
}

/* ---- the configuration -------------------------------------------------- */

static int
on_conf_begin(struct peer *peer, struct msg *m)
{
	struct m_conf_begin	 begin;

	msg_take(m, &begin, sizeof(begin));
	if (msg_end(m) == -1)
		return (-1);
	return (conf_begin(logger_of(peer), &begin));
}

static int
on_conf_log(struct peer *peer, struct msg *m)
{
	struct m_conf_log	 log;
	char			 name[NAME_SIZE];

	msg_take(m, &log, sizeof(log));
	msg_take_str(m, name, sizeof(name));
	if (msg_end(m) == -1)
		return (-1);
	return (conf_log(logger_of(peer), &log, name));
}

static int
on_conf_end(struct peer *peer, struct msg *m)
{
	struct logger		*l = logger_of(peer);
	struct m_conf_end	 end;

	msg_take(m, &end, sizeof(end));
	if (msg_end(m) == -1 || conf_end(l, end.version) == -1)
		return (-1);
	/* At the start nobody waits for it: the commit comes at once. */
	if (l->base != NULL)
		peer_send(peer, M_CONF_ACK, -1, &end, NULL);
	return (0);
}

static int
on_conf_commit(struct peer *peer, struct msg *m)
{
	struct m_conf_end	 commit;

	msg_take(m, &commit, sizeof(commit));
	if (msg_end(m) == -1)
		return (-1);
	return (conf_commit(logger_of(peer), commit.version));
}

/* ---- output ------------------------------------------------------------- */

static int
on_log_stream(struct peer *peer, struct msg *m)
{
	struct m_log_stream	 stream;
	char			 process[NAME_SIZE];

	msg_take(m, &stream, sizeof(stream));
	msg_take_str(m, process, sizeof(process));
	if (msg_end(m) == -1 || !name_valid(process) ||
	    stream.stream > STREAM_ERR)
		return (-1);
	stream_new(logger_of(peer), &stream, process, msg_take_fd(m));
	return (0);
}

static int
on_log_pid(struct peer *peer, struct msg *m)
{
	struct m_log_pid	 pid;

	msg_take(m, &pid, sizeof(pid));
	if (msg_end(m) == -1)
		return (-1);
	stream_pid(logger_of(peer), &pid);
	return (0);
}

static int
on_log_end(struct peer *peer, struct msg *m)
{
	struct m_log_pid	 pid;

	msg_take(m, &pid, sizeof(pid));
	if (msg_end(m) == -1)
		return (-1);
	stream_end(logger_of(peer), &pid);
	return (0);
}

static int
on_log_reopen(struct peer *peer, struct msg *m)
{
	struct m_none	 none;

	msg_take(m, &none, sizeof(none));
	if (msg_end(m) == -1)
		return (-1);
	logger_reopen(logger_of(peer));
	return (0);
}

/* The logger before us is gone at last. */
static int
on_log_free(struct peer *peer, struct msg *m)
{
	struct m_none	 none;

	msg_take(m, &none, sizeof(none));
	if (msg_end(m) == -1)
		return (-1);
	proc_of(peer)->setup.flags &= ~SETUP_HELD;
	logger_release(logger_of(peer));
	return (0);
}

static int
on_audit(struct peer *peer, struct msg *m)
{
	struct m_audit		 audit;
	struct audit_texts	 t;

	msg_take(m, &audit, sizeof(audit));
	msg_take_str(m, t.method, sizeof(t.method));
	msg_take_str(m, t.app, sizeof(t.app));
	msg_take_str(m, t.role, sizeof(t.role));
	msg_take_str(m, t.text, sizeof(t.text));
	msg_take_str(m, t.subject, sizeof(t.subject));
	msg_take_str(m, t.kid, sizeof(t.kid));
	msg_take_str(m, t.jti, sizeof(t.jti));
	msg_take_str(m, t.address, sizeof(t.address));
	if (msg_end(m) == -1 || audit.outcome >= OUT_MAX ||
	    audit.plane >= K_MAX)
		return (-1);
	logger_wake(logger_of(peer));
	audit_write(logger_of(peer), &audit, &t);
	return (0);
}

static int
on_crash(struct peer *peer, struct msg *m)
{
	struct m_crash	 crash;
	char		 process[NAME_SIZE], why[TEXT_MAX + 1];
	char		 decided[TEXT_MAX + 1], probe[TEXT_MAX + 1];

	msg_take(m, &crash, sizeof(crash));
	msg_take_str(m, process, sizeof(process));
	msg_take_str(m, why, sizeof(why));
	msg_take_str(m, decided, sizeof(decided));
	msg_take_str(m, probe, sizeof(probe));
	if (msg_end(m) == -1)
		return (-1);
	logger_wake(logger_of(peer));
	return (crash_new(logger_of(peer), &crash, process, why, decided,
	    probe));
}

/* ---- queries ------------------------------------------------------------ */

static int
on_log_open(struct peer *peer, struct msg *m)
{
	struct logger		*l = logger_of(peer);
	struct m_log_open	 open;
	char			 process[NAME_SIZE];
	const char		*why;
	enum outcome		 outcome;

	msg_take(m, &open, sizeof(open));
	msg_take_str(m, process, sizeof(process));
	if (msg_end(m) == -1 || !kind_is_plane(open.plane) ||
	    open.level >= LEVEL_MAX || open.id == 0 ||
	    query_find(l, open.plane, open.id) != NULL)
		return (-1);
	if (plane_of(l, open.plane) == NULL)
		return (0);		/* who asked is gone */
	logger_wake(l);
	if ((why = query_open(l, &open, process, &outcome)) != NULL)
		on_ops_done(l, open.plane, open.id, outcome, why);
	return (0);
}

/* One that is answered may cross with its last receipts. */
static int
on_log_got(struct peer *peer, struct msg *m)
{
	struct m_log_got	 got;
	struct query		*q;

	msg_take(m, &got, sizeof(got));
	if (msg_end(m) == -1)
		return (-1);
	q = query_find(logger_of(peer), peer_kind(peer), got.id);
	return (q == NULL ? 0 : query_got(q, got.records));
}

static int
on_log_close(struct peer *peer, struct msg *m)
{
	struct m_log_got	 got;
	struct query		*q;

	msg_take(m, &got, sizeof(got));
	if (msg_end(m) == -1)
		return (-1);
	q = query_find(logger_of(peer), peer_kind(peer), got.id);
	if (q != NULL)
		query_free(q);
	return (0);
}

/* ---- life --------------------------------------------------------------- */

static void
logger_touch(struct proc *p)
{
	/* A file over its limit shall be an error, not the end of us. */
	signal(SIGXFSZ, SIG_IGN);
}

static void
logger_begin(struct proc *p)
{
	struct logger	*l = logger_of(p->peer[K_PARENT]);

	p->arg = l;
	l->woken = on_woken;
	l->files.hold = (p->setup.flags & SETUP_HELD) != 0;
	logger_start(l, p->base);
}

static void
logger_up(struct proc *p, enum kind kind)
{
	struct logger	*l = p->arg;
	char		 text[TEXT_MAX];

	if (kind == K_SUPERVISOR &&
	    files_fault(&l->files, text, sizeof(text)) != NULL)
		on_ops_fault(l, text);
}

static void
logger_down(struct proc *p, enum kind kind)
{
	logger_plane_down(p->arg, kind);
}

static int
logger_awake(struct proc *p)
{
	return (logger_worked(p->arg));
}

static void
logger_fini(struct proc *p)
{
	logger_drain(p->arg, DRAIN_MS);
	logger_free(p->arg);
}

static const struct dispatch dispatch[] = {
	HANDLE(CONF_BEGIN, on_conf_begin),
	HANDLE(CONF_LOG, on_conf_log),
	HANDLE(CONF_END, on_conf_end),
	HANDLE(CONF_COMMIT, on_conf_commit),
	HANDLE(LOG_STREAM, on_log_stream),
	HANDLE(LOG_PID, on_log_pid),
	HANDLE(LOG_END, on_log_end),
	HANDLE(LOG_REOPEN, on_log_reopen),
	HANDLE(LOG_FREE, on_log_free),
	HANDLE(AUDIT, on_audit),
	HANDLE(CRASH, on_crash),
	HANDLE(LOG_OPEN, on_log_open),
	HANDLE(LOG_GOT, on_log_got),
	HANDLE(LOG_CLOSE, on_log_close),
	HANDLE_END
};

const struct proc_ops logger_proc_ops = {
	.kind = K_LOGGER,
	.dispatch = dispatch,
	.touch = logger_touch,
	.start = logger_begin,
	.up = logger_up,
	.down = logger_down,
	.fini = logger_fini,
	.awake = logger_awake
};
