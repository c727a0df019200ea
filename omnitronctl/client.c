/*
 * Answers of libomnitron as trees.
 */
#include <string.h>

#include "common/json.h"
#include "omnitronctl/client.h"

static enum omnitron_status
client_read(enum omnitron_status status, struct client_reply *r)
{
	const char	*text;

	r->id = r->text.id;
	if (status != OMNITRON_OK && status != OMNITRON_ERROR)
		return (status);
	r->code = r->text.code;
	r->message = r->text.message;
	text = status == OMNITRON_OK ? r->text.result : r->text.data;
	if (text == NULL)
		return (status);
	r->tree = json_parse(text, strlen(text), &json_limits_reply, r->why,
	    sizeof(r->why));
	if (status == OMNITRON_OK)
		r->result = r->tree;
	else
		r->data = r->tree;
	if (r->tree != NULL)
		return (status);
	omnitron_reply_clear(&r->text);
	r->message = NULL;
	return (OMNITRON_PROTOCOL);
}

enum omnitron_status
client_call(struct omnitron *c, const char *method, const char *params,
    int timeout, struct client_reply *r)
{
	memset(r, 0, sizeof(*r));
	return (client_read(omnitron_call(c, method, params, timeout,
	    &r->text), r));
}

enum omnitron_status
client_wait(struct omnitron *c, int64_t id, int timeout,
    struct client_reply *r)
{
	memset(r, 0, sizeof(*r));
	return (client_read(omnitron_wait(c, id, timeout, &r->text), r));
}

void
client_reply_clear(struct client_reply *r)
{
	json_free(r->tree);
	omnitron_reply_clear(&r->text);
	memset(r, 0, sizeof(*r));
}

enum omnitron_status
client_next(struct omnitron *c, const char *method, int timeout,
    struct json **params)
{
	struct omnitron_note	 note;
	enum omnitron_status	 status;
	char			 why[CLIENT_WHY_MAX];

	*params = NULL;
	do {
		status = omnitron_next(c, timeout, &note);
		if (status == OMNITRON_OK && note.params != NULL &&
		    strcmp(note.method, method) == 0)
			*params = json_parse(note.params, strlen(note.params),
			    &json_limits_reply, why, sizeof(why));
		omnitron_note_clear(&note);
	} while (status == OMNITRON_OK && *params == NULL);
	return (status);
}
