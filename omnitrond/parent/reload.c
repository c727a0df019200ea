/*
 * A new configuration is asked for: by a SIGHUP, or by a plane through the
 * supervisor.
 *
 * It is parsed into a structure of its own; an error changes nothing and
 * travels back.  What becomes of it then stands in offer.c.  One at a time: a
 * SIGHUP meanwhile causes exactly one more, a request is refused.
 *
 * Reading the file is the dearest thing that others can have us do, so that
 * it is done at a bounded rate.  What comes sooner waits, and one reading
 * answers all that wait.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/reload.h"

/* Nobody edits faster; a look (--dry-run) and the real one come together. */
#define RELOAD_MS	1000
#define RELOAD_BURST	2

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

static void	reload_next(struct parent *);

static void
reload_answer(struct parent *p, const struct m_reload *req, enum outcome out,
    const char *text)
{
	object_send(p, (enum kind)req->plane, req->id, out, text,
	    strlen(text));
}

static void
reload_answer_all(struct parent *p, const struct m_reload *reqs, uint32_t n,
    enum outcome out, const char *text)
{
	uint32_t	 i;

	for (i = 0; i < n; i++)
		reload_answer(p, &reqs[i], out, text);
}

void
reload_done(struct parent *p, struct reload *r, enum outcome out,
    const char *text)
{
	int	 again = p->reload_again;

	p->reload = NULL;
	p->reload_again = 0;
	reload_answer_all(p, r->reqs, r->nreqs, out, text);
	if (r->timer != NULL)
		event_free(r->timer);
	free(r->answer);
	free(r);
	sdnotify("READY=1");
	if (again && p->phase == PHASE_RUNNING)
		reload_request(p, &(struct m_reload){ 0 });
}

/* Whoever asked there is gone; its successor asked nothing. */
void
reload_plane_gone(struct parent *p, enum kind kind)
{
	uint32_t	 i, left = 0;

	for (i = 0; p->reload != NULL && i < p->reload->nreqs; i++)
		if (p->reload->reqs[i].plane == kind)
			p->reload->reqs[i].id = 0;
	for (i = 0; i < p->nreload_wait; i++)
		if (p->reload_wait[i].plane != kind)
			p->reload_wait[left++] = p->reload_wait[i];
	p->nreload_wait = left;
}

uint64_t
reload_by(const struct parent *p, uint32_t *plane)
{
	const struct reload	*r = p->reload;
	uint32_t		 i;

	for (i = 0; r != NULL && i < r->nreqs; i++)
		if (r->reqs[i].id != 0) {
			*plane = r->reqs[i].plane;
			return (r->reqs[i].id);
		}
	return (0);
}

/* ---- the file ----------------------------------------------------------- */

static void
log_lines(const char *text)
{
	const char	*end;

	for (; *text != '\0'; text = *end != '\0' ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		log_warnx("%.*s", (int)(end - text), text);
	}
}

/* Those that only look are answered; how many are left. */
static uint32_t
reload_looks(struct parent *p, struct m_reload *reqs, uint32_t n,
    const char *answer)
{
	uint32_t	 i, left = 0;

	for (i = 0; i < n; i++) {
		if (reqs[i].flags & RELOAD_DRYRUN)
			reload_answer(p, &reqs[i], OUT_OK, answer);
		else
			reqs[left++] = reqs[i];
	}
	return (left);
}

/* It needs no undo: an id whose app never came stays unused. */
static struct conf *
reload_load(struct parent *p, char **errors)
{
	struct conf	*conf = conf_load(&p->options, errors);
	const char	*app;

	if (conf == NULL || (app = ids_assign(p, conf)) == NULL)
		return (conf);
	free(*errors);
	xasprintf(errors, "app %s had more than %d processes of different "
	    "names since the daemon was started: start it anew", app,
	    PROCESS_IDS_MAX);
	conf_free(conf);
	return (NULL);
}

static void
reload_read(struct parent *p, struct m_reload *reqs, uint32_t n)
{
	struct reload	*r;
	struct conf	*conf;
	char		*errors, *answer;

	conf = reload_load(p, &errors);
	if (conf == NULL) {
		log_warnx("configuration not reloaded:");
		log_lines(errors);
		reload_answer_all(p, reqs, n, OUT_FAILED, errors);
		free(errors);
		return;
	}
	if (errors != NULL)
		log_lines(errors);
	free(errors);
	answer = reload_diff(p, conf);
	if ((n = reload_looks(p, reqs, n, answer)) == 0) {
		free(answer);
		conf_free(conf);
		return;
	}
	r = xcalloc(1, sizeof(*r));
	memcpy(r->reqs, reqs, n * sizeof(*reqs));
	r->nreqs = n;
	r->conf = conf;
	r->answer = answer;
	offer_begin(p, r);
}

/* ---- who asks ----------------------------------------------------------- */

static void
reload_timer(int fd, short events, void *arg)
{
	reload_next(arg);
}

static void
reload_later(struct parent *p, int64_t ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	if (p->reload_timer == NULL)
		p->reload_timer = event_new(p->base, -1, 0, reload_timer, p);
	if (p->reload_timer == NULL || event_add(p->reload_timer, &tv) == -1)
		fatalx("out of memory");
}

/* All that wait, if it is time. */
static void
reload_next(struct parent *p)
{
	struct m_reload	 reqs[RELOADS_WAITING + 1];
	uint32_t	 n = p->nreload_wait;
	int64_t		 ms;

	if (n == 0 || p->reload != NULL)
		return;
	if (p->phase == PHASE_RUNNING && (ms = rate_take(&p->reload_rate,
	    mono_now(), RELOAD_MS, RELOAD_BURST)) > 0) {
		reload_later(p, ms);
		return;
	}
	memcpy(reqs, p->reload_wait, n * sizeof(*reqs));
	p->nreload_wait = 0;
	if (p->phase == PHASE_RUNNING)
		reload_read(p, reqs, n);
	else
		reload_answer_all(p, reqs, n, OUT_CONFLICT,
		    "the daemon is shutting down");
}

/* However many SIGHUPs wait, they are one. */
static int
reload_waits(const struct parent *p, uint64_t id)
{
	uint32_t	 i;

	for (i = 0; i < p->nreload_wait; i++)
		if (p->reload_wait[i].id == id)
			return (1);
	return (0);
}

void
reload_request(struct parent *p, const struct m_reload *req)
{
	if (req->id == 0 && reload_waits(p, 0))
		return;
	if (req->id != 0 && p->nreload_wait >= RELOADS_WAITING) {
		reload_answer(p, req, OUT_LIMITED,
		    "too many reloads wait; try again in a moment");
		return;
	}
	p->reload_wait[p->nreload_wait++] = *req;
	reload_next(p);
}

int
reload_asked(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct m_reload	 req;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 || !IS_PLANE(req.plane) || req.id == 0 ||
	    object_room(p, req.plane) == -1)
		return (-1);
	if (p->phase != PHASE_RUNNING)
		reload_answer(p, &req, OUT_CONFLICT,
		    "the daemon is starting or shutting down");
	else if (p->reload != NULL)
		reload_answer(p, &req, OUT_CONFLICT,
		    "a reload is going on; try again in a moment");
	else
		reload_request(p, &req);
	return (0);
}
