/*
 * Answers to planes (secrets): numbered parts of one object, of which a plane
 * has one open at a time, with at most OBJECT_CREDIT parts without a receipt.
 * The others wait in order.  All of it is wiped when it is sent.
 */
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/secrets/secrets.h"

/*
 * Answers that wait for a plane, which has fewer requests open: one that has
 * as many does not take them, and is told no more.
 */
#define ANSWERS_MAX	1024u

static void
answer_drop(struct plane *pl, struct answer *a)
{
	TAILQ_REMOVE(&pl->answers, a, entry);
	pl->nanswers--;
	freezero(a->data, a->size);
	free(a);
}

void
answer_init(struct secrets *s)
{
	int	 k;

	for (k = 0; k < K_MAX; k++)
		TAILQ_INIT(&s->plane[k].answers);
}

void
answer_gone(struct secrets *s, enum kind k)
{
	struct plane	*pl = &s->plane[k];
	struct answer	*a, *next;

	TAILQ_FOREACH_SAFE(a, &pl->answers, entry, next)
		answer_drop(pl, a);
	pl->flying = 0;
}

void
answer_free(struct secrets *s)
{
	int	 k;

	for (k = 0; k < K_MAX; k++)
		answer_gone(s, k);
}

static void
answer_part(struct peer *peer, struct plane *pl, struct answer *a)
{
	struct m_object	 part;
	uint32_t	 n = a->len - a->off;

	if (n > OBJECT_PART)
		n = OBJECT_PART;
	memset(&part, 0, sizeof(part));
	part.id = a->id;
	part.outcome = a->outcome;
	part.total = a->len;
	part.offset = a->off;
	peer_send_raw(peer, M_OBJECT, -1, &part, a->data + a->off, n);
	pl->flying++;
	a->off += n;
	if (a->off == a->len)
		answer_drop(pl, a);
}

static void
answer_continue(struct secrets *s, enum kind k)
{
	struct plane	*pl = &s->plane[k];

	while (pl->flying < OBJECT_CREDIT && !TAILQ_EMPTY(&pl->answers))
		answer_part(s->proc->peer[k], pl,
		    TAILQ_FIRST(&pl->answers));
}

/* Takes the memory over. */
static void
answer_add(struct secrets *s, enum kind k, uint64_t id, enum outcome outcome,
    char *data, size_t len, size_t size)
{
	struct plane	*pl = &s->plane[k];
	struct answer	*a;

	if (s->proc->peer[k] == NULL || pl->nanswers >= ANSWERS_MAX) {
		freezero(data, size);
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->id = id;
	a->outcome = outcome;
	a->data = data;
	a->len = (uint32_t)len;
	a->size = size;
	TAILQ_INSERT_TAIL(&pl->answers, a, entry);
	pl->nanswers++;
	answer_continue(s, k);
}

void
answer_text(struct secrets *s, enum kind k, uint64_t id, enum outcome outcome,
    const char *text)
{
	char	*copy = xstrdup(text);

	answer_add(s, k, id, outcome, copy, strlen(copy), strlen(copy) + 1);
}

void
answer_json(struct secrets *s, enum kind k, uint64_t id, struct jsonw *w)
{
	if (jsonw_done(w) == -1)
		fatalx("an answer cannot be made");
	answer_add(s, k, id, OUT_OK, w->buf, w->len, w->size);
	w->buf = NULL;
	jsonw_free(w);
}

/* A receipt for one part. */
int
answer_got(struct peer *peer, struct msg *m)
{
	struct secrets		*s = secrets_of(peer);
	struct m_object_got	 got;
	enum kind		 k = peer_kind(peer);

	msg_take(m, &got, sizeof(got));
	if (msg_end(m) == -1 || s->plane[k].flying == 0)
		return (-1);
	s->plane[k].flying--;
	answer_continue(s, k);
	return (0);
}
