/* The parameters of one call, checked against the table of methods. */
#ifndef OMNITROND_RPC_PARAMS_H
#define OMNITROND_RPC_PARAMS_H

#include <stdint.h>

#include "omnitrond/rpc/index.h"

struct client;
struct fault;
struct json;
struct view_app;

struct args {
	const struct params	*params;
	const struct json	*json[PARAMS_MAX];	/* NULL: absent */
	int64_t			 value[PARAMS_MAX];
	const struct view_app	*app;	/* of the one of type name, or NULL */
	int			 system; /* it names the daemon's own log */
};

/*
 * Fill the arguments of a call from the member "params" of its request
 * (NULL: absent), which they point into.  0, or -1 and why; an app must be one
 * on which the client may call the method.
 */
int		 params_check(const struct client *, enum method_id,
		    const struct json *, struct args *, struct fault *);
/* 1 if it was given; a default does not count. */
int		 args_has(const struct args *, const char *);
/* The array of that name, or NULL. */
const struct json *args_array(const struct args *, const char *name);
/*
 * Value of an int, bool, duration (ms), time (ms since the epoch), level or
 * signal; its default; 0 if the method has none of that name.
 */
int64_t		 args_value(const struct args *, const char *);
/* Value of a string, as long as the request lives; NULL: absent. */
const char	*args_string(const struct args *, const char *);

#endif /* OMNITROND_RPC_PARAMS_H */
