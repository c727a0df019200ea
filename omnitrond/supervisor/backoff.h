/* Delays and the restart budget: arithmetic without a clock. */
#ifndef SUPERVISOR_BACKOFF_H
#define SUPERVISOR_BACKOFF_H

#include <stdint.h>

#include "common/mono.h"
#include "omnitrond/proto.h"

/* Times of the last relaunches, oldest first; room only once there is one. */
struct budget {
	uint32_t	 n;
	struct mono	*at;
};

void	 budget_copy(struct budget *, const struct budget *);
void	 budget_free(struct budget *);

/*
 * Milliseconds before relaunch n (1, 2, ...); `rnd` is uniform in 32 bits
 * and decides the jitter.
 */
int64_t	 backoff_delay(const struct m_conf_process *, uint32_t n, uint32_t rnd);
/* Relaunches within the window before `now`; forgets the older ones. */
uint32_t budget_spent(struct budget *, struct mono now, uint32_t window_ms);
void	 budget_add(struct budget *, struct mono now);
/* May it be relaunched once more? */
int	 budget_left(struct budget *, const struct m_conf_process *,
	    struct mono now);
/* Stamps for the record, and back; what lies in the future counts as now. */
void	 budget_save(const struct budget *, struct mono now, int64_t wall,
	    int64_t times_ms[RESTART_TIMES_MAX]);
void	 budget_load(struct budget *, const int64_t *times_ms, uint32_t n,
	    struct mono now, int64_t wall);

#endif /* SUPERVISOR_BACKOFF_H */
