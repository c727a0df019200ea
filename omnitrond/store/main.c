/*
 * omnitrond-store: the supervisor's pen.  It hands the supervisor the records
 * of state.json and access.json, takes its changes, and writes them when
 * told, so that no fsync ever delays a decision.
 *
 * It works in the state folder (its chroot when started as root) and opens
 * nothing outside; it may block there, as nobody waits for it but those who
 * asked for an answer after the commit.  A write that fails loses nothing:
 * the map stays in memory and the next commit tries again.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/jsonw.h"
#include "common/log.h"
#include "common/mono.h"
#include "common/xmalloc.h"
#include "omnitrond/proc.h"
#include "omnitrond/file.h"
#include "omnitrond/store/access.h"
#include "omnitrond/store/load.h"
#include "omnitrond/store/state.h"

#define STATE_FILE	"state.json"
#define ACCESS_FILE	"access.json"
/*
 * Turns of the loop that one write waits for what is still on the channel;
 * a supervisor that never pauses is written anyhow.
 */
#define COMMIT_TURNS	64

/* A file, and what its last write came to. */
struct kept {
	struct file	 file;
	int		 error;		/* errno, and where */
	const char	*step;
};

static struct {
	struct state	 state;
	struct access	 access;
	struct kept	 state_file;
	struct kept	 access_file;
	struct event	*commit;
	int		 wanted;	/* a commit is not written yet */
	int		 turns;		/* it waited for */
	uint64_t	 seq;		/* highest of this link, 0 = none */
	int		 same_boot;
	int		 told;		/* what loading had to say */
	char		 problem[TEXT_MAX];	/* of loading */
} store;

static void	store_commit(int, short, void *);

static void
store_touch(struct proc *p)
{
	tzset();		/* may open a file outside the chroot */
	/* A file over its limit shall be an error, not the end of us. */
	signal(SIGXFSZ, SIG_IGN);
}

/* What came of loading a file; two problems are told as one. */
static void
store_loaded(enum load load, const char *text)
{
	switch (load) {
	case LOAD_GOOD:
	case LOAD_FRESH:
		return;
	case LOAD_RESET:
		log_warnx("%s", text);
		return;
	case LOAD_BACKUP:
		log_warnx("%s", text);
		break;
	case LOAD_LOST:
		log_error("%s", text);
		break;
	case LOAD_DAMAGED:		/* only of what is loaded strictly */
	case LOAD_REFUSED:
		fatalx("%s (nothing was changed)", text);
	}
	if (store.problem[0] != '\0')
		strlcat(store.problem, "; ", sizeof(store.problem));
	strlcat(store.problem, text, sizeof(store.problem));
}

static void
store_load(const struct proc *p)
{
	char	 stamp[STAMP_SIZE], text[TEXT_MAX];

	load_stamp(stamp, sizeof(stamp));
	store_loaded(load_state(&store.state_file.file, &store.state, stamp,
	    text, sizeof(text)), text);
	store_loaded(load_access(&store.access_file.file, &store.access,
	    stamp, text, sizeof(text)), text);
	access_expire(&store.access, wall_ms());
	store.same_boot = store.state.bootid[0] != '\0' &&
	    strcmp(store.state.bootid, p->setup.bootid) == 0;
	log_debug("%zu apps, %zu instances and %u revocations on record",
	    store.state.napps, store.state.ninsts,
	    (unsigned)store.access.nrevoked);
}

static void
store_start(struct proc *p)
{
	int	 fd;

	if ((fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		fatal("state folder");
	state_init(&store.state);
	access_init(&store.access);
	file_init(&store.state_file.file, &fileops_system, fd, STATE_FILE);
	file_init(&store.access_file.file, &fileops_system, fd, ACCESS_FILE);
	if ((store.commit = event_new(p->base, -1, 0, store_commit, p)) ==
	    NULL)
		fatalx("event_new");
	store_load(p);
}

static void
store_send_revoked(struct peer *peer)
{
	struct m_revocation	 m;
	struct revocation	*r;

	memset(&m, 0, sizeof(m));
	access_expire(&store.access, wall_ms());
	RB_FOREACH(r, revocations, &store.access.revoked) {
		m.until_ms = r->until_ms;
		peer_send(peer, M_REVOCATION, -1, &m, r->jti, NULL);
	}
}

static void
store_send_app(struct peer *peer, struct app *app)
{
	struct m_state_app	 rec = app->rec;
	struct m_state_inst	 irec;
	struct inst		*inst;
	struct m_state_why	 cause;
	struct why		*w;

	rec.known = 1;
	peer_send(peer, M_STATE_APP, -1, &rec, app->name, app->reason,
	    app->exited, NULL);
	TAILQ_FOREACH(w, &app->whys, entry) {
		why_get(app, w, &cause);
		peer_send(peer, M_STATE_WHY, -1, &cause, app->name,
		    w->process, w->on, w->text, NULL);
	}
	RB_FOREACH(inst, insts, &app->insts) {
		state_get_inst(inst, &irec);
		peer_send(peer, M_STATE_INST, -1, &irec, app->name,
		    inst->process, NULL);
	}
}

/* The map as it is now: a supervisor that starts anew needs the newest. */
static void
store_up(struct proc *p, enum kind k)
{
	struct peer		*peer = p->peer[K_SUPERVISOR];
	struct m_state_end	 end;
	struct app		*app;

	if (k != K_SUPERVISOR)
		return;
	store.seq = 0;
	state_resume(&store.state);
	memset(&end, 0, sizeof(end));
	end.apps = (uint32_t)store.state.napps;
	end.same_boot = (uint32_t)store.same_boot;
	peer_bulk(peer, 1);
	RB_FOREACH(app, apps, &store.state.apps)
		store_send_app(peer, app);
	store_send_revoked(peer);
	peer_send(peer, M_STATE_END, -1, &end,
	    store.told ? "" : store.problem, NULL);
	peer_bulk(peer, 0);
	store.told = 1;
}

static void
store_down(struct proc *p, enum kind k)
{
	if (k != K_SUPERVISOR)
		return;
	store.seq = 0;			/* nobody waits for the answer */
	state_resume(&store.state);
}

static int
store_state_app(struct peer *peer, struct msg *m)
{
	struct m_state_app	 rec;
	char			 name[NAME_SIZE], exited[NAME_SIZE];
	char			 reason[TEXT_MAX + 1];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, name, sizeof(name));
	msg_take_str(m, reason, sizeof(reason));
	msg_take_str(m, exited, sizeof(exited));
	if (msg_end(m) == -1)
		return (-1);
	return (state_put_app(&store.state, &rec, name, reason, exited));
}

static int
store_state_inst(struct peer *peer, struct msg *m)
{
	struct m_state_inst	 rec;
	char			 name[NAME_SIZE], process[NAME_SIZE];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, name, sizeof(name));
	msg_take_str(m, process, sizeof(process));
	if (msg_end(m) == -1)
		return (-1);
	return (state_put_inst(&store.state, &rec, name, process));
}

static int
store_state_why(struct peer *peer, struct msg *m)
{
	struct m_state_why	 rec;
	char			 name[NAME_SIZE], process[NAME_SIZE];
	char			 on[NAME_SIZE], text[TEXT_MAX + 1];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, name, sizeof(name));
	msg_take_str(m, process, sizeof(process));
	msg_take_str(m, on, sizeof(on));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1)
		return (-1);
	return (state_put_why(&store.state, &rec, name, process, on, text));
}

static int
store_state_drop(struct peer *peer, struct msg *m)
{
	struct m_none	 none;
	char		 name[NAME_SIZE];

	msg_take(m, &none, sizeof(none));
	msg_take_str(m, name, sizeof(name));
	if (msg_end(m) == -1 || !name_valid(name))
		return (-1);
	state_drop(&store.state, name);
	return (0);
}

static int
store_state_reset(struct peer *peer, struct msg *m)
{
	struct m_none	 none;

	msg_take(m, &none, sizeof(none));
	if (msg_end(m) == -1)
		return (-1);
	state_reset(&store.state);
	return (0);
}

/* Written with the next commit. */
static int
store_revocation(struct peer *peer, struct msg *m)
{
	struct m_revocation	 rec;
	char			 jti[SUBJECT_SIZE];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, jti, sizeof(jti));
	if (msg_end(m) == -1)
		return (-1);
	return (access_revoke(&store.access, jti, rec.until_ms, wall_ms()));
}

/*
 * Written at the end of this turn: all commits that wait on the channel by
 * then share one write.
 */
static int
store_state_commit(struct peer *peer, struct msg *m)
{
	struct m_sync	 sync;

	msg_take(m, &sync, sizeof(sync));
	if (msg_end(m) == -1 || sync.seq == 0)
		return (-1);
	state_settle(&store.state);
	store.same_boot = 1;
	if (sync.seq > store.seq)
		store.seq = sync.seq;
	if (!store.wanted) {
		store.wanted = 1;
		store.turns = 0;
		event_active(store.commit, EV_TIMEOUT, 0);
	}
	return (0);
}

/* Is there more to read from the supervisor? */
static int
store_more(const struct proc *p)
{
	struct msghdr	 mh;
	struct iovec	 iov;
	char		 c;

	if (p->peer[K_SUPERVISOR] == NULL)
		return (0);
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = &c;
	iov.iov_len = 1;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	return (recvmsg(peer_fd(p->peer[K_SUPERVISOR]), &mh,
	    MSG_PEEK | MSG_DONTWAIT) > 0);
}

/* Said once for each change of cause, not for each attempt. */
static void
store_report(struct kept *k, int error)
{
	const char	*step = k->file.step;

	if (error == 0 && k->error != 0)
		log_info("%s is written again", k->file.name);
	else if (error != 0 && (error != k->error || step != k->step))
		log_error("%s: %s: %s", k->file.name, step, strerror(error));
	k->error = error;
	k->step = step;
}

/* What was composed; its errno if that failed.  Frees the text. */
static int
store_save(struct kept *k, struct jsonw *w, int composed)
{
	char	 stamp[STAMP_SIZE];
	int	 error = 0;

	if (composed == -1) {
		k->file.step = "compose";
		error = errno;
	} else if (file_save(&k->file, w->buf, w->len,
	    load_stamp(stamp, sizeof(stamp))) == -1)
		error = errno;
	jsonw_free(w);
	store_report(k, error);
	return (error);
}

static int
store_write_state(const struct proc *p)
{
	struct writer	 by;
	struct jsonw	 w;
	int		 error;

	memset(&by, 0, sizeof(by));
	by.pid = p->setup.daemon_pid;
	by.started_ms = p->setup.started_ms;
	strlcpy(by.bootid, p->setup.bootid, sizeof(by.bootid));
	by.now_ms = wall_ms();
	jsonw_init(&w, STATE_FILE_MAX);
	error = store_save(&store.state_file, &w,
	    state_write(&store.state, &by, &w));
	xtrim();		/* the text is as large as all records */
	return (error);
}

/* Only when it changed: that is seldom. */
static int
store_write_access(void)
{
	struct jsonw	 w;
	int		 error;

	if (!store.access.dirty)
		return (0);
	access_expire(&store.access, wall_ms());
	jsonw_init(&w, ACCESS_FILE_MAX);
	error = store_save(&store.access_file, &w,
	    access_write(&store.access, wall_ms(), &w));
	if (error == 0)
		store.access.dirty = 0;
	return (error);
}

/* Both are tried; NULL, or the first that failed. */
static const struct kept *
store_write(const struct proc *p)
{
	int	 access_error = store_write_access();

	if (store_write_state(p) != 0)
		return (&store.state_file);
	return (access_error != 0 ? &store.access_file : NULL);
}

static void
store_commit(int fd, short events, void *arg)
{
	static const struct timeval	 now;
	struct proc			*p = arg;
	struct peer			*peer = p->peer[K_SUPERVISOR];
	const struct kept		*failed;
	struct m_stored			 stored;
	char				 text[TEXT_MAX] = "";

	if (store.turns++ < COMMIT_TURNS && store_more(p)) {
		event_add(store.commit, &now);
		return;
	}
	store.wanted = 0;
	failed = store_write(p);
	if (peer == NULL || store.seq == 0)
		return;
	memset(&stored, 0, sizeof(stored));
	stored.seq = store.seq;
	if (failed != NULL) {
		stored.error = (uint32_t)failed->error;
		snprintf(text, sizeof(text), "%s: %s: %s", failed->file.name,
		    failed->step, strerror(failed->error));
	}
	peer_send(peer, M_STORED, -1, &stored, text, NULL);
}

static void
store_fini(struct proc *p)
{
	if (store.wanted)
		store_write(p);
	state_free(&store.state);
	access_free(&store.access);
	event_free(store.commit);
	close(store.state_file.file.dirfd);
}

static const struct dispatch store_dispatch[] = {
	HANDLE(STATE_APP, store_state_app),
	HANDLE(STATE_INST, store_state_inst),
	HANDLE(STATE_WHY, store_state_why),
	HANDLE(STATE_DROP, store_state_drop),
	HANDLE(STATE_RESET, store_state_reset),
	HANDLE(STATE_COMMIT, store_state_commit),
	HANDLE(REVOCATION, store_revocation),
	HANDLE_END
};

static const struct proc_ops store_ops = {
	.kind = K_STORE,
	.dispatch = store_dispatch,
	.touch = store_touch,
	.start = store_start,
	.up = store_up,
	.down = store_down,
	.fini = store_fini
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &store_ops));
}
