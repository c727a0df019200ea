/* Failures as Netron's clients know them, from those of JSON-RPC. */
#ifndef OMNITROND_NETWORK_NETRON_ERROR_H
#define OMNITROND_NETWORK_NETRON_ERROR_H

#include "common/jsonw.h"
#include "omnitrond/rpc/fault.h"

#define NETRON_DETAILS_MAX	4

struct netron_error {
	int		 status;	/* of HTTP, and as text its code */
	char		 text[FAULT_TEXT_MAX];
	struct {
		const char	*key;
		char		 value[130];
	}		 detail[NETRON_DETAILS_MAX];
	size_t		 n;
	char		 missing[16];	/* the role that is, or "" */
};

void	 netron_error_set(struct netron_error *, int status, const char *);
/*
 * Of a call of a method of a service that failed with that number and error
 * object (JSON).
 */
void	 netron_error_of(struct netron_error *, const char *service,
	    const char *method, int number, const char *, size_t);
/* The member "error". */
void	 netron_error_write(struct jsonw *, const struct netron_error *);

#endif /* OMNITROND_NETWORK_NETRON_ERROR_H */
