/*
 * Messages between processes over a Unix stream socket, with the interface
 * of OpenBSD's imsg_init(3) and ibuf_add(3); the implementation is our own.
 *
 * Unlike the original the reader checks every header before it allocates,
 * bounds the number of descriptors that wait to be claimed, and closes
 * those that come with no message asking for one.
 */
#ifndef COMMON_IMSG_H
#define COMMON_IMSG_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384	/* header included, as in OpenBSD */
#define IMSG_READ_SIZE		65535	/* one read(2) of a channel */
#define IMSG_MAX_PENDING_FDS	64	/* received and not yet claimed */

struct ibuf;
struct msgbuf;

struct imsg_hdr {
	uint32_t	 type;
	uint32_t	 len;		/* IMSG_FD_MARK is set in it on the wire */
	uint32_t	 peerid;
	uint32_t	 pid;
};

struct imsg {
	struct imsg_hdr	 hdr;
	void		*data;		/* NULL if the message has no payload */
	struct ibuf	*buf;
};

struct imsgbuf {
	struct msgbuf	*w;
	pid_t		 pid;
	uint32_t	 maxsize;
	int		 fd;
	int		 flags;
};

/*
 * Growable buffers.  Getters fail with -1 and EBADMSG when the buffer is
 * too short; adders fail with -1 and ERANGE when the maximum is reached,
 * ENOMEM when memory is out.  Integers named nNN are big endian on the
 * wire, hNN in host order.
 */
struct ibuf	*ibuf_open(size_t);
struct ibuf	*ibuf_dynamic(size_t, size_t);
int		 ibuf_add(struct ibuf *, const void *, size_t);
int		 ibuf_add_zero(struct ibuf *, size_t);
int		 ibuf_add_n8(struct ibuf *, uint64_t);
int		 ibuf_add_n16(struct ibuf *, uint64_t);
int		 ibuf_add_n32(struct ibuf *, uint64_t);
int		 ibuf_add_n64(struct ibuf *, uint64_t);
int		 ibuf_add_h16(struct ibuf *, uint64_t);
int		 ibuf_add_h32(struct ibuf *, uint64_t);
int		 ibuf_add_h64(struct ibuf *, uint64_t);
int		 ibuf_get(struct ibuf *, void *, size_t);
int		 ibuf_get_n8(struct ibuf *, uint8_t *);
int		 ibuf_get_n16(struct ibuf *, uint16_t *);
int		 ibuf_get_n32(struct ibuf *, uint32_t *);
int		 ibuf_get_n64(struct ibuf *, uint64_t *);
int		 ibuf_get_h16(struct ibuf *, uint16_t *);
int		 ibuf_get_h32(struct ibuf *, uint32_t *);
int		 ibuf_get_h64(struct ibuf *, uint64_t *);
int		 ibuf_skip(struct ibuf *, size_t);
size_t		 ibuf_size(const struct ibuf *);
size_t		 ibuf_left(const struct ibuf *);
void		*ibuf_data(const struct ibuf *);
int		 ibuf_fd_get(struct ibuf *);
void		 ibuf_fd_set(struct ibuf *, int);
int		 ibuf_fd_avail(struct ibuf *);
void		 ibuf_free(struct ibuf *);

/*
 * A channel.  imsgbuf_init takes a connected socket, which stays the
 * caller's to close; descriptors travel only after imsgbuf_allow_fdpass.
 * imsgbuf_read: 1 something was read or it would block, 0 end of file, -1
 * error (EBADMSG: a malformed frame, EMFILE: too many descriptors).
 * imsgbuf_write writes what the socket takes: 0 fine (maybe not all), -1
 * error.  imsgbuf_flush blocks until all is written.  imsgbuf_queuelen
 * counts messages that wait, imsgbuf_queuesize their bytes (ours).
 */
int		 imsgbuf_init(struct imsgbuf *, int);
void		 imsgbuf_allow_fdpass(struct imsgbuf *);
int		 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t);
int		 imsgbuf_read(struct imsgbuf *);
int		 imsgbuf_write(struct imsgbuf *);
int		 imsgbuf_flush(struct imsgbuf *);
void		 imsgbuf_clear(struct imsgbuf *);
uint32_t	 imsgbuf_queuelen(struct imsgbuf *);
size_t		 imsgbuf_queuesize(struct imsgbuf *);
int		 imsgbuf_partial(struct imsgbuf *);

/*
 * Messages.  imsg_get: > 0 the size of the message taken, 0 none complete,
 * -1 a malformed frame.  imsg_free also closes a descriptor nobody took.
 * Composing takes the descriptor over, also when it fails.
 */
ssize_t		 imsg_get(struct imsgbuf *, struct imsg *);
int		 imsg_compose(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
		    const void *, size_t);
int		 imsg_composev(struct imsgbuf *, uint32_t, uint32_t, pid_t, int,
		    const struct iovec *, int);
struct ibuf	*imsg_create(struct imsgbuf *, uint32_t, uint32_t, pid_t,
		    size_t);
int		 imsg_add(struct ibuf *, const void *, size_t);
void		 imsg_close(struct imsgbuf *, struct ibuf *);
void		 imsg_free(struct imsg *);
int		 imsg_get_fd(struct imsg *);
uint32_t	 imsg_get_id(struct imsg *);
size_t		 imsg_get_len(struct imsg *);
pid_t		 imsg_get_pid(struct imsg *);
uint32_t	 imsg_get_type(struct imsg *);
int		 imsg_get_data(struct imsg *, void *, size_t);
int		 imsg_get_buf(struct imsg *, void *, size_t);
int		 imsg_get_ibuf(struct imsg *, struct ibuf *);

#endif /* COMMON_IMSG_H */
