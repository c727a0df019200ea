/*
 * Secrets as files, for programs that read them from $CREDENTIALS_DIRECTORY:
 * a folder of each instance in RUNDIR/cred, from before its start until its
 * end.
 */
#ifndef OMNITROND_PARENT_CRED_H
#define OMNITROND_PARENT_CRED_H

#include <sys/types.h>

#include <stddef.h>

#include "common/units.h"

/* Of one instance: APP:PROCESS:SLOT, since names may have a point. */
#define CRED_NAME_SIZE	(2 * NAME_SIZE + 8)

struct cred_file {
	const char	*name;		/* key of the secret */
	const void	*data;
	size_t		 len;
};

/*
 * Make the folder that all of them are in, or see that it is as it should be:
 * ours alone to write, and as root for all to search.  Its descriptor, or -1
 * with the reason in err.
 */
int	 cred_open(const char *path, char *err, size_t);
/*
 * The folder of an instance, anew: 0500 of that user, each file 0400.  0, or
 * -1 with errno, and then there is none.
 */
int	 cred_write(int dir, const char *name, const struct cred_file *,
	    size_t n, uid_t, gid_t);
/*
 * Remove it with all that its user put into it.  0 also if there is none; -1
 * with errno.
 */
int	 cred_remove(int dir, const char *name);
/* Remove all folders but those that keep() returns 1 for. */
void	 cred_sweep(int dir, int (*keep)(void *, const char *name), void *);

#endif /* OMNITROND_PARENT_CRED_H */
