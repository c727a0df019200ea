/*
 * Secrets: where they are kept, and which an app is started with.  In the
 * parent; reads no secret.
 */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/environ.h"
#include "omnitrond/parent/keyfile.h"

static int
secrets_once(struct parse *ps, enum secrets_how how, struct pos pos)
{
	if (global_once(ps, KW_SECRETS, pos) == -1)
		return (-1);
	ps->conf->secrets.given = 1;
	ps->conf->secrets.how = how;
	return (0);
}

static int
secrets_path(struct parse *ps, const char *word, const char *path,
    struct pos pos)
{
	if (path == lex_undefined)
		return (0);
	if (path[0] == '/' && strlen(path) < PATH_SIZE - NAME_SIZE)
		return (1);
	conf_error(ps, pos, "secrets %s: \"%s\" is not an absolute path of "
	    "less than %d bytes", word, path, PATH_SIZE - NAME_SIZE);
	return (0);
}

void
set_secrets_file(struct parse *ps, const char *path, struct pos pos)
{
	if (secrets_once(ps, SECRETS_KEYFILE, pos) == 0 &&
	    secrets_path(ps, "file", path, pos))
		ps->conf->secretsfile = xstrdup(path);
}

void
set_secrets_key(struct parse *ps, const char *path, struct pos pos)
{
	struct secrets_stmt	*s = &ps->conf->secrets;

	ps->seen[KW_KEY] = pos;
	if (secrets_path(ps, "key", path, pos) && s->key == NULL)
		s->key = xstrdup(path);
}

void
set_secrets_passphrase(struct parse *ps, const char *name, struct pos pos)
{
	struct secrets_stmt	*s = &ps->conf->secrets;

	if (name == lex_undefined || s->passphrase != NULL)
		return;
	if (!environ_name_valid(name)) {
		conf_error(ps, pos, "secrets passphrase: \"%s\" cannot name a "
		    "variable", name);
		return;
	}
	s->how = SECRETS_PASSPHRASE;
	s->passphrase = xstrdup(name);
}

/* Without a prefix all that the daemon was started with would be one. */
void
set_secrets_env(struct parse *ps, const char *prefix, struct pos pos)
{
	if (secrets_once(ps, SECRETS_ENVIRONMENT, pos) == -1 ||
	    prefix == lex_undefined)
		return;
	if (prefix == NULL)
		prefix = keyword_default(KW_PREFIX);
	if (!environ_name_valid(prefix) || strlen(prefix) > NAME_LEN_MAX) {
		conf_error(ps, pos, "secrets env prefix: \"%s\" cannot begin "
		    "the names of variables: 1 to %d letters, digits and _, no "
		    "digit first", prefix, NAME_LEN_MAX);
		return;
	}
	ps->conf->secrets.prefix = xstrdup(prefix);
}

void
set_credential(struct parse *ps, const char *key, const char *name,
    struct pos pos)
{
	struct process_conf	*pc;

	if (ps->cur == NULL || key == lex_undefined || name == lex_undefined)
		return;
	pc = ps->cur->process;
	ps->cur->line[FIELD_CREDENTIAL] = pos.line;
	if (!name_valid(key) || (name != NULL && !name_valid(name))) {
		conf_error(ps, pos, "credential: \"%s\" cannot be the %s: 1 to "
		    "%d letters, digits, dots, - and _", name_valid(key) ?
		    name : key, name_valid(key) ? "name of a file" :
		    "key of a secret", NAME_LEN_MAX);
		return;
	}
	if (name == NULL)
		name = key;
	if (creds_find(&pc->creds, name) != NULL)
		conf_error(ps, pos, "credential: \"%s\" is given twice in this "
		    "block", name);
	else
		creds_add(&pc->creds, key, name);
}

/* ---- when all is read ---------------------------------------------------- */

/* Two uses of one secret are two, too: the process would be told it twice. */
void
secrets_check(struct parse *ps, struct draft *d)
{
	const struct cred_conf	*c;
	const struct env	*env;
	unsigned int		 n = 0;

	TAILQ_FOREACH(env, &d->process->env, entry)
		n += env->kind == ENV_SECRET;
	TAILQ_FOREACH(c, &d->process->creds, entry)
		n++;
	if (n > SECRET_USES_MAX)
		conf_error(ps, draft_pos(d, FIELD_CREDENTIAL), "%s: more than "
		    "%u secrets", d->title, SECRET_USES_MAX);
}

/* Their process is the only one that may write to that folder. */
static void
secrets_folder(struct parse *ps, struct pos pos)
{
	const struct conf	*conf = ps->conf;
	const char		*other = NULL;

	if (ps->uid != 0)
		return;
	if (strcmp(conf->secretsdir, conf->statedir) == 0)
		other = keyword_word(KW_STATEFILE);
	else if (strcmp(conf->secretsdir, conf->logdir) == 0)
		other = keyword_word(KW_LOGDIR);
	if (other != NULL)
		conf_error(ps, pos, "secrets file: %s is the folder of %s, "
		    "which belongs to another user: as root they need a folder "
		    "of their own", conf->secretsdir, other);
}

/* Missing, it is made when it is needed. */
static void
secrets_key(struct parse *ps, struct pos pos)
{
	const char	*path = ps->conf->secrets.key;
	char		 why[CONF_TEXT_MAX];
	struct stat	 st;
	int		 fd;

	if (lstat(path, &st) == -1)
		return;
	if ((fd = keyfile_open(path, 1, why, sizeof(why))) != -1) {
		if (fstat(fd, &st) == 0 && st.st_size != SECRETS_KEY_LEN)
			conf_error(ps, pos, "secrets key: %s has not %u bytes, "
			    "as the key of the secrets has", path,
			    SECRETS_KEY_LEN);
		close(fd);
	} else
		conf_error(ps, pos, "secrets key: %s", why);
}

void
conf_secrets(struct parse *ps)
{
	struct pos	 pos = conf_path_pos(ps, KW_SECRETS);

	if (ps->conf->secrets.how == SECRETS_ENVIRONMENT)
		return;
	secrets_folder(ps, pos);
	if (ps->conf->secrets.given &&
	    ps->conf->secrets.how == SECRETS_KEYFILE)
		secrets_key(ps, pos);
}
