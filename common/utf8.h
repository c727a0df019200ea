/* UTF-8 by single characters; utf8_valid is in common/units.h. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stddef.h>

/*
 * The length (2 to 4) of the multibyte sequence that begins at p, of at
 * least one byte, or 0 if it is none of RFC 3629 (ASCII, overlong, a
 * surrogate, beyond U+10FFFF, cut off).
 */
size_t	 utf8_sequence(const unsigned char *p, size_t n);

#endif /* COMMON_UTF8_H */
