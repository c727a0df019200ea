/* Why a call fails: the error object. */
#ifndef OMNITROND_RPC_FAULT_H
#define OMNITROND_RPC_FAULT_H

#include <stddef.h>

struct client;

#define FAULT_TEXT_MAX	1200u	/* a supervisor's text and some words */
#define FAULT_DATA_MAX	3

/* JSON-RPC 2.0, 5.1; the others are outcome_number's. */
enum rpc_error {
	RPC_PARSE = -32700,
	RPC_INVALID = -32600,
	RPC_METHOD = -32601,
	RPC_PARAMS = -32602,
	RPC_INTERNAL = -32603
};

struct fault {
	int			 number;
	char			 text[FAULT_TEXT_MAX];
	struct {
		const char	*key;
		char		 value[128];
	}			 data[FAULT_DATA_MAX];
	size_t			 ndata;
};

/* Begin one, without data; a longer text is cut off. */
void		 fault_set(struct fault *, int number, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/* Add a member to its data; the key must live on, the value is copied. */
void		 fault_datum(struct fault *, const char *, const char *);
/*
 * "app 'apii' not found; did you mean 'api'?": one that the client may view.
 */
void		 fault_app(struct fault *, const struct client *,
		    const char *);
/* "method 'App.lst' not found; did you mean 'App.list'?" */
void		 fault_method(struct fault *, int number, const char *);
/* The word for a number: "NOT_FOUND". */
const char	*fault_code(int number);

#endif /* OMNITROND_RPC_FAULT_H */
