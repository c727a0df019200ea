/*
 * The network process: what its modules share.
 *
 *	listener.c conn.c	a transport: accepting, framing, writing
 *	rpc.c reply.c params.c	JSON-RPC: requests in, replies out
 *	dispatch.c		method -> handler
 *	answer.c health.c graph.c describe.c	answers from the view
 *	request.c operate.c object.c
 *				what the supervisor and the parent answer
 *	logs.c stream.c query.c grep.c inspect.c	what the logger answers
 *	view_msg.c		the supervisor's records
 *	receive.c		every message that is accepted
 *
 * Everything below rpc.c knows a struct client, never a connection.
 */
#ifndef OMNITROND_NETWORK_NETWORK_H
#define OMNITROND_NETWORK_NETWORK_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/mono.h"
#include "omnitrond/method.h"
#include "omnitrond/network/buf.h"
#include "omnitrond/network/view.h"
#include "omnitrond/proc.h"

struct event;

#define KIB	((size_t)1024)
#define MIB	(1024 * KIB)

#define LISTENERS_MAX	16
#define CONN_MAX	1024	/* in all (rpc.md) */
#define CONN_PER_UID	256	/* of a user who is neither root nor we */
#define CONN_RESERVE	64	/* kept for root and the daemon's user */
#define REQUEST_MAX	(1 * MIB)	/* bytes of a request */
#define REQUEST_SECONDS	10	/* to finish one that was begun */
#define WAITING_MAX	64u	/* requests of a connection not answered */
#define BATCH_MAX	WAITING_MAX	/* requests in a batch */
#define REPLY_MAX	(64 * MIB)
#define READ_SIZE	(64 * KIB)	/* one read of a connection */
#define UNSENT_MAX		(4 * MIB) /* waits beside one reply */
#define UNSENT_PAUSE	(1 * MIB)	/* no further request is looked at */
#define UNSENT_TURN	(256 * KIB)	/* produced before others have a turn */
#define STALL_SECONDS	1	/* unread; then UNSENT_PAUSE is waived */
/* Bytes of unfinished requests of all connections together. */
#define IN_TOTAL_MAX	(128 * MIB)
/* And of replies that wait: both well below the limit of address space. */
#define UNSENT_TOTAL_MAX	(256 * MIB)
#define CALL_ID_MAX	256u	/* bytes of an id as JSON */
#define PARAMS_MAX	8
#define FAULT_TEXT_MAX	1200u	/* a supervisor's text and some words */
#define STREAMS_MAX	16u	/* subscriptions of a connection */
/* Waiting for the supervisor: below what would cost it the channel. */
#define FORWARD_MAX	(PEER_QUEUE_MAX / 4)
#define OBJECTS_MAX	256u	/* questions to the parent that are open */

/* ---- one who asks ------------------------------------------------------- */

struct net;
struct request;
TAILQ_HEAD(request_list, request);
TAILQ_HEAD(conns, conn);

struct client {
	struct net		*net;
	enum role		 role;
	uint32_t		 uid;
	uint32_t		 gid;
	int32_t			 pid;
	unsigned		 waiting;	/* calls not answered yet */
	unsigned		 streams;
	struct request_list	 requests;	/* open at another process */
	/* Takes one whole message; the client may be gone afterwards. */
	void			(*send)(struct client *, const char *, size_t);
	size_t			(*unsent)(const struct client *);
	/* A call ended: there may be room for another. */
	void			(*wake)(struct client *);
};

/* Replies of a batch come together, as one array. */
struct batch {
	unsigned		 left;		/* calls that hold it */
	struct buf		 out;
	int			 failed;	/* no memory for it */
};

/* One call.  It ends exactly once, in reply_end, reply_fault or reply_none. */
struct call {
	struct net		*net;
	struct client		*client;	/* NULL: gone */
	struct batch		*batch;
	enum method_id		 method;
	int			 notify;	/* no id: no reply */
	size_t			 idlen;
	char			 id[CALL_ID_MAX];	/* as JSON */
};

/* Why a call fails: the error object. */
enum rpc_error {
	RPC_PARSE = -32700,
	RPC_INVALID = -32600,
	RPC_METHOD = -32601,
	RPC_PARAMS = -32602,
	RPC_INTERNAL = -32603
};

#define FAULT_DATA_MAX	3

struct fault {
	int			 number;
	char			 text[FAULT_TEXT_MAX];
	struct {
		const char	*key;
		char		 value[128];
	}			 data[FAULT_DATA_MAX];
	size_t			 ndata;
};

/* ---- parameters --------------------------------------------------------- */

enum param_type {
	PARAM_STRING, PARAM_NAME, PARAM_INT, PARAM_DURATION, PARAM_BOOL,
	PARAM_OBJECT, PARAM_ARRAY, PARAM_SIGNAL, PARAM_TIME, PARAM_LEVEL,
	PARAM_TYPE_MAX
};

struct param {
	char			 name[24];
	enum param_type		 type;
	int			 optional;
	char			 def[24];	/* "" = none */
	int64_t			 value;		/* of the default */
};

struct params {
	size_t			 n;
	struct param		 param[PARAMS_MAX];
};

#define METHOD_BUCKETS	128	/* a power of two, some times METHOD_MAX */

/* The table of method.h, made ready: parameters read, names hashed. */
struct index {
	struct params		 params[METHOD_MAX];
	uint8_t			 bucket[METHOD_BUCKETS]; /* id + 1; 0 = none */
};

/* The parameters of one call, checked. */
struct args {
	const struct params	*params;
	const struct json	*json[PARAMS_MAX];	/* NULL: absent */
	int64_t			 value[PARAMS_MAX];
	const struct view_app	*app;	/* of the one of type name, or NULL */
	int			 system; /* it names the daemon's own log */
};

struct index	*index_new(void);
/* The method's id, or -1. */
int		 index_find(const struct index *, const char *);
const char	*index_nearest(const char *);	/* or NULL */
const char	*param_type_name(enum param_type);
/* 0, or -1 and why. */
int		 params_check(const struct net *, enum method_id,
		    const struct json *, struct args *, struct fault *);
int		 args_has(const struct args *, const char *);
/* Value of an int, bool, duration, time, level or signal; its default. */
int64_t		 args_value(const struct args *, const char *);
const char	*args_string(const struct args *, const char *);

/* ---- calls and replies -------------------------------------------------- */

void		 rpc_message(struct client *, const char *, size_t);
/* An error that belongs to no call, e.g. of framing. */
void		 rpc_refuse(struct client *, int number, const char *);
/* What to do for a method; ends the call or opens a request for it. */
typedef void	(*call_handler)(struct call *, const struct args *);
call_handler	 dispatch_handler(enum method_id);

/* Write the result into what reply_begin returns, then reply_end. */
struct jsonw	*reply_begin(struct call *);
void		 reply_end(struct call *);
void		 reply_fault(struct call *, const struct fault *);
void		 reply_error(struct call *, int number, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/* A message of our own to a client, built by the caller in reply_writer. */
struct jsonw	*reply_writer(struct net *);
void		 reply_push(struct client *, struct jsonw *);
void		 fault_set(struct fault *, int number, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
void		 fault_datum(struct fault *, const char *, const char *);
const char	*fault_code(int number);
/* "app 'apii' not found; did you mean 'api'?" */
void		 fault_app(struct fault *, const struct view *, const char *);
/* Let go of a share of the batch; sends it with the last. */
void		 batch_release(struct batch *, struct client *);

/* ---- open requests ------------------------------------------------------ */

struct query;

struct outcome_of {
	enum outcome		 outcome;
	uint32_t		 flags;		/* REPLY_* */
	uint32_t		 count;
	const char		*text;		/* of an error, or "" */
	const char		*object;	/* JSON, or NULL */
	size_t			 len;
};

struct request {
	RB_ENTRY(request)	 entry;
	TAILQ_ENTRY(request)	 of_client;
	struct call		 call;
	struct m_request	 msg;
	int64_t			 opened_ms;	/* wall */
	struct buf		 object;
	struct query		*query;		/* of a log request */
	struct query		*tail;		/* one that is answered, kept */
	void			(*done)(struct request *,
				    const struct outcome_of *);
};
RB_HEAD(requests, request);

int		 request_cmp(const struct request *, const struct request *);
RB_PROTOTYPE(requests, request, entry, request_cmp)

/*
 * A request to the supervisor for a call, filled from its parameters, to be
 * sent with request_send; `done` ends the call later.  NULL if that is not
 * possible now; the call has been answered then.
 */
struct request	*request_open(struct call *, const struct args *,
		    void (*)(struct request *, const struct outcome_of *));
void		 request_send(struct request *);
struct request	*request_find(struct net *, uint64_t id);
/* The first open one with a greater id, or NULL. */
struct request	*request_next(struct net *, uint64_t id);
/* Is this the id of a request we once made? */
int		 request_known(const struct net *, uint64_t id);
/* Calls done, and frees the request. */
void		 request_finish(struct request *, const struct outcome_of *);
void		 request_fail(struct request *, enum outcome, const char *);
void		 request_free(struct request *);
/* Give an open request a new number and send it again. */
void		 request_again(struct request *);
void		 request_error(struct call *, const struct m_request *,
		    const struct outcome_of *);
void		 requests_fail(struct net *);	/* the supervisor is gone */
void		 client_gone(struct client *);
void		 request_call(struct call *, const struct args *);
int		 request_process(const struct args *, uint16_t *,
		    struct fault *);
int		 request_reply(struct peer *, struct msg *);
int		 object_part(struct peer *, struct msg *);

/* ---- logs --------------------------------------------------------------- */

void		 logs_call(struct call *, const struct args *);
void		 stream_call(struct call *, const struct args *);
void		 unsubscribe_call(struct call *, const struct args *);
void		 inspect_call(struct call *, const struct args *);
int		 logs_record(struct peer *, struct msg *);
int		 logs_done(struct peer *, struct msg *);
void		 logs_up(struct net *);		/* subscribe again */
void		 logs_down(struct net *);
void		 logs_unsure(struct request *);	/* was it opened at all? */
void		 logs_abandon(struct request *); /* nobody wants it */

/* ---- answers from the view ---------------------------------------------- */

void		 ping_call(struct call *, const struct args *);
void		 list_call(struct call *, const struct args *);
void		 app_call(struct call *, const struct args *);
void		 status_call(struct call *, const struct args *);
void		 metrics_call(struct call *, const struct args *);
void		 health_call(struct call *, const struct args *);
void		 graph_call(struct call *, const struct args *);
void		 describe_call(struct call *, const struct args *);
void		 answer_app(struct jsonw *, const struct view_app *,
		    int64_t now_ms, int unsaved);
void		 answer_apps(struct jsonw *, const struct view *,
		    int64_t now_ms);
void		 answer_percent(struct jsonw *, const char *key,
		    uint64_t centi);
const char	*health_of(const struct view_app *);	/* NULL: stopped */

/* ---- records of the supervisor ------------------------------------------ */

int		 view_begin(struct peer *, struct msg *);
int		 view_app(struct peer *, struct msg *);
int		 view_dep(struct peer *, struct msg *);
int		 view_instance(struct peer *, struct msg *);
int		 view_away(struct peer *, struct msg *);
int		 view_metrics(struct peer *, struct msg *);
int		 view_degraded(struct peer *, struct msg *);
int		 view_sync(struct peer *, struct msg *);

/* ---- transport ---------------------------------------------------------- */

struct cred {
	uint32_t	 uid;
	uint32_t	 gid;
	int32_t		 pid;		/* 0 where the system cannot tell */
};

int		 cred_of(int fd, struct cred *);
int		 listener_take(struct peer *, struct msg *);
void		 listener_start(struct net *);
void		 listener_resume(struct net *);
void		 listener_close(struct net *);
struct conn	*conn_new(struct net *, int fd, const struct cred *, enum role);
int		 conn_evict(struct net *);	/* 1: an idle one went */
int		 conn_evictable(const struct net *);
unsigned	 conn_count(const struct net *, uint32_t uid);
void		 conn_turn(int, short, void *);
void		 conn_close_all(struct net *);

/* ---- the process -------------------------------------------------------- */

/* A process of the daemon, as the parent told. */
struct member {
	int		 known;
	int		 fd;		/* its /proc/PID/statm, or -1 */
	struct m_process rec;
};

struct listener {
	struct net	*net;
	int		 fd;
	enum role	 role;
	struct event	*ev;
};

struct net {
	struct proc	*proc;
	struct index	*index;
	struct mono	 began;		/* the daemon */
	uint32_t	 own_uid;
	long		 page;

	struct view	*view;		/* what is answered from */
	struct view	*next;		/* is being told, or NULL */
	int		 synced;	/* view was complete once */
	int		 ready;		/* this supervisor told all */
	char		 degraded[CAUSE_MAX][TEXT_MAX + 1];
	struct member	 member[K_MAX];

	struct requests	 requests;
	uint64_t	 last_id;
	uint64_t	 last_subscription;
	unsigned	 nobjects;	/* open requests for the parent */
	size_t		 log_bytes;	/* collected by all log queries */

	struct jsonw	 writer;	/* one reply at a time */
	struct listener	 listener[LISTENERS_MAX];
	size_t		 nlisteners;
	int		 paused;	/* accepts nothing for now */
	int		 reserve_fd;	/* given up when there are no others */
	struct event	*resume;
	struct event	*turn;
	int		 turning;
	struct conns	 conns;		/* the least recently active first */
	struct conns	 turns;		/* have something to do */
	unsigned	 nconns;
	size_t		 in_total;
	size_t		 out_total;
	char		 rbuf[READ_SIZE];
};

struct net	*net_of(const struct peer *);	/* made at first use */
struct net	*net_new(struct proc *);
void		 net_free(struct net *);
void		 net_up(struct net *, enum kind);	/* a link was made */
void		 net_down(struct net *, enum kind);
extern const struct dispatch network_dispatch[];
int		 net_member(struct peer *, struct msg *);
int		 net_ready(const struct net *);	/* may it ask the supervisor? */
int64_t		 net_uptime(const struct net *);

#endif /* OMNITROND_NETWORK_NETWORK_H */
