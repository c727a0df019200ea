/*
 * The real world of the core: peers, clocks, and the one timer of the event
 * loop.  Supervisor process.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/link.h"
#include "omnitrond/supervisor/loop.h"
#include "omnitrond/supervisor/supervisor.h"

static struct {
	struct proc	*proc;
	struct event	*timer;
	struct links	 links;
	struct sup	 sup;
} self;

static void
loop_send(void *arg, enum kind kind, enum msg_type type, const void *data,
    const void *tail, size_t len)
{
	peer_send_raw(self.proc->peer[kind], type, -1, data, tail, len);
}

static int
loop_there(void *arg, enum kind kind)
{
	return (self.proc->peer[kind] != NULL);
}

static void
loop_bulk(void *arg, enum kind kind, int on)
{
	peer_bulk(self.proc->peer[kind], on);
}

static void
loop_flush(void *arg, enum kind kind)
{
	peer_flush(self.proc->peer[kind]);
}

static struct mono
loop_now(void *arg)
{
	return (mono_now());
}

static int64_t
loop_wall(void *arg)
{
	return (wall_ms());
}

static uint32_t
loop_random(void *arg)
{
	return (arc4random());
}

static void
loop_wake(void *arg, struct mono at)
{
	struct timeval	 tv;
	int64_t		 us = at.us - mono_now().us;

	if (us < 0)
		us = 0;
	tv.tv_sec = us / 1000000;
	tv.tv_usec = us % 1000000;
	if (event_add(self.timer, &tv) == -1)
		fatalx("event_add");
}

static void
loop_timer(int fd, short events, void *arg)
{
	struct mono	 next;

	timers_run(&self.sup.timers, mono_now());
	if (timers_next(&self.sup.timers, &next) == 0)
		loop_wake(NULL, next);
}

static void
loop_unwatch(void *arg, uint32_t app, uint16_t process)
{
	link_close(&self.links, app, process);
}

static const struct out loop_out = {
	.send = loop_send,
	.there = loop_there,
	.bulk = loop_bulk,
	.flush = loop_flush,
	.now = loop_now,
	.wall = loop_wall,
	.random = loop_random,
	.wake = loop_wake,
	.unwatch = loop_unwatch,
};

/* The first message comes before proc_ops.start: whoever is first attaches. */
struct sup *
loop_sup(struct proc *p)
{
	if (self.proc != NULL)
		return (&self.sup);
	self.proc = p;
	xlarge_apart();		/* what a start and a reload take */
	TAILQ_INIT(&self.links);
	self.timer = evtimer_new(p->base, loop_timer, NULL);
	if (self.timer == NULL)
		fatalx("out of memory");
	sup_init(&self.sup, &loop_out);
	return (&self.sup);
}

void
loop_watch(uint32_t app, uint16_t process, int fd)
{
	link_open(&self.links, self.proc->base, &self.sup, app, process, fd);
}

void
loop_free(void)
{
	if (self.proc == NULL)
		return;
	sup_free(&self.sup);
	link_close_all(&self.links);
	event_free(self.timer);
}
