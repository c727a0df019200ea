/*
 * Values of secrets, for the moment of a spawn: asked of the process that
 * keeps them, by keys of the configuration that we parsed ourselves, and wiped
 * when the child has them.  The supervisor never sees one.
 */
#ifndef OMNITROND_PARENT_SECRET_H
#define OMNITROND_PARENT_SECRET_H

#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"

struct event;
struct parent;
struct process_conf;
struct secret_set;
RB_HEAD(secret_asks, secret);

/*
 * `done' is called once, from the event loop: why is NULL when
 * all values are there, else the reason for people.  It may free the set.
 */
typedef void (*secret_done)(void *arg, const char *why);

/* For secret.c and secret_value.c. */
struct secret {
	RB_ENTRY(secret)	 entry;		/* while it is asked for */
	uint64_t		 id;
	struct secret_set	*set;
	const char		*key;		/* the configuration's, a copy */
	char			*value;		/* NULL: not told yet */
	size_t			 len;
};

struct secret_set {
	struct parent		*parent;
	struct secret		 v[SECRET_USES_MAX];
	size_t			 n;
	size_t			 left;		/* not told yet */
	struct event		*timer;
	secret_done		 done;
	void			*arg;
};

/*
 * Ask for what this process is started with, in its environment and as
 * credentials.  NULL if that is nothing.
 */
struct secret_set *secret_set_new(struct parent *, const struct process_conf *,
	    secret_done, void *arg);
/* NULL: none of that key is in the set; the set may be NULL, too.  Pure. */
const char *secret_value(const struct secret_set *, const char *key,
	    size_t *len);
/* Wipes the values; `done' is not called any more.  NULL is none. */
void	 secret_set_free(struct secret_set *);

/* The process that keeps them goes by its configuration: ask it again. */
void	 secret_feed(struct parent *);

#endif /* OMNITROND_PARENT_SECRET_H */
