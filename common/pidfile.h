/*
 * The text of daemon.pid: pid, start time, boot id, pidfd inode, executable,
 * version, each on a line of its own.  Used by the parent, which writes it,
 * and by `omnitronctl kill`, which must not signal anything else.
 */
#ifndef COMMON_PIDFILE_H
#define COMMON_PIDFILE_H

#include <stddef.h>

#include "common/signature.h"

#define PIDFILE_MAX	2048		/* bytes of the whole text */
#define PIDFILE_PATH_SIZE 1024
#define PIDFILE_VERSION_SIZE 64

struct pidfile {
	struct signature sig;
	char		 executable[PIDFILE_PATH_SIZE];
	char		 version[PIDFILE_VERSION_SIZE];
};

/* The length of the text, or -1 if it does not fit or has a bad field. */
int	 pidfile_format(const struct pidfile *, char *, size_t);
/* 0, or -1 for anything but a complete text. */
int	 pidfile_parse(const char *, size_t, struct pidfile *);
/*
 * Read it from an open descriptor (from offset 0).  0; -1 with errno, EINVAL
 * for a damaged or half written text.
 */
int	 pidfile_read(int fd, struct pidfile *);
/*
 * Open, check (regular, one link, owned by uid or root, not writable by
 * others) and read.  0, or -1 with errno.  Takes no lock.
 */
int	 pidfile_load(const char *path, uid_t, struct pidfile *);

#endif /* COMMON_PIDFILE_H */
