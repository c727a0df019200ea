/* An app's end of its channel, shared by app*.c. */
#ifndef LIBOMNITRON_APP_H
#define LIBOMNITRON_APP_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/jsonw.h"
#include "common/libomnitron/line.h"
#include "common/libomnitron/msg.h"
#include "common/libomnitron/omnitron.h"

/*
 * A request carries the arguments of exec, and those fit into one of
 * OMNITRON_REQUEST_MAX; what is around them is smaller than that.
 */
#define APP_LINE_MAX		(2 * OMNITRON_REQUEST_MAX)
#define APP_SERVICES_MAX	64
#define APP_INVOKES_MAX		256	/* unanswered at once; then refused */
/* What the daemon does not take: beyond that it is told nothing optional, */
#define APP_UNSENT_SOFT		((size_t)64 * 1024)
/* and beyond that the channel is begun anew. */
#define APP_UNSENT_MAX		((size_t)16 * 1024 * 1024)
#define APP_RETRY_MS		100	/* first wait to connect, doubled */
#define APP_RETRY_MAX_MS	5000	/* the longest */
#define APP_STATUS_MAX		512	/* bytes of a status text */
#define APP_MESSAGE_MAX		256	/* of a health check */
#define APP_LATENCIES_MAX	4096	/* in one report */

struct app_service {
	const char			*name;
	const char			*version;
	const struct omnitron_method	*methods;
	void				*arg;
};

struct omnitron_invoke {
	LIST_ENTRY(omnitron_invoke)	 entry;
	struct omnitron_app		*app;
	uint64_t			 connection;	/* it came on */
	char				*id;	/* JSON; NULL: no answer */
	char				*text;	/* of the request */
};

struct omnitron_app {
	char			*path;
	struct line		 line;
	uint64_t		 connection;	/* number of this one */
	struct mono		 since;		/* it stands */
	struct mono		 retry;		/* when to connect */
	int			 wait;		/* ms, before the next try */
	int			 heartbeat;	/* ms, 0 none */
	struct mono		 beat;		/* when the next is due */
	int			 ready;
	int			 stop;
	int			 busy;		/* in dispatch */
	char			 status[APP_STATUS_MAX];
	int			 status_due;
	struct app_service	 services[APP_SERVICES_MAX];
	size_t			 nservices;
	LIST_HEAD(, omnitron_invoke) invokes;
	size_t			 ninvokes;
	omnitron_health_fn	 health;
	void			*health_arg;
	omnitron_shutdown_fn	 shutdown;
	void			*shutdown_arg;
};

/* app_say.c */
/* Begin a notification, then its params; app_send ends it and sends. */
void	 app_begin(struct jsonw *, const char *method);
int	 app_send(struct omnitron_app *, struct jsonw *);
/* All that a new connection has to be told. */
void	 app_greet(struct omnitron_app *);
/* The status text, if it could not be said before. */
int	 app_catch_up(struct omnitron_app *);

/* app_serve.c */
/* A line came: 0, or -1 if it breaks the protocol. */
int	 app_serve(struct omnitron_app *, char *, size_t);
/* The invokes are gone, with all that belongs to them. */
void	 app_serve_clear(struct omnitron_app *);

#endif /* LIBOMNITRON_APP_H */
