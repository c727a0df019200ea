/*
 * Walls on Linux.  The order matters: what needs privilege first, and the
 * death signal after the change of user, which clears it.
 */
#include <sys/prctl.h>

#include <signal.h>

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
	return (walls);
}

uint32_t
sandbox_parent(void)
{
	return (undumpable(0));
}
