/*
 * Files of the log folder (the working directory): appended to, rotated by
 * size, and held in bounded memory while they cannot be written.
 */
#ifndef OMNITROND_LOGGER_FILE_H
#define OMNITROND_LOGGER_FILE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/units.h"

#define FILES_OPEN_MAX	512u		/* at once; the longest unused closes */
#define HELD_MAX	(256u * 1024)	/* bytes of one file while it fails */
#define HELD_ALL_MAX	(16u * 1024 * 1024)	/* and of all */
#define RETRY_MS	1000		/* between attempts on failed files */
#define RETRY_FILES	16		/* that may fail again in one attempt */
#define LOOK_MS		1000		/* has it been moved or cut? */
#define ROTATE_RETRY_MS	60000		/* after a rotation that failed */
#define ROTATED_MAX	10000u		/* numbers of old files */
#define FILE_BASE_SIZE	(NAME_LEN_MAX + 12)	/* NAME+crash.log */
#define FILE_NAME_SIZE	(FILE_BASE_SIZE + 12)	/* and .NUMBER */

struct files;

/* How a file is kept: what CONF_LOG says of it. */
struct file_rules {
	int64_t		 max_size;	/* 0 = no rotation */
	uint32_t	 max_files;	/* old ones that are kept */
	uint32_t	 mode;
	uint32_t	 gid;		/* UINT32_MAX = leave */
};

struct file {
	TAILQ_ENTRY(file) lru;		/* while it is open */
	TAILQ_ENTRY(file) failed;	/* while it cannot be written */
	struct files	*files;
	char		 name[FILE_BASE_SIZE];
	struct file_rules rules;
	int		 fd;		/* -1: not open */
	int		 error;		/* errno of the failure that lasts */
	int		 torn;		/* ends in the middle of a line */
	int		 warned;	/* about its group */
	int64_t		 size;
	uint32_t	 rotations;	/* in this process's life */
	struct mono	 looked;
	struct mono	 rotate_after;
	char		*held;
	size_t		 heldlen;
	size_t		 heldsize;
	uint64_t	 lost_lines;	/* beyond what could be held */
	uint64_t	 lost_bytes;
	/* The line that reports a loss, with newline, to buf. */
	size_t		(*loss)(struct file *, char *buf, size_t size);
	void		*arg;
};

struct files {
	int		 hold;		/* touch none: another may be at it */
	TAILQ_HEAD(, file) open;	/* longest unused first */
	TAILQ_HEAD(, file) broken;	/* that fail */
	unsigned	 nopen;
	unsigned	 open_max;
	size_t		 held;
	size_t		 held_max;	/* of one */
	size_t		 held_all_max;
	struct file	*told;		/* whose failure was reported */
	int		 told_error;
	/* Cause of a failure, or NULL when there is none any more. */
	void		(*fault)(struct files *, const char *);
	void		*arg;
};

void	 files_init(struct files *, void (*fault)(struct files *,
	    const char *), void *arg);
/* Try those again that fail; 1 if some still do. */
int	 files_retry(struct files *, struct mono now);
/* Close all: the next line opens them by name. */
void	 files_reopen(struct files *);
/* What the present fault is, or NULL. */
const char *files_fault(const struct files *, char *, size_t);

/* name: of the app, or of a log of our own; the file is NAME.log */
void	 file_init(struct files *, struct file *, const char *name,
	    size_t (*loss)(struct file *, char *, size_t), void *arg);
void	 file_set_rules(struct file *, const struct file_rules *);
/* Whole lines.  Never fails: what cannot be written is held or counted. */
void	 file_write(struct file *, const char *, size_t, struct mono now);
void	 file_close(struct file *);
/* Closes and forgets what was held. */
void	 file_free(struct file *);
/* NAME.log, NAME.log.1 ...; returns buf. */
char	*file_name(const struct file *, unsigned n, char *buf, size_t);

/* rotate.c: 0, or -1 with errno and the file as it was */
int	 file_rotate(struct file *);

#endif /* OMNITROND_LOGGER_FILE_H */
