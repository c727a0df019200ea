/* CPU and memory of instances, looked at regularly. */
#ifndef SUPERVISOR_METRICS_H
#define SUPERVISOR_METRICS_H

#include <stdint.h>

struct app;
struct inst;
struct process;
struct sup;

void	 metrics_init(struct sup *);
void	 metrics_free(struct sup *);
/*
 * Instances have control groups; and that many descriptors may be asked for,
 * of those groups and of the processes in them.
 */
void	 metrics_setup(struct sup *, int groups, uint32_t fds_max);
void	 metrics_interval(struct sup *, uint32_t ms);	/* 0 = off */
/* It may have a limit now, which is looked at whatever is shown. */
void	 metrics_limit(struct sup *, const struct process *);
/* Takes over the descriptor of /proc/PID/stat (-1: there is none). */
void	 metrics_add(struct sup *, struct inst *, int fd);
void	 metrics_drop(struct sup *, struct inst *);
/* Of one app, or of all with NULL. */
void	 metrics_enable(struct sup *, struct app *, int on);

#endif /* SUPERVISOR_METRICS_H */
