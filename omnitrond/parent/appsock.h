/*
 * Sockets by which the instances of apps speak to the daemon: files in
 * RUNDIR/apps, one of each kind an instance.
 *
 * As root the apps are other users, who must be able to get there: where the
 * way to RUNDIR is closed to others (below /root, say) the folder is one of
 * its own in /run, named after RUNDIR.
 */
#ifndef OMNITROND_PARENT_APPSOCK_H
#define OMNITROND_PARENT_APPSOCK_H

#include <sys/types.h>

#include <stddef.h>

#include "omnitrond/proto.h"

/* Whose socket it is to be. */
struct appsock_of {
	const char	*folder;	/* of appsock_folder */
	const char	*app;
	const char	*process;
	unsigned int	 instance;	/* its slot, as in its id */
	uid_t		 uid;
	gid_t		 gid;
};

/*
 * Make the folder, or see that it is as it should be: ours alone to write,
 * and as root for all to search.  Its path in buf; 0, or -1 with the reason
 * in err.
 */
int	 appsock_folder(const char *rundir, char *buf, size_t, char *err,
	    size_t);
/* Remove it if it is empty and not in RUNDIR: the daemon ends. */
void	 appsock_folder_remove(const char *rundir, const char *folder);
/* May anybody search this folder and all above it? */
int	 appsock_open_way(const char *path);
/*
 * The path of a socket: with the names where the system takes one that long,
 * else with a hash of them.  0, or -1: not even that is short enough.
 */
int	 appsock_path(const struct appsock_of *, enum app_socket, char *,
	    size_t);
/*
 * Bind it, in the place of one that an earlier life left; a file of the
 * app's user that nobody else can write to.  The descriptor, or -1 with errno.
 */
int	 appsock_bind(const struct appsock_of *, enum app_socket);
/*
 * Can the next apps process read it, whatever the one before did to what both
 * have in common?  If it was shut down it cannot: bind another.
 */
int	 appsock_sound(int fd);
void	 appsock_unlink(const struct appsock_of *, enum app_socket);

#endif /* OMNITROND_PARENT_APPSOCK_H */
