/*
 * An HTTP/1.x response, fed as it comes: strict, and bounded in all that the
 * other end chooses.  Pure.
 */
#ifndef EGRESS_RESPONSE_H
#define EGRESS_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#define RESPONSE_LINE_MAX	8192u	/* as servers limit it themselves */
#define RESPONSE_HEAD_MAX	32768u	/* all lines before the body */
#define RESPONSE_BODY_MAX	65536u	/* searched; a health page is short */
#define RESPONSE_INTERIM_MAX	8	/* 1xx before the answer itself */

enum response_state {
	RESPONSE_STATUS, RESPONSE_HEADER,
	RESPONSE_LENGTH, RESPONSE_CLOSE,	/* the body, to its end */
	RESPONSE_CHUNK, RESPONSE_DATA, RESPONSE_DATA_END, RESPONSE_TRAILER,
	RESPONSE_DONE, RESPONSE_BAD
};

struct response {
	enum response_state	 state;
	const char		*why;		/* BAD: what is wrong */
	int			 head_only;	/* nobody wants the body */
	int			 status;
	int			 interim;
	char			 line[RESPONSE_LINE_MAX];
	size_t			 len;		/* of the line so far */
	size_t			 head;		/* bytes before the body */
	int			 has_length;
	int			 chunked;
	uint64_t		 left;		/* of the body, of the chunk */
	char			*body;		/* RESPONSE_BODY_MAX bytes */
	size_t			 nbody;
	int			 cut;		/* the body had more than that */
};

/* head_only: it is DONE when its headers are. */
void	 response_init(struct response *, int head_only);
void	 response_free(struct response *);
/* What came; what follows DONE or BAD is left alone. */
void	 response_feed(struct response *, const char *, size_t);
/* The other end closed: DONE or BAD follows. */
void	 response_end(struct response *);
/* Does the body, as far as it was kept, contain the text? */
int	 response_contains(const struct response *, const char *);

#endif /* EGRESS_RESPONSE_H */
