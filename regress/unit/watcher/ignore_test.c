/* Which names a watch does not look at. */
#include <atf-c.h>

#include "omnitrond/watcher/ignore.h"

ATF_TC_WITHOUT_HEAD(some_are_always_ignored);
ATF_TC_BODY(some_are_always_ignored, tc)
{
	static const char *const	 yes[] = { ".git", "a/.git",
	    "node_modules", "web/node_modules", "dist", "a/b/dist", "x.log",
	    "a/.log", "file~", ".a.c.swp", "lib/__pycache__" };
	static const char *const	 no[] = { "a", ".gitignore", "distance",
	    "x.logs", "~file", "a.swp.c", "lib/module.py", "log" };
	struct ignore			 ig = { NULL, 0 };
	size_t				 i;

	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ATF_CHECK_MSG(ignore_match(&ig, yes[i]), "%s", yes[i]);
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ATF_CHECK_MSG(!ignore_match(&ig, no[i]), "%s", no[i]);
}

ATF_TC_WITHOUT_HEAD(a_pattern_is_for_names_or_for_paths);
ATF_TC_BODY(a_pattern_is_for_names_or_for_paths, tc)
{
	struct ignore	 ig = { NULL, 0 };

	ignore_add(&ig, "*.test.js");
	ignore_add(&ig, "var/*/tmp");
	ignore_add(&ig, "[ab]");
	ATF_CHECK(ignore_match(&ig, "x.test.js"));
	ATF_CHECK(ignore_match(&ig, "a/b/c/x.test.js"));
	ATF_CHECK(!ignore_match(&ig, "x.test.js/y"));
	ATF_CHECK(ignore_match(&ig, "var/1/tmp"));
	ATF_CHECK(!ignore_match(&ig, "var/tmp"));
	/* a star is within one name */
	ATF_CHECK(!ignore_match(&ig, "var/1/2/tmp"));
	ATF_CHECK(!ignore_match(&ig, "x/var/1/tmp"));
	ATF_CHECK(ignore_match(&ig, "a"));
	ATF_CHECK(ignore_match(&ig, "c/b"));
	ATF_CHECK(!ignore_match(&ig, "c"));
	/* what is no pattern is a name */
	ignore_add(&ig, "[");
	ATF_CHECK(ignore_match(&ig, "["));
	ignore_free(&ig);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, some_are_always_ignored);
	ATF_TP_ADD_TC(tp, a_pattern_is_for_names_or_for_paths);
	return (atf_no_error());
}
