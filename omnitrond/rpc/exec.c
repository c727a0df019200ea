/*
 * exec: a call of an app's method.  In a plane.
 *
 * The supervisor opens it, which a first receipt of apps tells; then service,
 * method and the arguments go to apps, and the result comes back in the same
 * way.  Neither is read here: arguments were checked as JSON when they came
 * in, results are what apps made of the app's answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/xmalloc.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/exec.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

void
exec_free(struct exec *e)
{
	if (e == NULL)
		return;
	buf_free(&e->args);
	parts_free(&e->out);
	parts_free(&e->in);
	free(e);
}

/* ---- the call ----------------------------------------------------------- */

/* Those who say it know the app by its number only. */
static void
exec_error(struct request *r, const struct outcome_of *res)
{
	const struct view_app	*a;
	struct outcome_of	 named = *res;
	char			 text[NAME_SIZE + TEXT_MAX + 4];

	a = view_by_id(r->call.net->view, r->msg.app);
	if (a != NULL && res->text[0] != '\0') {
		snprintf(text, sizeof(text), "%s: %s", a->name, res->text);
		named.text = text;
	}
	request_error(&r->call, &r->msg, &named);
}

static void
exec_done(struct request *r, const struct outcome_of *res)
{
	struct jsonw	*w;

	if (res->object != NULL && r->exec->in.head.error) {
		reply_raw_error(&r->call, res->object, res->len);
		return;
	}
	if (res->outcome != OUT_OK) {
		exec_error(r, res);
		return;
	}
	w = reply_begin(&r->call);
	if (res->len > 0)
		jsonw_raw(w, res->object, res->len);
	else
		jsonw_null(w);
	reply_end(&r->call);
}

/* A name of the app's: it must fit, and say something. */
static int
exec_name(struct call *call, const struct args *args, const char *param,
    char *buf, size_t size)
{
	const char	*name = args_string(args, param);

	if (name[0] != '\0' && strlcpy(buf, name, size) < size)
		return (0);
	reply_error(call, RPC_PARAMS, "%s: expected 1 to %zu bytes", param,
	    size - 1);
	return (-1);
}

static int
exec_args(struct exec *e, const struct json *args)
{
	struct jsonw	 w;
	int		 rv;

	jsonw_init(&w, OBJECT_MAX);
	if (args != NULL)
		json_write(args, &w);
	else
		jsonw_raw(&w, "[]", 2);
	rv = jsonw_done(&w) == -1 ? -1 : buf_add(&e->args, w.buf, w.len);
	jsonw_free(&w);
	return (rv);
}

void
exec_call(struct call *call, const struct args *args)
{
	struct request	*r;
	struct exec	*e;

	if ((e = calloc(1, sizeof(*e))) == NULL ||
	    exec_args(e, args_array(args, "args")) == -1) {
		reply_error(call, RPC_INTERNAL, "out of memory");
		exec_free(e);
		return;
	}
	if (exec_name(call, args, "service", e->service,
	    sizeof(e->service)) == -1 || exec_name(call, args, "method",
	    e->method, sizeof(e->method)) == -1 ||
	    (r = request_open(call, args, exec_done)) == NULL) {
		exec_free(e);
		return;
	}
	r->exec = e;
	request_send(r);
}

int
exec_got(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_object_got	 got;
	struct m_sync		 call;
	struct request		*r;
	struct exec		*e;

	msg_take(m, &got, sizeof(got));
	if (msg_end(m) == -1 || !request_known(net, got.id))
		return (-1);
	if ((r = request_find(net, got.id)) == NULL)
		return (0);
	if ((e = r->exec) == NULL)
		return (-1);
	if (e->opened)
		return (parts_got(&e->out, peer));
	e->opened = 1;
	memset(&call, 0, sizeof(call));
	call.seq = got.id;
	peer_send(peer, M_EXEC_CALL, -1, &call, e->service, e->method, NULL);
	parts_begin(&e->out, peer, got.id, OUT_OK, 0, &e->args);
	return (0);
}

/* A text of apps, or what the app said. */
static void
exec_finish(struct request *r)
{
	struct parts		*in = &r->exec->in;
	struct outcome_of	 res;
	char			 text[TEXT_MAX + 1] = "";
	size_t			 n = in->text.len;

	memset(&res, 0, sizeof(res));
	res.outcome = in->head.outcome;
	res.text = text;
	if (in->head.error || in->head.outcome == OUT_OK) {
		res.object = in->text.p;
		res.len = n;
	} else if (n > 0) {
		if (n > TEXT_MAX)
			n = TEXT_MAX;
		memcpy(text, in->text.p, n);
		text[n] = '\0';
	}
	request_finish(r, &res);
}

int
exec_part(struct peer *peer, struct msg *m)
{
	struct net	*net = net_of(peer);
	struct m_object	 part;
	struct request	*r;
	const uint8_t	*data;
	size_t		 len;

	msg_take(m, &part, sizeof(part));
	data = msg_take_rest(m, &len);
	if (msg_end(m) == -1 || part.outcome >= OUT_MAX || part.error > 1 ||
	    !request_known(net, part.id))
		return (-1);
	if ((r = request_find(net, part.id)) == NULL) {
		parts_receipt(peer, part.id);	/* it failed meanwhile */
		return (0);
	}
	if (r->exec == NULL)
		return (-1);
	switch (parts_take(&r->exec->in, peer, &part, data, len)) {
	case 1:
		exec_finish(r);
		break;
	case 0:
		break;
	case -2:
		request_fail(r, OUT_FAILED, "out of memory");
		break;
	default:
		return (-1);
	}
	return (0);
}

/* ---- what is registered ------------------------------------------------- */

static void
service_remove(struct net *net, struct service *s)
{
	TAILQ_REMOVE(&net->services, s, entry);
	net->nservices--;
	free(s);
}

void
exec_services_free(struct net *net)
{
	struct service	*s, *next;

	TAILQ_FOREACH_SAFE(s, &net->services, entry, next)
		service_remove(net, s);
}

/* All that an instance had is void: it says the rest anew. */
static void
service_forget(struct net *net, const struct m_inst *id)
{
	struct service	*s, *next;

	TAILQ_FOREACH_SAFE(s, &net->services, entry, next)
		if (s->inst.app == id->app && s->inst.process == id->process &&
		    s->inst.instance == id->instance)
			service_remove(net, s);
}

int
exec_service(struct peer *peer, struct msg *m)
{
	struct net	*net = net_of(peer);
	struct m_inst	 id;
	struct service	*s;
	char		 name[NAME_SIZE], version[NAME_SIZE];

	msg_take(m, &id, sizeof(id));
	msg_take_str(m, name, sizeof(name));
	msg_take_str(m, version, sizeof(version));
	if (msg_end(m) == -1)
		return (-1);
	if (name[0] == '\0')
		service_forget(net, &id);
	else if (net->nservices < SERVICES_MAX) {
		s = xcalloc(1, sizeof(*s));
		s->inst = id;
		strlcpy(s->name, name, sizeof(s->name));
		strlcpy(s->version, version, sizeof(s->version));
		TAILQ_INSERT_TAIL(&net->services, s, entry);
		net->nservices++;
	}
	return (0);
}

/* The first instance that has it names it. */
static int
service_first(const struct net *net, const struct service *s)
{
	const struct service	*o;

	TAILQ_FOREACH(o, &net->services, entry)
		if (o->inst.app == s->inst.app && strcmp(o->name, s->name) == 0)
			return (o == s);
	return (0);
}

void
exec_services(struct jsonw *w, struct net *net, uint32_t app)
{
	const struct service	*s;

	jsonw_array(w);
	TAILQ_FOREACH(s, &net->services, entry)
		if (s->inst.app == app && service_first(net, s))
			jsonw_string(w, s->name);
	jsonw_end(w);
}

void
exec_down(struct net *net)
{
	struct request	*r;
	uint64_t	 id = 0;

	exec_services_free(net);
	while ((r = request_next(net, id)) != NULL) {
		id = r->msg.id;
		if (r->exec != NULL)
			request_fail(r, OUT_UNAVAILABLE, "the apps process was "
			    "restarted; see whether it was done, then try "
			    "again");
	}
}
