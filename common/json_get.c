/* Looking into a tree of json.c, and writing it.  Pure. */
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"

const struct json *
json_get(const struct json *object, const char *key)
{
	const struct json	*n;

	if (object == NULL || object->type != JSON_OBJECT)
		return (NULL);
	for (n = object->first; n != NULL; n = n->next)
		if (n->key[0] == key[0] && strcmp(n->key, key) == 0)
			return (n);
	return (NULL);
}

const char *
json_get_string(const struct json *object, const char *key, const char *def)
{
	const struct json	*n = json_get(object, key);

	return (n != NULL && n->type == JSON_STRING ? n->u.s : def);
}

int64_t
json_get_int(const struct json *object, const char *key, int64_t def)
{
	const struct json	*n = json_get(object, key);

	return (n != NULL && n->type == JSON_INT ? n->u.i : def);
}

double
json_get_number(const struct json *object, const char *key, double def)
{
	const struct json	*n = json_get(object, key);

	if (n != NULL && n->type == JSON_INT)
		return ((double)n->u.i);
	return (n != NULL && n->type == JSON_DOUBLE ? n->u.d : def);
}

int
json_get_bool(const struct json *object, const char *key, int def)
{
	const struct json	*n = json_get(object, key);

	return (n != NULL && n->type == JSON_BOOL ? n->u.b : def);
}

const char *
json_type_name(enum json_type type)
{
	switch (type) {
	case JSON_NULL:
		return ("null");
	case JSON_BOOL:
		return ("boolean");
	case JSON_INT:
		return ("integer");
	case JSON_DOUBLE:
		return ("number");
	case JSON_STRING:
		return ("string");
	case JSON_ARRAY:
		return ("array");
	case JSON_OBJECT:
		return ("object");
	}
	return ("unknown");
}

/* Recursion is as deep as the limits let the tree be. */
void
json_write(const struct json *n, struct jsonw *w)
{
	const struct json	*child;

	switch (n->type) {
	case JSON_NULL:
		jsonw_null(w);
		break;
	case JSON_BOOL:
		jsonw_bool(w, n->u.b);
		break;
	case JSON_INT:
		jsonw_int(w, n->u.i);
		break;
	case JSON_DOUBLE:
		jsonw_double(w, n->u.d);
		break;
	case JSON_STRING:
		jsonw_stringn(w, n->u.s, n->count);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		if (n->type == JSON_OBJECT)
			jsonw_object(w);
		else
			jsonw_array(w);
		for (child = n->first; child != NULL; child = child->next) {
			if (child->key != NULL)
				jsonw_key(w, child->key);
			json_write(child, w);
		}
		jsonw_end(w);
		break;
	}
}
