/*
 * Loading configurations in tests.  Root plays an ordinary user (nobody) by
 * its effective ids, so that most tests see the same rules whoever runs
 * them; what needs root says so.
 */
#ifndef REGRESS_CONF_FIXTURE_H
#define REGRESS_CONF_FIXTURE_H

#include <sys/stat.h>

#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "omnitrond/parent/conf_parse.h"

#define ORDINARY_USER	"nobody"

static inline struct passwd *
ordinary(void)
{
	struct passwd	*pw = geteuid() == 0 ? getpwnam(ORDINARY_USER) :
			    getpwuid(geteuid());

	ATF_REQUIRE(pw != NULL);
	return (pw);
}

/* Returns whether there is something to undo. */
static inline int
become_ordinary(void)
{
	struct passwd	*pw = ordinary();

	if (geteuid() != 0)
		return (0);
	ATF_REQUIRE(setegid(pw->pw_gid) == 0);
	ATF_REQUIRE(seteuid(pw->pw_uid) == 0);
	return (1);
}

static inline void
become_again(int was_root)
{
	if (!was_root)
		return;
	if (seteuid(0) == -1 || setegid(0) == -1)
		abort();
}

static inline struct conf *
load_as_root(const char *text, char **errors)
{
	static const struct conf_options	 none;

	return (conf_load_text(&none, "t.conf", text, strlen(text), errors));
}

static inline struct conf *
load_with(const struct conf_options *opts, const char *text, char **errors)
{
	struct conf	*conf;
	int		 root = become_ordinary();

	conf = conf_load_text(opts, "t.conf", text, strlen(text), errors);
	become_again(root);
	return (conf);
}

static inline struct conf *
load(const char *text, char **errors)
{
	static const struct conf_options	 none;

	return (load_with(&none, text, errors));
}

static inline struct conf *
load_ok(const char *text)
{
	struct conf	*conf;
	char		*errors;

	if ((conf = load(text, &errors)) == NULL)
		atf_tc_fail("%s\n%s", errors, text);
	ATF_CHECK_MSG(errors == NULL, "%s", errors);
	return (conf);
}

/* One app with this in its block; the caller frees the configuration. */
static inline struct conf *
load_app(const char *settings)
{
	struct conf	*conf;
	char		*text;

	ATF_REQUIRE(asprintf(&text, "app \"a\" {\n\tcommand \"/bin/a\"\n%s\n}",
	    settings) != -1);
	conf = load_ok(text);
	free(text);
	return (conf);
}

static inline void
load_fails(const char *text, const char *error)
{
	struct conf	*conf;
	char		*errors;

	conf = load(text, &errors);
	if (conf != NULL)
		atf_tc_fail_nonfatal("accepted: %s", text);
	else if (strstr(errors, error) == NULL)
		atf_tc_fail_nonfatal("%s\nfails with\n%sand not with\n%s",
		    text, errors, error);
	conf_free(conf);
	free(errors);
}

/* An error on each of these lines, in their order, and no more. */
static inline void
load_fails_at(const char *text, const int *lines, size_t n)
{
	char	*errors, *line, *rest, want[32];
	size_t	 i = 0;

	ATF_REQUIRE(load(text, &errors) == NULL);
	rest = errors;
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		ATF_REQUIRE_MSG(i < n, "%s", line);
		snprintf(want, sizeof(want), "t.conf:%d: ", lines[i++]);
		ATF_CHECK_MSG(strncmp(line, want, strlen(want)) == 0,
		    "%s, not %s", line, want);
	}
	ATF_CHECK_EQ(i, n);
	free(errors);
}

/* The only process of an app in classic mode. */
static inline struct process_conf *
only(const struct app_conf *app)
{
	ATF_REQUIRE(app != NULL && !app->bootstrap && app->nprocesses == 1);
	return (TAILQ_FIRST(&app->processes));
}

static inline size_t
count_lines(const char *s)
{
	size_t	 n = 0;

	for (; s != NULL && *s != '\0'; s++)
		n += *s == '\n';
	return (n);
}

#define SLURP_MAX	(256 * 1024)

static inline char *
slurp(const char *path)
{
	FILE	*f = fopen(path, "r");
	char	*text = calloc(1, SLURP_MAX);
	size_t	 n;

	ATF_REQUIRE_MSG(f != NULL, "%s", path);
	ATF_REQUIRE(text != NULL);
	n = fread(text, 1, SLURP_MAX - 1, f);
	ATF_REQUIRE_MSG(n > 0 && n < SLURP_MAX - 1, "%s", path);
	fclose(f);
	return (text);
}

/* ---- a folder of the ordinary user, gone when the test is --------------- */

static char	 scratch_dir[64];

static inline int
scratch_unlink(const char *path, const struct stat *st, int flag,
    struct FTW *ftw)
{
	return (remove(path));
}

static inline void
scratch_remove(void)
{
	nftw(scratch_dir, scratch_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void
scratch(void)
{
	struct passwd	*pw = ordinary();

	strlcpy(scratch_dir, "/tmp/conf_test.XXXXXX", sizeof(scratch_dir));
	ATF_REQUIRE(mkdtemp(scratch_dir) != NULL);
	ATF_REQUIRE(atexit(scratch_remove) == 0);
	ATF_REQUIRE(chown(scratch_dir, pw->pw_uid, pw->pw_gid) == 0);
}

static inline const char *
scratch_path(const char *name)
{
	static char	 path[4][128];
	static int	 i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", scratch_dir, name);
	return (path[i]);
}

static inline void
scratch_write(const char *name, const char *text)
{
	struct passwd	*pw = ordinary();
	const char	*path = scratch_path(name);
	FILE		*f = fopen(path, "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE(fputs(text, f) >= 0);
	ATF_REQUIRE(fclose(f) == 0);
	ATF_REQUIRE(chown(path, pw->pw_uid, pw->pw_gid) == 0);
	ATF_REQUIRE(chmod(path, 0600) == 0);
}

static inline struct conf *
load_file(const char *name, char **errors)
{
	struct conf_options	 opts = { .file = scratch_path(name) };
	struct conf		*conf;
	int			 root = become_ordinary();

	conf = conf_load(&opts, errors);
	become_again(root);
	return (conf);
}

static inline void
load_file_fails(const char *name, const char *error)
{
	struct conf	*conf;
	char		*errors;

	conf = load_file(name, &errors);
	if (conf != NULL)
		atf_tc_fail_nonfatal("%s accepted; wanted: %s", name, error);
	else if (strstr(errors, error) == NULL)
		atf_tc_fail_nonfatal("%s, not %s", errors, error);
	conf_free(conf);
	free(errors);
}

#endif /* REGRESS_CONF_FIXTURE_H */
