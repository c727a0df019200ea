/*
 * Messages of JSON-RPC 2.0 (msg.h).  In libomnitron; pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/jsonw.h"
#include "common/libomnitron/msg.h"
#include "common/libomnitron/omnitron.h"

/* As of json_limits_request, by which the daemon reads; it would hang up. */
static const struct json_limits msg_limits = {
	.max = OMNITRON_REQUEST_MAX, .depth = 32, .tokens = 65536
};

/* The member of that name, if it is one of ours. */
static struct slice *
msg_field(struct msg *m, struct slice key)
{
	const struct {
		const char	*name;
		struct slice	*field;
	} fields[] = {
		{ "id", &m->id }, { "method", &m->method },
		{ "params", &m->params }, { "result", &m->result },
		{ "error", &m->error },
	};
	size_t	 i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (slice_equal(key, fields[i].name))
			return (fields[i].field);
	return (NULL);
}

const char *
msg_parse(char *line, size_t len, struct msg *m)
{
	struct slice_walk	 w;
	struct slice		 all, key, value, *field;
	const char		*why;
	int			 rv;

	memset(m, 0, sizeof(*m));
	if ((why = slice_scan(line, len, &all)) != NULL)
		return (why);
	if (*all.p != '{' || slice_begin(all, &w) == -1)
		return ("not an object");
	while ((rv = slice_next(&w, &key, &value)) == 1) {
		if ((field = msg_field(m, key)) == NULL)
			continue;
		if (field->p != NULL)
			return ("duplicate key");
		*field = value;
	}
	if (rv == -1)
		return ("syntax error");
	if (m->method.p != NULL && *m->method.p != '"')
		return ("method is no string");
	return (NULL);
}

int
msg_raw(struct jsonw *w, const char *json, char open)
{
	struct slice	 v;
	size_t		 i;
	char		*copy;
	int		 rv = -1;

	if ((copy = strdup(json)) == NULL)
		return (-1);
	errno = EINVAL;
	if (slice_check(copy, strlen(copy), &v) == NULL &&
	    (open == 0 || *v.p == open)) {
		/* Only between tokens: strings hold none. */
		for (i = 0; i < v.len; i++)
			if (v.p[i] == '\n' || v.p[i] == '\r')
				v.p[i] = ' ';
		jsonw_raw(w, v.p, v.len);
		rv = 0;
	}
	explicit_bzero(copy, strlen(copy));
	free(copy);
	return (rv);
}

int
msg_fits(const struct jsonw *w)
{
	struct json_counts	 n;

	if (json_scan(w->buf, w->len, &msg_limits, &n) == NULL)
		return (0);
	errno = EMSGSIZE;
	return (-1);
}

int
msg_request(struct jsonw *w, int64_t id, const char *method,
    const char *params)
{
	jsonw_object(w);
	jsonw_kstring(w, "jsonrpc", "2.0");
	if (id != 0)
		jsonw_kint(w, "id", id);
	jsonw_kstring(w, "method", method);
	if (params != NULL) {
		jsonw_key(w, "params");
		if (msg_raw(w, params, '{') == -1)
			return (-1);
	}
	jsonw_end(w);
	if (jsonw_done(w) == -1) {
		errno = ENOMEM;
		return (-1);
	}
	if (msg_fits(w) == -1)
		return (-1);
	jsonw_raw(w, "\n", 1);
	if (jsonw_done(w) == 0)
		return (0);
	errno = ENOMEM;
	return (-1);
}
