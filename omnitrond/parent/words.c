/*
 * The last words of a daemon that did not get ready.  In the starter, the
 * process that waits for it, or in a parent in the foreground; copies lines
 * and interprets nothing but their level.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/level.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/words.h"

#define WORDS_SIZE	65536	/* what a pipe holds: more cannot wait in it */
#define WORDS_OWN	"parent:"

struct words {
	char	*line[WORDS_MAX];	/* a ring, the oldest at first */
	size_t	 first;
	size_t	 n;
};

/* Is it told to an operator?  A line of another form (a loader's) is. */
static int
words_matter(const char *line)
{
	char	 level[8];
	size_t	 n = strcspn(line, " ");
	int	 l;

	if (line[0] == '\0')
		return (0);
	if (n >= sizeof(level))
		return (1);
	memcpy(level, line, n);
	level[n] = '\0';
	if ((l = level_parse(level)) == -1)
		return (1);
	if (strncmp(line + n, " " WORDS_OWN, sizeof(WORDS_OWN)) == 0)
		return (0);
	return (l >= LEVEL_WARN);
}

/* A process that is started again says the same again. */
static void
words_keep(struct words *w, char *line)
{
	size_t	 i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->line[(w->first + i) % WORDS_MAX], line) == 0)
			return;
	w->line[(w->first + w->n) % WORDS_MAX] = line;
	if (w->n < WORDS_MAX)
		w->n++;
	else
		w->first = (w->first + 1) % WORDS_MAX;
}

/* Whoever wrote it may be lost: nothing in it may move a cursor. */
void
words_clean(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static size_t
words_read(int fd, char *buf, size_t size)
{
	size_t	 len = 0;
	ssize_t	 n;

	while (len < size) {
		if ((n = read(fd, buf + len, size - len)) > 0)
			len += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	return (len);
}

void
words_show(int fd, FILE *fp)
{
	struct words	 w = { .n = 0 };
	char		*buf = xmalloc(WORDS_SIZE + 1), *rest = buf, *line;
	size_t		 i;

	buf[words_read(fd, buf, WORDS_SIZE)] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		words_clean(line);
		if (words_matter(line))
			words_keep(&w, line);
	}
	for (i = 0; i < w.n; i++)
		fprintf(fp, "%s\n", w.line[(w.first + i) % WORDS_MAX]);
	free(buf);
}
