/*
 * Who holds a port: the socket's inode and user from /proc/net, the process
 * that has it open from /proc/PID/fd.  In the parent, only after a bind that
 * failed; seldom, and for a bounded time, however much there is to read.
 */
#include "omnitrond/parent/listen.h"

#ifdef __linux__

#include <sys/socket.h>

#include <netinet/in.h>

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mono.h"

#define HOLDER_MS	50	/* that a search may take */
#define HOLDER_PAUSE_MS	5000	/* from one to the next */
#define TCP_LISTENING	10	/* the state, as /proc/net/tcp prints it */

struct holder {
	unsigned long	 inode;
	unsigned int	 uid;
	struct mono	 begin;		/* of the search */
};

static int
holder_late(const struct holder *h)
{
	return (mono_diff_ms(mono_now(), h->begin) >= HOLDER_MS);
}

/* A line of the table: "sl local:port remote:port st ... uid timeout inode" */
static int
holder_line(const char *line, unsigned int port, int udp, struct holder *h)
{
	unsigned int	 local, state;

	if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x "
	    "%*x:%*x %*x %u %*d %lu", &local, &state, &h->uid,
	    &h->inode) != 4)
		return (0);
	return (local == port && (udp || state == TCP_LISTENING));
}

static int
holder_table(const char *path, unsigned int port, int udp, struct holder *h)
{
	char	 line[512];
	FILE	*f;
	int	 found = 0;

	if ((f = fopen(path, "re")) == NULL)
		return (0);
	while (!found && !holder_late(h) &&
	    fgets(line, sizeof(line), f) != NULL)
		found = holder_line(line, port, udp, h);
	fclose(f);
	return (found);
}

/* Has this process the socket open? */
static int
holder_has(const struct holder *h, int proc, const char *pid,
    const char *link)
{
	char		 path[64], text[64];
	struct dirent	*d;
	ssize_t		 n;
	DIR		*dir;
	int		 fd, found = 0;

	snprintf(path, sizeof(path), "%.16s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (0);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return (0);
	}
	while (!found && !holder_late(h) && (d = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), d->d_name, text, sizeof(text) - 1);
		if (n <= 0)
			continue;
		text[n] = '\0';
		found = strcmp(text, link) == 0;
	}
	closedir(dir);
	return (found);
}

/* What calls itself so may be anything: only letters of it are shown. */
static void
holder_name(int proc, const char *pid, char *buf, size_t size)
{
	char	 path[64], *c;
	ssize_t	 n = -1;
	int	 fd;

	snprintf(path, sizeof(path), "%.16s/comm", pid);
	if ((fd = openat(proc, path, O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, buf, size - 1);
		close(fd);
	}
	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	for (c = buf; *c != '\0'; c++)
		if (!isgraph((unsigned char)*c))
			*c = '?';
}

static int
holder_process(const struct holder *h, char *buf, size_t size)
{
	struct dirent	*d;
	char		 link[64], name[32];
	DIR		*dir;
	int		 found = 0;

	snprintf(link, sizeof(link), "socket:[%lu]", h->inode);
	if ((dir = opendir("/proc")) == NULL)
		return (0);
	while (!found && !holder_late(h) && (d = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)d->d_name[0]) ||
		    !holder_has(h, dirfd(dir), d->d_name, link))
			continue;
		holder_name(dirfd(dir), d->d_name, name, sizeof(name));
		snprintf(buf, size, "pid %.16s (%s) of ", d->d_name, name);
		found = 1;
	}
	closedir(dir);
	return (found);
}

static void
holder_search(unsigned int port, int udp, char *buf, size_t size)
{
	struct holder	 h = { .begin = mono_now() };
	size_t		 n;

	buf[0] = '\0';
	if (!holder_table(udp ? "/proc/net/udp" : "/proc/net/tcp", port, udp,
	    &h) && !holder_table(udp ? "/proc/net/udp6" : "/proc/net/tcp6",
	    port, udp, &h))
		return;
	holder_process(&h, buf, size);
	n = strlen(buf);
	snprintf(buf + n, size - n, "uid %u", h.uid);
}

/* What was found last is told again for a while, and nothing of others. */
char *
listen_holder(const struct sockaddr *sa, int udp, char *buf, size_t size)
{
	static struct {
		char		 text[128];
		unsigned int	 port;
		int		 udp;
		struct mono	 at;
	} last;
	unsigned int	 port;

	port = ntohs(sa->sa_family == AF_INET ?
	    ((const struct sockaddr_in *)(const void *)sa)->sin_port :
	    ((const struct sockaddr_in6 *)(const void *)sa)->sin6_port);
	buf[0] = '\0';
	if (last.at.us == 0 ||
	    mono_diff_ms(mono_now(), last.at) >= HOLDER_PAUSE_MS) {
		holder_search(port, udp, last.text, sizeof(last.text));
		last.port = port;
		last.udp = udp;
		last.at = mono_now();
	}
	if (last.port == port && last.udp == udp)
		strlcpy(buf, last.text, size);
	return (buf);
}

#endif /* __linux__ */
