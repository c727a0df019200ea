/*
 * Requests to the supervisor and their answers.  In a plane;
 * sends REQUEST, takes REPLY.
 *
 * A request outlives its client: the operation goes on, and the answer must
 * find the number it belongs to.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "omnitrond/rpc/exec.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/query.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

/* Waiting for the supervisor: below what would cost it the channel. */
#define FORWARD_MAX	(PEER_QUEUE_MAX / 4)
#define OBJECTS_MAX	256u	/* questions to the parent that are open */

static int
request_cmp(const struct request *a, const struct request *b)
{
	if (a->msg.id == b->msg.id)
		return (0);
	return (a->msg.id < b->msg.id ? -1 : 1);
}

RB_PROTOTYPE(requests, request, entry, request_cmp)
/* one that is freed has left the tree, which the check cannot follow */
/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
RB_GENERATE(requests, request, entry, request_cmp)

struct request *
request_find(struct net *net, uint64_t id)
{
	struct request	 key;

	key.msg.id = id;
	return (RB_FIND(requests, &net->requests, &key));
}

struct request *
request_next(struct net *net, uint64_t id)
{
	struct request	 key;

	key.msg.id = id + 1;
	return (RB_NFIND(requests, &net->requests, &key));
}

int
request_known(const struct net *net, uint64_t id)
{
	return (id > 0 && id <= net->last_id);
}

/* Does an object of the parent or of secrets answer it? */
static int
request_of_object(enum op op)
{
	return (op == OP_ENV || op == OP_CONFIG || op == OP_RELOAD ||
	    op == OP_SECRET || op == OP_ISSUE);
}

/* The answer does not come from the supervisor, but at its word. */
static int
request_forwarded(const struct request *r)
{
	return (r->msg.op == OP_LOGS || r->msg.op == OP_EXEC ||
	    request_of_object(r->msg.op));
}

static uint32_t
request_flags(const struct method *m, const struct args *args)
{
	uint32_t	 flags = m->flags;

	if (args_has(args, "wait") && !args_value(args, "wait"))
		flags |= REQ_NOWAIT;
	if (args_value(args, "force"))
		flags |= REQ_FORCE;
	if (args_value(args, "dependants"))
		flags |= REQ_DEPENDANTS;
	if (args_value(args, "dryRun"))
		flags |= REQ_DRYRUN;
	if (args_value(args, "enabled"))
		flags |= REQ_ENABLE;
	if (args->system)
		flags |= REQ_SYSTEM;
	return (flags);
}

static void
request_fill(struct m_request *msg, const struct call *call,
    const struct args *args)
{
	const struct method	*m = &methods[call->method];

	memset(msg, 0, sizeof(*msg));
	msg->op = m->op;
	msg->flags = request_flags(m, args);
	msg->app = args->app != NULL ? args->app->rec.id : 0;
	msg->uid = call->client->caller.uid;
	msg->gid = call->client->caller.gid;
	msg->pid = call->client->caller.pid;
	msg->role = call->client->caller.role;
	msg->method = call->method;
	msg->timeout_ms = (uint32_t)args_value(args, "timeout");
	msg->process = PROCESS_ANY;
	msg->instance = args_has(args, "instance") ?
	    (uint16_t)args_value(args, "instance") : INSTANCE_ANY;
	if (args_has(args, "instances"))
		msg->number = (uint32_t)args_value(args, "instances");
	else if (args_has(args, "signal"))
		msg->number = (uint32_t)args_value(args, "signal");
	msg->level = (uint32_t)args_value(args, "level");
	msg->since_ms = args_value(args, "since");
	msg->until_ms = args_value(args, "until");
}

/* Why nothing can be sent now; 0 if it can. */
static int
request_refused(struct call *call)
{
	struct net	*net = call->net;

	if (!net_ready(net)) {
		reply_error(call, outcome_number(OUT_UNAVAILABLE),
		    "the supervisor is being restarted; try again");
		return (1);
	}
	if (methods[call->method].op == OP_LOGS &&
	    net->proc->peer[K_LOGGER] == NULL) {
		reply_error(call, outcome_number(OUT_UNAVAILABLE),
		    "the logger is being restarted; try again");
		return (1);
	}
	if (request_of_object(methods[call->method].op) &&
	    net->nobjects >= OBJECTS_MAX) {
		reply_error(call, outcome_number(OUT_LIMITED),
		    "too many requests wait for an answer; try again");
		return (1);
	}
	if (peer_queued(net->proc->peer[K_SUPERVISOR]) > FORWARD_MAX) {
		reply_error(call, outcome_number(OUT_LIMITED),
		    "too many requests wait for the supervisor; try again");
		return (1);
	}
	return (0);
}

/* "process", by name, of the app the call is about. */
static int
request_process(const struct args *args, uint16_t *process, struct fault *f)
{
	const char	*name = args_string(args, "process");
	int		 n;

	if (name == NULL)
		return (0);
	if (args->app == NULL) {
		fault_set(f, RPC_PARAMS,
		    "process: say which app with name as well");
		fault_datum(f, "parameter", "process");
		return (-1);
	}
	if ((n = view_process(args->app, name)) == -1) {
		fault_set(f, outcome_number(OUT_NOT_FOUND),
		    "app '%s' has no process '%.64s'", args->app->name, name);
		fault_datum(f, "app", args->app->name);
		fault_datum(f, "process", name);
		return (-1);
	}
	*process = (uint16_t)n;
	return (0);
}

struct request *
request_open(struct call *call, const struct args *args,
    request_done done)
{
	struct request	*r;
	struct fault	 f;

	if (request_refused(call))
		return (NULL);
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		reply_error(call, RPC_INTERNAL, "out of memory");
		return (NULL);
	}
	request_fill(&r->msg, call, args);
	if (request_process(args, &r->msg.process, &f) == -1) {
		reply_fault(call, &f);
		free(r);
		return (NULL);
	}
	r->call = *call;
	r->done = done;
	r->opened_ms = wall_ms();
	r->object.wipe = r->msg.op == OP_SECRET || r->msg.op == OP_ISSUE;
	r->msg.id = ++call->net->last_id;
	RB_INSERT(requests, &call->net->requests, r);
	TAILQ_INSERT_TAIL(&call->client->requests, r, of_client);
	call->client->waiting++;
	if (request_of_object(r->msg.op))
		call->net->nobjects++;
	return (r);
}

/* The tail begins with who asks. */
void
request_send(struct request *r)
{
	uint8_t	 tail[REQUEST_TAIL_MAX];
	size_t	 n;

	n = caller_pack(&r->call.client->caller, tail);
	if (r->tail.len > 0 && r->tail.len <= sizeof(tail) - n) {
		memcpy(tail + n, r->tail.p, r->tail.len);
		n += r->tail.len;
	}
	peer_send_raw(r->call.net->proc->peer[K_SUPERVISOR], M_REQUEST, -1,
	    &r->msg, tail, n);
}

int
request_string(struct request *r, const char *s)
{
	uint16_t	 n = (uint16_t)strlen(s);

	return (buf_add(&r->tail, &n, sizeof(n)) == -1 ? -1 :
	    buf_add(&r->tail, s, n));
}

void
request_object(struct call *call, const struct outcome_of *res)
{
	struct jsonw	*w = reply_begin(call);

	if (res->len > 0)
		jsonw_raw(w, res->object, res->len);
	else
		jsonw_null(w);
	reply_end(call);
}

void
request_again(struct request *r)
{
	struct net	*net = r->call.net;

	RB_REMOVE(requests, &net->requests, r);
	r->msg.id = ++net->last_id;
	RB_INSERT(requests, &net->requests, r);
	request_send(r);
}

/* Off the lists, so that a client that goes meanwhile does not find it. */
static void
request_detach(struct request *r)
{
	struct client	*client = r->call.client;

	RB_REMOVE(requests, &r->call.net->requests, r);
	if (request_of_object(r->msg.op))
		r->call.net->nobjects--;
	if (client == NULL)
		return;
	TAILQ_REMOVE(&client->requests, r, of_client);
	if (r->query != NULL && r->query->follow)
		client->streams--;
	else
		client->waiting--;
}

static void
request_dispose(struct request *r)
{
	query_free(r->call.net, r->query);
	query_free(r->call.net, r->answered);
	exec_free(r->exec);
	secret_forget(r);
	buf_free(&r->object);
	buf_free(&r->tail);
	free(r);
}

void
request_free(struct request *r)
{
	request_detach(r);
	request_dispose(r);
}

void
request_finish(struct request *r, const struct outcome_of *res)
{
	struct client	*client = r->call.client;

	request_detach(r);
	r->done(r, res);
	request_dispose(r);
	if (client != NULL)
		client->wake(client);
}

void
request_fail(struct request *r, enum outcome outcome, const char *text)
{
	struct outcome_of	 res;

	memset(&res, 0, sizeof(res));
	res.outcome = outcome;
	res.text = text;
	request_finish(r, &res);
}

void
request_error(struct call *call, const struct m_request *msg,
    const struct outcome_of *res)
{
	const struct view_app	*a = view_by_id(call->net->view, msg->app);
	struct fault		 f;

	fault_set(&f, outcome_number(res->outcome), "%s",
	    res->text[0] != '\0' ? res->text : outcome_name(res->outcome));
	if (a != NULL)
		fault_datum(&f, "app", a->name);
	reply_fault(call, &f);
}

/*
 * The supervisor is gone: what it was asked for has no answer any more.  An
 * answer may end its connection, and with it others of these requests.
 */
void
request_down(struct net *net)
{
	struct request	*r;
	uint64_t	 id;

	for (id = 0; (r = request_next(net, id)) != NULL;) {
		id = r->msg.id;
		if (r->exec != NULL && r->exec->opened)
			continue;	/* apps has it */
		if (r->query != NULL)
			logs_unsure(r);
		else if (r->msg.op == OP_SHUTDOWN)
			/* the parent knows, and so will the next one */
			request_fail(r, OUT_OK, "");
		else
			request_fail(r, OUT_UNAVAILABLE, "the supervisor was "
			    "restarted; see whether it was done, then try "
			    "again");
	}
}

void
request_client_gone(struct client *client)
{
	struct request	*r;

	events_client_gone(client);
	while ((r = TAILQ_FIRST(&client->requests)) != NULL) {
		TAILQ_REMOVE(&client->requests, r, of_client);
		r->call.client = NULL;
		if (r->query != NULL)
			logs_abandon(r);
	}
	client->waiting = client->streams = 0;
}

int
request_reply(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_reply		 reply;
	struct outcome_of	 res;
	struct request		*r;
	char			 text[TEXT_MAX + 1];

	msg_take(m, &reply, sizeof(reply));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1 || reply.outcome >= OUT_MAX ||
	    !request_known(net, reply.id))
		return (-1);
	if ((r = request_find(net, reply.id)) == NULL)
		return (0);		/* a log query that was closed */
	if (reply.outcome == OUT_OK && request_forwarded(r))
		return (0);		/* the answer is on its way */
	memset(&res, 0, sizeof(res));
	res.outcome = reply.outcome;
	res.flags = reply.flags;
	res.count = reply.count;
	res.text = text;
	request_finish(r, &res);
	return (0);
}
