/*
 * A channel of imsg: what goes in and out of its socket.  In every process;
 * touches the socket it was given and the descriptors that come over it.
 *
 * A descriptor travels with the first byte of its message: a batch of
 * messages ends before one that carries a descriptor.  So the reader knows
 * that a descriptor left over when all its input is consumed was not asked
 * for, and closes it; and a short write cannot part the two.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ibuf.h"

#define IMSG_BATCH	128	/* messages in one sendmsg(2) */

/* Aligned as cmsg(3) wants it, with room for n descriptors. */
#define FD_CONTROL(n)							\
	union {								\
		struct cmsghdr	 hdr;					\
		unsigned char	 buf[CMSG_SPACE(sizeof(int) * (n))];	\
	}

int
imsgbuf_init(struct imsgbuf *ib, int fd)
{
	struct msgbuf	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (-1);
	if ((w->in = malloc(IMSG_READ_SIZE)) == NULL) {
		free(w);
		return (-1);
	}
	w->in_size = IMSG_READ_SIZE;
	STAILQ_INIT(&w->out);
	ib->w = w;
	ib->pid = getpid();
	ib->maxsize = MAX_IMSGSIZE;
	ib->fd = fd;
	ib->flags = 0;
	return (0);
}

void
imsgbuf_allow_fdpass(struct imsgbuf *ib)
{
	ib->flags |= IMSG_ALLOW_FDPASS;
}

/* As in OpenBSD it is the payload that is bounded. */
int
imsgbuf_set_maxsize(struct imsgbuf *ib, uint32_t max)
{
	if (max > UINT32_MAX - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return (-1);
	}
	max += IMSG_HEADER_SIZE;
	if (max & IMSG_FD_MARK) {
		errno = EINVAL;
		return (-1);
	}
	ib->maxsize = max;
	return (0);
}

static void
imsgbuf_close_fds(struct msgbuf *w, size_t keep)
{
	while (w->nfds > keep)
		close(w->fds[--w->nfds]);
}

void
imsgbuf_clear(struct imsgbuf *ib)
{
	struct msgbuf	*w = ib->w;
	struct ibuf	*b;

	if (w == NULL)
		return;
	while ((b = STAILQ_FIRST(&w->out)) != NULL) {
		STAILQ_REMOVE_HEAD(&w->out, entry);
		ibuf_free(b);
	}
	imsgbuf_close_fds(w, 0);
	explicit_bzero(w->in, w->in_len);
	free(w->in);
	free(w);
	ib->w = NULL;
}

uint32_t
imsgbuf_queuelen(struct imsgbuf *ib)
{
	return (ib->w->out_len);
}

size_t
imsgbuf_queuesize(struct imsgbuf *ib)
{
	return (ib->w->out_bytes);
}

/*
 * The header of the frame at `off` of the input, its mark still in it.
 * 1 the frame is complete, 0 it is not yet (len is 0 if not even its header
 * is), -1 it is malformed.
 */
int
imsgbuf_frame(const struct imsgbuf *ib, struct imsg_hdr *hdr, size_t off)
{
	const struct msgbuf	*w = ib->w;
	uint32_t		 len;

	if (w->in_len - off < IMSG_HEADER_SIZE) {
		hdr->len = 0;
		return (0);
	}
	memcpy(hdr, w->in + off, sizeof(*hdr));
	len = hdr->len & ~IMSG_FD_MARK;
	if (len < IMSG_HEADER_SIZE || len > ib->maxsize) {
		errno = EBADMSG;
		return (-1);
	}
	return (w->in_len - off >= len);
}

int
imsgbuf_partial(struct imsgbuf *ib)
{
	struct imsg_hdr	 hdr;
	size_t		 off = ib->w->in_off;

	while (off < ib->w->in_len) {
		if (imsgbuf_frame(ib, &hdr, off) != 1)
			return (1);
		off += hdr.len & ~IMSG_FD_MARK;
	}
	return (0);
}

int
imsgbuf_claim_fd(struct msgbuf *w)
{
	int	 fd;

	if (w->nfds == 0)
		return (-1);
	fd = w->fds[0];
	w->nfds--;
	memmove(w->fds, w->fds + 1, w->nfds * sizeof(w->fds[0]));
	return (fd);
}

/* Drop n bytes of input; what was consumed entirely is wiped. */
void
imsgbuf_consume(struct msgbuf *w, size_t n)
{
	w->in_off += n;
	if (w->in_off == w->in_len) {
		explicit_bzero(w->in, w->in_len);
		w->in_off = w->in_len = 0;
	}
}

/*
 * Room for more input: 1 yes, 0 no, since a complete frame waits to be
 * taken, -1 error.  The size of the buffer follows a checked header.
 */
static int
imsgbuf_room(struct imsgbuf *ib)
{
	struct msgbuf	*w = ib->w;
	struct imsg_hdr	 hdr;
	unsigned char	*p;
	size_t		 size;
	int		 rv;

	if (w->in_off > 0) {
		memmove(w->in, w->in + w->in_off, w->in_len - w->in_off);
		w->in_len -= w->in_off;
		/* What was there may be a copy of a secret. */
		explicit_bzero(w->in + w->in_len, w->in_off);
		w->in_off = 0;
	}
	if (w->in_len < w->in_size)
		return (1);
	if ((rv = imsgbuf_frame(ib, &hdr, 0)) != 0)
		return (rv == 1 ? 0 : -1);
	/* Full and still incomplete: the frame is larger than the buffer. */
	if ((size = hdr.len & ~IMSG_FD_MARK) <= w->in_size) {
		errno = EBADMSG;
		return (-1);
	}
	if ((p = realloc(w->in, size)) == NULL)
		return (-1);
	w->in = p;
	w->in_size = size;
	return (1);
}

/*
 * Keep the descriptors of one control message.  Those beyond the bound are
 * closed and the channel is broken: nobody knows which message lost one.
 */
static int
imsgbuf_take_fds(struct msgbuf *w, struct cmsghdr *cmsg)
{
	size_t	 i, n;
	int	 fd, rv = 0;

	n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(fd));
		if (w->nfds < IMSG_MAX_PENDING_FDS) {
			w->fds[w->nfds++] = fd;
			continue;
		}
		close(fd);
		rv = -1;
	}
	return (rv);
}

/* As recv(2), and descriptors into w->fds. */
static ssize_t
imsgbuf_recv(struct imsgbuf *ib, struct msghdr *msg)
{
	struct cmsghdr	*cmsg;
	ssize_t		 n;
	int		 bad = 0;

	do
		n = recvmsg(ib->fd, msg, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (-1);
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg))
		if (cmsg->cmsg_level == SOL_SOCKET &&
		    cmsg->cmsg_type == SCM_RIGHTS &&
		    imsgbuf_take_fds(ib->w, cmsg) == -1)
			bad = 1;
	/* Without fdpass the kernel throws them away and says so as well. */
	if (ib->flags & IMSG_ALLOW_FDPASS && msg->msg_flags & MSG_CTRUNC)
		bad = 1;
	if (bad) {
		imsgbuf_close_fds(ib->w, 0);
		errno = EMFILE;
		return (-1);
	}
	return (n);
}

int
imsgbuf_read(struct imsgbuf *ib)
{
	FD_CONTROL(IMSG_MAX_PENDING_FDS) control;
	struct msgbuf	*w = ib->w;
	struct msghdr	 msg;
	struct iovec	 iov;
	ssize_t		 n;
	int		 rv;

	if ((rv = imsgbuf_room(ib)) != 1)
		return (rv == 0 ? 1 : -1);
	iov.iov_base = w->in + w->in_len;
	iov.iov_len = w->in_size - w->in_len;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (ib->flags & IMSG_ALLOW_FDPASS) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.buf);
	}
	if ((n = imsgbuf_recv(ib, &msg)) == -1)
		return (errno == EAGAIN || errno == EWOULDBLOCK ? 1 : -1);
	if (n == 0)
		return (0);
	w->in_len += (size_t)n;
	return (1);
}

/*
 * Called when no complete frame is left: of the descriptors that wait, at
 * most the one of the frame that has begun is wanted.
 */
void
imsgbuf_drop_fds(struct msgbuf *w, const struct imsg_hdr *partial)
{
	int	 wanted;

	wanted = w->in_len > w->in_off &&
	    (partial->len == 0 || partial->len & IMSG_FD_MARK);
	imsgbuf_close_fds(w, wanted ? 1 : 0);
}

void
imsgbuf_queue(struct imsgbuf *ib, struct ibuf *b)
{
	STAILQ_INSERT_TAIL(&ib->w->out, b, entry);
	ib->w->out_len++;
	ib->w->out_bytes += ibuf_size(b);
}

/* n bytes went out: free what is complete. */
static void
imsgbuf_sent(struct msgbuf *w, size_t n)
{
	struct ibuf	*b;
	size_t		 size;

	w->out_bytes -= n;
	while (n > 0 && (b = STAILQ_FIRST(&w->out)) != NULL) {
		ibuf_fd_set(b, -1);	/* it went with the first byte */
		if (n < (size = ibuf_size(b))) {
			b->rpos += n;
			return;
		}
		n -= size;
		STAILQ_REMOVE_HEAD(&w->out, entry);
		w->out_len--;
		ibuf_free(b);
	}
}

/* The batch that comes next; the queue is not empty. */
static size_t
imsgbuf_gather(struct msgbuf *w, struct iovec *iov)
{
	struct ibuf	*b = STAILQ_FIRST(&w->out);
	size_t		 n = 0;

	do {
		iov[n].iov_base = ibuf_data(b);
		iov[n++].iov_len = ibuf_size(b);
		b = STAILQ_NEXT(b, entry);
	} while (b != NULL && b->fd == -1 && n < IMSG_BATCH);
	return (n);
}

static ssize_t
imsgbuf_send(struct imsgbuf *ib)
{
	FD_CONTROL(1)	 control;
	struct iovec	 iov[IMSG_BATCH];
	struct msghdr	 msg;
	struct cmsghdr	*cmsg;
	ssize_t		 n;
	int		 fd = STAILQ_FIRST(&ib->w->out)->fd;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = imsgbuf_gather(ib->w, iov);
	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	do
		n = sendmsg(ib->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return (n);
}

/*
 * Linux answers ETOOMANYREFS when too many descriptors are in flight:
 * that passes as the reader takes them, like a full socket.
 */
static int
imsgbuf_must_wait(int error)
{
	return (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS ||
	    error == ETOOMANYREFS);
}

int
imsgbuf_write(struct imsgbuf *ib)
{
	ssize_t	 n;

	while (!STAILQ_EMPTY(&ib->w->out)) {
		if ((n = imsgbuf_send(ib)) == -1)
			return (imsgbuf_must_wait(errno) ? 0 : -1);
		imsgbuf_sent(ib->w, (size_t)n);
	}
	return (0);
}

int
imsgbuf_flush(struct imsgbuf *ib)
{
	struct pollfd	 pfd = { .fd = ib->fd, .events = POLLOUT };

	for (;;) {
		if (imsgbuf_write(ib) == -1)
			return (-1);
		if (STAILQ_EMPTY(&ib->w->out))
			return (0);
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return (-1);
	}
}
