/*
 * The client's side of the RPC on a Unix socket: JSON-RPC 2.0, one JSON text
 * per line in both directions.  Blocking, with deadlines; one connection is
 * one struct client, and it is not for several threads at once.
 *
 * All times are milliseconds; a negative timeout waits for ever, 0 takes
 * what is there already.
 */
#ifndef COMMON_CLIENT_H
#define COMMON_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#define CLIENT_LINE_MAX		((size_t)64 * 1024 * 1024)	/* a reply */
#define CLIENT_PENDING_MAX	64	/* requests that may wait at once */
#define CLIENT_HELD_MAX		4096	/* messages kept for a later call */

struct client;
struct json;

enum client_status {
	CLIENT_OK = 0,
	CLIENT_ERROR,		/* answered, with a JSON-RPC error */
	CLIENT_TIMEOUT,		/* the deadline passed; still connected */
	CLIENT_LOST,		/* the peer closed or reset the connection */
	CLIENT_PROTOCOL,	/* the peer sent what is no JSON-RPC */
	CLIENT_FAILED		/* here: memory, a limit; see errno */
};

/*
 * An answer.  Everything points into it and lives until
 * client_reply_clear.  With CLIENT_OK `result` is set (a JSON null is a
 * node of type JSON_NULL); with CLIENT_ERROR `result` is NULL, `code` and
 * `message` (never NULL) are set, and `data` is the error's data or NULL.
 * With every other status all is 0 and NULL and nothing has to be cleared.
 * The text of a result: json_write(reply.result, w).
 */
struct client_reply {
	int64_t			 id;	/* of the request */
	const struct json	*result;
	int			 code;	/* -32004 ... */
	const char		*message;
	const struct json	*data;
	struct json		*doc;	/* the whole answer */
};

/*
 * Connect to the socket at `path`.  NULL on failure, with a text in `err`
 * (which names the path) and errno: ENOENT no such socket, ECONNREFUSED
 * nobody listens on it, EACCES or EPERM no permission, ETIMEDOUT the
 * daemon does not accept, ENAMETOOLONG, or another.
 */
struct client	*client_open(const char *path, int timeout, char *err,
		    size_t errsize);
void		 client_close(struct client *);		/* NULL is fine */
/* For poll(2) only: readable means that client_next may have something. */
int		 client_fd(const struct client *);
/* Why the last call failed, as one line of text without a full stop. */
const char	*client_strerror(const struct client *);

/*
 * Send one request and wait for its answer.  `method` is "Service.method",
 * `params` the text of a JSON object without newlines, or NULL for none.
 * After CLIENT_TIMEOUT the answer is thrown away should it come later, and
 * the connection can be used further; after CLIENT_LOST and
 * CLIENT_PROTOCOL it cannot.  Notifications that arrive meanwhile go to
 * the callback, or are held for client_next if there is none.
 */
enum client_status client_call(struct client *, const char *method,
		    const char *params, int timeout, struct client_reply *);
/*
 * The halves of it, for several requests at once (CLIENT_PENDING_MAX, then
 * CLIENT_FAILED with errno EAGAIN).  client_send gives the request's id (> 0).
 * client_wait waits for the answer to `id`, or for the next to any request
 * if `id` is 0 (see reply->id).  A timeout leaves the requests pending;
 * client_forget gives one up.
 */
enum client_status client_send(struct client *, const char *method,
		    const char *params, int timeout, int64_t *id);
enum client_status client_wait(struct client *, int64_t id, int timeout,
		    struct client_reply *);
void		 client_forget(struct client *, int64_t id);
void		 client_reply_clear(struct client_reply *);

/*
 * The next notification: `*message` is the whole object ("method",
 * "params"), the caller's to json_free.  CLIENT_OK, or a failure as above.
 * At most CLIENT_HELD_MAX are held between calls; client_dropped tells how
 * many were thrown away beyond that.
 */
enum client_status client_next(struct client *, int timeout,
		    struct json **message);
uint64_t	 client_dropped(const struct client *);
/*
 * Deliver notifications to `fn` instead, from within client_call and
 * client_wait; NULL undoes it.  The message is only lent.  `fn` must not
 * call into the same client.
 */
typedef void	(*client_notify)(const struct json *message, void *arg);
void		 client_on_notify(struct client *, client_notify fn, void *arg);

#endif /* COMMON_CLIENT_H */
