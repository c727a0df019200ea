/*
 * Taking a received message apart.  Linked into every process.
 *
 * A taker that runs short marks the message bad and yields zeroes, so that a
 * handler can take everything first and ask once, with msg_end.
 */
#include <string.h>

#include "omnitrond/proc.h"

void
msg_take(struct msg *m, void *dst, size_t n)
{
	if (m->bad || m->len - m->off < n) {
		m->bad = 1;
		memset(dst, 0, n);
		return;
	}
	memcpy(dst, m->data + m->off, n);
	m->off += n;
}

void
msg_take_str(struct msg *m, char *dst, size_t size)
{
	uint16_t	 n;

	dst[0] = '\0';
	msg_take(m, &n, sizeof(n));
	if (m->bad)
		return;
	if (n >= size || m->len - m->off < n ||
	    memchr(m->data + m->off, '\0', n) != NULL) {
		m->bad = 1;
		return;
	}
	memcpy(dst, m->data + m->off, n);
	dst[n] = '\0';
	m->off += n;
}

const uint8_t *
msg_take_rest(struct msg *m, size_t *len)
{
	const uint8_t	*p = m->data + m->off;

	*len = m->bad ? 0 : m->len - m->off;
	m->off = m->len;
	return (p);
}

int
msg_take_fd(struct msg *m)
{
	int	 fd = m->fd;

	m->fd = -1;
	return (fd);
}

int
msg_end(const struct msg *m)
{
	return (m->bad || m->off != m->len ? -1 : 0);
}
