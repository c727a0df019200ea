/* The start of a supervisor: what was recorded and what lives. */
#ifndef SUPERVISOR_LOAD_H
#define SUPERVISOR_LOAD_H

#include "omnitrond/proto.h"

struct app;
struct sup;

void	 load_init(struct sup *);
void	 load_free(struct sup *);
/* Messages; -1: it breaks the protocol. */
/* `exited' is the process that its last exit was of, or "". */
int	 load_state_app(struct sup *, const struct m_state_app *,
	    const char *name, const char *reason, const char *exited);
int	 load_state_inst(struct sup *, const struct m_state_inst *,
	    const char *name, const char *process);
int	 load_state_why(struct sup *, const struct m_state_why *,
	    const char *name, const char *process, const char *on,
	    const char *text);
int	 load_state_end(struct sup *, const struct m_state_end *,
	    const char *text);
int	 load_alive(struct sup *, const struct m_alive *, int fd);
int	 load_alive_end(struct sup *);
int	 load_gone(struct sup *, const struct m_inst *);
/* An exit before we can decide about it. */
void	 load_exited(struct sup *, const struct m_exited *);
void	 load_store_down(struct sup *);
/* Go on if all is there now. */
void	 load_check(struct sup *);
/* An app that the configuration brought later. */
void	 load_app(struct sup *, struct app *);

#endif /* SUPERVISOR_LOAD_H */
