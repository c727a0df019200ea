/*
 * What the store knows: the apps by name with their instances, as the last
 * file said and as the supervisor has changed it since.
 */
#ifndef OMNITROND_STORE_STATE_H
#define OMNITROND_STORE_STATE_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/units.h"
#include "omnitrond/proto.h"

struct json;
struct jsonw;

#define STATE_VERSION	1
#define STATE_FILE_MAX	((size_t)64 * 1024 * 1024)	/* no more is read */
/*
 * Twice what a configuration may hold, as apps that have left it can still
 * have a record: no supervisor, however wrong, fills our memory.
 */
#define STATE_APPS_MAX	32768u
#define STATE_INSTS_MAX	131072u

/* A member that this version does not know, to be written back as it is. */
struct extra {
	TAILQ_ENTRY(extra)	 entry;
	char			*key;
	char			*text;		/* its value, as JSON */
};
TAILQ_HEAD(extras, extra);

/* A cause of an app's status. */
struct why {
	TAILQ_ENTRY(why)	 entry;
	struct m_why		 m;
	uint16_t		 instance;	/* or INSTANCE_ANY */
	char			*subject;	/* of the token, NULL: none */
	char			*process;
	char			*on;
	char			*text;
};
TAILQ_HEAD(whys, why);

struct inst {
	RB_ENTRY(inst)		 entry;
	char			*process;
	uint16_t		 number;	/* of its slot */
	int			 stale;		/* not sent since a reset */
	uint32_t		 generation;
	uint32_t		 status;
	uint32_t		 restarts;
	uint32_t		 backoff;
	uint32_t		 ntimes;
	uint32_t		 finished;
	uint32_t		 wanted;	/* instances of its process */
	uint32_t		 configured;
	int64_t			 started_ms;
	int64_t			 deadline_ms;
	int64_t			*times_ms;
	struct m_signature	 sig;
	struct extras		 extra;
};
RB_HEAD(insts, inst);

struct app {
	RB_ENTRY(app)		 entry;
	char			*name;
	char			*reason;
	char			*exited;	/* process of the last exit */
	int			 told;		/* the supervisor named it */
	int			 stale;		/* not sent since a reset */
	struct m_state_app	 rec;
	struct whys		 whys;		/* newest first */
	uint32_t		 nwhys;
	struct insts		 insts;
	struct extras		 extra;
};
RB_HEAD(apps, app);

struct state {
	struct apps		 apps;
	size_t			 napps;
	size_t			 ninsts;
	int			 resetting;
	char			 bootid[40];	/* under which it was written */
	struct extras		 extra;		/* of the root object */
};

/* Of the daemon that writes. */
struct writer {
	int32_t			 pid;
	int64_t			 started_ms;
	char			 bootid[40];
	int64_t			 now_ms;
};

void		 state_init(struct state *);
void		 state_free(struct state *);
struct app	*state_find(struct state *, const char *name);
struct app	*state_add(struct state *, const char *name);
struct inst	*state_inst_find(struct app *, const char *process, uint16_t);
struct inst	*state_inst_add(struct state *, struct app *,
		    const char *process, uint16_t);

/*
 * Changes by the supervisor.  -1: the record makes no sense and breaks the
 * protocol.  A record of an instance whose app is not there is ignored.
 */
int		 state_put_app(struct state *, const struct m_state_app *,
		    const char *name, const char *reason, const char *exited);
int		 state_put_inst(struct state *, const struct m_state_inst *,
		    const char *name, const char *process);
int		 state_put_why(struct state *, const struct m_state_why *,
		    const char *name, const char *process, const char *on,
		    const char *text);
void		 state_drop(struct state *, const char *name);
/*
 * All records follow anew.  Until state_settle nothing is lost: then what
 * was not sent again goes, apart from apps that the supervisor never named
 * (they are in no configuration that this daemon has read, and are kept
 * until they are dropped by name).  state_resume forgets an unfinished reset.
 */
void		 state_reset(struct state *);
void		 state_settle(struct state *);
void		 state_resume(struct state *);

/* The records as they are sent. */
void		 state_get_inst(const struct inst *, struct m_state_inst *);

/*
 * state_why.c.  why_write writes the member "why" of an app's object, if there
 * is a cause, why_read reads it; -1: it makes no sense.  why_get makes the
 * message of one.
 */
void		 why_free(struct app *);
void		 why_get(const struct app *, const struct why *,
		    struct m_state_why *);
void		 why_write(struct jsonw *, const struct app *);
int		 why_read(struct app *, const struct json *object);

void		 extra_add(struct extras *, const char *key, const char *text,
		    size_t len);
int		 extra_has(const struct extras *, const char *key);
void		 extra_free(struct extras *);
/* As members of the object that is being written. */
void		 extra_write(struct jsonw *, const struct extras *);

/*
 * The text of the file (state_write.c, state_read.c).  state_write: -1 with
 * errno EFBIG.  state_read fills an empty state from a whole file; -1 and a
 * short reason, and the state is empty again.  *version is what the file says.
 */
int		 state_write(const struct state *, const struct writer *,
		    struct jsonw *);
int		 state_read(struct state *, const char *, size_t,
		    int64_t *version, char *err, size_t errsize);
/*
 * A document that is complete, of this file or of access.json, gets its
 * checksum.  -1 with errno EFBIG: it is too large.
 */
int		 state_seal(struct jsonw *);

int		 app_cmp(const struct app *, const struct app *);
int		 inst_cmp(const struct inst *, const struct inst *);
RB_PROTOTYPE(apps, app, entry, app_cmp)
RB_PROTOTYPE(insts, inst, entry, inst_cmp)

#endif /* OMNITROND_STORE_STATE_H */
