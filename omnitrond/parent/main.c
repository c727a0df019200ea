/*
 * omnitrond: the privileged parent.  It holds the lock and alone may spawn.
 * It parses its command line and its configuration file, and nothing else.
 */
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/signature.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/appsock.h"
#include "omnitrond/parent/cgroup.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/folder.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/listener.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/plane.h"
#include "omnitrond/parent/spawn.h"
#include "omnitrond/parent/words.h"

/* Exit codes, those of omnitronctl(8). */
#define EXIT_CONFIG	7
#define EXIT_USAGE	64
/* -D and -o may be given this often. */
#define OPTIONS_MAX	64

static void
usage(void)
{
	fprintf(stderr, "usage: omnitrond [-dnVv] [-c file] [-D macro=value] "
	    "[-H home]\n\t[-o field=value] [-s socket]\n");
	exit(EXIT_USAGE);
}

/* ---- to whoever started us ---------------------------------------------- */

/* One byte says how it went, text follows; then the starter exits. */
static void
tell_starter(struct parent *p, char code, const char *text)
{
	if (p->notify_fd == -1)
		return;
	if (write(p->notify_fd, &code, 1) == -1 ||
	    write(p->notify_fd, text, strlen(text)) == -1)
		log_warn("nobody waits for us any more");
	close(p->notify_fd);
	p->notify_fd = -1;
}

/* The words of our processes are shown before, by whoever reads them. */
static void __attribute__((noreturn))
parent_end(struct parent *p, int status, const char *text)
{
	if (p->notify_fd != -1)
		tell_starter(p, (char)status, text);
	else {
		if (p->phase == PHASE_STARTING && p->log_pipe[0] != -1)
			words_show(p->log_pipe[0], stderr);
		log_error("%s", text);
	}
	if (p->listener != -1)
		listener_close(p->listener, p->conf->socket, &p->bound);
	plane_close_all(p);
	if (p->lock != NULL)
		lock_release(p->lock);
	exit(status);
}

void
parent_fail(struct parent *p, const char *fmt, ...)
{
	char	 text[TEXT_MAX];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	parent_end(p, EXIT_FAILURE, text);
}

void
parent_fail_conf(struct parent *p, const char *text)
{
	parent_end(p, EXIT_CONFIG, text);
}

/* The starter: waits until the daemon is ready or has failed. */
static int
wait_for_daemon(int fd, int words)
{
	char	 buf[TEXT_MAX + 1];
	size_t	 n = 0;
	ssize_t	 r;

	while (n < sizeof(buf) - 1 &&
	    (r = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += (size_t)r;
	buf[n] = '\0';
	if (n == 0 || buf[0] != 0)
		words_show(words, stderr);
	if (n == 0) {
		fprintf(stderr, "omnitrond: died before it was ready\n");
		return (EXIT_FAILURE);
	}
	if (buf[1] != '\0')
		fprintf(stderr, "omnitrond: %s\n", buf + 1);
	return (buf[0]);
}

/*
 * Detach: the daemon is the child, in a session of its own.  Nothing but
 * descriptors tells the two apart until it is ready.
 */
static void
detach(struct parent *p)
{
	int	 fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		parent_fail(p, "pipe: %s", strerror(errno));
	switch (fork()) {
	case -1:
		parent_fail(p, "fork: %s", strerror(errno));
	case 0:
		close(fds[0]);
		p->notify_fd = fds[1];
		if (setsid() == -1)
			parent_fail(p, "setsid: %s", strerror(errno));
		return;
	default:
		close(fds[1]);
		_exit(wait_for_daemon(fds[0], p->log_pipe[0]));
	}
}

/* ---- set-up ------------------------------------------------------------- */

static void
make_folder(struct parent *p, const char *path, mode_t mode, uid_t uid,
    gid_t gid)
{
	char	 err[TEXT_MAX];

	if (folder_have(path, mode, uid, gid, err, sizeof(err)) == -1)
		parent_fail(p, "%s", err);
}

static void
make_folders(struct parent *p)
{
	char	 err[TEXT_MAX], path[PATH_SIZE];
	uid_t	 store = geteuid(), logger = geteuid();
	gid_t	 gstore = getegid(), glogger = getegid();
	uint32_t groups[LOG_GROUPS_MAX];
	mode_t	 mode;

	if (p->as_root) {
		store = p->conf->users[K_STORE].uid;
		gstore = p->conf->users[K_STORE].gid;
		logger = p->conf->users[K_LOGGER].uid;
		glogger = p->conf->users[K_LOGGER].gid;
	}
	if (strcmp(p->conf->statedir, p->conf->home) != 0)
		make_folder(p, p->conf->statedir, 0700, store, gstore);
	/* Whose group may read a file must get at it. */
	mode = !p->as_root ? 0700 :
	    conf_log_groups(p->conf, groups) > 0 ? 0751 : 0750;
	make_folder(p, p->conf->logdir, mode, logger, glogger);
	if ((p->fifodir = fifo_rundir(p->conf->rundir, err, sizeof(err))) == -1)
		parent_fail(p, "%s", err);
	if (appsock_folder(p->conf->rundir, p->appsdir, sizeof(p->appsdir),
	    err, sizeof(err)) == -1)
		parent_fail(p, "%s", err);
	if (inst_cred_open(p, err, sizeof(err)) == -1)
		parent_fail(p, "%s", err);
	snprintf(path, sizeof(path), "%s/empty", p->conf->rundir);
	make_folder(p, path, p->as_root ? 0755 : 0500, geteuid(), getegid());
}

/* Two descriptors an instance and some: take what we may have. */
static void
raise_nofile(struct parent *p)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &p->nofile) == -1)
		parent_fail(p, "getrlimit: %s", strerror(errno));
	rl = p->nofile;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		log_warn("setrlimit nofile");
}

static void
standard_descriptors(struct parent *p)
{
	int	 fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd == -1)
		parent_fail(p, "/dev/null: %s", strerror(errno));
	dup2(fd, STDIN_FILENO);
	if (!p->foreground)
		dup2(fd, STDOUT_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void
sweep(int fd, short events, void *arg)
{
	struct parent	*p = arg;

	lock_sweep(p->lock);
	oom_look(&p->oom);
}

static void
on_signal(int sig, short events, void *arg)
{
	struct parent	*p = arg;

	switch (sig) {
	case SIGHUP:
		if (p->reload != NULL)
			p->reload_again = 1;
		else if (p->phase == PHASE_RUNNING)
			reload_request(p, &(struct m_reload){ 0 });
		break;
	case SIGUSR1:
		if (child_peer(p, K_LOGGER) != NULL &&
		    p->child[K_LOGGER].ready)
			peer_send(child_peer(p, K_LOGGER), M_LOG_REOPEN, -1,
			    &(uint32_t){ 0 }, NULL);
		break;
	default:
		shutdown_begin(p, 0);
	}
}

static void
watch_signals(struct parent *p)
{
	static const int	 sigs[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };
	struct event		*ev;
	size_t			 n;

	signal(SIGPIPE, SIG_IGN);
	for (n = 0; n < sizeof(sigs) / sizeof(sigs[0]); n++) {
		ev = evsignal_new(p->base, sigs[n], on_signal, p);
		if (ev == NULL || event_add(ev, NULL) == -1)
			fatalx("cannot watch signals");
	}
}

static void
probe_cgroup(struct parent *p)
{
	struct cgroup_leaf	*leaf;

	leaf = cgroup_leaf_open(p->cgroup, "omnitrond", "probe", 0);
	if (leaf == NULL)
		return;		/* the first spawn says why */
	p->cgroup_join = !spawn_born_lives(cgroup_leaf_fd(leaf));
	if (cgroup_leaf_remove(leaf) == -1)
		cgroup_leaf_close(leaf);
}

static void
open_cgroup(struct parent *p)
{
	p->cgroup = cgroup_open(p->conf->home, p->cgroup_why,
	    sizeof(p->cgroup_why));
	if (p->cgroup != NULL)
		probe_cgroup(p);
}

/* Of use in the log; whoever started us has seen it in status. */
static void
log_cgroup(const struct parent *p)
{
	if (p->cgroup == NULL)
		log_info("no cgroups (%s): what an app leaves behind is found "
		    "by session and environment", p->cgroup_why);
	else if (p->cgroup_join)
		log_info("processes are moved to their cgroups: the kernel "
		    "kills those that are born there");
}

/* All of our processes are ready: from now on we are the daemon. */
void
parent_ready(struct parent *p)
{
	p->phase = PHASE_RUNNING;
	if (!p->foreground) {
		dup2(p->log_pipe[1], STDERR_FILENO);
		log_copy(-1);
	}
	inst_feed_log(p);
	log_to_syslog(NULL);
	log_cgroup(p);
	log_info("ready: pid %d, %zu apps, home %s", getpid(), p->conf->napps,
	    p->conf->home);
	tell_starter(p, 0, "");
	sdnotify("READY=1");
}

/*
 * What we say from here on stands in the log as well, once it is read: when
 * we are ready.  Until then it waits in the pipe, for the log or for the
 * starter, who holds it as well.
 */
static void
open_log(struct parent *p)
{
	if (pipe2(p->log_pipe, O_CLOEXEC | O_NONBLOCK) == -1)
		parent_fail(p, "pipe: %s", strerror(errno));
	log_copy(p->log_pipe[1]);
}

static void
parent_start(struct parent *p)
{
	static const struct timeval	 tv = { LOCK_SWEEP_SECONDS, 0 };
	char				 err[TEXT_MAX];

	p->lock = lock_take(p->conf->home, p->conf->pidfile, NULL, err,
	    sizeof(err));
	if (p->lock == NULL)
		parent_fail(p, "%s", err);
	make_folders(p);
	p->listener = listener_open(p->conf->socket, 0600, LISTENER_GID,
	    &p->bound, err, sizeof(err));
	if (p->listener == -1)
		parent_fail(p, "%s", err);
	if (conf_kinds(p->conf) & KB(SECRETS) &&
	    provider_ready(p, p->conf, err, sizeof(err)) == -1)
		parent_fail_conf(p, err);
	if (plane_bind(p, p->conf, err, sizeof(err)) == -1)
		parent_fail(p, "%s", err);
	plane_commit(p);
	raise_nofile(p);
	standard_descriptors(p);
	child_open(p);
	open_cgroup(p);
	if ((p->base = event_base_new()) == NULL)
		parent_fail(p, "event_base_new");
	watch_signals(p);
	run_init(p);
	reap_init(p);
	oom_init(&p->oom, OOM_VMSTAT);
	p->sweep_timer = event_new(p->base, -1, EV_PERSIST, sweep, p);
	if (p->sweep_timer == NULL || event_add(p->sweep_timer, &tv) == -1)
		parent_fail(p, "out of memory");
	if (ids_assign(p, p->conf) != NULL)
		parent_fail(p, "an app has too many processes");
	ids_switch(p, p->conf);
	child_start_all(p);
}

static int
parent_run(struct parent *p)
{
	if (event_base_dispatch(p->base) == -1)
		fatalx("event loop");
	listener_close(p->listener, p->conf->socket, &p->bound);
	plane_close_all(p);
	inst_cred_close(p);
	if (p->cgroup != NULL)
		cgroup_remove(p->cgroup);
	appsock_folder_remove(p->conf->rundir, p->appsdir);
	lock_release(p->lock);
	return (p->status);
}

/* ---- command line ------------------------------------------------------- */

/* Paths of the command line must mean the same at the next reload. */
static void
absolute(struct parent *p, const char **path)
{
	char	 cwd[PATH_SIZE], *full;

	if (*path == NULL || (*path)[0] == '/')
		return;
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		parent_fail(p, "getcwd: %s", strerror(errno));
	xasprintf(&full, "%s/%s", cwd, *path);
	*path = full;
}

/* A mistake on the command line, not in the file. */
static void __attribute__((format(printf, 1, 2), noreturn))
misused(const char *fmt, ...)
{
	va_list	 ap;

	fputs("omnitrond: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

static void
add_option(int ch, char **list, size_t *n, char *value)
{
	if (*n == OPTIONS_MAX)
		misused("-%c is given more than %d times", ch, OPTIONS_MAX);
	if (strchr(value, '=') == NULL)
		misused("-%c: \"%s\" is not %s=VALUE", ch, value,
		    ch == 'D' ? "NAME" : "FIELD");
	list[(*n)++] = value;
}

static void
add_field(char **list, size_t *n, char *value)
{
	char	 err[TEXT_MAX];

	add_option('o', list, n, value);
	if (conf_path_option(value, err, sizeof(err)) == -1)
		misused("-o: %s", err);
}

static struct conf *
load_config(struct parent *p)
{
	struct conf	*conf;
	char		*errors;

	conf = conf_load(&p->options, &errors);
	if (errors != NULL)
		fputs(errors, stderr);
	free(errors);
	if (conf == NULL)
		exit(EXIT_CONFIG);
	return (conf);
}

/* Returns whether only the configuration is to be checked. */
static int
parse_options(struct parent *p, int argc, char **argv)
{
	static char	*macros[OPTIONS_MAX + 1];
	static char	*fields[OPTIONS_MAX + 1];
	size_t		 nmacros = 0, nfields = 0;
	int		 ch, check = 0;

	while ((ch = getopt(argc, argv, "c:D:dH:no:s:Vv")) != -1) {
		switch (ch) {
		case 'c':
			p->options.file = optarg;
			break;
		case 'D':
			add_option('D', macros, &nmacros, optarg);
			break;
		case 'd':
			p->foreground = 1;
			break;
		case 'H':
			p->options.home = optarg;
			break;
		case 'n':
			check = 1;
			break;
		case 'o':
			add_field(fields, &nfields, optarg);
			break;
		case 's':
			p->options.socket = optarg;
			break;
		case 'V':
			printf("omnitrond %s\n", VERSION);
			exit(EXIT_SUCCESS);
		case 'v':
			p->verbose++;
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	p->options.macros = macros;
	p->options.fields = fields;
	return (check);
}

int
main(int argc, char **argv)
{
	static struct parent	 self = {
		.notify_fd = -1, .listener = -1, .fifodir = -1, .creds = -1,
		.log_pipe = { -1, -1 },
	};
	struct parent		*p = &self;
	int			 check, k;

	log_init("parent", 0);
	xlarge_apart();		/* what a start and a reload take */
	TAILQ_INIT(&p->draining);
	TAILQ_INIT(&p->passphrases);
	plane_init(p);
	for (k = 0; k < K_MAX; k++)
		TAILQ_INIT(&p->objects[k]);
#ifdef __linux__
	/* it lies behind the arguments: the ABI says so */
	p->initial_env = argv + argc + 1;
#endif
	check = parse_options(p, argc, argv);
	absolute(p, &p->options.file);
	absolute(p, &p->options.home);
	absolute(p, &p->options.socket);
	if (check)
		return (conf_check_main(&p->options, p->verbose) == 0 ? 0 :
		    EXIT_CONFIG);
	log_set_verbose(p->verbose);
	p->as_root = geteuid() == 0;
	p->started_ms = wall_ms();
	signature_bootid(p->bootid);
	p->conf = load_config(p);
	provider_take(p, p->conf);
	p->conf_version = p->conf_offered = 1;
	p->child[K_PARENT].walls = sandbox_parent();
	if (chdir("/") == -1)
		parent_fail(p, "/: %s", strerror(errno));
	open_log(p);
	if (!p->foreground)
		detach(p);
	parent_start(p);
	return (parent_run(p));
}
