/*
 * libomnitron: omnitrond(8) from C.  omnitron(3) is the manual.
 *
 * Two sides, independent of each other: struct omnitron is a client's
 * connection to a daemon (omnitron-rpc(7)); struct omnitron_app is an app's
 * end of its channel, by which it says that it is ready, is fed its
 * heartbeats, and lends its own methods to `omnitronctl exec`.
 *
 * JSON goes in and out as text (RFC 8259, UTF-8); which library reads it is
 * the program's choice, and omnitron_json_* suffice for simple things.
 *
 * Nothing here exits, prints, or raises SIGPIPE; there is no state but in
 * the objects.  One object is for one thread at a time, different objects
 * are independent.  All times are milliseconds; a negative timeout waits
 * for ever, 0 takes what is there already.
 */
#ifndef OMNITRON_H
#define OMNITRON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OMNITRON_REQUEST_MAX	((size_t)1024 * 1024)	/* bytes of a request */
#define OMNITRON_REPLY_MAX	((size_t)64 * 1024 * 1024)	/* of a reply */
#define OMNITRON_PENDING_MAX	64	/* requests unanswered at once */
#define OMNITRON_STREAMS_MAX	64	/* subscriptions of a connection */
#define OMNITRON_HELD_MAX	4096	/* messages kept for a later call */
#define OMNITRON_NAME_SIZE	32	/* of an error, NUL included */

/* ---- client ------------------------------------------------------------- */

struct omnitron;

enum omnitron_status {
	OMNITRON_OK = 0,
	OMNITRON_ERROR,		/* answered, with an error: see the reply */
	OMNITRON_TIMEOUT,	/* the time passed; still connected */
	OMNITRON_LOST,		/* not connected, or not any more: errno */
	OMNITRON_PROTOCOL,	/* the peer sent what is no JSON-RPC */
	OMNITRON_FAILED		/* here: memory, a limit, an argument: errno */
};

/*
 * Which daemon.  A value that is not set is looked for as omnitronctl(8)
 * does: $OMNITRON_SOCKET; daemon.sock in $OMNITRON_HOME; in ~/.omnitron;
 * in /var/run/omnitron.  With a host, that alone counts, and so do the
 * options below it.  TLS is 1.2 or newer; the certificate must be valid now,
 * for that host, and issued by one of the authorities of the file or, without
 * one, of the system.  A fingerprint (SHA-256 of the certificate, 64 hex
 * digits, colons allowed) takes the place of the authorities and the name,
 * unless a file of authorities is set, too: then both must be right.
 */
enum omnitron_option {
	OMNITRON_SOCKET = 1,	/* path of a Unix socket */
	OMNITRON_HOME,		/* the daemon's home, which holds it */
	OMNITRON_HOST,		/* name or address of another host */
	OMNITRON_PORT,		/* its port, else 9700 */
	OMNITRON_TLS,		/* "on" (default), "off": plain text */
	OMNITRON_CA,		/* file of authorities, PEM */
	OMNITRON_FINGERPRINT,	/* of the daemon's certificate */
	OMNITRON_CERT,		/* file of our own certificate, PEM */
	OMNITRON_KEY,		/* file of its key, private to its owner */
	OMNITRON_TOKEN,		/* to authenticate with */
	OMNITRON_TOKEN_FILE	/* or a file of it, private to its owner */
};

#define OMNITRON_CERTIFICATE_TEXT	256

struct omnitron_certificate {
	char		 fingerprint[65];	/* SHA-256, hex, lower case */
	char		 subject[OMNITRON_CERTIFICATE_TEXT];
	char		 issuer[OMNITRON_CERTIFICATE_TEXT];
	char		 protocol[16];		/* "TLSv1.3" */
	int64_t		 begins;		/* ms since 1970 */
	int64_t		 ends;
};

/*
 * An answer.  Strings belong to it and live until omnitron_reply_clear.
 * With OMNITRON_OK `result` is set; with OMNITRON_ERROR `code` and `message`
 * are, `name` is "" and `data` NULL where the daemon gave none.  With every
 * other status all is 0, and there is nothing to clear.
 */
struct omnitron_reply {
	int64_t		 id;		/* of the request */
	const char	*result;	/* JSON */
	int		 code;		/* -32004 ... */
	const char	*message;	/* text for people */
	const char	*data;		/* JSON */
	char		 name[OMNITRON_NAME_SIZE];	/* "NOT_FOUND" */
	char		*text;		/* private: what they point into */
	size_t		 size;		/* private */
};

/* A notification; in a callback it is lent. */
struct omnitron_note {
	const char	*method;	/* "OmnitronLogs.entry" */
	const char	*params;	/* JSON, or NULL */
	char		*text;		/* private */
	size_t		 size;		/* private */
};

/*
 * Callbacks come from within functions that read: omnitron_call, _wait,
 * _next, _stream and _dispatch.  They may send (omnitron_send,
 * omnitron_request, omnitron_forget) but not read: such a call is
 * OMNITRON_FAILED with EDEADLK; nor may they free or connect.
 */
typedef void	(*omnitron_note_fn)(struct omnitron *,
		    const struct omnitron_note *, void *arg);
typedef void	(*omnitron_answer_fn)(struct omnitron *, enum omnitron_status,
		    const struct omnitron_reply *, void *arg);

/* NULL: no memory.  omnitron_free(NULL) is fine; it disconnects. */
struct omnitron	*omnitron_new(void);
void		 omnitron_free(struct omnitron *);
/*
 * The value is copied (a token is wiped when it is of no use any more); NULL
 * unsets it.  Of effect at the next omnitron_connect.  0, or -1: EINVAL,
 * ENOMEM.
 */
int		 omnitron_set(struct omnitron *, enum omnitron_option,
		    const char *value);
/*
 * Connect, again if it was connected before; what was pending then is
 * gone.  OMNITRON_LOST with errno ENOENT no socket, ECONNREFUSED nobody
 * listens, EACCES or EPERM no permission, ETIMEDOUT the daemon does not
 * accept, EHOSTUNREACH no such host, ENAMETOOLONG, or another.
 *
 * To a host, TLS is agreed on, then the token is sent and its answer waited
 * for, all within the timeout: after OMNITRON_OK anything may be sent.  Then
 * errno is EACCES also if the token or our certificate is refused, EPERM if
 * the daemon's certificate is, EPROTO if the other side does not speak TLS
 * or not our protocol.  OMNITRON_FAILED: EINVAL options that contradict each
 * other, a file that is not as it must be, EPROTONOSUPPORT the part of the
 * library that has TLS is not installed.  omnitron_strerror says which and
 * what helps; no token is ever in it.
 */
enum omnitron_status omnitron_connect(struct omnitron *, int timeout);
/* Use a connected stream socket instead; it is ours from now on. */
enum omnitron_status omnitron_attach(struct omnitron *, int fd);
/*
 * The daemon's certificate, as it was shown when this connection was made.
 * 0, or -1 with ENOENT: there is none.
 */
int		 omnitron_certificate(const struct omnitron *,
		    struct omnitron_certificate *);
/* The socket or "host:port" that was connected, or tried; "" for none. */
const char	*omnitron_path(const struct omnitron *);
/* Why the last call failed: one line without a full stop, never NULL. */
const char	*omnitron_strerror(const struct omnitron *);

/*
 * Send a request and wait for its answer.  `method` is "Service.method",
 * `params` the text of a JSON object, or NULL.  After OMNITRON_TIMEOUT a
 * late answer is thrown away and the connection can be used further; after
 * OMNITRON_LOST and OMNITRON_PROTOCOL only omnitron_connect helps.
 */
enum omnitron_status omnitron_call(struct omnitron *, const char *method,
		    const char *params, int timeout, struct omnitron_reply *);
void		 omnitron_reply_clear(struct omnitron_reply *);
/*
 * The halves of it, for several requests at once.  omnitron_send never
 * blocks: what the socket does not take now is sent by the next function
 * that waits or dispatches; EAGAIN if too many requests wait.
 * omnitron_wait waits for the answer to `id`, or for the next to any request
 * of omnitron_send if `id` is 0.  A timeout leaves requests pending;
 * omnitron_forget gives one up.
 */
enum omnitron_status omnitron_send(struct omnitron *, const char *method,
		    const char *params, int64_t *id);
enum omnitron_status omnitron_wait(struct omnitron *, int64_t id, int timeout,
		    struct omnitron_reply *);
void		 omnitron_forget(struct omnitron *, int64_t id);
/*
 * Send a request whose answer goes to `fn`, once: with its reply, or with
 * OMNITRON_LOST or OMNITRON_PROTOCOL and an empty one when the connection
 * ends; never after omnitron_forget, nor from omnitron_connect and
 * omnitron_free.  `id` may be NULL.
 */
enum omnitron_status omnitron_request(struct omnitron *, const char *method,
		    const char *params, omnitron_answer_fn fn, void *arg,
		    int64_t *id);

/*
 * For event loops: poll the descriptor (-1: not connected) for the events
 * (POLLIN, POLLOUT), then dispatch with timeout 0: it sends and receives
 * what is possible and calls the callbacks.  With another timeout it waits
 * that long for something to arrive.  OMNITRON_OK, or how the connection
 * ended.
 */
int		 omnitron_fd(const struct omnitron *);
short		 omnitron_events(const struct omnitron *);
enum omnitron_status omnitron_dispatch(struct omnitron *, int timeout);

/*
 * Subscribe: call a method that answers { subscription }, and hand each
 * notification that carries its number to `fn`.  omnitron_unstream ends it.
 */
enum omnitron_status omnitron_stream(struct omnitron *, const char *method,
		    const char *params, int timeout, omnitron_note_fn fn,
		    void *arg, int64_t *subscription,
		    struct omnitron_reply *);
enum omnitron_status omnitron_unstream(struct omnitron *,
		    int64_t subscription, int timeout);
/*
 * All other notifications: to `fn`, or (NULL) they are held for
 * omnitron_next, at most OMNITRON_HELD_MAX; omnitron_dropped counts those
 * thrown away beyond that.
 */
void		 omnitron_on_note(struct omnitron *, omnitron_note_fn fn,
		    void *arg);
enum omnitron_status omnitron_next(struct omnitron *, int timeout,
		    struct omnitron_note *);
void		 omnitron_note_clear(struct omnitron_note *);
uint64_t	 omnitron_dropped(const struct omnitron *);

/* ---- app ---------------------------------------------------------------- */

struct omnitron_app;
struct omnitron_invoke;		/* a call of one of our methods */

/*
 * A method was called with `args`, the JSON array or object that the caller
 * gave.  Answer with omnitron_invoke_reply or omnitron_invoke_fail, now or
 * later, once: each ends the life of the invoke.  `args` lives as long.
 */
typedef void	(*omnitron_method_fn)(struct omnitron_invoke *,
		    const char *args, void *arg);

struct omnitron_method {
	const char		*name;		/* NULL ends a table */
	omnitron_method_fn	 fn;
};

enum omnitron_health {
	OMNITRON_HEALTHY = 0,
	OMNITRON_DEGRADED,
	OMNITRON_UNHEALTHY
};

/* How the app is; `message` may get a text, "" at first. */
typedef enum omnitron_health (*omnitron_health_fn)(char *message,
		    size_t size, void *arg);
/* The app is to end; `deadline` is what is left for it, -1 unknown. */
typedef void	(*omnitron_shutdown_fn)(struct omnitron_app *,
		    int64_t deadline, void *arg);

/*
 * The channel at `path`, or at $OMNITRON_CHANNEL if NULL.  NULL with errno
 * ENOENT if that is not set (not started by a daemon, or without `channel
 * yes`), ENAMETOOLONG, ENOMEM.  It connects when it first can, and again
 * whenever the connection ends, after at most 5 s; what was registered,
 * the status text and the readiness are then told anew.
 */
struct omnitron_app *omnitron_app_open(const char *path);
/* Disconnects; unanswered invokes are gone.  Not from a callback. */
void		 omnitron_app_close(struct omnitron_app *);
/*
 * Offer a service.  Name, version and table are lent for the life of the
 * app.  0, or -1: EINVAL, EEXIST, ENOSPC (more than 64), ENOMEM.
 */
int		 omnitron_app_register(struct omnitron_app *,
		    const char *service, const char *version,
		    const struct omnitron_method *, void *arg);
/* The app can do its work; also said again after a reconnection. */
int		 omnitron_app_ready(struct omnitron_app *);
/* A line for people, shown by `omnitronctl status`. */
int		 omnitron_app_status(struct omnitron_app *, const char *text);
/*
 * Feed the watchdog, now; or by itself every `interval` in the loop (0
 * never, -1 half of what $WATCHDOG_USEC asks for, which is what
 * omnitron_app_open begins with).
 */
int		 omnitron_app_heartbeat(struct omnitron_app *);
void		 omnitron_app_heartbeat_every(struct omnitron_app *,
		    int interval);
/* Since the last time: requests, errors among them, latencies in ms. */
int		 omnitron_app_metrics(struct omnitron_app *, int64_t requests,
		    int64_t errors, const double *latency, size_t n);
/* Without a callback the app is healthy; without one, shutdown stops run. */
void		 omnitron_app_on_health(struct omnitron_app *,
		    omnitron_health_fn, void *arg);
void		 omnitron_app_on_shutdown(struct omnitron_app *,
		    omnitron_shutdown_fn, void *arg);

/*
 * Answer with a result, any JSON value, or with an error: a code (0 means
 * -32010, FAILED), a text, and JSON data or NULL.  Not sent, with -1 and
 * errno: EINVAL what is no JSON (the caller gets an error instead), EMSGSIZE
 * (the same), ENOTCONN the caller is gone, ENOMEM.
 */
int		 omnitron_invoke_reply(struct omnitron_invoke *,
		    const char *result);
int		 omnitron_invoke_fail(struct omnitron_invoke *, int code,
		    const char *message, const char *data);

/*
 * The loop: until omnitron_app_stop, or a shutdown without a callback.
 * -1 with errno only if poll(2) fails.
 */
int		 omnitron_app_run(struct omnitron_app *);
void		 omnitron_app_stop(struct omnitron_app *);
/*
 * Or in one's own: before each wait ask for the descriptor (-1: none now;
 * another after a reconnection), its events, and the time until dispatch
 * is due (-1: never) whatever happens on it.  Dispatch does not block.
 */
int		 omnitron_app_fd(const struct omnitron_app *);
short		 omnitron_app_events(const struct omnitron_app *);
int		 omnitron_app_timeout(const struct omnitron_app *);
void		 omnitron_app_dispatch(struct omnitron_app *);
int		 omnitron_app_connected(const struct omnitron_app *);

/* ---- JSON --------------------------------------------------------------- */

/*
 * Enough for simple arguments and results.  What they return is the
 * caller's to free(3); NULL with errno EINVAL (no JSON, another type),
 * ENOENT (no such member) or ENOMEM.
 */
char		*omnitron_json_member(const char *object, const char *name);
char		*omnitron_json_element(const char *array, size_t n);
char		*omnitron_json_string(const char *string);	/* unquoted */
char		*omnitron_json_quote(const char *text);
/* 0, or -1 with EINVAL, or ERANGE for what an integer cannot hold. */
int		 omnitron_json_int(const char *number, int64_t *);
int		 omnitron_json_double(const char *number, double *);

#ifdef __cplusplus
}
#endif

#endif /* OMNITRON_H */
