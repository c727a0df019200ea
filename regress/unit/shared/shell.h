/* Commands of other programs that a test needs: keys, certificates. */
#ifndef REGRESS_UNIT_SHARED_SHELL_H
#define REGRESS_UNIT_SHARED_SHELL_H

#include <sys/wait.h>

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <atf-c.h>

#define SHELL_MAX	2048u	/* bytes of a command, with its NUL */

/* Run the test's own text by sh(1); 0 if that says so. */
static inline int __attribute__((format(printf, 1, 2)))
shell(const char *fmt, ...)
{
	char	 text[SHELL_MAX];
	va_list	 ap;
	pid_t	 pid;
	int	 n, status;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ATF_REQUIRE(n >= 0 && (size_t)n < sizeof(text));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (status);
}

#endif /* REGRESS_UNIT_SHARED_SHELL_H */
