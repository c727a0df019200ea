/*
 * The tables of proto.h: that they agree with themselves, and what
 * proto_check refuses.
 */
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "omnitrond/method.h"
#include "omnitrond/proto.h"

struct line {
	uint32_t	 from;
	uint32_t	 to;
	size_t		 size;
	size_t		 tail;
	int		 fd;
	uint32_t	 state;
};

static const struct line lines[M_MAX] = {
#define X(id, from, to, type, tail, fd, state)				\
	[M_##id] = { (from), (to), sizeof(struct type), (tail), (fd), (state) },
	MESSAGES(X)
#undef X
};

ATF_TC_WITHOUT_HEAD(every_message_fits_its_frame);
ATF_TC_BODY(every_message_fits_its_frame, tc)
{
	int	 t;

	for (t = M_NONE + 1; t < M_MAX; t++) {
		ATF_CHECK_MSG(lines[t].tail <= MSG_PAYLOAD_MAX, "%s",
		    msg_name(t));
		ATF_CHECK_MSG(lines[t].size > 0 && lines[t].size % 4 == 0,
		    "%s", msg_name(t));
		/* Snapshots fill a frame: the struct is part of it. */
		if (lines[t].tail < MSG_PAYLOAD_MAX)
			ATF_CHECK_MSG(lines[t].size + lines[t].tail <=
			    MSG_PAYLOAD_MAX, "%s", msg_name(t));
		ATF_CHECK_EQ(lines[t].size, proto_struct_size(t));
		ATF_CHECK_EQ(lines[t].to, proto_receivers(t));
	}
}

ATF_TC_WITHOUT_HEAD(every_message_has_ends_that_are_linked);
ATF_TC_BODY(every_message_has_ends_that_are_linked, tc)
{
	uint32_t	 all = (1u << K_ENDS) - 1;
	int		 t, a, b, met;

	for (t = M_NONE + 1; t < M_MAX; t++) {
		ATF_CHECK_MSG(lines[t].from != 0 && lines[t].to != 0 &&
		    (lines[t].from & ~all) == 0 && (lines[t].to & ~all) == 0,
		    "%s", msg_name(t));
		for (met = 0, a = 0; a < K_ENDS; a++)
			for (b = 0; b < K_ENDS; b++)
				if (a != b && (lines[t].from & (1u << a)) &&
				    (lines[t].to & (1u << b)))
					met |= a == K_PARENT || b == K_PARENT ||
					    kind_links(a, b);
		ATF_CHECK_MSG(met, "%s has no way", msg_name(t));
		ATF_CHECK((lines[t].state & ~(unsigned)ST_ANY) == 0 &&
		    lines[t].state != 0);
	}
}

ATF_TC_WITHOUT_HEAD(names_are_of_one_each);
ATF_TC_BODY(names_are_of_one_each, tc)
{
	int	 a, b;

	for (a = M_NONE + 1; a < M_MAX; a++)
		for (b = a + 1; b < M_MAX; b++)
			ATF_CHECK(strcmp(msg_name(a), msg_name(b)) != 0);
	for (a = 0; a < K_MAX; a++) {
		ATF_CHECK_EQ(a, kind_by_name(kind_name(a)));
		for (b = a + 1; b < K_MAX; b++)
			ATF_CHECK(strcmp(kind_user(a), kind_user(b)) != 0);
	}
	ATF_CHECK_STREQ("?", msg_name(M_NONE));
	ATF_CHECK_STREQ("?", msg_name(M_MAX));
	ATF_CHECK_STREQ("?", msg_name(UINT32_MAX));
	ATF_CHECK_STREQ("?", status_name(S_MAX));
	ATF_CHECK_STREQ("?", outcome_name(OUT_MAX));
	ATF_CHECK_STREQ("?", spawn_step_name(STEP_MAX));
	ATF_CHECK_STREQ("?", role_name(ROLE_MAX));
	ATF_CHECK_EQ(-32603, outcome_number(OUT_MAX));
	ATF_CHECK_EQ(-1, kind_by_name("nosuch"));
	ATF_CHECK_EQ(0, proto_struct_size(M_NONE));
	ATF_CHECK_EQ(0, proto_struct_size(UINT32_MAX));
	ATF_CHECK_EQ(0, proto_receivers(M_MAX));
}

ATF_TC_WITHOUT_HEAD(links_are_mutual);
ATF_TC_BODY(links_are_mutual, tc)
{
	int	 a, b;

	for (a = 0; a < K_ENDS; a++) {
		ATF_CHECK(!kind_links(a, a));
		ATF_CHECK(!kind_links(a, K_PARENT));
		for (b = 0; b < K_ENDS; b++)
			ATF_CHECK_EQ(kind_links(a, b), kind_links(b, a));
	}
	/* What nobody needs nobody has. */
	ATF_CHECK(!kind_links(K_STORE, K_CONTROL));
	ATF_CHECK(!kind_links(K_STORE, K_LOGGER));
}

/* What the row says of one way of sending it. */
static int
legal(int t, int from, int to, uint32_t state, size_t size, int fd)
{
	const struct line	*l = &lines[t];

	return ((l->from & (1u << from)) && (l->to & (1u << to)) &&
	    (l->state & state) && size >= l->size &&
	    size <= l->size + l->tail &&
	    (l->fd == FD_OPT || (l->fd == FD_YES) == fd));
}

/* Every message, from every process, to every process, with each fault. */
ATF_TC_WITHOUT_HEAD(check_allows_what_the_row_says);
ATF_TC_BODY(check_allows_what_the_row_says, tc)
{
	size_t		 sizes[6];
	uint32_t	 state;
	unsigned	 allowed = 0, refused = 0;
	int		 t, a, b, s, fd, ok;

	for (t = M_NONE + 1; t < M_MAX; t++) {
		sizes[0] = 0;
		sizes[1] = lines[t].size - 1;
		sizes[2] = lines[t].size;
		sizes[3] = lines[t].size + lines[t].tail;
		sizes[4] = lines[t].size + lines[t].tail + 1;
		sizes[5] = SIZE_MAX;
		for (a = 0; a < K_ENDS; a++)
		for (b = 0; b < K_ENDS; b++)
		for (state = ST_SETUP; state <= ST_RUN; state <<= 1)
		for (s = 0; s < 6; s++)
		for (fd = 0; fd < 2; fd++) {
			ok = proto_check(t, a, b, state, sizes[s], fd) == NULL;
			ATF_CHECK_EQ_MSG(legal(t, a, b, state, sizes[s], fd),
			    ok, "%s %d>%d", msg_name(t), a, b);
			allowed += (unsigned)ok;
			refused += (unsigned)!ok;
		}
	}
	ATF_CHECK(allowed > M_MAX && refused > allowed);
}

ATF_TC_WITHOUT_HEAD(check_names_the_rule);
ATF_TC_BODY(check_names_the_rule, tc)
{
	size_t	 n = sizeof(struct m_log_stream);

	ATF_CHECK_STREQ("unknown type", proto_check(M_NONE, K_PARENT,
	    K_LOGGER, ST_RUN, 0, 0));
	ATF_CHECK_STREQ("unknown type", proto_check(M_MAX, K_PARENT,
	    K_LOGGER, ST_RUN, 0, 0));
	ATF_CHECK_STREQ("unknown type", proto_check(UINT32_MAX, K_PARENT,
	    K_LOGGER, ST_RUN, 0, 0));
	ATF_CHECK_STREQ("not this sender's", proto_check(M_LOG_STREAM,
	    K_SUPERVISOR, K_LOGGER, ST_RUN, n, 1));
	ATF_CHECK_STREQ("not for this receiver", proto_check(M_LOG_STREAM,
	    K_PARENT, K_CONTROL, ST_RUN, n, 1));
	ATF_CHECK_STREQ("not legal in this state", proto_check(M_SETUP,
	    K_PARENT, K_LOGGER, ST_RUN, sizeof(struct m_setup), 0));
	ATF_CHECK_STREQ("bad size", proto_check(M_LOG_STREAM, K_PARENT,
	    K_LOGGER, ST_RUN, n - 1, 1));
	ATF_CHECK_STREQ("descriptor missing", proto_check(M_LOG_STREAM,
	    K_PARENT, K_LOGGER, ST_RUN, n, 0));
	ATF_CHECK_STREQ("descriptor not allowed", proto_check(M_GO, K_PARENT,
	    K_LOGGER, ST_SETUP, sizeof(struct m_none), 1));
	ATF_CHECK(proto_check(M_LOG_STREAM, K_PARENT, K_LOGGER, ST_SETUP, n,
	    1) == NULL);
}

/* A child says nothing to the parent that gives more than it may. */
ATF_TC_WITHOUT_HEAD(the_parent_accepts_few);
ATF_TC_BODY(the_parent_accepts_few, tc)
{
	int	 t, of_supervisor = 0, of_others = 0;

	for (t = M_NONE + 1; t < M_MAX; t++) {
		if ((lines[t].to & KB(PARENT)) == 0)
			continue;
		ATF_CHECK_MSG(lines[t].fd == FD_NO, "%s", msg_name(t));
		ATF_CHECK_MSG(lines[t].state == ST_RUN, "%s", msg_name(t));
		if (lines[t].from & ~KB(SUPERVISOR))
			of_others++;
		else
			of_supervisor++;
	}
	/*
	 * READY, SERVING, BAD_PEER, PONG, AWAKE, CONF_ACK, CONF_REFUSE,
	 * SECRET_TOLD, OBJECT_GOT, APP_WHO: none acts.
	 */
	ATF_CHECK_EQ(10, of_others);
	ATF_CHECK(of_supervisor < 20);
}

ATF_TC_WITHOUT_HEAD(walls_are_told_in_words);
ATF_TC_BODY(walls_are_told_in_words, tc)
{
	char	 buf[128], tiny[8];

	ATF_CHECK_STREQ("full", walls_text(WALL_UID | WALL_NNP, WALL_UID, buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ("full", walls_text(0, 0, buf, sizeof(buf)));
	ATF_CHECK_STREQ("partial: no chroot, no landlock", walls_text(WALL_UID,
	    WALL_UID | WALL_CHROOT | WALL_LANDLOCK, buf, sizeof(buf)));
	walls_text(0, UINT32_MAX, tiny, sizeof(tiny));
	ATF_CHECK_EQ(sizeof(tiny) - 1, strlen(tiny));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_message_fits_its_frame);
	ATF_TP_ADD_TC(tp, every_message_has_ends_that_are_linked);
	ATF_TP_ADD_TC(tp, names_are_of_one_each);
	ATF_TP_ADD_TC(tp, links_are_mutual);
	ATF_TP_ADD_TC(tp, check_allows_what_the_row_says);
	ATF_TP_ADD_TC(tp, check_names_the_rule);
	ATF_TP_ADD_TC(tp, the_parent_accepts_few);
	ATF_TP_ADD_TC(tp, walls_are_told_in_words);
	return (atf_no_error());
}
