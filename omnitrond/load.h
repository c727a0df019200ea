/*
 * How state.json, access.json and secrets.enc are read: the primary, else
 * its backup, else nothing.  file.h is how they are written.
 */
#ifndef OMNITROND_LOAD_H
#define OMNITROND_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct file;

#define STAMP_SIZE	32	/* "20261124T105346Z" */

enum load {
	LOAD_GOOD,		/* the primary was whole */
	LOAD_FRESH,		/* there was none, nor a backup */
	LOAD_RESET,		/* an operator removed it: empty */
	LOAD_BACKUP,		/* the primary was damaged, the backup not */
	LOAD_LOST,		/* both were damaged or missing: empty */
	LOAD_DAMAGED,		/* strict: the primary was, nothing was moved */
	LOAD_REFUSED		/* not a file that we may read or replace */
};

/* What kind of file it is. */
struct load_as {
	const char	*what;		/* is in it: "records" */
	size_t		 max;		/* bytes; more is damage */
	int64_t		 version;	/* the newest that is understood */
	/*
	 * Only an operator decides what becomes of a damaged one: it is not
	 * replaced by its backup, and not moved aside.
	 */
	int		 strict;
	/*
	 * Take a whole file in.  -1 and a short reason: it is damaged, and
	 * nothing was taken.  *version is what the file says.
	 */
	int		(*read)(void *, const char *, size_t,
			    int64_t *version, char *err, size_t);
};

/*
 * Read the file or its backup with as->read and move aside what is damaged.
 * The text says what happened ("" when all is well).
 */
enum load	 load_file(struct file *, const struct load_as *, void *arg,
		    const char *stamp, char *text, size_t size);
/* The stamp of a file that is moved aside, from the wall clock. */
char		*load_stamp(char *, size_t);

#endif /* OMNITROND_LOAD_H */
