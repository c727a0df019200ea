#ifndef OMNITROND_CRC32C_H
#define OMNITROND_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32C (Castagnoli; RFC 3720 appendix B.4).  Begin with 0; the result of
 * one call is the first argument of the next for what follows.
 */
uint32_t	 crc32c(uint32_t, const void *, size_t);

#endif /* OMNITROND_CRC32C_H */
