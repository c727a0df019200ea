/*
 * The audit trail: one JSON line a request that changed something or was
 * refused.  Logger only; audit.log, kept like the daemon's own log.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/logger/logger.h"

static void
audit_time(struct logger *l, struct jsonw *w, int64_t at_us)
{
	char	 stamp[STAMP_LEN];

	format_stamp(&l->format, at_us, stamp);
	jsonw_key(w, "time");
	jsonw_stringn(w, stamp, sizeof(stamp));
}

void
audit_write(struct logger *l, const struct m_audit *m, const char *method,
    const char *app, const char *role, const char *text)
{
	struct jsonw	*w = &l->json;

	jsonw_reset(w);
	jsonw_object(w);
	audit_time(l, w, m->at_ms * 1000);
	jsonw_kint(w, "uid", m->uid);
	jsonw_kint(w, "pid", m->pid);
	jsonw_kstring(w, "plane", kind_name((enum kind)m->plane));
	jsonw_kstring(w, "role", role);
	jsonw_kstring(w, "method", method);
	jsonw_kstring(w, "app", app[0] != '\0' ? app : NULL);
	jsonw_kstring(w, "outcome", outcome_name((enum outcome)m->outcome));
	if (text[0] != '\0')
		jsonw_kstring(w, "message", text);
	jsonw_end(w);
	if (jsonw_done(w) == -1)
		return;
	jsonw_raw(w, "\n", 1);
	file_write(&l->audit, w->buf, w->len, mono_now());
}

size_t
audit_loss(struct file *f, char *buf, size_t size)
{
	struct logger	*l = f->arg;
	char		 stamp[STAMP_LEN];

	format_stamp(&l->format, logger_stamp(l), stamp);
	return ((size_t)snprintf(buf, size, "{\"time\":\"%.*s\",\"lost\":"
	    "%llu}\n", STAMP_LEN, stamp, (unsigned long long)f->lost_lines));
}
