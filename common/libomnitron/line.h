/*
 * A stream socket that carries one JSON text per line, both ways, without
 * ever blocking: what comes is kept until a line is whole, what goes until
 * the socket takes it.
 */
#ifndef LIBOMNITRON_LINE_H
#define LIBOMNITRON_LINE_H

#include <stddef.h>

#include "common/mono.h"

struct secure;

struct line {
	int	 fd;		/* -1: closed */
	struct secure *secure;	/* TLS over it, or NULL; not ours */
	short	 inwait;	/* poll(2) events that reading waits for */
	short	 outwait;	/* and those of what is unsent */
	size_t	 max;		/* bytes of a line that is read */
	char	*in;		/* off to len is unread */
	size_t	 insize;
	size_t	 off;
	size_t	 len;
	size_t	 seen;		/* of it, known to hold no newline */
	size_t	 used;		/* bytes that ever were: what to wipe */
	char	*out;		/* outoff to outlen is to be sent */
	size_t	 outsize;
	size_t	 outoff;
	size_t	 outlen;
	int	 mute;		/* the peer takes nothing any more */
	int	 ended;		/* nothing will come any more */
	int	 error;		/* why, an errno; 0 = the peer closed it */
};

void	 line_init(struct line *, int fd, size_t max);
/* What is read and sent from now on goes through it. */
void	 line_secure(struct line *, struct secure *);
/* Close and wipe: what was said may have been a secret. */
void	 line_close(struct line *);
/* A non-blocking socket connected to the path within the timeout, or -1. */
int	 line_connect(const char *path, int timeout);

/*
 * The next line that is here, NUL in place of its newline; it is valid until
 * line_read.  1, or 0 if none is whole, or -1 if it is too long.
 */
int	 line_get(struct line *, char **, size_t *);
/*
 * Keep the line that line_get gave: where it is now, or NULL if memory is
 * out.  It is in `owner`, to be wiped (size bytes) and freed.
 */
char	*line_keep(struct line *, char *line, size_t len, char **owner,
	    size_t *size);
/* Read what is there, once: 1 something, 0 nothing now, -1 ended, errno. */
int	 line_read(struct line *);
/* Nothing more comes; the first reason stays, and goes to errno.  -1. */
int	 line_ended(struct line *, int error);
/* To be sent; 0, or -1 with ENOMEM. */
int	 line_put(struct line *, const char *, size_t);
size_t	 line_unsent(const struct line *);
/* Send what the socket takes; that the peer is gone is found by reading. */
void	 line_flush(struct line *);
/* What to poll(2) for. */
short	 line_events(const struct line *);
/* Until it can be read (or what is unsent, sent) or the time is over. */
void	 line_wait(struct line *, struct mono deadline);

/* The deadline of a timeout, and what is left of it for poll(2). */
struct mono	 line_deadline(int timeout);
int		 line_left(struct mono deadline);

#endif /* LIBOMNITRON_LINE_H */
