/*
 * Logging of the daemon's own processes, to stderr.  One static struct, as
 * every process has exactly one stderr.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/level.h"
#include "common/log.h"

static struct {
	char		 process[32];	/* kinds are shorter */
	int		 verbose;
	log_sink	 sink;		/* gets warnings and worse, or NULL */
	int		 copy;		/* a second descriptor, or -1 */
} logger = { "omnitrond", 0, NULL, -1 };

void
log_init(const char *process, int verbose)
{
	strlcpy(logger.process, process, sizeof(logger.process));
	logger.verbose = verbose;
}

void
log_set_verbose(int verbose)
{
	logger.verbose = verbose;
}

int
log_get_verbose(void)
{
	return (logger.verbose);
}

void
log_set_sink(log_sink sink)
{
	logger.sink = sink;
}

void
log_copy(int fd)
{
	logger.copy = fd;
}

/*
 * A line must stay one line, and what a peer or a file said must not reach
 * a terminal as an escape.  UTF-8 passes; C1 controls in it are rare enough
 * to be left to the reader's terminal.
 */
static void
log_clean(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = *s == '\n' || *s == '\t' ? ' ' : '?';
}

/* One write, and no second try: a full pipe must not hold the process up. */
static void
log_write(enum level level, const char *text)
{
	struct pollfd	 err = { STDERR_FILENO, POLLOUT, 0 };
	char		 line[LOG_LINE_OWN_MAX];
	ssize_t		 n;
	int		 len;

	len = snprintf(line, sizeof(line), "%s %s: %s\n", level_name(level),
	    logger.process, text);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line)) {
		len = sizeof(line) - 1;
		line[len - 1] = '\n';
	}
	/* It may be shared with others, who want it blocking: ask first. */
	n = 0;
	if (poll(&err, 1, 0) == 1 && (err.revents & POLLOUT) != 0)
		n = write(STDERR_FILENO, line, (size_t)len);
	if (logger.copy != -1)
		n = write(logger.copy, line, (size_t)len);
	(void)n;
	if (logger.sink != NULL && level >= LEVEL_WARN && level < LEVEL_MAX)
		logger.sink(level, text);
}

/* With errnum != 0 the text of that error is appended. */
static void log_line(enum level, int, const char *, va_list)
    __attribute__((format(printf, 3, 0)));

static void
log_line(enum level level, int errnum, const char *fmt, va_list ap)
{
	char	 text[LOG_LINE_OWN_MAX];
	size_t	 used;
	int	 saved = errno;

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		strlcpy(text, "(unprintable message)", sizeof(text));
	if (errnum != 0) {
		/* The reason matters more than the end of a long text. */
		used = strlen(text);
		if (used > sizeof(text) - 64)
			used = sizeof(text) - 64;
		snprintf(text + used, sizeof(text) - used, "%s%s",
		    used > 0 ? ": " : "", strerror(errnum));
	}
	log_clean(text);
	log_write(level, text);
	errno = saved;
}

void
log_error(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_line(LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_line(LEVEL_WARN, errno, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_line(LEVEL_WARN, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_line(LEVEL_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list	 ap;

	if (!logger.verbose)
		return;
	va_start(ap, fmt);
	log_line(LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_line(LEVEL_FATAL, errno, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_line(LEVEL_FATAL, 0, fmt, ap);
	va_end(ap);
	exit(1);
}
