/*
 * Requests that are not answered at once: kept until their operations are
 * done and what those changed is on disk, then answered and audited.
 * Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/secret.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

static void
request_reply(struct sup *sup, const struct ask *ask,
    const struct m_reply *reply, const char *text)
{
	/* so that the caller reads what it wrote */
	view_push(sup, ask->plane, (ask->m.flags & REQ_ALL) ? NULL :
	    app_find(sup, ask->m.app));
	out_send(sup, ask->plane, M_REPLY, reply, text, NULL);
	audit_request(sup, ask, reply->outcome, text);
}

/* Answered at once. */
int
request_say(struct sup *sup, const struct ask *ask,
    enum outcome outcome, const char *text)
{
	struct m_reply	 reply;

	memset(&reply, 0, sizeof(reply));
	reply.id = ask->m.id;
	reply.outcome = outcome;
	request_reply(sup, ask, &reply, text);
	return (0);
}

static void
req_free(struct sup *sup, struct req *req)
{
	struct task	*op;

	while ((op = LIST_FIRST(&req->ops)) != NULL) {
		LIST_REMOVE(op, req_entry);
		ops_detach(sup, op);
	}
	timer_cancel(&sup->timers, &req->timer);
	LIST_REMOVE(req, entry);
	sup->nreqs--;
	sup->view.plane[plane_number(req->ask.plane)].nreqs--;
	free(req);
}

void
request_end(struct sup *sup, struct req *req, enum outcome outcome,
    const char *text)
{
	request_say(sup, &req->ask, outcome, text);
	req_free(sup, req);
}

void
request_drop(struct sup *sup, struct req *req)
{
	req_free(sup, req);
}

static void
req_answer(struct sup *sup, struct req *req)
{
	struct m_reply	 reply;

	memset(&reply, 0, sizeof(reply));
	reply.id = req->ask.m.id;
	reply.outcome = req->outcome;
	reply.flags = req->flags | REPLY_TRIED;
	reply.count = req->count;
	if (req->seq > sup->persist.stored)
		reply.flags |= REPLY_UNSAVED;
	request_reply(sup, &req->ask, &reply, req->text);
	req_free(sup, req);
}

/* All is done; the answer still waits for the disk, but not for ever. */
static void
req_done(struct sup *sup, struct req *req)
{
	if (req->seq <= sup->persist.stored) {
		req_answer(sup, req);
		return;
	}
	req->saving = 1;
	timer_set(&sup->timers, &req->timer, out_in_ms(sup, UNSAVED_MS));
}

/* The caller's timeout, or that of the disk. */
static void
req_timeout(struct sup *sup, void *arg)
{
	struct req	*req = arg;

	if (secret_late(&req->ask)) {
		request_end(sup, req, OUT_UNAVAILABLE, "the secrets process "
		    "does not start: the daemon's log says why");
		return;
	}
	if (!req->saving) {
		req->outcome = OUT_TIMEOUT;
		strlcpy(req->text, "timed out; the operation goes on",
		    sizeof(req->text));
	}
	req_answer(sup, req);
}

int
request_full(struct sup *sup, enum kind plane)
{
	return (sup->view.plane[plane_number(plane)].nreqs >= REQUESTS_MAX);
}

struct req *
request_new(struct sup *sup, const struct ask *ask)
{
	struct req	*req = xcalloc(1, sizeof(*req));

	req->ask = *ask;
	LIST_INIT(&req->ops);
	timer_init(&req->timer, req_timeout, req);
	LIST_INSERT_HEAD(&sup->reqs, req, entry);
	sup->nreqs++;
	sup->view.plane[plane_number(ask->plane)].nreqs++;
	req->adding = 1;
	return (req);
}

void
request_begun(struct sup *sup, struct req *req)
{
	req->adding = 0;
	if (LIST_EMPTY(&req->ops))
		req_done(sup, req);
	else if (req->ask.m.op != OP_STOP && req->ask.m.timeout_ms > 0)
		timer_set(&sup->timers, &req->timer,
		    out_in_ms(sup, req->ask.m.timeout_ms));
}

void
request_stored(struct sup *sup)
{
	struct req	*req, *next;

	for (req = LIST_FIRST(&sup->reqs); req != NULL; req = next) {
		next = LIST_NEXT(req, entry);
		/* a disk that says no will not say yes within two seconds */
		if (req->saving && (req->seq <= sup->persist.stored ||
		    sup->persist.error != 0))
			req_answer(sup, req);
	}
}

void
request_op_add(struct req *req, struct task *op)
{
	op->req = req;
	LIST_INSERT_HEAD(&req->ops, op, req_entry);
}

void
request_changes(struct sup *sup, struct req *req, uint64_t seq)
{
	if (seq > req->seq)
		req->seq = seq;
}

static void
req_add_text(struct req *req, const char *text)
{
	if (text[0] == '\0')
		return;
	if (req->text[0] != '\0')
		strlcat(req->text, "; ", sizeof(req->text));
	strlcat(req->text, text, sizeof(req->text));
}

void
request_op_done(struct sup *sup, struct task *op, enum outcome outcome,
    const char *text)
{
	struct req	*req = op->req;

	LIST_REMOVE(op, req_entry);
	op->req = NULL;
	if (op->killed)
		req->flags |= REPLY_KILLED;
	if (outcome == OUT_OK)
		req->count++;
	else {
		if (req->outcome == OUT_OK || outcome == OUT_FAILED)
			req->outcome = outcome;
		req_add_text(req, text);
	}
	if (LIST_EMPTY(&req->ops) && !req->adding)
		req_done(sup, req);
}

void
request_plane_gone(struct sup *sup, enum kind plane)
{
	struct req	*req, *next;

	for (req = LIST_FIRST(&sup->reqs); req != NULL; req = next) {
		next = LIST_NEXT(req, entry);
		if (req->ask.plane == plane)
			req_free(sup, req);
	}
	sup->view.plane[plane_number(plane)].last_id = 0;
}

int
request_stopped(struct sup *sup)
{
	struct req	*req, *next;
	int		 n = 0;

	for (req = LIST_FIRST(&sup->reqs); req != NULL; req = next) {
		next = LIST_NEXT(req, entry);
		if (req->ask.m.op != OP_SHUTDOWN)
			continue;
		req_answer(sup, req);
		n++;
	}
	return (n);
}
