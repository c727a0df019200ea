/*
 * The table of method.h, made ready for calls.  In a plane;
 * made once, then only read.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/rpc/index.h"
#include "omnitrond/proto.h"

#define WORD_MAX	128u	/* longer names are near no method's */

static const char *const type_names[PARAM_TYPE_MAX] = {
	[PARAM_STRING] = "string",
	[PARAM_NAME] = "name",
	[PARAM_INT] = "int",
	[PARAM_DURATION] = "duration",
	[PARAM_BOOL] = "bool",
	[PARAM_OBJECT] = "object",
	[PARAM_ARRAY] = "array",
	[PARAM_SIGNAL] = "signal",
	[PARAM_TIME] = "time",
	[PARAM_LEVEL] = "level",
};

const char *
index_type_name(enum param_type type)
{
	return ((unsigned)type < PARAM_TYPE_MAX ? type_names[type] : "?");
}

static enum param_type
index_type_find(const char *name)
{
	int	 i;

	for (i = 0; i < PARAM_TYPE_MAX; i++)
		if (strcmp(type_names[i], name) == 0)
			return (i);
	fatalx("method table: no type %s", name);
}

static void
index_default(struct param *p, const char *def)
{
	const char	*err;

	strlcpy(p->def, def, sizeof(p->def));
	if (p->type == PARAM_BOOL)
		p->value = strcmp(def, "true") == 0;
	else if (p->type == PARAM_INT || p->type == PARAM_DURATION) {
		p->value = strtonum(def, 0, INT32_MAX, &err);
		if (err != NULL)
			fatalx("method table: default %s", def);
	}
}

/* One "name:type=default?" of the table. */
static void
index_param(struct param *p, char *word)
{
	char	*type, *def;
	size_t	 n = strlen(word);

	if (word[n - 1] == '?') {
		p->optional = 1;
		word[n - 1] = '\0';
	}
	if ((def = strchr(word, '=')) != NULL)
		*def++ = '\0';
	if ((type = strchr(word, ':')) == NULL)
		fatalx("method table: %s has no type", word);
	*type++ = '\0';
	if (strlcpy(p->name, word, sizeof(p->name)) >= sizeof(p->name))
		fatalx("method table: %s is too long", word);
	p->type = index_type_find(type);
	if (def != NULL)
		index_default(p, def);
}

static void
index_params(struct params *params, const char *spec)
{
	char	*copy = xstrdup(spec), *rest = copy, *word;

	while ((word = strsep(&rest, " ")) != NULL) {
		if (*word == '\0')
			continue;
		if (params->n == PARAMS_MAX)
			fatalx("method table: too many parameters: %s", spec);
		index_param(&params->param[params->n++], word);
	}
	free(copy);
}

static size_t
index_hash(const char *s)
{
	uint32_t	 h = 2166136261u;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return ((h ^ (h >> 16)) & (METHOD_BUCKETS - 1));
}

struct index *
index_new(void)
{
	struct index	*index = xcalloc(1, sizeof(*index));
	size_t		 h;
	int		 m;

	CTASSERT("ids fit", METHOD_MAX < METHOD_BUCKETS / 2);
	for (m = 0; m < METHOD_MAX; m++) {
		index_params(&index->params[m], methods[m].params);
		h = index_hash(methods[m].name);
		while (index->bucket[h] != 0)
			h = (h + 1) & (METHOD_BUCKETS - 1);
		index->bucket[h] = (uint8_t)(m + 1);
	}
	return (index);
}

int
index_find(const struct index *index, const char *name)
{
	size_t	 h = index_hash(name);
	int	 m;

	for (; index->bucket[h] != 0; h = (h + 1) & (METHOD_BUCKETS - 1)) {
		m = index->bucket[h] - 1;
		if (strcmp(methods[m].name, name) == 0)
			return (m);
	}
	return (-1);
}

/* The service of the method, or the nearest one; NULL if there is none. */
static const char *
index_service(const char *name)
{
	static char	 services[METHOD_MAX][NAME_SIZE];
	const char	*names[METHOD_MAX];
	char		 service[WORD_MAX + 1];
	int		 m;

	for (m = 0; m < METHOD_MAX; m++) {
		strlcpy(services[m], methods[m].name, sizeof(services[m]));
		services[m][strcspn(services[m], ".")] = '\0';
		names[m] = services[m];
	}
	strlcpy(service, name, sizeof(service));
	service[strcspn(service, ".")] = '\0';
	return (nearest_name(service, names, METHOD_MAX));
}

/*
 * By what stands behind the service: a long one that is right would make any
 * method look near.
 */
const char *
index_nearest(const char *name)
{
	const char	*names[METHOD_MAX], *service = NULL, *dot, *near;
	int		 of[METHOD_MAX], m;
	size_t		 n = 0, i;

	if (strlen(name) > WORD_MAX)
		return (NULL);
	if ((dot = strchr(name, '.')) != NULL) {
		if ((service = index_service(name)) == NULL)
			return (NULL);
		name = dot + 1;
	}
	for (m = 0; m < METHOD_MAX; m++) {
		i = strcspn(methods[m].name, ".");
		if (service != NULL && (strlen(service) != i ||
		    strncmp(methods[m].name, service, i) != 0))
			continue;
		of[n] = m;
		names[n++] = methods[m].name + i + 1;
	}
	if ((near = nearest_name(name, names, n)) == NULL)
		return (NULL);
	for (i = 0; names[i] != near; i++)
		;
	return (methods[of[i]].name);
}
