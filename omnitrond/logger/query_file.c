/*
 * A query's lines from files, read backwards from the end of the newest.
 * Logger only; opens the log files of an app for reading.
 *
 * The text format does not say which stream a line came from: what is an
 * error or worse is taken for stderr.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/logger/query.h"

void
reader_close(struct reader *r)
{
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
}

/*
 * Open the file the reader has come to.  Rotations since it began have moved
 * what it wants to higher numbers.
 */
int
reader_open(struct reader *r, const struct app *app)
{
	struct stat	 st;
	char		 name[FILE_NAME_SIZE];
	unsigned	 n;

	if (app->logger->files.hold)
		return (-1);
	n = r->number + (app->file.rotations - r->rotations);
	if (n > ROTATED_MAX)
		return (-1);
	r->fd = open(file_name(&app->file, n, name, sizeof(name)), O_RDONLY |
	    O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (r->fd == -1)
		return (-1);
	if (fstat(r->fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		reader_close(r);
		return (-1);
	}
	r->end = st.st_size;
	return (0);
}

/* 0 when no older line can be wanted. */
static int
file_line(struct query *q, struct app *app, const char *p, size_t len)
{
	struct reader	*r = &q->reader;
	struct line	 line;
	enum stream	 stream;

	if (line_parse(p, len, &line) == -1) {
		/* Not ours: as old as the line after it. */
		memset(&line, 0, sizeof(line));
		line.at_us = r->last_us != 0 ? r->last_us : q->opened_us;
		line.level = LEVEL_INFO;
		line.process = app->name;
		line.processlen = strlen(app->name);
		line.text = p;
		line.textlen = len;
	}
	r->last_us = line.at_us;
	if ((q->m.since_ms != 0 && line.at_us / 1000 < q->m.since_ms) ||
	    (q->cut_us != 0 && line.at_us < q->cut_us))
		return (0);
	if ((r->before_us != 0 && line.at_us >= r->before_us) ||
	    (q->all && line.at_us > q->opened_us))
		return (1);
	stream = line.level >= LEVEL_ERROR ? STREAM_ERR : STREAM_OUT;
	if (!query_wants(q, &line, stream))
		return (1);
	query_keep(q, app, &line, stream, --q->oldest);
	return (++r->taken < q->m.lines);
}

/*
 * The lines of a block that begins at `off`, last first.  What is left at
 * its front is the end of a line that the next block has whole.
 */
static int
file_block(struct query *q, struct app *app, const char *block, size_t n,
    int64_t off)
{
	const char	*p = block + n, *stop, *start;

	while (p > block) {
		stop = p[-1] == '\n' ? p - 1 : p;
		start = memrchr(block, '\n', (size_t)(stop - block));
		if (start == NULL && off > 0)
			break;
		start = start == NULL ? block : start + 1;
		if (!file_line(q, app, start, (size_t)(stop - start)))
			return (0);
		p = start;
	}
	/* No line is that long: it is not one of ours. */
	q->reader.end = p == block + n ? off : off + (p - block);
	return (1);
}

int
query_file(struct query *q, struct app *app)
{
	struct reader	*r = &q->reader;
	char		*block = q->logger->block;
	size_t		 n;

	if (r->fd == -1 && reader_open(r, app) == -1)
		return (0);
	if (r->end == 0) {
		reader_close(r);
		r->number++;
		return (1);
	}
	n = r->end < QUERY_BLOCK ? (size_t)r->end : QUERY_BLOCK;
	if (pread(r->fd, block, n, r->end - (int64_t)n) != (ssize_t)n) {
		r->end = 0;		/* cut meanwhile */
		return (1);
	}
	if ((q->scanned += (int64_t)n) > QUERY_SCAN_MAX)
		return (0);
	return (file_block(q, app, block, n, r->end - (int64_t)n));
}
