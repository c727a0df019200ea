/*
 * Crash records read back.  Logger only; opens the files of an app's records
 * for reading.  A line that was cut, or that somebody else wrote, is passed
 * over; what is in a record is for those who asked.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
#include "omnitrond/logger/crash.h"
#include "omnitrond/logger/query.h"

#define NUMBER_DIGITS	18	/* that certainly fit */

/* Lines from the newest to the oldest; 0 ends it. */
typedef int	(*crash_each)(void *, const char *, size_t);

int64_t
crash_number(const char *p, size_t len)
{
	size_t	 n = sizeof(CRASH_BEGIN) - 1, i;
	int64_t	 v = 0;

	if (len <= n || memcmp(p, CRASH_BEGIN, n) != 0 || p[len - 1] != '}')
		return (0);
	for (i = n; i < len && p[i] >= '0' && p[i] <= '9'; i++) {
		if (i - n == NUMBER_DIGITS)
			return (0);
		v = v * 10 + (p[i] - '0');
	}
	return (p[i] == ',' ? v : 0);
}

/* 0 when it was ended. */
static int
crash_lines(const char *text, size_t len, crash_each each, void *arg)
{
	const char	*end = text + len, *p;

	while (end > text) {
		if (end[-1] == '\n')
			end--;
		p = memrchr(text, '\n', (size_t)(end - text));
		p = p == NULL ? text : p + 1;
		if (crash_number(p, (size_t)(end - p)) > 0 &&
		    !each(arg, p, (size_t)(end - p)))
			return (0);
		end = p;
	}
	return (1);
}

/* The end of a file, as far as there can be records that are kept. */
static char *
crash_text(const struct file *f, unsigned number, size_t *len)
{
	struct stat	 st;
	char		 name[FILE_NAME_SIZE], *text = NULL;
	ssize_t		 n;
	int		 fd;

	fd = open(file_name(f, number, name, sizeof(name)), O_RDONLY |
	    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return (NULL);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		*len = (size_t)(st.st_size > CRASH_FILE_MAX ? CRASH_FILE_MAX :
		    st.st_size);
		text = xmalloc(*len);
		n = pread(fd, text, *len, st.st_size - (off_t)*len);
		*len = n > 0 ? (size_t)n : 0;
	}
	close(fd);
	return (text);
}

static void
crash_walk(const struct file *f, crash_each each, void *arg)
{
	size_t		 len;
	char		*text;
	unsigned	 n;
	int		 more;

	if (f->files->hold)
		return;
	more = f->heldlen == 0 || crash_lines(f->held, f->heldlen, each, arg);
	for (n = 0; n <= 1 && more; n++) {
		if ((text = crash_text(f, n, &len)) == NULL)
			continue;
		more = crash_lines(text, len, each, arg);
		free(text);
	}
}

static int
newest_line(void *arg, const char *p, size_t len)
{
	*(int64_t *)arg = crash_number(p, len);
	return (0);
}

int64_t
crash_newest(const struct crash *c)
{
	int64_t	 number = 0;

	crash_walk(&c->file, newest_line, &number);
	return (number);
}

/* ---- a query ------------------------------------------------------------ */

struct wanted {
	struct query	*q;
	struct app	*app;
	uint32_t	 n;
};

static int
wanted_line(void *arg, const char *p, size_t len)
{
	struct wanted	*w = arg;
	struct line	 line;

	memset(&line, 0, sizeof(line));
	line.level = LEVEL_ERROR;
	line.at_us = w->q->opened_us;
	line.process = w->app->name;
	line.processlen = strlen(w->app->name);
	line.text = p;
	line.textlen = len;
	query_keep(w->q, w->app, &line, STREAM_ERR, --w->q->oldest);
	return (++w->n < CRASHES_MAX);
}

void
crash_query(struct query *q, struct app *app)
{
	struct wanted	 w = { q, app, 0 };

	crash_walk(&crash_of(app)->file, wanted_line, &w);
}
