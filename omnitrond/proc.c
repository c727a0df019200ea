/*
 * The life of every process but the parent: set-up over the channel on
 * descriptor 3, walls, then the event loop until the parent's end closes.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/proc.h"

static int	proc_setup(struct peer *, struct msg *);
static int	proc_link(struct peer *, struct msg *);
static int	proc_go(struct peer *, struct msg *);
static int	proc_ping(struct peer *, struct msg *);
static void	proc_peer_down(struct peer *, const char *, enum msg_type);

/* What every process handles before its own table. */
static const struct dispatch common_dispatch[] = {
	HANDLE(SETUP, proc_setup),
	HANDLE(LINK, proc_link),
	HANDLE(GO, proc_go),
	HANDLE(PING, proc_ping),
	HANDLE_END
};

static struct {
	struct proc	 proc;
	struct dispatch	*table;
	char		 dir[PATH_SIZE];
	int		 running;
} self;

struct proc *
proc_of(const struct peer *peer)
{
	return (peer_arg(peer));
}

static int
proc_setup(struct peer *peer, struct msg *m)
{
	struct proc	*p = proc_of(peer);

	msg_take(m, &p->setup, sizeof(p->setup));
	msg_take_str(m, self.dir, sizeof(self.dir));
	p->setup.bootid[sizeof(p->setup.bootid) - 1] = '\0';
	if (p->setup.kind != p->kind)
		return (-1);
	log_set_verbose((int)p->setup.verbose);
	return (msg_end(m));
}

/* A channel to another process: the first, or a new one after it died. */
static int
proc_link(struct peer *peer, struct msg *m)
{
	struct proc	*p = proc_of(peer);
	struct m_link	 link;
	int		 fd;

	msg_take(m, &link, sizeof(link));
	if (msg_end(m) == -1 || link.peer >= K_MAX || link.peer == K_PARENT ||
	    !kind_links(p->kind, link.peer))
		return (-1);
	if (p->peer[link.peer] != NULL) {
		peer_free(p->peer[link.peer]);
		p->peer[link.peer] = NULL;
		if (self.running)
			p->ops->down(p, link.peer);
	}
	fd = msg_take_fd(m);
	p->peer[link.peer] = peer_new(p->base, p->kind, link.peer, fd,
	    self.table, proc_peer_down, p);
	if (self.running)
		p->ops->up(p, link.peer);
	else
		peer_hold(p->peer[link.peer], 1);
	return (0);
}

static int
proc_go(struct peer *peer, struct msg *m)
{
	struct proc	*p = proc_of(peer);
	struct m_ready	 ready;
	uint32_t	 zero;
	int		 k;

	msg_take(m, &zero, sizeof(zero));
	if (msg_end(m) == -1 || self.dir[0] == '\0')
		return (-1);
	if (p->ops->touch != NULL)
		p->ops->touch(p);
	p->walls = sandbox_enter(&p->setup, self.dir);
	peer_set_state(peer, ST_RUN);
	self.running = 1;
	p->ops->start(p);
	memset(&ready, 0, sizeof(ready));
	ready.walls = p->walls;
	peer_send(peer, M_READY, -1, &ready, NULL);
	for (k = 0; k < K_MAX; k++)
		if (k != K_PARENT && p->peer[k] != NULL) {
			peer_hold(p->peer[k], 0);
			p->ops->up(p, k);
		}
	return (0);
}

/* That this runs at all is the sign of life. */
static int
proc_ping(struct peer *peer, struct msg *m)
{
	struct proc	*p = proc_of(peer);
	struct m_sync	 ping;
	struct m_pong	 pong;

	msg_take(m, &ping, sizeof(ping));
	if (msg_end(m) == -1)
		return (-1);
	memset(&pong, 0, sizeof(pong));
	pong.seq = ping.seq;
	pong.awake = p->ops->awake != NULL && p->ops->awake(p);
	peer_send(peer, M_PONG, -1, &pong, NULL);
	return (0);
}

/*
 * A peer is gone, or broke a rule.  The parent replaces it; a plane cannot
 * accuse anyone and starts afresh itself.
 */
static void
proc_peer_down(struct peer *peer, const char *why, enum msg_type type)
{
	struct proc		*p = proc_of(peer);
	struct m_bad_peer	 bad;
	enum kind		 k = peer_kind(peer);

	if (k == K_PARENT) {
		if (why != NULL)
			fatalx("parent: %s: %s", msg_name(type), why);
		event_base_loopbreak(p->base);
		p->peer[k] = NULL;
		return;
	}
	p->peer[k] = NULL;
	if (why != NULL) {
		log_warnx("%s: %s: %s", kind_name(k), msg_name(type), why);
		if ((proto_senders(M_BAD_PEER) & (1u << p->kind)) == 0)
			fatalx("cannot trust %s", kind_name(k));
		memset(&bad, 0, sizeof(bad));
		bad.peer = k;
		bad.type = type;
		if (p->peer[K_PARENT] != NULL)
			peer_send(p->peer[K_PARENT], M_BAD_PEER, -1, &bad,
			    NULL);
	}
	if (self.running)
		p->ops->down(p, k);
}

/* The common rows, then the process's own. */
static struct dispatch *
proc_table(const struct dispatch *own)
{
	struct dispatch	*table;
	size_t		 n, common = sizeof(common_dispatch) /
			    sizeof(common_dispatch[0]) - 1;

	for (n = 0; own[n].fn != NULL; n++)
		;
	table = xcalloc(common + n + 1, sizeof(*table));
	memcpy(table, common_dispatch, common * sizeof(*table));
	memcpy(table + common, own, (n + 1) * sizeof(*table));
	return (table);
}

/*
 * Signals: the parent decides when the daemon ends, so what a terminal or a
 * service manager sends to the whole group is not for us.
 */
static void
proc_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
}

int
proc_main(int argc, char **argv, const struct proc_ops *ops)
{
	struct proc	*p = &self.proc;
	struct stat	 st;

	p->kind = ops->kind;
	if (ops->other != K_PARENT && argc == 2 &&
	    strcmp(argv[1], kind_name(ops->other)) == 0)
		p->kind = ops->other;
	p->ops = ops;
	log_init(kind_name(p->kind), 0);
	if (fstat(PROC_PARENT_FD, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		fprintf(stderr, "%s is started by omnitrond, not by hand\n",
		    kind_binary(p->kind));
		return (64);
	}
	fcntl(PROC_PARENT_FD, F_SETFD, FD_CLOEXEC);
	setproctitle("-omnitrond: %s", kind_name(p->kind));
	umask(077);
	proc_signals();
	if ((p->base = event_base_new()) == NULL)
		fatalx("event_base_new");
	self.table = proc_table(ops->dispatch);
	p->peer[K_PARENT] = peer_new(p->base, p->kind, K_PARENT,
	    PROC_PARENT_FD, self.table, proc_peer_down, p);
	peer_set_state(p->peer[K_PARENT], ST_SETUP);
	if (ops->init != NULL)
		ops->init(p);
	if (event_base_dispatch(p->base) == -1)
		fatalx("event loop");
	if (self.running && ops->fini != NULL)
		ops->fini(p);
	return (0);
}
