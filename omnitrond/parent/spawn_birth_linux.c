/*
 * The birth of an instance without a copy of the parent (Linux).
 *
 * Runs in the parent.  The child shares our memory and our descriptors, on a
 * stack of its own.  Both end:
 *
 * Descriptors at its first step, which gives it a table of its own with those
 * below a number and no others.  What it needs lies there, in places that are
 * ours from the first birth on.  We wait for that step, since we must not
 * touch the places before; nobody but root can hold it up.  If it does not
 * come in time (a frozen cgroup), we take a table of our own instead.
 *
 * Memory at exec or death; the kernel then clears `busy'.  What the child
 * reads is a copy that lives as long, whatever becomes of the configuration.
 *
 * The user is changed while memory is shared.  The kernel then lets nobody
 * trace it but root, unless fs.suid_dumpable is 1: then we fork.
 */
#include "omnitrond/parent/spawn_child.h"
#include "omnitrond/parent/spawn_sys.h"

#ifdef __linux__

#ifdef SPAWN_RAW

#include <sys/mman.h>
#include <sys/queue.h>

#include <linux/futex.h>
#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BIRTH_STACK	32768	/* child_app needs less than one page */
#define BIRTH_GUARD	4096	/* below it */
#define BIRTH_LOOK	4	/* looked at with each birth and each exec */
#define BIRTH_WAIT_MS	20	/* for a table of descriptors of its own */
#define SUID_DUMPABLE	"/proc/sys/fs/suid_dumpable"

struct birth {
	STAILQ_ENTRY(birth) entry;
	uint32_t	 busy;		/* 0: the child left our memory */
	uint32_t	 alone;		/* 1: it left our descriptors */
	char		*stack;
	struct child	 child;
	struct spawn	 spawn;		/* and what it points to: */
	struct environ_vars env;
	struct limit	 limits[RLIM_NLIMITS];
	struct rlimit	 nofile;
	void		*block;		/* argv, groups, directory */
};
STAILQ_HEAD(births, birth);

enum place { PLACE_NULL, PLACE_OUT, PLACE_ERR, PLACE_STATUS, PLACE_MAX };

static struct {
	struct births	 births;
	int		 place[PLACE_MAX];
	int		 last;		/* the highest of them */
	int		 suid_dumpable;	/* descriptor */
	int		 open;		/* 0 not yet tried, 1, -1 closed */
} self;

/* ---- what a child needs -------------------------------------------------- */

static void
birth_free(struct birth *b)
{
	munmap(b->stack, BIRTH_GUARD + BIRTH_STACK);
	environ_free(&b->env);
	free(b->block);
	free(b);
}

static struct birth *
birth_new(void)
{
	struct birth *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return (NULL);
	b->stack = mmap(NULL, BIRTH_GUARD + BIRTH_STACK, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (b->stack == MAP_FAILED) {
		free(b);
		return (NULL);
	}
	if (mprotect(b->stack, BIRTH_GUARD, PROT_NONE) == -1) {
		birth_free(b);
		return (NULL);
	}
	return (b);
}

/*
 * One that is spent, or a new one.  Some are held up for long (a lease), so
 * a few are looked at each time; a second spent one among them goes.
 */
static struct birth *
birth_take(void)
{
	struct birth *b, *spent = NULL, *more = NULL;
	int i;

	for (i = 0; i < BIRTH_LOOK && more == NULL; i++) {
		if ((b = STAILQ_FIRST(&self.births)) == NULL)
			break;
		STAILQ_REMOVE_HEAD(&self.births, entry);
		if (__atomic_load_n(&b->busy, __ATOMIC_ACQUIRE) != 0)
			STAILQ_INSERT_TAIL(&self.births, b, entry);
		else if (spent == NULL)
			spent = b;
		else
			more = b;
	}
	if (more != NULL)
		birth_free(more);
	if (spent == NULL)
		return (birth_new());
	environ_free(&spent->env);
	free(spent->block);
	spent->block = NULL;
	return (spent);
}

void
birth_forget(void)
{
	struct birth *b;
	int i;

	if (self.open != 1)
		return;
	for (i = 0; i < BIRTH_LOOK; i++) {
		if ((b = STAILQ_FIRST(&self.births)) == NULL)
			return;
		STAILQ_REMOVE_HEAD(&self.births, entry);
		STAILQ_INSERT_TAIL(&self.births, b, entry);
		if (__atomic_load_n(&b->busy, __ATOMIC_ACQUIRE) == 0)
			environ_free(&b->env);
	}
}

static char *
birth_string(char **p, const char *s)
{
	size_t len = strlen(s) + 1;
	char *at = *p;

	memcpy(at, s, len);
	*p += len;
	return (at);
}

/* Copies of what is not ours; the environment is taken after success. */
static int
birth_copy(struct birth *b, const struct spawn *s)
{
	size_t i, argc, groups = (size_t)s->ngroups, size;
	gid_t *gids;
	char **argv, *p;

	size = strlen(s->directory) + 1;
	for (argc = 0; s->argv[argc] != NULL; argc++)
		size += strlen(s->argv[argc]) + 1;
	size += (argc + 1) * sizeof(*argv) + 2 * groups * sizeof(*gids);
	if ((argv = b->block = malloc(size)) == NULL)
		return (-1);
	gids = (gid_t *)(argv + argc + 1);
	p = (char *)(gids + 2 * groups);
	for (i = 0; i < argc; i++)
		argv[i] = birth_string(&p, s->argv[i]);
	argv[argc] = NULL;
	if (groups > 0)
		memcpy(gids, s->groups, groups * sizeof(*gids));
	b->spawn = *s;
	b->spawn.argv = argv;
	b->spawn.groups = gids;
	b->child.have = gids + groups;
	b->spawn.directory = birth_string(&p, s->directory);
	b->env = *s->env;
	b->spawn.env = &b->env;
	if (s->limits != NULL) {
		memcpy(b->limits, s->limits, sizeof(b->limits));
		b->spawn.limits = b->limits;
	}
	if (s->nofile != NULL) {
		b->nofile = *s->nofile;
		b->spawn.nofile = &b->nofile;
	}
	return (0);
}

/* ---- the places ---------------------------------------------------------- */

/* At the start of our own processes, so that the numbers are low. */
static void
birth_open(int null)
{
	int i;

	STAILQ_INIT(&self.births);
	self.open = -1;
	self.suid_dumpable = open(SUID_DUMPABLE, O_RDONLY | O_CLOEXEC);
	if (self.suid_dumpable == -1)
		return;
	for (i = 0; i < PLACE_MAX; i++) {
		self.place[i] = fcntl(null, F_DUPFD_CLOEXEC,
		    STDERR_FILENO + 1);
		if (self.place[i] == -1)
			return;
		if (self.place[i] > self.last)
			self.last = self.place[i];
	}
	self.open = 1;
}

static int
birth_put(enum place place, int fd)
{
	return (dup3(fd, self.place[place], O_CLOEXEC) == -1 ? -1 : 0);
}

/* Nothing of an instance stays open in a place. */
static void
birth_clear(void)
{
	enum place i;

	for (i = PLACE_OUT; i < PLACE_MAX; i++)
		birth_put(i, self.place[PLACE_NULL]);
}

static int
birth_possible(const struct child *c)
{
	char mode = '1';

	if (self.open == 0)
		birth_open(c->null);
	if (self.open == -1 || c->s == NULL || c->s->env_file != NULL ||
	    c->s->join || c->s->nlisten > 0 || c->s->binfd > 0 ||
	    c->s->ready != -1)
		return (0);
	return (pread(self.suid_dumpable, &mode, 1, 0) == 1 && mode != '1');
}

/* ---- the birth ----------------------------------------------------------- */

/* clone3(2), and fn(arg) in the child on the stack that args names. */
static long
birth_clone(struct clone_args *args, void (*fn)(void *), void *arg)
{
	long rv;

	__asm__ volatile(
	    "syscall\n\t"
	    "test %%rax, %%rax\n\t"
	    "jnz 1f\n\t"
	    "mov %%rdx, %%rdi\n\t"
	    "call *%%rbx\n\t"
	    "hlt\n"
	    "1:"
	    : "=a"(rv)
	    : "0"((long)SYS_clone3), "D"(args), "S"(sizeof(*args)), "b"(fn),
	    "d"(arg)
	    : "rcx", "r11", "memory", "cc");
	return (rv);
}

static void
birth_wait(struct birth *b)
{
	const struct timespec ms = { 0, 1000000 };
	int i;

	for (i = 0; i < BIRTH_WAIT_MS; i++) {
		if (__atomic_load_n(&b->alone, __ATOMIC_ACQUIRE) != 0 ||
		    __atomic_load_n(&b->busy, __ATOMIC_ACQUIRE) == 0)
			return;
		syscall(SYS_futex, &b->alone, FUTEX_WAIT, 0, &ms, NULL, 0);
	}
	/* Without a table of our own the places stay the child's. */
	if (unshare(CLONE_FILES) == -1)
		self.open = -1;
}

static long
birth_start(struct birth *b, struct spawned *sp)
{
	struct clone_args args;
	struct child *c = &b->child;

	memset(&args, 0, sizeof(args));
	args.flags = CLONE_VM | CLONE_FILES | CLONE_PIDFD |
	    CLONE_CHILD_CLEARTID;
	args.pidfd = (uint64_t)(uintptr_t)&sp->pidfd;
	args.child_tid = (uint64_t)(uintptr_t)&b->busy;
	args.exit_signal = SIGCHLD;
	args.stack = (uint64_t)(uintptr_t)b->stack + BIRTH_GUARD;
	args.stack_size = BIRTH_STACK;
	if (b->spawn.cgroup != -1) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)b->spawn.cgroup;
	}
	c->null = self.place[PLACE_NULL];
	c->out = self.place[PLACE_OUT];
	c->err = self.place[PLACE_ERR];
	c->status = self.place[PLACE_STATUS];
	c->last = self.last;
	c->joined = 1;
	c->s = &b->spawn;
	c->alone = &b->alone;
	b->alone = 0;
	b->busy = 1;
	return (birth_clone(&args, child_app, c));
}

/* It was not born: the environment is the caller's again. */
static int
birth_failed(struct birth *b, struct child *c, int error)
{
	memset(&b->env, 0, sizeof(b->env));
	birth_free(b);
	if (spawn_clone3_missing(error)) {
		self.open = -1;
		return (0);
	}
	/* Of the cgroup or of the clone?  ENOMEM and EAGAIN are its. */
	if (c->s->cgroup != -1 && error != ENOMEM && error != EAGAIN)
		c->joined = -1;
	errno = error;
	return (-1);
}

int
birth(struct child *c, struct spawned *sp)
{
	struct birth *b;
	long pid = -ENOMEM;

	if (!birth_possible(c) || (b = birth_take()) == NULL)
		return (0);
	if (birth_copy(b, c->s) == 0) {
		if (birth_put(PLACE_OUT, c->out) == -1 ||
		    birth_put(PLACE_ERR, c->err) == -1 ||
		    birth_put(PLACE_STATUS, c->status) == -1)
			pid = -errno;
		else
			pid = birth_start(b, sp);
	}
	if (pid > 0) {
		memset(c->s->env, 0, sizeof(*c->s->env));
		STAILQ_INSERT_TAIL(&self.births, b, entry);
		birth_wait(b);
	}
	if (self.open == 1)
		birth_clear();
	if (pid < 0)
		return (birth_failed(b, c, (int)-pid));
	sp->pid = (pid_t)pid;
	return (1);
}

#else

int
birth(struct child *c, struct spawned *sp)
{
	return (0);
}

void
birth_forget(void)
{
}

#endif

#endif /* __linux__ */
