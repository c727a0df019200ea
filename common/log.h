/*
 * Logging of the daemon's own processes, in the manner of OpenBSD's log.c.
 *
 * Lines go to stderr as "LEVEL PROCESS: text\n", one write(2) each, so that
 * the logger can capture them like those of an app; with log_to_syslog also
 * to the system's log (the parent: warnings and worse).  A reader that does
 * not read loses lines and never holds the process up, be stderr a pipe, the
 * socket of a service manager or a terminal that was stopped.
 *
 *	log_warn	a call failed (errno is appended) and we go on
 *	log_warnx	odd input
 *	log_info	what an operator wants to know
 *	log_debug	shown with -v only
 *	fatal, fatalx	this process cannot go on: logs and exits 1
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>

#include "common/level.h"

#define LOG_LINE_OWN_MAX	1024	/* longer lines of our own are cut */

void	log_init(const char *process, int verbose);
void	log_set_verbose(int verbose);
int	log_get_verbose(void);
/* log_syslog.c: only the parent links it.  NULL: the system's socket. */
void	log_to_syslog(const char *socket);
typedef void (*log_sink)(enum level, const char *);
void	log_set_sink(log_sink);	/* warnings and worse also go there; or NULL */
void	log_copy(int fd);	/* lines also go there; -1 ends it */
void	log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void	log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void	log_warnx(const char *, ...) __attribute__((format(printf, 1, 2)));
void	log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void	log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));
void	fatal(const char *, ...)
	    __attribute__((format(printf, 1, 2), noreturn));
void	fatalx(const char *, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

#endif /* COMMON_LOG_H */
