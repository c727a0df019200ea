/*
 * What protects the values of secrets.enc: the format of the file, and no
 * more than that.  Pure: bytes to bytes, with randomness of the system.
 *
 * The file, numbers with the most significant byte first:
 *
 *	  0  8	"OMNISEC" and NUL
 *	  8  2	version, 1
 *	 10  1	how the master key is made: 1 key file, 2 passphrase
 *	 11  1	scrypt: the logarithm of N to the base 2; else 0
 *	 12  4	scrypt: r; else 0
 *	 16  4	scrypt: p; else 0
 *	 20 32	salt
 *	 52 12	nonce of the data key
 *	 64 32	the data key, encrypted with the master key
 *	 96 16	its tag; it covers the bytes 0 to 51 as well
 *	112 12	nonce of the values
 *	124  4	their length
 *	128  4	CRC-32C of all that is before
 *	132  n	the values, encrypted with the data key
 *	132+n 16 their tag; it covers the bytes 0 to 131 as well
 *
 * Both are encrypted with AES-256-GCM.  The bytes up to 111 are the lock: they
 * stay as they are from one write to the next, until the key changes.  The
 * checksum is what tells damage from a wrong key: a head that is as it was
 * written, and whose data key does not open, was written with another key.
 */
#ifndef OMNITROND_SECRETS_SEAL_H
#define OMNITROND_SECRETS_SEAL_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_VERSION	1u
#define SEAL_KEY	32	/* bytes of each key: AES-256 */
#define SEAL_SALT	32
#define SEAL_NONCE	12	/* as GCM wants it */
#define SEAL_TAG	16
#define SEAL_LOCK	112
#define SEAL_HEAD	132
/*
 * What scrypt is asked for, and what a file may ask of us: 128 MiB of memory
 * and about a second.
 */
#define SCRYPT_LOGN	15
#define SCRYPT_LOGN_MAX	17
#define SCRYPT_R	8
#define SCRYPT_P	1

enum seal_by { SEAL_KEYFILE = 1, SEAL_PASSPHRASE };

struct seal {
	uint8_t	 lock[SEAL_LOCK];
};

enum seal_by	 seal_by(const struct seal *);
/*
 * The head of a file of `len' bytes.  -1 and a short reason: it is damaged,
 * of a newer version, or asks for more than it may.
 */
int	 seal_parse(struct seal *, const uint8_t *, size_t len, char *err,
	    size_t errsize);
/*
 * The master key, from what the configuration gives: through HKDF from the
 * bytes of a key file, which so can serve for something else as well, and
 * through scrypt from a passphrase.  -1: no memory.
 */
int	 seal_master(const struct seal *, const uint8_t *, size_t,
	    uint8_t master[SEAL_KEY]);
/* A new lock: with this method, a new salt, and no data key yet. */
void	 seal_new(struct seal *, enum seal_by);
/* The data key into the lock, and out of it (-1: another master key). */
void	 seal_wrap(struct seal *, const uint8_t master[SEAL_KEY],
	    const uint8_t data[SEAL_KEY]);
int	 seal_unwrap(const struct seal *, const uint8_t master[SEAL_KEY],
	    uint8_t data[SEAL_KEY]);
/* Bytes of a file with that many of values. */
size_t	 seal_size(size_t);
/* The file, of seal_size(len) bytes, under a nonce that is new. */
void	 seal_close(const struct seal *, const uint8_t data[SEAL_KEY],
	    const uint8_t *plain, size_t len, uint8_t *file);
/*
 * The values of a file that seal_parse took: room for its size less
 * seal_size(0).  -1: it is damaged, and nothing is in there.
 */
int	 seal_open(const uint8_t data[SEAL_KEY], const uint8_t *file,
	    size_t size, uint8_t *plain);
/* fatal() if there is no randomness */
void	 seal_random(void *, size_t);

#endif /* OMNITROND_SECRETS_SEAL_H */
