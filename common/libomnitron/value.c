/*
 * omnitron_json_*: the simple things that can be done with JSON as text.
 * Pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_number.h"
#include "common/jsonw.h"
#include "common/libomnitron/omnitron.h"
#include "common/libomnitron/slice.h"

/* A copy that slices may be cut from; NULL with errno. */
static char *
value_copy(const char *text, struct slice *value)
{
	char	*copy;

	if ((copy = strdup(text)) == NULL)
		return (NULL);
	if (slice_check(copy, strlen(copy), value) == NULL)
		return (copy);
	free(copy);
	errno = EINVAL;
	return (NULL);
}

/* The slice alone, in the memory of the copy. */
static char *
value_take(char *copy, struct slice s)
{
	if (s.p == NULL) {
		free(copy);
		errno = ENOENT;
		return (NULL);
	}
	memmove(copy, s.p, s.len);
	copy[s.len] = '\0';
	return (copy);
}

static char *
value_wrong(char *copy)
{
	free(copy);
	errno = EINVAL;
	return (NULL);
}

char *
omnitron_json_member(const char *object, const char *name)
{
	struct slice	 v;
	char		*copy;

	if ((copy = value_copy(object, &v)) == NULL)
		return (NULL);
	if (*v.p != '{')
		return (value_wrong(copy));
	return (value_take(copy, slice_member(v, name)));
}

char *
omnitron_json_element(const char *array, size_t n)
{
	struct slice_walk	 w;
	struct slice		 v, key, element, none = { NULL, 0 };
	char			*copy;

	if ((copy = value_copy(array, &v)) == NULL)
		return (NULL);
	if (*v.p != '[' || slice_begin(v, &w) == -1)
		return (value_wrong(copy));
	while (slice_next(&w, &key, &element) == 1)
		if (n-- == 0)
			return (value_take(copy, element));
	return (value_take(copy, none));
}

char *
omnitron_json_string(const char *string)
{
	struct slice	 v;
	char		*copy;

	if ((copy = value_copy(string, &v)) == NULL)
		return (NULL);
	if (*v.p != '"')
		return (value_wrong(copy));
	slice_unquote(v);
	memmove(copy, v.p, strlen(v.p) + 1);
	return (copy);
}

char *
omnitron_json_quote(const char *text)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_string(&w, text);
	jsonw_raw(&w, "", 1);
	if (jsonw_done(&w) == 0)
		return (w.buf);
	jsonw_free(&w);
	errno = ENOMEM;
	return (NULL);
}

/* A number's text, or NULL with errno; the copy is then freed. */
static char *
value_number(const char *number, struct slice *v)
{
	char	*copy;

	if ((copy = value_copy(number, v)) == NULL)
		return (NULL);
	if (*v->p != '-' && (*v->p < '0' || *v->p > '9'))
		return (value_wrong(copy));
	return (copy);
}

int
omnitron_json_int(const char *number, int64_t *i)
{
	struct slice	 v;
	char		*copy;
	int		 rv;

	if ((copy = value_number(number, &v)) == NULL)
		return (-1);
	rv = slice_int(v, i);
	free(copy);
	if (rv == -1)
		errno = ERANGE;
	return (rv);
}

int
omnitron_json_double(const char *number, double *d)
{
	struct slice	 v;
	int64_t		 i;
	char		*copy;
	int		 rv;

	if ((copy = value_number(number, &v)) == NULL)
		return (-1);
	if ((rv = slice_int(v, &i)) == 0)
		*d = (double)i;
	else if ((rv = json_number_double(v.p, v.len, d)) == -1)
		errno = ERANGE;
	free(copy);
	return (rv);
}
