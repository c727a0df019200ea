/*
 * The sockets on which clients of the planes `local' and `network' come.
 * They are kept over reloads by what they are bound to, with an id that is
 * the same as long as they are; the planes get copies.
 */
#ifndef OMNITROND_PARENT_PLANE_H
#define OMNITROND_PARENT_PLANE_H

#include <stddef.h>

struct conf;
struct parent;
struct peer;

void	 plane_init(struct parent *);
/*
 * Bind what this configuration has and the one in force has not.  0, or -1
 * with the reason in err ("listen tcp 0.0.0.0:9700: Address already in use,
 * by pid 411 (nginx) of uid 33"): then nothing has changed.  What is bound
 * here is kept by plane_commit and closed by plane_abort.
 */
int	 plane_bind(struct parent *, const struct conf *, char *err, size_t);
/* It is in force: close what it has not, once the planes were told. */
void	 plane_commit(struct parent *);
void	 plane_abort(struct parent *);
/* LISTENERs of the kind of plane that the channel leads to. */
void	 plane_feed(struct parent *, struct peer *, const struct conf *);
/* The daemon ends: no file is left. */
void	 plane_close_all(struct parent *);

#endif /* OMNITROND_PARENT_PLANE_H */
