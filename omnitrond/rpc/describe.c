/*
 * OmnitronSystem.describe: the method table as JSON.  In a plane; from the
 * table that dispatches, so that neither can drift.
 */
#include <string.h>

#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"

static void
describe_default(struct jsonw *w, const struct param *p)
{
	if (p->def[0] == '\0')
		return;
	if (p->type == PARAM_BOOL)
		jsonw_kbool(w, "default", p->value != 0);
	else if (p->type == PARAM_INT || p->type == PARAM_DURATION)
		jsonw_kint(w, "default", p->value);
	else
		jsonw_kstring(w, "default", p->def);
}

static void
describe_params(struct jsonw *w, const struct params *params)
{
	const struct param	*p;
	size_t			 i;

	jsonw_key(w, "params");
	jsonw_array(w);
	for (i = 0; i < params->n; i++) {
		p = &params->param[i];
		jsonw_object(w);
		jsonw_kstring(w, "name", p->name);
		jsonw_kstring(w, "type", index_type_name(p->type));
		jsonw_kbool(w, "required", !p->optional);
		describe_default(w, p);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
describe_method(struct jsonw *w, const struct index *index, enum method_id m)
{
	const char	*dot = strchr(methods[m].name, '.');

	jsonw_object(w);
	jsonw_kstring(w, "name", methods[m].name);
	jsonw_key(w, "service");
	jsonw_stringn(w, methods[m].name, (size_t)(dot - methods[m].name));
	jsonw_kstring(w, "method", dot + 1);
	jsonw_kstring(w, "role", methods[m].role == ROLE_NONE ? "anonymous" :
	    role_name(methods[m].role));
	jsonw_kbool(w, "mutating", methods[m].mutating);
	describe_params(w, &index->params[m]);
	jsonw_kstring(w, "result", methods[m].result);
	jsonw_kstring(w, "text", methods[m].text);
	jsonw_end(w);
}

int
describe_find(const struct index *index, const char *name)
{
	int	 m;

	if ((m = index_find(index, name)) != -1)
		return (m);
	for (m = 0; m < METHOD_MAX; m++)
		if (strcmp(strchr(methods[m].name, '.') + 1, name) == 0)
			return (m);
	return (-1);
}

void
describe_call(struct call *call, const struct args *args)
{
	const struct index	*index = call->net->index;
	const char		*name = args_string(args, "method");
	struct jsonw		*w;
	struct fault		 f;
	int			 m = 0;

	if (name != NULL && (m = describe_find(index, name)) == -1) {
		fault_method(&f, outcome_number(OUT_NOT_FOUND), name);
		reply_fault(call, &f);
		return;
	}
	w = reply_begin(call);
	if (name != NULL) {
		describe_method(w, index, m);
		reply_end(call);
		return;
	}
	jsonw_object(w);
	jsonw_kstring(w, "version", VERSION);
	jsonw_key(w, "methods");
	jsonw_array(w);
	for (m = 0; m < METHOD_MAX; m++)
		describe_method(w, index, m);
	jsonw_end(w);
	jsonw_end(w);
	reply_end(call);
}
