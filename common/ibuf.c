/*
 * Growable buffers with checked reading, as in OpenBSD's ibuf_add(3).  In
 * every process; touches memory only, and closes descriptors it carries.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ibuf.h"

struct ibuf *
ibuf_dynamic(size_t size, size_t max)
{
	struct ibuf	*b;

	if (max < size || size > SIZE_MAX - sizeof(*b)) {
		errno = EINVAL;
		return (NULL);
	}
	/* Not zeroed: what was not written is never read. */
	if ((b = malloc(sizeof(*b) + size)) == NULL)
		return (NULL);
	b->buf = b->own;
	b->size = size;
	b->max = max;
	b->wpos = b->rpos = 0;
	b->fd = -1;
	return (b);
}

struct ibuf *
ibuf_open(size_t size)
{
	return (ibuf_dynamic(size, size));
}

/* Messages carry secrets: nothing of them stays in freed memory. */
void
ibuf_free(struct ibuf *b)
{
	int	 saved = errno;

	if (b == NULL)
		return;
	if (b->fd != -1)
		close(b->fd);
	explicit_bzero(b->buf, b->wpos);
	if (b->buf != b->own)
		free(b->buf);
	free(b);
	errno = saved;
}

static int
ibuf_grow(struct ibuf *b, size_t need)
{
	unsigned char	*p;
	size_t		 size = b->size < 64 ? 64 : b->size;

	while (size < need)
		size = size > b->max / 2 ? b->max : size * 2;
	if (size > b->max)
		size = b->max;
	if ((p = malloc(size)) == NULL)
		return (-1);
	memcpy(p, b->buf, b->wpos);
	explicit_bzero(b->buf, b->wpos);
	if (b->buf != b->own)
		free(b->buf);
	b->buf = p;
	b->size = size;
	return (0);
}

/* Room for n more bytes, or NULL. */
static unsigned char *
ibuf_reserve(struct ibuf *b, size_t n)
{
	unsigned char	*p;

	if (n > b->max - b->wpos) {
		errno = ERANGE;
		return (NULL);
	}
	if (n > b->size - b->wpos && ibuf_grow(b, b->wpos + n) == -1)
		return (NULL);
	p = b->buf + b->wpos;
	b->wpos += n;
	return (p);
}

int
ibuf_add(struct ibuf *b, const void *data, size_t n)
{
	unsigned char	*p;

	if ((p = ibuf_reserve(b, n)) == NULL)
		return (-1);
	if (n > 0)
		memcpy(p, data, n);
	return (0);
}

int
ibuf_add_zero(struct ibuf *b, size_t n)
{
	unsigned char	*p;

	if ((p = ibuf_reserve(b, n)) == NULL)
		return (-1);
	memset(p, 0, n);
	return (0);
}

int
ibuf_add_n8(struct ibuf *b, uint64_t value)
{
	uint8_t	 v = (uint8_t)value;

	if (value > UINT8_MAX) {
		errno = EINVAL;
		return (-1);
	}
	return (ibuf_add(b, &v, sizeof(v)));
}

int
ibuf_add_n16(struct ibuf *b, uint64_t value)
{
	uint16_t v = htobe16((uint16_t)value);

	if (value > UINT16_MAX) {
		errno = EINVAL;
		return (-1);
	}
	return (ibuf_add(b, &v, sizeof(v)));
}

int
ibuf_add_n32(struct ibuf *b, uint64_t value)
{
	uint32_t v = htobe32((uint32_t)value);

	if (value > UINT32_MAX) {
		errno = EINVAL;
		return (-1);
	}
	return (ibuf_add(b, &v, sizeof(v)));
}

int
ibuf_add_n64(struct ibuf *b, uint64_t value)
{
	uint64_t v = htobe64(value);

	return (ibuf_add(b, &v, sizeof(v)));
}

int
ibuf_add_h16(struct ibuf *b, uint64_t value)
{
	uint16_t v = (uint16_t)value;

	if (value > UINT16_MAX) {
		errno = EINVAL;
		return (-1);
	}
	return (ibuf_add(b, &v, sizeof(v)));
}

int
ibuf_add_h32(struct ibuf *b, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	if (value > UINT32_MAX) {
		errno = EINVAL;
		return (-1);
	}
	return (ibuf_add(b, &v, sizeof(v)));
}

int
ibuf_add_h64(struct ibuf *b, uint64_t value)
{
	return (ibuf_add(b, &value, sizeof(value)));
}

int
ibuf_skip(struct ibuf *b, size_t n)
{
	if (n > ibuf_size(b)) {
		errno = EBADMSG;
		return (-1);
	}
	b->rpos += n;
	return (0);
}

int
ibuf_get(struct ibuf *b, void *data, size_t n)
{
	const unsigned char	*p = b->buf + b->rpos;

	if (ibuf_skip(b, n) == -1)
		return (-1);
	if (n > 0)
		memcpy(data, p, n);
	return (0);
}

int
ibuf_get_n8(struct ibuf *b, uint8_t *value)
{
	return (ibuf_get(b, value, sizeof(*value)));
}

int
ibuf_get_n16(struct ibuf *b, uint16_t *value)
{
	if (ibuf_get(b, value, sizeof(*value)) == -1)
		return (-1);
	*value = be16toh(*value);
	return (0);
}

int
ibuf_get_n32(struct ibuf *b, uint32_t *value)
{
	if (ibuf_get(b, value, sizeof(*value)) == -1)
		return (-1);
	*value = be32toh(*value);
	return (0);
}

int
ibuf_get_n64(struct ibuf *b, uint64_t *value)
{
	if (ibuf_get(b, value, sizeof(*value)) == -1)
		return (-1);
	*value = be64toh(*value);
	return (0);
}

int
ibuf_get_h16(struct ibuf *b, uint16_t *value)
{
	return (ibuf_get(b, value, sizeof(*value)));
}

int
ibuf_get_h32(struct ibuf *b, uint32_t *value)
{
	return (ibuf_get(b, value, sizeof(*value)));
}

int
ibuf_get_h64(struct ibuf *b, uint64_t *value)
{
	return (ibuf_get(b, value, sizeof(*value)));
}

size_t
ibuf_size(const struct ibuf *b)
{
	return (b->wpos - b->rpos);
}

size_t
ibuf_left(const struct ibuf *b)
{
	return (b->max - b->wpos);
}

void *
ibuf_data(const struct ibuf *b)
{
	return (b->buf + b->rpos);
}

/* The descriptor becomes the caller's. */
int
ibuf_fd_get(struct ibuf *b)
{
	int	 fd = b->fd;

	b->fd = -1;
	return (fd);
}

void
ibuf_fd_set(struct ibuf *b, int fd)
{
	if (b->fd != -1)
		close(b->fd);
	b->fd = fd;
}

int
ibuf_fd_avail(struct ibuf *b)
{
	return (b->fd != -1);
}
