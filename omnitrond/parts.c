/*
 * Numbered parts between the planes and apps.  Touches only the channel.
 */
#include <string.h>

#include "omnitrond/parts.h"
#include "omnitrond/proc.h"

static void
parts_send(struct parts *p, struct peer *peer)
{
	size_t	 n;

	while (!p->done && p->flying < OBJECT_CREDIT) {
		n = p->text.len - p->head.offset;
		if (n > OBJECT_PART)
			n = OBJECT_PART;
		peer_send_raw(peer, M_EXEC_PART, -1, &p->head,
		    n > 0 ? p->text.p + p->head.offset : "", n);
		p->head.offset += (uint32_t)n;
		p->flying++;
		p->done = p->head.offset == p->text.len;
	}
}

void
parts_begin(struct parts *p, struct peer *peer, uint64_t id,
    enum outcome outcome, int error, struct buf *text)
{
	memset(p, 0, sizeof(*p));
	p->text = *text;
	memset(text, 0, sizeof(*text));
	p->head.id = id;
	p->head.outcome = outcome;
	p->head.error = (uint32_t)error;
	p->head.total = (uint32_t)p->text.len;
	parts_send(p, peer);
}

int
parts_got(struct parts *p, struct peer *peer)
{
	if (p->flying == 0)
		return (-1);
	p->flying--;
	parts_send(p, peer);
	return (0);
}

int
parts_over(const struct parts *p)
{
	return (p->done && p->flying == 0);
}

void
parts_receipt(struct peer *peer, uint64_t id)
{
	struct m_object_got	 got;

	memset(&got, 0, sizeof(got));
	got.id = id;
	peer_send(peer, M_EXEC_GOT, -1, &got, NULL);
}

int
parts_take(struct parts *p, struct peer *peer, const struct m_object *part,
    const void *data, size_t len)
{
	if (p->done || part->total > OBJECT_MAX ||
	    part->offset != p->text.len || part->offset > part->total ||
	    len > part->total - part->offset ||
	    (len == 0 && part->total != part->offset))
		return (-1);
	if (part->offset == 0)
		p->head = *part;
	else if (part->total != p->head.total)
		return (-1);
	parts_receipt(peer, part->id);
	if (buf_add(&p->text, data, len) == -1)
		return (-2);
	p->done = p->text.len == part->total;
	return (p->done);
}

void
parts_free(struct parts *p)
{
	buf_free(&p->text);
	memset(p, 0, sizeof(*p));
}
