/* What there is by HTTP: paths, and who takes them. */
#ifndef OMNITROND_NETWORK_ROUTE_H
#define OMNITROND_NETWORK_ROUTE_H

#include "omnitrond/network/http_parse.h"

struct conn;

enum route_auth {
	ROUTE_OPEN,		/* no token is looked at */
	ROUTE_LENIENT,		/* a bad one counts as none (netron.md) */
	ROUTE_TOKEN,		/* a bad one is refused */
	ROUTE_VIEWER		/* there must be one, of a viewer */
};

/* How a failure looks. */
enum route_form { FORM_PLAIN, FORM_RPC, FORM_NETRON };

struct route {
	const char	*path;
	enum http_method method;
	enum route_auth	 auth;
	enum route_form	 form;
	/* Carry out a request whose body is whole, and good until it returns. */
	void		(*run)(struct conn *, char *, size_t);
	/* It is not answered any more: free what belongs to it. */
	void		(*gone)(struct conn *);
};

/* The route with that path, or NULL. */
const struct route *route_find(const struct http_span *path);

/* netron.c, sse.c, metrics.c */
void	 netron_invoke(struct conn *, char *, size_t);
void	 netron_batch(struct conn *, char *, size_t);
void	 netron_authenticate(struct conn *, char *, size_t);
void	 netron_gone(struct conn *);
void	 sse_run(struct conn *, char *, size_t);
void	 sse_gone(struct conn *);
void	 metrics_run(struct conn *, char *, size_t);

#endif /* OMNITROND_NETWORK_ROUTE_H */
