/*
 * `access test': what the rules say of somebody who is not there, by the same
 * function that decides when he comes.  Supervisor process.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/supervisor/access.h"
#include "omnitrond/supervisor/permit.h"
#include "omnitrond/supervisor/supervisor.h"

/* Without an app these are of all apps that are permitted. */
static int
access_of_many(enum method_id method)
{
	switch (method) {
	case METHOD_LIST:
	case METHOD_STATUS:
	case METHOD_GET_METRICS:
	case METHOD_GET_HEALTH:
	case METHOD_GET_GRAPH:
	case METHOD_GET_WATCH:
	case METHOD_GET_LOGS:
	case METHOD_STREAM_LOGS:
		return (1);
	default:
		return ((methods[method].flags & REQ_ALL) != 0);
	}
}

/* No rule decided: what did. */
static void
access_by_role(const struct caller *c, enum method_id method, int allowed,
    char *buf, size_t size)
{
	const struct method	*m = &methods[method];

	if (m->role == ROLE_NONE)
		snprintf(buf, size, "%s needs no role", m->name);
	else if (c->role < m->role)
		snprintf(buf, size, "%s needs the role %s, and this is %s",
		    m->name, role_name(m->role), role_name(c->role));
	else if (allowed)
		snprintf(buf, size, "the role %s is enough, and there is no "
		    "rule", role_name(c->role));
	else
		strlcpy(buf, "no rule matches", size);
}

/* The first rule that allows some apps. */
static const struct rule *
access_some(struct sup *sup, const struct caller *c, enum method_id method)
{
	const struct rule	*rule = NULL;
	struct grant_list	 list;
	size_t			 i;

	grant_list_init(&list, &sup->grants, c, method);
	for (i = 0; i < list.n && rule == NULL; i++)
		if (!list.rules[i]->m.deny)
			rule = list.rules[i];
	grant_list_free(&list);
	return (rule);
}

static int
access_decide(struct sup *sup, const struct caller *c, enum method_id method,
    const char *name, char *buf, size_t size)
{
	const struct app	*app = app_find_name(sup, name);
	const struct rule	*rule;
	struct grant_of		 of = { name, ID_NONE };
	int			 allowed;

	if (app != NULL)
		of.owner = permit_owner(app);
	allowed = grants_allow(&sup->grants, c, method, &of, &rule);
	if (!allowed && name[0] == '\0' && c->role >= methods[method].role &&
	    access_of_many(method) &&
	    (rule = access_some(sup, c, method)) != NULL) {
		snprintf(buf, size, "%.900s (of the apps that it allows)",
		    rule->text);
		return (1);
	}
	if (rule != NULL)
		strlcpy(buf, rule->text, size);
	else
		access_by_role(c, method, allowed, buf, size);
	return (allowed);
}

int
access_test(struct sup *sup, const struct ask *ask, const struct caller *who,
    const char *app)
{
	struct m_reply	 reply;
	char		 text[TEXT_MAX];

	memset(&reply, 0, sizeof(reply));
	reply.id = ask->m.id;
	reply.outcome = OUT_OK;
	reply.count = (uint32_t)access_decide(sup, who,
	    (enum method_id)ask->m.number, app, text, sizeof(text));
	out_send(sup, ask->plane, M_REPLY, &reply, text, NULL);
	return (0);
}
