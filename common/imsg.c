/*
 * The messages of a channel: composed into its queue, taken from its input.
 * In every process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ibuf.h"

/*
 * The message is copied out of the input (one allocation), so that it
 * outlives the next read.
 */
ssize_t
imsg_get(struct imsgbuf *ib, struct imsg *imsg)
{
	struct msgbuf	*w = ib->w;
	struct imsg_hdr	 hdr;
	size_t		 len;
	int		 marked, rv;

	if ((rv = imsgbuf_frame(ib, &hdr, w->in_off)) == -1)
		return (-1);
	if (rv == 0) {
		if (w->nfds > 0)
			imsgbuf_drop_fds(w, &hdr);
		return (0);
	}
	marked = (hdr.len & IMSG_FD_MARK) != 0;
	hdr.len &= ~IMSG_FD_MARK;
	if (marked && w->nfds == 0) {
		errno = EBADMSG;
		return (-1);
	}
	len = hdr.len - IMSG_HEADER_SIZE;
	if ((imsg->buf = ibuf_open(len)) == NULL)
		return (-1);
	ibuf_add(imsg->buf, w->in + w->in_off + IMSG_HEADER_SIZE, len);
	if (marked)
		ibuf_fd_set(imsg->buf, imsgbuf_claim_fd(w));
	imsg->hdr = hdr;
	imsg->data = len > 0 ? ibuf_data(imsg->buf) : NULL;
	imsgbuf_consume(w, hdr.len);
	return ((ssize_t)hdr.len);
}

void
imsg_free(struct imsg *imsg)
{
	ibuf_free(imsg->buf);
	imsg->buf = NULL;
	imsg->data = NULL;
}

struct ibuf *
imsg_create(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    size_t len)
{
	struct imsg_hdr	 hdr;
	struct ibuf	*b;

	if (len > ib->maxsize - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return (NULL);
	}
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.peerid = id;
	hdr.pid = (uint32_t)(pid == 0 ? ib->pid : pid);
	if ((b = ibuf_dynamic(len + IMSG_HEADER_SIZE, ib->maxsize)) == NULL)
		return (NULL);
	ibuf_add(b, &hdr, sizeof(hdr));	/* its size was just reserved */
	return (b);
}

/* Returns the number of bytes; on failure the buffer is freed. */
int
imsg_add(struct ibuf *b, const void *data, size_t len)
{
	if (ibuf_add(b, data, len) == -1) {
		ibuf_free(b);
		return (-1);
	}
	return ((int)len);
}

void
imsg_close(struct imsgbuf *ib, struct ibuf *b)
{
	struct imsg_hdr	 hdr;

	/* The receiver would drop it and call a marked frame malformed. */
	if (!(ib->flags & IMSG_ALLOW_FDPASS))
		ibuf_fd_set(b, -1);
	memcpy(&hdr, b->buf, sizeof(hdr));
	hdr.len = (uint32_t)ibuf_size(b);
	if (b->fd != -1)
		hdr.len |= IMSG_FD_MARK;
	memcpy(b->buf, &hdr, sizeof(hdr));
	imsgbuf_queue(ib, b);
}

int
imsg_composev(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    int fd, const struct iovec *iov, int iovcnt)
{
	struct ibuf	*b = NULL;
	size_t		 len = 0;
	int		 i, saved;

	for (i = 0; i < iovcnt; i++)
		if (__builtin_add_overflow(len, iov[i].iov_len, &len)) {
			errno = ERANGE;
			goto fail;
		}
	if (fd != -1 && !(ib->flags & IMSG_ALLOW_FDPASS)) {
		errno = EINVAL;
		goto fail;
	}
	if ((b = imsg_create(ib, type, id, pid, len)) == NULL)
		goto fail;
	for (i = 0; i < iovcnt; i++)
		ibuf_add(b, iov[i].iov_base, iov[i].iov_len);
	ibuf_fd_set(b, fd);
	imsg_close(ib, b);
	return (1);
fail:
	saved = errno;
	if (fd != -1)
		close(fd);
	errno = saved;
	return (-1);
}

int
imsg_compose(struct imsgbuf *ib, uint32_t type, uint32_t id, pid_t pid,
    int fd, const void *data, size_t len)
{
	struct iovec	 iov;

	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	return (imsg_composev(ib, type, id, pid, fd, &iov, 1));
}

/* The descriptor becomes the caller's; -1 if there is none. */
int
imsg_get_fd(struct imsg *imsg)
{
	return (ibuf_fd_get(imsg->buf));
}

uint32_t
imsg_get_id(struct imsg *imsg)
{
	return (imsg->hdr.peerid);
}

/* Of the payload, as far as it was not yet taken. */
size_t
imsg_get_len(struct imsg *imsg)
{
	return (ibuf_size(imsg->buf));
}

pid_t
imsg_get_pid(struct imsg *imsg)
{
	return ((pid_t)imsg->hdr.pid);
}

uint32_t
imsg_get_type(struct imsg *imsg)
{
	return (imsg->hdr.type);
}

/* All of the payload, which must be exactly that long. */
int
imsg_get_data(struct imsg *imsg, void *data, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return (-1);
	}
	if (ibuf_size(imsg->buf) != len) {
		errno = EBADMSG;
		return (-1);
	}
	return (ibuf_get(imsg->buf, data, len));
}

int
imsg_get_buf(struct imsg *imsg, void *data, size_t len)
{
	return (ibuf_get(imsg->buf, data, len));
}

/* Append the rest of the payload to a buffer of the caller's. */
int
imsg_get_ibuf(struct imsg *imsg, struct ibuf *b)
{
	size_t	 len = ibuf_size(imsg->buf);

	if (len == 0) {
		errno = EBADMSG;
		return (-1);
	}
	if (ibuf_add(b, ibuf_data(imsg->buf), len) == -1)
		return (-1);
	return (ibuf_skip(imsg->buf, len));
}
