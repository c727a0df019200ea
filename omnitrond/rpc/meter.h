/* What instances say that they did: requests, errors, latencies. */
#ifndef OMNITROND_RPC_METER_H
#define OMNITROND_RPC_METER_H

#include <sys/queue.h>

#include "omnitrond/proc.h"

struct jsonw;
struct net;

struct meter {
	TAILQ_ENTRY(meter)	 entry;
	struct m_app_meter	 rec;
	uint32_t		 us[METER_SAMPLES];	/* latencies */
	size_t			 n;
};
TAILQ_HEAD(meters, meter);

/* Instances together that say something; more are not shown. */
#define METERS_MAX	16384

/* APP_METER: of apps. */
int	 meter_take(struct peer *, struct msg *);
/* Nothing is known any more. */
void	 meter_free_all(struct net *);
/* The members requests, errors and latency of an app, if it says them. */
void	 meter_app(struct jsonw *, const struct net *, uint32_t app);

#endif /* OMNITROND_RPC_METER_H */
