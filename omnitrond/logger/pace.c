/*
 * The pace of reading an app that writes many small pieces.  Logger only.
 *
 * An app that flushes each line would cost a read and a write a line, and
 * hold itself up with it.  Once its pipe is grown it is read every PACE_MS
 * instead of at each line: a fraction of the system calls for a millisecond
 * of delay.
 */
#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/logger/stream.h"

static void
pace_over(int fd, short events, void *arg)
{
	struct output	*s = arg;

	if (!s->eof)
		stream_listen(s);
}

static void
pace_wait(struct output *s)
{
	static const struct timeval	 tv = { 0, PACE_MS * 1000 };

	if (s->later == NULL)
		s->later = event_new(s->logger->base, -1, 0, pace_over, s);
	if (s->later == NULL || event_add(s->later, &tv) == -1)
		fatalx("out of memory");
	stream_pause(s);
}

void
pace_read(struct output *s, size_t n)
{
	struct mono	 now = mono_now();

	if (s->paced) {
		if (n < PACE_LEAST)
			s->paced = 0;
		else if (n < READ_MAX)
			pace_wait(s);
		return;
	}
	if (n > PACE_SMALL || now.us - s->last.us > PACE_QUICK_US)
		s->quick = 0;
	else
		s->quick++;
	s->last = now;
	if (s->quick < PACE_QUICK)
		return;
	s->quick = 0;
	pipe_full(s);
	if (s->grown != 1)
		return;		/* a small pipe would be full before that */
	s->paced = 1;
	pace_wait(s);
}
