/*
 * The watch statement: files whose change reloads a process.  In the parent;
 * pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

uint32_t
conf_debounce_default(void)
{
	int64_t	 ms = 0;

	duration_parse(keyword_default(KW_DEBOUNCE), &ms);
	return ((uint32_t)ms);
}

void
set_watch(struct parse *ps, const char *path, struct pos pos)
{
	struct watch_conf	*w;
	struct draft		*d = ps->cur;

	ps->watch = NULL;
	if (d == NULL || path == lex_undefined)
		return;
	if (d->line[FIELD_WATCH] != 0) {
		conf_error(ps, pos, "watch is given twice in this block (first "
		    "on line %d): name a folder that has both in it",
		    d->line[FIELD_WATCH]);
		return;
	}
	d->line[FIELD_WATCH] = pos.line;
	if (path[0] != '/' || strlen(path) >= PATH_SIZE) {
		conf_error(ps, pos, "watch: \"%s\" is not an absolute path of "
		    "at most %u bytes", path, PATH_SIZE - 1);
		return;
	}
	w = xcalloc(1, sizeof(*w));
	w->directory = xstrdup(path);
	w->debounce_ms = conf_debounce_default();
	d->process->watch = ps->watch = w;
}

/* May be given more than once: the patterns add up. */
void
set_watch_ignore(struct parse *ps, struct pos pos)
{
	struct watch_conf	*w = ps->watch;
	size_t			 i;

	if (w == NULL)
		return;
	if (w->nignore + ps->nlist > WATCH_IGNORES_MAX) {
		conf_error(ps, pos, "watch: more than %u patterns to ignore",
		    WATCH_IGNORES_MAX);
		return;
	}
	w->ignore = xreallocarray(w->ignore, w->nignore + ps->nlist,
	    sizeof(*w->ignore));
	for (i = 0; i < ps->nlist; i++) {
		if (ps->list[i] == lex_undefined)
			continue;
		if (ps->list[i][0] == '\0' ||
		    strlen(ps->list[i]) > WATCH_GLOB_MAX) {
			conf_error(ps, pos, "watch: \"%s\" is not a pattern of "
			    "1 to %u bytes", ps->list[i], WATCH_GLOB_MAX);
			continue;
		}
		w->ignore[w->nignore++] = xstrdup(ps->list[i]);
	}
}

void
set_watch_debounce(struct parse *ps, const char *text, struct pos pos)
{
	int64_t	 ms;

	if (ps->watch == NULL || text == lex_undefined)
		return;
	if (duration_parse(text, &ms) == -1 || ms < CONF_DEBOUNCE_MIN ||
	    ms > CONF_DEBOUNCE_MAX)
		conf_error(ps, pos, "watch: debounce \"%s\" is not a duration "
		    "from 10ms to 10m", text);
	else
		ps->watch->debounce_ms = (uint32_t)ms;
}
