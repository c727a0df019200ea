/* Files of keys: which are opened, and the one that is made. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "omnitrond/parent/keyfile.h"
#include "omnitrond/proto.h"

static char	 err[TEXT_MAX];
static char	 top[PATH_SIZE / 2];

static const char *
in(const char *name)
{
	static char	 path[4][PATH_SIZE];
	static int	 n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", top, name);
	return (path[n]);
}

/* In a folder that nobody else can write: that is not below /tmp. */
static void
folder(void)
{
	const char	*scratch = getenv("OMNITRON_SCRATCH");
	char		*real = realpath(scratch != NULL ? scratch : ".",
			    NULL);

	ATF_REQUIRE(real != NULL);
	snprintf(top, sizeof(top), "%s/keyfile.XXXXXX", real);
	free(real);
	ATF_REQUIRE(mkdtemp(top) != NULL);
}

static void
file(const char *name, const char *text, mode_t mode)
{
	FILE	*f = fopen(in(name), "w");

	ATF_REQUIRE(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
	ATF_REQUIRE_EQ(0, chmod(in(name), mode));
}

static void
opened(const char *name, int private)
{
	int	 fd = keyfile_open(in(name), private, err, sizeof(err));

	ATF_CHECK_MSG(fd != -1, "%s: %s", name, err);
	if (fd != -1) {
		ATF_CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		ATF_CHECK_EQ(0, lseek(fd, 0, SEEK_CUR));
		close(fd);
	}
}

static void
refused(const char *name, int private, const char *why)
{
	int	 fd = keyfile_open(in(name), private, err, sizeof(err));

	ATF_CHECK_MSG(fd == -1, "%s is opened", name);
	ATF_CHECK_MSG(strstr(err, why) != NULL, "%s", err);
	ATF_CHECK_MSG(strstr(err, in(name)) != NULL, "%s", err);
}

ATF_TC_WITHOUT_HEAD(only_what_nobody_else_wrote_is_opened);
ATF_TC_BODY(only_what_nobody_else_wrote_is_opened, tc)
{
	folder();
	file("key", "secret", 0600);
	opened("key", 1);
	file("cert", "public", 0644);
	opened("cert", 0);
	refused("cert", 1, "can be read by others");
	file("group", "secret", 0640);
	refused("group", 1, "can be read by others");
	opened("group", 0);
	file("written", "x", 0664);
	refused("written", 0, "can be written by others: chmod go-w");
	file("empty", "", 0600);
	refused("empty", 1, "is empty");
	refused("none", 1, "No such file");
	ATF_REQUIRE_EQ(0, symlink("key", in("link")));
	refused("link", 1, "is a symbolic link");
	ATF_REQUIRE_EQ(0, mkfifo(in("fifo"), 0600));
	refused("fifo", 1, "is not a regular file");
	refused(".", 1, "not an absolute path of a file");
	file("large", "x", 0600);
	ATF_REQUIRE_EQ(0, truncate(in("large"), KEYFILE_MAX));
	opened("large", 1);
	ATF_REQUIRE_EQ(0, truncate(in("large"), KEYFILE_MAX + 1));
	refused("large", 1, "is larger than 64 KiB");
}

ATF_TC_WITHOUT_HEAD(its_folder_is_looked_at);
ATF_TC_BODY(its_folder_is_looked_at, tc)
{
	folder();
	ATF_REQUIRE_EQ(0, mkdir(in("open"), 0700));
	file("open/key", "secret", 0600);
	opened("open/key", 1);
	ATF_REQUIRE_EQ(0, chmod(in("open"), 0777));
	refused("open/key", 1, "its folder");
	ATF_CHECK_MSG(strstr(err, "is writable by others") != NULL, "%s", err);
}

ATF_TC(another_users_file_is_refused);
ATF_TC_HEAD(another_users_file_is_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(another_users_file_is_refused, tc)
{
	folder();
	file("key", "secret", 0600);
	ATF_REQUIRE_EQ(0, chown(in("key"), 65534, 65534));
	refused("key", 1, "belongs to another user");
}

static int
secrets(uint8_t key[SECRETS_KEY_LEN])
{
	return (keyfile_secrets(in("secrets.key"), in("secrets.enc"), key, err,
	    sizeof(err)));
}

ATF_TC_WITHOUT_HEAD(the_key_of_the_secrets_is_made_once);
ATF_TC_BODY(the_key_of_the_secrets_is_made_once, tc)
{
	uint8_t		 a[SECRETS_KEY_LEN], b[SECRETS_KEY_LEN], none[32];
	struct stat	 st;

	folder();
	memset(none, 0, sizeof(none));
	memset(a, 0, sizeof(a));
	/* what an interrupted start left does not matter */
	file("secrets.key.new", "half a", 0600);
	ATF_REQUIRE_EQ_MSG(0, secrets(a), "%s", err);
	ATF_CHECK(memcmp(a, none, sizeof(a)) != 0);
	ATF_REQUIRE_EQ(0, stat(in("secrets.key"), &st));
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_CHECK_EQ(1, st.st_nlink);
	ATF_CHECK_EQ(SECRETS_KEY_LEN, st.st_size);
	ATF_CHECK_EQ(-1, access(in("secrets.key.new"), F_OK));
	ATF_REQUIRE_EQ_MSG(0, secrets(b), "%s", err);
	ATF_CHECK_EQ(0, memcmp(a, b, sizeof(a)));
	file("secrets.enc", "sealed", 0600);
	ATF_CHECK_EQ_MSG(0, secrets(b), "%s", err);
}

/* It would be another one, and the operator would look for his secrets. */
ATF_TC_WITHOUT_HEAD(no_key_is_made_for_what_another_sealed);
ATF_TC_BODY(no_key_is_made_for_what_another_sealed, tc)
{
	uint8_t	 key[SECRETS_KEY_LEN];

	folder();
	file("secrets.enc", "sealed", 0600);
	ATF_CHECK_EQ(-1, secrets(key));
	ATF_CHECK_MSG(strstr(err, "put it back") != NULL, "%s", err);
	ATF_CHECK_EQ(-1, access(in("secrets.key"), F_OK));
}

ATF_TC_WITHOUT_HEAD(a_key_of_another_length_is_none);
ATF_TC_BODY(a_key_of_another_length_is_none, tc)
{
	uint8_t	 key[SECRETS_KEY_LEN];

	folder();
	file("secrets.key", "0123456789abcdef0123456789abcde", 0600);
	ATF_CHECK_EQ(-1, secrets(key));
	ATF_CHECK_MSG(strstr(err, "has not 32 bytes") != NULL, "%s", err);
	file("secrets.key", "0123456789abcdef0123456789abcdef!", 0600);
	ATF_CHECK_EQ(-1, secrets(key));
	file("secrets.key", "0123456789abcdef0123456789abcdef", 0600);
	ATF_CHECK_EQ(0, secrets(key));
	ATF_CHECK_EQ(0, memcmp(key, "0123456789abcdef0123456789abcdef", 32));
	ATF_REQUIRE_EQ(0, chmod(in("secrets.key"), 0644));
	ATF_CHECK_EQ(-1, secrets(key));
	ATF_CHECK_MSG(strstr(err, "can be read by others") != NULL, "%s", err);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, only_what_nobody_else_wrote_is_opened);
	ATF_TP_ADD_TC(tp, its_folder_is_looked_at);
	ATF_TP_ADD_TC(tp, another_users_file_is_refused);
	ATF_TP_ADD_TC(tp, the_key_of_the_secrets_is_made_once);
	ATF_TP_ADD_TC(tp, no_key_is_made_for_what_another_sealed);
	ATF_TP_ADD_TC(tp, a_key_of_another_length_is_none);
	return (atf_no_error());
}
