/*
 * The state of the secrets process, and what its parts offer each other.
 */
#ifndef OMNITROND_SECRETS_SECRETS_H
#define OMNITROND_SECRETS_SECRETS_H

#include <sys/types.h>
#include <sys/queue.h>

#include "common/mono.h"
#include "omnitrond/proc.h"
#include "omnitrond/secrets/map.h"
#include "omnitrond/secrets/sign.h"
#include "omnitrond/secrets/vault.h"

struct event;
struct jsonw;

/* An answer on its way to a plane. */
struct answer {
	TAILQ_ENTRY(answer)	 entry;
	uint64_t		 id;
	enum outcome		 outcome;
	char			*data;
	size_t			 size;		/* of the memory */
	uint32_t		 len;
	uint32_t		 off;
};
TAILQ_HEAD(answers, answer);

/* A plane: its answers, one of them open, and its requests. */
struct plane {
	struct answers		 answers;
	uint32_t		 nanswers;
	uint32_t		 flying;	/* parts without a receipt */
	uint32_t		 nwaiting;
};

/* A request of which a part is missing: its word, its value, or our keys. */
struct waiting {
	TAILQ_ENTRY(waiting)	 entry;		/* oldest first */
	enum kind		 plane;
	uint64_t		 id;
	struct mono		 deadline;
	int			 opened;	/* by the supervisor */
	struct m_secret_open	 open;
	char			 key[SUBJECT_SIZE];
	char			*value;		/* NULL: it has not come */
	size_t			 len;
};
TAILQ_HEAD(waitings, waiting);

/* A configuration that comes, until it is committed. */
struct coming {
	int			 begun;
	int			 ended;		/* and acknowledged */
	uint32_t		 version;
	enum secrets_how	 how;
	uint8_t			*given;		/* key or passphrase */
	size_t			 len;
	struct map		 env;
	struct signer		*signer;
	uint8_t			*key;		/* that signs, from its file */
	size_t			 keylen;
	int			 keyerror;	/* errno of reading it */
	char			 kid[NAME_SIZE];
	char			 path[PATH_SIZE];
};

struct secrets {
	struct proc		*proc;
	struct vault		 vault;
	struct signer		*signer;
	struct coming		 coming;
	int			 committed;	/* there is a configuration */
	struct plane		 plane[K_MAX];
	struct waitings		 waiting;
	struct event		*late;		/* of the oldest that waits */
	struct event		*retry;		/* of a write that failed */
};

struct secrets	*secrets_of(const struct peer *);
/* After each write: have one that failed tried again. */
void	 secrets_written(struct secrets *);

/* conf.c */
void	 conf_init(struct secrets *);
void	 conf_free(struct secrets *);
int	 conf_begin(struct peer *, struct msg *);
int	 conf_jwt(struct peer *, struct msg *);
int	 conf_key(struct peer *, struct msg *);
int	 conf_end(struct peer *, struct msg *);
int	 conf_commit(struct peer *, struct msg *);
int	 conf_secrets_key(struct peer *, struct msg *);
int	 conf_secrets_value(struct peer *, struct msg *);

/* request.c: what planes ask, opened by the supervisor */
void	 request_init(struct secrets *);
void	 request_free(struct secrets *);
int	 request_open(struct peer *, struct msg *);
int	 request_put(struct peer *, struct msg *);
void	 request_committed(struct secrets *);
/* K_SUPERVISOR: no word of it will come for what waits. */
void	 request_gone(struct secrets *, enum kind);

/* act.c: a request that is whole becomes its answer */
void	 act(struct secrets *, struct waiting *);
/* Of the parent: a secret that a process is started with. */
int	 act_ask(struct peer *, struct msg *);
int	 act_tell(struct peer *, struct msg *);
/* To the supervisor: when each secret changed, never its value. */
void	 act_tell_all(struct secrets *);

/* answer.c */
void	 answer_init(struct secrets *);
void	 answer_free(struct secrets *);
void	 answer_text(struct secrets *, enum kind, uint64_t id, enum outcome,
	    const char *);
/* The buffer is taken over. */
void	 answer_json(struct secrets *, enum kind, uint64_t id,
	    struct jsonw *);
int	 answer_got(struct peer *, struct msg *);
void	 answer_gone(struct secrets *, enum kind);

#endif /* OMNITROND_SECRETS_SECRETS_H */
