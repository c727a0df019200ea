/* The socket of client.c: lines in, bytes out, with deadlines. */
#ifndef COMMON_CLIENT_IO_H
#define COMMON_CLIENT_IO_H

#include <stddef.h>

#include "common/client.h"
#include "common/mono.h"

struct client_io {
	int	 fd;
	char	*buf;		/* off to len is unread input */
	size_t	 size;
	size_t	 off;
	size_t	 len;
	size_t	 seen;		/* of it, known to hold no newline */
	int	 ended;		/* nothing will come any more */
	int	 error;		/* why; 0 = the peer closed it */
};

/* The deadline of a timeout, and what is left of it for poll(2). */
struct mono	 client_io_deadline(int timeout);
int		 client_io_left(struct mono deadline);

/* The connection is over; the first reason stays.  CLIENT_LOST, and errno. */
enum client_status client_io_ended(struct client_io *, int error);
/* A socket, or -1 with errno. */
int		 client_io_connect(const char *path, int timeout);
/*
 * The next line without its newline; it stays valid until the next call.
 * CLIENT_OK, CLIENT_TIMEOUT, CLIENT_LOST (errno, 0 for end of file),
 * CLIENT_PROTOCOL (too long) or CLIENT_FAILED.
 */
enum client_status client_io_line(struct client_io *, struct mono deadline,
		    char **line, size_t *len);
/*
 * All of it: CLIENT_OK; CLIENT_TIMEOUT with nothing written; CLIENT_LOST
 * (errno; ETIMEDOUT when it was cut short) or CLIENT_FAILED.
 */
enum client_status client_io_write(struct client_io *, const char *, size_t,
		    struct mono deadline);

#endif /* COMMON_CLIENT_IO_H */
