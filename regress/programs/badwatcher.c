/*
 * In the place of omnitrond-watcher: it does to the parent and to the
 * supervisor what a watcher may not, as a digit in the file `bad' of the
 * folder to watch says.  It is told that folder and its channel to the
 * supervisor by the parent, like any other.
 */
#include <sys/socket.h>
#include <sys/types.h>

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/proto.h"

#define PARENT_FD	3
#define FRAMES		100000
#define FOLDER		"/tmp/omnitron-test."

struct frame {
	uint32_t	 type;
	uint32_t	 len;
	uint32_t	 peerid;
	uint32_t	 pid;
	uint8_t		 data[64];
};

static char	 folder[PATH_SIZE];

/* The folder, where it is among what came. */
static void
look_for_folder(const char *buf, size_t len)
{
	const char	*p = memmem(buf, len, FOLDER, strlen(FOLDER));
	size_t		 n;

	for (n = 0; p != NULL && p + n < buf + len && p[n] > ' ' &&
	    n < sizeof(folder) - 1; n++)
		folder[n] = p[n];
}

static int
mode(void)
{
	char	 path[PATH_SIZE + 8], c = '0';
	int	 fd;

	snprintf(path, sizeof(path), "%s/bad", folder);
	if ((fd = open(path, O_RDONLY)) == -1 || read(fd, &c, 1) != 1)
		_exit(2);
	return (c - '0');
}

/* The first descriptor that comes over the channel: that of LINK. */
static int
receive(void)
{
	union {
		struct cmsghdr	 align;
		char		 bytes[CMSG_SPACE(sizeof(int))];
	}		 control;
	char		 buf[8192];
	struct iovec	 iov = { buf, sizeof(buf) };
	struct msghdr	 msg;
	struct cmsghdr	*c;
	struct pollfd	 pfd = { .fd = PARENT_FD, .events = POLLIN };
	ssize_t		 n;
	int		 fd;

	for (;;) {
		if (poll(&pfd, 1, 10000) != 1)
			_exit(1);
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		if ((n = recvmsg(PARENT_FD, &msg, 0)) <= 0)
			_exit(1);
		look_for_folder(buf, (size_t)n);
		if ((c = CMSG_FIRSTHDR(&msg)) == NULL)
			continue;
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		fcntl(fd, F_SETFL, 0);
		return (fd);
	}
}

static int
say(int fd, uint32_t type, const void *data, size_t len)
{
	struct frame	 f;

	memset(&f, 0, sizeof(f));
	f.type = type;
	f.len = (uint32_t)(IMSG_HEADER_SIZE + len);
	memcpy(f.data, data, len);
	return (write(fd, &f, f.len) == (ssize_t)f.len ? 0 : -1);
}

static void
flood(int fd)
{
	struct m_changed	 m = { .files = 1 };
	int			 i;

	for (i = 0; i < FRAMES; i++)
		if (say(fd, M_CHANGED, &m, sizeof(m)) == -1)
			return;
}

int
main(void)
{
	struct m_shutdown	 down = { 0 };
	struct m_changed	 m = { .files = 7, .trouble = 999 };
	struct m_stop		 stop = { .inst = { .app = 2 }, .signal = 9 };
	int			 fd = receive();

	switch (mode()) {
	case 0:
		flood(fd);
		break;
	case 1:
		say(fd, M_CHANGED, &m, sizeof(m));
		break;
	case 2:
		say(fd, M_SHUTDOWN, &down, sizeof(down));
		break;
	case 3:
		say(PARENT_FD, M_STOP, &stop, sizeof(stop));
		break;
	default:
		say(PARENT_FD, M_SHUTDOWN_ASK, &down, sizeof(down));
	}
	for (;;)
		pause();
}
