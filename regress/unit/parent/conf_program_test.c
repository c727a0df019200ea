/* omnitrond -n warns of programs and directories that cannot be used. */
#include "common/xmalloc.h"
#include "regress/unit/parent/conf_fixture.h"

/*
 * The warnings of -n for an app with this program and directory, which is
 * also what a start, to which all is well, does not say.
 */
static char *
warnings(const char *program, const char *directory)
{
	struct conf_options	 opts = { .programs = 1 };
	struct conf		*conf;
	char			*text, *errors;

	xasprintf(&text, "app \"a\" {\n\tcommand \"%s\"\n%s%s%s\n}", program,
	    directory != NULL ? "directory \"" : "",
	    directory != NULL ? directory : "", directory != NULL ? "\"" : "");
	conf_free(load_ok(text));
	conf = load_with(&opts, text, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	conf_free(conf);
	free(text);
	return (errors);
}

static void
warns(const char *program, const char *directory, const char *want)
{
	char	*text = warnings(program, directory);

	if (want == NULL)
		ATF_CHECK_MSG(text == NULL, "%s", text);
	else
		ATF_CHECK_MSG(text != NULL && strstr(text, want) != NULL,
		    "%s, not %s", text, want);
	free(text);
}

ATF_TC_WITHOUT_HEAD(programs_that_cannot_be_run_are_warned_of);
ATF_TC_BODY(programs_that_cannot_be_run_are_warned_of, tc)
{
	char	 want[128];

	scratch();
	warns("/bin/sh", NULL, NULL);
	warns("/nosuch/program", NULL, "t.conf:2: warning: app a: command "
	    "\"/nosuch/program\": there is no such program\n");
	warns("/etc/passwd/x", NULL, "Not a directory");
	warns("/etc", NULL, "is not a file");
	scratch_write("run", "#!/bin/sh\n");
	snprintf(want, sizeof(want), "user \"%s\" may not execute it",
	    ordinary()->pw_name);
	warns(scratch_path("run"), NULL, want);
	ATF_REQUIRE(chmod(scratch_path("run"), 0700) == 0);
	warns(scratch_path("run"), NULL, NULL);
	/* a link is what it leads to */
	ATF_REQUIRE(symlink("run", scratch_path("link")) == 0);
	warns(scratch_path("link"), NULL, NULL);
	ATF_REQUIRE(chmod(scratch_path("run"), 0600) == 0);
	warns(scratch_path("link"), NULL, want);
}

ATF_TC_WITHOUT_HEAD(directories_that_cannot_be_entered_are_warned_of);
ATF_TC_BODY(directories_that_cannot_be_entered_are_warned_of, tc)
{
	scratch();
	warns("/bin/sh", "/", NULL);
	warns("/bin/sh", "/nosuch", "t.conf:3: warning: app a: directory "
	    "\"/nosuch\": there is no such folder\n");
	warns("/bin/sh", "/etc/passwd", "is not a folder");
	ATF_REQUIRE(mkdir(scratch_path("d"), 0700) == 0);
	ATF_REQUIRE(chown(scratch_path("d"), ordinary()->pw_uid, -1) == 0);
	warns("/bin/sh", scratch_path("d"), NULL);
	ATF_REQUIRE(chmod(scratch_path("d"), 0600) == 0);
	warns("/bin/sh", scratch_path("d"), "may not enter it");
}

/* Root can, but the app's user cannot. */
ATF_TC_WITHOUT_HEAD(folders_on_the_way_count);
ATF_TC_BODY(folders_on_the_way_count, tc)
{
	struct conf_options	 opts = { .programs = 1 };
	struct conf		*conf;
	char			*text, *errors;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	scratch();
	ATF_REQUIRE(chmod(scratch_dir, 0700) == 0);
	scratch_write("run", "#!/bin/sh\n");
	ATF_REQUIRE(chmod(scratch_path("run"), 0755) == 0);
	xasprintf(&text, "users { supervisor \"daemon\" store \"bin\" control "
	    "\"games\" logger \"news\" }\napp a { user %s command \"%s\" }\n"
	    "app b { user \"www-data\" command \"%s\" }", ORDINARY_USER,
	    scratch_path("run"), scratch_path("run"));
	conf = conf_load_text(&opts, "t.conf", text, strlen(text), &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_REQUIRE(errors != NULL);
	ATF_CHECK_MSG(strstr(errors, "app a:") == NULL, "%s", errors);
	ATF_CHECK_MSG(strstr(errors, "t.conf:3: warning: app b: command") !=
	    NULL && strstr(errors, "user \"www-data\" cannot enter the folder "
	    "/tmp/") != NULL, "%s", errors);
	conf_free(conf);
	free(errors);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, programs_that_cannot_be_run_are_warned_of);
	ATF_TP_ADD_TC(tp, directories_that_cannot_be_entered_are_warned_of);
	ATF_TP_ADD_TC(tp, folders_on_the_way_count);
	return (atf_no_error());
}
