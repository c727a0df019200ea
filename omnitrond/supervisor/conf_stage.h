/* A configuration between its first message and the switch to it. */
#ifndef SUPERVISOR_CONF_STAGE_H
#define SUPERVISOR_CONF_STAGE_H

#include "omnitrond/grant.h"
#include "omnitrond/supervisor/change.h"

struct staged_process {
	char			 name[NAME_SIZE];
	struct m_conf_process	 conf;
};

struct staged {
	char			 name[NAME_SIZE];
	int			 begin;		/* look whether it should run */
	struct m_conf_app	 conf;
	uint32_t		 order;		/* in which it came */
	uint32_t		 first;		/* of its processes */
	uint32_t		 n;
};

struct staged_watch {
	struct m_conf_watch	 conf;
	char			*directory;
};

struct staged_use {
	struct m_conf_secret	 conf;
	char			 key[NAME_SIZE];
};

struct conf_stage {
	struct m_conf_begin	 begin;
	struct staged		*apps;
	uint32_t		 napps;
	struct staged_process	*procs;		/* those of one app together */
	uint32_t		 nprocs;
	uint32_t		 procs_room;
	struct m_conf_dep	*deps;
	uint32_t		 ndeps;
	uint32_t		 deps_room;
	struct staged_watch	*watches;
	uint32_t		 nwatches;
	uint32_t		 watches_room;
	struct staged_use	*uses;
	uint32_t		 nuses;
	uint32_t		 uses_room;
	struct grants		 grants;
	struct changed		*changes;
	uint32_t		 nchanges;
	uint32_t		 changes_room;
	int			 complete;
};

/* By id; NULL: there is none.  Of one that is complete. */
struct staged		*conf_find(const struct conf_stage *, uint32_t id);
struct staged_process	*conf_find_process(const struct conf_stage *,
			    const struct staged *, uint32_t id);

#endif /* SUPERVISOR_CONF_STAGE_H */
