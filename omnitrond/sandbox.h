/*
 * Limits of the processes, one list for every OS: what each may use at most.
 * The walls themselves are in sandbox_OS.c.
 */
#ifndef OMNITROND_SANDBOX_H
#define OMNITROND_SANDBOX_H

#include "omnitrond/proc.h"

/* state.json is at most 64 MiB, and so is a file of store or secrets. */
#define STORE_FSIZE	(64LL * 1024 * 1024)
/* What a passphrase costs (scrypt: 32 MiB), and all the secrets some times. */
#define SECRETS_AS	(512LL * 1024 * 1024)
/* Connections of a plane (1024), the channels, sockets and keys, a reserve. */
#define PLANE_NOFILE	2048
/* Sockets and connections of as many instances as there are pids for. */
#define APPS_NOFILE	131072
/* As many connections as there may be probes, the channels, a reserve. */
#define EGRESS_NOFILE	(PROBES_MAX + 64)
/* All of them with a body that is searched, and the list of targets. */
#define EGRESS_AS	(256LL * 1024 * 1024)
/* Requests of 1 MiB and replies of 64 MiB for some connections at once. */
#define PLANE_AS	(1024LL * 1024 * 1024)

/* Sets the limits of this kind; fatal if it cannot. */
void	sandbox_limits(enum kind);
/* chroot (as root) or chdir to the directory, then the user; fatal. */
void	sandbox_confine(const struct m_setup *, const char *dir);

#endif /* OMNITROND_SANDBOX_H */
