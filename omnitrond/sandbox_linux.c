/*
 * Walls on Linux.  The order matters: what needs privilege first, and the
 * death signal after the change of user, which clears it.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/landlock.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/sandbox.h"

uint32_t
sandbox_expected(enum kind kind, int as_root)
{
	uint32_t	 walls;

	if (kind == K_PARENT)
		return (as_root ? WALL_NODUMP | WALL_CAPS : WALL_NODUMP);
	walls = WALL_NNP | WALL_NODUMP | WALL_RLIMIT | WALL_LANDLOCK |
	    WALL_SECCOMP;
	return (as_root ? walls | WALL_UID | WALL_CHROOT : walls);
}

#ifdef SANITIZE
/*
 * The leak checker reads /proc and traces the process at its exit: so a
 * build with sanitizers stays dumpable, and in a chroot it checks nothing.
 */
static int	 chrooted;

int	 __lsan_is_turned_off(void);
int
__lsan_is_turned_off(void)
{
	return (chrooted);
}

static uint32_t
undumpable(int in_chroot)
{
	chrooted = in_chroot;
	return (0);
}
#else
static uint32_t
undumpable(int in_chroot)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("PR_SET_DUMPABLE");
	return (WALL_NODUMP);
}
#endif

/* Rights of files by the version of Landlock that has them, from bit 0 on. */
static uint64_t
landlock_rights(long abi)
{
	unsigned int	 bits = 13;

	if (abi >= 2)
		bits = 14;	/* REFER */
	if (abi >= 3)
		bits = 15;	/* TRUNCATE */
	if (abi >= 5)
		bits = 16;	/* IOCTL_DEV */
	return ((UINT64_C(1) << bits) - 1);
}

/*
 * Folders may be read, and nothing else be done by a path: no file is opened,
 * made, removed or executed.  0 where the kernel has no Landlock.
 */
static uint32_t
landlock_folders(void)
{
	struct landlock_path_beneath_attr	 root;
	struct landlock_ruleset_attr		 set;
	long					 abi, fd;
	int					 done;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return (0);
	memset(&set, 0, sizeof(set));
	set.handled_access_fs = landlock_rights(abi);
	fd = syscall(SYS_landlock_create_ruleset, &set,
	    sizeof(set.handled_access_fs), 0);
	if (fd == -1)
		fatal("landlock_create_ruleset");
	memset(&root, 0, sizeof(root));
	root.allowed_access = LANDLOCK_ACCESS_FS_READ_DIR;
	root.parent_fd = open("/", O_PATH | O_CLOEXEC);
	done = root.parent_fd != -1 && syscall(SYS_landlock_add_rule, fd,
	    LANDLOCK_RULE_PATH_BENEATH, &root, 0) == 0 &&
	    syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	if (!done)
		fatal("landlock");
	close(root.parent_fd);
	close((int)fd);
	return (WALL_LANDLOCK);
}

uint32_t
sandbox_enter(const struct m_setup *setup, const char *dir)
{
	uint32_t	 walls = WALL_RLIMIT | WALL_NNP;

	/* Executed by descriptor, an older kernel calls it by a number. */
	prctl(PR_SET_NAME, kind_binary(setup->kind), 0, 0, 0);
	sandbox_limits(setup->kind);
	sandbox_confine(setup, dir);
	if (setup->flags & SETUP_ROOT)
		walls |= WALL_UID | WALL_CHROOT;
	/* The logger outlives the parent for a moment, to drain. */
	if (setup->kind != K_LOGGER &&
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal("PR_SET_PDEATHSIG");
	walls |= undumpable((setup->flags & SETUP_ROOT) != 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("PR_SET_NO_NEW_PRIVS");
	if (setup->kind == K_WATCHER)
		walls |= landlock_folders();
	return (walls);
}

uint32_t
sandbox_parent(void)
{
	return (undumpable(0));
}
