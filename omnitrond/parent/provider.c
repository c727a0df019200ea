/*
 * What the secrets process needs to open its file, or the secrets themselves
 * if they are in our environment.
 *
 * Runs in the parent; reads the key file (keyfile.h) and our environment, and
 * makes the folder of the encrypted file.  Keys are wiped when they were
 * sent; a passphrase is kept, since the process may have to be started anew.
 */
#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/folder.h"
#include "omnitrond/parent/keyfile.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/provider.h"

extern char	**environ;

/* Of a variable that some configuration named. */
struct passphrase {
	TAILQ_ENTRY(passphrase)	 entry;
	char			*name;
	char			*value;
};

/* ---- passphrases -------------------------------------------------------- */

static const char *
passphrase_get(const struct parent *p, const char *name)
{
	const struct passphrase	*w;

	TAILQ_FOREACH(w, &p->passphrases, entry)
		if (strcmp(w->name, name) == 0)
			return (w->value);
	return (NULL);
}

/*
 * Where the system shows the environment of a process it shows what that was
 * given at its start, whatever became of it: libbsd has moved it elsewhere.
 */
static void
wipe_initial(struct parent *p, const char *name)
{
	size_t	 len = strlen(name);
	char	**v;

	for (v = p->initial_env; v != NULL && *v != NULL; v++)
		if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
			explicit_bzero(*v + len + 1, strlen(*v + len + 1));
}

void
provider_take(struct parent *p, const struct conf *conf)
{
	const char		*name = conf->secrets.passphrase;
	struct passphrase	*w;
	char			*value;

	if (conf->secrets.how != SECRETS_PASSPHRASE ||
	    (value = getenv(name)) == NULL)
		return;
	w = xcalloc(1, sizeof(*w));
	w->name = xstrdup(name);
	w->value = xstrdup(value);
	TAILQ_INSERT_HEAD(&p->passphrases, w, entry);
	explicit_bzero(value, strlen(value));
	unsetenv(name);
	wipe_initial(p, name);
}

static int
passphrase_ready(struct parent *p, const struct conf *conf, char *err,
    size_t size)
{
	const char	*name = conf->secrets.passphrase, *value;

	provider_take(p, conf);
	if ((value = passphrase_get(p, name)) == NULL)
		snprintf(err, size, "secrets: the passphrase is to be in %s, "
		    "which is not in the environment that omnitrond was "
		    "started with", name);
	else if (value[0] == '\0' || strlen(value) > SECRET_MAX)
		snprintf(err, size, "secrets: the passphrase in %s has %s",
		    name, value[0] == '\0' ? "no characters" :
		    "more than 8192 characters");
	else
		return (0);
	return (-1);
}

/* ---- ready to be used --------------------------------------------------- */

static int
secrets_folder(struct parent *p, const struct conf *conf, char *err,
    size_t size)
{
	uid_t	 uid = geteuid();
	gid_t	 gid = getegid();

	if (p->as_root) {
		uid = conf->users[K_SECRETS].uid;
		gid = conf->users[K_SECRETS].gid;
		if (uid == (uid_t)-1) {
			snprintf(err, size, "secrets: there is no user %s, as "
			    "whom their process runs", kind_user(K_SECRETS));
			return (-1);
		}
	} else if (strcmp(conf->secretsdir, conf->home) == 0)
		return (0);
	return (folder_have(conf->secretsdir, 0700, uid, gid, err, size));
}

static int
key_ready(const struct conf *conf, char *err, size_t size)
{
	uint8_t	 key[SECRETS_KEY_LEN];
	int	 rv;

	rv = keyfile_secrets(conf->secrets.key, conf->secretsfile, key, err,
	    size);
	explicit_bzero(key, sizeof(key));
	return (rv);
}

int
provider_ready(struct parent *p, const struct conf *conf, char *err,
    size_t size)
{
	if (secrets_folder(p, conf, err, size) == -1)
		return (-1);
	switch (conf->secrets.how) {
	case SECRETS_KEYFILE:
		return (key_ready(conf, err, size));
	case SECRETS_PASSPHRASE:
		return (passphrase_ready(p, conf, err, size));
	case SECRETS_ENVIRONMENT:
	case SECRETS_NONE:
	case SECRETS_HOW_MAX:
		break;
	}
	return (0);
}

/* ---- to their process --------------------------------------------------- */

/* One variable as "key, value"; its name begins with the prefix. */
static void
feed_variable(struct peer *peer, const char *var, size_t prefix)
{
	uint8_t		 tail[STR_MAX + SECRET_MAX + 2];
	const char	*key = var + prefix, *eq = strchr(var, '=');
	uint16_t	 nkey = (uint16_t)(eq - key), nvalue;
	uint32_t	 zero = 0;
	char		 name[NAME_SIZE];

	if (eq - key > NAME_LEN_MAX || strlen(eq + 1) > SECRET_MAX) {
		log_warnx("secrets: a variable of %.*s... is left out: its "
		    "name or its value is too long", (int)prefix, var);
		return;
	}
	memcpy(name, key, nkey);
	name[nkey] = '\0';
	if (!name_valid(name))
		return;
	nvalue = (uint16_t)strlen(eq + 1);
	memcpy(tail, &nkey, sizeof(nkey));
	memcpy(tail + 2, key, nkey);
	memcpy(tail + 2 + nkey, &nvalue, sizeof(nvalue));
	memcpy(tail + 4 + nkey, eq + 1, nvalue);
	peer_send_raw(peer, M_SECRETS_VALUE, -1, &zero, tail,
	    4u + nkey + nvalue);
	explicit_bzero(tail, sizeof(tail));
}

static void
feed_environment(struct peer *peer, const char *prefix)
{
	size_t	 len = strlen(prefix), n = 0;
	char	**v;

	for (v = environ; v != NULL && *v != NULL && n < SECRETS_MAX; v++)
		if (strncmp(*v, prefix, len) == 0 && strchr(*v, '=') != NULL &&
		    strcspn(*v, "=") > len) {
			feed_variable(peer, *v, len);
			n++;
		}
}

/* A file that was good when it was looked at may be gone. */
static int
feed_keyfile(struct peer *peer, const struct conf *conf)
{
	struct m_secrets_key	 m = { SECRETS_KEYFILE };
	uint8_t			 key[SECRETS_KEY_LEN];
	char			 err[TEXT_MAX];

	if (keyfile_secrets(conf->secrets.key, conf->secretsfile, key, err,
	    sizeof(err)) == -1) {
		log_error("secrets: %s", err);
		return (-1);
	}
	peer_send_raw(peer, M_SECRETS_KEY, -1, &m, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return (0);
}

static int
feed_passphrase(struct parent *p, struct peer *peer, const struct conf *conf)
{
	struct m_secrets_key	 m = { SECRETS_PASSPHRASE };
	const char		*value;

	value = passphrase_get(p, conf->secrets.passphrase);
	if (value == NULL)
		return (-1);
	peer_send_raw(peer, M_SECRETS_KEY, -1, &m, value, strlen(value));
	return (0);
}

void
provider_feed(struct parent *p, struct peer *peer, const struct conf *conf)
{
	struct m_secrets_key	 m = { conf->secrets.how };
	int			 rv = 0;

	switch (conf->secrets.how) {
	case SECRETS_KEYFILE:
		rv = feed_keyfile(peer, conf);
		break;
	case SECRETS_PASSPHRASE:
		rv = feed_passphrase(p, peer, conf);
		break;
	default:
		peer_send(peer, M_SECRETS_KEY, -1, &m, NULL);
		break;
	}
	if (conf->secrets.how == SECRETS_ENVIRONMENT)
		feed_environment(peer, conf->secrets.prefix != NULL ?
		    conf->secrets.prefix : "");
	if (rv == -1)
		child_kill(p, K_SECRETS, "it has no key");
}
