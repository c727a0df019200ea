/*
 * A peer in a test: one end of a channel is real, at the other the test
 * writes frames byte by byte.
 */
#ifndef REGRESS_SHARED_PEER_FIXTURE_H
#define REGRESS_SHARED_PEER_FIXTURE_H

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "common/log.h"
#include "common/mono.h"
#include "common/xmalloc.h"
#include "omnitrond/proc.h"

#define WAIT_SECONDS	30	/* what has not come then does not come */
#define FD_MARK		0x80000000u	/* in the length: a descriptor comes */

/* One end is a peer, the other a plain socket. */
struct end {
	struct event_base	*base;
	struct peer		*peer;		/* NULL when it is down */
	int			 far;
	unsigned		 got;		/* messages handled */
	unsigned		 downs;
	char			 why[64];	/* "" = end of file */
	enum msg_type		 type;
	int			 took;		/* a descriptor, or -1 */
	char			 name[NAME_LEN_MAX + 1];
	int			 free_at;	/* frees itself at this message */
};

static inline void
on_down(struct peer *p, const char *why, enum msg_type type)
{
	struct end	*e = peer_arg(p);

	e->downs++;
	strlcpy(e->why, why != NULL ? why : "", sizeof(e->why));
	e->type = type;
	e->peer = NULL;
}

static inline void
counted(struct end *e)
{
	if (++e->got == (unsigned)e->free_at) {
		peer_free(e->peer);
		e->peer = NULL;
	}
}

static inline int
on_stream(struct peer *p, struct msg *m)
{
	struct end		*e = peer_arg(p);
	struct m_log_stream	 rec;

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, e->name, sizeof(e->name));
	if (msg_end(m) == -1)
		return (-1);
	if (rec.gap == 0) {		/* else it forgets it */
		if (e->took != -1)
			close(e->took);
		e->took = msg_take_fd(m);
	}
	counted(e);
	return (0);
}

static inline int
on_conf_log(struct peer *p, struct msg *m)
{
	struct end		*e = peer_arg(p);
	struct m_conf_log	 rec;

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, e->name, sizeof(e->name));
	if (msg_end(m) == -1)
		return (-1);
	counted(e);
	return (0);
}

static inline int
on_pid(struct peer *p, struct msg *m)
{
	struct m_log_pid	 rec;

	msg_take(m, &rec, sizeof(rec));
	if (msg_end(m) == -1)
		return (-1);
	counted(peer_arg(p));
	return (0);
}

/* A logger, as far as the parent talks to it; LOG_REOPEN has no handler. */
static const struct dispatch table[] = {
	HANDLE(LOG_STREAM, on_stream),
	HANDLE(CONF_LOG, on_conf_log),
	HANDLE(LOG_PID, on_pid),
	HANDLE_END
};

static inline void
end_open(struct end *e)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv));
	e->far = sv[1];
	e->peer = peer_new(e->base, K_LOGGER, K_PARENT, sv[0], table, on_down,
	    e);
	e->got = e->downs = 0;
	e->why[0] = e->name[0] = '\0';
	e->took = -1;
	e->free_at = -1;
}

static inline void
end_new(struct end *e)
{
	log_init("test", 0);
	memset(e, 0, sizeof(*e));
	ATF_REQUIRE((e->base = event_base_new()) != NULL);
	end_open(e);
}

static inline void
end_close(struct end *e)
{
	peer_free(e->peer);
	e->peer = NULL;
	if (e->took != -1)
		close(e->took);
	close(e->far);
}

static inline void
end_free(struct end *e)
{
	end_close(e);
	event_base_free(e->base);
}

static inline void
turn(struct end *e)
{
	event_base_loop(e->base, EVLOOP_NONBLOCK);
}

/* Until something came of what was sent: a message more, or its end. */
static inline void
settle(struct end *e, unsigned got)
{
	struct mono	 end = mono_add_ms(mono_now(), WAIT_SECONDS * 1000);

	while (e->got < got && e->downs == 0) {
		ATF_REQUIRE(mono_before(mono_now(), end));
		turn(e);
	}
}

static inline size_t
frame(uint8_t *buf, uint32_t type, uint32_t mark, const void *data, size_t len)
{
	struct imsg_hdr	 hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.len = (uint32_t)(sizeof(hdr) + len) | mark;
	memcpy(buf, &hdr, sizeof(hdr));
	memcpy(buf + sizeof(hdr), data, len);
	return (sizeof(hdr) + len);
}

/* Bytes, and with them so many descriptors. */
static inline void
write_with(int fd, const void *buf, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		uint8_t		 buf[CMSG_SPACE(sizeof(int) * 250)];
	}		 control;
	struct msghdr	 msg;
	struct iovec	 iov = { (void *)(uintptr_t)buf, len };
	struct cmsghdr	*c;
	int		 i, null;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	ATF_REQUIRE((null = open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1);
	if (nfds > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
		for (i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(c) + sizeof(int) * (size_t)i, &null,
			    sizeof(null));
	}
	ATF_REQUIRE_EQ((ssize_t)len, sendmsg(fd, &msg, MSG_NOSIGNAL));
	close(null);
}

static inline void
say(struct end *e, uint32_t type, const void *data, size_t len, int nfds)
{
	uint8_t	 buf[MAX_IMSGSIZE];
	size_t	 n = frame(buf, type, nfds > 0 ? FD_MARK : 0, data, len);

	write_with(e->far, buf, n, nfds);
}

#define DESCRIPTORS_MAX	1024	/* the usual limit of a process */

/* How many are open, by one system call: it is asked very often. */
static inline int
descriptors(void)
{
	struct pollfd	 pfd[DESCRIPTORS_MAX];
	int		 fd, n = 0;

	for (fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		pfd[fd].fd = fd;
		pfd[fd].events = 0;
	}
	ATF_REQUIRE(poll(pfd, DESCRIPTORS_MAX, 0) != -1);
	for (fd = 0; fd < DESCRIPTORS_MAX; fd++)
		if ((pfd[fd].revents & POLLNVAL) == 0)
			n++;
	return (n);
}

/* LOG_STREAM with a name; its length. */
static inline size_t
stream_of(uint8_t *buf, const char *name, uint32_t gap)
{
	struct m_log_stream	 rec;
	uint16_t		 n = (uint16_t)strlen(name);

	memset(&rec, 0, sizeof(rec));
	rec.gap = gap;
	memcpy(buf, &rec, sizeof(rec));
	memcpy(buf + sizeof(rec), &n, sizeof(n));
	memcpy(buf + sizeof(rec) + sizeof(n), name, n);
	return (sizeof(rec) + sizeof(n) + n);
}

static inline void
goes_down(struct end *e, const char *why, int before)
{
	settle(e, UINT32_MAX);
	ATF_CHECK_EQ(1, e->downs);
	ATF_CHECK_STREQ(why, e->why);
	ATF_CHECK(e->peer == NULL);
	end_close(e);
	ATF_CHECK_EQ(before, descriptors());
	end_open(e);
}

#endif /* REGRESS_SHARED_PEER_FIXTURE_H */
