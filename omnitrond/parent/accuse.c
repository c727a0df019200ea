/*
 * What one of our processes says of another: that it broke the protocol.
 * The accused is replaced, since the accuser has no channel to it any more.
 * Parent.
 *
 * A taken process could accuse the others for ever, so that it may do so at
 * a bounded rate, and one that exceeds it is itself the violator.  How often
 * an honest one can be right is bounded as well, by the delay before a
 * process that does not live long is started again: 16 at once and one in
 * 5 s is more than one evil peer gives it reason for.
 */
#include <string.h>

#include "common/log.h"
#include "omnitrond/parent/parent.h"

#define ACCUSE_MS	5000
#define ACCUSE_BURST	16

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

/* Each new process begins afresh. */
static int
accuse_allowed(struct child *accuser)
{
	if (accuser->accuser_pid != accuser->pid) {
		accuser->accuser_pid = accuser->pid;
		memset(&accuser->accusing, 0, sizeof(accuser->accusing));
	}
	return (rate_take(&accuser->accusing, mono_now(), ACCUSE_MS,
	    ACCUSE_BURST) == 0);
}

/* Its death is not its own, however many accuse it. */
static void
accuse_mark(struct child *accused)
{
	if (accused->pid == 0 || accused->accused_pid == accused->pid)
		return;
	accused->accused_pid = accused->pid;
	accused->accused++;
}

uint32_t
accuse_own_deaths(const struct child *c)
{
	return (c->restarts > c->accused ? c->restarts - c->accused : 0);
}

/* Only a process that has a channel to the accused may accuse it. */
int
child_bad_peer(struct peer *peer, struct msg *m)
{
	struct parent		*p = parent_of(peer);
	enum kind		 k = peer_kind(peer);
	struct m_bad_peer	 bad;

	msg_take(m, &bad, sizeof(bad));
	if (msg_end(m) == -1 || bad.peer >= K_MAX || bad.peer == K_PARENT ||
	    !kind_links(k, bad.peer))
		return (-1);
	if (!accuse_allowed(&p->child[k])) {
		log_warnx("%s accuses others too often", kind_name(k));
		return (-1);
	}
	log_warnx("%s says that %s broke the protocol with %s", kind_name(k),
	    kind_name(bad.peer), msg_name(bad.type));
	accuse_mark(&p->child[bad.peer]);
	child_kill(p, bad.peer, "protocol");
	return (0);
}
