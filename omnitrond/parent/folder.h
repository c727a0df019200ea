/* The folders of the daemon's processes, made and given to their users. */
#ifndef OMNITROND_PARENT_FOLDER_H
#define OMNITROND_PARENT_FOLDER_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Have the folder `path` (absolute) with exactly this mode and owner.  It is
 * made if it is missing; the one above it must be there.  One that exists is
 * given away only if it belongs to `uid` already, or is ours and empty: the
 * configuration may name it by mistake.  Every folder above must be one that
 * only root and we can change.  0, or -1 with the reason and the remedy in
 * err (NUL-terminated, at most errsize bytes).
 */
int	 folder_have(const char *path, mode_t mode, uid_t uid, gid_t gid,
	    char *err, size_t errsize);

#endif /* OMNITROND_PARENT_FOLDER_H */
