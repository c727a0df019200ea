/*
 * Numbered objects in parts, each of which gets a receipt: of the parent, the
 * answer to getEnv, getConfig and reloadConfig; of secrets, to what is asked
 * of it.  In a plane.
 */
#include <string.h>

#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/request.h"

/* Is it that one who answers? */
static int
object_wanted(const struct request *r, enum kind from)
{
	if (from == K_SECRETS)
		return (r->msg.op == OP_SECRET || r->msg.op == OP_ISSUE);
	return (r->msg.op == OP_ENV || r->msg.op == OP_CONFIG ||
	    r->msg.op == OP_RELOAD);
}

/* A reply is one line, whatever the object looks like. */
static void
object_flatten(struct buf *b)
{
	size_t	 i;

	for (i = 0; i < b->len; i++)
		if (b->p[i] == '\n' || b->p[i] == '\r')
			b->p[i] = ' ';
}

static void
object_finish(struct request *r, enum outcome outcome)
{
	struct outcome_of	 res;
	char			 text[TEXT_MAX + 1];
	size_t			 n = r->object.len;

	memset(&res, 0, sizeof(res));
	res.outcome = outcome;
	res.text = text;
	if (outcome == OUT_OK) {
		object_flatten(&r->object);
		res.object = r->object.p;
		res.len = r->object.len;
		text[0] = '\0';
	} else {
		if (n > TEXT_MAX)
			n = TEXT_MAX;
		if (n > 0)
			memcpy(text, r->object.p, n);
		while (n > 0 && text[n - 1] == '\n')
			n--;
		text[n] = '\0';
	}
	request_finish(r, &res);
}

int
object_part(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_object		 part;
	struct m_object_got	 got;
	struct request		*r;
	const uint8_t		*data;
	size_t			 len;

	msg_take(m, &part, sizeof(part));
	data = msg_take_rest(m, &len);
	if (msg_end(m) == -1 || part.outcome >= OUT_MAX ||
	    part.total > OBJECT_MAX || !request_known(net, part.id))
		return (-1);
	memset(&got, 0, sizeof(got));
	got.id = part.id;
	peer_send(peer, M_OBJECT_GOT, -1, &got, NULL);
	if ((r = request_find(net, part.id)) == NULL)
		return (0);		/* failed when the supervisor went */
	if (!object_wanted(r, peer_kind(peer)) || part.offset != r->object.len ||
	    part.offset > part.total || len > part.total - part.offset)
		return (-1);
	if (buf_add(&r->object, data, len) == -1)
		request_fail(r, OUT_FAILED, "out of memory");
	else if (r->object.len == part.total)
		object_finish(r, part.outcome);
	return (0);
}
