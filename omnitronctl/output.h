/*
 * What reaches stdout and stderr: one table of functions for text, one for
 * JSON.  Commands fetch; outputs print.
 */
#ifndef OMNITRONCTL_OUTPUT_H
#define OMNITRONCTL_OUTPUT_H

#include <stddef.h>
#include <stdio.h>

#include "omnitronctl/ctl.h"

struct batch;
struct json;

/* What a result is, so that the text output knows how to show it. */
enum view {
	VIEW_ACCESS, VIEW_APP, VIEW_CONFIG, VIEW_CRASH, VIEW_CRASHES,
	VIEW_DESCRIBE, VIEW_ENV, VIEW_EVENT, VIEW_GRAPH, VIEW_GRAPH_DOT,
	VIEW_GRAPH_MERMAID, VIEW_HEALTH, VIEW_INSPECT, VIEW_METRICS, VIEW_PING,
	VIEW_RELOAD, VIEW_RESULT, VIEW_SECRET, VIEW_SECRETS, VIEW_STATUS,
	VIEW_TOKEN, VIEW_VALIDITY, VIEW_VERSION, VIEW_WATCH, VIEW_WHY, VIEW_MAX
};

struct failure {
	enum ctl_exit		 exit;
	const char		*name;		/* NULL: the exit's own */
	const char		*message;
	int			 number;	/* of JSON-RPC, or 0 */
	const struct json	*data;		/* more of it, or NULL */
	const char		*app;		/* whose, or NULL */
};

struct output {
	void	(*show)(struct ctl *, enum view, const struct json *);
	/* Several apps: lines of a table, or all of each. */
	void	(*apps)(struct ctl *, const struct json *const *, size_t,
		    int details);
	void	(*entry)(struct ctl *, const struct json *);	/* of a log */
	void	(*note)(struct ctl *, const char *);
	void	(*warn)(struct ctl *, const char *);
	void	(*error)(struct ctl *, const struct failure *);
	void	(*batch_begin)(struct ctl *, const struct batch *);
	void	(*batch_done)(struct ctl *, const struct batch *, size_t);
	void	(*batch_end)(struct ctl *, const struct batch *);
};

extern const struct output	 output_text;
extern const struct output	 output_json;

/* JSON on several lines, for people. */
void	 output_pretty(FILE *, const struct json *);

/*
 * The text views: show_app.c, show_daemon.c, show_graph.c, show_why.c,
 * watch.c, crash.c, secret.c, token.c, access.c, events.c.
 */
void	 show_access(struct ctl *, const struct json *);
void	 show_event(struct ctl *, const struct json *);
void	 show_secret(struct ctl *, const struct json *);
void	 show_secrets(struct ctl *, const struct json *);
void	 show_token(struct ctl *, const struct json *);
void	 show_validity(struct ctl *, const struct json *);
void	 show_apps(struct ctl *, const struct json *const *, size_t);
void	 show_app(struct ctl *, const struct json *);
void	 show_inspect(struct ctl *, const struct json *);
void	 show_status(struct ctl *, const struct json *);
void	 show_ping(struct ctl *, const struct json *);
void	 show_version(struct ctl *, const struct json *);
void	 show_reload(struct ctl *, const struct json *);
void	 show_describe(struct ctl *, const struct json *);
void	 show_env(struct ctl *, const struct json *);
void	 show_health(struct ctl *, const struct json *);
void	 show_metrics(struct ctl *, const struct json *);
void	 show_graph(struct ctl *, const struct json *);
void	 show_graph_dot(struct ctl *, const struct json *);
void	 show_graph_mermaid(struct ctl *, const struct json *);
void	 show_watch(struct ctl *, const struct json *);
void	 show_result(struct ctl *, const struct json *);
void	 show_crash(struct ctl *, const struct json *);
void	 show_crashes(struct ctl *, const struct json *);
void	 show_why(struct ctl *, const struct json *);
void	 show_entry(struct ctl *, const struct json *);
/* Several nodes from the children of an array; the caller's to free. */
const struct json **show_children(const struct json *, size_t *n);

#endif /* OMNITRONCTL_OUTPUT_H */
