/* The table of method.h, made ready: parameters read, names hashed. */
#ifndef OMNITROND_RPC_INDEX_H
#define OMNITROND_RPC_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/method.h"

#define PARAMS_MAX	8	/* of a method */
#define METHOD_BUCKETS	128	/* a power of two, some times METHOD_MAX */

enum param_type {
	PARAM_STRING, PARAM_NAME, PARAM_INT, PARAM_DURATION, PARAM_BOOL,
	PARAM_OBJECT, PARAM_ARRAY, PARAM_SIGNAL, PARAM_TIME, PARAM_LEVEL,
	PARAM_TYPE_MAX
};

struct param {
	char			 name[24];
	enum param_type		 type;
	int			 optional;
	char			 def[24];	/* "" = none */
	int64_t			 value;		/* of the default */
};

struct params {
	size_t			 n;
	struct param		 param[PARAMS_MAX];
};

struct index {
	struct params		 params[METHOD_MAX];
	uint8_t			 bucket[METHOD_BUCKETS]; /* id + 1; 0 = none */
};

/* To be freed with free(3).  A mistake in the table is fatal. */
struct index	*index_new(void);
/* The id of the method with that whole name, or -1. */
int		 index_find(const struct index *, const char *);
/* The whole name of the method nearest to that one, or NULL. */
const char	*index_nearest(const char *);
/* As the table spells it. */
const char	*index_type_name(enum param_type);

#endif /* OMNITROND_RPC_INDEX_H */
