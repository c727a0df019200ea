/*
 * Requests of planes (secrets).  One is whole when the supervisor has opened
 * it, its value has come, if it needs one, and there is a configuration: they
 * come over different channels, so in any order.  What stays without the rest
 * for WAIT_MS is given up, and its value wiped.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/mono.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/secrets/secrets.h"

#define WAIT_MS		10000
/* Of a plane; it has that many requests open at most. */
#define WAITING_MAX	1024u

static void
request_drop(struct secrets *s, struct waiting *r)
{
	TAILQ_REMOVE(&s->waiting, r, entry);
	s->plane[r->plane].nwaiting--;
	if (r->value != NULL)
		safe_free(r->value, r->len + 1);
	freezero(r, sizeof(*r));
}

static void
request_timer(struct secrets *s)
{
	struct waiting	*r = TAILQ_FIRST(&s->waiting);
	struct timeval	 tv = { 0, 0 };
	int64_t		 ms;

	if (r == NULL) {
		event_del(s->late);
		return;
	}
	if ((ms = mono_diff_ms(r->deadline, mono_now())) > 0) {
		tv.tv_sec = ms / 1000;
		tv.tv_usec = ms % 1000 * 1000;
	}
	if (event_add(s->late, &tv) == -1)
		fatalx("out of memory");
}

static void
request_fail(struct secrets *s, struct waiting *r, enum outcome outcome,
    const char *text)
{
	if (r->opened)
		answer_text(s, r->plane, r->id, outcome, text);
	request_drop(s, r);
}

static void
request_late(int fd, short events, void *arg)
{
	struct secrets	*s = arg;
	struct waiting	*r;

	while ((r = TAILQ_FIRST(&s->waiting)) != NULL &&
	    !mono_before(mono_now(), r->deadline))
		request_fail(s, r, OUT_TIMEOUT, s->committed ?
		    "the value of the secret did not come in time" :
		    "the secrets have no configuration yet");
	request_timer(s);
}

void
request_init(struct secrets *s)
{
	TAILQ_INIT(&s->waiting);
	s->late = event_new(s->proc->base, -1, 0, request_late, s);
	if (s->late == NULL)
		fatalx("out of memory");
}

void
request_free(struct secrets *s)
{
	while (!TAILQ_EMPTY(&s->waiting))
		request_drop(s, TAILQ_FIRST(&s->waiting));
	event_free(s->late);
}

/* The plane is gone, or the supervisor with the word on what waits for it. */
void
request_gone(struct secrets *s, enum kind k)
{
	struct waiting	*r, *next;

	TAILQ_FOREACH_SAFE(r, &s->waiting, entry, next)
		if (r->plane == k || (k == K_SUPERVISOR && !r->opened))
			request_drop(s, r);
	request_timer(s);
}

static struct waiting *
request_find(struct secrets *s, enum kind plane, uint64_t id)
{
	struct waiting	*r;

	TAILQ_FOREACH(r, &s->waiting, entry)
		if (r->plane == plane && r->id == id)
			return (r);
	return (NULL);
}

/* That which has waited longest makes room. */
static struct waiting *
request_new(struct secrets *s, enum kind plane, uint64_t id)
{
	struct waiting	*r;

	if (s->plane[plane].nwaiting >= WAITING_MAX) {
		TAILQ_FOREACH(r, &s->waiting, entry)
			if (r->plane == plane)
				break;
		request_fail(s, r, OUT_LIMITED, "too many requests wait");
	}
	r = xcalloc(1, sizeof(*r));
	r->plane = plane;
	r->id = id;
	r->deadline = mono_add_ms(mono_now(), WAIT_MS);
	TAILQ_INSERT_TAIL(&s->waiting, r, entry);
	s->plane[plane].nwaiting++;
	return (r);
}

/* Do it, if nothing is missing any more. */
static void
request_go(struct secrets *s, struct waiting *r)
{
	if (!s->committed || !r->opened ||
	    (r->open.op == SECRET_SET && r->value == NULL))
		return;
	act(s, r);
	request_drop(s, r);
}

void
request_committed(struct secrets *s)
{
	struct waiting	*r, *next;

	s->committed = 1;
	act_tell_all(s);
	TAILQ_FOREACH_SAFE(r, &s->waiting, entry, next)
		request_go(s, r);
	request_timer(s);
}

static int
request_sane(const struct m_secret_open *m, const char *key)
{
	if (m->id == 0 || m->plane >= K_MAX ||
	    (KB_PLANES & (1u << m->plane)) == 0)
		return (0);
	switch (m->op) {
	case SECRET_GET:
	case SECRET_SET:
	case SECRET_DELETE:
		return (name_valid(key));
	case SECRET_LIST:
	case SECRET_REKEY:
	case SECRET_RESET:
		return (key[0] == '\0');
	case SECRET_ISSUE:
		return (m->role > ROLE_NONE && m->role < ROLE_MAX);
	default:
		return (0);
	}
}

int
request_open(struct peer *peer, struct msg *m)
{
	struct secrets		*s = secrets_of(peer);
	struct m_secret_open	 open;
	struct waiting		*r;
	char			 key[SUBJECT_SIZE];

	msg_take(m, &open, sizeof(open));
	msg_take_str(m, key, sizeof(key));
	if (msg_end(m) == -1 || !request_sane(&open, key))
		return (-1);
	if (s->proc->peer[open.plane] == NULL)
		return (0);		/* there is nobody to be answered */
	r = request_find(s, open.plane, open.id);
	if (r != NULL && r->opened)
		return (-1);
	if (r == NULL)
		r = request_new(s, open.plane, open.id);
	r->opened = 1;
	r->open = open;
	strlcpy(r->key, key, sizeof(r->key));
	request_go(s, r);
	request_timer(s);
	return (0);
}

int
request_put(struct peer *peer, struct msg *m)
{
	struct secrets	*s = secrets_of(peer);
	struct m_sync	 put;
	struct waiting	*r;
	const uint8_t	*value;
	size_t		 len;

	msg_take(m, &put, sizeof(put));
	value = msg_take_rest(m, &len);
	if (msg_end(m) == -1 || put.seq == 0)
		return (-1);
	r = request_find(s, peer_kind(peer), put.seq);
	if (r != NULL && r->value != NULL)
		return (-1);
	if (r == NULL)
		r = request_new(s, peer_kind(peer), put.seq);
	r->value = safe_new(len + 1);
	r->len = len;
	memcpy(r->value, value, len);
	request_go(s, r);
	request_timer(s);
	return (0);
}
