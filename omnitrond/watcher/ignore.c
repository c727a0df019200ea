/*
 * Names that a watch does not look at.  In the watcher; pure.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/watcher/ignore.h"

/*
 * What changes without being a change of the app: what tools keep beside its
 * files, what is made of them, and what editors and the app itself write.
 */
static const char *const always[] = {
	".git", "node_modules", "dist", "__pycache__", "*.log", "*~", "*.swp"
};

void
ignore_add(struct ignore *ig, const char *glob)
{
	ig->glob = xreallocarray(ig->glob, ig->nglob + 1, sizeof(*ig->glob));
	ig->glob[ig->nglob++] = xstrdup(glob);
}

void
ignore_free(struct ignore *ig)
{
	while (ig->nglob > 0)
		free(ig->glob[--ig->nglob]);
	free(ig->glob);
	ig->glob = NULL;
}

static int
ignore_glob(const char *glob, const char *path, const char *name)
{
	if (strchr(glob, '/') == NULL)
		return (fnmatch(glob, name, 0) == 0);
	return (fnmatch(glob, path, FNM_PATHNAME) == 0);
}

int
ignore_match(const struct ignore *ig, const char *path)
{
	const char	*slash = strrchr(path, '/');
	const char	*name = slash != NULL ? slash + 1 : path;
	size_t		 i;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (ignore_glob(always[i], path, name))
			return (1);
	for (i = 0; i < ig->nglob; i++)
		if (ignore_glob(ig->glob[i], path, name))
			return (1);
	return (0);
}
