/*
 * why: what made an app what it is.  In a plane; the status from
 * the view, the causes from the supervisor, one message each before its
 * reply.
 */
#include <string.h>

#include "omnitrond/rpc/answer.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"
#include "omnitrond/rpc/why.h"

static void
why_by(struct jsonw *w, const struct m_why_link *rec)
{
	const struct m_why	*why = &rec->why;

	jsonw_key(w, "by");
	jsonw_object(w);
	if (why->uid != ID_NONE) {
		jsonw_kint(w, "uid", why->uid);
		jsonw_kint(w, "pid", why->pid);
	} else
		jsonw_kstring(w, "subject", rec->subject);
	jsonw_kstring(w, "plane", kind_name((enum kind)why->plane));
	jsonw_end(w);
}

static void
why_write(struct jsonw *w, const struct client *client,
    const struct m_why_link *rec, const char *app, const char *text)
{
	const struct m_why	*why = &rec->why;
	char			 buf[ACCESS_TEXT_MAX];
	int			 hidden;

	hidden = client != NULL && !access_may_name(client, METHOD_WHY, app) &&
	    !access_may_name(client, METHOD_GET_APP, app);
	jsonw_object(w);
	jsonw_kstring(w, "app", hidden ? NULL : app);
	jsonw_kstring(w, "cause", why_kind_name((enum why_kind)why->kind));
	if (why->plane != K_PARENT && !hidden)
		why_by(w, rec);
	jsonw_kint(w, "at", why->at_ms);
	/* of an app that it may not view, that there was a cause is enough */
	jsonw_kstring(w, "text", hidden ? "of another app" :
	    access_text(client, text, buf));
	jsonw_end(w);
}

int
why_link(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_why_link	 rec;
	struct request		*r;
	struct jsonw		 w;
	char			 app[NAME_SIZE], text[TEXT_MAX + 1];
	int			 rv = 0;

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, app, sizeof(app));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1 || rec.why.kind >= WHY_MAX ||
	    rec.why.plane >= K_MAX ||
	    memchr(rec.subject, '\0', sizeof(rec.subject)) == NULL ||
	    (r = request_find(net, rec.id)) == NULL ||
	    r->msg.op != OP_WHY || r->object.len > WHY_ANSWER_MAX)
		return (-1);
	jsonw_init(&w, WHY_ANSWER_MAX);
	why_write(&w, r->call.client, &rec, app, text);
	if (jsonw_done(&w) == 0 && (r->object.len == 0 ||
	    buf_add(&r->object, ",", 1) == 0))
		rv = buf_add(&r->object, w.buf, w.len);
	jsonw_free(&w);
	/* without memory the chain is shorter by this link */
	return (rv == -1 ? 0 : rv);
}

static void
why_done(struct request *r, const struct outcome_of *res)
{
	const struct view_app	*a;
	struct jsonw		*w;

	a = view_by_id(r->call.net->view, r->msg.app);
	if (res->outcome != OUT_OK || a == NULL) {
		request_error(&r->call, &r->msg, res);
		return;
	}
	w = reply_begin(&r->call);
	jsonw_object(w);
	jsonw_kstring(w, "name", a->name);
	jsonw_kstring(w, "status", status_name(a->rec.status));
	answer_intent(w, r->call.client, a);
	jsonw_kint(w, "restarts", a->rec.restarts);
	jsonw_key(w, "chain");
	jsonw_array(w);
	if (r->object.len > 0)
		jsonw_raw(w, r->object.p, r->object.len);
	jsonw_end(w);
	jsonw_end(w);
	reply_end(&r->call);
}

void
why_call(struct call *call, const struct args *args)
{
	struct request	*r;

	if ((r = request_open(call, args, why_done)) != NULL)
		request_send(r);
}
