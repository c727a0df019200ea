/*
 * Datagrams of sd_notify(3).  In the apps process; pure: whatever an app
 * sends, this reads it, and keeps what is ours.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "omnitrond/apps/notify_parse.h"

#define NUMBER_MAX	20	/* digits of 2^64 */

/* Digits only, and no more than fit; 0 is no value of these variables. */
static uint64_t
notify_number(const char *p, size_t len)
{
	uint64_t	 v = 0;
	size_t		 i;

	if (len == 0 || len > NUMBER_MAX)
		return (0);
	for (i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9' ||
		    v > (UINT64_MAX - (uint64_t)(p[i] - '0')) / 10)
			return (0);
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	return (v);
}

/* C1 controls, U+0080 to U+009F, are two bytes, the first of them 0xc2. */
static int
notify_control(const unsigned char *p)
{
	return (p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0));
}

void
notify_text(char *dst, size_t size, const char *text, size_t len)
{
	const unsigned char	*p = (const unsigned char *)text;
	size_t			 n, off = 0;

	for (; len > 0; p += n, len -= n) {
		n = p[0] < 0x80 ? 1 : utf8_sequence(p, len);
		if (off + (n > 0 ? n : 1) >= size)
			break;
		if (n == 0) {
			dst[off++] = '?';
			n = 1;
		} else if (notify_control(p))
			dst[off++] = ' ';
		else {
			memcpy(dst + off, p, n);
			off += n;
		}
	}
	dst[off] = '\0';
}

static void
notify_mainpid(struct notify *n, const char *value, size_t len)
{
	uint64_t	 pid = notify_number(value, len);

	if (pid < 2 || pid > INT32_MAX)
		return;
	n->what |= NOTIFY_MAINPID;
	n->mainpid = (pid_t)pid;
}

static int
notify_is(const char *p, size_t len, const char *want)
{
	return (strlen(want) == len && memcmp(p, want, len) == 0);
}

static void
notify_line(struct notify *n, const char *name, size_t nlen,
    const char *value, size_t vlen)
{
	static const struct {
		const char	*name;
		const char	*value;
		unsigned int	 what;
	} flags[] = {
		{ "READY", "1", NOTIFY_READY },
		{ "RELOADING", "1", NOTIFY_RELOADING },
		{ "STOPPING", "1", NOTIFY_STOPPING },
		{ "WATCHDOG", "1", NOTIFY_WATCHDOG },
		{ "WATCHDOG", "trigger", NOTIFY_TRIGGER },
	};
	size_t	 i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (notify_is(name, nlen, flags[i].name) &&
		    notify_is(value, vlen, flags[i].value))
			n->what |= flags[i].what;
	if (notify_is(name, nlen, "STATUS")) {
		n->what |= NOTIFY_STATUS;
		notify_text(n->status, sizeof(n->status), value, vlen);
	} else if (notify_is(name, nlen, "MAINPID"))
		notify_mainpid(n, value, vlen);
	else if (notify_is(name, nlen, "MONOTONIC_USEC"))
		n->usec = notify_number(value, vlen);
}

int
notify_parse(struct notify *n, const char *text, size_t len)
{
	const char	*end, *eq;
	size_t		 line;

	memset(n, 0, sizeof(*n));
	for (; len > 0; text += line, len -= line) {
		end = memchr(text, '\n', len);
		line = end != NULL ? (size_t)(end - text) : len;
		if ((eq = memchr(text, '=', line)) != NULL)
			notify_line(n, text, (size_t)(eq - text), eq + 1,
			    line - (size_t)(eq - text) - 1);
		if (end != NULL)
			line++;
	}
	return (n->what != 0 ? 0 : -1);
}
