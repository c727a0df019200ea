/*
 * Channels: connections of instances that speak JSON-RPC, a line a message,
 * and calls of the methods that they register.
 */
#ifndef OMNITROND_APPS_CHANNEL_H
#define OMNITROND_APPS_CHANNEL_H

#include <sys/queue.h>

#include "common/buf.h"
#include "common/mono.h"
#include "common/rate.h"
#include "common/units.h"
#include "omnitrond/parts.h"
#include "omnitrond/proc.h"

struct app_inst;
struct apps;
struct event;
struct json;
struct jsonw;

#define CHANNEL_CONNS	4u		/* of one instance */
#define CHANNEL_LINE	(1 * MIB)	/* bytes of a line */
#define CHANNEL_UNSENT	(4 * MIB)	/* that it does not read */
#define CHANNEL_CALLS	64u		/* that it has not answered */
#define CHANNEL_SERVICES 64u		/* that it registers */
/* Of all channels: unfinished lines, calls.  Below the limit of memory. */
#define CHANNEL_IN_TOTAL (128 * MIB)
#define CALLS_MAX	4096u

struct app_service {
	char			 name[NAME_SIZE];
	char			 version[NAME_SIZE];
};

TAILQ_HEAD(calls, call);

struct channel {
	TAILQ_ENTRY(channel)	 entry;
	struct app_inst		*inst;
	int			 fd;
	struct event		*rev;
	struct event		*wev;
	struct event		*pause;		/* no reading until then */
	struct rate		 rate;		/* of lines */
	struct buf		 in;
	size_t			 scanned;	/* of it, without a newline */
	struct buf		 out;
	int			 broken;	/* nothing is written any more */
	struct app_service	*services;
	size_t			 nservices;
	struct calls		 calls;		/* waits for their answers */
	unsigned int		 ncalls;
};
TAILQ_HEAD(channels, channel);

/* ---- channel.c ---------------------------------------------------------- */

/* Somebody connects to the socket of an instance. */
void	 channel_accept(int, short, void *);
void	 channel_drop(struct channel *);
void	 channel_drop_all(struct app_inst *);
/* Write a line, to which the newline is added; -1: it is broken. */
int	 channel_send(struct channel *, const char *, size_t);
/* The line at work answers what it was asked: it does not count as one. */
void	 channel_asked(struct channel *);
int	 channel_has(const struct channel *, const char *service);
/* That plane, or with K_MAX each, is told what the instance has registered. */
void	 channel_tell(struct app_inst *, enum kind plane);
/* It registered otherwise: the planes are told now, or soon. */
void	 channel_changed(struct app_inst *);
void	 channel_due(int, short, void *);
/* It is to end, within so many milliseconds. */
void	 channel_stop(struct app_inst *, uint32_t ms);

/* ---- channel_msg.c ------------------------------------------------------ */

/* A line came; -1: it breaks the protocol. */
int	 channel_line(struct channel *, const char *, size_t);

/* ---- call.c ------------------------------------------------------------- */

/* A call of a method, on its way from a plane to an instance and back. */
struct call {
	RB_ENTRY(call)		 by_id;
	TAILQ_ENTRY(call)	 of_channel;
	struct apps		*apps;
	enum kind		 plane;		/* who asks for it */
	uint64_t		 id;		/* of that one's request */
	uint64_t		 number;	/* as the app knows it */
	struct m_inst		*insts;		/* that may be called */
	size_t			 ninsts;
	char			 service[NAME_SIZE];
	char			 method[NAME_SIZE];
	int			 named;		/* these two are known */
	struct channel		*channel;	/* NULL: not chosen, or over */
	uint32_t		 timeout_ms;
	struct event		*late;
	struct parts		 in;		/* its arguments */
	struct parts		 out;		/* its result */
	int			 over;		/* that is being sent */
};

int	 call_cmp(const struct call *, const struct call *);
/* The messages; each returns -1 for what breaks the protocol. */
int	 call_open(struct apps *, const struct m_exec_open *,
	    const uint8_t *insts, size_t len);
int	 call_named(struct apps *, enum kind plane, uint64_t id,
	    const char *service, const char *method);
int	 call_part(struct apps *, enum kind plane, const struct m_object *,
	    const uint8_t *, size_t);
int	 call_got(struct apps *, enum kind plane, uint64_t id);
/* The app answered: with a result, or an error object. */
void	 call_answer(struct channel *, uint64_t number,
	    const struct json *result, const struct json *error);
/* The channel is gone. */
void	 call_lost(struct channel *);
/* That plane is gone, and with it all who wait there; K_MAX: all planes. */
void	 call_free_all(struct apps *, enum kind plane);

#endif /* OMNITROND_APPS_CHANNEL_H */
