/*
 * One setting of an app, by its row in the FIELDS list: parsed, printed,
 * compared and copied (conf_field.c), and the resources of limit
 * (conf_limit.c).  Pure: no file, no clock, no system database.
 */
#ifndef OMNITROND_PARENT_CONF_FIELD_H
#define OMNITROND_PARENT_CONF_FIELD_H

#include <sys/types.h>
#include <sys/resource.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/parent/conf_keywords.h"

enum field_type {
	FT_OTHER, FT_PATH, FT_STRING, FT_MODE, FT_LOGMODE, FT_INT, FT_BOOL,
	FT_FLAG, FT_COUNT, FT_DURATION, FT_SIZE, FT_FACTOR, FT_SIGNAL,
	FT_LEVEL, FT_STRATEGY, FT_RESTART, FT_BACKOFF, FT_FORMAT, FT_ACCESS
};

enum field_of { OF_app, OF_process };

struct field {
	enum field_id	 id;
	enum keyword	 kw;
	enum field_type	 type;
	enum field_of	 of;
	size_t		 off;
	int64_t		 min;
	int64_t		 max;
	const char	*json;
	int		 respawn;
};

struct jsonw;

extern const struct field	 fields[FIELD_MAX];

/*
 * `of' is the app_conf or process_conf that the field is of (field.of).
 */
/* 0, or -1 with what is wrong, which follows 'keyword "text" '. */
int	 field_parse(const struct field *, const char *, void *of, char *err,
	    size_t);
/* As in a file, strings without quotes; NULL if it has no value. */
const char *field_format(const struct field *, const void *of, char *,
	    size_t);
void	 field_json(const struct field *, const void *of, struct jsonw *);
int	 field_equal(const struct field *, const void *of, const void *);
void	 field_copy(const struct field *, void *of, const void *from);

/* Resources of limit (conf_limit.c). */
int	 limit_resource(const char *);		/* RLIMIT_*, or -1 */
const char *limit_name(int);			/* NULL if we do not know it */
const char *limit_names(char *, size_t);	/* all, for messages */
int	 limit_parse(int, const char *, rlim_t *);
/* That of a process, never NULL; most processes have room for none. */
const struct limit *limit_get(const struct process_conf *, int);
/* To be set; valid until the process goes. */
struct limit *limit_make(struct process_conf *, int);
char	*limit_format(int, rlim_t, char *, size_t);

#endif /* OMNITROND_PARENT_CONF_FIELD_H */
