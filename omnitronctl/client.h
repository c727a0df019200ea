/*
 * libomnitron with its answers read into trees (common/json.h), which is
 * what the commands look into.  What is not here is called as it is.
 */
#ifndef OMNITRONCTL_CLIENT_H
#define OMNITRONCTL_CLIENT_H

#include <stdint.h>

#include "common/libomnitron/omnitron.h"

struct json;

#define CLIENT_WHY_MAX	64

/*
 * An answer.  Everything lives until client_reply_clear.  With OMNITRON_OK
 * `result` is set (a JSON null is a node of type JSON_NULL); with
 * OMNITRON_ERROR `result` is NULL, `code` and `message` (never NULL) are
 * set, and `data` is the error's data or NULL.  With every other status
 * there is nothing to clear.
 */
struct client_reply {
	int64_t			 id;	/* of the request */
	const struct json	*result;
	int			 code;	/* -32004 ... */
	const char		*message;
	const struct json	*data;
	char			 why[CLIENT_WHY_MAX];	/* it is unreadable */
	struct json		*tree;	/* the result or data */
	struct omnitron_reply	 text;
};

/* As omnitron_call and omnitron_wait. */
enum omnitron_status client_call(struct omnitron *, const char *method,
		    const char *params, int timeout, struct client_reply *);
enum omnitron_status client_wait(struct omnitron *, int64_t id, int timeout,
		    struct client_reply *);
void		 client_reply_clear(struct client_reply *);
/*
 * The params of the next notification of that method, the caller's to
 * json_free; others are passed over.
 */
enum omnitron_status client_next(struct omnitron *, const char *method,
		    int timeout, struct json **params);

#endif /* OMNITRONCTL_CLIENT_H */
