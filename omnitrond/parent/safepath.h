/*
 * Opening and making folders that nobody else can replace: every folder on
 * the way is opened by the descriptor of the one before it, must belong to
 * root or to us, and must not be writable by others (a sticky one like /tmp
 * may be, but then what lies in it must not be a symbolic link).
 */
#ifndef OMNITROND_PARENT_SAFEPATH_H
#define OMNITROND_PARENT_SAFEPATH_H

#include <sys/types.h>

#include <stddef.h>

#define SAFEPATH_MAKE	0x1	/* make what is missing (0755, last: mode) */
#define SAFEPATH_OURS	0x2	/* the last must be our own, not root's */
#define SAFEPATH_STRICT	0x4	/* no sticky folder on the way either */
#define SAFEPATH_STICKY	0x8	/* the last may be sticky, too */

/*
 * A descriptor of the folder (O_RDONLY, close-on-exec), or -1 with the
 * reason in err.  With SAFEPATH_MAKE the last one is made with exactly
 * `mode`; the mode of one that exists is left alone.
 */
int	 safepath_dir(const char *path, int flags, mode_t mode, char *err,
	    size_t);
/*
 * The same for the folder a file is in; name points into path, at the
 * file's own name.
 */
int	 safepath_parent(const char *path, int flags, const char **name,
	    char *err, size_t);

#endif /* OMNITROND_PARENT_SAFEPATH_H */
