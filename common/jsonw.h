/*
 * Writing JSON (RFC 8259) into a growing buffer.  It depends on no library,
 * so that the parent can use it; parsing is json.h, which it does not link.
 *
 * Strings are taken as bytes: what is not valid UTF-8 is written as U+FFFD,
 * control characters are escaped.  An error (memory, `max` reached) sticks:
 * check jsonw_done once at the end.
 */
#ifndef COMMON_JSONW_H
#define COMMON_JSONW_H

#include <stddef.h>
#include <stdint.h>

#define JSONW_DEPTH_MAX	32

struct jsonw {
	char	*buf;
	size_t	 len;
	size_t	 size;
	size_t	 max;			/* bytes; 0 = no bound */
	int	 depth;
	int	 error;
	int	 comma;			/* the next value needs one before it */
	char	 close[JSONW_DEPTH_MAX];
};

void	 jsonw_init(struct jsonw *, size_t max);
void	 jsonw_free(struct jsonw *);
void	 jsonw_reset(struct jsonw *);	/* empty again, memory kept */
void	 jsonw_object(struct jsonw *);	/* { */
void	 jsonw_array(struct jsonw *);	/* [ */
void	 jsonw_end(struct jsonw *);	/* the innermost } or ] */
void	 jsonw_key(struct jsonw *, const char *);
void	 jsonw_string(struct jsonw *, const char *);	/* NULL writes null */
void	 jsonw_stringn(struct jsonw *, const char *, size_t);
void	 jsonw_int(struct jsonw *, int64_t);
void	 jsonw_double(struct jsonw *, double);	/* shortest that reads back */
void	 jsonw_bool(struct jsonw *, int);
void	 jsonw_null(struct jsonw *);
/* Text that is JSON already, or punctuation between documents. */
void	 jsonw_raw(struct jsonw *, const char *, size_t);
/* key and value at once */
void	 jsonw_kstring(struct jsonw *, const char *key, const char *);
void	 jsonw_kint(struct jsonw *, const char *key, int64_t);
void	 jsonw_kdouble(struct jsonw *, const char *key, double);
void	 jsonw_kbool(struct jsonw *, const char *key, int);
void	 jsonw_knull(struct jsonw *, const char *key);
/* 0 if all was written and every object and array is closed, else -1. */
int	 jsonw_done(const struct jsonw *);

#endif /* COMMON_JSONW_H */
