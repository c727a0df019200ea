/*
 * The restart policy: an exit and the app's configuration give a verdict.
 * Supervisor process; pure.
 */
#include <errno.h>
#include <stdio.h>

#include "omnitrond/supervisor/policy.h"

static int
policy_bit(const uint8_t bits[32], int32_t code)
{
	if (code < 0 || code > 255)
		return (0);
	return ((bits[code / 8] >> (code % 8)) & 1);
}

int
policy_graceful(const struct m_conf_process *conf, const struct m_exited *ex)
{
	if (ex->flags & (EXIT_UNKNOWN | EXIT_NOEXEC | EXIT_OOM))
		return (0);
	if (ex->signal > 0)
		return (ex->signal < 64 &&
		    ((conf->success_signals >> ex->signal) & 1));
	return (ex->code == 0 || policy_bit(conf->success_codes, ex->code));
}

enum verdict
policy_exit(const struct m_conf_process *conf, const struct m_exited *ex)
{
	int	 told = (ex->flags & (EXIT_UNKNOWN | EXIT_NOEXEC)) == 0;

	if (policy_graceful(conf, ex))
		return (conf->policy == RESTART_ALWAYS ? V_RESTART_FREE :
		    V_FINISHED);
	if (told && ex->signal == 0 &&
	    policy_bit(conf->norestart_codes, ex->code))
		return (V_CRASHED);
	if (conf->policy == RESTART_NEVER)
		return (V_FAILED);
	return ((ex->flags & EXIT_SIGNALLED) ? V_RESTART_FREE : V_RESTART);
}

enum verdict
policy_failed(const struct m_conf_process *conf)
{
	return (conf->policy == RESTART_NEVER ? V_FAILED : V_RESTART);
}

static const char *
policy_oom(const struct m_exited *ex)
{
	if ((ex->flags & EXIT_OOM) == 0)
		return ("");
	return ((ex->flags & EXIT_GUESS) ? " (probably out of memory)" :
	    " (out of memory)");
}

char *
policy_text(const struct m_exited *ex, char *buf, size_t size)
{
	if (ex->flags & EXIT_NOEXEC)
		snprintf(buf, size, "not started");
	else if (ex->flags & EXIT_UNKNOWN)
		snprintf(buf, size, "exit unknown");
	else if (ex->signal > 0)
		snprintf(buf, size, "signal %s%s%s", signal_name(ex->signal),
		    policy_oom(ex),
		    (ex->flags & EXIT_CORE) ? " (core dumped)" : "");
	else
		snprintf(buf, size, "exit %d%s", (int)ex->code,
		    policy_oom(ex));
	return (buf);
}

int
policy_permanent(enum spawn_step step, int error)
{
	/* what the daemon itself ran short of says nothing about the app */
	switch (step) {
	case STEP_FORK:
	case STEP_CGROUP:
	case STEP_FIFO:
	case STEP_HOOK:		/* it may succeed the next time */
	case STEP_STDIO:
		return (0);
	default:
		break;
	}
	switch (error) {
	case EAGAIN:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case ENOSPC:
	case EINTR:
	case EIO:
	case ETXTBSY:		/* being written: an upgrade */
	case EADDRINUSE:
	case EADDRNOTAVAIL:	/* an interface that is not up yet */
		return (0);
	default:
		return (1);
	}
}
