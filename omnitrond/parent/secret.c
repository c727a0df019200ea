/*
 * Values of secrets at a spawn.
 *
 * Runs in the parent; asks the secrets process over its channel and waits no
 * longer than ANSWER_SECONDS, also when that process is just being replaced:
 * then the next one is asked.  What it answers goes into the environment or
 * the files of an app and is not looked at here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/secret.h"
#include "omnitrond/parent/words.h"

/* A disk that is busy takes some; an app is not held up longer than that. */
#define ANSWER_SECONDS	10

RB_PROTOTYPE(secret_asks, secret, entry, secret_cmp)

static int
secret_cmp(const struct secret *a, const struct secret *b)
{
	return (a->id < b->id ? -1 : a->id > b->id);
}

RB_GENERATE(secret_asks, secret, entry, secret_cmp)

/* Nothing is asked for any more. */
static void
set_close(struct secret_set *set)
{
	size_t	 i;

	for (i = 0; i < set->n; i++)
		if (set->v[i].value == NULL)
			RB_REMOVE(secret_asks, &set->parent->secret_asks,
			    &set->v[i]);
	set->left = 0;
	if (set->timer != NULL)
		event_free(set->timer);
	set->timer = NULL;
}

void
secret_set_free(struct secret_set *set)
{
	size_t	 i;

	if (set == NULL)
		return;
	if (set->left > 0)
		set_close(set);
	for (i = 0; i < set->n; i++) {
		freezero(set->v[i].value, set->v[i].len + 1);
		free((char *)(uintptr_t)set->v[i].key);
	}
	freezero(set, sizeof(*set));
}

/* It is over: nothing of the set is touched after `done'. */
static void
set_fail(struct secret_set *set, const char *why)
{
	set_close(set);
	set->done(set->arg, why);
}

static void
set_late(int fd, short events, void *arg)
{
	struct secret_set	*set = arg;
	char			 why[TEXT_MAX];
	size_t			 i;

	for (i = 0; i < set->n && set->v[i].value != NULL; i++)
		;
	snprintf(why, sizeof(why), "secret '%s': no answer within %d seconds; "
	    "see the log of omnitrond", i < set->n ? set->v[i].key : "",
	    ANSWER_SECONDS);
	set_fail(set, why);
}

/* ---- questions ---------------------------------------------------------- */

/* One that has no configuration yet is asked when it has. */
static void
secret_ask(struct parent *p, const struct secret *s)
{
	struct m_secret_ask	 m;

	if (child_peer(p, K_SECRETS) == NULL ||
	    p->child[K_SECRETS].committed == 0)
		return;
	memset(&m, 0, sizeof(m));
	m.id = s->id;
	peer_send(child_peer(p, K_SECRETS), M_SECRET_ASK, -1, &m, s->key, NULL);
}

void
secret_feed(struct parent *p)
{
	struct secret	*s;

	RB_FOREACH(s, secret_asks, &p->secret_asks)
		secret_ask(p, s);
}

static void
set_add(struct secret_set *set, const char *key)
{
	struct secret	*s = &set->v[set->n++];

	s->set = set;
	s->key = xstrdup(key);
	s->id = ++set->parent->secret_id;
}

struct secret_set *
secret_set_new(struct parent *p, const struct process_conf *pc,
    secret_done done, void *arg)
{
	static const struct timeval	 tv = { ANSWER_SECONDS, 0 };
	const char			*keys[SECRET_USES_MAX];
	uint32_t			 n = conf_secret_keys(pc, keys), i;
	struct secret_set		*set;

	if (n == 0)
		return (NULL);
	set = xcalloc(1, sizeof(*set));
	set->parent = p;
	set->done = done;
	set->arg = arg;
	for (i = 0; i < n; i++)
		set_add(set, keys[i]);
	set->left = set->n;
	set->timer = event_new(p->base, -1, 0, set_late, set);
	if (set->timer == NULL || event_add(set->timer, &tv) == -1)
		fatalx("out of memory");
	for (i = 0; i < n; i++) {
		RB_INSERT(secret_asks, &p->secret_asks, &set->v[i]);
		secret_ask(p, &set->v[i]);
	}
	return (set);
}

/* ---- answers ------------------------------------------------------------ */

static void
secret_taken(struct secret *s, const uint8_t *data, size_t len)
{
	struct secret_set	*set = s->set;

	RB_REMOVE(secret_asks, &set->parent->secret_asks, s);
	s->value = xmalloc(len + 1);
	memcpy(s->value, data, len);
	s->value[len] = '\0';
	s->len = len;
	if (--set->left > 0)
		return;
	set_close(set);
	set->done(set->arg, NULL);
}

static void
secret_refused(struct secret *s, enum outcome outcome, const uint8_t *data,
    size_t len)
{
	char	 why[TEXT_MAX];

	if (outcome == OUT_NOT_FOUND)
		snprintf(why, sizeof(why), "secret '%s' is not set: "
		    "omnitronctl secret set %s", s->key, s->key);
	else
		snprintf(why, sizeof(why), "secret '%s': %.*s", s->key,
		    (int)len, (const char *)data);
	words_clean(why);
	set_fail(s->set, why);
}

/* To one whose spawn was given up meanwhile it comes too late. */
int
secret_told(struct peer *peer, struct msg *m)
{
	struct parent		*p = peer_arg(peer);
	struct m_secret_told	 told;
	const uint8_t		*data;
	struct secret		 like, *s;
	size_t			 len;

	msg_take(m, &told, sizeof(told));
	data = msg_take_rest(m, &len);
	if (msg_end(m) == -1 || told.id == 0 || told.id > p->secret_id ||
	    told.outcome >= OUT_MAX)
		return (-1);
	like.id = told.id;
	if ((s = RB_FIND(secret_asks, &p->secret_asks, &like)) == NULL)
		return (0);
	if (told.outcome == OUT_OK)
		secret_taken(s, data, len);
	else
		secret_refused(s, told.outcome, data, len);
	return (0);
}
