/*
 * Walls on OpenBSD: pledge(2).  The directory was entered before, and
 * nothing but the store, the secrets and the logger opens a path at all.
 */
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/sandbox.h"

uint32_t
sandbox_expected(enum kind kind, int as_root)
{
	uint32_t	 walls;

	if (kind == K_PARENT)
		return (0);
	walls = WALL_NNP | WALL_RLIMIT | WALL_SECCOMP;
	return (as_root ? walls | WALL_UID | WALL_CHROOT : walls);
}

static const char *
promises(enum kind kind)
{
	switch (kind) {
	case K_STORE:
	case K_SECRETS:
		return ("stdio rpath wpath cpath recvfd");
	case K_LOGGER:
		return ("stdio rpath wpath cpath fattr recvfd sendfd");
	case K_WATCHER:
		return ("stdio rpath recvfd");
	case K_CONTROL:
	case K_LOCAL:
		return ("stdio unix recvfd");
	case K_NETWORK:
		return ("stdio inet recvfd");
	default:
		return ("stdio recvfd");
	}
}

uint32_t
sandbox_enter(const struct m_setup *setup, const char *dir)
{
	sandbox_limits(setup->kind);
	sandbox_confine(setup, dir);
	if (pledge(promises(setup->kind), NULL) == -1)
		fatal("pledge");
	return (sandbox_expected(setup->kind, setup->flags & SETUP_ROOT));
}

uint32_t
sandbox_parent(void)
{
	return (0);
}
