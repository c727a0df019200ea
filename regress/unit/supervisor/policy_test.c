/* What an exit means. */
#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "omnitrond/supervisor/policy.h"

static struct m_conf_process	 c;
static struct m_exited		 ex;

static void
reset(enum restart_policy policy, int code, int sig, uint32_t flags)
{
	memset(&c, 0, sizeof(c));
	memset(&ex, 0, sizeof(ex));
	c.policy = policy;
	ex.code = sig != 0 ? -1 : code;
	ex.signal = sig;
	ex.flags = flags;
}

ATF_TC_WITHOUT_HEAD(exit_0_is_graceful);
ATF_TC_BODY(exit_0_is_graceful, tc)
{
	reset(RESTART_ON_FAILURE, 0, 0, 0);
	ATF_CHECK_EQ(V_FINISHED, policy_exit(&c, &ex));
	reset(RESTART_NEVER, 0, 0, 0);
	ATF_CHECK_EQ(V_FINISHED, policy_exit(&c, &ex));
	reset(RESTART_ALWAYS, 0, 0, 0);
	ATF_CHECK_EQ(V_RESTART_FREE, policy_exit(&c, &ex));
}

ATF_TC_WITHOUT_HEAD(anything_else_is_a_failure);
ATF_TC_BODY(anything_else_is_a_failure, tc)
{
	reset(RESTART_ON_FAILURE, 1, 0, 0);
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
	reset(RESTART_ALWAYS, 1, 0, 0);
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
	reset(RESTART_NEVER, 1, 0, 0);
	ATF_CHECK_EQ(V_FAILED, policy_exit(&c, &ex));
	reset(RESTART_ON_FAILURE, 0, SIGTERM, 0);
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
	reset(RESTART_ON_FAILURE, 0, 0, EXIT_UNKNOWN);
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
}

ATF_TC_WITHOUT_HEAD(success_exit_lists_codes_and_signals);
ATF_TC_BODY(success_exit_lists_codes_and_signals, tc)
{
	reset(RESTART_ON_FAILURE, 143, 0, 0);
	c.success_codes[143 / 8] |= 1 << (143 % 8);
	ATF_CHECK_EQ(V_FINISHED, policy_exit(&c, &ex));
	ex.code = 142;
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
	reset(RESTART_ON_FAILURE, 0, SIGTERM, 0);
	c.success_signals = 1ULL << SIGTERM;
	ATF_CHECK_EQ(V_FINISHED, policy_exit(&c, &ex));
	ex.signal = SIGKILL;
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
	ex.signal = 64;
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
	/* the kernel's killer is no operator */
	c.success_signals = ~0ULL;
	ex.signal = SIGKILL;
	ex.flags = EXIT_OOM;
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
}

ATF_TC_WITHOUT_HEAD(no_restart_exit_crashes_at_once);
ATF_TC_BODY(no_restart_exit_crashes_at_once, tc)
{
	reset(RESTART_ALWAYS, 78, 0, 0);
	c.norestart_codes[78 / 8] |= 1 << (78 % 8);
	ATF_CHECK_EQ(V_CRASHED, policy_exit(&c, &ex));
	ex.code = 77;
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
	/* a code that nobody saw is not 78 */
	ex.code = 78;
	ex.flags = EXIT_UNKNOWN;
	ATF_CHECK_EQ(V_RESTART, policy_exit(&c, &ex));
}

ATF_TC_WITHOUT_HEAD(an_operators_signal_spends_no_budget);
ATF_TC_BODY(an_operators_signal_spends_no_budget, tc)
{
	reset(RESTART_ON_FAILURE, 0, SIGKILL, EXIT_SIGNALLED);
	ATF_CHECK_EQ(V_RESTART_FREE, policy_exit(&c, &ex));
	c.policy = RESTART_NEVER;
	ATF_CHECK_EQ(V_FAILED, policy_exit(&c, &ex));
}

ATF_TC_WITHOUT_HEAD(texts);
ATF_TC_BODY(texts, tc)
{
	char	 buf[64];

	reset(RESTART_NEVER, 1, 0, 0);
	ATF_CHECK_STREQ("exit 1", policy_text(&ex, buf, sizeof(buf)));
	reset(RESTART_NEVER, 0, SIGSEGV, 0);
	ATF_CHECK_STREQ("signal SIGSEGV", policy_text(&ex, buf, sizeof(buf)));
	reset(RESTART_NEVER, 0, SIGKILL, EXIT_OOM);
	ATF_CHECK_STREQ("signal SIGKILL (out of memory)",
	    policy_text(&ex, buf, sizeof(buf)));
	reset(RESTART_ALWAYS, 0, SIGKILL, EXIT_OOM | EXIT_GUESS);
	ATF_CHECK_STREQ("signal SIGKILL (probably out of memory)",
	    policy_text(&ex, buf, sizeof(buf)));
	reset(RESTART_ALWAYS, 0, SIGSEGV, EXIT_CORE);
	ATF_CHECK_STREQ("signal SIGSEGV (core dumped)",
	    policy_text(&ex, buf, sizeof(buf)));
	reset(RESTART_NEVER, 0, 0, EXIT_UNKNOWN);
	ATF_CHECK_STREQ("exit unknown", policy_text(&ex, buf, sizeof(buf)));
}

ATF_TC_WITHOUT_HEAD(what_is_permanent);
ATF_TC_BODY(what_is_permanent, tc)
{
	ATF_CHECK(policy_permanent(STEP_EXEC, ENOENT));
	ATF_CHECK(policy_permanent(STEP_EXEC, EACCES));
	ATF_CHECK(policy_permanent(STEP_CHDIR, ENOENT));
	ATF_CHECK(!policy_permanent(STEP_EXEC, ENOMEM));
	ATF_CHECK(!policy_permanent(STEP_EXEC, ETXTBSY));
	ATF_CHECK(!policy_permanent(STEP_UID, EAGAIN));
	ATF_CHECK(!policy_permanent(STEP_FORK, EAGAIN));
	ATF_CHECK(!policy_permanent(STEP_FIFO, EACCES));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exit_0_is_graceful);
	ATF_TP_ADD_TC(tp, anything_else_is_a_failure);
	ATF_TP_ADD_TC(tp, success_exit_lists_codes_and_signals);
	ATF_TP_ADD_TC(tp, no_restart_exit_crashes_at_once);
	ATF_TP_ADD_TC(tp, an_operators_signal_spends_no_budget);
	ATF_TP_ADD_TC(tp, texts);
	ATF_TP_ADD_TC(tp, what_is_permanent);
	return (atf_no_error());
}
