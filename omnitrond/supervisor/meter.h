/*
 * What one instance has used: CPU and memory, read from descriptors that the
 * parent passes.
 */
#ifndef SUPERVISOR_METER_H
#define SUPERVISOR_METER_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"
#include "omnitrond/supervisor/timer.h"

struct inst;
struct sup;

/* Of one instance, beyond its leader; what is more is not counted. */
#define METER_MEMBERS_MAX	256
/* The parent is asked for so many of them at a look, the rest is later. */
#define METER_ASKS_MAX		64

struct meter_member {
	int32_t			 pid;
	int			 fd;		/* statm; -1: asked for */
	int			 seen;		/* in this look */
};

enum meter_asked { ASKED_NOT, ASKED, ASKED_OVER };

struct meter {
	int			 stat_fd;	/* of the leader; -1: no meter */
	int			 cpu_fd;	/* cpu.stat of its group, or -1 */
	int			 procs_fd;	/* cgroup.procs, or -1 */
	enum meter_asked	 asked;		/* for those two */
	int			 stale;		/* memory must be looked at */
	uint32_t		 early;		/* looks before the regular */
	uint64_t		 used_us;	/* CPU, at the last look */
	uint64_t		 rss;		/* bytes, likewise */
	struct mono		 looked;
	struct meter_member	*members;
	uint32_t		 nmembers;
	TAILQ_ENTRY(inst)	 entry;		/* of all that have one */
	TAILQ_ENTRY(inst)	 fresh;		/* of those with early looks */
};

void	 meter_init(struct inst *);
/* Takes over the descriptor of the leader's /proc/PID/stat. */
void	 meter_begin(struct sup *, struct inst *, int fd);
void	 meter_end(struct sup *, struct inst *);
/*
 * Look again: hundredths of a percent of one core since the last look, and
 * bytes of memory now.  -1: there is nothing to look at any more.
 */
int	 meter_look(struct sup *, struct inst *, uint32_t *cpu,
	    uint64_t *rss);
/* A descriptor that was asked for; -1 for what breaks the protocol. */
int	 meter_file(struct sup *, const struct m_meter *, int fd);

/* ---- pure (meter_parse.c) ----------------------------------------------- */

/*
 * Ticks of CPU (user and system) and pages of memory from the text of
 * /proc/PID/stat; -1 if it is not that.
 */
int	 meter_parse_stat(const char *, size_t, uint64_t *ticks,
	    uint64_t *pages);
/* Microseconds of CPU from cpu.stat. */
int	 meter_parse_usage(const char *, size_t, uint64_t *us);
/* Pages of memory from /proc/PID/statm. */
int	 meter_parse_statm(const char *, size_t, uint64_t *pages);
/*
 * The next line of cgroup.procs, from *off on; 0 for a process of another pid
 * namespace, -1 at the end or at a line that is odd.
 */
int32_t	 meter_parse_pid(const char *, size_t, size_t *off);
/* Hundredths of a percent of one core. */
uint32_t meter_cpu(uint64_t us, int64_t ms);

#endif /* SUPERVISOR_METER_H */
