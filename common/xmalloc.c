/*
 * Allocation that does not fail, in every process: it touches nothing but
 * memory, and ends the process by fatalx() when there is none.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "common/log.h"
#include "common/xmalloc.h"

#ifdef __GLIBC__
#define LARGE_BLOCK	(128 * 1024)	/* bytes: glibc's own, made to stay */
#endif

void *
xmalloc(size_t size)
{
	void	*p;

	if (size == 0)
		size = 1;	/* NULL must mean failure everywhere */
	if ((p = malloc(size)) == NULL)
		fatalx("out of memory (%zu bytes)", size);
	return (p);
}

void *
xcalloc(size_t n, size_t size)
{
	void	*p;

	if (n == 0 || size == 0)
		n = size = 1;
	if ((p = calloc(n, size)) == NULL)
		fatalx("out of memory (%zu times %zu bytes)", n, size);
	return (p);
}

void *
xreallocarray(void *old, size_t n, size_t size)
{
	void	*p;

	if (n == 0 || size == 0)
		n = size = 1;
	if ((p = reallocarray(old, n, size)) == NULL)
		fatalx("out of memory (%zu times %zu bytes)", n, size);
	return (p);
}

char *
xstrdup(const char *s)
{
	size_t	 size = strlen(s) + 1;

	return (memcpy(xmalloc(size), s, size));
}

int
xasprintf(char **ret, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vasprintf(ret, fmt, ap);
	va_end(ap);
	if (n == -1)
		fatalx("out of memory (formatting)");
	return (n);
}

/* glibc keeps what lies below the last piece in use, for good. */
void
xtrim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

void
xlarge_apart(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
#endif
}
