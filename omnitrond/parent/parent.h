/*
 * The privileged parent: its one struct, and who does what in it.
 *
 *	main.c		command line, detaching, life and death
 *	child.c		the daemon's own processes: exec, restart
 *	child_tell.c	what each is told at its start
 *	accuse.c	what they say of each other
 *	watch.c		signs of life: one that hangs is replaced
 *	watcher.c	watchers of files, one for each watch that is on
 *	dispatch.c	what the parent accepts from them: the privilege boundary
 *	feed.c		configuration for the supervisor, the logger, egress
 *	feed_plane.c	and for the planes and the secrets
 *	ids.c		ids of apps and of their processes
 *	reload.c	a new configuration: who asks for it
 *	reload_diff.c	what it changes
 *	offer.c		all of it or nothing: offered, acknowledged, committed
 *	inst.c		instances: table, output, stop, signal
 *	inst_spawn.c	how one begins
 *	reap.c		deaths of instances, and what they leave behind
 *	run.c, run_end.c	commands run for an instance: hooks, probes
 *	adopt.c		instances that outlived a supervisor or a parent
 *	apps.c		what the apps process reads, and may ask
 *	inst_cred.c	files of secrets for instances
 *	secret.c	values of secrets, for the moment of a spawn
 *	object.c	long answers to a plane, by credit
 *	listener.c	the control socket
 *	plane.c		sockets of the other planes
 *	provider.c	with what the secrets are encrypted
 *	listen.c	sockets that are passed to apps
 *	shutdown.c	the orderly end
 * and without knowledge of the struct: conf*.c parse.y lex.c (configuration),
 * lock.c, folder.c, keyfile.c, cgroup_*.c, fifo.c, appsock.c, cred.c,
 * environ.c, spawn*.c, strays*.c, identify*.c.
 */
#ifndef OMNITROND_PARENT_PARENT_H
#define OMNITROND_PARENT_PARENT_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/mono.h"
#include "common/rate.h"
#include "omnitrond/parent/conf.h"
#include "omnitrond/parent/listen.h"
#include "omnitrond/parent/lock.h"
#include "omnitrond/parent/oom.h"
#include "omnitrond/parent/provider.h"
#include "omnitrond/parent/secret.h"
#include "omnitrond/proc.h"

/*
 * Requests for a reload that wait for the next, besides a SIGHUP: more people
 * than that do not ask at once.
 */
#define RELOADS_WAITING	16u

struct cgroup;
struct event;
struct event_base;
struct inst;
struct object;
struct plane_socket;
struct reload;
struct run;

/* Is it the kind of a process that clients come to?  Of any number. */
#define IS_PLANE(k)	((uint32_t)(k) < K_MAX && (KB_PLANES & (1u << (k))))
/*
 * Those that get their configuration behind their walls, and begin with it
 * when they have acknowledged it.
 */
#define KB_LATE		(KB(SECRETS) | KB(LOCAL) | KB(NETWORK))

enum phase {
	PHASE_STARTING,		/* not all processes are ready yet */
	PHASE_RUNNING,
	PHASE_STOPPING,		/* the supervisor stops the apps */
	PHASE_ENDING		/* our processes end, one after another */
};

/* One of the daemon's processes. */
struct child {
	enum kind	 kind;
	int		 binfd;		/* its binary, opened at our start */
	int		 status;	/* of its exec, -1 = none */
	pid_t		 pid;		/* 0 = does not run */
	struct peer	*peer;		/* NULL = no channel */
	int		 ready;
	int		 serving;	/* control: it knows the apps */
	int		 ending;	/* nothing needs it any more */
	const struct conf *trial;	/* it is tried with this one, or NULL */
	uint32_t	 committed;	/* version it was told to go by */
	uint32_t	 walls;
	uint32_t	 restarts;
	uint32_t	 failures;	/* deaths in quick succession */
	struct mono	 started;
	struct event	*timer;		/* of its restart */
	struct rate	 accusing;	/* how often it accuses others */
	pid_t		 accuser_pid;	/* whose measure that is */
	pid_t		 accused_pid;	/* was accused already */
	uint32_t	 accused;	/* deaths by accusation */
	uint64_t	 ping;		/* the last one */
	int		 asked;		/* and not answered */
	uint32_t	 silent;	/* looks without a sign; 0: none due */
	int		 awake;		/* at work: asked again and again */
	pid_t		 killed;	/* SIGKILL was sent to it */
	uint32_t	 killed_looks;	/* since then */
	pid_t		 stuck;		/* one before it that does not die */
};

/* An app's name keeps its id over reloads: ids are never reused. */
struct app_id {
	RB_ENTRY(app_id)	 by_name;
	char			 name[NAME_SIZE];
	uint32_t		 id;
	struct app_conf		*conf;		/* NULL: not configured now */
	char			(*processes)[NAME_SIZE]; /* by their id */
	uint32_t		 nprocesses;
	int64_t			 credit;	/* of spawns, in thousandths */
	struct mono		 credited;
	uint32_t		 nruns;		/* of p->nruns */
};
RB_HEAD(app_ids, app_id);
RB_HEAD(insts, inst);
RB_HEAD(pids, inst);
RB_HEAD(run_pids, run);
TAILQ_HEAD(draining, inst);
TAILQ_HEAD(runs, run);
TAILQ_HEAD(objects, object);
TAILQ_HEAD(watchers, watcher);
TAILQ_HEAD(plane_sockets, plane_socket);

struct parent {
	struct event_base	*base;
	struct conf_options	 options;
	struct conf		*conf;
	uint32_t		 conf_version;
	uint32_t		 conf_offered;	/* the last that was given out */
	struct lock		*lock;
	enum phase		 phase;
	int			 as_root;
	int			 foreground;
	int			 verbose;
	int			 status;	/* we exit with */
	int			 notify_fd;	/* to whoever waits for "ready" */
	int64_t			 started_ms;
	char			 bootid[40];
	struct rlimit		 nofile;	/* as we were given it */
	struct oom		 oom;		/* kills when memory is out */
	struct cgroup		*cgroup;	/* NULL = none to be had */
	char			 cgroup_why[TEXT_MAX];	/* and why not */
	int			 cgroup_join;	/* processes cannot be born in one */
	int			 fifodir;	/* descriptor of RUNDIR/out */
	char			 appsdir[PATH_SIZE];	/* sockets of apps */
	char			 creddir[PATH_SIZE];	/* their credentials */
	int			 creds;		/* descriptor of it */

	struct child		 child[K_MAX];
	uint32_t		 needed;	/* those that should run: KB() */
	int			 secrets_asked;	/* the supervisor needs them, for good */
	int			 watcher_bin;	/* binary of watchers */
	int			 watcher_null;	/* what they write to */
	struct watchers		 watchers;
	uint32_t		 nwatchers;
	struct rate		 watcher_rate;	/* of their starts */
	int			 log_pipe[2];	/* stderr of our processes */
	int			 listener;
	struct stat		 bound;		/* its file */
	struct plane_sockets	 plane_sockets;	/* plane.c */
	uint32_t		 plane_ids;	/* the last of them */
	struct passphrases	 passphrases;	/* provider.c */
	char			**initial_env;	/* as we were given it; or NULL */

	struct app_ids		 ids;
	struct app_id		**id_table;	/* by id */
	uint32_t		 nids;

	struct insts		 insts;		/* by (app, process, instance) */
	struct pids		 pids;		/* those that run, by pid */
	struct sockets		 sockets;	/* of apps, by process */
	struct draining		 draining;	/* leader dead, others not yet */
	struct event		*reap;		/* the next turn of deaths */
	struct runs		 runs[3];	/* by enum run_state */
	struct run_pids		 run_pids;
	uint32_t		 nruns;		/* that do not wait */
	uint16_t		 run_serial;
	int			 run_hold;	/* none begins just now */
	struct rate		 run_rate;
	struct event		*run_timer;	/* until the next may begin */
	struct rate		 who_rate;	/* questions of apps */
	uint32_t		 orphans;	/* ALIVE_END waits for them */
	struct event		*orphans_timer;
	int			 adopted;	/* launches are allowed */
	int			 adopt_ended;	/* by this supervisor */

	struct secret_asks	 secret_asks;	/* values not told yet */
	uint64_t		 secret_id;	/* the last that was asked */
	struct rate		 need_rate;	/* of SECRETS_NEED */

	struct reload		*reload;	/* one that waits for receipts */
	int			 reload_again;	/* a SIGHUP came meanwhile */
	struct rate		 reload_rate;
	struct event		*reload_timer;
	struct m_reload		 reload_wait[RELOADS_WAITING + 1];
	uint32_t		 nreload_wait;
	struct objects		 objects[K_MAX];	/* for each plane */
	uint32_t		 nobjects[K_MAX];
	uint32_t		 object_parts[K_MAX];	/* without a receipt */
	struct mono		 object_got[K_MAX];	/* the last receipt */
	struct rate		 object_rate;
	struct event		*object_timer;

	uint32_t		 shutdown_flags;
	struct event		*shutdown_timer;
	pid_t			 ending_killed;	/* SIGKILL was sent to it */
	struct event		*sweep_timer;
	struct event		*watch;		/* the next look at our own */
	int64_t			 watch_ms;	/* how long it was put off */
	struct mono		 watched;	/* all were, the last time */
};

/* main.c */
void	 parent_ready(struct parent *);		/* all processes are */
void	 parent_fail(struct parent *, const char *, ...)
	    __attribute__((format(printf, 2, 3), noreturn));
/* The same, because of what the configuration says. */
void	 parent_fail_conf(struct parent *, const char *) __attribute__((noreturn));

/* child.c */
extern const struct dispatch parent_dispatch[];
void	 child_open(struct parent *);		/* binaries and log pipe */
void	 child_start_all(struct parent *);
/* Those that must run for a configuration, or the supervisor: KB(). */
uint32_t child_kinds(const struct parent *, const struct conf *);
/* Start and end those that run on demand, as p->conf needs it. */
void	 child_switch(struct parent *);
/*
 * Start one that a new configuration needs, with that one: it stays if that
 * is switched to, else it is ended.
 */
void	 child_try(struct parent *, enum kind, const struct conf *);
void	 child_end(struct child *);		/* nothing needs it any more */
int	 child_exited(struct parent *, pid_t, int status); /* 1 = was one */
void	 child_kill(struct parent *, enum kind, const char *why);
struct peer *child_peer(struct parent *, enum kind);	/* NULL = away */
void	 child_all_ready(struct parent *);
/* Do all that may refuse the configuration work by it? */
int	 child_accepted(const struct parent *);
int	 child_ready(struct peer *, struct msg *);
int	 child_serving(struct peer *, struct msg *);
void	 child_over(struct parent *, struct child *); /* start another */

/* child_tell.c */
void	 child_tell_setup(struct parent *, struct child *);
void	 child_tell_link(struct parent *, enum kind, enum kind);
void	 child_tell_first(struct parent *, enum kind);	/* before GO */
void	 child_tell_behind(struct parent *, enum kind);	/* behind it */
/* To all planes: how it stands with this one. */
void	 child_tell_process(struct parent *, enum kind);
/* The directory it works in; buf may be used for it. */
const char *child_dir(struct parent *, enum kind, char *buf, size_t);

/* watch.c */
void	 watch_begin(struct parent *, struct child *);	/* it was started */
void	 watch_ready(struct child *);
void	 watch_killed(struct parent *, struct child *);
int	 watch_buried(struct parent *, pid_t);	/* 1 = one that was stuck */
int	 watch_pong(struct peer *, struct msg *);
int	 watch_awake(struct peer *, struct msg *);

/* accuse.c */
int	 child_bad_peer(struct peer *, struct msg *);
uint32_t accuse_own_deaths(const struct child *); /* not by an accusation */

/* watcher.c */
void	 watcher_init(struct parent *, int binfd);
int	 watcher_asked(struct peer *, struct msg *);
int	 watcher_ready(struct peer *, struct msg *);
int	 watcher_is(struct parent *, pid_t);	/* 1 = it is one */
int	 watcher_exited(struct parent *, pid_t, int status); /* 1 = was one */
void	 watcher_unclaim(struct parent *);	/* the supervisor is gone */
/* This configuration follows: what it changes of them is brought about. */
void	 watcher_reload(struct parent *, const struct conf *);
void	 watcher_end_all(struct parent *);

/* feed.c */
/*
 * All of a configuration to a process that gets one, from its BEGIN to its
 * END; nothing to others, or if it has no channel.
 */
void	 feed_conf(struct parent *, enum kind, const struct conf *,
	    uint32_t version);
void	 feed_egress(struct parent *);	/* what it may connect to */
void	 feed_commit(struct parent *, enum kind, uint32_t version);

/* feed_plane.c */
void	 feed_local(struct parent *, struct peer *, const struct conf *);
void	 feed_network(struct parent *, struct peer *, const struct conf *);
void	 feed_secrets(struct parent *, struct peer *, const struct conf *);
void	 feed_rules(struct peer *, const struct conf *);

/* ids.c */
RB_PROTOTYPE(app_ids, app_id, by_name, app_id_cmp)
int	 app_id_cmp(struct app_id *, struct app_id *);
/*
 * Ids of the apps and their processes.  NULL, or the name of an app that had
 * more processes of different names than PROCESS_IDS_MAX.
 */
const char *ids_assign(struct parent *, struct conf *);
void	 ids_switch(struct parent *, struct conf *);	/* to this one */
struct app_conf *ids_conf(struct parent *, uint32_t id); /* or NULL */
const char *ids_name(struct parent *, uint32_t id);	/* or NULL */
uint32_t ids_by_name(struct parent *, const char *);	/* or 0 */
/* The same of a process; PROCESS_ANY if there is none of that name. */
struct process_conf *ids_process(struct parent *, uint32_t app,
	    uint32_t process);
const char *ids_process_name(struct parent *, uint32_t app, uint32_t process);
uint32_t ids_process_by_name(struct parent *, uint32_t app, const char *);
#define PROCESS_IDS_MAX	4096	/* of one app; more are a loop of reloads */

/* reload.c, offer.c: reload.h */
void	 reload_request(struct parent *, const struct m_reload *);
int	 reload_asked(struct peer *, struct msg *);
int	 offer_ack(struct peer *, struct msg *);
int	 offer_refuse(struct peer *, struct msg *);
/* The request that the reload under way answers first, 0: a SIGHUP, none. */
uint64_t reload_by(const struct parent *, uint32_t *plane);
void	 offer_child_gone(struct parent *, enum kind);
void	 reload_plane_gone(struct parent *, enum kind);

/* inst.c, inst_spawn.c, reap.c, adopt.c: inst.h */
int	 inst_spawn(struct peer *, struct msg *);
int	 inst_stop(struct peer *, struct msg *);
int	 inst_signal(struct peer *, struct msg *);
int	 meter_asked(struct peer *, struct msg *);		/* meter.c */
int	 inst_exit_ack(struct peer *, struct msg *);
int	 adopt_asked(struct peer *, struct msg *);
int	 adopt_end(struct peer *, struct msg *);
void	 adopt_replay(struct parent *);		/* to a new supervisor */
void	 inst_feed_logger(struct parent *);	/* streams to a new logger */
void	 inst_feed_log(struct parent *);	/* and what we say ourselves */
void	 inst_sweep(struct parent *);		/* those of apps that left */
void	 reap_init(struct parent *);

/* run.c: run.h */
void	 run_init(struct parent *);
int	 run_asked(struct peer *, struct msg *);
int	 run_end_asked(struct peer *, struct msg *);
/* apps.c: apps.h */
int	 apps_asked(struct peer *, struct msg *);

/* secret.c: secret.h */
int	 secret_told(struct peer *, struct msg *);
int	 secrets_need(struct peer *, struct msg *);	/* child.c */

/* object.c */
void	 object_send(struct parent *, enum kind, uint64_t id, enum outcome,
	    const char *, size_t);
int	 object_room(struct parent *, enum kind); /* -1: one too many */
int	 object_got(struct peer *, struct msg *);
void	 object_plane_gone(struct parent *, enum kind);
int	 show_asked(struct peer *, struct msg *);

/* shutdown.c */
void	 shutdown_begin(struct parent *, uint32_t flags);
int	 shutdown_asked(struct peer *, struct msg *);
int	 shutdown_done(struct peer *, struct msg *);
void	 shutdown_child_gone(struct parent *);

/* sdnotify.c: sd_notify(3)'s protocol, one datagram */
void	 sdnotify(const char *state);

#endif /* OMNITROND_PARENT_PARENT_H */
