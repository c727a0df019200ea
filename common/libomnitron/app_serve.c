/*
 * What an app is asked on its channel: invoke, health, shutdown.  In
 * libomnitron.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/libomnitron/app.h"

/* omnitron-rpc(7), "ERRORS" */
#define SERVE_NO_METHOD		(-32601)
#define SERVE_PARAMS		(-32602)
#define SERVE_INTERNAL		(-32603)
#define SERVE_FAILED		(-32010)
#define SERVE_LIMITED		(-32029)

/* ---- answers ------------------------------------------------------------ */

static void
serve_begin(struct jsonw *w, const char *id)
{
	jsonw_init(w, 0);
	jsonw_object(w);
	jsonw_kstring(w, "jsonrpc", "2.0");
	jsonw_key(w, "id");
	jsonw_raw(w, id, strlen(id));
}

/* An error; data may be NULL, -1 and EINVAL if it is no JSON. */
static int
serve_error(struct omnitron_app *app, const char *id, int code,
    const char *message, const char *data)
{
	struct jsonw	 w;

	serve_begin(&w, id);
	jsonw_key(&w, "error");
	jsonw_object(&w);
	jsonw_kint(&w, "code", code);
	jsonw_kstring(&w, "message", message);
	if (data != NULL) {
		jsonw_key(&w, "data");
		if (msg_raw(&w, data, 0) == -1) {
			jsonw_free(&w);
			return (-1);
		}
	}
	jsonw_end(&w);
	return (app_send(app, &w));
}

static int
serve_result(struct omnitron_app *app, const char *id, const char *result)
{
	struct jsonw	 w;

	serve_begin(&w, id);
	jsonw_key(&w, "result");
	if (msg_raw(&w, result, 0) == -1) {
		jsonw_free(&w);
		return (-1);
	}
	return (app_send(app, &w));
}

static void
serve_free(struct omnitron_invoke *v)
{
	LIST_REMOVE(v, entry);
	v->app->ninvokes--;
	free(v->id);
	free(v->text);
	free(v);
}

/* The answer could not be sent as it is: say that, keep the errno. */
static int
serve_refused(struct omnitron_app *app, const char *id)
{
	int	 saved = errno;

	(void)serve_error(app, id, SERVE_INTERNAL, saved == EMSGSIZE ?
	    "the app's answer is too large" : saved == EINVAL ?
	    "the app's answer is no JSON" : "the app is out of memory", NULL);
	errno = saved;
	return (-1);
}

/* Is there someone to answer? */
static int
serve_open(const struct omnitron_invoke *v)
{
	if (v->app->line.fd != -1 && v->connection == v->app->connection)
		return (1);
	errno = ENOTCONN;
	return (0);
}

int
omnitron_invoke_reply(struct omnitron_invoke *v, const char *result)
{
	int	 rv = -1, saved;

	if (serve_open(v)) {
		rv = v->id == NULL ? 0 : serve_result(v->app, v->id, result);
		if (rv == -1)
			rv = serve_refused(v->app, v->id);
	}
	saved = errno;
	serve_free(v);
	errno = saved;
	return (rv);
}

int
omnitron_invoke_fail(struct omnitron_invoke *v, int code,
    const char *message, const char *data)
{
	int	 rv = -1, saved;

	if (serve_open(v)) {
		rv = v->id == NULL ? 0 : serve_error(v->app, v->id,
		    code == 0 ? SERVE_FAILED : code, message, data);
		if (rv == -1)
			rv = serve_refused(v->app, v->id);
	}
	saved = errno;
	serve_free(v);
	errno = saved;
	return (rv);
}

/* ---- requests ----------------------------------------------------------- */

static const struct app_service *
serve_service(const struct omnitron_app *app, struct slice name)
{
	size_t	 i;

	for (i = 0; i < app->nservices; i++)
		if (slice_equal(name, app->services[i].name))
			return (&app->services[i]);
	return (NULL);
}

static const struct omnitron_method *
serve_method(const struct app_service *s, struct slice name)
{
	const struct omnitron_method	*m;

	for (m = s->methods; m->name != NULL; m++)
		if (slice_equal(name, m->name))
			return (m);
	return (NULL);
}

/* An invoke that owns a copy of its arguments; NULL: no memory. */
static struct omnitron_invoke *
serve_new(struct omnitron_app *app, const char *id, struct slice args)
{
	struct omnitron_invoke	*v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return (NULL);
	v->app = app;
	v->connection = app->connection;
	v->text = args.p == NULL ? strdup("[]") : strndup(args.p, args.len);
	v->id = id == NULL ? NULL : strdup(id);
	if (v->text == NULL || (id != NULL && v->id == NULL)) {
		free(v->text);
		free(v->id);
		free(v);
		return (NULL);
	}
	LIST_INSERT_HEAD(&app->invokes, v, entry);
	app->ninvokes++;
	return (v);
}

/* A refusal; a notification gets none. */
static void
serve_refuse(struct omnitron_app *app, const char *id, int code,
    const char *message)
{
	if (id != NULL)
		(void)serve_error(app, id, code, message, NULL);
}

static void
serve_invoke(struct omnitron_app *app, const char *id, struct slice params)
{
	struct slice	 service = slice_member(params, "service");
	struct slice	 method = slice_member(params, "method");
	struct slice	 args = slice_member(params, "args");
	const struct app_service	*s;
	const struct omnitron_method	*m;
	struct omnitron_invoke		*v;

	if (service.p == NULL || *service.p != '"' || method.p == NULL ||
	    *method.p != '"' ||
	    (args.p != NULL && *args.p != '[' && *args.p != '{'))
		serve_refuse(app, id, SERVE_PARAMS,
		    "invoke: expected service, method, args");
	else if ((s = serve_service(app, service)) == NULL)
		serve_refuse(app, id, SERVE_NO_METHOD, "no such service");
	else if ((m = serve_method(s, method)) == NULL)
		serve_refuse(app, id, SERVE_NO_METHOD,
		    "the service has no such method");
	else if (app->ninvokes == APP_INVOKES_MAX)
		serve_refuse(app, id, SERVE_LIMITED,
		    "the app is busy with too many calls");
	else if ((v = serve_new(app, id, args)) == NULL)
		serve_refuse(app, id, SERVE_INTERNAL,
		    "the app is out of memory");
	else
		m->fn(v, v->text, s->arg);
}

static void
serve_health(struct omnitron_app *app, const char *id, struct slice params)
{
	static const char *const names[] = { "healthy", "degraded",
	    "unhealthy" };
	enum omnitron_health	 h = OMNITRON_HEALTHY;
	char			 message[APP_MESSAGE_MAX] = "";
	struct jsonw		 w;

	if (app->health != NULL)
		h = app->health(message, sizeof(message), app->health_arg);
	if (id == NULL)
		return;
	serve_begin(&w, id);
	jsonw_key(&w, "result");
	jsonw_object(&w);
	jsonw_kstring(&w, "status", names[h]);
	if (message[0] != '\0')
		jsonw_kstring(&w, "message", message);
	jsonw_end(&w);
	(void)app_send(app, &w);
}

/* Answered first: the callback may be the last thing that the app does. */
static void
serve_shutdown(struct omnitron_app *app, const char *id, struct slice params)
{
	int64_t	 deadline;

	if (slice_int(slice_member(params, "deadline"), &deadline) == -1)
		deadline = -1;
	if (id != NULL)
		(void)serve_result(app, id, "{\"success\":true}");
	if (app->shutdown != NULL)
		app->shutdown(app, deadline, app->shutdown_arg);
	else
		app->stop = 1;
}

static const struct serve_entry {
	const char	*name;
	void		 (*fn)(struct omnitron_app *, const char *,
			    struct slice);
} serve_table[] = {
	{ "invoke", serve_invoke },
	{ "health", serve_health },
	{ "shutdown", serve_shutdown },
};

static const struct serve_entry *
serve_find(struct slice method)
{
	size_t	 i;

	for (i = 0; i < sizeof(serve_table) / sizeof(serve_table[0]); i++)
		if (slice_equal(method, serve_table[i].name))
			return (&serve_table[i]);
	return (NULL);
}

int
app_serve(struct omnitron_app *app, char *line, size_t len)
{
	const struct serve_entry	*e;
	struct msg			 m;
	char				*id = NULL;

	if (msg_parse(line, len, &m) != NULL)
		return (-1);
	if (m.method.p == NULL)
		return (0);	/* an answer, and nothing was asked */
	if (m.id.p != NULL && (id = strndup(m.id.p, m.id.len)) == NULL)
		return (-1);	/* begin anew: silence would look like work */
	if ((e = serve_find(m.method)) != NULL)
		e->fn(app, id, m.params);
	else
		serve_refuse(app, id, SERVE_NO_METHOD, "no such request");
	free(id);
	return (0);
}

void
app_serve_clear(struct omnitron_app *app)
{
	struct omnitron_invoke	*v, *next;

	for (v = LIST_FIRST(&app->invokes); v != NULL; v = next) {
		next = LIST_NEXT(v, entry);
		serve_free(v);
	}
}

void
omnitron_app_on_health(struct omnitron_app *app, omnitron_health_fn fn,
    void *arg)
{
	app->health = fn;
	app->health_arg = arg;
}

void
omnitron_app_on_shutdown(struct omnitron_app *app, omnitron_shutdown_fn fn,
    void *arg)
{
	app->shutdown = fn;
	app->shutdown_arg = arg;
}
