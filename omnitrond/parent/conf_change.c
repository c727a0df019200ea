/*
 * What a new configuration changes in an app.  In the parent; pure.
 */
#include <string.h>

#include "omnitrond/parent/conf_change.h"
#include "omnitrond/parent/conf_parse.h"

struct changing {
	struct change	 change;
	change_each	 each;
	void		*arg;
	size_t		 n;
};

static void
change_tell(struct changing *c, const struct process_conf *pc,
    enum change_does does)
{
	c->change.process = pc;
	c->change.does = does;
	c->each(c->arg, &c->change);
	c->n++;
}

/* What was started with other settings than these needs another start. */
static enum change_does
change_does(const struct process_conf *old, const struct process_conf *new)
{
	if (!conf_process_respawn(old, new))
		return (CHANGE_APPLY);
	return ((new->policy.flags & PROCESS_ROLLING) != 0 ? CHANGE_RELOAD :
	    CHANGE_RESTART);
}

/* One process is all of it, and its settings are the app's. */
static void
change_classic(struct changing *c, const struct app_conf *old,
    const struct app_conf *new)
{
	const struct process_conf	*x = TAILQ_FIRST(&old->processes);
	const struct process_conf	*y = TAILQ_FIRST(&new->processes);

	conf_app_diff(old, new, c->change.fields, sizeof(c->change.fields));
	if (c->change.fields[0] != '\0')
		change_tell(c, NULL, change_does(x, y));
}

static void
change_processes(struct changing *c, const struct app_conf *old,
    const struct app_conf *new)
{
	const struct process_conf	*x, *y;
	char				*buf = c->change.fields;

	TAILQ_FOREACH(x, &old->processes, entry) {
		buf[0] = '\0';
		if ((y = conf_process(new, x->name)) == NULL)
			change_tell(c, x, CHANGE_STOP);
		else if (conf_process_diff(x, y, buf,
		    sizeof(c->change.fields))[0] != '\0')
			change_tell(c, y, change_does(x, y));
	}
	buf[0] = '\0';
	TAILQ_FOREACH(y, &new->processes, entry)
		if (conf_process(old, y->name) == NULL)
			change_tell(c, y, CHANGE_START);
}

size_t
conf_change(const struct app_conf *old, const struct app_conf *new,
    change_each each, void *arg)
{
	struct changing	 c;

	memset(&c, 0, sizeof(c));
	c.change.app = new != NULL ? new : old;
	c.each = each;
	c.arg = arg;
	if (old == NULL)
		change_tell(&c, NULL, CHANGE_START);
	else if (new == NULL)
		change_tell(&c, NULL, CHANGE_STOP);
	else if (!old->bootstrap && !new->bootstrap)
		change_classic(&c, old, new);
	else {
		if (conf_app_own_diff(old, new, c.change.fields,
		    sizeof(c.change.fields))[0] != '\0')
			change_tell(&c, NULL, CHANGE_APPLY);
		change_processes(&c, old, new);
	}
	return (c.n);
}
