/*
 * Values as people read them.  Pure; every function returns its buffer.
 */
#ifndef OMNITRONCTL_HUMAN_H
#define OMNITRONCTL_HUMAN_H

#include <stddef.h>
#include <stdint.h>

#define HUMAN_SIZE	64

struct json;

char	*human_cpu(double percent, char *, size_t);	/* "3.2%" */
/* "2026-11-23T00:39:04.123Z" */
char	*human_time(int64_t ms, char *, size_t);
/* Local: "14:02:10" if it was today, else "2026-11-23 14:02:10" */
char	*human_when(int64_t ms, int64_t now_ms, char *, size_t);
/* Why an app is not as wished: "restart in 8s (exit 1)", or "". */
char	*human_reason(const struct json *app, int64_t now_ms, char *, size_t);
/*
 * A moment given by a person: "10m" is that long before now; else
 * "2026-11-23", "2026-11-23 00:39", "...T00:39:04.123Z", local time unless
 * it ends in Z or +01:00.  -1 if it is none of these.
 */
int	 human_parse_time(const char *, int64_t now_ms, int64_t *ms);

#endif /* OMNITRONCTL_HUMAN_H */
