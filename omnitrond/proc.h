/*
 * What every process of the daemon shares: channels to its peers with the
 * checks of proto.h, and the life of a child (set-up, walls, loop).
 */
#ifndef OMNITROND_PROC_H
#define OMNITROND_PROC_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"

struct event_base;
struct peer;

/*
 * A received message.  Handlers take the struct and the tail in order and
 * return msg_end(): 0, or -1 for a message that breaks the protocol, which
 * ends the channel.  A descriptor nobody took with msg_take_fd is closed.
 */
struct msg {
	enum msg_type	 type;
	const uint8_t	*data;
	size_t		 len;
	size_t		 off;
	int		 bad;		/* a taker ran short */
	int		 fd;		/* -1 = none */
};

void	 msg_take(struct msg *, void *dst, size_t);	/* zeroed when short */
/* Fails (msg->bad) when it does not fit with its NUL, or contains one. */
void	 msg_take_str(struct msg *, char *dst, size_t);
const uint8_t *msg_take_rest(struct msg *, size_t *len);
int	 msg_take_fd(struct msg *);		/* the caller's to close */
int	 msg_end(const struct msg *);

typedef int (*msg_handler)(struct peer *, struct msg *);

struct dispatch {
	enum msg_type	 type;
	msg_handler	 fn;
};

#define HANDLE(id, fn)	{ M_##id, fn }
#define HANDLE_END	{ M_NONE, NULL }

/*
 * A channel.  `down` is called once when it ends (why: NULL for end of
 * file, else the rule that was broken); the peer is freed after it returns.
 */
typedef void (*peer_down)(struct peer *, const char *why, enum msg_type);

struct peer	*peer_new(struct event_base *, enum kind self, enum kind other,
		    int fd, const struct dispatch *, peer_down, void *arg);
void		 peer_free(struct peer *);		/* closes; no down call */
enum kind	 peer_kind(const struct peer *);
void		*peer_arg(const struct peer *);
int		 peer_fd(const struct peer *);
void		 peer_set_state(struct peer *, uint32_t st);
/* Nothing is read from it, not even its end, until that is let go again. */
void		 peer_hold(struct peer *, int on);
/*
 * Queue a message: the struct, then strings (NULL-terminated list) as its
 * tail.  The size of the struct comes from the table.  The descriptor is
 * taken over.  Start-up and reload data (bulk) do not count against
 * PEER_QUEUE_MAX.  A peer whose queue is over it is brought down from the
 * event loop, never from here.
 */
void		 peer_send(struct peer *, enum msg_type, int fd, const void *,
		    ...) __attribute__((sentinel));
void		 peer_send_raw(struct peer *, enum msg_type, int fd,
		    const void *, const void *tail, size_t len);
void		 peer_bulk(struct peer *, int on);
size_t		 peer_queued(const struct peer *);	/* bytes that wait */
void		 peer_flush(struct peer *);	/* write now what it takes */

/*
 * A child.  proc_main: log and title, channel to the parent on descriptor
 * PROC_PARENT_FD, SETUP and LINK messages, then GO: ops->touch (warm up
 * libraries, still with privilege), walls, ops->start, READY, and the loop.
 * Nothing that a link says is read before the walls stand.
 * When the parent's end closes, ops->fini runs and the process exits 0.
 */
#define PROC_PARENT_FD	3

struct proc {
	enum kind		 kind;
	struct event_base	*base;
	struct peer		*peer[K_MAX];	/* NULL while one is away */
	struct m_setup		 setup;
	uint32_t		 walls;
	const struct proc_ops	*ops;
	void			*arg;		/* the process's own state */
};

struct proc_ops {
	enum kind		 kind;
	enum kind		 other;	/* if started as that; or PARENT */
	const struct dispatch	*dispatch;
	void	(*touch)(struct proc *);	/* may be NULL */
	void	(*init)(struct proc *);		/* before any message; or NULL */
	void	(*start)(struct proc *);
	void	(*up)(struct proc *, enum kind);   /* a link was made (anew) */
	void	(*down)(struct proc *, enum kind); /* a link ended */
	void	(*fini)(struct proc *);		/* may be NULL */
	int	(*awake)(struct proc *);	/* for PONG; or NULL: never */
};

int		 proc_main(int argc, char **argv, const struct proc_ops *);
/* The process of a peer given to a handler in a child. */
struct proc	*proc_of(const struct peer *);

/* Walls (sandbox_OS.c): what of WALL_* could be put up, fatal when a wall
 * that must stand does not. */
uint32_t	 sandbox_enter(const struct m_setup *, const char *dir);
/* The parent's own: what the apps that it starts do not inherit. */
uint32_t	 sandbox_parent(void);
/* The walls `kind` has when all is well, for "full". */
uint32_t	 sandbox_expected(enum kind, int as_root);

#endif /* OMNITROND_PROC_H */
