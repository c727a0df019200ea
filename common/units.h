/*
 * Durations, sizes and other words of the configuration and the CLI.
 * Parsers return 0, or -1 and leave the result alone; they take no sign, no
 * white space, and refuse what overflows.
 */
#ifndef COMMON_UNITS_H
#define COMMON_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define NAME_LEN_MAX	64	/* apps, processes, groups, keys */
#define NAME_SIZE	(NAME_LEN_MAX + 1)

/* "500ms", "30s", "5m", "24h", "90d"; a bare number means seconds. */
int	 duration_parse(const char *, int64_t *ms);
/* The shortest exact spelling: 90000 -> "90s", 1500 -> "1500ms". */
char	*duration_format(int64_t ms, char *buf, size_t);
/* For people: "2h 14m", "8s", "3d 4h". */
char	*duration_human(int64_t ms, char *buf, size_t);
/* "512", "64kb", "50mb", "2gb" (powers of 1024, any case, "b" optional). */
int	 size_parse(const char *, int64_t *bytes);
char	*size_format(int64_t bytes, char *buf, size_t);
/* For people: "88.1 MB". */
char	*size_human(int64_t bytes, char *buf, size_t);
/* [A-Za-z0-9._-]{1,64}, and neither "." nor "..". */
int	 name_valid(const char *);
/* "TERM", "SIGTERM" (any case) or "15" -> 15; -1 if there is no such. */
int	 signal_parse(const char *);
/* 15 -> "SIGTERM"; real-time ones as "SIGRTMIN+3"; "SIG99" if unknown. */
const char *signal_name(int);
/*
 * The nearest of n names (Damerau-Levenshtein distance at most a third of
 * the length, at least 1), else the only one that begins so, or NULL.  For
 * "did you mean".
 */
const char *nearest_name(const char *, const char *const *names, size_t n);
/* Strict UTF-8 (RFC 3629): no overlong forms, surrogates or NUL. */
int	 utf8_valid(const char *, size_t);

#endif /* COMMON_UNITS_H */
