/*
 * Walls that are the same on every Unix: resource limits, chroot, user.
 * Runs in a child between GO and READY, the first part with privilege.
 */
#include <sys/types.h>
#include <sys/resource.h>

#include <grp.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/sandbox.h"

static void
limit(int which, const char *name, rlim_t value)
{
	struct rlimit	 rl;

	if (getrlimit(which, &rl) == -1)
		fatal("getrlimit %s", name);
	if (rl.rlim_max == RLIM_INFINITY || value < rl.rlim_max)
		rl.rlim_max = value;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(which, &rl) == -1)
		fatal("setrlimit %s", name);
}

void
sandbox_limits(enum kind kind)
{
	limit(RLIMIT_CORE, "core", 0);
#ifndef SANITIZE	/* the sanitizers map terabytes and fork a symbolizer */
	limit(RLIMIT_NPROC, "nproc", 0);
	if ((KB_PLANES & (1u << kind)) || kind == K_APPS)
		limit(RLIMIT_AS, "as", PLANE_AS);
	if (kind == K_EGRESS)
		limit(RLIMIT_AS, "as", EGRESS_AS);
	if (kind == K_SECRETS)
		limit(RLIMIT_AS, "as", SECRETS_AS);
#endif
	if (KB_PLANES & (1u << kind))
		limit(RLIMIT_NOFILE, "nofile", PLANE_NOFILE);
	if (kind == K_APPS)
		limit(RLIMIT_NOFILE, "nofile", APPS_NOFILE);
	if (kind == K_EGRESS)
		limit(RLIMIT_NOFILE, "nofile", EGRESS_NOFILE);
	if (kind == K_STORE || kind == K_SECRETS)
		limit(RLIMIT_FSIZE, "fsize", STORE_FSIZE);
	else if (kind != K_LOGGER)
		limit(RLIMIT_FSIZE, "fsize", 0);
}

/* Are all three ids what they should be, and is there no way back? */
static void
verify_ids(uid_t uid, gid_t gid)
{
	uid_t	 ru, eu, su;
	gid_t	 rg, eg, sg;

	if (getresuid(&ru, &eu, &su) == -1 || getresgid(&rg, &eg, &sg) == -1)
		fatal("getresuid");
	if (ru != uid || eu != uid || su != uid ||
	    rg != gid || eg != gid || sg != gid)
		fatalx("ids were not changed");
	if (uid != 0 && setuid(0) != -1)
		fatalx("root could be had back");
}

/* Its own group, and what the set-up gives it; no other is left. */
static void
set_groups(const struct m_setup *setup)
{
	gid_t		 groups[1 + LOG_GROUPS_MAX];
	uint32_t	 n;

	if (setup->ngroups > LOG_GROUPS_MAX)
		fatalx("too many groups");
	groups[0] = setup->gid;
	for (n = 0; n < setup->ngroups; n++) {
		if (setup->groups[n] == 0)
			fatalx("the group of root is not given away");
		groups[1 + n] = setup->groups[n];
	}
	if (setgroups(1 + setup->ngroups, groups) == -1)
		fatal("setgroups");
	if (getgroups(0, NULL) != (int)(1 + setup->ngroups))
		fatalx("other supplementary groups are left");
}

void
sandbox_confine(const struct m_setup *setup, const char *dir)
{
	if (chdir(dir) == -1)
		fatal("%s", dir);
	if ((setup->flags & SETUP_ROOT) == 0)
		return;
	if (setup->uid == 0 || setup->gid == 0)
		fatalx("no user to change to");
	if (chroot(".") == -1 || chdir("/") == -1)
		fatal("chroot %s", dir);
	set_groups(setup);
	if (setresgid(setup->gid, setup->gid, setup->gid) == -1)
		fatal("setresgid");
	if (setresuid(setup->uid, setup->uid, setup->uid) == -1)
		fatal("setresuid");
	verify_ids(setup->uid, setup->gid);
}
