/*
 * Groups of log files.  The logger gives a file to a group only if it is a
 * member of it, so that the parent must tell it which when it is started.
 */
#include <string.h>

#include "omnitrond/parent/conf.h"

static uint32_t
group_add(uint32_t *groups, uint32_t n, uint32_t gid)
{
	uint32_t	 i;

	if (gid == UINT32_MAX || n == LOG_GROUPS_MAX)
		return (n);
	for (i = 0; i < n; i++)
		if (groups[i] == gid)
			return (n);
	groups[n] = gid;
	return (n + 1);
}

uint32_t
conf_log_groups(const struct conf *conf, uint32_t groups[LOG_GROUPS_MAX])
{
	const struct app_conf	*app;
	uint32_t		 n;

	memset(groups, 0, LOG_GROUPS_MAX * sizeof(*groups));
	n = group_add(groups, 0, conf->log.gid);
	TAILQ_FOREACH(app, &conf->apps, entry)
		n = group_add(groups, n, app->log.gid);
	return (n);
}
