/* One message of JSON-RPC 2.0: taken apart, and put together. */
#ifndef LIBOMNITRON_MSG_H
#define LIBOMNITRON_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "common/libomnitron/slice.h"

struct jsonw;

struct msg {			/* slices of its text; p NULL: absent */
	struct slice	 id;
	struct slice	 method;
	struct slice	 params;
	struct slice	 result;
	struct slice	 error;
};

/* NULL, or the reason why the line is none; it is not changed. */
const char	*msg_parse(char *line, size_t len, struct msg *);

/*
 * A line: a request, or with id 0 a notification.  0, or -1 with EINVAL (the
 * parameters are no JSON object), EMSGSIZE or ENOMEM.
 */
int		 msg_request(struct jsonw *, int64_t id, const char *method,
		    const char *params);
/*
 * Will the daemon read it?  0, or -1 with EMSGSIZE: more than
 * OMNITRON_REQUEST_MAX bytes, 32 levels or 65536 values.
 */
int		 msg_fits(const struct jsonw *);
/*
 * JSON that someone gave us, checked, on one line: 0, or -1 with EINVAL or
 * ENOMEM.  `open` is the bracket that it must begin with, or 0.
 */
int		 msg_raw(struct jsonw *, const char *json, char open);

#endif /* LIBOMNITRON_MSG_H */
