/*
 * The rules of omnitrond.conf(5), allow and deny: who may do what to which
 * app.  The first that matches decides; none that matches: refused.  Rules
 * never raise a role.  Pure; in the supervisor, which decides, and in the
 * planes, which show to each only what it may see.
 */
#ifndef OMNITROND_GRANT_H
#define OMNITROND_GRANT_H

#include <sys/queue.h>

#include "omnitrond/caller.h"

struct rule {
	STAILQ_ENTRY(rule)	 entry;
	struct m_conf_rule	 m;
	char			 name[SUBJECT_SIZE];
	char			 glob[RULE_GLOB_SIZE];
	char			*text;		/* for people */
};
STAILQ_HEAD(rules, rule);

struct grants {
	struct rules		 rules;
	size_t			 n;
};

/* What is decided about: an app, or with "" what belongs to none. */
struct grant_of {
	const char	*app;
	uint32_t	 owner;		/* uid, or ID_NONE */
};

void	 grants_init(struct grants *);
void	 grants_free(struct grants *);
/* The other's rules become this one's; the other is empty then. */
void	 grants_move(struct grants *, struct grants *from);
/* CONF_RULE; -1 if it breaks the protocol. */
int	 grants_take(struct grants *, struct msg *);
/*
 * May it call that method on that app?  1 or 0; *rule is the one that decided,
 * or NULL: none did (the role did, or there is no rule).  What belongs to no
 * app needs the pattern "*".  A method that needs no role needs no rule.
 */
int	 grants_allow(const struct grants *, const struct caller *,
	    enum method_id, const struct grant_of *,
	    const struct rule **rule);
/* Is it worth asking for each app?  0: its role alone decides. */
int	 grants_matter(const struct grants *, const struct caller *);
/* In a pattern `*' is any number of characters, `?' one, all else itself. */
int	 grant_glob(const char *glob, const char *name);

/*
 * The same question of many apps: first what is about the caller and the
 * method, once, then each app.  Grants and caller must stay while it is used.
 */
struct grant_list {
	const struct caller	*caller;
	int			 allow;		/* -1: the rules decide */
	const struct rule	**rules;
	size_t			 n;
};

void	 grant_list_init(struct grant_list *, const struct grants *,
	    const struct caller *, enum method_id);
void	 grant_list_free(struct grant_list *);
int	 grant_list_allow(const struct grant_list *, const struct grant_of *);

#endif /* OMNITROND_GRANT_H */
