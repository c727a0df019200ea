/*
 * What a new configuration changes, for whoever asks for it, and what it
 * cannot change while the daemon runs.
 *
 * Runs in the parent; touches nothing but the two configurations.
 */
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_change.h"
#include "omnitrond/parent/reload.h"

static void
diff_change(void *arg, const struct change *c)
{
	struct jsonw	*w = arg;

	jsonw_object(w);
	if (c->process != NULL)
		jsonw_kstring(w, "process", c->process->name);
	jsonw_kstring(w, "fields", c->fields);
	jsonw_kstring(w, "action", change_name(c->does));
	jsonw_end(w);
}

static void
diff_changed(struct parent *p, const struct conf *conf, struct jsonw *w)
{
	const struct app_conf	*app, *old;
	char			 fields[TEXT_MAX];

	jsonw_key(w, "changed");
	jsonw_array(w);
	TAILQ_FOREACH(app, &conf->apps, entry) {
		old = conf_app(p->conf, app->name);
		if (old == NULL || conf_app_same(old, app))
			continue;
		jsonw_object(w);
		jsonw_kstring(w, "name", app->name);
		jsonw_kbool(w, "restart", conf_app_respawn(old, app));
		jsonw_kstring(w, "fields", conf_app_diff(old, app, fields,
		    sizeof(fields)));
		jsonw_key(w, "changes");
		jsonw_array(w);
		conf_change(old, app, diff_change, w);
		jsonw_end(w);
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* Names of the apps of one that the other has not. */
static void
diff_names(struct jsonw *w, const char *key, const struct conf *of,
    const struct conf *other)
{
	const struct app_conf	*app;

	jsonw_key(w, key);
	jsonw_array(w);
	TAILQ_FOREACH(app, &of->apps, entry)
		if (conf_app(other, app->name) == NULL)
			jsonw_string(w, app->name);
	jsonw_end(w);
}

static int
differs(const char *a, const char *b)
{
	return (strcmp(a != NULL ? a : "", b != NULL ? b : "") != 0);
}

/* Fixed while the daemon runs: the apps' output lies there. */
static void
diff_places(struct parent *p, const struct conf *conf, struct jsonw *w)
{
	const struct conf	*old = p->conf;
	int			 k;

	jsonw_key(w, "needsDaemonRestart");
	jsonw_array(w);
	if (differs(old->home, conf->home))
		jsonw_string(w, "home");
	if (differs(old->socket, conf->socket))
		jsonw_string(w, "socket");
	if (differs(old->pidfile, conf->pidfile))
		jsonw_string(w, "pidfile");
	if (differs(old->statefile, conf->statefile))
		jsonw_string(w, "statefile");
	if (differs(old->logdir, conf->logdir))
		jsonw_string(w, "logdir");
	if (differs(old->rundir, conf->rundir))
		jsonw_string(w, "rundir");
	if (p->child[K_SECRETS].pid != 0 &&
	    differs(old->secretsfile, conf->secretsfile))
		jsonw_string(w, "secrets");
	for (k = 0; k < K_MAX; k++)
		if (old->users[k].uid != (uid_t)-1 &&
		    (old->users[k].uid != conf->users[k].uid ||
		    old->users[k].gid != conf->users[k].gid))
			break;
	if (k < K_MAX)
		jsonw_string(w, "users");
	jsonw_end(w);
}

char *
reload_diff(struct parent *p, const struct conf *conf)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kbool(&w, "success", 1);
	diff_changed(p, conf, &w);
	diff_names(&w, "added", conf, p->conf);
	diff_names(&w, "removed", p->conf, conf);
	diff_places(p, conf, &w);
	jsonw_end(&w);
	jsonw_raw(&w, "", 1);		/* its NUL */
	return (w.buf);
}

/* The places of the running daemon, whatever the new file says. */
static void
keep_place(char **new, const char *old)
{
	free(*new);
	*new = old != NULL ? xstrdup(old) : NULL;
}

void
reload_keep_places(struct conf *new, const struct conf *old, int secrets)
{
	int	 k;

	keep_place(&new->home, old->home);
	keep_place(&new->socket, old->socket);
	keep_place(&new->pidfile, old->pidfile);
	keep_place(&new->statedir, old->statedir);
	keep_place(&new->statefile, old->statefile);
	keep_place(&new->logdir, old->logdir);
	keep_place(&new->rundir, old->rundir);
	if (secrets) {
		keep_place(&new->secretsdir, old->secretsdir);
		keep_place(&new->secretsfile, old->secretsfile);
	}
	/* one that nothing needed may not have been there */
	for (k = 0; k < K_MAX; k++) {
		if (old->users[k].uid == (uid_t)-1)
			continue;
		keep_place(&new->users[k].name, old->users[k].name);
		new->users[k].uid = old->users[k].uid;
		new->users[k].gid = old->users[k].gid;
	}
}
