/*
 * The credentials of instances: secrets as files (cred.h), written when it,
 * or what is run before it, starts and removed at its end.  Parent.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/cred.h"
#include "omnitrond/parent/inst.h"

int
inst_cred_open(struct parent *p, char *err, size_t size)
{
	const char	*run = p->conf->rundir;
	size_t		 n = strlen(run);

	/* beside the sockets of apps, where the app's user can get at them */
	if (strncmp(p->appsdir, run, n) != 0 || p->appsdir[n] != '/')
		run = p->appsdir;
	if ((size_t)snprintf(p->creddir, sizeof(p->creddir), "%s/cred", run) >=
	    sizeof(p->creddir)) {
		snprintf(err, size, "%s/cred: %s", run,
		    strerror(ENAMETOOLONG));
		return (-1);
	}
	p->creds = cred_open(p->creddir, err, size);
	return (p->creds == -1 ? -1 : 0);
}

void
inst_cred_close(struct parent *p)
{
	if (p->creds == -1)
		return;
	close(p->creds);
	p->creds = -1;
	rmdir(p->creddir);		/* what instances have is left */
}

static char *
inst_cred_name(const struct inst *i, char buf[CRED_NAME_SIZE])
{
	snprintf(buf, CRED_NAME_SIZE, "%s:%s:%u", i->app, i->process,
	    i->id.instance);
	return (buf);
}

const char *
inst_cred_path(const struct inst *i, const struct process_conf *pc, char *buf,
    size_t size)
{
	char	 name[CRED_NAME_SIZE];

	if (TAILQ_EMPTY(&pc->creds))
		return (NULL);
	snprintf(buf, size, "%s/%s", i->parent->creddir,
	    inst_cred_name(i, name));
	return (buf);
}

/* Those of the configuration; -1: a value is not in the set. */
static int
inst_cred_files(const struct process_conf *pc, const struct secret_set *set,
    struct cred_file files[SECRET_USES_MAX], size_t *n)
{
	const struct cred_conf	*c;

	*n = 0;
	TAILQ_FOREACH(c, &pc->creds, entry) {
		if (*n == SECRET_USES_MAX)
			return (-1);
		files[*n].name = c->name;
		files[*n].data = secret_value(set, c->key, &files[*n].len);
		if (files[(*n)++].data == NULL)
			return (-1);
	}
	return (0);
}

int
inst_cred_write(struct inst *i, const struct process_conf *pc,
    const struct secret_set *set)
{
	struct cred_file	 files[SECRET_USES_MAX];
	char			 name[CRED_NAME_SIZE];
	size_t			 n;

	if (TAILQ_EMPTY(&pc->creds))
		return (0);
	if (inst_cred_files(pc, set, files, &n) == -1) {
		errno = ENOENT;		/* configured after they were asked */
		return (-1);
	}
	i->cred = 1;
	return (cred_write(i->parent->creds, inst_cred_name(i, name), files, n,
	    pc->uid, pc->gid));
}

void
inst_cred_remove(struct inst *i)
{
	char	 name[CRED_NAME_SIZE];

	if (!i->cred)
		return;
	i->cred = 0;
	if (cred_remove(i->parent->creds, inst_cred_name(i, name)) == -1)
		log_warn("%s/%s: credentials are left", i->parent->creddir,
		    name);
}

/* Of an instance that was taken over: it is removed with that. */
static int
inst_cred_lives(void *arg, const char *folder)
{
	struct parent	*p = arg;
	struct m_inst	 id;
	struct inst	*i;
	char		 name[CRED_NAME_SIZE], *process, *number;

	memset(&id, 0, sizeof(id));
	if (strlcpy(name, folder, sizeof(name)) >= sizeof(name) ||
	    (process = strchr(name, ':')) == NULL ||
	    (number = strchr(process + 1, ':')) == NULL)
		return (0);
	*process++ = *number++ = '\0';
	id.app = ids_by_name(p, name);
	id.process = (uint16_t)ids_process_by_name(p, id.app, process);
	id.instance = (uint16_t)strtonum(number, 0, UINT16_MAX, NULL);
	i = inst_find(p, &id);
	if (i == NULL || i->state == INST_IDLE)
		return (0);
	i->cred = 1;
	return (1);
}

void
inst_cred_sweep(struct parent *p)
{
	cred_sweep(p->creds, inst_cred_lives, p);
}
