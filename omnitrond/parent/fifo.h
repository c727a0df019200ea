/*
 * The output of instances: two named FIFOs each, in RUNDIR/out, named
 * APP:PROCESS:N.out and .err (':' is in no name, so no two can be the same).
 * N is the slot: the number of the instance, or with INSTANCE_SPARE that of
 * the other one, which a rolling reload needs.
 */
#ifndef OMNITROND_PARENT_FIFO_H
#define OMNITROND_PARENT_FIFO_H

#include <sys/types.h>

#include <stddef.h>

#define FIFO_OUT	0
#define FIFO_ERR	1
#define FIFO_READY	2	/* not output: see fifo_ready */

struct fifo {
	int	 app[2];	/* both ends, blocking: stdout, stderr */
	int	 reader[2];	/* read end, non-blocking: for the logger */
};

/*
 * Make and open RUNDIR (0755 as root, else 0700) and RUNDIR/out (0700).  A
 * descriptor of out, or -1 and the reason.
 */
int	 fifo_rundir(const char *rundir, char *err, size_t);
/* No descriptor is open: -1 each. */
void	 fifo_init(struct fifo *);
/*
 * Both FIFOs for an instance that is about to be spawned: made, or those
 * that are there; one that is not a FIFO of ours or of the user's with one
 * link is replaced.  They belong to uid and gid afterwards (as root).  The
 * app's ends are for spawn_app; keep one descriptor of each while the
 * instance exists, so that what a FIFO holds is not lost between readers.
 * 0, or -1 with errno and nothing open.
 */
int	 fifo_open(int dirfd, const char *app, const char *process,
	    unsigned int instance, uid_t, gid_t, struct fifo *);
/*
 * Only the read ends, of an instance that lives since before this daemon
 * (app[] stay -1).  -1 with ENOENT, or EPERM when it is not as it must be.
 */
int	 fifo_reopen(int dirfd, const char *app, const char *process,
	    unsigned int instance, uid_t, struct fifo *);
/* A further read end of one of them, by name. */
int	 fifo_reader(int dirfd, const char *app, const char *process,
	    unsigned int instance, uid_t, int which);
/*
 * The FIFO APP:PROCESS:N.ready for the newline of `ready fd': like those of
 * the output, so that a write to it never fails for want of a reader.
 * fresh: a new one for a spawn, without what an earlier instance wrote.  The
 * app's end, or -1 with errno.
 */
int	 fifo_ready(int dirfd, const char *app, const char *process,
	    unsigned int instance, uid_t, gid_t, int fresh);
void	 fifo_close(struct fifo *);
/* The instance left the configuration. */
void	 fifo_unlink(int dirfd, const char *app, const char *process,
	    unsigned int instance);

#endif /* OMNITROND_PARENT_FIFO_H */
