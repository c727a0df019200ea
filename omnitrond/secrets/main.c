/*
 * The secrets process: secrets.enc and the key that signs tokens.  Nobody
 * else ever holds the one or the other.  It works in the folder of
 * secrets.enc (its chroot when started as root) and opens nothing outside.
 */
#include "omnitrond/proc.h"

static const struct dispatch secrets_dispatch[] = {
	HANDLE_END
};

static void
secrets_start(struct proc *p)
{
}

static void
secrets_link(struct proc *p, enum kind k)
{
}

static const struct proc_ops secrets_ops = {
	.kind = K_SECRETS,
	.dispatch = secrets_dispatch,
	.start = secrets_start,
	.up = secrets_link,
	.down = secrets_link,
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &secrets_ops));
}
