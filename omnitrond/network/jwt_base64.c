/*
 * base64url as tokens have it (RFC 7515, 2): without padding, and of the
 * several spellings that decoders take for the same bytes only the one that an
 * encoder writes.  In the network process; pure.
 */
#include "omnitrond/network/jwt_parts.h"

/* The value of a character, or -1. */
static int
base64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (c - '0' + 52);
	if (c == '-')
		return (62);
	return (c == '_' ? 63 : -1);
}

int
jwt_base64_valid(const char *s, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (s[i] != '.' && base64_value((unsigned char)s[i]) == -1)
			return (0);
	return (1);
}

int
jwt_base64_decode(const char *s, size_t len, uint8_t *out, size_t size)
{
	uint32_t	 bits = 0;
	unsigned	 nbits = 0;
	size_t		 i, n = 0;
	int		 v;

	/* One character more than whole groups is part of a byte. */
	if (len % 4 == 1 || len / 4 * 3 + 2 > INT32_MAX)
		return (-1);
	for (i = 0; i < len; i++) {
		if ((v = base64_value((unsigned char)s[i])) == -1)
			return (-1);
		bits = (bits << 6 | (uint32_t)v) & 0xffff;
		if ((nbits += 6) < 8)
			continue;
		nbits -= 8;
		if (n == size)
			return (-1);
		out[n++] = (uint8_t)(bits >> nbits);
	}
	/* What is left over an encoder sets to 0. */
	if ((bits & ((1u << nbits) - 1)) != 0)
		return (-1);
	return ((int)n);
}
