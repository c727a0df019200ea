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

/* By its user, or what came over the network: by its token and address. */
static void
audit_who(struct jsonw *w, const struct m_audit *m,
    const struct audit_texts *t)
{
	if (m->uid != ID_NONE) {
		jsonw_kint(w, "uid", m->uid);
		jsonw_kint(w, "pid", m->pid);
		return;
	}
	if (t->address[0] != '\0')
		jsonw_kstring(w, "address", t->address);
	if (t->subject[0] != '\0')
		jsonw_kstring(w, "subject", t->subject);
	if (t->kid[0] != '\0')
		jsonw_kstring(w, "kid", t->kid);
	if (t->jti[0] != '\0')
		jsonw_kstring(w, "jti", t->jti);
}

void
audit_write(struct logger *l, const struct m_audit *m,
    const struct audit_texts *t)
{
	struct jsonw	*w = &l->json;

	jsonw_reset(w);
	jsonw_object(w);
	audit_time(l, w, m->at_ms * 1000);
	audit_who(w, m, t);
	jsonw_kstring(w, "plane", kind_name((enum kind)m->plane));
	jsonw_kstring(w, "role", t->role);
	jsonw_kstring(w, "method", t->method);
	jsonw_kstring(w, "app", t->app[0] != '\0' ? t->app : NULL);
	jsonw_kstring(w, "outcome", outcome_name((enum outcome)m->outcome));
	if (t->text[0] != '\0')
		jsonw_kstring(w, "message", t->text);
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
