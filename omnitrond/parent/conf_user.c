/*
 * Users and groups, resolved at load so that nothing is looked up when an
 * app is spawned.  In the parent; reads the system's user database.
 */
#include <sys/stat.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define GROUPS_START	32		/* grows as the system asks */

static void
account_groups(struct account *a)
{
	int	 n = GROUPS_START, asked;

	for (;;) {
		a->groups = xreallocarray(a->groups, (size_t)n,
		    sizeof(*a->groups));
		asked = n;
		if (getgrouplist(a->name, a->gid, a->groups, &n) != -1)
			break;
		if (n <= asked)
			n = asked * 2;
	}
	a->ngroups = n;
}

static int
account_cmp_gid(const void *a, const void *b)
{
	const gid_t	*x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static void
account_fill(struct account *a, const struct passwd *pw)
{
	struct stat	 st;

	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	a->home = xstrdup(pw->pw_dir);
	a->homeless = stat(a->home, &st) == -1 || !S_ISDIR(st.st_mode);
	a->shell = xstrdup(pw->pw_shell[0] != '\0' ? pw->pw_shell : "/bin/sh");
	account_groups(a);
	/* A fixed order: a reload must not see a change where there is none. */
	qsort(a->groups, (size_t)a->ngroups, sizeof(*a->groups),
	    account_cmp_gid);
}

/* Each name is looked up once a run. */
static struct account *
account_get(struct parse *ps, const char *name)
{
	struct account	*a;
	struct passwd	*pw;

	TAILQ_FOREACH(a, &ps->accounts, entry)
		if (strcmp(a->name, name) == 0)
			return (a);
	a = xcalloc(1, sizeof(*a));
	a->name = xstrdup(name);
	if ((pw = getpwnam(name)) == NULL)
		a->missing = 1;
	else
		account_fill(a, pw);
	TAILQ_INSERT_HEAD(&ps->accounts, a, entry);
	return (a);
}

/* Ours; a user without an entry (as in containers) is named by number. */
static struct account *
account_own(struct parse *ps)
{
	struct account	*a;
	struct passwd	*pw;
	char		 number[32];

	if ((pw = getpwuid(ps->uid)) != NULL)
		return (account_get(ps, pw->pw_name));
	snprintf(number, sizeof(number), "%u", (unsigned int)ps->uid);
	a = account_get(ps, number);
	if (a->missing) {
		a->missing = 0;
		a->uid = ps->uid;
		a->gid = ps->gid;
		a->home = xstrdup("/");
		a->shell = xstrdup("/bin/sh");
	}
	return (a);
}

void
conf_user_free(struct parse *ps)
{
	struct account	*a;

	while ((a = TAILQ_FIRST(&ps->accounts)) != NULL) {
		TAILQ_REMOVE(&ps->accounts, a, entry);
		free(a->groups);
		free(a->shell);
		free(a->home);
		free(a->name);
		free(a);
	}
}

char *
conf_user_home(void)
{
	struct passwd	*pw = getpwuid(geteuid());
	const char	*home = pw != NULL ? pw->pw_dir : getenv("HOME");

	return (xstrdup(home != NULL && home[0] == '/' ? home : "/"));
}

/* ---- the daemon's own --------------------------------------------------- */

static struct pos
user_pos(struct parse *ps, enum kind k)
{
	struct pos	 pos = { ps->conf->file != NULL ? ps->conf->file :
			    "omnitrond", 0 };

	return (ps->kind_pos[k].file != NULL ? ps->kind_pos[k] : pos);
}

/* One process must not be able to signal or trace another. */
static void
user_check(struct parse *ps, enum kind k)
{
	struct conf	*conf = ps->conf;
	int		 other;

	if (conf->users[k].uid == 0) {
		conf_error(ps, user_pos(ps, k), "users: %s cannot run as root",
		    kind_name(k));
		return;
	}
	for (other = K_PARENT + 1; other < (int)k; other++)
		if (conf->users[other].uid == conf->users[k].uid)
			conf_error(ps, user_pos(ps, k), "users: %s and %s are "
			    "both \"%s\": each needs a user of its own",
			    kind_name(other), kind_name(k),
			    conf->users[k].name);
}

static void
user_missing(struct parse *ps, const char *names, struct pos pos)
{
	conf_error(ps, pos, "users: there %s %s: create %s with make deps, or "
	    "each with useradd --system --user-group --no-create-home "
	    "--shell /usr/sbin/nologin NAME, or name others in a users block",
	    strchr(names, ',') != NULL ? "are no users" : "is no user", names,
	    strchr(names, ',') != NULL ? "them" : "it");
}

/* The users of these processes, a mask of KB(), must be there. */
static void
user_need(struct parse *ps, uint32_t kinds)
{
	struct conf	*conf = ps->conf;
	struct pos	 pos = { NULL, 0 };
	char		 missing[256] = "";
	int		 k;

	for (k = K_PARENT + 1; k < K_MAX; k++) {
		if ((kinds & (1u << k)) == 0 ||
		    conf->users[k].uid != (uid_t)-1)
			continue;
		strlcat(missing, missing[0] != '\0' ? ", " : "",
		    sizeof(missing));
		strlcat(missing, conf->users[k].name, sizeof(missing));
		pos = user_pos(ps, k);
	}
	if (missing[0] != '\0')
		user_missing(ps, missing, pos);
}

void
conf_user_daemon(struct parse *ps)
{
	struct conf	*conf = ps->conf;
	struct account	*a;
	const char	*name;
	uint32_t	 always = 0;
	int		 k;

	if (ps->uid != 0)
		return;
	conf->users[K_PARENT].name = xstrdup("root");
	for (k = K_PARENT + 1; k < K_MAX; k++) {
		name = ps->kind_user[k] != NULL ? ps->kind_user[k] :
		    kind_user(k);
		conf->users[k].name = xstrdup(name);
		if (kind_when(k) == WHEN_ALWAYS)
			always |= 1u << k;
		a = account_get(ps, name);
		if (a->missing) {
			conf->users[k].uid = (uid_t)-1;
			continue;
		}
		conf->users[k].uid = a->uid;
		conf->users[k].gid = a->gid;
		user_check(ps, k);
	}
	user_need(ps, always);
}

/* One that runs on demand needs its user when there is a demand. */
void
conf_user_demand(struct parse *ps)
{
	struct draft	*d, *pd;
	uint32_t	 need = access_kinds(ps->conf);
	int		 k;

	if (ps->uid != 0)
		return;
	TAILQ_FOREACH(d, &ps->drafts, entry) {
		if (d->nprocesses == 0)
			need |= ready_kinds(d->process);
		TAILQ_FOREACH(pd, &d->processes, entry)
			need |= ready_kinds(pd->process);
	}
	for (k = K_PARENT; k < K_MAX; k++)
		if (kind_when(k) == WHEN_ALWAYS)
			need &= ~(1u << k);
	user_need(ps, need);
}

/* ---- of apps ------------------------------------------------------------ */

/* Is the user one that a process of the daemon runs as? */
static int
user_of_daemon(const struct conf *conf, uid_t uid)
{
	int	 k;

	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (conf->users[k].uid == uid)
			return (k);
	return (-1);
}

static int
user_allowed(struct parse *ps, struct draft *d, const struct account *a)
{
	struct pos	 pos = draft_pos(d, FIELD_USER);
	int		 k;

	if (ps->uid != 0 && a->uid != ps->uid) {
		conf_error(ps, pos, "%s: user \"%s\" is not the user the "
		    "daemon runs as (%s): only root can start apps as "
		    "others", d->title, a->name, account_own(ps)->name);
		return (0);
	}
	if (a->uid == 0 && ps->conf->deny_root) {
		conf_error(ps, pos, "%s: user \"%s\" is root, which deny "
		    "root forbids", d->title, a->name);
		return (0);
	}
	if (ps->uid == 0 && a->uid != 0 &&
	    (k = user_of_daemon(ps->conf, a->uid)) != -1) {
		conf_error(ps, pos, "%s: user \"%s\" is that of the "
		    "daemon's %s process: give the app one of its own",
		    d->title, a->name, kind_name(k));
		return (0);
	}
	return (1);
}

/* A group by name, or -1 and an error. */
static int
user_group(struct parse *ps, struct draft *d, enum field_id id,
    const char *name, gid_t *gid)
{
	struct group	*gr;

	if ((gr = getgrnam(name)) == NULL) {
		conf_error(ps, draft_pos(d, id), "%s: %sthere is no group "
		    "\"%s\"", d->title, id == FIELD_LOGGROUP ? "log: " : "",
		    name);
		return (-1);
	}
	*gid = gr->gr_gid;
	return (0);
}

static void
user_process_group(struct parse *ps, struct draft *d)
{
	struct process_conf	*pc = d->process;
	struct group		*gr;

	if (pc->group == NULL) {
		if ((gr = getgrgid(pc->gid)) != NULL)
			pc->group = xstrdup(gr->gr_name);
		return;
	}
	if (user_group(ps, d, FIELD_GROUP, pc->group, &pc->gid) == -1)
		return;
	if (ps->uid != 0 && pc->gid != ps->gid)
		conf_error(ps, draft_pos(d, FIELD_GROUP), "%s: group "
		    "\"%s\" is not that of the daemon: only root can change "
		    "it", d->title, pc->group);
}

/* The account it runs as, or NULL and an error. */
static struct account *
user_process_account(struct parse *ps, struct draft *d)
{
	struct process_conf	*pc = d->process;
	struct account		*a = ps->uid != 0 ? account_own(ps) : NULL;

	if (pc->user == NULL && a == NULL) {
		if (!d->bad && (d->of == NULL || !d->of->bad))
			conf_error(ps, d->pos, "%s: user is missing: "
			    "started as root, each app must say whom it runs "
			    "as (user \"root\" says that)", d->title);
		return (NULL);
	}
	if (pc->user == NULL)
		pc->user = xstrdup(a->name);
	a = account_get(ps, pc->user);
	if (a->missing) {
		conf_error(ps, draft_pos(d, FIELD_USER), "%s: there is no "
		    "user \"%s\"", d->title, pc->user);
		return (NULL);
	}
	return (user_allowed(ps, d, a) ? a : NULL);
}

void
conf_user_process(struct parse *ps, struct draft *d)
{
	struct process_conf	*pc = d->process;
	struct account		*a;

	if ((a = user_process_account(ps, d)) == NULL)
		return;
	pc->uid = pc->policy.uid = a->uid;
	pc->gid = ps->uid == 0 ? a->gid : ps->gid;
	pc->home = xstrdup(a->home);
	pc->shell = xstrdup(a->shell);
	if (pc->directory == NULL)
		pc->directory = xstrdup(a->homeless ? "/" : a->home);
	pc->ngroups = a->ngroups;
	pc->groups = xcalloc((size_t)a->ngroups + 1, sizeof(*pc->groups));
	if (a->ngroups > 0)
		memcpy(pc->groups, a->groups,
		    (size_t)a->ngroups * sizeof(*pc->groups));
	user_process_group(ps, d);
}

int
conf_user_in(struct parse *ps, gid_t gid)
{
	struct account	*own;
	int		 i;

	if (ps->uid == 0 || gid == ps->gid)
		return (1);
	own = account_own(ps);
	for (i = 0; i < own->ngroups; i++)
		if (own->groups[i] == gid)
			return (1);
	return (0);
}

/* Without root a file can be given only to a group we are in. */
void
conf_user_log(struct parse *ps, struct draft *d)
{
	gid_t	 gid;

	if (d->app->log_group == NULL || user_group(ps, d, FIELD_LOGGROUP,
	    d->app->log_group, &gid) == -1)
		return;
	d->app->log.gid = gid;
	if (!conf_user_in(ps, gid))
		conf_error(ps, draft_pos(d, FIELD_LOGGROUP), "%s: log: the "
		    "daemon is not in group \"%s\"", d->title,
		    d->app->log_group);
}

/* ---- of rules and sockets ------------------------------------------------ */

int
conf_user_uid(struct parse *ps, const char *name, uid_t *uid)
{
	struct account	*a = account_get(ps, name);

	if (a->missing)
		return (-1);
	*uid = a->uid;
	return (0);
}

int
conf_user_gid(const char *name, gid_t *gid)
{
	struct group	*gr = getgrnam(name);

	if (gr == NULL)
		return (-1);
	*gid = gr->gr_gid;
	return (0);
}
