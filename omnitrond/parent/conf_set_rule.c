/*
 * The rules allow and deny.  In the parent; looks up users and groups.
 *
 * A verb is a role.  Who is allowed to operate may view as well, and who is
 * denied to view may not operate either: an allow means the methods up to
 * that role, a deny those from it on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define NVERBS		3

static const struct {
	const char	*word;
	enum role	 role;
} verbs[NVERBS] = {
	{ "view", ROLE_VIEWER },
	{ "operate", ROLE_OPERATOR },
	{ "admin", ROLE_ADMIN }
};

static void
rule_bit(struct m_conf_rule *m, int method)
{
	m->methods[method / 64] |= UINT64_C(1) << (method % 64);
}

static int
rule_has_bit(const struct m_conf_rule *m, int method)
{
	return ((m->methods[method / 64] >> (method % 64)) & 1) != 0;
}

/* "OmnitronDaemon.restartApp" -> "restartApp" */
static const char *
rule_short(int method)
{
	const char	*dot = strrchr(methods[method].name, '.');

	return (dot != NULL ? dot + 1 : methods[method].name);
}

/* Those of the first service need not say it. */
static int
rule_daemons(int method)
{
	return (strncmp(methods[method].name, D, strlen(D)) == 0);
}

/* ---- reading -------------------------------------------------------------- */

static int
rule_verb(struct m_conf_rule *m, const char *word)
{
	size_t	 i;
	int	 n;

	for (i = 0; i < NVERBS; i++)
		if (strcmp(verbs[i].word, word) == 0)
			break;
	if (i == NVERBS)
		return (0);
	if (!m->deny && m->role < verbs[i].role)
		m->role = verbs[i].role;
	for (n = 0; m->deny && n < METHOD_MAX; n++)
		if (methods[n].role >= verbs[i].role)
			rule_bit(m, n);
	return (1);
}

/*
 * Without its service one of the daemon's, else all that are called so:
 * list of the apps must not mean that of the secrets, too.
 */
static int
rule_method(struct m_conf_rule *m, const char *word)
{
	int	 n, found = 0;

	for (n = 0; n < METHOD_MAX && !found; n++)
		if (strcmp(methods[n].name, word) == 0 ||
		    (rule_daemons(n) && strcmp(rule_short(n), word) == 0)) {
			rule_bit(m, n);
			found = 1;
		}
	for (n = 0; n < METHOD_MAX && found != 1; n++)
		if (strcmp(rule_short(n), word) == 0) {
			rule_bit(m, n);
			found = 2;
		}
	return (found != 0);
}

static void
rule_unknown(struct parse *ps, const char *word, struct pos pos)
{
	const char	*names[NVERBS + METHOD_MAX], *near;
	size_t		 n;
	int		 i;

	for (n = 0; n < NVERBS; n++)
		names[n] = verbs[n].word;
	for (i = 0; i < METHOD_MAX; i++)
		names[n++] = rule_short(i);
	near = nearest_name(word, names, n);
	conf_error(ps, pos, "\"%s\" is neither a method nor view, operate or "
	    "admin%s%s%s; a pattern of apps stands in quotes", word,
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

static void
rule_verbs(struct parse *ps, struct m_conf_rule *m)
{
	size_t	 i;

	for (i = 0; i < ps->nlist; i++)
		if (!rule_verb(m, ps->list[i]) &&
		    !rule_method(m, ps->list[i]))
			rule_unknown(ps, ps->list[i], ps->listpos[i]);
	if (ps->nlist == 0)
		m->role = ROLE_ADMIN;		/* only in a deny */
}

/* Of what the names of apps are made of; `[' and the like match nothing. */
static void
rule_pattern(struct parse *ps, struct rule *r, const char *pattern,
    struct pos pos)
{
	size_t	 n = strspn(pattern, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?");

	if (pattern[0] == '\0' || pattern[n] != '\0' ||
	    strlcpy(r->glob, pattern, sizeof(r->glob)) >= sizeof(r->glob))
		conf_error(ps, pos, "%s: \"%s\" is not a pattern of apps: at "
		    "most %u letters, digits, dots, - and _, with * and ? for "
		    "any", keyword_word(r->m.deny ? KW_DENY : KW_ALLOW),
		    pattern, RULE_GLOB_SIZE - 1);
}

void
rule_who(struct parse *ps, enum rule_who who)
{
	ps->access.who = who;
}

/* Its number: rules are about who somebody is, not how he is called. */
static void
rule_id(struct parse *ps, struct rule *r, const char *word, struct pos pos)
{
	uid_t	 uid;
	gid_t	 gid;

	if (r->m.who == RULE_USER) {
		if (conf_user_uid(ps, r->name, &uid) == 0)
			r->m.id = (uint32_t)uid;
		else
			conf_error(ps, pos, "%s: there is no user \"%s\"",
			    word, r->name);
	} else if (r->m.who == RULE_GROUP) {
		if (conf_user_gid(r->name, &gid) == 0)
			r->m.id = (uint32_t)gid;
		else
			conf_error(ps, pos, "%s: there is no group \"%s\"",
			    word, r->name);
	}
}

static void
rule_name(struct parse *ps, struct rule *r, const char *name, struct pos pos)
{
	const char	*word = keyword_word(r->m.deny ? KW_DENY : KW_ALLOW);

	r->m.id = ID_NONE;
	if (strlcpy(r->name, name, sizeof(r->name)) >= sizeof(r->name) ||
	    (name[0] == '\0') != (r->m.who == RULE_OWNER))
		conf_error(ps, pos, "%s: \"%s\" is not a name of 1 to %u bytes",
		    word, name, SUBJECT_SIZE - 1);
	else
		rule_id(ps, r, word, pos);
}

/* "FILE:LINE: the rule", cut where a message ends. */
static char *
rule_text(const struct rule *r, struct pos pos)
{
	char	*stmt = rule_format(r), *text;

	xasprintf(&text, "%s:%d: %s", pos.file, pos.line, stmt);
	free(stmt);
	if (strlen(text) > TEXT_MAX)
		memcpy(text + TEXT_MAX - 3, "...", 4);
	return (text);
}

void
set_rule(struct parse *ps, int deny, const char *name, const char *pattern,
    struct pos pos)
{
	struct grants	*g = &ps->conf->grants;
	struct rule	*r;

	if (name == lex_undefined || pattern == lex_undefined) {
		ps->lost = 1;
		return;
	}
	if (g->n == RULES_MAX) {
		conf_error(ps, pos, "more than %u rules", RULES_MAX);
		return;
	}
	r = xcalloc(1, sizeof(*r));
	r->m.deny = (uint32_t)deny;
	r->m.who = ps->access.who;
	rule_name(ps, r, name, pos);
	rule_verbs(ps, &r->m);
	rule_pattern(ps, r, pattern != NULL ? pattern : "*", pos);
	r->text = rule_text(r, pos);
	STAILQ_INSERT_TAIL(&g->rules, r, entry);
	g->n++;
}

/* ---- as in the file ------------------------------------------------------- */

static void
rule_quoted(FILE *f, const char *text)
{
	fputs(" \"", f);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

/* The verb that stands for all methods from a role on; NVERBS if none. */
static size_t
rule_deny_verb(const struct m_conf_rule *m)
{
	size_t	 i;
	int	 n;

	for (i = 0; i < NVERBS; i++) {
		for (n = 0; n < METHOD_MAX; n++)
			if (methods[n].role >= verbs[i].role &&
			    !rule_has_bit(m, n))
				break;
		if (n == METHOD_MAX)
			break;
	}
	return (i);
}

static size_t
rule_allow_verb(const struct m_conf_rule *m)
{
	size_t	 i;

	for (i = 0; i < NVERBS; i++)
		if (verbs[i].role == m->role)
			break;
	return (i);
}

static void
rule_format_verbs(FILE *f, const struct m_conf_rule *m)
{
	const char	*between = " ";
	size_t		 verb;
	int		 n;

	if (m->deny && m->role == ROLE_ADMIN)
		return;				/* all */
	verb = m->deny ? rule_deny_verb(m) : rule_allow_verb(m);
	if (verb < NVERBS) {
		fprintf(f, " %s", verbs[verb].word);
		between = ", ";
	}
	for (n = 0; n < METHOD_MAX; n++) {
		if (!rule_has_bit(m, n) || (m->deny && verb < NVERBS &&
		    methods[n].role >= verbs[verb].role))
			continue;
		fprintf(f, "%s%s", between, rule_daemons(n) ? rule_short(n) :
		    methods[n].name);
		between = ", ";
	}
}

char *
rule_format(const struct rule *r)
{
	static const enum keyword	 words[RULE_WHO_MAX] = {
		[RULE_USER] = KW_USER, [RULE_GROUP] = KW_GROUP,
		[RULE_TOKEN] = KW_TOKEN, [RULE_OWNER] = KW_OWNER
	};
	char				*text = NULL;
	size_t				 size = 0;
	FILE				*f = open_memstream(&text, &size);

	if (f == NULL)
		fatal("open_memstream");
	fprintf(f, "%s %s", keyword_word(r->m.deny ? KW_DENY : KW_ALLOW),
	    keyword_word(words[r->m.who]));
	if (r->m.who != RULE_OWNER)
		rule_quoted(f, r->name);
	rule_format_verbs(f, &r->m);
	rule_quoted(f, r->glob);
	fclose(f);
	return (text);
}
