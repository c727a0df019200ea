/*
 * Channels between processes, the receiving side: every rule of proto.h
 * broken once, frames that are none, and frames at random.
 */
#include "regress/unit/shared/peer_fixture.h"

ATF_TC_WITHOUT_HEAD(a_good_message_is_handled);
ATF_TC_BODY(a_good_message_is_handled, tc)
{
	struct end	 e;
	uint8_t		 buf[256];

	end_new(&e);
	say(&e, M_LOG_STREAM, buf, stream_of(buf, "web", 0), 1);
	settle(&e, 1);
	ATF_CHECK_EQ(0, e.downs);
	ATF_CHECK_STREQ("web", e.name);
	ATF_CHECK(fcntl(e.took, F_GETFD) & FD_CLOEXEC);
	say(&e, M_LOG_PID, buf, sizeof(struct m_log_pid), 0);
	settle(&e, 2);
	ATF_CHECK_EQ(0, e.downs);
	close(e.far);
	settle(&e, UINT32_MAX);
	ATF_CHECK_EQ(1, e.downs);
	ATF_CHECK_STREQ("", e.why);	/* the end of file is no offence */
	e.far = dup(STDIN_FILENO);
	end_free(&e);
}

ATF_TC_WITHOUT_HEAD(a_broken_rule_ends_the_channel);
ATF_TC_BODY(a_broken_rule_ends_the_channel, tc)
{
	static const struct {
		uint32_t	 type;
		size_t		 len;
		int		 nfds;
		const char	*why;
	} bad[] = {
		{ M_NONE, 4, 0, "unknown type" },
		{ M_MAX, 4, 0, "unknown type" },
		{ UINT32_MAX, 4, 0, "unknown type" },
		{ UINT32_MAX, 4, 1, "unknown type" },
		{ M_AUDIT, sizeof(struct m_audit), 0, "not this sender's" },
		{ M_LOG_GOT, sizeof(struct m_log_got), 0,
		    "not this sender's" },
		{ M_CONF_APP, sizeof(struct m_conf_app), 0,
		    "not for this receiver" },
		{ M_SETUP, sizeof(struct m_setup), 0,
		    "not legal in this state" },
		{ M_LOG_PID, 0, 0, "bad size" },
		{ M_LOG_PID, sizeof(struct m_log_pid) - 1, 0, "bad size" },
		{ M_LOG_PID, sizeof(struct m_log_pid) + 1, 0, "bad size" },
		{ M_LOG_PID, MSG_PAYLOAD_MAX, 0, "bad size" },
		{ M_LOG_STREAM, sizeof(struct m_log_stream) + STR_MAX + 1, 1,
		    "bad size" },
		{ M_LOG_STREAM, sizeof(struct m_log_stream) + 2, 0,
		    "descriptor missing" },
		{ M_LOG_PID, sizeof(struct m_log_pid), 1,
		    "descriptor not allowed" },
		{ M_LOG_REOPEN, sizeof(struct m_none), 0, "no handler" },
	};
	static uint8_t	 zero[MSG_PAYLOAD_MAX];
	struct end	 e;
	size_t		 i;
	int		 before;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		say(&e, bad[i].type, zero, bad[i].len, bad[i].nfds);
		goes_down(&e, bad[i].why, before);
		ATF_CHECK_EQ(bad[i].type, e.type);
	}
	end_free(&e);
}

/* What set-up allows is over once it runs, and the other way round. */
ATF_TC_WITHOUT_HEAD(the_state_of_a_channel_counts);
ATF_TC_BODY(the_state_of_a_channel_counts, tc)
{
	static uint8_t	 zero[sizeof(struct m_none)];
	struct end	 e;
	int		 before;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	peer_set_state(e.peer, ST_SETUP);
	say(&e, M_LOG_REOPEN, zero, sizeof(zero), 0);
	goes_down(&e, "not legal in this state", before);
	peer_set_state(e.peer, ST_SETUP);
	say(&e, M_GO, zero, sizeof(zero), 0);
	goes_down(&e, "no handler", before);
	say(&e, M_GO, zero, sizeof(zero), 0);
	goes_down(&e, "not legal in this state", before);
	end_free(&e);
}

ATF_TC_WITHOUT_HEAD(a_malformed_tail_ends_the_channel);
ATF_TC_BODY(a_malformed_tail_ends_the_channel, tc)
{
	struct end	 e;
	uint8_t		 buf[256];
	char		 name[NAME_LEN_MAX + 2];
	size_t		 head = sizeof(struct m_conf_log), i;
	uint16_t	 n;
	int		 before;
	static const struct {
		uint16_t	 says;	/* the length of the string */
		size_t		 has;	/* bytes behind it */
	} bad[] = {
		{ 4, 3 }, { 3, 4 }, { 0, 1 }, { 1, 0 }, { UINT16_MAX, 4 },
		{ NAME_LEN_MAX, 4 }, { NAME_LEN_MAX + 1, NAME_LEN_MAX },
		{ 4, NAME_LEN_MAX },
	};

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	memset(buf, 0, head);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n = bad[i].says;
		memset(buf + head + 2, 'x', NAME_LEN_MAX);
		memcpy(buf + head, &n, sizeof(n));
		say(&e, M_CONF_LOG, buf, head + 2 + bad[i].has, 0);
		goes_down(&e, "malformed", before);
	}
	/* no length, half of one, a NUL within */
	say(&e, M_CONF_LOG, buf, head, 0);
	goes_down(&e, "malformed", before);
	say(&e, M_CONF_LOG, buf, head + 1, 0);
	goes_down(&e, "malformed", before);
	n = 3;
	memcpy(buf + head, &n, sizeof(n));
	memcpy(buf + head + 2, "a\0b", 3);
	say(&e, M_CONF_LOG, buf, head + 5, 0);
	goes_down(&e, "malformed", before);
	/* with a descriptor, which must not be left */
	memset(name, 'y', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	stream_of(buf, name, 0);
	n = 9;
	memcpy(buf + sizeof(struct m_log_stream), &n, sizeof(n));
	say(&e, M_LOG_STREAM, buf, sizeof(struct m_log_stream) + 2 + 10, 1);
	goes_down(&e, "malformed", before);
	end_free(&e);
}

ATF_TC_WITHOUT_HEAD(a_frame_that_is_none_ends_the_channel);
ATF_TC_BODY(a_frame_that_is_none_ends_the_channel, tc)
{
	static const uint32_t	 lens[] = { 0, 1, IMSG_HEADER_SIZE - 1,
				    MAX_IMSGSIZE + 1, 0x7fffffff, UINT32_MAX,
				    FD_MARK, FD_MARK | (MAX_IMSGSIZE + 1) };
	struct imsg_hdr		 hdr;
	struct end		 e;
	size_t			 i;
	int			 before;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		memset(&hdr, 0, sizeof(hdr));
		hdr.type = M_LOG_PID;
		hdr.len = lens[i];
		write_with(e.far, &hdr, sizeof(hdr), 0);
		goes_down(&e, "malformed frame", before);
	}
	end_free(&e);
}

/* Descriptors nobody announced, too many, or that a handler leaves. */
ATF_TC_WITHOUT_HEAD(no_descriptor_is_left);
ATF_TC_BODY(no_descriptor_is_left, tc)
{
	struct end	 e;
	uint8_t		 buf[256], f[512];
	size_t		 n;
	int		 before, i;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	n = frame(f, M_LOG_PID, 0, memset(buf, 0, sizeof(buf)),
	    sizeof(struct m_log_pid));
	for (i = 0; i < 200; i++) {
		write_with(e.far, f, n, 1 + i % 60);
		settle(&e, (unsigned)i + 1);
		ATF_REQUIRE_EQ(0, e.downs);
		ATF_REQUIRE_EQ(before + 2, descriptors());
	}
	for (i = 0; i < 200; i++) {	/* one asked for, and more came */
		say(&e, M_LOG_STREAM, buf, stream_of(buf, "x", 1), 1 + i % 60);
		settle(&e, 200 + (unsigned)i + 1);
		ATF_REQUIRE_EQ(0, e.downs);
		ATF_REQUIRE_EQ(before + 2, descriptors());
	}
	write_with(e.far, f, n, 250);
	goes_down(&e, "malformed frame", before);
	/* half a frame with one, and then the end */
	n = frame(f, M_LOG_STREAM, FD_MARK, buf, stream_of(buf, "x", 0));
	write_with(e.far, f, n / 2, 1);
	turn(&e);
	shutdown(e.far, SHUT_WR);
	goes_down(&e, "", before);
	end_free(&e);
}

/* Of two partial frames only the one that is never finished counts. */
ATF_TC(a_partial_frame_has_a_deadline);
ATF_TC_HEAD(a_partial_frame_has_a_deadline, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(a_partial_frame_has_a_deadline, tc)
{
	struct timeval	 tv = { 0, 20000 };
	struct end	 stuck, busy;
	struct mono	 start;
	uint8_t		 buf[64], f[128], two[128];
	size_t		 n;
	int64_t		 ms = 0, down_ms = 0;

	end_new(&stuck);
	memset(&busy, 0, sizeof(busy));
	busy.base = stuck.base;
	end_open(&busy);
	n = frame(f, M_LOG_PID, 0, memset(buf, 0, sizeof(buf)),
	    sizeof(struct m_log_pid));
	memcpy(two, f + n / 2, n - n / 2);	/* the rest, and a half */
	memcpy(two + n - n / 2, f, n / 2);
	write_with(stuck.far, f, n / 2, 0);
	write_with(busy.far, f, n / 2, 0);
	for (start = mono_now(); ms < 6500 || down_ms == 0;
	    ms = mono_diff_ms(mono_now(), start)) {
		ATF_REQUIRE(ms < WAIT_SECONDS * 1000 && busy.downs == 0);
		write_with(busy.far, two, n, 0);
		event_base_loopexit(stuck.base, &tv);
		event_base_dispatch(stuck.base);
		if (stuck.downs != 0 && down_ms == 0)
			down_ms = mono_diff_ms(mono_now(), start);
	}
	ATF_CHECK(down_ms >= 4500);
	ATF_CHECK_STREQ("partial frame too old", stuck.why);
	ATF_CHECK(busy.got > 10);
	end_close(&busy);
	end_free(&stuck);
}

/* ---- at random ---------------------------------------------------------- */

/* xorshift: the same frames in every run */
static uint32_t
chance(uint32_t below)
{
	static uint32_t	 x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return (x % below);
}

/* Mostly right, so that the frames come far; the number of descriptors. */
static int
random_frame(uint8_t *f, size_t *len)
{
	uint8_t		 data[2048];
	struct imsg_hdr	 hdr;
	uint32_t	 type;
	size_t		 n, i;
	int		 fds = 0;

	switch (chance(4)) {
	case 0:
		type = M_LOG_PID;
		n = sizeof(struct m_log_pid);
		break;
	case 1:
		type = M_LOG_STREAM;
		n = sizeof(struct m_log_stream) + 2 + chance(4);
		fds = chance(16) != 0;
		break;
	case 2:
		type = M_CONF_LOG;
		n = sizeof(struct m_conf_log) + 2 + chance(NAME_LEN_MAX);
		break;
	default:
		type = chance(M_MAX + 1);
		n = proto_struct_size(type) + chance(8);
		fds = chance(4) == 0;
		break;
	}
	for (i = 0; i < n; i++)
		data[i] = chance(4) == 0 ? (uint8_t)chance(256) : 0;
	if (type == M_CONF_LOG && n >= sizeof(struct m_conf_log) + 2 &&
	    chance(4) != 0) {
		n -= sizeof(struct m_conf_log) + 2;
		data[sizeof(struct m_conf_log)] = (uint8_t)n;
		data[sizeof(struct m_conf_log) + 1] = 0;
		memset(data + sizeof(struct m_conf_log) + 2, 'n', n);
		n += sizeof(struct m_conf_log) + 2;
	}
	*len = frame(f, type, fds ? FD_MARK : 0, data, n);
	if (chance(64) == 0) {		/* a header at odds with itself */
		memcpy(&hdr, f, sizeof(hdr));
		hdr.len ^= 1u << chance(32);
		memcpy(f, &hdr, sizeof(hdr));
	}
	if (chance(64) == 0)
		*len = 1 + chance((uint32_t)*len);
	return (fds ? 1 + (int)chance(3) * (chance(8) == 0) : 0);
}

ATF_TC(random_frames_do_no_harm);
ATF_TC_HEAD(random_frames_do_no_harm, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(random_frames_do_no_harm, tc)
{
	struct end	 e;
	uint8_t		 f[4096];
	size_t		 len;
	unsigned	 got = 0, downs = 0;
	int		 before, i, fds;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	for (i = 0; i < 100000; i++) {
		fds = random_frame(f, &len);
		write_with(e.far, f, len, fds);
		turn(&e);
		if (e.downs == 0 && i % 1000 != 999)
			continue;
		got += e.got;
		downs += e.downs;
		ATF_REQUIRE(e.downs <= 1);
		end_close(&e);
		ATF_REQUIRE_EQ(before, descriptors());
		end_open(&e);
	}
	ATF_CHECK_MSG(got > 10000 && downs > 1000, "%u handled, %u down", got,
	    downs);
	end_free(&e);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_good_message_is_handled);
	ATF_TP_ADD_TC(tp, a_broken_rule_ends_the_channel);
	ATF_TP_ADD_TC(tp, the_state_of_a_channel_counts);
	ATF_TP_ADD_TC(tp, a_malformed_tail_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_frame_that_is_none_ends_the_channel);
	ATF_TP_ADD_TC(tp, no_descriptor_is_left);
	ATF_TP_ADD_TC(tp, a_partial_frame_has_a_deadline);
	ATF_TP_ADD_TC(tp, random_frames_do_no_harm);
	return (atf_no_error());
}
