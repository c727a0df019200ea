/*
 * An app's channel: connecting and connecting again, its timers, the loop.
 * In libomnitron, in the app's process.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/libomnitron/app.h"

static struct mono
app_earlier(struct mono a, struct mono b)
{
	return (mono_before(a, b) ? a : b);
}

/* Half of what the watchdog allows, in ms; 0 if there is none. */
static int
app_watchdog(void)
{
	const char	*usec = getenv("WATCHDOG_USEC");
	long long	 v;

	if (usec == NULL || (v = strtoll(usec, NULL, 10)) <= 0)
		return (0);
	v /= 2000;
	return (v < 1 ? 1 : v > 3600000 ? 3600000 : (int)v);
}

struct omnitron_app *
omnitron_app_open(const char *path)
{
	struct omnitron_app	*app;

	if (path == NULL)
		path = getenv("OMNITRON_CHANNEL");
	if (path == NULL || *path == '\0') {
		errno = ENOENT;
		return (NULL);
	}
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		errno = ENAMETOOLONG;
		return (NULL);
	}
	if ((app = calloc(1, sizeof(*app))) == NULL)
		return (NULL);
	if ((app->path = strdup(path)) == NULL) {
		free(app);
		return (NULL);
	}
	line_init(&app->line, -1, APP_LINE_MAX);
	LIST_INIT(&app->invokes);
	app->wait = APP_RETRY_MS;
	app->retry = mono_now();
	app->heartbeat = app_watchdog();
	omnitron_app_dispatch(app);
	return (app);
}

void
omnitron_app_close(struct omnitron_app *app)
{
	if (app == NULL)
		return;
	line_flush(&app->line);
	app_serve_clear(app);
	line_close(&app->line);
	free(app->path);
	free(app);
}

/*
 * Try again later.  The wait begins small again only after a connection that
 * lasted: one that is closed as soon as it stands must not be hammered.
 */
static void
app_disconnected(struct omnitron_app *app, int lasted)
{
	line_close(&app->line);
	if (lasted)
		app->wait = APP_RETRY_MS;
	app->retry = mono_add_ms(mono_now(), app->wait);
	app->wait = app->wait * 2 > APP_RETRY_MAX_MS ? APP_RETRY_MAX_MS :
	    app->wait * 2;
}

static void
app_connect(struct omnitron_app *app)
{
	int	 fd;

	if ((fd = line_connect(app->path, 0)) == -1) {
		app_disconnected(app, 0);
		return;
	}
	line_init(&app->line, fd, APP_LINE_MAX);
	app->connection++;
	app->since = mono_now();
	app_greet(app);
}

static void
app_beat(struct omnitron_app *app)
{
	struct mono	 now = mono_now();

	if (app->heartbeat == 0 || mono_before(now, app->beat))
		return;
	omnitron_app_heartbeat(app);
	app->beat = mono_add_ms(now, app->heartbeat);
}

/* Lines that are here; -1 if the connection has to end. */
static int
app_lines(struct omnitron_app *app)
{
	char	*line;
	size_t	 len;
	int	 rv;

	while ((rv = line_get(&app->line, &line, &len)) == 1)
		if (app_serve(app, line, len) == -1)
			return (-1);
	return (rv);
}

static void
app_talk(struct omnitron_app *app)
{
	int	 rv;

	line_flush(&app->line);
	(void)app_catch_up(app);
	rv = line_read(&app->line);
	if (rv == 1)
		rv = app_lines(app);
	if (rv != -1)
		line_flush(&app->line);
	if (rv == -1 || line_unsent(&app->line) > APP_UNSENT_MAX)
		app_disconnected(app, mono_diff_ms(mono_now(), app->since) >=
		    APP_RETRY_MAX_MS);
}

void
omnitron_app_dispatch(struct omnitron_app *app)
{
	if (app->busy)
		return;		/* called from a callback */
	app->busy = 1;
	if (app->line.fd == -1 && !mono_before(mono_now(), app->retry))
		app_connect(app);
	if (app->line.fd != -1)
		app_beat(app);
	if (app->line.fd != -1)
		app_talk(app);
	app->busy = 0;
}

int
omnitron_app_fd(const struct omnitron_app *app)
{
	return (app->line.fd);
}

int
omnitron_app_connected(const struct omnitron_app *app)
{
	return (app->line.fd != -1);
}

short
omnitron_app_events(const struct omnitron_app *app)
{
	return (line_unsent(&app->line) > 0 ? POLLIN | POLLOUT : POLLIN);
}

int
omnitron_app_timeout(const struct omnitron_app *app)
{
	struct mono	 due = { INT64_MAX };

	if (app->line.fd == -1)
		due = app_earlier(due, app->retry);
	else if (app->heartbeat != 0)
		due = app_earlier(due, app->beat);
	return (line_left(due));
}

void
omnitron_app_heartbeat_every(struct omnitron_app *app, int interval)
{
	app->heartbeat = interval < 0 ? app_watchdog() : interval;
	app->beat = mono_now();
}

void
omnitron_app_stop(struct omnitron_app *app)
{
	app->stop = 1;
}

int
omnitron_app_run(struct omnitron_app *app)
{
	struct pollfd	 pfd;

	while (!app->stop) {
		pfd.fd = omnitron_app_fd(app);
		pfd.events = omnitron_app_events(app);
		pfd.revents = 0;
		if (poll(&pfd, 1, omnitron_app_timeout(app)) == -1 &&
		    errno != EINTR)
			return (-1);
		omnitron_app_dispatch(app);
	}
	app->stop = 0;		/* it may be run again */
	line_flush(&app->line);
	return (0);
}
