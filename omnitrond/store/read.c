/*
 * Members of state.json and access.json (the store).  Touches memory only.
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "omnitrond/crc32c.h"
#include "omnitrond/store/read.h"
#include "omnitrond/store/state_json.h"

static int
read_known(const char *const *keys, const char *key)
{
	for (; *keys != NULL; keys++)
		if (strcmp(*keys, key) == 0)
			return (1);
	return (0);
}

int
read_extra(const struct json *o, const char *const *keys, struct extras *list)
{
	const struct json	*c;
	struct jsonw		 w;
	int			 rv = 0;

	jsonw_init(&w, STATE_FILE_MAX);
	for (c = o->first; c != NULL && rv == 0; c = c->next) {
		if (read_known(keys, c->key))
			continue;
		jsonw_reset(&w);
		json_write(c, &w);
		if ((rv = jsonw_done(&w)) == 0)
			extra_add(list, c->key, w.buf, w.len);
	}
	jsonw_free(&w);
	return (rv);
}

int
read_int(const struct json *o, const char *key, int64_t min, int64_t max,
    int64_t *v)
{
	const struct json	*c = json_get(o, key);

	*v = 0;
	if (c == NULL || c->type == JSON_NULL)
		return (0);
	if (c->type != JSON_INT || c->u.i < min || c->u.i > max)
		return (-1);
	*v = c->u.i;
	return (0);
}

int
read_str(const struct json *o, const char *key, size_t max, const char **s)
{
	const struct json	*c = json_get(o, key);

	*s = "";
	if (c == NULL || c->type == JSON_NULL)
		return (0);
	if (c->type != JSON_STRING || c->count > max)
		return (-1);
	*s = c->u.s;
	return (0);
}

static int
read_checksum(const char *text, size_t len)
{
	char	 tail[TAIL_LEN + 1];

	if (len < TAIL_LEN)
		return (-1);
	snprintf(tail, sizeof(tail), TAIL_FORMAT,
	    crc32c(0, text, len - TAIL_LEN));
	return (memcmp(tail, text + len - TAIL_LEN, TAIL_LEN) == 0 ? 0 : -1);
}

struct json *
read_file(const char *text, size_t len, char *err, size_t errsize)
{
	if (read_checksum(text, len) == 0)
		return (json_parse(text, len, &json_limits_state, err,
		    errsize));
	strlcpy(err, len == 0 ? "it is empty" : "its checksum does not hold",
	    errsize);
	return (NULL);
}
