/*
 * One run: find the file, parse, check, and hand over a configuration or
 * the errors.  In the parent.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"
#include "paths.h"

#define CONF_NAME	"omnitrond.conf"
#define CONF_SYSTEM	SYSCONFDIR "/" CONF_NAME	/* for root */

static void
load_begin(struct parse *ps, const struct conf_options *opts)
{
	struct pos	 none = { NULL, 0 };
	int64_t		 ms = 0;

	memset(ps, 0, sizeof(*ps));
	ps->opts = opts;
	ps->uid = geteuid();
	ps->gid = getegid();
	TAILQ_INIT(&ps->drafts);
	TAILQ_INIT(&ps->accounts);
	TAILQ_INIT(&ps->lex.macros);
	ps->lex.stmt = KW_MAX;
	ps->conf = conf_new();
	ps->base = draft_new("", none);
	ps->defaults = draft_new("", none);
	ps->conf->metrics_ms = CONF_METRICS_MS;
	ps->conf->check_interval_ms = CONF_CHECK_MS;
	duration_parse(keyword_default(KW_TIMEOUT), &ms);
	ps->conf->check_timeout_ms = (uint32_t)ms;
	ps->conf->probes = (uint32_t)strtonum(keyword_default(KW_CONCURRENCY),
	    1, PROBES_MAX, NULL);
	macro_options(ps);
}

static void
load_free(struct parse *ps)
{
	struct draft	*d;

	while ((d = TAILQ_FIRST(&ps->drafts)) != NULL) {
		TAILQ_REMOVE(&ps->drafts, d, entry);
		draft_free(d);
	}
	draft_free(ps->defaults);
	draft_free(ps->base);
	lex_free(ps);
	macro_free(ps);
	conf_user_free(ps);
	free(ps->list);
	free(ps->listpos);
	arena_free(&ps->arena);
}

/* The apps change hands from their drafts to the configuration. */
static void
load_apps(struct parse *ps)
{
	struct draft	*d;
	struct app_conf	*app;

	TAILQ_FOREACH(d, &ps->drafts, entry) {
		app = draft_take(d);
		TAILQ_INSERT_TAIL(&ps->conf->apps, app, entry);
		ps->conf->napps++;
	}
	conf_index(ps->conf);
}

static struct conf *
load_end(struct parse *ps, char **errors)
{
	struct conf	*conf = ps->conf;

	if (ps->lex.top != NULL)
		conf_parse(ps);
	conf_check(ps);
	macro_unused(ps);
	if (ps->err.count > 0) {
		conf_free(conf);
		conf = NULL;
	} else
		load_apps(ps);
	*errors = conf_error_take(ps);
	load_free(ps);
	return (conf);
}

/* A relative one is below the working folder: it must stay the same file. */
static char *
load_absolute(const char *file)
{
	char	 cwd[PATH_SIZE], *path;

	if (file[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		return (xstrdup(file));
	xasprintf(&path, "%s/%s", cwd, file);
	return (path);
}

static int
load_exists(const char *path)
{
	struct stat	 st;

	return (lstat(path, &st) == 0 || (errno != ENOENT &&
	    errno != ENOTDIR));
}

/* The file to read; NULL if there is none and none was asked for. */
static char *
load_find(const struct conf_options *opts)
{
	char	*home, *user, *path;

	if (opts->file != NULL)
		return (load_absolute(opts->file));
	if ((home = conf_path_home(opts)) != NULL)
		xasprintf(&path, "%s/%s", home, CONF_NAME);
	else {
		user = conf_user_home();
		xasprintf(&path, "%s/.omnitron/%s",
		    strcmp(user, "/") == 0 ? "" : user, CONF_NAME);
		free(user);
	}
	free(home);
	if (load_exists(path))
		return (path);
	free(path);
	if (geteuid() == 0 && load_exists(CONF_SYSTEM))
		return (xstrdup(CONF_SYSTEM));
	return (NULL);
}

struct conf *
conf_load(const struct conf_options *opts, char **errors)
{
	struct parse	 ps;
	struct pos	 pos;

	load_begin(&ps, opts);
	if ((ps.conf->file = load_find(opts)) != NULL) {
		pos.file = arena_dup(&ps.arena, ps.conf->file,
		    strlen(ps.conf->file));
		pos.line = 0;
		lex_push_file(&ps, pos.file, pos);
	}
	return (load_end(&ps, errors));
}

struct conf *
conf_load_text(const struct conf_options *opts, const char *name,
    const char *text, size_t len, char **errors)
{
	struct parse	 ps;

	load_begin(&ps, opts);
	ps.conf->file = xstrdup(name);
	lex_push_text(&ps, name, text, len);
	return (load_end(&ps, errors));
}

int
conf_check_main(const struct conf_options *opts, int print)
{
	struct conf_options	 checked = *opts;
	struct conf		*conf;
	char			*text;

	checked.programs = 1;
	conf = conf_load(&checked, &text);
	if (text != NULL)
		fputs(text, stderr);
	free(text);
	if (conf == NULL)
		return (1);
	if (print) {
		text = conf_print(conf);
		fputs(text, stdout);
		free(text);
	} else
		fprintf(stderr, "configuration OK\n");
	conf_free(conf);
	return (fflush(stdout) == 0 ? 0 : 1);
}
