/* Strict UTF-8 (RFC 3629).  In every process; pure. */
#include <stdint.h>
#include <string.h>

#include "common/units.h"
#include "common/utf8.h"

#define HIGH_BITS	UINT64_C(0x8080808080808080)
#define LOW_BITS	UINT64_C(0x0101010101010101)

size_t
utf8_sequence(const unsigned char *p, size_t n)
{
	unsigned char	 lo = 0x80, hi = 0xbf;
	size_t		 len, i;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return (0);
	if (p[0] == 0xe0)
		lo = 0xa0;	/* else overlong */
	else if (p[0] == 0xed)
		hi = 0x9f;	/* else a surrogate */
	else if (p[0] == 0xf0)
		lo = 0x90;	/* else overlong */
	else if (p[0] == 0xf4)
		hi = 0x8f;	/* else beyond U+10FFFF */
	if (len > n || p[1] < lo || p[1] > hi)
		return (0);
	for (i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (0);
	return (len);
}

int
utf8_valid(const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s;
	const unsigned char	*end = p + n;
	uint64_t		 w;
	size_t			 len;

	while (p < end) {
		/* Eight at a time: no high bit, and no byte that is zero. */
		if (end - p >= 8) {
			memcpy(&w, p, sizeof(w));
			if (((w | (w - LOW_BITS)) & HIGH_BITS) == 0) {
				p += 8;
				continue;
			}
		}
		if (*p == 0)
			return (0);
		if (*p < 0x80) {
			p++;
			continue;
		}
		if ((len = utf8_sequence(p, (size_t)(end - p))) == 0)
			return (0);
		p += len;
	}
	return (1);
}
