/*
 * Channels to watchers: several of one kind, so that they are not among the
 * peers of a process.  Each may say CHANGED and nothing else, and is of the
 * process that the parent said when it passed the channel, whatever comes
 * over it.  Supervisor process.
 */
#include <stdlib.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/link.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/watch.h"

struct link {
	TAILQ_ENTRY(link)	 entry;
	struct links		*links;
	struct sup		*sup;
	uint32_t		 app;
	uint16_t		 process;
	struct peer		*peer;
};

static int
link_changed(struct peer *peer, struct msg *msg)
{
	struct link		*l = peer_arg(peer);
	struct m_changed	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (watch_changed(l->sup, l->app, l->process, &m));
}

static const struct dispatch link_dispatch[] = {
	HANDLE(CHANGED, link_changed),
	HANDLE_END
};

static void
link_down(struct peer *peer, const char *why, enum msg_type type)
{
	struct link	*l = peer_arg(peer);

	if (why != NULL)
		log_warnx("watcher of app %u: %s: %s", l->app, msg_name(type),
		    why);
	TAILQ_REMOVE(l->links, l, entry);
	watch_down(l->sup, l->app, l->process, why != NULL);
	free(l);
}

void
link_open(struct links *links, struct event_base *base, struct sup *sup,
    uint32_t app, uint16_t process, int fd)
{
	struct link	*l = xcalloc(1, sizeof(*l));

	l->links = links;
	l->sup = sup;
	l->app = app;
	l->process = process;
	l->peer = peer_new(base, K_SUPERVISOR, K_WATCHER, fd, link_dispatch,
	    link_down, l);
	TAILQ_INSERT_TAIL(links, l, entry);
}

static void
link_free(struct link *l)
{
	TAILQ_REMOVE(l->links, l, entry);
	peer_free(l->peer);
	free(l);
}

void
link_close(struct links *links, uint32_t app, uint16_t process)
{
	struct link	*l;

	TAILQ_FOREACH(l, links, entry)
		if (l->app == app && l->process == process)
			break;
	if (l != NULL)
		link_free(l);
}

void
link_close_all(struct links *links)
{
	struct link	*l, *next;

	TAILQ_FOREACH_SAFE(l, links, entry, next)
		link_free(l);
}
