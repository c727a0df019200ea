/*
 * The way to the system's log, in a file of its own: it makes a socket, so a
 * process that may not must not even link it.  Used by the parent alone.
 *
 * syslog(3) waits while the system's logger does not read, and with it the
 * parent would stand still.  So the datagram is our own, and a line that is
 * not taken at once is counted and dropped; it stands in omnitrond.log.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

static const int log_priority[LEVEL_MAX] = {
	[LEVEL_TRACE] = LOG_DEBUG,	[LEVEL_DEBUG] = LOG_DEBUG,
	[LEVEL_INFO] = LOG_INFO,	[LEVEL_WARN] = LOG_WARNING,
	[LEVEL_ERROR] = LOG_ERR,	[LEVEL_FATAL] = LOG_CRIT,
};

#ifdef __OpenBSD__

/* By sendsyslog(2), which does not wait. */
static void
log_syslog(enum level level, const char *text)
{
	syslog(log_priority[level], "%s", text);
}

void
log_to_syslog(const char *path)
{
	openlog("omnitrond", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	log_set_sink(log_syslog);
}

#else

static struct {
	struct sockaddr_un	 to;
	int			 fd;		/* -1: not connected */
	unsigned long		 lost;		/* lines since the last sent */
} out = { .fd = -1 };

static void
out_close(void)
{
	if (out.fd != -1)
		close(out.fd);
	out.fd = -1;
}

static int
out_open(void)
{
	out.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (out.fd == -1)
		return (-1);
	if (connect(out.fd, (struct sockaddr *)&out.to, sizeof(out.to)) == 0)
		return (0);
	out_close();
	return (-1);
}

/* A system's logger that was started anew has another socket. */
static int
out_send(const char *line, size_t len)
{
	int	 try;

	for (try = 0; try < 2; try++) {
		if (out.fd == -1 && out_open() == -1)
			return (-1);
		if (send(out.fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) != -1)
			return (0);
		if (errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == ENOBUFS)
			return (-1);
		out_close();
	}
	return (-1);
}

static void
log_syslog(enum level level, const char *text)
{
	char		 line[LOG_LINE_OWN_MAX + 128], stamp[32], lost[64];
	time_t		 now = time(NULL);
	struct tm	 tm;
	int		 len;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) == 0)
		return;
	lost[0] = '\0';
	if (out.lost > 0)
		snprintf(lost, sizeof(lost), "(%lu lines before this are "
		    "lost) ", out.lost);
	len = snprintf(line, sizeof(line), "<%d>%s omnitrond[%d]: %s%s",
	    LOG_DAEMON | log_priority[level], stamp, (int)getpid(), lost, text);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line))
		len = sizeof(line) - 1;
	if (out_send(line, (size_t)len) == -1)
		out.lost++;
	else
		out.lost = 0;
}

void
log_to_syslog(const char *path)
{
	out_close();
	memset(&out.to, 0, sizeof(out.to));
	out.to.sun_family = AF_UNIX;
	strlcpy(out.to.sun_path, path != NULL ? path : _PATH_LOG,
	    sizeof(out.to.sun_path));
	out_open();
	log_set_sink(log_syslog);
}

#endif
