/*
 * The handlers of methods.  Each ends the call, or opens a request that
 * will; the arguments are checked, and end with it.
 */
#ifndef OMNITROND_RPC_DISPATCH_H
#define OMNITROND_RPC_DISPATCH_H

#include "omnitrond/method.h"

struct args;
struct call;
struct index;

typedef void	(*call_handler)(struct call *, const struct args *);

/* The handler of a method, NULL for an id that is none. */
call_handler	 dispatch_handler(enum method_id);

/* answer.c, health.c, graph.c, describe.c: from the view and the table */
void		 answer_ping_call(struct call *, const struct args *);
void		 answer_list_call(struct call *, const struct args *);
void		 answer_app_call(struct call *, const struct args *);
void		 answer_status_call(struct call *, const struct args *);
void		 answer_metrics_call(struct call *, const struct args *);
void		 health_call(struct call *, const struct args *);
void		 graph_call(struct call *, const struct args *);
void		 describe_call(struct call *, const struct args *);
/* A method by its whole name, or by what stands behind the service; or -1. */
int		 describe_find(const struct index *, const char *name);
/* logs.c, stream.c, inspect.c: what the logger tells */
void		 logs_call(struct call *, const struct args *);
void		 stream_call(struct call *, const struct args *);
void		 inspect_call(struct call *, const struct args *);
/* watch.c: files that are watched */
void		 watch_status_call(struct call *, const struct args *);
void		 exec_call(struct call *, const struct args *);
void		 watch_enable_call(struct call *, const struct args *);
/* crash.c: records of crashes */
void		 crash_call(struct call *, const struct args *);
void		 why_call(struct call *, const struct args *);
/* subscribe.c: events, and the end of any subscription */
void		 subscribe_call(struct call *, const struct args *);
void		 unsubscribe_call(struct call *, const struct args *);
/* auth.c: who one is, and tokens */
void		 auth_whoami_call(struct call *, const struct args *);
void		 auth_authenticate_call(struct call *, const struct args *);
void		 auth_validate_call(struct call *, const struct args *);
void		 auth_issue_call(struct call *, const struct args *);
void		 auth_revoke_call(struct call *, const struct args *);
void		 auth_test_call(struct call *, const struct args *);
/* secret.c: what is kept for apps */
void		 secret_call(struct call *, const struct args *);
/* operate.c: all that the supervisor carries out */
void		 operate_call(struct call *, const struct args *);

#endif /* OMNITROND_RPC_DISPATCH_H */
