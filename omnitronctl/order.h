/*
 * The order of several apps in one command, by their dependencies.
 */
#ifndef OMNITRONCTL_ORDER_H
#define OMNITRONCTL_ORDER_H

#include <stddef.h>

struct ctl;
struct json;
struct targets;

/*
 * Sorts the targets so that each comes after those of them that it depends
 * on, over any number of apps between; what is unrelated stays as it was.
 * level[i] says how many of them lie below it, one upon the other.  `graph`
 * is the answer to getDependencyGraph.
 */
void	 order_sort(struct targets *, const struct json *graph, size_t *level);
/* The other way round. */
void	 order_reverse(struct targets *, size_t *level);
/* Asks the daemon and sorts; 0, or the exit code after saying why. */
int	 order_ask(struct ctl *, struct targets *, size_t *level);

#endif /* OMNITRONCTL_ORDER_H */
