/*
 * Channels between processes, the sending side: queues that grow, bulk data,
 * descriptors that never leave.
 */
#include "regress/unit/shared/peer_fixture.h"

/* As many messages as make so many bytes. */
static void
send_bytes(struct peer *p, size_t bytes)
{
	static uint8_t	 tail[4096];
	struct m_degraded m;
	size_t		 n, one = sizeof(m) + 1000 + IMSG_HEADER_SIZE;

	memset(&m, 0, sizeof(m));
	for (n = 0; n < bytes; n += one)
		peer_send_raw(p, M_LOG_FAULT, -1, &m, tail, 1000);
}

static size_t
drain(int fd)
{
	char	 buf[65536];
	ssize_t	 n;
	size_t	 sum = 0;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		sum += (size_t)n;
	return (sum);
}

ATF_TC_WITHOUT_HEAD(a_peer_that_does_not_read_goes_down);
ATF_TC_BODY(a_peer_that_does_not_read_goes_down, tc)
{
	struct end	 e;
	int		 before;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	send_bytes(e.peer, PEER_QUEUE_MAX / 2);
	turn(&e);
	ATF_CHECK_EQ(0, e.downs);
	send_bytes(e.peer, 3 * PEER_QUEUE_MAX);
	/* never from within the sending: who sends still holds it */
	ATF_REQUIRE_EQ(0, e.downs);
	ATF_CHECK(peer_queued(e.peer) > PEER_QUEUE_MAX);
	goes_down(&e, "queue over its limit", before);
	end_free(&e);
}

ATF_TC_WITHOUT_HEAD(what_fits_waits_and_arrives);
ATF_TC_BODY(what_fits_waits_and_arrives, tc)
{
	struct mono	 end;
	struct end	 e;
	size_t		 sent, sum = 0;

	end_new(&e);
	send_bytes(e.peer, PEER_QUEUE_MAX - 8192);
	sent = peer_queued(e.peer);
	end = mono_add_ms(mono_now(), WAIT_SECONDS * 1000);
	while (sum < sent) {
		ATF_REQUIRE(mono_before(mono_now(), end));
		turn(&e);
		sum += drain(e.far);
	}
	ATF_CHECK_EQ(sent, sum);
	ATF_CHECK_EQ(0, peer_queued(e.peer));
	ATF_CHECK_EQ(0, e.downs);
	end_free(&e);
}

ATF_TC_WITHOUT_HEAD(bulk_data_does_not_count);
ATF_TC_BODY(bulk_data_does_not_count, tc)
{
	struct mono	 end;
	struct end	 e;
	size_t		 sent, sum = 0;
	int		 before;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	peer_bulk(e.peer, 1);
	send_bytes(e.peer, 4 * PEER_QUEUE_MAX);
	peer_bulk(e.peer, 0);
	send_bytes(e.peer, PEER_QUEUE_MAX / 2);
	sent = peer_queued(e.peer);
	end = mono_add_ms(mono_now(), WAIT_SECONDS * 1000);
	while (sum < sent && e.downs == 0) {
		ATF_REQUIRE(mono_before(mono_now(), end));
		turn(&e);
		sum += drain(e.far);
	}
	ATF_CHECK_EQ(0, e.downs);
	ATF_CHECK_EQ(sent, sum);
	/* and when it is through, it is forgotten */
	turn(&e);
	send_bytes(e.peer, 2 * PEER_QUEUE_MAX);
	goes_down(&e, "queue over its limit", before);
	/* beside it the limit holds */
	peer_bulk(e.peer, 1);
	send_bytes(e.peer, 2 * PEER_QUEUE_MAX);
	peer_bulk(e.peer, 0);
	send_bytes(e.peer, 2 * PEER_QUEUE_MAX);
	goes_down(&e, "queue over its limit", before);
	end_free(&e);
}

ATF_TC_WITHOUT_HEAD(a_descriptor_that_was_not_sent_is_closed);
ATF_TC_BODY(a_descriptor_that_was_not_sent_is_closed, tc)
{
	struct end	 e;
	struct m_none	 none = { 0 };
	int		 before, i;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	for (i = 0; i < 100; i++)
		peer_send(e.peer, M_READY, open("/dev/null", O_RDONLY), &none,
		    NULL);
	peer_free(e.peer);
	e.peer = NULL;
	end_close(&e);
	ATF_CHECK_EQ(before, descriptors());
	end_open(&e);
	close(e.far);			/* nobody is there at all */
	e.far = dup(STDIN_FILENO);
	peer_send(e.peer, M_READY, open("/dev/null", O_RDONLY), &none, NULL);
	goes_down(&e, "", before);
	end_free(&e);
}

ATF_TC_WITHOUT_HEAD(a_handler_may_free_its_peer);
ATF_TC_BODY(a_handler_may_free_its_peer, tc)
{
	struct end	 e;
	uint8_t		 buf[64], f[1024];
	size_t		 n = 0;
	int		 before, i;

	end_new(&e);
	end_close(&e);
	before = descriptors();
	end_open(&e);
	e.free_at = 3;
	memset(buf, 0, sizeof(buf));
	for (i = 0; i < 8; i++)
		n += frame(f + n, M_LOG_PID, 0, buf, sizeof(struct m_log_pid));
	write_with(e.far, f, n, 0);
	settle(&e, 3);
	for (i = 0; i < 10; i++)
		turn(&e);
	ATF_CHECK_EQ(3, e.got);
	ATF_CHECK_EQ(0, e.downs);
	end_close(&e);
	ATF_CHECK_EQ(before, descriptors());
	event_base_free(e.base);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_peer_that_does_not_read_goes_down);
	ATF_TP_ADD_TC(tp, what_fits_waits_and_arrives);
	ATF_TP_ADD_TC(tp, bulk_data_does_not_count);
	ATF_TP_ADD_TC(tp, a_descriptor_that_was_not_sent_is_closed);
	ATF_TP_ADD_TC(tp, a_handler_may_free_its_peer);
	return (atf_no_error());
}
