/*
 * Which SIGKILL was the kernel's, because memory was out.  Parent; reads
 * /proc/vmstat.
 *
 * An instance whose cgroup has a memory controller is told for certain by
 * that group's memory.events.  Where there is none, only the kills of the
 * whole host are counted: a SIGKILL that was not ours while that number rose
 * is probably one of them.  The number is looked at again and again (sweep),
 * so that a kill of something else long ago is not taken for one of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/oom.h"
#include "omnitrond/proto.h"

#define OOM_KEY		"oom_kill "
#define OOM_TEXT_MAX	16384	/* /proc/vmstat has about 4 KiB */

int64_t
oom_parse(const char *text)
{
	const char	*p = text;
	char		*end;
	long long	 n;

	while (strncmp(p, OOM_KEY, sizeof(OOM_KEY) - 1) != 0) {
		if ((p = strchr(p, '\n')) == NULL)
			return (-1);
		p++;
	}
	p += sizeof(OOM_KEY) - 1;
	errno = 0;
	n = strtoll(p, &end, 10);
	return (end == p || errno != 0 || n < 0 ? -1 : n);
}

static int64_t
oom_count(const struct oom *o)
{
	char	 text[OOM_TEXT_MAX];
	size_t	 len = 0;
	ssize_t	 n;
	int	 fd;

	if ((fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return (-1);
	while (len < sizeof(text) - 1 &&
	    (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	return (oom_parse(text));
}

void
oom_look(struct oom *o)
{
	o->seen = oom_count(o);
}

void
oom_init(struct oom *o, const char *path)
{
	o->path = path;
	oom_look(o);
}

/* Has the host's number risen?  Others may have died by the same kill. */
static int
oom_rose(struct oom *o)
{
	int64_t	 now = oom_count(o);

	if (now == -1 || o->seen == -1) {
		o->seen = now;
		return (0);
	}
	if (now <= o->seen)
		return (0);
	o->seen++;
	return (1);
}

uint32_t
oom_flags(struct oom *o, const struct oom_death *d)
{
	if (d->signal != SIGKILL || d->ours)
		return (0);
	if (d->after != -1)
		return (d->after > (d->before == -1 ? 0 : d->before) ?
		    EXIT_OOM : 0);
	return (oom_rose(o) ? EXIT_OOM | EXIT_GUESS : 0);
}
