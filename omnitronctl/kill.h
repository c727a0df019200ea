/*
 * The daemon as a process: found by its pid file, proved by its signature.
 */
#ifndef OMNITRONCTL_KILL_H
#define OMNITRONCTL_KILL_H

#include <limits.h>

#include "common/pidfile.h"

struct ctl;
struct json;

enum kill_found { FOUND_NONE, FOUND_STALE, FOUND_RUNNING, FOUND_ERROR };

struct found {
	enum kill_found	 what;
	int		 error;			/* errno for FOUND_ERROR */
	int		 pidfd;			/* -1 where there are none */
	struct pidfile	 file;
	char		 home[PATH_MAX];
	char		 path[PATH_MAX];	/* of the pid file */
};

/* Looks for it; the pidfd is the caller's to close by kill_release. */
void	 kill_find(const struct ctl *, struct found *);
void	 kill_release(struct found *);
/* Wait until the process is gone: 0, or -1 when ms (-1: no end) passed. */
int	 kill_wait(const struct found *, int ms);
/* Send the daemon a signal, once it is proved to be the daemon. */
int	 kill_signal(struct ctl *, int sig);
/* End what state.json in the home says was running.  The exit code. */
int	 kill_apps(struct ctl *, const char *home);
/* Does a "KEY=value\0..." block have exactly this entry?  Pure. */
int	 kill_environ_has(const char *, size_t, const char *entry);
/* Does a /proc/PID/cgroup name the app's group of some daemon?  Pure. */
int	 kill_cgroup_has(const char *, const char *app);
/* SIGKILL to a process and its group (group_OS.c). */
int	 group_kill(pid_t, int pidfd);

#endif /* OMNITRONCTL_KILL_H */
