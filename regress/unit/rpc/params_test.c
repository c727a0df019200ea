/* Parameters against the table, and the description made from it. */
#include "regress/unit/rpc/fixture.h"

ATF_TC_WITHOUT_HEAD(table_is_whole);
ATF_TC_BODY(table_is_whole, tc)
{
	struct index	*index = index_new();
	int		 m;

	for (m = 0; m < METHOD_MAX; m++) {
		ATF_CHECK_MSG(dispatch_handler(m) != NULL, "%s",
		    methods[m].name);
		ATF_CHECK_EQ(m, index_find(index, methods[m].name));
	}
	ATF_CHECK(dispatch_handler(METHOD_MAX) == NULL);
	ATF_CHECK_EQ(-1, index_find(index, "OmnitronDaemon.PING"));
	ATF_CHECK_EQ(-1, index_find(index, ""));
	free(index);
}

ATF_TC_WITHOUT_HEAD(every_message_to_a_plane_has_one_handler);
ATF_TC_BODY(every_message_to_a_plane_has_one_handler, tc)
{
	const struct dispatch	*d;
	uint32_t		 type;
	int			 n;

	for (type = M_NONE + 1; type < M_MAX; type++) {
		n = type == M_SETUP || type == M_LINK || type == M_GO ||
		    type == M_PING;	/* proc.c takes these */
		for (d = control_dispatch; d->fn != NULL; d++)
			n += d->type == type;
		ATF_CHECK_EQ_MSG((proto_receivers(type) & (KB(CONTROL) |
		    KB(LOCAL))) != 0, n, "%s: %d", msg_name(type), n);
	}
}

ATF_TC_WITHOUT_HEAD(wrong_parameters_are_named);
ATF_TC_BODY(wrong_parameters_are_named, tc)
{
	static const struct {
		const char	*call;
		int		 code;
		const char	*text;
	} bad[] = {
		{ DAEMON("ping", "{\"x\":1}"), -32602,
		    "unknown parameter 'x'; the method takes none" },
		{ DAEMON("getApp", "{}"), -32602,
		    "parameter 'name' (name) is missing" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,"
		    "\"method\":\"OmnitronDaemon.getApp\"}", -32602,
		    "parameter 'name' (name) is missing" },
		{ DAEMON("getApp", "{\"name\":1}"), -32602,
		    "name: expected the name of an app, not int" },
		{ DAEMON("getApp", "{\"name\":null}"), -32602,
		    "name: expected the name of an app, not null" },
		{ DAEMON("getApp", "{\"name\":\"\"}"), -32004, "not found" },
		{ DAEMON("getApp", "{\"name\":\"apii\"}"), -32004,
		    "app 'apii' not found; did you mean 'api'?" },
		{ DAEMON("getApp", "{\"name\":\"../../etc/passwd\"}"), -32004,
		    "not found" },
		{ DAEMON("getApp", "{\"name\":\"omnitrond\"}"), -32004,
		    "not found" },
		{ DAEMON("stopApp", "{\"name\":\"api\",\"forse\":true}"),
		    -32602, "'forse'; did you mean 'force'?" },
		{ DAEMON("stopApp", "{\"name\":\"api\",\"force\":1}"), -32602,
		    "force: expected true or false, not int" },
		{ DAEMON("stopApp", "{\"name\":\"api\",\"timeout\":\"5s\"}"),
		    -32602, "timeout: expected duration" },
		{ DAEMON("stopApp", "{\"name\":\"api\",\"timeout\":0}"),
		    -32602, "from 1 to 86400000 milliseconds" },
		{ DAEMON("stopApp", "{\"name\":\"api\",\"timeout\":-5}"),
		    -32602, "from 1" },
		{ DAEMON("scale", "{\"name\":\"api\",\"instances\":0}"),
		    -32602, "instances: expected int from 1 to 1024" },
		{ DAEMON("scale", "{\"name\":\"api\",\"instances\":1025}"),
		    -32602, "from 1 to 1024" },
		{ DAEMON("scale", "{\"name\":\"api\",\"instances\":1.5}"),
		    -32602, "whole number" },
		{ DAEMON("scale", "{\"name\":\"api\",\"instances\":1e99}"),
		    -32602, "whole number" },
		{ DAEMON("signalApp", "{\"name\":\"api\",\"signal\":\"NIX\"}"),
		    -32602, "a signal like" },
		{ DAEMON("signalApp", "{\"name\":\"api\",\"signal\":0}"),
		    -32602, "a signal like" },
		{ DAEMON("signalApp", "{\"name\":\"api\",\"signal\":4000}"),
		    -32602, "a signal like" },
		{ DAEMON("signalApp", "{\"name\":\"api\",\"signal\":1,"
		    "\"instance\":-1}"), -32602, "from 0 to 1023" },
		{ DAEMON("getLogs", "{\"lines\":0}"), -32602,
		    "lines: expected int from 1 to 10000" },
		{ DAEMON("getLogs", "{\"lines\":10001}"), -32602, "10000" },
		{ DAEMON("getLogs", "{\"level\":\"loud\"}"), -32602,
		    "level: expected level (trace" },
		{ DAEMON("getLogs", "{\"level\":3}"), -32602, "not int" },
		{ DAEMON("getLogs", "{\"since\":-1}"), -32602, "from 0" },
		{ DAEMON("getLogs", "{\"grep\":\"(\"}"), -32602, "grep: " },
		{ DAEMON("getLogs", "{\"grep\":\"(a)\\\\1\"}"), -32602,
		    "back-references" },
		{ DAEMON("getLogs", "{\"grep\":\"((a{99}){99}){99}\"}"),
		    -32602, "repeats too much" },
		{ DAEMON("getLogs", "{\"grep\":\"a{9999999999999999999}\"}"),
		    -32602, "repeats too much" },
		{ DAEMON("getLogs", "{\"process\":\"x\"}"), -32602,
		    "say which app" },
		{ DAEMON("getEnv", "{\"name\":\"api\",\"process\":\"x\"}"),
		    -32004, "app 'api' has no process 'x'" },
		{ DAEMON("setMetricsEnabled", "{}"), -32602, "'enabled'" },
		{ CALL(1, "OmnitronLogs.streamLogs", "{\"lines\":-1}"), -32602,
		    "from 0 to 10000" },
		{ CALL(1, "OmnitronLogs.unsubscribe", "{\"subscription\":9}"),
		    -32004, "no subscription 9" },
		{ CALL(1, "OmnitronSystem.describe", "{\"method\":\"pin\"}"),
		    -32004, "did you mean 'OmnitronDaemon.ping'?" },
	};
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	char		 text[400];
	size_t		 i;

	fix_apps(f);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fix_fails(f, fd, bad[i].call, bad[i].code, bad[i].text);
	snprintf(text, sizeof(text), DAEMON("getLogs", "{\"grep\":\"%0300d\"}"),
	    0);
	fix_fails(f, fd, text, -32602, "longer than 256");
	ATF_CHECK_EQ(0, fix_count(f, M_REQUEST));
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(error_data_tells_what_an_operator_needs);
ATF_TC_BODY(error_data_tells_what_an_operator_needs, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;

	fix_apps(f);
	j = fix_call(f, fd, DAEMON("getApp", "{\"name\":\"apii\"}"));
	ATF_CHECK_STREQ("NOT_FOUND", fix_string(j, "error.data.code"));
	ATF_CHECK_STREQ("apii", fix_string(j, "error.data.app"));
	ATF_CHECK_STREQ("api", fix_string(j, "error.data.suggestion"));
	json_free(j);
	j = fix_call(f, fd, DAEMON("getLogs", "{\"lines\":\"x\"}"));
	ATF_CHECK_STREQ("INVALID", fix_string(j, "error.data.code"));
	ATF_CHECK_STREQ("lines", fix_string(j, "error.data.parameter"));
	json_free(j);
	close(fd);
	fix_free(f);
}

/* The spelling of the table, made again from the description. */
static void
spell(const struct json *params, char *out, size_t size)
{
	const struct json	*p, *def;
	char			 number[32];

	out[0] = '\0';
	for (p = params->first; p != NULL; p = p->next) {
		if (out[0] != '\0')
			strlcat(out, " ", size);
		strlcat(out, fix_string(p, "name"), size);
		strlcat(out, ":", size);
		strlcat(out, fix_string(p, "type"), size);
		def = json_get(p, "default");
		if (def != NULL && def->type == JSON_BOOL)
			strlcat(out, def->u.b ? "=true" : "=false", size);
		else if (def != NULL) {
			snprintf(number, sizeof(number), "=%lld",
			    (long long)def->u.i);
			strlcat(out, number, size);
		}
		if (!fix_bool(p, "required"))
			strlcat(out, "?", size);
	}
}

ATF_TC_WITHOUT_HEAD(describe_is_the_table);
ATF_TC_BODY(describe_is_the_table, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f), m;
	struct json		*j;
	const struct json	*e;
	char			 text[512];

	fix_apps(f);
	j = fix_call(f, fd, CALL(1, "OmnitronSystem.describe", "{}"));
	ATF_REQUIRE_EQ(METHOD_MAX, fix_get(j, "result.methods")->count);
	e = fix_get(j, "result.methods")->first;
	for (m = 0; m < METHOD_MAX; m++, e = e->next) {
		ATF_CHECK_STREQ(methods[m].name, fix_string(e, "name"));
		snprintf(text, sizeof(text), "%s.%s", fix_string(e, "service"),
		    fix_string(e, "method"));
		ATF_CHECK_STREQ(methods[m].name, text);
		ATF_CHECK_STREQ(methods[m].role == ROLE_NONE ? "anonymous" :
		    role_name(methods[m].role), fix_string(e, "role"));
		ATF_CHECK_EQ(methods[m].mutating, fix_bool(e, "mutating"));
		ATF_CHECK_STREQ(methods[m].result, fix_string(e, "result"));
		ATF_CHECK_STREQ(methods[m].text, fix_string(e, "text"));
		spell(json_get(e, "params"), text, sizeof(text));
		ATF_CHECK_STREQ(methods[m].params, text);
	}
	json_free(j);
	j = fix_call(f, fd, CALL(1, "OmnitronSystem.describe",
	    "{\"method\":\"getLogs\"}"));
	ATF_CHECK_STREQ("OmnitronDaemon.getLogs", fix_string(j, "result.name"));
	ATF_CHECK_EQ(100, fix_int(j, "result.params.1.default"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, table_is_whole);
	ATF_TP_ADD_TC(tp, every_message_to_a_plane_has_one_handler);
	ATF_TP_ADD_TC(tp, wrong_parameters_are_named);
	ATF_TP_ADD_TC(tp, error_data_tells_what_an_operator_needs);
	ATF_TP_ADD_TC(tp, describe_is_the_table);
	return (atf_no_error());
}
