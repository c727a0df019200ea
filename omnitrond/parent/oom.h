/* Which SIGKILL was the kernel's, because memory was out. */
#ifndef PARENT_OOM_H
#define PARENT_OOM_H

#include <stdint.h>

#define OOM_VMSTAT	"/proc/vmstat"

/* What the host counts; where nothing is counted, `seen' is -1. */
struct oom {
	const char	*path;		/* its counters, a line each */
	int64_t		 seen;		/* kills that are accounted for */
};

/* What is known about a death. */
struct oom_death {
	int		 signal;	/* it died by, 0 = none */
	int		 ours;		/* we had sent SIGKILL */
	int64_t		 before;	/* kills in its cgroup at its start, */
	int64_t		 after;		/* and now; -1: there is no count */
};

/* The path is kept. */
void		 oom_init(struct oom *, const char *path);
/* What was killed until now was nobody of ours. */
void		 oom_look(struct oom *);
/*
 * 0, EXIT_OOM, or with EXIT_GUESS when only the host's count has risen; of
 * each of those kills one death is made.
 */
uint32_t	 oom_flags(struct oom *, const struct oom_death *);
/* The number after "oom_kill " at the start of a line, or -1. */
int64_t		 oom_parse(const char *text);

#endif /* PARENT_OOM_H */
