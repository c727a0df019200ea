/* CPU and memory of instances, from descriptors the parent passes. */
#ifndef SUPERVISOR_METRICS_H
#define SUPERVISOR_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct app;
struct inst;
struct process;
struct sup;

void	 metrics_init(struct sup *);
void	 metrics_free(struct sup *);
void	 metrics_interval(struct sup *, uint32_t ms);	/* 0 = off */
/* It may have a limit now, which is looked at whatever is shown. */
void	 metrics_limit(struct sup *, const struct process *);
/* Takes over the descriptor of /proc/PID/stat (-1: there is none). */
void	 metrics_add(struct sup *, struct inst *, int fd);
void	 metrics_drop(struct sup *, struct inst *);
/* Of one app, or of all with NULL. */
void	 metrics_enable(struct sup *, struct app *, int on);
/*
 * Ticks of CPU (user and system) and pages of memory from the text of
 * /proc/PID/stat; -1 if it is not that.
 */
int	 metrics_parse(const char *, size_t, uint64_t *ticks, uint64_t *pages);
/* Hundredths of a percent of one core. */
uint32_t metrics_cpu(uint64_t ticks, int64_t ms, long ticks_per_second);

#endif /* SUPERVISOR_METRICS_H */
