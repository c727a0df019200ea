/*
 * Files that are watched: which, and to have them watched.  In a plane;
 * getWatchStatus from the view alone.
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

static void
watch_trouble(struct jsonw *w, const struct m_view_watch *rec)
{
	char	 text[TEXT_MAX];

	if (rec->trouble == WATCH_NONE)
		return;
	strlcpy(text, watch_trouble_text(rec->trouble), sizeof(text));
	if (rec->error != 0) {
		strlcat(text, ": ", sizeof(text));
		strlcat(text, strerror((int)rec->error), sizeof(text));
	}
	jsonw_kstring(w, "error", text);
}

static void
watch_one(struct jsonw *w, const struct view_app *a,
    const struct view_watch *watch)
{
	jsonw_object(w);
	jsonw_kstring(w, "name", a->name);
	if (a->rec.flags & VIEW_BOOTSTRAP)
		jsonw_kstring(w, "process", watch->name);
	jsonw_kstring(w, "directory", watch->directory);
	jsonw_key(w, "pid");
	if (watch->rec.pid > 0)
		jsonw_int(w, watch->rec.pid);
	else
		jsonw_null(w);
	jsonw_kint(w, "folders", watch->rec.folders);
	watch_trouble(w, &watch->rec);
	jsonw_end(w);
}

/* Those of the apps on the list, as an array; returns how many there are. */
static size_t
watch_list(struct jsonw *w, const struct view *view,
    const struct access_list *list, const char *key)
{
	const struct view_app	*a;
	size_t			 i, n = 0;

	jsonw_key(w, key);
	jsonw_array(w);
	TAILQ_FOREACH(a, &view->apps, entry) {
		if (!access_has(list, a))
			continue;
		for (i = 0; i < a->nwatches; i++)
			watch_one(w, a, &a->watches[i]);
		n += a->nwatches;
	}
	jsonw_end(w);
	return (n);
}

/* Those that would be watched, had not an operator said no. */
static void
watch_off(struct jsonw *w, const struct view *view,
    const struct access_list *list)
{
	const struct view_app	*a;

	jsonw_key(w, "off");
	jsonw_array(w);
	TAILQ_FOREACH(a, &view->apps, entry)
		if ((a->rec.flags & VIEW_UNWATCHED) && access_has(list, a))
			jsonw_string(w, a->name);
	jsonw_end(w);
}

void
watch_status_call(struct call *call, const struct args *args)
{
	struct jsonw		*w = reply_begin(call);
	struct access_list	 list;
	size_t			 n;

	access_open(&list, call->client, METHOD_GET_WATCH);
	jsonw_object(w);
	n = watch_list(w, call->net->view, &list, "apps");
	watch_off(w, call->net->view, &list);
	access_close(&list);
	jsonw_kbool(w, "enabled", n > 0);
	jsonw_end(w);
	reply_end(call);
}

static void
watch_enabled(struct request *r, const struct outcome_of *res)
{
	struct call		*call = &r->call;
	struct access_list	 list;
	struct jsonw		*w;

	if (res->outcome != OUT_OK) {
		request_error(call, &r->msg, res);
		return;
	}
	access_open(&list, call->client, METHOD_GET_WATCH);
	w = reply_begin(call);
	jsonw_object(w);
	watch_list(w, call->net->view, &list, "watching");
	access_close(&list);
	jsonw_end(w);
	reply_end(call);
}

static int
watch_bad_apps(struct call *call)
{
	reply_error(call, RPC_PARAMS, "apps: expected 1 to %u names of apps",
	    WATCH_APPS_MAX);
	return (-1);
}

/* Their ids; -1: the call has been answered with what is wrong. */
static int
watch_apps(struct call *call, const struct json *apps, uint32_t *ids)
{
	const struct view_app	*a;
	const struct json	*j;
	struct fault		 f;
	size_t			 n = 0;

	if (apps->count < 1 || apps->count > WATCH_APPS_MAX)
		return (watch_bad_apps(call));
	for (j = apps->first; j != NULL; j = j->next) {
		if (j->type != JSON_STRING)
			return (watch_bad_apps(call));
		if ((a = view_by_name(call->net->view, j->u.s)) == NULL) {
			fault_app(&f, call->client, j->u.s);
			reply_fault(call, &f);
			return (-1);
		}
		if (access_app(call->client, call->method, a, &f) == -1) {
			reply_fault(call, &f);
			return (-1);
		}
		ids[n++] = a->rec.id;
	}
	return ((int)n);
}

void
watch_enable_call(struct call *call, const struct args *args)
{
	const struct json	*apps = args_array(args, "apps");
	uint32_t		 ids[WATCH_APPS_MAX];
	struct request		*r;
	int			 n = 0;

	if (apps != NULL && (n = watch_apps(call, apps, ids)) == -1)
		return;
	if ((r = request_open(call, args, watch_enabled)) == NULL)
		return;
	r->msg.number = (uint32_t)n;
	if (buf_add(&r->tail, ids, (size_t)n * sizeof(*ids)) == -1)
		request_fail(r, OUT_FAILED, "out of memory");
	else
		request_send(r);
}
