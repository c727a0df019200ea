/*
 * Instances of apps that may say something: their sockets come from the
 * parent, and are read while the instance lives.  In the apps process;
 * touches the descriptors it is given.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/apps/apps.h"

int
inst_cmp(const struct app_inst *a, const struct app_inst *b)
{
	if (a->id.app != b->id.app)
		return (a->id.app < b->id.app ? -1 : 1);
	if (a->id.process != b->id.process)
		return (a->id.process < b->id.process ? -1 : 1);
	if (a->id.instance != b->id.instance)
		return (a->id.instance < b->id.instance ? -1 : 1);
	return (0);
}

RB_GENERATE(app_insts, app_inst, entry, inst_cmp)

struct app_inst *
inst_find(struct apps *apps, const struct m_inst *id)
{
	struct app_inst	 key;

	key.id = *id;
	return (RB_FIND(app_insts, &apps->insts, &key));
}

struct app_inst *
inst_living(struct apps *apps, const struct m_inst *id)
{
	struct app_inst	*i = inst_find(apps, id);

	return (i != NULL && i->pid != 0 &&
	    i->id.generation == id->generation ? i : NULL);
}

static struct event *
inst_timer(struct app_inst *i, event_callback_fn fn)
{
	struct event	*ev = event_new(i->apps->proc->base, -1, 0, fn, i);

	if (ev == NULL)
		fatalx("out of memory");
	return (ev);
}

static struct app_inst *
inst_new(struct apps *apps, const struct m_inst *id)
{
	struct app_inst	*i = xcalloc(1, sizeof(*i));
	int		 k;

	i->apps = apps;
	i->id = *id;
	for (k = 0; k < APP_SOCKETS; k++)
		i->fd[k] = -1;
	i->pause = inst_timer(i, notify_resume);
	i->tell = inst_timer(i, say_status_due);
	i->late = inst_timer(i, beat_late);
	i->meter_due = inst_timer(i, meter_due);
	i->register_due = inst_timer(i, channel_due);
	TAILQ_INIT(&i->channels);
	RB_INSERT(app_insts, &apps->insts, i);
	return (i);
}

struct app_inst *
inst_get(struct apps *apps, const struct m_inst *id)
{
	struct app_inst	*i = inst_find(apps, id);

	return (i != NULL ? i : inst_new(apps, id));
}

void
inst_close(struct app_inst *i, enum app_socket which)
{
	if (i->ev[which] != NULL)
		event_free(i->ev[which]);
	i->ev[which] = NULL;
	if (i->fd[which] != -1)
		close(i->fd[which]);
	i->fd[which] = -1;
}

void
inst_free(struct app_inst *i)
{
	int	 k;

	inst_died(i);
	if (event_pending(i->register_due, EV_TIMEOUT, NULL))
		channel_tell(i, K_MAX);
	for (k = 0; k < APP_SOCKETS; k++)
		inst_close(i, k);
	event_free(i->pause);
	event_free(i->tell);
	event_free(i->late);
	event_free(i->meter_due);
	event_free(i->register_due);
	RB_REMOVE(app_insts, &i->apps->insts, i);
	free(i);
}

void
inst_free_all(struct apps *apps)
{
	struct app_inst	*i;

	while ((i = RB_MIN(app_insts, &apps->insts)) != NULL)
		inst_free(i);
}

/* A newline, and nothing else, says that it is ready. */
static void
inst_newline(int fd, short events, void *arg)
{
	struct app_inst	*i = arg;
	char		 buf[256];
	ssize_t		 n = read(fd, buf, sizeof(buf));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && memchr(buf, '\n', (size_t)n) == NULL)
		return;
	inst_close(i, APP_SOCKET_READY);
	if (n > 0)
		say_ready(i, READY_FD);
}

/* Read what there is of a kind, as long as the instance lives. */
static void
inst_read(struct app_inst *i, enum app_socket which)
{
	static const event_callback_fn	 fn[APP_SOCKETS] = {
		[APP_SOCKET_NOTIFY] = notify_readable,
		[APP_SOCKET_CHANNEL] = channel_accept,
		[APP_SOCKET_READY] = inst_newline,
	};

	if (i->fd[which] == -1 || i->pid == 0)
		return;
	if (i->ev[which] == NULL)
		i->ev[which] = event_new(i->apps->proc->base, i->fd[which],
		    EV_READ | EV_PERSIST, fn[which], i);
	if (i->ev[which] == NULL || event_add(i->ev[which], NULL) == -1)
		fatalx("out of memory");
}

void
inst_socket(struct apps *apps, const struct m_inst *id,
    enum app_socket which, int fd)
{
	struct app_inst	*i = inst_get(apps, id);

	inst_close(i, which);
	i->fd[which] = fd;
	inst_read(i, which);
}

/* Of the life before nothing is left. */
static void
inst_reset(struct app_inst *i)
{
	i->mainpid = 0;
	i->is_ready = i->reloading = i->stopping = i->silent = 0;
	free(i->status);
	i->status = NULL;
	i->told.us = 0;
	event_del(i->tell);
	beat_end(i);
	notify_reset(i);
	meter_reset(i);
	channel_drop_all(i);
}

void
inst_born(struct apps *apps, const struct m_app_born *m, const char *app,
    const char *process)
{
	struct app_inst	*i = inst_get(apps, &m->inst);
	int		 k;

	if (i->pid != m->pid || i->id.generation != m->inst.generation)
		inst_reset(i);
	i->id = m->inst;
	i->pid = m->pid;
	i->uid = m->uid;
	i->ready = m->ready;
	i->access = m->access;
	snprintf(i->name, sizeof(i->name), "%s/%s[%u]", app, process,
	    instance_number(m->inst.instance));
	for (k = 0; k < APP_SOCKETS; k++)
		inst_read(i, k);
	if (i->beat_ms == 0)
		beat_begin(i);
}

void
inst_died(struct app_inst *i)
{
	int	 k;

	if (i->pid == 0)
		return;
	i->pid = 0;
	for (k = 0; k < APP_SOCKETS; k++)
		if (i->ev[k] != NULL)
			event_del(i->ev[k]);
	inst_close(i, APP_SOCKET_READY);
	event_del(i->pause);
	inst_reset(i);
}
