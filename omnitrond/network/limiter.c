/*
 * Failures to authenticate, by address (limiter.h).  In the network process;
 * pure.
 */
#include <sys/tree.h>
#include <sys/queue.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "common/rate.h"
#include "common/xmalloc.h"
#include "omnitrond/network/limiter.h"

#define KEY_SIZE	16
#define PREFIX_SIZE	8		/* bytes of an IPv6 address that count */

/* An IPv4 address as IPv6 maps it, or the network of an IPv6 one. */
static const uint8_t	 mapped[12] = { [10] = 0xff, [11] = 0xff };

struct limited {
	RB_ENTRY(limited)	 entry;
	TAILQ_ENTRY(limited)	 lru;		/* failed last at the head */
	TAILQ_ENTRY(limited)	 untold;
	uint8_t			 key[KEY_SIZE];
	struct rate		 rate;
	uint32_t		 count;		/* not told; 0: not in untold */
	int			 http;
	const char		*why;
};

RB_HEAD(limiteds, limited);
TAILQ_HEAD(limiteds_list, limited);

struct limiter {
	struct limiteds		 tree;
	struct limiteds_list	 lru;
	struct limiteds_list	 untold;
	size_t			 n;
	size_t			 max;
	struct limiter_count	 lost;		/* of forgotten ones, untold */
};

static int
limited_cmp(const struct limited *a, const struct limited *b)
{
	return (memcmp(a->key, b->key, KEY_SIZE));
}

RB_PROTOTYPE(limiteds, limited, entry, limited_cmp)
RB_GENERATE(limiteds, limited, entry, limited_cmp)

static void
limiter_key(const struct sockaddr *sa, uint8_t key[KEY_SIZE])
{
	const struct sockaddr_in	*in = (const void *)sa;
	const struct sockaddr_in6	*in6 = (const void *)sa;

	memset(key, 0, KEY_SIZE);
	if (sa->sa_family == AF_INET) {
		memcpy(key, mapped, sizeof(mapped));
		memcpy(key + sizeof(mapped), &in->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6)
		memcpy(key, &in6->sin6_addr,
		    memcmp(&in6->sin6_addr, mapped, sizeof(mapped)) == 0 ?
		    KEY_SIZE : PREFIX_SIZE);
}

static void
limiter_text(const uint8_t key[KEY_SIZE], char *out, size_t size)
{
	if (memcmp(key, mapped, sizeof(mapped)) == 0) {
		inet_ntop(AF_INET, key + sizeof(mapped), out,
		    (socklen_t)size);
		return;
	}
	inet_ntop(AF_INET6, key, out, (socklen_t)size);
	strlcat(out, "/64", size);
}

static struct limited *
limiter_find(struct limiter *l, const struct sockaddr *sa)
{
	struct limited	 key;

	limiter_key(sa, key.key);
	return (RB_FIND(limiteds, &l->tree, &key));
}

struct limiter *
limiter_new(size_t max)
{
	struct limiter	*l = xcalloc(1, sizeof(*l));

	RB_INIT(&l->tree);
	TAILQ_INIT(&l->lru);
	TAILQ_INIT(&l->untold);
	l->max = max;
	return (l);
}

static void
limiter_told(struct limiter *l, struct limited *e)
{
	if (e->count == 0)
		return;
	TAILQ_REMOVE(&l->untold, e, untold);
	e->count = 0;
}

/* What it failed is still told, but no longer by whom. */
static void
limiter_forget(struct limiter *l, struct limited *e)
{
	if (e->count > 0) {
		l->lost.count += e->count;
		l->lost.http = e->http;
		l->lost.why = e->why;
		limiter_told(l, e);
	}
	RB_REMOVE(limiteds, &l->tree, e);
	TAILQ_REMOVE(&l->lru, e, lru);
	l->n--;
	free(e);
}

void
limiter_free(struct limiter *l)
{
	struct limited	*e;

	if (l == NULL)
		return;
	while ((e = TAILQ_FIRST(&l->lru)) != NULL)
		limiter_forget(l, e);
	free(l);
}

static struct limited *
limiter_add(struct limiter *l, const struct sockaddr *sa)
{
	struct limited	*e;

	if (l->n == l->max)
		limiter_forget(l, TAILQ_LAST(&l->lru, limiteds_list));
	e = xcalloc(1, sizeof(*e));
	limiter_key(sa, e->key);
	RB_INSERT(limiteds, &l->tree, e);
	TAILQ_INSERT_HEAD(&l->lru, e, lru);
	l->n++;
	return (e);
}

int
limiter_failed(struct limiter *l, const struct sockaddr *sa, int http,
    const char *why, struct mono now)
{
	struct limited	*e;
	int		 first = TAILQ_EMPTY(&l->untold) && l->lost.count == 0;

	if ((e = limiter_find(l, sa)) == NULL)
		e = limiter_add(l, sa);
	TAILQ_REMOVE(&l->lru, e, lru);
	TAILQ_INSERT_HEAD(&l->lru, e, lru);
	rate_take(&e->rate, now, LIMITER_MS, LIMITER_BURST);
	if (e->count == 0)
		TAILQ_INSERT_TAIL(&l->untold, e, untold);
	if (e->count < UINT32_MAX)
		e->count++;
	e->http = http;
	e->why = why;
	return (first);
}

int64_t
limiter_blocked(struct limiter *l, const struct sockaddr *sa, struct mono now)
{
	struct limited	*e;
	struct rate	 would;

	if ((e = limiter_find(l, sa)) == NULL)
		return (0);
	would = e->rate;
	return (rate_take(&would, now, LIMITER_MS, LIMITER_BURST));
}

int
limiter_tell(struct limiter *l, struct limiter_count *out)
{
	struct limited	*e;

	if ((e = TAILQ_FIRST(&l->untold)) == NULL) {
		*out = l->lost;
		memset(&l->lost, 0, sizeof(l->lost));
		return (out->count > 0);
	}
	limiter_text(e->key, out->address, sizeof(out->address));
	out->why = e->why;
	out->count = e->count;
	out->http = e->http;
	limiter_told(l, e);
	return (1);
}

size_t
limiter_size(const struct limiter *l)
{
	return (l->n);
}
