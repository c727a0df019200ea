/*
 * Words that the writer and the reader of state.json share: one list each.
 */
#ifndef OMNITROND_STORE_STATE_JSON_H
#define OMNITROND_STORE_STATE_JSON_H

#include "omnitrond/proto.h"

/* `,"crc32c":"xxxxxxxx"}` and a newline: the end of every file. */
#define TAIL_FORMAT	",\"crc32c\":\"%08x\"}\n"
#define TAIL_LEN	22

#define EXIT_FLAGS(X)				\
	X(EXIT_STOPPED, "stopped")		\
	X(EXIT_KILLED, "killed")		\
	X(EXIT_UNKNOWN, "unknown")		\
	X(EXIT_OOM, "oom")			\
	X(EXIT_NOEXEC, "noexec")		\
	X(EXIT_SIGNALLED, "signalled")		\
	X(EXIT_CORE, "core")			\
	X(EXIT_GUESS, "guess")

/* By enum watch_wish; the first, for what no operator said, is false. */
#define WATCH_WISHES	{ NULL, "on", "off" }

/*
 * Members that the format names and that this version has nothing to say
 * about: written so when no file said otherwise, else kept like unknown ones.
 */
#define APP_UNUSED(X)	X("metrics", "null")

#endif /* OMNITROND_STORE_STATE_JSON_H */
