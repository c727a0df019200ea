/* Records of apps and instances for the store. */
#ifndef SUPERVISOR_PERSIST_H
#define SUPERVISOR_PERSIST_H

#include "omnitrond/proto.h"

struct app;
struct inst;
struct sup;

#define PERSIST_FLUSH_MS	30000	/* storage.md: and every 30 s */

void	 persist_init(struct sup *);
void	 persist_free(struct sup *);
/* The records are loaded: from now on they are ours to write. */
void	 persist_begin(struct sup *);
/* Its record changed; app->seq becomes the commit that will hold it. */
void	 persist_app(struct sup *, struct app *);
void	 persist_inst_gone(struct sup *, const struct inst *);
/* It has left the configuration and the machine. */
void	 persist_drop(struct sup *, struct app *);
void	 persist_forget(struct sup *, struct app *);	/* it is freed */
/* Send what is dirty and commit, unless a commit is on its way. */
void	 persist_flush(struct sup *);
/* Is all of it on disk? */
int	 persist_clean(const struct sup *);
void	 persist_store_up(struct sup *);
void	 persist_store_down(struct sup *);
int	 persist_stored(struct sup *, const struct m_stored *,
	    const char *text);

#endif /* SUPERVISOR_PERSIST_H */
