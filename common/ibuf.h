/*
 * The inside of common/imsg.h, for ibuf.c, imsg.c and imsgbuf.c alone.
 */
#ifndef COMMON_IBUF_H
#define COMMON_IBUF_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "common/imsg.h"

#define IMSG_FD_MARK		0x80000000U
#define IMSG_ALLOW_FDPASS	0x01

/* Bytes rpos to wpos of buf are its content. */
struct ibuf {
	STAILQ_ENTRY(ibuf)	 entry;
	unsigned char		*buf;	/* own[], or allocated when it grew */
	size_t			 size;	/* allocated */
	size_t			 max;
	size_t			 wpos;
	size_t			 rpos;
	int			 fd;
	_Alignas(8) unsigned char own[];	/* one allocation a message */
};

STAILQ_HEAD(ibuf_list, ibuf);

struct msgbuf {
	struct ibuf_list	 out;
	size_t			 out_bytes;
	uint32_t		 out_len;
	unsigned char		*in;	/* in_off to in_len is unread input */
	size_t			 in_size;
	size_t			 in_off;
	size_t			 in_len;
	int			 fds[IMSG_MAX_PENDING_FDS];
	size_t			 nfds;	/* received, not yet claimed */
};

/* imsgbuf.c */
void	 imsgbuf_queue(struct imsgbuf *, struct ibuf *);
int	 imsgbuf_frame(const struct imsgbuf *, struct imsg_hdr *, size_t off);
int	 imsgbuf_claim_fd(struct msgbuf *);
void	 imsgbuf_consume(struct msgbuf *, size_t);
void	 imsgbuf_drop_fds(struct msgbuf *, const struct imsg_hdr *);

#endif /* COMMON_IBUF_H */
