/*
 * The apps that a command is about.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "omnitronctl/client.h"
#include "common/json.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/target.h"

int
target_is_glob(const char *word)
{
	return (strpbrk(word, "*?[") != NULL);
}

static int
target_word(const char *name, const char *word)
{
	if (target_is_glob(word))
		return (fnmatch(word, name, 0) == 0);
	return (strcmp(word, name) == 0);
}

int
target_match(const char *name, const char *const *words, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (target_word(name, words[i]))
			return (1);
	return (0);
}

static const char *
target_name(const struct json *app)
{
	return (json_get_string(app, "name", ""));
}

static const char *
target_near(const struct json *list, const char *word)
{
	const struct json	*app;
	const char		**names, *near;
	size_t			 n = 0;

	names = xcalloc(list->count + 1, sizeof(*names));
	for (app = list->first; app != NULL; app = app->next)
		names[n++] = target_name(app);
	near = nearest_name(word, names, n);
	free(names);
	return (near);
}

/* Every word must mean something: a typing error is not an empty answer. */
static int
target_check(struct ctl *ctl, const struct json *list, const char *word)
{
	const struct json	*app;
	const char		*near;

	for (app = list->first; app != NULL; app = app->next)
		if (target_word(target_name(app), word))
			return (EXIT_DONE);
	if (target_is_glob(word))
		return (ctl_fail(ctl, EXIT_NOT_FOUND, "no app matches '%.64s'",
		    word));
	if ((near = target_near(list, word)) != NULL)
		return (ctl_fail(ctl, EXIT_NOT_FOUND,
		    "app '%.64s' not found; did you mean '%s'?", word, near));
	return (ctl_fail(ctl, EXIT_NOT_FOUND, "app '%.64s' not found "
	    "(omnitronctl list shows them)", word));
}

int
target_filter(struct ctl *ctl, const struct json *list,
    const char *const *words, size_t n, const struct json ***apps,
    size_t *napps)
{
	const struct json	*app;
	size_t			 i;
	int			 code;

	*apps = NULL;
	*napps = 0;
	if (list->type != JSON_ARRAY)
		return (ctl_fail(ctl, EXIT_FAILED,
		    "unexpected answer from the daemon"));
	for (i = 0; i < n; i++)
		if ((code = target_check(ctl, list, words[i])) != EXIT_DONE)
			return (code);
	*apps = xcalloc(list->count + 1, sizeof(**apps));
	for (app = list->first; app != NULL; app = app->next)
		if (n == 0 || target_match(target_name(app), words, n))
			(*apps)[(*napps)++] = app;
	return (EXIT_DONE);
}

static int
target_has(const struct targets *t, const char *name)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->names[i], name) == 0)
			return (1);
	return (0);
}

static void
target_add(struct targets *t, const char *name)
{
	if (target_has(t, name))
		return;
	t->names = xreallocarray(t->names, t->n + 1, sizeof(*t->names));
	t->names[t->n++] = xstrdup(name);
}

static int
target_expand(struct ctl *ctl, const struct json *list, const char *word,
    struct targets *t)
{
	const struct json	*app;
	int			 code;

	if ((code = target_check(ctl, list, word)) != EXIT_DONE)
		return (code);
	for (app = list->first; app != NULL; app = app->next)
		if (target_word(target_name(app), word))
			target_add(t, target_name(app));
	return (EXIT_DONE);
}

int
target_resolve(struct ctl *ctl, const char *const *words, size_t n,
    struct targets *t)
{
	struct client_reply	 reply = { 0 };
	size_t			 i;
	int			 code = EXIT_DONE;

	memset(t, 0, sizeof(*t));
	t->single = n == 1 && !target_is_glob(words[0]);
	for (i = 0; i < n && code == EXIT_DONE; i++) {
		if (!target_is_glob(words[i])) {
			if (!name_valid(words[i]))
				code = ctl_fail(ctl, EXIT_NOT_FOUND,
				    "app '%.64s' not found", words[i]);
			else
				target_add(t, words[i]);
			continue;
		}
		if (reply.result == NULL)
			code = conn_call(ctl, "list", NULL, CONN_READ_MS,
			    &reply);
		if (code == EXIT_DONE)
			code = target_expand(ctl, reply.result, words[i], t);
	}
	client_reply_clear(&reply);
	if (code != EXIT_DONE)
		target_free(t);
	return (code);
}

void
target_free(struct targets *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		free(t->names[i]);
	free(t->names);
	memset(t, 0, sizeof(*t));
}
