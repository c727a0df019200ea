/* A short list of things that belong to somebody else. */
#ifndef SUPERVISOR_REFS_H
#define SUPERVISOR_REFS_H

#include <stdint.h>

struct refs {
	void		**of;
	uint32_t	  n;
};

void	 refs_add(struct refs *, void *);
int	 refs_has(const struct refs *, const void *);
void	 refs_remove(struct refs *, const void *);
/* Empty again; what it named is not touched. */
void	 refs_free(struct refs *);

#endif /* SUPERVISOR_REFS_H */
