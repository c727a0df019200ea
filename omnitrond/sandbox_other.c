/*
 * Walls where the OS offers no more than POSIX and chroot(2).
 */
#include "omnitrond/sandbox.h"

uint32_t
sandbox_expected(enum kind kind, int as_root)
{
	if (kind == K_PARENT)
		return (0);
	return (as_root ? WALL_RLIMIT | WALL_UID | WALL_CHROOT : WALL_RLIMIT);
}

uint32_t
sandbox_enter(const struct m_setup *setup, const char *dir)
{
	sandbox_limits(setup->kind);
	sandbox_confine(setup, dir);
	return (sandbox_expected(setup->kind, setup->flags & SETUP_ROOT));
}

uint32_t
sandbox_parent(void)
{
	return (0);
}
