/*
 * What the supervisor is told of instances, and told again when it is a new
 * one.  In the apps process.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/xmalloc.h"
#include "omnitrond/apps/apps.h"

/* A status is for people, who read no more of them a second. */
#define STATUS_MS	500

static void
say(struct app_inst *i, enum app_word word, enum ready by, uint64_t usec,
    const char *text)
{
	struct peer		*sup = i->apps->proc->peer[K_SUPERVISOR];
	struct m_app_says	 m;

	if (sup == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.word = word;
	m.by = by;
	m.usec = usec;
	peer_send(sup, M_APP_SAYS, -1, &m, text, NULL);
}

/* Again only after a reload: it is the end of that. */
void
say_ready(struct app_inst *i, enum ready by)
{
	if (i->is_ready && !i->reloading)
		return;
	i->is_ready = 1;
	i->reloading = 0;
	i->by = by;
	say(i, WORD_READY, by, 0, "");
}

void
say_word(struct app_inst *i, enum app_word word, uint64_t usec)
{
	if (word == WORD_RELOADING)
		i->reloading = 1;
	if (word == WORD_STOPPING) {
		if (i->stopping)
			return;
		i->stopping = 1;
	}
	say(i, word, READY_EXEC, usec, "");
}

void
say_status_due(int fd, short events, void *arg)
{
	struct app_inst	*i = arg;

	i->told = mono_now();
	if (i->status != NULL)
		say(i, WORD_STATUS, READY_EXEC, 0, i->status);
}

void
say_status(struct app_inst *i, const char *text)
{
	struct timeval	 tv = { 0, 0 };
	int64_t		 left;

	if (i->status != NULL && strcmp(i->status, text) == 0)
		return;
	free(i->status);
	i->status = xstrdup(text);
	left = STATUS_MS - mono_diff_ms(mono_now(), i->told);
	if (i->told.us == 0 || left <= 0) {
		event_del(i->tell);
		say_status_due(-1, 0, i);
	} else if (!event_pending(i->tell, EV_TIMEOUT, NULL)) {
		tv.tv_usec = left * 1000;
		event_add(i->tell, &tv);
	}
}

static void
say_inst(struct app_inst *i)
{
	if (i->is_ready)
		say(i, WORD_READY, i->by, 0, "");
	if (i->status != NULL)
		say(i, WORD_STATUS, READY_EXEC, 0, i->status);
	if (i->reloading)
		say(i, WORD_RELOADING, READY_EXEC, 0, "");
	if (i->stopping)
		say(i, WORD_STOPPING, READY_EXEC, 0, "");
}

void
say_all(struct apps *apps)
{
	struct peer	*sup = apps->proc->peer[K_SUPERVISOR];
	struct app_inst	*i;

	peer_bulk(sup, 1);
	RB_FOREACH(i, app_insts, &apps->insts)
		if (i->pid != 0)
			say_inst(i);
	peer_bulk(sup, 0);
}
