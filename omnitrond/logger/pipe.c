/*
 * The size of the FIFOs that apps write to.  Logger only; touches the read
 * ends it was given.
 *
 * A pipe that is found full is grown, so that a busy app is read in large
 * pieces; the kernel allows a user only so many large ones, so they are few
 * and one that has been idle gives its place to one that is busy.
 */
#include <fcntl.h>

#include "omnitrond/logger/stream.h"

#ifdef F_SETPIPE_SZ
static int
pipe_resize(int fd, int size)
{
	return (fcntl(fd, F_SETPIPE_SZ, size) == -1 ? -1 : 0);
}
#else
static int
pipe_resize(int fd, int size)
{
	return (-1);
}
#endif

void
pipe_gone(struct output *s)
{
	if (s->grown != 1)
		return;
	TAILQ_REMOVE(&s->logger->grown, s, grown_entry);
	s->logger->ngrown--;
	s->grown = 0;
}

/* Is there a place, or one that can be had? */
static int
pipe_place(struct logger *l, struct mono now)
{
	struct output	*idle;

	if (l->ngrown < PIPES_GROWN_MAX)
		return (1);
	idle = TAILQ_FIRST(&l->grown);
	if (mono_diff_ms(now, idle->full) < PIPE_IDLE_MS ||
	    pipe_resize(idle->fd, PIPE_DEFAULT) == -1)
		return (0);
	pipe_gone(idle);
	return (1);
}

void
pipe_full(struct output *s)
{
	struct logger	*l = s->logger;
	struct mono	 now = mono_now();

	s->full = now;
	if (s->grown == 1) {
		TAILQ_REMOVE(&l->grown, s, grown_entry);
		TAILQ_INSERT_TAIL(&l->grown, s, grown_entry);
		return;
	}
	if (s->grown == -1 || !pipe_place(l, now))
		return;
	if (pipe_resize(s->fd, PIPE_GROWN) == -1) {
		s->grown = -1;		/* not allowed: do not ask again */
		return;
	}
	s->grown = 1;
	l->ngrown++;
	TAILQ_INSERT_TAIL(&l->grown, s, grown_entry);
}
