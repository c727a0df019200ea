/*
 * Heartbeats.  In the apps process.  They may be many: what the supervisor
 * hears is that there was none for too long, and that they are back.
 */
#include <event2/event.h>

#include "omnitrond/apps/apps.h"

static void
beat_wait(struct app_inst *i, int64_t ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(i->late, &tv);
}

void
beat_end(struct app_inst *i)
{
	i->beat_ms = 0;
	i->silent = 0;
	event_del(i->late);
}

void
beat_begin(struct app_inst *i)
{
	if (i->watch_ms == 0 || i->watch_gen != i->id.generation)
		return;
	i->beat_ms = i->watch_ms;
	i->beat = mono_now();
	i->silent = 0;
	beat_wait(i, i->beat_ms);
}

void
beat_watch(struct app_inst *i, uint32_t generation, uint32_t ms)
{
	i->watch_gen = generation;
	i->watch_ms = ms;
	if (i->pid == 0 || i->id.generation != generation)
		return;
	beat_end(i);
	beat_begin(i);
}

/* The timer is not touched: when it is due it looks at the last one. */
void
beat_take(struct app_inst *i)
{
	if (i->beat_ms == 0)
		return;
	i->beat = mono_now();
	if (!i->silent)
		return;
	i->silent = 0;
	say_word(i, WORD_BEATS, 0);
	beat_wait(i, i->beat_ms);
}

void
beat_trigger(struct app_inst *i)
{
	if (i->beat_ms == 0)
		return;
	say_word(i, WORD_TRIGGER, 0);
}

void
beat_late(int fd, short events, void *arg)
{
	struct app_inst	*i = arg;
	int64_t		 left;

	if (i->beat_ms == 0)
		return;
	left = i->beat_ms - mono_diff_ms(mono_now(), i->beat);
	if (left > 0) {
		beat_wait(i, left);
		return;
	}
	i->silent = 1;
	say_word(i, WORD_SILENT, 0);
}
