/* A call of an app's method, and what apps have registered. */
#ifndef OMNITROND_RPC_EXEC_H
#define OMNITROND_RPC_EXEC_H

#include <sys/queue.h>

#include "common/units.h"
#include "omnitrond/parts.h"
#include "omnitrond/proc.h"

struct jsonw;
struct net;

/* What a request for exec has besides. */
struct exec {
	char		 service[NAME_SIZE];
	char		 method[NAME_SIZE];
	struct buf	 args;		/* until it is opened */
	int		 opened;	/* apps has it */
	struct parts	 out;		/* the arguments */
	struct parts	 in;		/* the result */
};

/* A service that an instance has registered. */
struct service {
	TAILQ_ENTRY(service)	 entry;
	struct m_inst		 inst;
	char			 name[NAME_SIZE];
	char			 version[NAME_SIZE];
};
TAILQ_HEAD(services, service);

/* Of all apps together: more than that nobody is shown. */
#define SERVICES_MAX	16384

void	 exec_free(struct exec *);
/* The channel to apps is gone, or new: calls fail, no service is known. */
void	 exec_down(struct net *);
/* EXEC_GOT, EXEC_PART, APP_SERVICE: of apps. */
int	 exec_got(struct peer *, struct msg *);
int	 exec_part(struct peer *, struct msg *);
int	 exec_service(struct peer *, struct msg *);
/* The names of an app's services, as an array. */
void	 exec_services(struct jsonw *, struct net *, uint32_t app);
void	 exec_services_free(struct net *);

#endif /* OMNITROND_RPC_EXEC_H */
