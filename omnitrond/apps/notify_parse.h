/* One datagram in the manner of sd_notify(3), taken apart.  Pure. */
#ifndef OMNITROND_APPS_NOTIFY_PARSE_H
#define OMNITROND_APPS_NOTIFY_PARSE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"

/* The longest that systemd takes; a longer one is none. */
#define NOTIFY_MAX	4096

#define NOTIFY_READY	 0x01u
#define NOTIFY_RELOADING 0x02u
#define NOTIFY_STOPPING	 0x04u
#define NOTIFY_STATUS	 0x08u
#define NOTIFY_MAINPID	 0x10u
#define NOTIFY_WATCHDOG	 0x20u
#define NOTIFY_TRIGGER	 0x40u

struct notify {
	unsigned int	 what;		/* NOTIFY_* */
	pid_t		 mainpid;
	uint64_t	 usec;		/* MONOTONIC_USEC, 0 = not given */
	char		 status[STATUS_TEXT_MAX + 1];
};

/*
 * Lines NAME=VALUE; what is unknown, or has a value that it cannot have, is
 * as if it were not there.  0, or -1: there is nothing in it for us.
 */
int	 notify_parse(struct notify *, const char *, size_t);
/*
 * A text for people: valid UTF-8 of at most size - 1 bytes, cut between
 * characters; what is not UTF-8 becomes '?', and control characters (those
 * of a terminal's escape sequences among them) a blank.
 */
void	 notify_text(char *dst, size_t size, const char *, size_t);

#endif /* OMNITROND_APPS_NOTIFY_PARSE_H */
