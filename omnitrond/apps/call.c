/*
 * Calls of apps' methods.  In the apps process.
 *
 * The supervisor opens a call and names the instances that may be called; the
 * plane names service and method and sends the arguments, which are JSON
 * and go to the app as they are.  Of the instances that have registered the
 * service the one is called that was not called for the longest time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "omnitrond/apps/apps.h"

int
call_cmp(const struct call *a, const struct call *b)
{
	if (a->plane != b->plane)
		return (a->plane < b->plane ? -1 : 1);
	return (a->id < b->id ? -1 : a->id > b->id);
}

RB_GENERATE(call_ids, call, by_id, call_cmp)

/* Each plane numbers its requests itself: a number is not one of another. */
static struct call *
call_find(struct apps *apps, enum kind plane, uint64_t id)
{
	struct call	 key;

	key.plane = plane;
	key.id = id;
	return (RB_FIND(call_ids, &apps->calls, &key));
}

/* The app's end of it is over. */
static void
call_detach(struct call *call)
{
	if (call->channel == NULL)
		return;
	TAILQ_REMOVE(&call->channel->calls, call, of_channel);
	call->channel->ncalls--;
	call->channel = NULL;
}

static void
call_free(struct call *call)
{
	call_detach(call);
	RB_REMOVE(call_ids, &call->apps->calls, call);
	call->apps->ncalls--;
	event_free(call->late);
	parts_free(&call->in);
	parts_free(&call->out);
	free(call->insts);
	free(call);
}

void
call_free_all(struct apps *apps, enum kind plane)
{
	struct call	*call, *next;

	RB_FOREACH_SAFE(call, call_ids, &apps->calls, next)
		if (plane == K_MAX || call->plane == plane)
			call_free(call);
}

/* ---- the answer --------------------------------------------------------- */

static void
call_reply(struct call *call, enum outcome outcome, int error,
    const char *text, size_t len)
{
	struct peer	*plane = call->apps->proc->peer[call->plane];
	struct buf	 buf = { .p = NULL };

	call_detach(call);
	event_del(call->late);
	call->over = 1;
	if (len > OBJECT_MAX || buf_add(&buf, text, len) == -1) {
		outcome = OUT_FAILED;
		error = 0;
		buf.len = 0;
	}
	parts_begin(&call->out, plane, call->id, outcome, error, &buf);
}

static void
call_fail(struct call *call, enum outcome outcome, const char *text)
{
	call_reply(call, outcome, 0, text, strlen(text));
}

static void
call_late(int fd, short events, void *arg)
{
	struct call	*call = arg;
	char		 text[96], limit[32];

	snprintf(text, sizeof(text), "the app did not answer within %s",
	    duration_format(call->timeout_ms, limit, sizeof(limit)));
	call_fail(call, OUT_TIMEOUT, text);
}

void
call_answer(struct channel *c, uint64_t number, const struct json *result,
    const struct json *error)
{
	struct jsonw	 w;
	struct call	*call;

	TAILQ_FOREACH(call, &c->calls, of_channel)
		if (call->number == number)
			break;
	if (call == NULL)
		return;		/* too late, or of a shutdown */
	channel_asked(c);
	jsonw_init(&w, OBJECT_MAX);
	json_write(error != NULL ? error : result, &w);
	if (jsonw_done(&w) == -1)
		call_fail(call, OUT_FAILED, "the app's answer is too large");
	else
		call_reply(call, error != NULL ? OUT_FAILED : OUT_OK,
		    error != NULL, w.buf, w.len);
	jsonw_free(&w);
}

void
call_lost(struct channel *c)
{
	struct call	*call;

	while ((call = TAILQ_FIRST(&c->calls)) != NULL)
		call_fail(call, OUT_UNAVAILABLE,
		    "the app closed its channel meanwhile");
}

/* ---- who is called ------------------------------------------------------ */

static struct channel *
call_channel(struct app_inst *i, const char *service)
{
	struct channel	*c;

	TAILQ_FOREACH(c, &i->channels, entry)
		if (!c->broken && channel_has(c, service))
			return (c);
	return (NULL);
}

/* The one that was not called for the longest time. */
static struct channel *
call_pick(struct call *call)
{
	struct app_inst	*i;
	struct channel	*c, *best = NULL;
	size_t		 n;

	for (n = 0; n < call->ninsts; n++) {
		i = inst_living(call->apps, &call->insts[n]);
		if (i == NULL || (c = call_channel(i, call->service)) == NULL)
			continue;
		if (best == NULL || i->called < best->inst->called)
			best = c;
	}
	if (best != NULL)
		best->inst->called = ++call->apps->serial;
	return (best);
}

static void
call_add_names(struct app_inst *i, char *text, size_t size, int *any)
{
	struct channel	*c;
	size_t		 n;

	TAILQ_FOREACH(c, &i->channels, entry)
		for (n = 0; n < c->nservices; n++) {
			if (strstr(text, c->services[n].name) != NULL)
				continue;
			strlcat(text, (*any)++ ? ", " : "; it has ", size);
			strlcat(text, c->services[n].name, size);
		}
}

/* "it has no service 'x'; it has greeter, db" */
static void
call_no_service(struct call *call)
{
	struct app_inst	*i;
	char		 text[TEXT_MAX];
	size_t		 n;
	int		 any = 0;

	snprintf(text, sizeof(text), "it has no service '%s'", call->service);
	for (n = 0; n < call->ninsts; n++)
		if ((i = inst_living(call->apps, &call->insts[n])) != NULL)
			call_add_names(i, text, sizeof(text), &any);
	if (!any)
		strlcat(text, ": it has registered none", sizeof(text));
	call_fail(call, OUT_NOT_FOUND, text);
}

/* ---- on its way --------------------------------------------------------- */

int
call_open(struct apps *apps, const struct m_exec_open *m,
    const uint8_t *insts, size_t len)
{
	struct timeval	 tv = { m->timeout_ms / 1000,
			    m->timeout_ms % 1000 * 1000 };
	struct call	*call;

	if (m->plane >= K_MAX || ((1u << m->plane) & KB_PLANES) == 0 ||
	    len == 0 || len % sizeof(struct m_inst) != 0 ||
	    call_find(apps, m->plane, m->id) != NULL)
		return (-1);
	if (!plane_there(apps, m->plane))
		return (0);		/* nobody waits for it any more */
	if ((call = calloc(1, sizeof(*call))) == NULL ||
	    (call->insts = malloc(len)) == NULL)
		fatalx("out of memory");
	memcpy(call->insts, insts, len);
	call->ninsts = len / sizeof(struct m_inst);
	call->apps = apps;
	call->plane = m->plane;
	call->id = m->id;
	call->timeout_ms = m->timeout_ms;
	call->late = event_new(apps->proc->base, -1, 0, call_late, call);
	if (call->late == NULL || event_add(call->late, &tv) == -1)
		fatalx("out of memory");
	RB_INSERT(call_ids, &apps->calls, call);
	if (++apps->ncalls > CALLS_MAX)
		call_fail(call, OUT_LIMITED, "too many calls wait");
	else
		parts_receipt(apps->proc->peer[m->plane], m->id);
	return (0);
}

int
call_named(struct apps *apps, enum kind plane, uint64_t id,
    const char *service, const char *method)
{
	struct call	*call = call_find(apps, plane, id);

	if (call == NULL || call->over)
		return (0);		/* it was too late */
	if (call->named || service[0] == '\0' || method[0] == '\0')
		return (-1);
	call->named = 1;
	strlcpy(call->service, service, sizeof(call->service));
	strlcpy(call->method, method, sizeof(call->method));
	call->channel = call_pick(call);
	if (call->channel == NULL) {
		call_no_service(call);
		return (0);
	}
	TAILQ_INSERT_TAIL(&call->channel->calls, call, of_channel);
	if (++call->channel->ncalls > CHANNEL_CALLS)
		call_fail(call, OUT_LIMITED,
		    "the app has too many calls to answer");
	return (0);
}

/* The arguments are whole: they go to the app. */
static void
call_invoke(struct call *call)
{
	struct jsonw	 w;

	call->number = ++call->apps->number;
	jsonw_init(&w, 2 * OBJECT_MAX);
	jsonw_object(&w);
	jsonw_kstring(&w, "jsonrpc", "2.0");
	jsonw_kint(&w, "id", (int64_t)call->number);
	jsonw_kstring(&w, "method", "invoke");
	jsonw_key(&w, "params");
	jsonw_object(&w);
	jsonw_kstring(&w, "service", call->service);
	jsonw_kstring(&w, "method", call->method);
	jsonw_key(&w, "args");
	jsonw_raw(&w, call->in.text.p, call->in.text.len);
	jsonw_end(&w);
	jsonw_end(&w);
	if (jsonw_done(&w) == -1)
		call_fail(call, OUT_FAILED, "out of memory");
	else if (channel_send(call->channel, w.buf, w.len) == -1)
		call_fail(call, OUT_UNAVAILABLE, "the app does not read what "
		    "it is sent");
	jsonw_free(&w);
	parts_free(&call->in);
}

int
call_part(struct apps *apps, enum kind plane, const struct m_object *part,
    const uint8_t *data, size_t len)
{
	struct peer	*peer = apps->proc->peer[plane];
	struct call	*call = call_find(apps, plane, part->id);

	if (call == NULL || call->over) {
		parts_receipt(peer, part->id);
		return (0);
	}
	if (!call->named || call->number != 0)
		return (-1);
	switch (parts_take(&call->in, peer, part, data, len)) {
	case 1:
		call_invoke(call);
		break;
	case 0:
		break;
	case -2:
		call_fail(call, OUT_FAILED, "out of memory");
		break;
	default:
		return (-1);
	}
	return (0);
}

int
call_got(struct apps *apps, enum kind plane, uint64_t id)
{
	struct call	*call = call_find(apps, plane, id);

	if (call == NULL || !call->over ||
	    parts_got(&call->out, apps->proc->peer[plane]) == -1)
		return (-1);
	if (parts_over(&call->out))
		call_free(call);
	return (0);
}
