/*
 * Names of signals and back (common/units.h).  In every process; pure.  The
 * list is our own: sigabbrev_np(3) and sys_signame are not everywhere.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/units.h"

#define SIGNALS_MAX	128	/* more than any system has */

static const struct {
	const char	*name;
	int		 number;
} signals_list[] = {
	{ "SIGHUP", SIGHUP },	{ "SIGINT", SIGINT },
	{ "SIGQUIT", SIGQUIT },	{ "SIGILL", SIGILL },
	{ "SIGTRAP", SIGTRAP },	{ "SIGABRT", SIGABRT },
	{ "SIGBUS", SIGBUS },	{ "SIGFPE", SIGFPE },
	{ "SIGKILL", SIGKILL },	{ "SIGUSR1", SIGUSR1 },
	{ "SIGSEGV", SIGSEGV },	{ "SIGUSR2", SIGUSR2 },
	{ "SIGPIPE", SIGPIPE },	{ "SIGALRM", SIGALRM },
	{ "SIGTERM", SIGTERM },	{ "SIGCHLD", SIGCHLD },
	{ "SIGCONT", SIGCONT },	{ "SIGSTOP", SIGSTOP },
	{ "SIGTSTP", SIGTSTP },	{ "SIGTTIN", SIGTTIN },
	{ "SIGTTOU", SIGTTOU },	{ "SIGURG", SIGURG },
	{ "SIGXCPU", SIGXCPU },	{ "SIGXFSZ", SIGXFSZ },
	{ "SIGVTALRM", SIGVTALRM }, { "SIGPROF", SIGPROF },
	{ "SIGWINCH", SIGWINCH }, { "SIGIO", SIGIO },
	{ "SIGSYS", SIGSYS },
#ifdef SIGPWR
	{ "SIGPWR", SIGPWR },
#endif
#ifdef SIGSTKFLT
	{ "SIGSTKFLT", SIGSTKFLT },
#endif
#ifdef SIGEMT
	{ "SIGEMT", SIGEMT },
#endif
#ifdef SIGINFO
	{ "SIGINFO", SIGINFO },
#endif
	/* Second names, for the parser. */
	{ "SIGIOT", SIGABRT },	{ "SIGCLD", SIGCHLD },
	{ "SIGPOLL", SIGIO },
};

#define SIGNALS_N	(sizeof(signals_list) / sizeof(signals_list[0]))

static int
signal_exists(int sig)
{
	size_t	 i;

	for (i = 0; i < SIGNALS_N; i++)
		if (signals_list[i].number == sig)
			return (1);
#ifdef SIGRTMIN
	return (sig >= SIGRTMIN && sig <= SIGRTMAX);
#else
	return (0);
#endif
}

/* "RTMIN", "RTMIN+3", "RTMAX-2", without the SIG. */
static int
signal_parse_rt(const char *s)
{
#ifdef SIGRTMIN
	const char	*errstr;
	int		 base, sign, offset = 0;

	if (strncasecmp(s, "RTMIN", 5) == 0) {
		base = SIGRTMIN;
		sign = '+';
	} else if (strncasecmp(s, "RTMAX", 5) == 0) {
		base = SIGRTMAX;
		sign = '-';
	} else
		return (-1);
	s += 5;
	if (*s != '\0') {
		if (*s++ != sign || *s < '0' || *s > '9')
			return (-1);
		offset = (int)strtonum(s, 0, SIGRTMAX - SIGRTMIN, &errstr);
		if (errstr != NULL)
			return (-1);
	}
	return (sign == '+' ? base + offset : base - offset);
#else
	return (-1);
#endif
}

int
signal_parse(const char *s)
{
	const char	*errstr;
	size_t		 i;
	int		 sig;

	if (*s >= '0' && *s <= '9') {
		sig = (int)strtonum(s, 1, SIGNALS_MAX, &errstr);
		return (errstr == NULL && signal_exists(sig) ? sig : -1);
	}
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	for (i = 0; i < SIGNALS_N; i++)
		if (strcasecmp(s, signals_list[i].name + 3) == 0)
			return (signals_list[i].number);
	return (signal_parse_rt(s));
}

/*
 * Names that are not in the list are made once and kept, so that what was
 * returned stays right however many are asked for.
 */
const char *
signal_name(int sig)
{
	static char	 made[SIGNALS_MAX][24];
	size_t		 i;

	for (i = 0; i < SIGNALS_N; i++)
		if (signals_list[i].number == sig)
			return (signals_list[i].name);
	if (sig < 0 || sig >= SIGNALS_MAX)
		return ("SIG?");
	if (made[sig][0] != '\0')
		return (made[sig]);
#ifdef SIGRTMIN
	if (sig == SIGRTMIN)
		strlcpy(made[sig], "SIGRTMIN", sizeof(made[sig]));
	else if (sig > SIGRTMIN && sig <= SIGRTMAX)
		snprintf(made[sig], sizeof(made[sig]), "SIGRTMIN+%d",
		    sig - SIGRTMIN);
	else
#endif
		snprintf(made[sig], sizeof(made[sig]), "SIG%d", sig);
	return (made[sig]);
}
