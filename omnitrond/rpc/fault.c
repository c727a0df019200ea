/*
 * The error object of JSON-RPC: why a call fails.  In a plane;
 * touches only memory.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "omnitrond/rpc/fault.h"
#include "omnitrond/rpc/index.h"
#include "omnitrond/rpc/net.h"

const char *
fault_code(int number)
{
	enum outcome	 out;

	switch (number) {
	case RPC_PARSE:
		return ("PARSE");
	case RPC_INVALID:
		return ("INVALID_REQUEST");
	case RPC_METHOD:
		return ("METHOD_NOT_FOUND");
	case RPC_INTERNAL:
		return ("INTERNAL");
	}
	for (out = OUT_OK + 1; out < OUT_MAX; out++)
		if (outcome_number(out) == number)
			return (outcome_name(out));
	return ("INTERNAL");
}

void
fault_set(struct fault *f, int number, const char *fmt, ...)
{
	va_list	 ap;

	f->number = number;
	f->ndata = 0;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

void
fault_datum(struct fault *f, const char *key, const char *value)
{
	if (f->ndata == FAULT_DATA_MAX)
		return;
	f->data[f->ndata].key = key;
	strlcpy(f->data[f->ndata].value, value,
	    sizeof(f->data[f->ndata].value));
	f->ndata++;
}

/* Of a thing that is not there, and the one that may be meant, or NULL. */
static void
fault_unknown(struct fault *f, int number, const char *what,
    const char *name, const char *near)
{
	if (near != NULL)
		fault_set(f, number, "%s '%.100s' not found; did you mean "
		    "'%s'?", what, name, near);
	else
		fault_set(f, number, "%s '%.100s' not found", what, name);
	fault_datum(f, what, name);
	if (near != NULL)
		fault_datum(f, "suggestion", near);
}

static int
fault_shows(const struct view_app *a, const void *arg)
{
	return (access_views(arg, a));
}

void
fault_app(struct fault *f, const struct client *client, const char *name)
{
	fault_unknown(f, outcome_number(OUT_NOT_FOUND), "app", name,
	    view_nearest(client->net->view, name, access_limited(client) ?
	    fault_shows : NULL, client));
}

void
fault_method(struct fault *f, int number, const char *name)
{
	fault_unknown(f, number, "method", name, index_nearest(name));
}
