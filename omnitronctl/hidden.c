/*
 * Values that nobody is to see.
 */
#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/private.h"
#include "common/xmalloc.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/hidden.h"

#define HIDDEN_PROMPT_MAX	128	/* of a prompt, NUL included */

void
hidden_clear(struct hidden *h)
{
	private_wipe(h->text, h->len);
	memset(h, 0, sizeof(*h));
}

/* One more byte than allowed is room enough to see that it is too much. */
static int
hidden_from(struct ctl *ctl, int fd, const char *name, size_t max,
    struct hidden *h)
{
	ssize_t	 n;

	h->text = xmalloc(max + 2);
	for (h->len = 0; h->len <= max; h->len += (size_t)n) {
		n = read(fd, h->text + h->len, max + 1 - h->len);
		if (n == 0)
			break;
		if (n == -1 && errno != EINTR)
			return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", name,
			    strerror(errno)));
		if (n == -1)
			n = 0;
	}
	h->text[h->len] = '\0';
	if (h->len > max)
		return (ctl_fail(ctl, EXIT_USAGE,
		    "%s: more than %zu bytes", name, max));
	return (EXIT_DONE);
}

static int
hidden_file(struct ctl *ctl, const char *file, size_t max, struct hidden *h)
{
	int	 fd, code;

	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", file,
		    strerror(errno)));
	code = hidden_from(ctl, fd, file, max, h);
	close(fd);
	return (code);
}

/* `echo value |` means the value; of a text of several lines all counts. */
static void
hidden_trim(struct hidden *h)
{
	if (h->len > 0 && h->text[h->len - 1] == '\n' &&
	    memchr(h->text, '\n', h->len) == h->text + h->len - 1)
		h->text[--h->len] = '\0';
}

static char *
hidden_ask(const char *what, const char *after, char *buf, size_t size)
{
	char	 prompt[HIDDEN_PROMPT_MAX];

	snprintf(prompt, sizeof(prompt), "%s%s: ", what, after);
	return (readpassphrase(prompt, buf, size, RPP_REQUIRE_TTY));
}

static int
hidden_prompt(struct ctl *ctl, const char *what, int is_new, size_t max,
    struct hidden *h)
{
	char	*again;
	int	 code = EXIT_DONE;

	h->text = xcalloc(1, max + 2);
	again = xcalloc(1, max + 2);
	if (hidden_ask(what, "", h->text, max + 2) == NULL ||
	    (is_new && hidden_ask(what, " again", again, max + 2) == NULL))
		code = ctl_fail(ctl, EXIT_FAILED, "no %s was given", what);
	else if (is_new && strcmp(h->text, again) != 0)
		code = ctl_fail(ctl, EXIT_FAILED, "they differ");
	h->len = strlen(h->text);
	private_wipe(again, max + 2);
	return (code);
}

int
hidden_read(struct ctl *ctl, const char *file, const char *what, int is_new,
    size_t max, struct hidden *h)
{
	int	 code;

	memset(h, 0, sizeof(*h));
	if (file != NULL)
		code = hidden_file(ctl, file, max, h);
	else if (isatty(STDIN_FILENO))
		code = hidden_prompt(ctl, what, is_new, max, h);
	else {
		code = hidden_from(ctl, STDIN_FILENO, "standard input", max,
		    h);
		hidden_trim(h);
	}
	if (code != EXIT_DONE)
		hidden_clear(h);
	return (code);
}

/* It must not be said again on stderr, which may be kept in a log. */
static int
hidden_is_pasted(const char *file)
{
	return (private_is_token(file) && strchr(file, '.') != NULL &&
	    strchr(file, '.') != strrchr(file, '.') &&
	    access(file, F_OK) == -1);
}

int
hidden_token(struct ctl *ctl, const char *file, struct hidden *h)
{
	char	 why[CTL_TEXT_MAX];
	int	 code;

	memset(h, 0, sizeof(*h));
	if (file != NULL && hidden_is_pasted(file))
		return (ctl_fail(ctl, EXIT_USAGE, "a token is not taken from "
		    "the command line, where others can see it: revoke it, and "
		    "name a file, or -"));
	if (file != NULL && strcmp(file, "-") != 0) {
		h->text = private_token(file, why, sizeof(why));
		if (h->text == NULL)
			return (ctl_fail(ctl, EXIT_FAILED, "token: %s", why));
		h->len = strlen(h->text);
		return (EXIT_DONE);
	}
	code = hidden_read(ctl, NULL, "token", 0, PRIVATE_TOKEN_MAX, h);
	if (code != EXIT_DONE)
		return (code);
	if (private_is_token(h->text))
		return (EXIT_DONE);
	hidden_clear(h);
	return (ctl_fail(ctl, EXIT_USAGE, "standard input holds no token"));
}
