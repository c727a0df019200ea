/*
 * Allocation that does not fail: fatal() when memory is out.  For sizes
 * that we choose ourselves; sizes that a client chooses use calloc(3) and
 * are checked.
 */
#ifndef COMMON_XMALLOC_H
#define COMMON_XMALLOC_H

#include <stddef.h>

void	*xmalloc(size_t);
void	*xcalloc(size_t n, size_t size);
void	*xreallocarray(void *, size_t n, size_t size);
char	*xstrdup(const char *);
int	 xasprintf(char **, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
/* Give the system what much memory that was just freed took. */
void	 xtrim(void);
/*
 * Large blocks go back to the system when they are freed, always: mallopt(3).
 * By default one that was freed makes the next ones a part of the heap, which
 * keeps them when anything small lies above.
 */
void	 xlarge_apart(void);

#endif /* COMMON_XMALLOC_H */
