/*
 * The secrets in memory: by key, each with its value and when it was set.
 * Values are in memory that is not swapped, as far as there is such.
 */
#ifndef OMNITROND_SECRETS_MAP_H
#define OMNITROND_SECRETS_MAP_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stdint.h>

#include "omnitrond/proto.h"

/*
 * Memory that is locked and not dumped: keys, and values as far as they fit.
 * More than a user may usually lock would be none at all.
 */
#define SAFE_SIZE	(1024 * 1024)
#define SAFE_LEAST	32		/* bytes of the smallest piece */

/* Before the walls: 0, or -1 if the system does not let us lock memory. */
int	 safe_init(void);
/* Zeroed; fatal if there is no memory at all. */
void	*safe_new(size_t);
void	 safe_free(void *, size_t);	/* wiped */

struct secret {
	RB_ENTRY(secret)	 entry;
	char			 key[NAME_SIZE];
	int64_t			 updated_ms;	/* wall */
	size_t			 len;
	char			*value;		/* len bytes and a NUL */
};
RB_HEAD(secrets_map, secret);

struct map {
	struct secrets_map	 tree;
	uint32_t		 n;
};

void		 map_init(struct map *);
void		 map_free(struct map *);		/* empty again */
struct secret	*map_get(struct map *, const char *key);
struct secret	*map_first(struct map *);
struct secret	*map_next(struct secret *);
/* A secret that is in no map; its value is a copy. */
struct secret	*secret_new(const char *key, const void *value, size_t,
		    int64_t updated_ms);
void		 secret_free(struct secret *);		/* NULL is fine */
/* There must be none of that key, and fewer than SECRETS_MAX. */
void		 map_insert(struct map *, struct secret *);
void		 map_remove(struct map *, struct secret *);	/* not freed */

/*
 * As bytes: for each, in the order of the keys, its length in one byte, the
 * key, when it was set in eight, the length of the value in two, the value.
 * map_decode takes exactly that into an empty map; -1: it is something else.
 */
size_t		 map_size(struct map *);
void		 map_encode(struct map *, uint8_t *);
int		 map_decode(struct map *, const uint8_t *, size_t);

/* [A-Za-z0-9._-]{1,64}; UTF-8 without NUL, at most SECRET_MAX bytes. */
int		 secret_valid(const void *, size_t);

int		 secret_cmp(const struct secret *, const struct secret *);
RB_PROTOTYPE(secrets_map, secret, entry, secret_cmp)

#endif /* OMNITROND_SECRETS_MAP_H */
