/*
 * What the grammar's actions do: one function a kind of statement.  In the
 * parent; pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/environ.h"

/* Is the value one of an unknown macro?  That was reported. */
static int
set_unknown(const char *text)
{
	return (text == lex_undefined);
}

int
set_once(struct parse *ps, enum field_id id, struct pos pos)
{
	const char	*word = keyword_word(fields[id].kw);
	struct draft	*d = ps->cur;

	if (d == NULL)
		return (-1);
	if (d->line[id] != 0) {
		conf_error(ps, pos, "%s%s is given twice in this block (first "
		    "on line %d)", id >= FIELD_LOG_FIRST ? "log " : "", word,
		    d->line[id]);
		return (-1);
	}
	d->line[id] = pos.line;
	return (0);
}

void
set_field(struct parse *ps, enum field_id id, const char *text,
    struct pos pos)
{
	const struct field	*f = &fields[id];
	char			 why[CONF_TEXT_MAX];

	if (set_once(ps, id, pos) == -1 || set_unknown(text))
		return;
	if (field_parse(f, text, draft_struct(ps->cur, id), why,
	    sizeof(why)) == -1)
		conf_error(ps, pos, "%s%s: \"%s\" %s",
		    id >= FIELD_LOG_FIRST ? "log " : "", keyword_word(f->kw),
		    text, why);
}

void
list_begin(struct parse *ps)
{
	ps->nlist = 0;
}

void
list_add(struct parse *ps, const char *text, struct pos pos)
{
	if (ps->nlist == CONF_LIST_MAX) {
		conf_error(ps, pos, "a list of more than %d", CONF_LIST_MAX);
		ps->nlist = 0;
	}
	if (ps->nlist == ps->listsize) {
		ps->listsize = ps->listsize == 0 ? 16 : ps->listsize * 2;
		ps->list = xreallocarray(ps->list, ps->listsize,
		    sizeof(*ps->list));
		ps->listpos = xreallocarray(ps->listpos, ps->listsize,
		    sizeof(*ps->listpos));
	}
	ps->listpos[ps->nlist] = pos;
	ps->list[ps->nlist++] = text;
}

char **
set_argv(struct parse *ps, const char *word, struct pos pos)
{
	char	**argv;
	size_t	 i;

	if (!set_unknown(ps->list[0]) && ps->list[0][0] != '/') {
		conf_error(ps, pos, "%s: \"%s\" is not an absolute path: "
		    "there is no search in PATH and no shell", word,
		    ps->list[0]);
		return (NULL);
	}
	if (strlen(ps->list[0]) >= PATH_SIZE) {
		conf_error(ps, pos, "%s: the path is too long", word);
		return (NULL);
	}
	argv = xcalloc(ps->nlist + 1, sizeof(*argv));
	for (i = 0; i < ps->nlist; i++)
		argv[i] = xstrdup(ps->list[i]);
	return (argv);
}

void
set_command(struct parse *ps, enum field_id id, struct pos pos)
{
	if (set_once(ps, id, pos) == 0)
		*process_conf_argv(ps->cur->process, id) = set_argv(ps,
		    keyword_word(fields[id].kw), pos);
}

static size_t
set_env_count(const struct process_conf *pc)
{
	struct env	*env;
	size_t		 n = 0;

	TAILQ_FOREACH(env, &pc->env, entry)
		n++;
	return (n);
}

void
set_env(struct parse *ps, const char *name, const char *value,
    enum env_kind kind, struct pos pos)
{
	struct process_conf	*pc;

	if (ps->cur == NULL || set_unknown(name) || set_unknown(value))
		return;
	pc = ps->cur->process;
	if (!environ_name_valid(name))
		conf_error(ps, pos, "env: \"%s\" cannot name a variable: "
		    "letters, digits and _ only, no digit first", name);
	else if (strncmp(name, "OMNITRON_", 9) == 0 || environ_reserved(name))
		conf_error(ps, pos, "env: \"%s\": names that begin with "
		    "OMNITRON_ are set by the daemon", name);
	else if (set_env_count(pc) >= CONF_ENV_MAX)
		conf_error(ps, pos, "env: more than %d variables",
		    CONF_ENV_MAX);
	else if (kind == ENV_SECRET && !name_valid(value))
		conf_error(ps, pos, "env: \"%s\" cannot be the key of a "
		    "secret: 1 to %d letters, digits, dots, - and _", value,
		    NAME_LEN_MAX);
	else if (process_conf_set_env(pc, name, value, kind) == -1)
		conf_error(ps, pos, "env: \"%s\" is given twice in this "
		    "block", name);
}

static int
set_limit_resource(struct parse *ps, const char *name, struct pos pos)
{
	char	 names[256];
	int	 r;

	if ((r = limit_resource(name)) == -1)
		conf_error(ps, pos, "limit: there is no \"%s\"; there are %s",
		    name, limit_names(names, sizeof(names)));
	return (r);
}

void
set_limit(struct parse *ps, const char *name, const char *value,
    struct pos pos)
{
	struct limit	*l;
	int		 r;

	if (ps->cur == NULL || set_unknown(name) || set_unknown(value) ||
	    (r = set_limit_resource(ps, name, pos)) == -1)
		return;
	l = limit_make(ps->cur->process, r);
	if (l->set)
		conf_error(ps, pos, "limit %s is given twice in this block",
		    name);
	else if (limit_parse(r, value, &l->value) == -1)
		conf_error(ps, pos, "limit %s: \"%s\" is neither a value for "
		    "it nor unlimited", name, value);
	else {
		l->set = 1;
		ps->cur->line[FIELD_LIMIT] = pos.line;
	}
}

static int
set_depends_has(const struct deps *deps, const char *name)
{
	struct dep	*dep;

	TAILQ_FOREACH(dep, deps, entry)
		if (strcmp(dep->name, name) == 0)
			return (1);
	return (0);
}

/* May be given more than once: the names add up. */
void
set_depends(struct parse *ps, struct pos pos)
{
	struct dep	*dep;
	const char	*name;
	size_t		 i;

	if (ps->cur == NULL)
		return;
	ps->cur->line[FIELD_DEPENDSON] = pos.line;
	for (i = 0; i < ps->nlist; i++) {
		name = ps->list[i];
		if (set_unknown(name))
			continue;
		if (!name_valid(name)) {
			conf_error(ps, pos, "depends-on: \"%s\" cannot be a "
			    "name", name);
		} else if (set_depends_has(draft_deps(ps->cur), name)) {
			conf_error(ps, pos, "depends-on: \"%s\" is named "
			    "twice", name);
		} else {
			dep = xcalloc(1, sizeof(*dep));
			dep->name = xstrdup(name);
			TAILQ_INSERT_TAIL(draft_deps(ps->cur), dep, entry);
		}
	}
}

/* An exit code of the list; -1 if it is none. */
static int
set_exit_code(const char *text)
{
	const char	*why;
	long long	 v = strtonum(text, 0, 255, &why);

	return (why == NULL ? (int)v : -1);
}

static void
set_bit(uint8_t *codes, int code)
{
	codes[code / 8] |= (uint8_t)(1u << (code % 8));
}

void
set_success(struct parse *ps, struct pos pos)
{
	struct m_conf_process	*policy;
	const char		*text;
	size_t			 i;
	int			 n;

	if (set_once(ps, FIELD_SUCCESSEXIT, pos) == -1)
		return;
	policy = &ps->cur->process->policy;
	for (i = 0; i < ps->nlist; i++) {
		text = ps->list[i];
		if (set_unknown(text))
			continue;
		if ((n = set_exit_code(text)) != -1)
			set_bit(policy->success_codes, n);
		else if (strspn(text, "0123456789") != strlen(text) &&
		    (n = signal_parse(text)) > 0 && n < 64)
			policy->success_signals |= UINT64_C(1) << n;
		else
			conf_error(ps, pos, "success-exit: \"%s\" is neither "
			    "an exit code (0 to 255) nor a signal", text);
	}
}

void
set_norestart(struct parse *ps, struct pos pos)
{
	size_t	 i;
	int	 n;

	if (set_once(ps, FIELD_NORESTARTEXIT, pos) == -1)
		return;
	for (i = 0; i < ps->nlist; i++) {
		if (set_unknown(ps->list[i]))
			continue;
		if ((n = set_exit_code(ps->list[i])) > 0)
			set_bit(ps->cur->process->policy.norestart_codes, n);
		else
			conf_error(ps, pos, "no-restart-exit: \"%s\" is not "
			    "an exit code from 1 to 255", ps->list[i]);
	}
}
