/*
 * The way out of the core: messages to peers that are there, and the clocks.
 * Supervisor process; touches only what struct out gives.
 */
#include <stdarg.h>
#include <string.h>

#include "omnitrond/supervisor/supervisor.h"

#define OUT_TAIL_MAX	(4 * (TEXT_MAX + 2))	/* no row has more strings */

int
out_there(struct sup *sup, enum kind kind)
{
	return (sup->out.there(sup->out.arg, kind));
}

void
out_bulk(struct sup *sup, enum kind kind, int on)
{
	if (out_there(sup, kind))
		sup->out.bulk(sup->out.arg, kind, on);
}

void
out_flush(struct sup *sup, enum kind kind)
{
	if (out_there(sup, kind))
		sup->out.flush(sup->out.arg, kind);
}

struct mono
out_now(struct sup *sup)
{
	return (sup->out.now(sup->out.arg));
}

struct mono
out_in_ms(struct sup *sup, int64_t ms)
{
	return (mono_add_ms(out_now(sup), ms));
}

int64_t
out_wall(struct sup *sup)
{
	return (sup->out.wall(sup->out.arg));
}

uint32_t
out_random(struct sup *sup)
{
	return (sup->out.random(sup->out.arg));
}

void
out_send_raw(struct sup *sup, enum kind kind, enum msg_type type,
    const void *data, const void *tail, size_t len)
{
	if (out_there(sup, kind))
		sup->out.send(sup->out.arg, kind, type, data, tail, len);
}

void
out_send(struct sup *sup, enum kind kind, enum msg_type type,
    const void *data, ...)
{
	uint8_t		 tail[OUT_TAIL_MAX];
	size_t		 off = 0, len;
	uint16_t	 n;
	const char	*s;
	va_list		 ap;

	va_start(ap, data);
	while ((s = va_arg(ap, const char *)) != NULL) {
		if ((len = strlen(s)) > TEXT_MAX)
			len = TEXT_MAX;
		if (off + sizeof(n) + len > sizeof(tail))
			break;
		n = (uint16_t)len;
		memcpy(tail + off, &n, sizeof(n));
		memcpy(tail + off + sizeof(n), s, len);
		off += sizeof(n) + len;
	}
	va_end(ap);
	out_send_raw(sup, kind, type, data, tail, off);
}
