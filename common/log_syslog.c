/*
 * The way to syslog(3), in a file of its own: syslog makes a socket, so a
 * process that may not must not even link it.  Used by the parent alone.
 */
#include <stddef.h>
#include <syslog.h>

#include "common/log.h"

static const int log_priority[LEVEL_MAX] = {
	[LEVEL_TRACE] = LOG_DEBUG,	[LEVEL_DEBUG] = LOG_DEBUG,
	[LEVEL_INFO] = LOG_INFO,	[LEVEL_WARN] = LOG_WARNING,
	[LEVEL_ERROR] = LOG_ERR,	[LEVEL_FATAL] = LOG_CRIT,
};

static void
log_syslog(enum level level, const char *text)
{
	syslog(log_priority[level], "%s", text);
}

void
log_to_syslog(int on)
{
	if (on)
		openlog("omnitrond", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	else
		closelog();
	log_set_sink(on ? log_syslog : NULL);
}
