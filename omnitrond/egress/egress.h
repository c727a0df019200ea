/*
 * omnitrond-egress: every connection that the daemon opens.  What it may
 * connect to it is told by the parent; the supervisor only names an entry of
 * that.  It reads what hosts send that may be hostile: it can misreport what
 * it found and nothing else.
 *
 *	main.c		set-up and every message it accepts
 *	target.c	what it may connect to
 *	probe.c		one connection, one result
 *	response.c	reading HTTP (pure)
 */
#ifndef EGRESS_EGRESS_H
#define EGRESS_EGRESS_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "omnitrond/proc.h"

#define TARGETS_MAX	131072u	/* two for each process that may be configured */

struct event_base;

struct target {
	RB_ENTRY(target)	 entry;
	struct m_target		 def;
	char			*host;
	char			*path;
	char			*match;
};
RB_HEAD(targets, target);
RB_PROTOTYPE(targets, target, entry, target_cmp)
int	 target_cmp(struct target *, struct target *);

struct probe;
TAILQ_HEAD(probes, probe);

struct egress {
	struct proc		*proc;
	struct targets		 targets;
	struct targets		 next;		/* being told */
	uint32_t		 nnext;
	int			 telling;
	struct probes		 probes;
	uint32_t		 nprobes;
};

/* target.c: -1 for what the parent cannot mean. */
void	 target_begin(struct egress *);
int	 target_add(struct egress *, const struct m_target *, const char *host,
	    const char *path, const char *match);
int	 target_switch(struct egress *);	/* to those that were told */
void	 target_free_all(struct targets *);
struct target *target_find(struct egress *, uint32_t app, uint16_t process,
	    uint16_t what);
/* "GET /x HTTP/1.1 ..." (pure); malloced */
char	*target_request(const struct target *, size_t *len);

/* probe.c: the result is sent to the supervisor. */
void	 probe_start(struct egress *, const struct m_probe *);
void	 probe_free_all(struct egress *);

#endif /* EGRESS_EGRESS_H */
