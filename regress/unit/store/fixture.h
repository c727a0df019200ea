/*
 * What the tests of the store share: a map with something of everything, its
 * text, and folders with files in them.
 */
#ifndef REGRESS_STORE_FIXTURE_H
#define REGRESS_STORE_FIXTURE_H

#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/jsonw.h"
#include "omnitrond/crc32c.h"
#include "omnitrond/store/state.h"
#include "omnitrond/store/state_json.h"

#define BOOT	"5f0bd6e2-2f35-4c5b-9a51-0f7d1b6cd6a4"

static inline struct m_state_app
fx_app(uint32_t intent, uint32_t status, uint32_t instances)
{
	struct m_state_app	 rec;

	memset(&rec, 0, sizeof(rec));
	rec.intent = intent;
	rec.status = status;
	rec.instances = instances;
	return (rec);
}

static inline struct m_state_inst
fx_inst(uint16_t number, int32_t pid, uint32_t status)
{
	struct m_state_inst	 rec;

	memset(&rec, 0, sizeof(rec));
	rec.inst.instance = number;
	rec.inst.generation = 3;
	rec.status = status;
	rec.sig.pid = pid;
	rec.sig.starttime = 77001;
	rec.sig.pidfd_inode = 18446744073709551615ULL;
	strlcpy(rec.sig.bootid, BOOT, sizeof(rec.sig.bootid));
	return (rec);
}

/* An app with every field set. */
static inline void
fx_fill(struct state *st, const char *name)
{
	struct m_state_app	 app = fx_app(INTENT_RUN, S_ERRORED, 2);
	struct m_state_inst	 inst = fx_inst(1, 4711, S_ONLINE);

	app.crash_hash = UINT64_C(0x0123456789abcdef);
	app.restarts = 7;
	app.port = 8080;
	app.started_ms = 1795000000123;
	app.has_exit = 1;
	app.exit.inst.instance = 1;
	app.exit.inst.generation = 9;
	app.exit.pid = 4242;
	app.exit.code = -1;
	app.exit.signal = 9;
	app.exit.flags = EXIT_OOM | EXIT_STOPPED;
	app.exit.at_ms = 1795000000100;
	app.exit.max_rss = 123456789012;
	ATF_REQUIRE_EQ(0, state_put_app(st, &app, name,
	    "killed \"hard\"\n\xc3\xa4", "main"));
	inst.restarts = 4;
	inst.backoff = 2;
	inst.ntimes = 3;
	inst.times_ms[0] = 1795000000001;
	inst.times_ms[1] = 1795000000002;
	inst.times_ms[2] = 1795000000003;
	inst.started_ms = 1795000000055;
	inst.deadline_ms = 1795000009999;
	inst.wanted = 2;
	inst.configured = 3;
	ATF_REQUIRE_EQ(0, state_put_inst(st, &inst, name, "main"));
	inst = fx_inst(0, 4710, S_STARTING);
	inst.finished = 1;
	inst.wanted = 2;
	inst.configured = 3;
	ATF_REQUIRE_EQ(0, state_put_inst(st, &inst, name, "main"));
}

/* The text of a map; the caller's to free. */
static inline char *
fx_text(const struct state *st, size_t *len)
{
	struct writer	 by;
	struct jsonw	 w;

	memset(&by, 0, sizeof(by));
	by.pid = 99;
	by.started_ms = 1794000000000;
	by.now_ms = 1795000000000;
	strlcpy(by.bootid, BOOT, sizeof(by.bootid));
	jsonw_init(&w, STATE_FILE_MAX);
	ATF_REQUIRE_EQ(0, state_write(st, &by, &w));
	*len = w.len;
	return (w.buf);
}

/* The text of a map with one app. */
static inline char *
fx_simple(const char *name, size_t *len)
{
	struct m_state_app	 app = fx_app(INTENT_RUN, S_ONLINE, 1);
	struct state		 st;
	char			*text;

	state_init(&st);
	ATF_REQUIRE_EQ(0, state_put_app(&st, &app, name, "", ""));
	text = fx_text(&st, len);
	state_free(&st);
	return (text);
}

/* A body that lacks only its last brace, with the right tail. */
static inline char *
fx_sealed(const char *body, size_t *len)
{
	char	*text;
	int	 n;

	n = asprintf(&text, "%s" TAIL_FORMAT, body,
	    crc32c(0, body, strlen(body)));
	ATF_REQUIRE(n > 0);
	*len = (size_t)n;
	return (text);
}

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
fx_put(int dirfd, const char *name, const char *text, size_t len)
{
	int	 fd;

	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, text, len));
	close(fd);
}

/* A file with one app of that name. */
static inline void
fx_put_simple(int dirfd, const char *name, const char *app)
{
	size_t	 len;
	char	*text = fx_simple(app, &len);

	fx_put(dirfd, name, text, len);
	free(text);
}

static inline char *
fx_get(int dirfd, const char *name, size_t *len)
{
	struct stat	 st;
	char		*text;
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

#endif /* REGRESS_STORE_FIXTURE_H */
