/*
 * What strangers send, made worse: good requests with bytes changed, cut,
 * doubled, in pieces of any size.  Whatever comes, the process lives, nothing
 * of it stays, and others are served.
 */
#include "fixture.h"

#define ROUNDS	400		/* for each protocol; some seconds */

static uint64_t	 seed;

static unsigned
any(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return ((unsigned)(seed >> 33) % n);
}

static size_t
spoil(char *p, size_t len, size_t size)
{
	unsigned	 i, n = any(4);
	size_t		 at, k;

	for (i = 0; i < n && len > 8; i++) {
		at = any((unsigned)len - 4);
		k = 1 + any(16);
		switch (any(4)) {
		case 0:
			p[at] = (char)any(256);
			break;
		case 1:
			p[at] = "\r\n \t:,\"{}[]0\0"[any(13)];
			break;
		case 2:				/* cut some out */
			if (at + k < len) {
				memmove(p + at, p + at + k, len - at - k);
				len -= k;
			}
			break;
		default:			/* double some */
			if (at + k < len && len + k < size) {
				memmove(p + at + k, p + at, len - at);
				len += k;
			}
			break;
		}
	}
	return (len);
}

static void
send_in_pieces(struct fix *f, int fd, const char *p, size_t len)
{
	size_t	 n;

	while (len > 0) {
		n = any(2) ? len : 1 + any((unsigned)len);
		if (fix_write(f, fd, p, n) == -1)
			return;
		fix_spin(f);
		p += n;
		len -= n;
	}
}

static void
fuzz(enum listener_kind kind, const char *const *good, size_t ngood)
{
	struct fix	*f = fix_new();
	char		 text[8192], sink[4096];
	size_t		 len;
	int		 fd, i;

	fix_configure(f, ROLE_ADMIN);
	fix_apps(f);
	seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < ROUNDS; i++) {
		fd = fix_client(f, kind);
		len = strlcpy(text, good[any((unsigned)ngood)], sizeof(text));
		len = spoil(text, len, sizeof(text));
		send_in_pieces(f, fd, text, len);
		fix_settle(f);
		while (read(fd, sink, sizeof(sink)) > 0)
			;
		close(fd);
		fix_settle(f);
		f->ngot = f->taken = 0;
	}
	fix_settle(f);
	ATF_CHECK_EQ(0, f->nw->nconns);
	ATF_CHECK_EQ(0, f->nw->in_total);
	ATF_CHECK_EQ(0, f->nw->out_total);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(spoiled_http);
ATF_TC_BODY(spoiled_http, tc)
{
	static const char *const	 good[] = {
		"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
		"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 67\r\n\r\n"
		PING "POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 67"
		"\r\n\r\n" PING,
		"POST /netron/batch HTTP/1.1\r\nHost: h\r\nExpect: "
		"100-continue\r\nContent-Length: 95\r\n\r\n{\"id\":\"q\","
		"\"requests\":[{\"id\":\"a\",\"service\":\"OmnitronDaemon\","
		"\"method\":\"ping\",\"input\":[]}]}  ",
		"OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: "
		"https://page.example\r\n\r\n",
	};

	fuzz(LISTENER_HTTP, good, sizeof(good) / sizeof(good[0]));
}

ATF_TC_WITHOUT_HEAD(spoiled_lines);
ATF_TC_BODY(spoiled_lines, tc)
{
	static const char *const	 good[] = {
		PING "\n" PING "\r\n",
		"[" PING "," LIST "]\n",
		CALL(1, "OmnitronAuth.authenticate", "{\"token\":\"a.b.c\"}")
		    "\n" LIST "\n",
	};

	fuzz(LISTENER_TCP, good, sizeof(good) / sizeof(good[0]));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, spoiled_http);
	ATF_TP_ADD_TC(tp, spoiled_lines);
	return (atf_no_error());
}
