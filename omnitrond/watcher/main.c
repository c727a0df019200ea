/*
 * omnitrond-watcher: watches the files of one app and tells the supervisor
 * when some changed.  It runs as the user that the app runs as, from its exec
 * on, so that it sees what that user may see; it reads names of folders and
 * opens no file.  There is one for each watch that is on.
 *
 * The parent tells it what to watch; to the supervisor it says one thing, at
 * most ten times a second: that files changed, and how it goes.
 */
#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/proc.h"
#include "omnitrond/watcher/report.h"
#include "omnitrond/watcher/tree.h"

/*
 * While there is trouble it is looked at again this often: nobody tells us
 * that a limit was raised, or a folder made readable.
 */
#define RETRY_SECONDS	30

static struct {
	struct proc		*proc;
	char			 path[PATH_SIZE];
	struct watch		*watch;
	struct tree		 tree;
	struct ignore		 ignore;	/* until there is a tree */
	int64_t			 since_ms;
	struct event		*readable;
	struct event		*due;		/* of a report */
	struct event		*retry;
	struct report		 report;
	struct m_changed	 told;
} self;

static int
main_dir(struct peer *peer, struct msg *m)
{
	struct m_watch_dir	 dir;

	msg_take(m, &dir, sizeof(dir));
	msg_take_str(m, self.path, sizeof(self.path));
	if (msg_end(m) == -1 || self.path[0] != '/')
		return (-1);
	self.since_ms = dir.since_ms;
	self.report.debounce_ms = dir.debounce_ms;
	return (0);
}

static int
main_ignore(struct peer *peer, struct msg *m)
{
	char		 glob[WATCH_GLOB_MAX + 1];
	struct m_none	 none;

	msg_take(m, &none, sizeof(none));
	msg_take_str(m, glob, sizeof(glob));
	if (msg_end(m) == -1 || self.ignore.nglob == WATCH_IGNORES_MAX)
		return (-1);
	ignore_add(&self.ignore, glob);
	return (0);
}

/* ---- reports ------------------------------------------------------------ */

/* Have the next report sent in time, while there is someone to hear it. */
static void
main_schedule(void)
{
	struct mono	 at;
	struct timeval	 tv;
	int64_t		 us;

	if (self.proc->peer[K_SUPERVISOR] == NULL ||
	    report_due(&self.report, &at) == -1)
		return;
	us = at.us - mono_now().us;
	if (us < 0)
		us = 0;
	tv.tv_sec = us / 1000000;
	tv.tv_usec = us % 1000000;
	if (event_add(self.due, &tv) == -1)
		fatalx("event_add");
}

static void
main_due(int fd, short events, void *arg)
{
	struct m_changed	*m = &self.told;

	if (self.proc->peer[K_SUPERVISOR] == NULL)
		return;
	m->files = (uint32_t)report_take(&self.report, mono_now());
	peer_send(self.proc->peer[K_SUPERVISOR], M_CHANGED, -1, m, NULL);
	main_schedule();
}

/* What became of it by what was just done. */
static void
main_settle(enum watch_trouble trouble, int error, uint32_t folders)
{
	static const struct timeval	 tv = { RETRY_SECONDS, 0 };
	struct m_changed		*m = &self.told;

	if (self.tree.changed)
		report_change(&self.report, mono_now());
	self.tree.changed = 0;
	if (m->trouble != trouble || m->error != (uint32_t)error ||
	    m->folders != folders)
		self.report.state = 1;
	m->trouble = trouble;
	m->error = (uint32_t)error;
	m->folders = folders;
	main_schedule();
	if (trouble != WATCH_NONE && event_add(self.retry, &tv) == -1)
		fatalx("event_add");
}

static void
main_settle_tree(void)
{
	main_settle(self.tree.trouble, self.tree.error,
	    tree_folders(&self.tree));
}

/* ---- watching ----------------------------------------------------------- */

static void
main_readable(int fd, short events, void *arg)
{
	watch_read(self.watch, tree_note, &self.tree);
	main_settle_tree();
}

/* 0, or -1: not now. */
static int
main_open(void)
{
	if (self.watch != NULL)
		return (0);
	if ((self.watch = watch_open()) == NULL) {
		main_settle(errno == EMFILE ? WATCH_HANDLES : WATCH_FAILED,
		    errno, 0);
		return (-1);
	}
	tree_init(&self.tree, self.watch, self.path);
	self.tree.ignore = self.ignore;
	self.tree.since_ms = self.since_ms;
	self.readable = event_new(self.proc->base, watch_fd(self.watch),
	    EV_READ | EV_PERSIST, main_readable, NULL);
	if (self.readable == NULL || event_add(self.readable, NULL) == -1)
		fatalx("out of memory");
	return (0);
}

static void
main_look(int fd, short events, void *arg)
{
	if (main_open() == -1)
		return;
	tree_scan(&self.tree);
	main_settle_tree();
}

/* ---- life --------------------------------------------------------------- */

static void
main_start(struct proc *p)
{
	self.proc = p;
	p->walls |= watch_confine();
	if (self.path[0] == '\0')
		fatalx("nothing to watch");
	self.due = event_new(p->base, -1, 0, main_due, NULL);
	self.retry = event_new(p->base, -1, 0, main_look, NULL);
	if (self.due == NULL || self.retry == NULL)
		fatalx("out of memory");
	self.report.state = 1;
	main_look(-1, 0, NULL);
}

static void
main_up(struct proc *p, enum kind kind)
{
	/* another supervisor knows nothing of it */
	self.report.state = 1;
	main_schedule();
}

/* The parent makes another channel; what happens meanwhile is told then. */
static void
main_down(struct proc *p, enum kind kind)
{
	event_del(self.due);
}

static const struct dispatch main_dispatch[] = {
	HANDLE(WATCH_DIR, main_dir),
	HANDLE(WATCH_IGNORE, main_ignore),
	HANDLE_END
};

static const struct proc_ops ops = {
	.kind = K_WATCHER,
	.dispatch = main_dispatch,
	.start = main_start,
	.up = main_up,
	.down = main_down,
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &ops));
}
