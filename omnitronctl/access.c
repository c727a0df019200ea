/*
 * access test: may somebody do something?  Who a user is on this host is
 * looked up here, as the daemon, chrooted, could not.
 */
#include <sys/types.h>

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/xmalloc.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"
#include "omnitronctl/verb.h"

#define ACCESS_GROUPS	32	/* at first; then as many as there are */
/* A user that there is none of: a group alone is asked about. */
#define ACCESS_NO_USER	((int64_t)UINT32_MAX - 1)
#define ACCESS_NO_TOKEN	"-"	/* the same of a token */
#define ACCESS_GROUPS_MAX 65536	/* of a user, as the kernel has it */

static int	access_test(struct ctl *, const struct args *);

static const int access_options[] = { OPT_ROLE, 0 };

static const struct verb access_verbs[] = {
	{ "test", access_test,
	    "[--role role] user | group | token name method [app]", 3, 4,
	    access_options, 0 },
	{ NULL, NULL, NULL, 0, 0, NULL, 0 }
};

int
access_run(struct ctl *ctl, const struct args *args)
{
	return (verb_run(ctl, args, access_verbs));
}

/* ---- methods by their commands ------------------------------------------ */

/* The command that calls it, where it is not the method's own name. */
static const struct {
	const char	*word;
	const char	*method;
} access_methods[] = {
	{ "start", "OmnitronDaemon.startApp" },
	{ "stop", "OmnitronDaemon.stopApp" },
	{ "restart", "OmnitronDaemon.restartApp" },
	{ "reload", "OmnitronDaemon.reloadApp" },
	{ "signal", "OmnitronDaemon.signalApp" },
	{ "logs", "OmnitronDaemon.getLogs" },
	{ "env", "OmnitronDaemon.getEnv" },
	{ "health", "OmnitronDaemon.getHealth" },
	{ "metrics", "OmnitronDaemon.getMetrics" },
	{ "graph", "OmnitronDaemon.getDependencyGraph" },
	{ "crash", "OmnitronDaemon.getCrashes" },
	{ "config", "OmnitronDaemon.getConfig" },
	{ "reload-config", "OmnitronDaemon.reloadConfig" },
	{ "down", "OmnitronDaemon.shutdown" },
	{ "watch", "OmnitronDaemon.enableWatch" },
	{ "events", "OmnitronEvents.subscribe" },
	{ "describe", "OmnitronSystem.describe" },
};

static const char *
access_method(const char *word, char *buf, size_t size)
{
	size_t	 i;

	for (i = 0; i < sizeof(access_methods) / sizeof(access_methods[0]);
	    i++)
		if (strcmp(word, access_methods[i].word) == 0)
			return (access_methods[i].method);
	return (conn_method(word, buf, size));
}

/* ---- who ---------------------------------------------------------------- */

static int
access_groups(const struct passwd *pw, gid_t **gids, int *n)
{
	int	 size;

	*gids = NULL;
	for (size = ACCESS_GROUPS; size <= ACCESS_GROUPS_MAX; size *= 2) {
		*gids = xreallocarray(*gids, (size_t)size, sizeof(**gids));
		*n = size;
		if (getgrouplist(pw->pw_name, pw->pw_gid, *gids, n) != -1)
			return (0);
	}
	free(*gids);
	*gids = NULL;
	return (-1);
}

static int
access_user(struct ctl *ctl, const char *name, struct jsonw *w)
{
	struct passwd	*pw;
	gid_t		*gids;
	int		 i, n;

	if ((pw = getpwnam(name)) == NULL)
		return (ctl_fail(ctl, EXIT_NOT_FOUND,
		    "there is no user '%.64s' on this host", name));
	if (access_groups(pw, &gids, &n) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: too many groups",
		    name));
	jsonw_kstring(w, "user", name);
	jsonw_kint(w, "uid", (int64_t)pw->pw_uid);
	jsonw_key(w, "groups");
	jsonw_array(w);
	for (i = 0; i < n; i++)
		jsonw_int(w, (int64_t)gids[i]);
	jsonw_end(w);
	free(gids);
	return (EXIT_DONE);
}

/* One of this host, by its number; else one that a token may name. */
static void
access_group(const char *name, struct jsonw *w)
{
	struct group	*gr = getgrnam(name);

	if (gr != NULL)
		jsonw_kint(w, "uid", ACCESS_NO_USER);
	else
		jsonw_kstring(w, "token", ACCESS_NO_TOKEN);
	jsonw_key(w, "groups");
	jsonw_array(w);
	if (gr != NULL)
		jsonw_int(w, (int64_t)gr->gr_gid);
	else
		jsonw_string(w, name);
	jsonw_end(w);
}

static int
access_who(struct ctl *ctl, const char *kind, const char *name,
    struct jsonw *w)
{
	if (ctl->remote != NULL && strcmp(kind, "user") == 0)
		ctl_warn(ctl, "user and groups are looked up on this host");
	if (strcmp(kind, "user") == 0)
		return (access_user(ctl, name, w));
	if (strcmp(kind, "group") == 0)
		access_group(name, w);
	else if (strcmp(kind, "token") == 0)
		jsonw_kstring(w, "token", name);
	else
		return (ctl_fail(ctl, EXIT_USAGE, "access test: '%.64s' is "
		    "none of user, group, token", kind));
	return (EXIT_DONE);
}

/* ---- test --------------------------------------------------------------- */

void
show_access(struct ctl *ctl, const struct json *r)
{
	const char	*rule = json_get_string(r, "rule", NULL);
	int		 allowed = json_get_bool(r, "allowed", 0);

	printf("%s", allowed ? "allowed: " : "refused: ");
	if (rule != NULL)
		term_puts(stdout, rule);
	else
		printf("%s", allowed ? "by the role alone" :
		    "no rule allows it");
	putchar('\n');
}

static int
access_test(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	const char		*role = args_value(args, OPT_ROLE);
	struct jsonw		 w;
	char			 method[CTL_TEXT_MAX];
	int			 code;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	code = access_who(ctl, args->pos[1], args->pos[2], &w);
	if (code != EXIT_DONE) {
		jsonw_free(&w);
		return (code);
	}
	if (role != NULL)
		jsonw_kstring(&w, "role", role);
	jsonw_kstring(&w, "method", access_method(args->pos[3], method,
	    sizeof(method)));
	if (args->npos > 4)
		jsonw_kstring(&w, "name", args->pos[4]);
	jsonw_end(&w);
	code = conn_call(ctl, "testAccess", &w, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_ACCESS, reply.result);
	if (!json_get_bool(reply.result, "allowed", 0))
		code = EXIT_FALSE;
	client_reply_clear(&reply);
	return (code);
}
