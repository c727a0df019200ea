/*
 * The secrets as a whole (secrets): opens, changes and writes secrets.enc in
 * the folder that is given, through omnitrond/file.c and load.c.
 *
 * A file that does not open is left alone, and so is its backup: which of them
 * is to be believed is an operator's decision, since an app that is started
 * with an older password may do harm that nobody sees.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/load.h"
#include "omnitrond/secrets/vault.h"

/* All that can be kept, with keys of the greatest length. */
#define VAULT_FILE_MAX							\
	(SECRETS_MAX * (SECRET_MAX + NAME_LEN_MAX + 16) + 1024)
#define OTHER_KEY	"wrong key"	/* in a reason, for all of them */

/* What a file is opened with, and what came of it. */
struct opening {
	struct vault	*v;
	const uint8_t	*given;
	size_t		 len;
	int		 other;		/* it was written with another key */
};

static enum outcome	 vault_say(enum outcome, char *, const char *, ...)
			    __attribute__((format(printf, 3, 4)));

static enum outcome
vault_say(enum outcome outcome, char *text, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, TEXT_MAX, fmt, ap);
	va_end(ap);
	return (outcome);
}

static enum seal_by
vault_by(const struct vault *v)
{
	return (v->how == SECRETS_PASSPHRASE ? SEAL_PASSPHRASE :
	    SEAL_KEYFILE);
}

static const char *
by_name(enum seal_by by)
{
	return (by == SEAL_PASSPHRASE ? "passphrase" : "key file");
}

void
vault_init(struct vault *v, const struct fileops *ops, int dirfd)
{
	memset(v, 0, sizeof(*v));
	file_init(&v->file, ops, dirfd, SECRETS_FILE);
	map_init(&v->map);
	v->keys = safe_new(sizeof(*v->keys));
}

void
vault_free(struct vault *v)
{
	map_free(&v->map);
	safe_free(v->keys, sizeof(*v->keys));
	memset(v, 0, sizeof(*v));
}

/* Nothing is known of the values, nor of what they are encrypted with. */
static void
vault_clear(struct vault *v)
{
	map_free(&v->map);
	explicit_bzero(v->keys, sizeof(*v->keys));
	v->shut = v->foreign = v->damaged = v->there = v->dirty = v->both = 0;
	v->reason[0] = '\0';
	v->file.recover = RECOVER_NONE;
}

/* ---- keys --------------------------------------------------------------- */

static void
vault_master(const struct seal *s, const uint8_t *given, size_t len,
    uint8_t *master)
{
	if (seal_master(s, given, len, master) == -1)
		fatalx("no memory for the key of %s", SECRETS_FILE);
}

/* A lock of our own, with a new salt, for the data key that there is. */
static void
vault_lock(struct vault *v, const uint8_t *given, size_t len)
{
	seal_new(&v->seal, vault_by(v));
	vault_master(&v->seal, given, len, v->keys->master);
	seal_wrap(&v->seal, v->keys->master, v->keys->data);
}

static void
vault_lock_new(struct vault *v, const uint8_t *given, size_t len)
{
	seal_random(v->keys->data, sizeof(v->keys->data));
	vault_lock(v, given, len);
}

/* Does what is given open the lock that there is? */
static int
vault_fits(struct vault *v, const uint8_t *given, size_t len)
{
	struct vault_keys	*k;
	int			 rv;

	if (seal_by(&v->seal) != vault_by(v))
		return (0);
	k = safe_new(sizeof(*k));
	vault_master(&v->seal, given, len, k->master);
	rv = seal_unwrap(&v->seal, k->master, k->data) == 0;
	safe_free(k, sizeof(*k));
	return (rv);
}

/* ---- reading ------------------------------------------------------------ */

/* -1: the key is another one, or cannot be. */
static int
open_key(struct opening *o, const struct seal *s, struct vault_keys *k,
    char *err, size_t errsize)
{
	enum seal_by	 by = seal_by(s), ours = vault_by(o->v);

	if (by != ours) {
		snprintf(err, errsize, "%s: it was written with a %s, and "
		    "the configuration gives a %s", OTHER_KEY, by_name(by),
		    by_name(ours));
		o->other = 1;
		return (-1);
	}
	vault_master(s, o->given, o->len, k->master);
	if (seal_unwrap(s, k->master, k->data) == -1) {
		snprintf(err, errsize, "%s: it was written with another %s",
		    OTHER_KEY, by_name(by));
		o->other = 1;
		return (-1);
	}
	return (0);
}

static int
open_values(struct vault *v, const struct vault_keys *k, const char *text,
    size_t size, char *err, size_t errsize)
{
	size_t		 len = size - seal_size(0);
	uint8_t		*plain = xmalloc(len + 1);
	int		 rv;

	rv = seal_open(k->data, (const uint8_t *)text, size, plain);
	if (rv == 0)
		rv = map_decode(&v->map, plain, len);
	if (rv == -1)
		strlcpy(err, "its contents are not what was written",
		    errsize);
	freezero(plain, len + 1);
	return (rv);
}

static int
open_text(void *arg, const char *text, size_t len, int64_t *version,
    char *err, size_t errsize)
{
	struct opening		*o = arg;
	struct vault_keys	*k;
	struct seal		 s;
	int			 rv;

	*version = SEAL_VERSION;
	o->other = 0;
	if (seal_parse(&s, (const uint8_t *)text, len, err, errsize) == -1)
		return (-1);
	k = safe_new(sizeof(*k));
	if ((rv = open_key(o, &s, k, err, errsize)) == 0)
		rv = open_values(o->v, k, text, len, err, errsize);
	if (rv == 0) {
		o->v->seal = s;
		*o->v->keys = *k;
	}
	safe_free(k, sizeof(*k));
	return (rv);
}

/* Nothing works until an operator has looked. */
static void
vault_shut(struct vault *v, const struct opening *o, const char *why)
{
	v->shut = v->there = 1;
	v->damaged = !o->other;
	vault_lock_new(v, o->given, o->len);
	if (o->other)
		vault_say(OUT_FAILED, v->reason, "%s: %s; give it that one "
		    "and reload the configuration, or move the file aside "
		    "with 'omnitronctl secret reset --yes'", v->file.name,
		    why);
	else
		vault_say(OUT_FAILED, v->reason, "%s is damaged: %s; put a "
		    "good copy in its place (%s?) and reload the "
		    "configuration, or move it aside with 'omnitronctl "
		    "secret reset --yes'", v->file.name, why, v->file.bak);
	log_error("%s", v->reason);
}

static void
vault_load(struct vault *v, const uint8_t *given, size_t len)
{
	static const struct load_as	 as = {
		.what = "secrets",
		.max = VAULT_FILE_MAX,
		.version = SEAL_VERSION,
		.strict = 1,
		.read = open_text
	};
	struct opening			 o = { v, given, len, 0 };
	char				 stamp[STAMP_SIZE], text[TEXT_MAX];

	switch (load_file(&v->file, &as, &o,
	    load_stamp(stamp, sizeof(stamp)), text, sizeof(text))) {
	case LOAD_GOOD:
		v->there = 1;
		log_debug("%u secrets", (unsigned)v->map.n);
		return;
	case LOAD_RESET:
		log_warnx("%s", text);
		/* FALLTHROUGH */
	case LOAD_FRESH:
		vault_lock_new(v, given, len);
		return;
	case LOAD_DAMAGED:
	case LOAD_BACKUP:		/* not of a strict one */
	case LOAD_LOST:
		vault_shut(v, &o, text);
		return;
	case LOAD_REFUSED:
		v->shut = v->foreign = v->there = 1;
		strlcpy(v->reason, text, sizeof(v->reason));
		log_error("%s", v->reason);
		return;
	}
}

/* ---- writing ------------------------------------------------------------ */

/* The file as it is to be; `size' bytes. */
static char *
vault_text(struct vault *v, size_t *size)
{
	size_t		 len = map_size(&v->map);
	uint8_t		*plain = xmalloc(len + 1);
	char		*text;

	*size = seal_size(len);
	text = xmalloc(*size);
	map_encode(&v->map, plain);
	seal_close(&v->seal, v->keys->data, plain, len, (uint8_t *)text);
	freezero(plain, len + 1);
	return (text);
}

/* 0: on the disk; 1: in the file, for how long nobody knows; -1: neither. */
static int
vault_write_once(struct vault *v)
{
	char	 stamp[STAMP_SIZE];
	size_t	 size;
	char	*text = vault_text(v, &size);
	int	 rv, saved;

	rv = file_save(&v->file, text, size,
	    load_stamp(stamp, sizeof(stamp)));
	saved = errno;
	free(text);
	if (rv == 0 || v->file.placed)
		v->there = 1;
	if (rv == -1)
		log_warnx("%s: %s: %s", v->file.name, v->file.step,
		    strerror(saved));
	errno = saved;
	return (rv == -1 && v->file.placed ? 1 : rv);
}

/*
 * With a key that is new the backup is written as well: whoever has the old
 * one is to have no use of it, and who has the new one is to have a backup.
 */
static int
vault_write(struct vault *v)
{
	int	 rv = vault_write_once(v);

	if (rv == -1)
		return (-1);
	if (rv == 0 && v->both)
		rv = vault_write_once(v) == 0 ? 0 : 1;
	v->dirty = rv != 0;
	if (rv == 0)
		v->both = 0;
	return (rv);
}

void
vault_retry(struct vault *v)
{
	if (v->dirty && !v->shut && vault_write(v) == 0)
		log_info("%s is written again", v->file.name);
}

static enum outcome
vault_written(struct vault *v, int rv, int *persisted, char *text)
{
	*persisted = rv == 0;
	if (rv != -1)
		return (OUT_OK);
	return (vault_say(OUT_FAILED, text, "%s: %s: %s; nothing was changed",
	    v->file.name, v->file.step, strerror(errno)));
}

/* ---- the configuration -------------------------------------------------- */

/* The same values, from now on under another key. */
static void
vault_relock(struct vault *v, const uint8_t *given, size_t len)
{
	vault_lock(v, given, len);
	log_info("%s gets the new %s", v->file.name, by_name(vault_by(v)));
	if (!v->there)
		return;
	v->dirty = v->both = 1;
	if (vault_write(v) != 0)
		log_error("%s is not written with its new %s yet; it is "
		    "tried again", v->file.name, by_name(vault_by(v)));
}

static int
in_file(enum secrets_how how)
{
	return (how == SECRETS_KEYFILE || how == SECRETS_PASSPHRASE);
}

void
vault_configure(struct vault *v, enum secrets_how how, const uint8_t *given,
    size_t len, struct map *env)
{
	int	 open = in_file(v->how) && !v->shut;

	v->how = how;
	if (!in_file(how)) {
		vault_clear(v);
		if (how == SECRETS_ENVIRONMENT) {
			v->map = *env;
			map_init(env);
		}
	} else if (!open) {
		vault_clear(v);
		vault_load(v, given, len);
	} else if (!vault_fits(v, given, len))
		vault_relock(v, given, len);
}

enum outcome
vault_readable(const struct vault *v, char *text)
{
	if (v->how == SECRETS_NONE)
		return (vault_say(OUT_CONFLICT, text, "no secrets are "
		    "configured: see 'secrets' in omnitrond.conf(5)"));
	if (v->shut)
		return (vault_say(OUT_FAILED, text, "%s", v->reason));
	return (OUT_OK);
}

enum outcome
vault_writable(const struct vault *v, char *text)
{
	if (v->how == SECRETS_ENVIRONMENT)
		return (vault_say(OUT_CONFLICT, text, "secrets come from the "
		    "environment of the daemon and can only be read: "
		    "'secrets file' in omnitrond.conf(5) keeps them"));
	return (vault_readable(v, text));
}

/* ---- changes ------------------------------------------------------------ */

enum outcome
vault_set(struct vault *v, const char *key, const void *value, size_t len,
    int64_t now_ms, int *persisted, int *changed, char *text)
{
	struct secret	*old, *new;
	enum outcome	 rv;

	if ((rv = vault_writable(v, text)) != OUT_OK)
		return (rv);
	old = map_get(&v->map, key);
	if (old == NULL && v->map.n >= SECRETS_MAX)
		return (vault_say(OUT_LIMITED, text, "there are %u secrets, "
		    "and no more are kept: delete one", SECRETS_MAX));
	*changed = old == NULL || old->len != len ||
	    memcmp(old->value, value, len) != 0;
	if (old != NULL)
		map_remove(&v->map, old);
	/* what is told of it is when it changed */
	new = secret_new(key, value, len, *changed ? now_ms : old->updated_ms);
	map_insert(&v->map, new);
	rv = vault_written(v, vault_write(v), persisted, text);
	if (rv == OUT_OK) {
		secret_free(old);
		return (rv);
	}
	map_remove(&v->map, new);
	secret_free(new);
	if (old != NULL)
		map_insert(&v->map, old);
	return (rv);
}

/* There must be one of that key. */
enum outcome
vault_delete(struct vault *v, const char *key, int *persisted, char *text)
{
	struct secret	*old;
	enum outcome	 rv;

	if ((rv = vault_writable(v, text)) != OUT_OK)
		return (rv);
	if ((old = map_get(&v->map, key)) == NULL)
		return (vault_say(OUT_NOT_FOUND, text, "secret '%s' not "
		    "found", key));
	map_remove(&v->map, old);
	rv = vault_written(v, vault_write(v), persisted, text);
	if (rv == OUT_OK)
		secret_free(old);
	else
		map_insert(&v->map, old);
	return (rv);
}

enum outcome
vault_rekey(struct vault *v, int *persisted, char *text)
{
	struct vault_keys	*old;
	struct seal		 lock = v->seal;
	enum outcome		 rv;
	int			 both = v->both;

	if ((rv = vault_writable(v, text)) != OUT_OK)
		return (rv);
	old = safe_new(sizeof(*old));
	*old = *v->keys;
	seal_random(v->keys->data, sizeof(v->keys->data));
	seal_wrap(&v->seal, v->keys->master, v->keys->data);
	v->both = 1;
	rv = vault_written(v, vault_write(v), persisted, text);
	if (rv != OUT_OK) {
		*v->keys = *old;
		v->seal = lock;
		v->both = both;
	}
	safe_free(old, sizeof(*old));
	return (rv);
}

enum outcome
vault_reset(struct vault *v, const char **moved, char *text)
{
	char		 stamp[STAMP_SIZE];
	enum outcome	 rv;

	*moved = NULL;
	if (!in_file(v->how) && (rv = vault_writable(v, text)) != OUT_OK)
		return (rv);
	if (v->foreign)
		return (vault_say(OUT_FAILED, text, "%s", v->reason));
	if (v->there) {
		v->file.recover = v->damaged ? RECOVER_EMPTY : RECOVER_ASIDE;
		if (file_recover(&v->file,
		    load_stamp(stamp, sizeof(stamp))) == -1) {
			v->file.recover = RECOVER_NONE;
			return (vault_say(OUT_FAILED, text, "%s: %s: %s",
			    v->file.name, v->file.step, strerror(errno)));
		}
		*moved = v->file.aside;
	}
	/* The master key fits the lock that there is, also of one shut. */
	map_free(&v->map);
	seal_random(v->keys->data, sizeof(v->keys->data));
	seal_wrap(&v->seal, v->keys->master, v->keys->data);
	v->shut = v->damaged = v->there = v->both = 0;
	v->reason[0] = '\0';
	/* A missing file is an empty one: that it is there may come later. */
	v->dirty = 1;
	vault_write(v);
	return (OUT_OK);
}
