/* What an exit means for an app: the decision and its text. */
#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include <stddef.h>

#include "omnitrond/proto.h"

enum verdict {
	V_FINISHED,		/* gracefully, and stays down */
	V_RESTART_FREE,		/* again, whatever the budget says */
	V_RESTART,		/* again if the budget allows */
	V_FAILED,		/* restart never: stays down */
	V_CRASHED		/* retrying cannot help */
};

enum verdict	 policy_exit(const struct m_conf_process *,
		    const struct m_exited *);
/* Of one that failed otherwise than by its exit. */
enum verdict	 policy_failed(const struct m_conf_process *);
int		 policy_graceful(const struct m_conf_process *,
		    const struct m_exited *);
/* "exit 1", "signal SIGKILL (out of memory)", "exit unknown" */
char		*policy_text(const struct m_exited *, char *, size_t);
/* Would another attempt at this step meet the same error? */
int		 policy_permanent(enum spawn_step, int error);

#endif /* SUPERVISOR_POLICY_H */
