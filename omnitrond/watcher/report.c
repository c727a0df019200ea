/*
 * When to tell the supervisor what: a burst of changes once, when it is
 * over.  In the watcher; pure.
 */
#include "omnitrond/watcher/report.h"

static struct mono
report_later(struct mono a, struct mono b)
{
	return (mono_before(a, b) ? b : a);
}

/* When the burst is over, as far as is known by now. */
static struct mono
report_files_due(const struct report *r)
{
	int64_t		 hold = REPORT_HOLD_MS;
	struct mono	 quiet = mono_add_ms(r->last, r->debounce_ms), end;

	if (hold < r->debounce_ms)
		hold = r->debounce_ms;
	end = mono_add_ms(r->first, hold);
	return (mono_before(end, quiet) ? end : quiet);
}

void
report_change(struct report *r, struct mono now)
{
	if (!r->files)
		r->first = now;
	r->files = 1;
	r->last = now;
}

int
report_due(const struct report *r, struct mono *at)
{
	struct mono	 least = { 0 };

	if (!r->files && !r->state)
		return (-1);
	if (r->sent.us != 0)
		least = mono_add_ms(r->sent, REPORT_MIN_MS);
	if (r->state)
		*at = least;
	else
		*at = report_later(report_files_due(r), least);
	return (0);
}

int
report_take(struct report *r, struct mono now)
{
	int	 files;

	files = r->files && !mono_before(now, report_files_due(r));
	if (files)
		r->files = 0;
	r->state = 0;
	r->sent = now;
	return (files);
}
