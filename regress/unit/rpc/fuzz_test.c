/*
 * Mutated input: to the framing and the calls, and to the handlers of
 * messages.  Nothing may crash, leak a connection or stop answering.
 */
#include "regress/unit/rpc/fixture.h"

#ifndef ROUNDS
#define ROUNDS	20000
#endif

static const char *const seeds[] = {
	DAEMON("ping", "{}"),
	DAEMON("getApp", "{\"name\":\"api\"}"),
	(DAEMON("getLogs", "{\"name\":\"api\",\"lines\":3,\"level\":\"info\","
	    "\"grep\":\"^(a|b{2,3})[[:digit:]]+$\",\"since\":1}")),
	DAEMON("stopApp", "{\"name\":\"api\",\"force\":true,\"timeout\":5}"),
	DAEMON("signalApp", "{\"name\":\"db\",\"signal\":\"HUP\"}"),
	DAEMON("getDependencyGraph", "{\"name\":\"api\"}"),
	DAEMON("status", "{}"),
	DAEMON("inspect", "{\"name\":\"api\"}"),
	CALL(1.5e3, "OmnitronLogs.streamLogs", "{\"app\":\"api\",\"lines\":2}"),
	CALL(1, "OmnitronLogs.unsubscribe", "{\"subscription\":1}"),
	CALL("\"x\"", "OmnitronSystem.describe", "{\"method\":\"ping\"}"),
	("[" DAEMON("ping", "{}") "," DAEMON("stopApp", "{\"name\":\"api\"}")
	    ",3,null]"),
	DAEMON("getConfig", "{}"),
	("{\"jsonrpc\":\"2.0\",\"method\":\"OmnitronDaemon.stopApp\","
	    "\"params\":{\"name\":\"api\"}}"),
};

static uint64_t	 state;

/* xorshift64*: the same sequence in every run */
static uint32_t
rnd(uint32_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((uint32_t)((state * 0x2545f4914f6cdd1du) >> 32) % n);
}

static size_t
mutate(char *p, size_t len, size_t size)
{
	static const char	 words[] = "{}[]\",:\\\r\n 0123456789-.eEtfnu"
				    "\x80\xc3\xff";
	size_t			 at, n, k;

	for (k = rnd(6); k > 0 && len > 0; k--) {
		at = rnd((uint32_t)len);
		switch (rnd(6)) {
		case 0:
			p[at] ^= (char)(1u << rnd(8));
			break;
		case 1:
			p[at] = words[rnd(sizeof(words))];
			break;
		case 2:			/* cut a part out */
			n = rnd((uint32_t)(len - at)) + 1;
			memmove(p + at, p + at + n, len - at - n);
			len -= n;
			break;
		case 3:			/* double a part */
			n = rnd((uint32_t)(len - at)) + 1;
			if (len + n > size)
				break;
			memmove(p + at + n, p + at, len - at);
			len += n;
			break;
		case 4:
			len = at;
			break;
		default:
			if (len + 1 > size)
				break;
			memmove(p + at + 1, p + at, len - at);
			p[at] = words[rnd(sizeof(words))];
			len++;
		}
	}
	return (len);
}

/* The supervisor, the logger and the parent answer what came, or not. */
static void
answer(struct fix *f)
{
	struct m_request	 m;

	while (f->taken < f->ngot) {
		if (f->got[f->taken].type != M_REQUEST) {
			f->taken++;
			continue;
		}
		memcpy(&m, f->got[f->taken++].data, sizeof(m));
		if (m.op == OP_LOGS && (m.flags & REQ_FOLLOW) == 0) {
			fix_logs(f, m.id, "a line");
			fix_log_done(f, m.id, rnd(OUT_MAX), "done");
		} else if (m.op == OP_LOGS)
			fix_logs(f, m.id, "followed");
		else
			fix_reply(f, m.id, OUT_OK + 1 + rnd(OUT_MAX - 1), 0,
			    1, "no");
	}
	f->taken = f->ngot = 0;
}

static void
drain(int fd)
{
	char	 buf[65536];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

ATF_TC_WITHOUT_HEAD(mutated_requests);
ATF_TC_BODY(mutated_requests, tc)
{
	struct fix	*f = fix_new();
	int		 fd = -1, other, i;
	char		 buf[2048];
	const char	*seed;
	struct json	*j;
	size_t		 len, part, off;

	state = 0x9e3779b97f4a7c15u;
	fix_apps(f);
	other = fix_client(f);
	for (i = 0; i < ROUNDS; i++) {
		if (fd == -1)
			fd = fix_client(f);
		seed = seeds[rnd(sizeof(seeds) / sizeof(seeds[0]))];
		len = strlen(seed);
		memcpy(buf, seed, len);
		len = mutate(buf, len, sizeof(buf) - 1);
		if (rnd(8) != 0)
			buf[len++] = '\n';
		for (off = 0; off < len; off += part) {
			part = rnd(4) == 0 ? 1 + rnd((uint32_t)(len - off)) :
			    len - off;
			if (write(fd, buf + off, part) == -1)
				break;
			fix_spin(f);
		}
		answer(f);
		fix_spin(f);
		drain(fd);
		if (rnd(50) == 0) {
			close(fd);
			fd = -1;
		}
		if (i % 500 == 0) {
			j = fix_call(f, other, DAEMON("ping", "{}"));
			ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
			json_free(j);
		}
	}
	if (fd != -1)
		close(fd);
	fix_settle(f);
	answer(f);
	fix_settle(f);
	ATF_CHECK_EQ(1, f->control->nconns);
	ATF_CHECK_EQ(0, f->control->in_total);
	ATF_CHECK_EQ(0, f->control->out_total);
	ATF_CHECK_EQ(0, f->net->log_bytes);
	close(other);
	fix_free(f);
}

/* Any bytes that pass the check of the table. */
ATF_TC_WITHOUT_HEAD(random_messages);
ATF_TC_BODY(random_messages, tc)
{
	const struct dispatch	*d;
	struct fix		*f = fix_new();
	struct msg		 m;
	uint8_t			 buf[MSG_PAYLOAD_MAX];
	enum kind		 from;
	size_t			 size;
	int			 fd = fix_client(f), i, n;

	state = 1;
	fix_apps(f);
	fix_send(f, fd, DAEMON("getLogs", "{}"));
	fix_send(f, fd, DAEMON("getConfig", "{}"));
	fix_send(f, fd, CALL(1, "OmnitronLogs.streamLogs", "{}"));
	for (n = 0; control_dispatch[n].fn != NULL; n++)
		;
	for (i = 0; i < ROUNDS; i++) {
		d = &control_dispatch[rnd((uint32_t)n)];
		size = proto_struct_size(d->type) + rnd(64) * rnd(2);
		for (from = 0; from < K_MAX; from++)
			if (f->proc.peer[from] != NULL &&
			    proto_check(d->type, from, K_CONTROL, ST_RUN, size,
			    0) == NULL)
				break;
		if (from == K_MAX)
			continue;
		memset(buf, 0, size);
		for (size_t k = rnd(40); k > 0; k--)
			buf[rnd((uint32_t)size)] = (uint8_t)rnd(8);
		memset(&m, 0, sizeof(m));
		m.type = d->type;
		m.data = buf;
		m.len = size;
		m.fd = -1;
		d->fn(f->proc.peer[from], &m);
		fix_spin(f);
		f->taken = f->ngot = 0;
		drain(fd);
	}
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mutated_requests);
	ATF_TP_ADD_TC(tp, random_messages);
	return (atf_no_error());
}
