/*
 * A text that is too long for one message, as numbered parts under the
 * receiver's credit: arguments and results of apps' methods.
 */
#ifndef OMNITROND_PARTS_H
#define OMNITROND_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "omnitrond/proto.h"

struct peer;

struct parts {
	struct m_object	 head;		/* id, outcome, error; total */
	struct buf	 text;
	uint32_t	 flying;	/* without a receipt */
	int		 done;		/* the last one was sent */
};

/* ---- the sender --------------------------------------------------------- */

/* Take the text over and send what the credit allows. */
void	 parts_begin(struct parts *, struct peer *, uint64_t id,
	    enum outcome, int error, struct buf *text);
/* A receipt came, so that more goes; -1: none was due. */
int	 parts_got(struct parts *, struct peer *);
/* All of it was sent, and has its receipt. */
int	 parts_over(const struct parts *);

/* ---- the receiver ------------------------------------------------------- */

/*
 * Take a part in and give its receipt.  1: it was the last; 0: there are
 * more; -1: it does not follow those before it; -2: no memory.
 */
int	 parts_take(struct parts *, struct peer *, const struct m_object *,
	    const void *, size_t);
/* Only the receipt. */
void	 parts_receipt(struct peer *, uint64_t id);

void	 parts_free(struct parts *);

#endif /* OMNITROND_PARTS_H */
