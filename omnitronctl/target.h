/*
 * The apps that a command is about: names as they are, patterns ('web-*')
 * matched against the list of the daemon.
 */
#ifndef OMNITRONCTL_TARGET_H
#define OMNITRONCTL_TARGET_H

#include <stddef.h>

struct ctl;
struct json;

struct targets {
	char	**names;
	size_t	  n;
	int	  single;	/* one plain name was given */
};

int	 target_is_glob(const char *);
/* Does the name match one of the n words, plain or pattern? */
int	 target_match(const char *name, const char *const *words, size_t n);
/*
 * 0, or the exit code after saying why: a pattern that matches nothing, a
 * name that cannot be one.  Plain names are not checked against the list:
 * the daemon does that.
 */
int	 target_resolve(struct ctl *, const char *const *words, size_t n,
	    struct targets *);
void	 target_free(struct targets *);
/*
 * The apps of a list that the words name, or all of them without words.
 * *apps is the caller's to free.
 */
int	 target_filter(struct ctl *, const struct json *list,
	    const char *const *words, size_t n, const struct json ***apps,
	    size_t *napps);

#endif /* OMNITRONCTL_TARGET_H */
