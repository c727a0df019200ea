/* The configuration: staged, acknowledged, switched. */
#ifndef SUPERVISOR_CONF_H
#define SUPERVISOR_CONF_H

#include "omnitrond/proto.h"

#define CONF_APPS_MAX	16384u		/* as the parent's parser */

struct conf_stage;
struct msg;
struct sup;

/* All return -1 for what breaks the protocol. */
int	 conf_begin(struct sup *, const struct m_conf_begin *);
int	 conf_app(struct sup *, const struct m_conf_app *, const char *name);
/* Of the app that was named last. */
int	 conf_process(struct sup *, const struct m_conf_process *,
	    const char *name);
int	 conf_dep(struct sup *, const struct m_conf_dep *);
int	 conf_watch(struct sup *, const struct m_conf_watch *,
	    const char *directory);
int	 conf_change(struct sup *, const struct m_conf_change *,
	    const char *fields);
/* CONF_RULE as it comes */
int	 conf_rule(struct sup *, struct msg *);
int	 conf_secret(struct sup *, const struct m_conf_secret *,
	    const char *key);
int	 conf_end(struct sup *, const struct m_conf_end *);
int	 conf_commit(struct sup *, const struct m_conf_end *);
void	 conf_stage_free(struct conf_stage *);

#endif /* SUPERVISOR_CONF_H */
