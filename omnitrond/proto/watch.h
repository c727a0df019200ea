/*
 * Watches of files.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_WATCH_H
#define OMNITROND_PROTO_WATCH_H

/* Why a watch does not see all that it should. */
#define WATCH_TROUBLES(X)						\
	X(NONE, "")							\
	X(START, "its watcher cannot be started")			\
	X(DIED, "its watcher died and is started again")		\
	X(BROKE, "its watcher broke the protocol and is replaced")	\
	X(MANY, "there are too many watches")				\
	X(MISSING, "there is no such folder")				\
	X(DENIED, "its user may not read it")				\
	X(WATCHES, "the kernel's limit of watches is reached: raise "	\
	    "fs.inotify.max_user_watches")				\
	X(HANDLES, "the kernel's limit of watchers is reached: raise "	\
	    "fs.inotify.max_user_instances")				\
	X(FOLDERS, "it has more folders than are watched: ignore some")	\
	X(FAILED, "it cannot be watched")

enum watch_trouble {
#define X(id, text)	WATCH_##id,
	WATCH_TROUBLES(X)
#undef X
	WATCH_TROUBLE_MAX
};

/* What operators said of an app's watches; it survives the daemon. */
enum watch_wish { WISH_NONE, WISH_ON, WISH_OFF, WISH_MAX };

enum watch_order {
	WATCH_OFF,
	WATCH_ON,
	WATCH_REPLACE,		/* its watcher broke a rule: start another */
	WATCH_ORDER_MAX
};

/* app 0: all were named that are on; those of a supervisor before it end. */
struct m_watch {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 order;		/* enum watch_order */
};

/* With a descriptor, the channel to it; without, it does not run. */
struct m_watcher {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 trouble;	/* enum watch_trouble */
	int32_t		 pid;
	uint32_t	 error;		/* errno, or 0 */
};

/* tail: the folder */
struct m_watch_dir {
	int64_t		 since_ms;	/* wall: what is newer is a change */
	uint32_t	 debounce_ms;
	uint32_t	 pad;
};

struct m_changed {
	uint32_t	 files;		/* 1: some changed; 0: how it goes */
	uint32_t	 trouble;	/* enum watch_trouble */
	uint32_t	 error;		/* errno, or 0 */
	uint32_t	 folders;	/* that are watched */
};

#endif /* OMNITROND_PROTO_WATCH_H */
