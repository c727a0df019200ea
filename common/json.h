/*
 * Reading JSON (RFC 8259): yajl's SAX parser behind a strict pre-scan, into
 * a tree whose nodes live in one arena.
 *
 * The pre-scan refuses before yajl sees it: more than `max` bytes, more
 * than `depth` levels, more than `tokens` values, invalid UTF-8, NUL (raw or
 * \u0000), lone surrogates, comments.  Duplicate keys are an error.
 * Integers outside int64_t are doubles; a double that overflows is an
 * error.  Error texts never quote the input.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stddef.h>
#include <stdint.h>

enum json_type {
	JSON_NULL, JSON_BOOL, JSON_INT, JSON_DOUBLE, JSON_STRING,
	JSON_ARRAY, JSON_OBJECT
};

struct json {			/* read only for callers */
	enum json_type	 type;
	const char	*key;	/* in an object, else NULL; no NUL inside */
	struct json	*next;	/* sibling */
	struct json	*first;	/* of an array or object */
	size_t		 count;	/* children, or bytes of a string */
	union {
		int64_t		 i;
		double		 d;
		int		 b;
		const char	*s;
	} u;
};

struct json_limits {
	size_t	max;		/* bytes */
	size_t	depth;		/* levels */
	size_t	tokens;		/* values and keys */
};

extern const struct json_limits json_limits_request; /* 1 MiB, 32, 65536 */
extern const struct json_limits json_limits_reply;   /* 64 MiB, 32, 8 M */
extern const struct json_limits json_limits_state;   /* 64 MiB, 16, 8 M */

/*
 * The tree of the document, to be freed with json_free, or NULL and a short
 * reason in err ("nested too deeply", "invalid UTF-8", "syntax error").
 */
struct json	*json_parse(const char *, size_t, const struct json_limits *,
		    char *err, size_t errsize);
void		 json_free(struct json *root);
/* Overwrite its strings, one of which is a secret; they read as "" then. */
void		 json_wipe(struct json *root);
const struct json *json_get(const struct json *object, const char *key);
/* The member's value, or the default if it is absent or of another type. */
const char	*json_get_string(const struct json *, const char *key,
		    const char *def);
int64_t		 json_get_int(const struct json *, const char *key, int64_t);
double		 json_get_number(const struct json *, const char *key, double);
int		 json_get_bool(const struct json *, const char *key, int);
const char	*json_type_name(enum json_type);	/* "string" */

struct jsonw;
/* Write the node (not its key) as compact JSON. */
void		 json_write(const struct json *, struct jsonw *);

#endif /* COMMON_JSON_H */
