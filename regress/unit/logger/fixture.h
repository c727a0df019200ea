/*
 * What the tests of the logger share: a logger in a fresh folder, FIFOs that
 * a test writes to as an app would, files read back, and a plane that keeps
 * what it is sent.
 */
#ifndef REGRESS_LOGGER_FIXTURE_H
#define REGRESS_LOGGER_FIXTURE_H

#include <sys/stat.h>

#include <atf-c.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mono.h"
#include "omnitrond/logger/query.h"
#include "omnitrond/logger/stream.h"

#define FX_SENT_MAX	32768
#define FX_WAIT_MS	20000		/* a condition is true by then */

struct fx_sent {
	struct m_log_record m;
	char		 app[NAME_SIZE];
	char		 process[NAME_SIZE];
	char		*text;
	size_t		 len;
};

static struct {
	struct logger	 l;
	struct event_base *base;
	struct fx_sent	 sent[FX_SENT_MAX];
	size_t		 nsent;
	int		 done;		/* LOG_DONE messages */
	enum outcome	 outcome;
	char		 why[256];
	size_t		 queued;	/* what the channel says it holds */
	char		 fault[256];	/* the last one told */
	int		 faults;
	struct m_conf_log conf;
	char		 apps[8][NAME_SIZE];
	unsigned	 napps;
	uint32_t	 version;
} fx;

static inline void
fx_record(struct logger *l, uint32_t plane, const struct m_log_record *m,
    const char *app, const char *process, const char *text, size_t len)
{
	struct fx_sent	*s = &fx.sent[fx.nsent++];

	ATF_REQUIRE(fx.nsent < FX_SENT_MAX);
	ATF_REQUIRE_EQ(K_CONTROL, plane);
	ATF_REQUIRE(len <= LOG_TEXT_PART);
	s->m = *m;
	strlcpy(s->app, app, sizeof(s->app));
	strlcpy(s->process, process, sizeof(s->process));
	s->len = len;
	ATF_REQUIRE((s->text = malloc(len + 1)) != NULL);
	memcpy(s->text, text, len);
	s->text[len] = '\0';
}

static inline void
fx_done(struct logger *l, uint32_t plane, uint64_t id, enum outcome outcome,
    const char *text)
{
	fx.done++;
	fx.outcome = outcome;
	strlcpy(fx.why, text, sizeof(fx.why));
}

static inline size_t
fx_queued(struct logger *l, uint32_t plane)
{
	return (fx.queued);
}

static inline void
fx_fault(struct logger *l, const char *text)
{
	fx.faults++;
	strlcpy(fx.fault, text, sizeof(fx.fault));
}

static const struct logger_ops fx_ops = {
	fx_record, fx_done, fx_queued, fx_fault
};

/* Commit a configuration of the apps so far. */
static inline void
fx_commit(void)
{
	struct m_conf_begin	 begin = { .version = ++fx.version };
	struct m_conf_log	 log = fx.conf;
	unsigned		 i;

	ATF_REQUIRE_EQ(0, conf_begin(&fx.l, &begin));
	log.id = 0;
	ATF_REQUIRE_EQ(0, conf_log(&fx.l, &log, "omnitrond"));
	for (i = 0; i < fx.napps; i++) {
		log.id = i + 1;
		if (fx.apps[i][0] != '\0')
			ATF_REQUIRE_EQ(0, conf_log(&fx.l, &log, fx.apps[i]));
	}
	ATF_REQUIRE_EQ(0, conf_end(&fx.l, fx.version));
	ATF_REQUIRE_EQ(0, conf_commit(&fx.l, fx.version));
}

/* A logger of one app, "web", whose id is 1. */
static inline void
fx_init(void)
{
	fx.conf.mode = 0600;
	fx.conf.gid = UINT32_MAX;
	fx.conf.max_files = 3;
	fx.conf.max_size = 50 * 1024 * 1024;
	fx.napps = 1;
	strlcpy(fx.apps[0], "web", NAME_SIZE);
	umask(077);
	ATF_REQUIRE((fx.base = event_base_new()) != NULL);
	logger_init(&fx.l, &fx_ops, NULL);
	fx_commit();
	logger_start(&fx.l, fx.base);
}

static inline void
fx_free(void)
{
	while (fx.nsent > 0)
		free(fx.sent[--fx.nsent].text);
	logger_free(&fx.l);
	event_base_free(fx.base);
}

static inline uint32_t
fx_add(const char *name)
{
	strlcpy(fx.apps[fx.napps++], name, NAME_SIZE);
	fx_commit();
	return (fx.napps);
}

/* A stream of the app; returns what the app would write to. */
static inline int
fx_stream(uint32_t app, uint16_t instance, enum stream kind, int32_t pid,
    int gap)
{
	struct m_log_stream	 m;
	char			 path[64];
	int			 rfd, wfd;

	snprintf(path, sizeof(path), "fifo.%u.%u.%d", app, instance, kind);
	(void)mkfifo(path, 0600);
	ATF_REQUIRE((wfd = open(path, O_RDWR | O_NONBLOCK)) != -1);
	ATF_REQUIRE((rfd = open(path, O_RDONLY | O_NONBLOCK)) != -1);
	memset(&m, 0, sizeof(m));
	m.inst.app = app;
	m.inst.instance = instance;
	m.stream = kind;
	m.pid = pid;
	m.gap = (uint32_t)gap;
	stream_new(&fx.l, &m, app == 0 ? "omnitrond" : fx.apps[app - 1], rfd);
	return (wfd);
}

static inline void
fx_say(int fd, const char *text)
{
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
}

/* One turn of the loop. */
static inline void
fx_turn(void)
{
	event_base_loop(fx.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

#define fx_until(cond) do {						\
	struct mono	 fx_end = mono_add_ms(mono_now(), FX_WAIT_MS);	\
									\
	while (!(cond)) {						\
		if (!mono_before(mono_now(), fx_end))			\
			atf_tc_fail("never true: %s", #cond);		\
		fx_turn();						\
	}								\
} while (0)

/* The whole file, NUL terminated, to be freed; "" if there is none. */
static inline char *
fx_read(const char *name)
{
	struct stat	 st;
	char		*p;
	ssize_t		 n = 0;
	int		 fd;

	fd = open(name, O_RDONLY);
	if (fd == -1 || fstat(fd, &st) == -1)
		st.st_size = 0;
	ATF_REQUIRE((p = malloc((size_t)st.st_size + 1)) != NULL);
	if (fd != -1) {
		ATF_REQUIRE((n = read(fd, p, (size_t)st.st_size)) != -1);
		close(fd);
	}
	p[n] = '\0';
	return (p);
}

static inline int
fx_has(const char *name, const char *text)
{
	char	*p = fx_read(name);
	int	 rv = strstr(p, text) != NULL;

	free(p);
	return (rv);
}

static inline size_t
fx_lines(const char *name)
{
	char	*p = fx_read(name), *q;
	size_t	 n = 0;

	for (q = p; (q = strchr(q, '\n')) != NULL; q++)
		n++;
	free(p);
	return (n);
}

static inline int64_t
fx_size(const char *name)
{
	struct stat	 st;

	return (stat(name, &st) == -1 ? -1 : st.st_size);
}

/* Ask; the answer comes as the loop turns. */
static inline const char *
fx_ask(uint64_t id, uint32_t app, uint32_t lines, uint32_t flags)
{
	struct m_log_open	 m;
	enum outcome		 outcome;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.plane = K_CONTROL;
	m.app = app;
	m.lines = lines;
	m.flags = flags;
	return (query_open(&fx.l, &m, "", &outcome));
}

#endif /* REGRESS_LOGGER_FIXTURE_H */
