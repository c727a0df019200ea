/* What is shown of a daemon that did not get ready. */
#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/words.h"

/* What is shown when that was said; the caller frees it. */
static char *
shown(const char *said)
{
	char	*text = NULL;
	size_t	 size;
	FILE	*fp;
	int	 fds[2];

	ATF_REQUIRE(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
	ATF_REQUIRE(write(fds[1], said, strlen(said)) ==
	    (ssize_t)strlen(said));
	ATF_REQUIRE((fp = open_memstream(&text, &size)) != NULL);
	/* the other end is open: a pipe that is empty is the end */
	words_show(fds[0], fp);
	fclose(fp);
	close(fds[0]);
	close(fds[1]);
	return (text);
}

ATF_TC_WITHOUT_HEAD(warnings_and_worse_are_shown_once);
ATF_TC_BODY(warnings_and_worse_are_shown_once, tc)
{
	char	*text;

	text = shown("info store: ready\nfatal store: no\n"
	    "warn parent: store exited\ndebug logger: x\nfatal store: no\n"
	    "warn logger: odd\nomnitrond-store: cannot load libx.so\n"
	    "warning store is a word\n\nfatal store: no");
	ATF_CHECK_STREQ(text, "fatal store: no\nwarn logger: odd\n"
	    "omnitrond-store: cannot load libx.so\n"
	    "warning store is a word\n");
	free(text);
	text = shown("");
	ATF_CHECK_STREQ(text, "");
	free(text);
}

ATF_TC_WITHOUT_HEAD(the_last_lines_are_shown);
ATF_TC_BODY(the_last_lines_are_shown, tc)
{
	char	 said[WORDS_MAX * 64] = "", line[32], *text;
	int	 i;

	for (i = 0; i < WORDS_MAX + 3; i++) {
		snprintf(line, sizeof(line), "warn store: line %d.\n", i);
		strlcat(said, line, sizeof(said));
	}
	text = shown(said);
	ATF_CHECK(strncmp(text, "warn store: line 3.\n", 20) == 0);
	snprintf(line, sizeof(line), "line %d.\n", WORDS_MAX + 2);
	ATF_CHECK(strstr(text, line) != NULL);
	free(text);
}

ATF_TC_WITHOUT_HEAD(nothing_moves_the_cursor);
ATF_TC_BODY(nothing_moves_the_cursor, tc)
{
	char	*text = shown("warn store: a\033[2Jb\rc\n");

	ATF_CHECK_STREQ(text, "warn store: a?[2Jb?c\n");
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, warnings_and_worse_are_shown_once);
	ATF_TP_ADD_TC(tp, the_last_lines_are_shown);
	ATF_TP_ADD_TC(tp, nothing_moves_the_cursor);
	return (atf_no_error());
}
