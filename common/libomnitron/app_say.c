/*
 * What an app says by itself on its channel: notifications.  In
 * libomnitron.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/libomnitron/app.h"

void
app_begin(struct jsonw *w, const char *method)
{
	jsonw_init(w, 0);
	jsonw_object(w);
	jsonw_kstring(w, "jsonrpc", "2.0");
	jsonw_kstring(w, "method", method);
}

int
app_send(struct omnitron_app *app, struct jsonw *w)
{
	int	 rv = -1;

	jsonw_end(w);
	if (jsonw_done(w) == 0 && msg_fits(w) == -1) {
		jsonw_free(w);
		return (-1);
	}
	jsonw_raw(w, "\n", 1);
	if (jsonw_done(w) == -1)
		errno = ENOMEM;
	else
		rv = line_put(&app->line, w->buf, w->len);
	jsonw_free(w);
	if (rv == 0)
		line_flush(&app->line);
	return (rv);
}

/* May something be said that counts only now?  -1 and errno if not. */
static int
app_may(const struct omnitron_app *app)
{
	if (app->line.fd == -1) {
		errno = ENOTCONN;
		return (-1);
	}
	if (line_unsent(&app->line) > APP_UNSENT_SOFT) {
		errno = EAGAIN;
		return (-1);
	}
	return (0);
}

static int
app_plain(struct omnitron_app *app, const char *method)
{
	struct jsonw	 w;

	app_begin(&w, method);
	return (app_send(app, &w));
}

/* ---- what is said again after a reconnection ---------------------------- */

static int
app_say_services(struct omnitron_app *app)
{
	const struct omnitron_method	*m;
	struct jsonw			 w;
	size_t				 i;

	app_begin(&w, "register");
	jsonw_key(&w, "params");
	jsonw_object(&w);
	jsonw_key(&w, "services");
	jsonw_array(&w);
	for (i = 0; i < app->nservices; i++) {
		jsonw_object(&w);
		jsonw_kstring(&w, "name", app->services[i].name);
		jsonw_kstring(&w, "version", app->services[i].version);
		jsonw_key(&w, "methods");
		jsonw_array(&w);
		for (m = app->services[i].methods; m->name != NULL; m++)
			jsonw_string(&w, m->name);
		jsonw_end(&w);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	jsonw_end(&w);
	return (app_send(app, &w));
}

static int
app_say_status(struct omnitron_app *app)
{
	struct jsonw	 w;

	app_begin(&w, "status");
	jsonw_key(&w, "params");
	jsonw_object(&w);
	jsonw_kstring(&w, "text", app->status);
	jsonw_end(&w);
	return (app_send(app, &w));
}

/* What there is no memory for now is said with the next connection. */
void
app_greet(struct omnitron_app *app)
{
	if (app->nservices > 0)
		(void)app_say_services(app);
	if (app->status[0] != '\0')
		(void)app_say_status(app);
	if (app->ready)
		(void)app_plain(app, "ready");
	app->status_due = 0;
}

int
omnitron_app_register(struct omnitron_app *app, const char *service,
    const char *version, const struct omnitron_method *methods, void *arg)
{
	struct app_service	*s;
	size_t			 i;

	if (service == NULL || *service == '\0' || version == NULL ||
	    methods == NULL) {
		errno = EINVAL;
		return (-1);
	}
	for (i = 0; i < app->nservices; i++) {
		if (strcmp(app->services[i].name, service) == 0) {
			errno = EEXIST;
			return (-1);
		}
	}
	if (app->nservices == APP_SERVICES_MAX) {
		errno = ENOSPC;
		return (-1);
	}
	s = &app->services[app->nservices++];
	s->name = service;
	s->version = version;
	s->methods = methods;
	s->arg = arg;
	return (app->line.fd == -1 ? 0 : app_say_services(app));
}

int
omnitron_app_ready(struct omnitron_app *app)
{
	app->ready = 1;
	return (app->line.fd == -1 ? 0 : app_plain(app, "ready"));
}

int
omnitron_app_status(struct omnitron_app *app, const char *text)
{
	snprintf(app->status, sizeof(app->status), "%s", text);
	app->status_due = 1;
	return (app_catch_up(app));
}

int
app_catch_up(struct omnitron_app *app)
{
	if (!app->status_due || app_may(app) == -1)
		return (0);
	app->status_due = 0;
	return (app_say_status(app));
}

/* ---- what counts only now ----------------------------------------------- */

int
omnitron_app_heartbeat(struct omnitron_app *app)
{
	return (app_may(app) == -1 ? -1 : app_plain(app, "heartbeat"));
}

int
omnitron_app_metrics(struct omnitron_app *app, int64_t requests,
    int64_t errors, const double *latency, size_t n)
{
	struct jsonw	 w;
	size_t		 i;

	if (requests < 0 || errors < 0 || n > APP_LATENCIES_MAX) {
		errno = EINVAL;
		return (-1);
	}
	if (app_may(app) == -1)
		return (-1);
	app_begin(&w, "metrics");
	jsonw_key(&w, "params");
	jsonw_object(&w);
	jsonw_kint(&w, "requests", requests);
	jsonw_kint(&w, "errors", errors);
	jsonw_key(&w, "latency");
	jsonw_array(&w);
	for (i = 0; i < n; i++)
		jsonw_double(&w, latency[i]);
	jsonw_end(&w);
	jsonw_end(&w);
	return (app_send(app, &w));
}
