/* Netron's form of calls: what its clients send, and what they need back. */
#include "fixture.h"

#define INVOKE	"POST /netron/invoke"
#define BATCH	"POST /netron/batch"
#define ONE(id, method, input)						\
	"{\"id\":\"" id "\",\"service\":\"OmnitronDaemon\",\"method\":\""	\
	method "\",\"input\":" input "}"

static struct fix *
fix_netron_new(void)
{
	struct fix	*f = fix_new();

	fix_configure(f, ROLE_OPERATOR);
	fix_apps(f);
	return (f);
}

static int
says(const struct fix_http *r, const char *text)
{
	return (r->body != NULL && strstr(r->body, text) != NULL);
}

ATF_TC_WITHOUT_HEAD(calls_are_answered);
ATF_TC_BODY(calls_are_answered, tc)
{
	static const struct {
		const char	*role;
		const char	*body;
		int		 status;
		const char	*says;
	} t[] = {
		{ "", ONE("x1", "ping", "[]"), 200, "{\"id\":\"x1\","
		    "\"success\":true,\"data\":{\"uptime\":" },
		{ "", ONE("x1", "ping", "{}"), 200,
		    "\"hints\":{\"metrics\":{\"serverTime\":0}}}" },
		{ "-", ONE("x1", "ping", "[{},1,2]"), 200, "\"success\":true" },
		{ "viewer", "{\"id\":\"a\",\"service\":\"OmnitronDaemon@1.0\","
		    "\"method\":\"getApp\",\"input\":[{\"name\":\"api\"}],"
		    "\"context\":{\"traceId\":\"x\"},\"hints\":{\"cache\":1,"
		    "\"timeout\":5000}}", 200, "\"data\":{\"name\":\"api\"" },
		{ "viewer", ONE("a", "getApp", "{\"name\":\"db\"}"), 200,
		    "\"data\":{\"name\":\"db\"" },
		{ "", ONE("a", "list", "[]"), 401, "{\"id\":\"a\",\"success\":"
		    "false,\"error\":{\"code\":\"401\",\"message\":"
		    "\"Authentication required\",\"details\":{\"service\":"
		    "\"OmnitronDaemon\",\"method\":\"list\"}}}" },
		{ "-", ONE("a", "list", "[]"), 401, "Authentication required" },
		{ "viewer", ONE("a", "stopApp", "[{\"name\":\"api\"}]"), 403,
		    "\"code\":\"403\",\"message\":\"Missing required role\","
		    "\"details\":{\"service\":\"OmnitronDaemon\",\"method\":"
		    "\"stopApp\",\"missingRoles\":[\"operator\"]}" },
		{ "viewer", ONE("a", "getApp", "[{\"name\":\"none\"}]"), 404,
		    "\"message\":\"App with id none not found\",\"details\":"
		    "{\"resource\":\"App\",\"id\":\"none\"}" },
		{ "viewer", ONE("a", "nono", "[]"), 404, "Method nono not "
		    "found in service OmnitronDaemon" },
		{ "viewer", "{\"id\":\"a\",\"service\":\"Other\",\"method\":"
		    "\"x\",\"input\":[]}", 404, "Service Other not found" },
		{ "viewer", ONE("a", "getApp", "[{\"nam\":\"api\"}]"), 400,
		    "\"code\":\"400\"" },
		{ "viewer", ONE("a", "getApp", "[\"api\"]"), 400,
		    "Invalid request format" },
		{ "viewer", "{\"id\":1,\"service\":\"OmnitronDaemon\","
		    "\"method\":\"ping\",\"input\":[]}", 400,
		    "Invalid request format" },
		{ "viewer", "{\"id\":\"1\",\"service\":\"OmnitronDaemon\","
		    "\"method\":\"ping\"}", 400, "Invalid request format" },
		{ "viewer", "[]", 400, "Invalid request format" },
		{ "viewer", "nonsense", 400, "Invalid request format" },
	};
	struct fix	*f = fix_netron_new();
	struct fix_http	 r = { .status = 0 };
	const char	*token;
	size_t		 i;
	int		 fd = fix_client(f, LISTENER_HTTP);

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		token = t[i].role[0] == '\0' ? "" : t[i].role[0] == '-' ?
		    "a.b.c" : fix_token(t[i].role, "", 60);
		fix_do(f, fd, INVOKE, token, t[i].body, &r);
		ATF_CHECK_MSG(r.status == t[i].status, "%s: %d %s", t[i].body,
		    r.status, r.body);
		ATF_CHECK_MSG(says(&r, t[i].says), "%s: %s", t[i].body,
		    r.body);
		ATF_CHECK(strstr(r.head, "Cache-Control: no-store\n") != NULL);
	}
	fix_do(f, fd, "GET /netron/invoke", "", NULL, &r);
	ATF_CHECK_EQ(405, r.status);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

/* Its client waits no longer; the daemon does what it was told all the same. */
ATF_TC_WITHOUT_HEAD(a_hint_ends_the_wait);
ATF_TC_BODY(a_hint_ends_the_wait, tc)
{
	struct fix	*f = fix_netron_new();
	struct fix_http	 r = { .status = 0 };
	uint64_t	 id;
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_do(f, fd, INVOKE, fix_token("operator", "", 60),
	    "{\"id\":\"a\",\"service\":\"OmnitronDaemon\",\"method\":"
	    "\"stopApp\",\"input\":[{\"name\":\"api\"}],\"hints\":"
	    "{\"timeout\":50}}", &r);
	ATF_CHECK_EQ(408, r.status);
	ATF_CHECK(says(&r, "\"code\":\"408\""));
	id = fix_request(f);
	fix_reply(f, id, OUT_OK, "");
	fix_settle(f);
	fix_do(f, fd, INVOKE, "", ONE("b", "ping", "[]"), &r);
	ATF_CHECK_EQ(200, r.status);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(a_batch_has_a_response_for_each);
ATF_TC_BODY(a_batch_has_a_response_for_each, tc)
{
	struct fix	*f = fix_netron_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);
	const char	*three = ONE("a", "ping", "[]") "," ONE("b", "list",
			    "[]") "," ONE("c", "ping", "[]") "]";
	char		 text[1024];

	snprintf(text, sizeof(text), "{\"id\":\"q\",\"requests\":[%s}", three);
	fix_do(f, fd, BATCH, "", text, &r);
	ATF_CHECK_EQ_MSG(200, r.status, "%s", r.body);
	ATF_CHECK(says(&r, "{\"id\":\"q\",\"responses\":[{\"id\":\"a\","
	    "\"success\":true,"));
	ATF_CHECK(says(&r, "{\"id\":\"b\",\"success\":false,\"error\":"
	    "{\"code\":\"401\""));
	ATF_CHECK(says(&r, "{\"id\":\"c\",\"success\":true,"));
	ATF_CHECK(says(&r, "\"hints\":{\"successCount\":2,\"failureCount\":1,"
	    "\"totalTime\":"));
	snprintf(text, sizeof(text), "{\"id\":\"q\",\"requests\":[%s,"
	    "\"options\":{\"stopOnError\":true}}", three);
	fix_do(f, fd, BATCH, "", text, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK(says(&r, "{\"id\":\"b\",\"success\":false"));
	ATF_CHECK(!says(&r, "{\"id\":\"c\""));
	ATF_CHECK(says(&r, "\"successCount\":1,\"failureCount\":1"));
	fix_do(f, fd, BATCH, "", "{\"id\":\"q\",\"requests\":[]}", &r);
	ATF_CHECK_EQ(400, r.status);
	fix_do(f, fd, BATCH, "", "{\"id\":\"q\",\"requests\":[1,{}]}", &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK(says(&r, "\"failureCount\":2"));
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

/* One after the other, or all at once; answered in the order of the batch. */
ATF_TC_WITHOUT_HEAD(a_batch_may_run_in_parallel);
ATF_TC_BODY(a_batch_may_run_in_parallel, tc)
{
	static const char	 body[] = "{\"id\":\"q\",\"requests\":["
	    ONE("a", "stopApp", "[{\"name\":\"api\"}]") ","
	    ONE("b", "stopApp", "[{\"name\":\"db\"}]") "],"
	    "\"options\":{\"parallel\":%s}}";
	struct fix	*f = fix_netron_new();
	struct fix_http	 r = { .status = 0 };
	const char	*token = fix_token("operator", "", 60), *a, *b;
	char		 text[4096], inner[1024];
	uint64_t	 one, two;
	int		 fd = fix_client(f, LISTENER_HTTP), parallel, n;

	for (parallel = 0; parallel < 2; parallel++) {
		snprintf(inner, sizeof(inner), body, parallel ? "true" :
		    "false");
		n = snprintf(text, sizeof(text), BATCH " HTTP/1.1\r\n"
		    "Host: h\r\nAuthorization: Bearer %s\r\n"
		    "Content-Length: %zu\r\n\r\n%s", token, strlen(inner),
		    inner);
		ATF_REQUIRE_EQ(0, fix_write(f, fd, text, (size_t)n));
		one = fix_request(f);
		if (!parallel) {
			fix_settle(f);
			ATF_CHECK_EQ(f->ngot, f->taken);
			fix_reply(f, one, OUT_OK, "");
			two = fix_request(f);
			fix_reply(f, two, OUT_OK, "");
		} else {
			two = fix_request(f);
			fix_reply(f, two, OUT_OK, "");
			fix_settle(f);
			fix_reply(f, one, OUT_OK, "");
		}
		fix_http(f, fd, &r);
		ATF_CHECK_EQ(200, r.status);
		ATF_CHECK(says(&r, "\"successCount\":2"));
		a = strstr(r.body, "{\"id\":\"a\"");
		b = strstr(r.body, "{\"id\":\"b\"");
		ATF_CHECK_MSG(a != NULL && b > a, "%s", r.body);
		fix_http_free(&r);
	}
	close(fd);
	fix_free(f);
}

/* Those that still run when it is answered, or gone, are not heard of. */
ATF_TC_WITHOUT_HEAD(a_batch_may_end_early);
ATF_TC_BODY(a_batch_may_end_early, tc)
{
	static const char	 body[] = "{\"id\":\"q\",\"requests\":["
	    ONE("a", "stopApp", "[{\"name\":\"api\"}]") ","
	    ONE("b", "shutdown", "[]") "],\"options\":{\"parallel\":true,"
	    "\"stopOnError\":true}}";
	struct fix	*f = fix_netron_new();
	struct fix_http	 r = { .status = 0 };
	uint64_t	 id;
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_do(f, fd, BATCH, fix_token("operator", "", 60), body, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK(says(&r, "\"successCount\":0,\"failureCount\":1"));
	id = fix_request(f);
	fix_reply(f, id, OUT_OK, "");
	fix_settle(f);
	fix_do(f, fd, INVOKE, "", ONE("b", "ping", "[]"), &r);
	ATF_CHECK_EQ(200, r.status);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(authenticate_says_who_it_is);
ATF_TC_BODY(authenticate_says_who_it_is, tc)
{
	struct fix	*f = fix_netron_new();
	struct fix_http	 r = { .status = 0 };
	char		 text[4096];
	int		 fd = fix_client(f, LISTENER_HTTP);

	snprintf(text, sizeof(text), "{\"id\":\"z\",\"token\":\"%s\"}",
	    fix_token("admin", "", 60));
	fix_do(f, fd, "POST /netron/authenticate", "", text, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK_STREQ("{\"id\":\"z\",\"result\":{\"success\":true,"
	    "\"context\":{\"userId\":\"ann\",\"roles\":[\"operator\"]}}}",
	    r.body);
	/* it counts for that request alone */
	fix_do(f, fd, INVOKE, "", ONE("a", "list", "[]"), &r);
	ATF_CHECK_EQ(401, r.status);
	fix_do(f, fd, "POST /netron/authenticate", "",
	    "{\"token\":\"a.b.c\"}", &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK_STREQ("{\"result\":{\"success\":false,\"error\":"
	    "\"Invalid token\"}}", r.body);
	fix_do(f, fd, "POST /netron/authenticate", "", "{}", &r);
	ATF_CHECK_EQ(400, r.status);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, calls_are_answered);
	ATF_TP_ADD_TC(tp, a_hint_ends_the_wait);
	ATF_TP_ADD_TC(tp, a_batch_has_a_response_for_each);
	ATF_TP_ADD_TC(tp, a_batch_may_run_in_parallel);
	ATF_TP_ADD_TC(tp, a_batch_may_end_early);
	ATF_TP_ADD_TC(tp, authenticate_says_who_it_is);
	return (atf_no_error());
}
