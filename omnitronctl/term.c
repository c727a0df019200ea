/*
 * Colours, and text made harmless.
 */
#include <sys/ioctl.h>

#include <stdio.h>
#include <string.h>

#include "omnitronctl/term.h"

#define TERM_ROWS_DEFAULT	24

static const char *const term_codes[] = {
	[COLOUR_NONE] = "",
	[COLOUR_RED] = "\033[31m",
	[COLOUR_GREEN] = "\033[32m",
	[COLOUR_YELLOW] = "\033[33m",
	[COLOUR_CYAN] = "\033[36m",
	[COLOUR_DIM] = "\033[2m",
	[COLOUR_BOLD] = "\033[1m",
};

struct term_word {
	const char	*word;
	enum colour	 colour;
};

static const struct term_word term_statuses[] = {
	{ "online", COLOUR_GREEN },
	{ "healthy", COLOUR_GREEN },
	{ "starting", COLOUR_CYAN },
	{ "stopping", COLOUR_CYAN },
	{ "degraded", COLOUR_YELLOW },
	{ "errored", COLOUR_YELLOW },
	{ "crashed", COLOUR_RED },
	{ "unhealthy", COLOUR_RED },
	{ "stopped", COLOUR_DIM },
	{ NULL, COLOUR_NONE }
};

static const struct term_word term_levels[] = {
	{ "trace", COLOUR_DIM },
	{ "debug", COLOUR_DIM },
	{ "warn", COLOUR_YELLOW },
	{ "error", COLOUR_RED },
	{ "fatal", COLOUR_RED },
	{ NULL, COLOUR_NONE }
};

const char *
term_on(enum colour colour)
{
	return (term_codes[colour]);
}

const char *
term_off(enum colour colour)
{
	return (colour == COLOUR_NONE ? "" : "\033[0m");
}

static enum colour
term_find(const struct term_word *w, const char *word)
{
	for (; w->word != NULL; w++)
		if (strcmp(w->word, word) == 0)
			break;
	return (w->colour);
}

enum colour
term_status_colour(const char *status)
{
	return (term_find(term_statuses, status));
}

enum colour
term_level_colour(const char *level)
{
	return (term_find(term_levels, level));
}

int
term_rows(int fd)
{
	struct winsize	 ws;

	if (ioctl(fd, TIOCGWINSZ, &ws) == -1 || ws.ws_row == 0)
		return (TERM_ROWS_DEFAULT);
	return (ws.ws_row);
}

/*
 * How many bytes at p are a control character: 1 of ASCII (a tab is none),
 * 2 of C1, which is 0xc2 0x80..0x9f in UTF-8; 0 for everything else.
 */
static size_t
term_control(const unsigned char *p)
{
	if ((p[0] < 0x20 && p[0] != '\t') || p[0] == 0x7f)
		return (1);
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return (2);
	return (0);
}

void
term_puts(FILE *fp, const char *text)
{
	const unsigned char	*p = (const unsigned char *)text, *start = p;
	size_t			 n;

	while (*p != '\0') {
		if ((n = term_control(p)) == 0) {
			p++;
			continue;
		}
		fwrite(start, 1, (size_t)(p - start), fp);
		fprintf(fp, "\\x%02x", p[n - 1]);
		p += n;
		start = p;
	}
	fwrite(start, 1, (size_t)(p - start), fp);
}

char *
term_safe(const char *text, char *buf, size_t size)
{
	static const char	 hex[] = "0123456789abcdef";
	const unsigned char	*p = (const unsigned char *)text;
	size_t			 n, len = 0;

	while (*p != '\0') {
		n = term_control(p);
		if (len + (n == 0 ? 2 : 5) > size)
			break;
		if (n == 0) {
			buf[len++] = (char)*p++;
			continue;
		}
		buf[len++] = '\\';
		buf[len++] = 'x';
		buf[len++] = hex[p[n - 1] >> 4];
		buf[len++] = hex[p[n - 1] & 15];
		p += n;
	}
	buf[len] = '\0';
	return (buf);
}

/* One column a character: what we print is names, numbers and reasons. */
size_t
term_width(const char *text)
{
	size_t	 n = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			n++;
	return (n);
}
