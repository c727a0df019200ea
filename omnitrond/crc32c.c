/*
 * CRC-32C, eight bytes a step with tables made at first use (the store).
 *
 * Castagnoli's polynomial finds every error of up to three bits, and every
 * burst of up to 32, in a file as long as ours can be; no instruction of one
 * processor is needed for it to be fast enough.
 */
#include "omnitrond/crc32c.h"

#define CRC32C_POLY	0x82f63b78u	/* reflected */
#define CRC32C_SLICES	8

static struct {
	uint32_t	 t[CRC32C_SLICES][256];
	int		 made;
} crc;

static void
crc32c_tables(void)
{
	uint32_t	 c;
	int		 i, k;

	for (i = 0; i < 256; i++) {
		c = (uint32_t)i;
		for (k = 0; k < 8; k++)
			c = (c >> 1) ^ (c & 1 ? CRC32C_POLY : 0);
		crc.t[0][i] = c;
	}
	for (i = 0; i < 256; i++)
		for (k = 1; k < CRC32C_SLICES; k++)
			crc.t[k][i] = (crc.t[k - 1][i] >> 8) ^
			    crc.t[0][crc.t[k - 1][i] & 0xff];
	crc.made = 1;
}

uint32_t
crc32c(uint32_t sum, const void *data, size_t len)
{
	const uint8_t	*p = data;
	uint32_t	 c = ~sum;

	if (!crc.made)
		crc32c_tables();
	for (; len >= 8; len -= 8, p += 8) {
		c ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		c = crc.t[7][c & 0xff] ^ crc.t[6][c >> 8 & 0xff] ^
		    crc.t[5][c >> 16 & 0xff] ^ crc.t[4][c >> 24] ^
		    crc.t[3][p[4]] ^ crc.t[2][p[5]] ^ crc.t[1][p[6]] ^
		    crc.t[0][p[7]];
	}
	for (; len > 0; len--, p++)
		c = (c >> 8) ^ crc.t[0][(c ^ *p) & 0xff];
	return (~c);
}
