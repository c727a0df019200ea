/*
 * omnitrond-secrets: secrets.enc and the key that signs tokens.  Nobody else
 * ever holds the one or the other, and no other process has libcrypto in the
 * same memory.
 *
 * It works in the folder of secrets.enc (its chroot when started as root) and
 * opens nothing outside; it may block there for a write, as nobody waits for
 * it but those who asked for a change.  The parent gives it the key of the
 * file and opens the file of the key that signs.
 */
#include <fcntl.h>
#include <signal.h>
#include <time.h>

#include <event2/event.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/log.h"
#include "omnitrond/secrets/secrets.h"

#define RETRY_S		30	/* as the store does with state.json */

static struct secrets	 secrets;

struct secrets *
secrets_of(const struct peer *peer)
{
	return (proc_of(peer)->arg);
}

/*
 * libcrypto reads openssl.cnf when it is first used, and finds its
 * algorithms then; none of that may be after the walls.
 */
static void
secrets_touch(struct proc *p)
{
	uint8_t	 byte, key[SEAL_KEY];

	tzset();
	/* A file over its limit shall be an error, not the end of us. */
	signal(SIGXFSZ, SIG_IGN);
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS,
	    NULL) != 1)
		fatalx("libcrypto cannot be used");
	seal_random(&byte, sizeof(byte));
	if (EVP_PBE_scrypt("", 0, &byte, 1, 2, 1, 1, 0, key,
	    sizeof(key)) != 1)
		fatalx("libcrypto: no scrypt");
}

static void
secrets_retry(int fd, short events, void *arg)
{
	struct secrets	*s = arg;

	vault_retry(&s->vault);
	secrets_written(s);
}

void
secrets_written(struct secrets *s)
{
	static const struct timeval	 tv = { RETRY_S, 0 };

	if (!s->vault.dirty)
		event_del(s->retry);
	else if (!event_pending(s->retry, EV_TIMEOUT, NULL) &&
	    event_add(s->retry, &tv) == -1)
		fatalx("out of memory");
}

/* Before any message: what comes before GO is kept, and nothing is done. */
static void
secrets_init(struct proc *p)
{
	struct secrets	*s = &secrets;

	if (safe_init() == -1)
		log_debug("memory cannot be locked, and may be swapped");
	s->proc = p;
	p->arg = s;
	vault_init(&s->vault, &fileops_system, -1);
	conf_init(s);
	answer_init(s);
	request_init(s);
	s->retry = event_new(p->base, -1, 0, secrets_retry, s);
	if (s->retry == NULL)
		fatalx("out of memory");
}

static void
secrets_start(struct proc *p)
{
	secrets.vault.file.dirfd = open(".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	if (secrets.vault.file.dirfd == -1)
		fatal("folder of %s", SECRETS_FILE);
}

static void
secrets_up(struct proc *p, enum kind k)
{
}

static void
secrets_down(struct proc *p, enum kind k)
{
	request_gone(p->arg, k);
	answer_gone(p->arg, k);
}

static void
secrets_fini(struct proc *p)
{
	struct secrets	*s = p->arg;

	vault_retry(&s->vault);
	answer_free(s);
	request_free(s);
	conf_free(s);
	signer_free(s->signer);
	event_free(s->retry);
	vault_free(&s->vault);
}

static const struct dispatch secrets_dispatch[] = {
	HANDLE(CONF_BEGIN, conf_begin),
	HANDLE(CONF_JWT, conf_jwt),
	HANDLE(CONF_KEY, conf_key),
	HANDLE(CONF_END, conf_end),
	HANDLE(CONF_COMMIT, conf_commit),
	HANDLE(SECRETS_KEY, conf_secrets_key),
	HANDLE(SECRETS_VALUE, conf_secrets_value),
	HANDLE(SECRET_ASK, act_ask),
	HANDLE(SECRET_OPEN, request_open),
	HANDLE(SECRET_PUT, request_put),
	HANDLE(SECRET_TELL, act_tell),
	HANDLE(OBJECT_GOT, answer_got),
	HANDLE_END
};

static const struct proc_ops secrets_ops = {
	.kind = K_SECRETS,
	.dispatch = secrets_dispatch,
	.init = secrets_init,
	.touch = secrets_touch,
	.start = secrets_start,
	.up = secrets_up,
	.down = secrets_down,
	.fini = secrets_fini
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &secrets_ops));
}
