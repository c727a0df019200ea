#ifndef OMNITROND_STORE_LOAD_H
#define OMNITROND_STORE_LOAD_H

#include <stddef.h>

struct file;
struct state;

#define STAMP_SIZE	32	/* "20261124T105346Z" */

enum load {
	LOAD_GOOD,		/* the primary was whole */
	LOAD_FRESH,		/* there was none, nor a backup */
	LOAD_RESET,		/* an operator removed it: empty */
	LOAD_BACKUP,		/* the primary was damaged, the backup not */
	LOAD_LOST,		/* both were damaged or missing: empty */
	LOAD_REFUSED		/* not a file that we may read or replace */
};

/*
 * Fill an empty state from the file or its backup and move aside what is
 * damaged.  The text says what happened ("" when all is well).
 */
enum load	 load_state(struct file *, struct state *, const char *stamp,
		    char *text, size_t size);
/* The stamp of a file that is moved aside, from the wall clock. */
char		*load_stamp(char *, size_t);

#endif /* OMNITROND_STORE_LOAD_H */
