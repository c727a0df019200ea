/* The file of an app's crash records: what crash.c and crash_read.c share. */
#ifndef OMNITROND_LOGGER_CRASH_H
#define OMNITROND_LOGGER_CRASH_H

#include "omnitrond/logger/logger.h"

/*
 * A record is one line of JSON that begins with its number and is no longer
 * than this; what was said last is cut at the front until it is.
 */
#define CRASH_RECORD_MAX (64u * 1024)
#define CRASH_BEGIN	"{\"id\":"
#define CRASH_LINES	80u		/* of stderr */
/* Bytes of them: each may be twice as long in JSON, and the rest is small. */
#define CRASH_TAIL_MAX	(24u * 1024)
/*
 * A file is put aside when it is full, and the one before it goes: so there
 * are always as many records as are kept, however long they are.
 */
#define CRASH_FILE_MAX	((int64_t)CRASHES_MAX * CRASH_RECORD_MAX)

struct crash {
	struct file	 file;
	int64_t		 last;		/* number of the newest record */
	int		 counted;	/* with those in the file */
};

/* The app's, made at first use. */
struct crash *crash_of(struct app *);
/* The number of a record; 0 if the line is none, or was cut. */
int64_t	 crash_number(const char *, size_t);
/* The number of the newest on record, 0 if there is none. */
int64_t	 crash_newest(const struct crash *);

#endif /* OMNITROND_LOGGER_CRASH_H */
