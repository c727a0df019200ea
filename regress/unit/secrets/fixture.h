/*
 * What the tests of the secrets share: folders with files in them, and a
 * vault in one.
 */
#ifndef REGRESS_SECRETS_FIXTURE_H
#define REGRESS_SECRETS_FIXTURE_H

#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/secrets/vault.h"
#include "regress/unit/shared/fault.h"

#define NOW	INT64_C(1795000000000)
#define FILE_KEY "0123456789abcdef0123456789abcdef"
#define OTHER	"another 32 bytes of a key file.."
#define PLANTED	"planted-value-7f3a"

/* An empty folder below the working one; its descriptor. */
static inline int
fx_folder(const char *name)
{
	int	 fd;

	ATF_REQUIRE_EQ(0, mkdir(name, 0700));
	ATF_REQUIRE((fd = open(name, O_RDONLY | O_DIRECTORY)) != -1);
	return (fd);
}

static inline void
fx_put(int dirfd, const char *name, const void *text, size_t len)
{
	int	 fd;

	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, text, len));
	close(fd);
}

/* NULL if there is none. */
static inline uint8_t *
fx_get(int dirfd, const char *name, size_t *len)
{
	struct stat	 st;
	uint8_t		*text;
	int		 fd;

	if ((fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW)) == -1)
		return (NULL);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_REQUIRE((text = calloc(1, (size_t)st.st_size + 1)) != NULL);
	*len = (size_t)st.st_size;
	ATF_REQUIRE_EQ(st.st_size, read(fd, text, *len));
	close(fd);
	return (text);
}

static inline int
fx_exists(int dirfd, const char *name)
{
	struct stat	 st;

	return (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
}

static inline int
fx_same(int dirfd, const char *name, const uint8_t *text, size_t len)
{
	size_t	 n;
	uint8_t	*p = fx_get(dirfd, name, &n);
	int	 same = p != NULL && n == len && memcmp(p, text, n) == 0;

	free(p);
	return (same);
}

/* Names in a folder, apart from "." and "..". */
static inline int
fx_files(int dirfd)
{
	struct dirent	*d;
	DIR		*dp;
	int		 n = 0;

	ATF_REQUIRE((dp = fdopendir(openat(dirfd, ".", O_RDONLY))) != NULL);
	while ((d = readdir(dp)) != NULL)
		n += strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0;
	closedir(dp);
	return (n);
}

/* A name in a folder that begins so; NULL: there is none. */
static inline const char *
fx_begins(int dirfd, const char *begin)
{
	static char	 name[256];
	struct dirent	*d;
	DIR		*dp;

	name[0] = '\0';
	ATF_REQUIRE((dp = fdopendir(openat(dirfd, ".", O_RDONLY))) != NULL);
	while ((d = readdir(dp)) != NULL)
		if (strncmp(d->d_name, begin, strlen(begin)) == 0)
			strlcpy(name, d->d_name, sizeof(name));
	closedir(dp);
	return (name[0] != '\0' ? name : NULL);
}

static inline void
fx_give(struct vault *v, enum secrets_how how, const char *given)
{
	struct map	 none;

	map_init(&none);
	vault_configure(v, how, (const uint8_t *)given, strlen(given), &none);
}

static inline void
fx_open_by(struct vault *v, int dirfd, const struct fileops *ops,
    enum secrets_how how, const char *given)
{
	log_init("test", 0);
	vault_init(v, ops, dirfd);
	fx_give(v, how, given);
}

/* With the usual key. */
static inline void
fx_open(struct vault *v, int dirfd)
{
	fx_open_by(v, dirfd, &fileops_system, SECRETS_KEYFILE, FILE_KEY);
}

static inline enum outcome
fx_set(struct vault *v, const char *key, const char *value)
{
	char	 text[TEXT_MAX];
	int	 persisted, changed;

	return (vault_set(v, key, value, strlen(value), NOW, &persisted,
	    &changed, text));
}

/* The value of a key, or NULL. */
static inline const char *
fx_value(struct vault *v, const char *key)
{
	char		 text[TEXT_MAX];
	struct secret	*s;

	if (vault_readable(v, text) != OUT_OK ||
	    (s = map_get(&v->map, key)) == NULL)
		return (NULL);
	return (s->value);
}

/* The same from the file, as another process would read it. */
static inline int
fx_kept(int dirfd, const char *given, const char *key, const char *value)
{
	struct vault	 v;
	const char	*is;
	int		 rv;

	fx_open_by(&v, dirfd, &fileops_system, SECRETS_KEYFILE, given);
	is = fx_value(&v, key);
	rv = is != NULL && value != NULL ? strcmp(is, value) == 0 :
	    is == value;
	vault_free(&v);
	return (rv);
}

#endif /* REGRESS_SECRETS_FIXTURE_H */
