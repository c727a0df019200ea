/*
 * The text format of log files and what leads to it: pure functions, time
 * passed in.  A line of a file is
 *
 *	2026-11-23T00:39:04.123456Z LEVEL PROCESS[PID] text
 *
 * and whatever an app writes, its text holds no control character but the
 * tab, so that no line can pretend to be another or reach a terminal.
 */
#ifndef OMNITROND_LOGGER_FORMAT_H
#define OMNITROND_LOGGER_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "common/level.h"
#include "common/units.h"

#define STAMP_LEN	27		/* 2026-11-23T00:39:04.123456Z */
#define LINE_TEXT_MAX	16384u		/* longer lines are split */
#define LINE_MORE	" [...]"	/* ends a part that goes on */
#define LINE_AGAIN	"[...] "	/* begins the part after it */
#define LINE_LEVEL_MAX	5		/* of the level's name */
#define LINE_PREFIX_MAX	(STAMP_LEN + 1 + LINE_LEVEL_MAX + 1 + NAME_LEN_MAX + \
			    12 + 1)	/* "[-2147483648]" and a space */
/* A line of a file with its newline never is longer than this. */
#define LINE_SIZE_MAX	(LINE_PREFIX_MAX + LINE_TEXT_MAX + 16)

#define WORDS_CACHED	64u		/* leading words whose level is known */

/* Caches; begin with all zero. */
struct format {
	int64_t		 sec;		/* the second that `stamp` shows */
	char		 stamp[21];	/* up to and with the point */
	struct {
		uint64_t	 key;
		int		 level;
	}		 words[WORDS_CACHED];
};

/* Whose output it is, and where in a line it stands. */
struct source {
	const char	*process;
	int32_t		 pid;		/* 0 = not known, left out */
	int		 level;		/* of a line that does not say */
	int		 least;		/* lines below are left out */
	int		 own;		/* lines are those of common/log.h */
	int		 cont;		/* level of the split line, else -1 */
};

/* From `in`, of which `used` is done, to `out`. */
struct text {
	const char	*in;
	size_t		 len;
	size_t		 used;
	char		*out;
	size_t		 size;		/* at least LINE_SIZE_MAX */
	size_t		 outlen;
};

/* A line read back; the pointers are into it. */
struct line {
	int64_t		 at_us;
	int		 level;
	const char	*process;
	size_t		 processlen;
	int32_t		 pid;
	const char	*text;
	size_t		 textlen;
};

/*
 * Format the complete lines of a text.  Returns 1 when the output is full
 * and it must be called again, 0 when what is left is no complete line.
 */
int	 format_lines(struct format *, struct source *, int64_t at_us,
	    struct text *);
/* A whole line of our own making, with newline; returns its length. */
size_t	 format_note(struct format *, int64_t at_us, int level,
	    const char *process, int32_t pid, const char *text, char *out,
	    size_t size);
/* Writes STAMP_LEN bytes, no NUL. */
void	 format_stamp(struct format *, int64_t at_us, char *out);
/* Is it printable ASCII, tabs and newlines only? */
int	 format_clean(const char *, size_t);
/*
 * Copy with invalid UTF-8, control and reordering characters as \xNN;
 * returns the bytes written, at most `size`, and those read in *used.  With
 * `more` a sequence cut off at the end is left for the next call.
 */
size_t	 format_escape(const char *, size_t len, int more, char *out,
	    size_t size, size_t *used);

/* detect.c: the level that a line itself names, or -1 */
int	 detect_level(struct format *, const char *, size_t);
int	 detect_word(struct format *, const char *, size_t);

/* parse.c: the text format back (without newline); -1: it is something else */
int	 line_parse(const char *, size_t, struct line *);

/* Days since 1970-01-01 and back, proleptic Gregorian (parse.c). */
int64_t	 days_of(int64_t year, unsigned month, unsigned day);
void	 days_civil(int64_t days, int64_t *year, unsigned *month,
	    unsigned *day);

#endif /* OMNITROND_LOGGER_FORMAT_H */
