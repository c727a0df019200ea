/*
 * How state.json, access.json and secrets.enc get to the disk: at every
 * instant, whatever was killed or cut off, it or its backup is whole.  All
 * through a table of operations, so that a test can stop or fail any of them.
 */
#ifndef OMNITROND_FILE_H
#define OMNITROND_FILE_H

#include <sys/types.h>

#include <stddef.h>

#define FILE_NAME_SIZE	96	/* "state.json.bak.corrupt-" and a stamp */

/* As the system calls of these names; names are relative to dirfd. */
struct fileops {
	int	(*open)(int dirfd, const char *, int flags, mode_t);
	ssize_t	(*write)(int fd, const void *, size_t);
	int	(*fsync)(int fd);
	int	(*close)(int fd);
	int	(*link)(int dirfd, const char *from, const char *to);
	int	(*rename)(int dirfd, const char *from, const char *to);
	int	(*unlink)(int dirfd, const char *);
};

extern const struct fileops fileops_system;

/* What must be moved out of the way before anything is written. */
enum recover {
	RECOVER_NONE,
	RECOVER_RESET,		/* no primary: keep the backup aside */
	RECOVER_RESTORE,	/* damaged primary, good backup */
	RECOVER_EMPTY,		/* damaged primary, no good backup */
	RECOVER_ASIDE		/* an operator wants both out of the way */
};

struct file {
	const struct fileops	*ops;
	int			 dirfd;
	char			 name[FILE_NAME_SIZE];
	char			 bak[FILE_NAME_SIZE];
	char			 tmp[FILE_NAME_SIZE];
	char			 baktmp[FILE_NAME_SIZE];
	char			 aside[FILE_NAME_SIZE];	/* kept under it */
	enum recover		 recover;
	int			 linkless;	/* and we have said so */
	int			 placed;	/* the last save replaced it */
	const char		*step;		/* that failed last */
};

void	 file_init(struct file *, const struct fileops *, int dirfd,
	    const char *name);
/* Remove what a crash left half written. */
void	 file_sweep(struct file *);
/* Move aside what f->recover says; 0, or -1 with f->step and errno. */
int	 file_recover(struct file *, const char *stamp);
/* Keep the present file under a further name, if there is none of that. */
int	 file_keep(struct file *, const char *as);
/*
 * Replace the file.  0: it is on the disk.  -1 with f->step and errno: it
 * may or may not be; call again later, with this or newer text.  f->placed
 * says whether it has its new text, however long it keeps it.
 */
int	 file_save(struct file *, const char *text, size_t len,
	    const char *stamp);

#endif /* OMNITROND_FILE_H */
