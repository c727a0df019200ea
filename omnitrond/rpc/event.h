/*
 * What happens, as the supervisor tells it while somebody listens: a ring of
 * the latest events, and those who want them.  Everyone gets only those of
 * apps that it may view.
 */
#ifndef OMNITROND_RPC_EVENT_H
#define OMNITROND_RPC_EVENT_H

#include <sys/queue.h>

#include <stdint.h>

#include "omnitrond/rpc/client.h"

struct event;
struct fault;
struct json;
struct jsonw;
struct msg;
struct net;
struct peer;

#define EVENT_RING	1024u	/* events that can be replayed */
#define EVENT_SUBS_MAX	1024u	/* who listens, all clients together */
/*
 * The supervisor is asked for events so long after the last one who listened,
 * so that a client that comes again has missed nothing.
 */
#define EVENT_LINGER_SECONDS	60

/* One of them. */
struct event_rec {
	uint64_t	 id;	/* rising; above those of the plane before us */
	struct m_event	 m;
	char		 app[NAME_SIZE];	/* "": of the daemon */
	const char	*from;		/* each may be "" */
	const char	*to;
	const char	*text;
};

struct event_sub;
/* One of them for one who listens; the client may be gone afterwards. */
typedef void	(*event_take)(struct event_sub *, const struct event_rec *);

/* One who listens.  The memory is event_listen's until event_unlisten. */
struct event_sub {
	TAILQ_ENTRY(event_sub)	 entry;		/* of all */
	TAILQ_ENTRY(event_sub)	 of_client;
	struct client		*client;
	uint64_t		 number;	/* of the subscription */
	uint32_t		 channels;	/* 1 << enum event_channel */
	uint64_t		 dropped;	/* the client did not read */
	event_take		 take;
};

struct events {
	TAILQ_HEAD(, event_sub)	 subs;
	unsigned		 nsubs;
	struct event_sub	*next;		/* of a walk over them */
	int			 asked;		/* the supervisor tells */
	struct event		*linger;
	struct event_rec	*ring[EVENT_RING];
	uint64_t		 count;		/* that were put into it */
	uint64_t		 last;		/* id of the newest */
	uint64_t		 whole;		/* from this id on none is missing */
};

void	 events_init(struct net *);
void	 events_free(struct net *);
/* The supervisor is there: it is asked if somebody listens. */
void	 events_up(struct net *);
/* It is gone: what happens meanwhile is missed. */
void	 events_down(struct net *);
/* The client is gone: it listens no more. */
void	 events_client_gone(struct client *);
/* EVENT. */
int	 event_msg(struct peer *, struct msg *);

/*
 * The channels that an array names ("app.online", "app.*", "*"; NULL: all) as
 * a mask; -1 and the fault if one of them is none.
 */
int	 event_channels(const struct json *, uint32_t *, struct fault *);
/*
 * Call take with each event of these channels that the client may see, from
 * now on.  NULL: too many listen, or no memory.  It ends with the client.
 */
struct event_sub *event_listen(struct client *, uint32_t channels,
	    event_take);
void	 event_unlisten(struct event_sub *);
/* The client's with that number, or NULL. */
struct event_sub *event_find(struct client *, uint64_t number);
/*
 * Take those after that id that are kept.  1 if there are none missing, 0 if
 * some are, or that is not known.  It stops early when the client is gone.
 */
int	 event_replay(struct event_sub *, uint64_t after);
/* Its word: "app.online". */
const char *event_name(enum event_channel);
/* Write it for a client: { id, channel, timestamp, app?, from?, to?, ... }. */
void	 event_write(struct jsonw *, const struct client *,
	    const struct event_rec *);

#endif /* OMNITROND_RPC_EVENT_H */
