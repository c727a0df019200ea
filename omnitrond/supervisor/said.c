/*
 * What instances say of themselves.  Supervisor process.
 *
 * An instance is believed what it says of itself, and nothing more: that it
 * is ready counts if that is how it is to be ready, RELOADING and STOPPING
 * are noted, a status is shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/said.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"
#include "omnitrond/supervisor/watchdog.h"

struct said_kept {
	STAILQ_ENTRY(said_kept)	 entry;
	struct m_app_says	 m;
	char			*text;
};

static void
said_ready(struct sup *sup, struct inst *inst, enum ready by)
{
	const struct fsm_input	 in = { .event = EV_READY };

	inst->said.reloading = 0;
	if (by == inst->process->conf.ready)
		fsm_event(sup, inst, &in);
}

static void
said_text(struct inst *inst, const char *text)
{
	free(inst->said.text);
	inst->said.text = text[0] != '\0' ? xstrdup(text) : NULL;
}

/* It is not known yet which instances there are. */
static void
said_keep(struct sup *sup, const struct m_app_says *m, const char *text)
{
	struct said_kept	*k;

	if (sup->nsaid == SAID_KEPT_MAX)
		return;
	k = xcalloc(1, sizeof(*k));
	k->m = *m;
	k->text = xstrdup(text);
	STAILQ_INSERT_TAIL(&sup->said, k, entry);
	sup->nsaid++;
}

static struct said_kept *
said_kept_first(struct sup *sup)
{
	struct said_kept	*k = STAILQ_FIRST(&sup->said);

	if (k != NULL) {
		STAILQ_REMOVE_HEAD(&sup->said, entry);
		sup->nsaid--;
	}
	return (k);
}

void
said_init(struct sup *sup)
{
	STAILQ_INIT(&sup->said);
}

void
said_begin(struct sup *sup)
{
	struct said_kept	*k;

	while ((k = said_kept_first(sup)) != NULL) {
		said_take(sup, &k->m, k->text);
		free(k->text);
		free(k);
	}
}

void
said_free(struct sup *sup)
{
	struct said_kept	*k;

	while ((k = said_kept_first(sup)) != NULL) {
		free(k->text);
		free(k);
	}
}

int
said_take(struct sup *sup, const struct m_app_says *m, const char *text)
{
	struct inst	*inst;

	if (m->word >= WORD_MAX || m->by >= READY_MAX ||
	    !utf8_valid(text, strlen(text)))
		return (-1);
	if (sup->phase != PH_RUNNING) {
		said_keep(sup, m, text);
		return (0);
	}
	/* one that ended meanwhile, or has left the configuration */
	if ((inst = inst_of(sup, &m->inst)) == NULL || !inst->running)
		return (0);
	switch ((enum app_word)m->word) {
	case WORD_READY:
		said_ready(sup, inst, m->by);
		break;
	case WORD_STATUS:
		said_text(inst, text);
		break;
	case WORD_RELOADING:
		inst->said.reloading = 1;
		inst->said.usec = m->usec;
		break;
	case WORD_STOPPING:
		inst->said.stopping = 1;
		watchdog_end(sup, inst);
		break;
	case WORD_SILENT:
		watchdog_silent(sup, inst);
		break;
	case WORD_BEATS:
		watchdog_beats(sup, inst);
		break;
	case WORD_TRIGGER:
		watchdog_trigger(sup, inst);
		break;
	case WORD_MAX:
		break;
	}
	inst->unseen = PLANES_ALL;
	view_app(sup, inst->app);
	return (0);
}

void
said_show(const struct inst *inst, char *buf, size_t size)
{
	const char	*text = inst->said.text != NULL ? inst->said.text : "";

	buf[0] = '\0';
	if (!inst->running)
		return;
	if (inst->said.reloading)
		snprintf(buf, size, "reloading%s%s", text[0] != '\0' ? ": " :
		    "", text);
	else
		strlcpy(buf, text, size);
	/* no half of a character at its end */
	while (!utf8_valid(buf, strlen(buf)))
		buf[strlen(buf) - 1] = '\0';
}

void
said_reset(struct inst *inst)
{
	free(inst->said.text);
	memset(&inst->said, 0, sizeof(inst->said));
}
