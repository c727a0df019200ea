/*
 * The two files of the store, as omnitrond/load.h reads them into an empty
 * state and an empty list.
 */
#ifndef OMNITROND_STORE_LOAD_H
#define OMNITROND_STORE_LOAD_H

#include "omnitrond/load.h"

struct access;
struct state;

enum load	 load_state(struct file *, struct state *, const char *stamp,
		    char *text, size_t size);
enum load	 load_access(struct file *, struct access *,
		    const char *stamp, char *text, size_t size);

#endif /* OMNITROND_STORE_LOAD_H */
