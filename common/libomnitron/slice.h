/*
 * JSON as text: pieces of it, found without a tree.  yajl is not used in the
 * library: it crashes when memory is out, and a program that links us would
 * with it.
 */
#ifndef LIBOMNITRON_SLICE_H
#define LIBOMNITRON_SLICE_H

#include <stddef.h>
#include <stdint.h>

struct slice {			/* of one value; p NULL: there is none */
	char	*p;
	size_t	 len;
};

struct slice_walk {
	char	*p;		/* behind the last member */
	char	*end;
	int	 object;
	int	 first;
};

/*
 * NULL if the text is one JSON value as common/json.h would read it, but for
 * duplicate keys, which are not looked for; else the reason why not.  Then
 * *value is it, without white space around.  All else here takes only
 * what was checked, or what slice_scan and slice_next found good.
 */
const char	*slice_check(char *text, size_t len, struct slice *value);
/* The first half of it: characters and escapes, not yet the grammar. */
const char	*slice_scan(char *text, size_t len, struct slice *value);

/*
 * The members of an object, or elements of an array (key without p), in
 * their order: begin, then next as long as it returns 1; 0 is the end, -1
 * an error of syntax, which only a value that was not checked can have.
 * slice_begin returns -1 for a value that is neither.
 */
int		 slice_begin(struct slice, struct slice_walk *);
int		 slice_next(struct slice_walk *, struct slice *key,
		    struct slice *value);
/* The member, or one without p. */
struct slice	 slice_member(struct slice object, const char *name);

/* Is the string (with its quotes) equal to the text? */
int		 slice_equal(struct slice string, const char *text);
/* Unquote in place: the text, NUL-terminated. */
char		*slice_unquote(struct slice string);
/* 0, or -1 if it is no integer of 64 bits. */
int		 slice_int(struct slice, int64_t *);
/* NUL-terminate a value whose neighbours are not needed any more. */
char		*slice_end(struct slice);

#endif /* LIBOMNITRON_SLICE_H */
