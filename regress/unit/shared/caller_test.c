/* Callers, packed and taken apart again. */
#include <stdio.h>
#include <stdlib.h>

#include "regress/unit/shared/grant_fixture.h"

static int
take(const uint8_t *buf, size_t len, struct caller *c)
{
	struct msg	 m = { .type = M_REQUEST, .data = buf, .len = len,
			    .fd = -1 };

	if (msg_take_caller(&m, c) == -1) {
		ATF_CHECK(m.bad);
		return (-1);
	}
	return (msg_end(&m));
}

static int
again(const struct caller *c, struct caller *back)
{
	uint8_t	 buf[CALLER_TAIL];
	size_t	 len = caller_pack(c, buf);

	ATF_REQUIRE(len <= sizeof(buf));
	return (take(buf, len, back));
}

#define REQUIRE_AGAIN(c) do {						\
	struct caller	 back_;						\
	ATF_REQUIRE_EQ(0, again((c), &back_));				\
	ATF_REQUIRE_EQ(0, memcmp((c), &back_, sizeof(back_)));		\
} while (0)

#define REQUIRE_BAD(c) do {						\
	struct caller	 back_;						\
	ATF_REQUIRE_EQ(-1, again((c), &back_));				\
	ATF_REQUIRE_EQ(ROLE_NONE, back_.role);				\
	ATF_REQUIRE_EQ(ID_NONE, back_.uid);				\
} while (0)

ATF_TC_WITHOUT_HEAD(a_caller_comes_back_as_it_was);
ATF_TC_BODY(a_caller_comes_back_as_it_was, tc)
{
	struct caller	 c = caller_local(ROLE_OPERATOR, 1000, 100);
	uint32_t	 i;

	REQUIRE_AGAIN(&c);
	c.grants = 1;
	c.ngids = CALLER_GIDS;
	for (i = 0; i < CALLER_GIDS; i++)
		c.gids[i] = i * 7;
	REQUIRE_AGAIN(&c);
	c = caller_nobody();
	REQUIRE_AGAIN(&c);
	c = caller_token(ROLE_ADMIN, "ci");
	REQUIRE_AGAIN(&c);
	c = caller_token(ROLE_ADMIN, "");
	REQUIRE_AGAIN(&c);
}

static void
fill(char *buf, size_t size)
{
	memset(buf, 'x', size - 1);
	buf[size - 1] = '\0';
}

ATF_TC_WITHOUT_HEAD(the_greatest_caller_fits);
ATF_TC_BODY(the_greatest_caller_fits, tc)
{
	struct caller	 c = caller_token(ROLE_ADMIN, "");
	uint32_t	 i;

	fill(c.subject, sizeof(c.subject));
	fill(c.jti, sizeof(c.jti));
	fill(c.kid, sizeof(c.kid));
	fill(c.address, sizeof(c.address));
	c.ngroups = CALLER_GROUPS;
	for (i = 0; i < CALLER_GROUPS; i++)
		fill(c.groups[i], sizeof(c.groups[i]));
	REQUIRE_AGAIN(&c);
}

ATF_TC_WITHOUT_HEAD(what_no_plane_may_send_is_refused);
ATF_TC_BODY(what_no_plane_may_send_is_refused, tc)
{
	struct caller	 local = caller_local(ROLE_VIEWER, 1000, 100);
	struct caller	 token = caller_token(ROLE_VIEWER, "ci");
	struct caller	 nobody = caller_nobody(), c;

	c = local;
	c.how = CALLER_HOW_MAX;
	REQUIRE_BAD(&c);
	c = local;
	c.role = ROLE_MAX;
	REQUIRE_BAD(&c);
	c = local;
	c.uid = ID_NONE;
	REQUIRE_BAD(&c);
	c = local;
	c.gid = ID_NONE;
	REQUIRE_BAD(&c);
	c = local;
	c.pid = -1;
	REQUIRE_BAD(&c);
	/* a user of the machine has no token */
	c = local;
	strlcpy(c.subject, "ci", sizeof(c.subject));
	REQUIRE_BAD(&c);
	c = local;
	strlcpy(c.address, "192.0.2.1:1", sizeof(c.address));
	REQUIRE_BAD(&c);
	c = local;
	c.ngroups = 1;
	REQUIRE_BAD(&c);
	/* who comes with a token is no user of the machine */
	c = token;
	c.uid = 0;
	REQUIRE_BAD(&c);
	c = token;
	c.gid = 0;
	REQUIRE_BAD(&c);
	c = token;
	c.pid = 1;
	REQUIRE_BAD(&c);
	c = token;
	c.ngids = 1;
	REQUIRE_BAD(&c);
	/* and nobody has neither, nor a role */
	c = nobody;
	c.role = ROLE_VIEWER;
	REQUIRE_BAD(&c);
	c = nobody;
	c.grants = 1;
	REQUIRE_BAD(&c);
	c = nobody;
	c.uid = 0;
	REQUIRE_BAD(&c);
	c = nobody;
	strlcpy(c.kid, "k", sizeof(c.kid));
	REQUIRE_BAD(&c);
}

ATF_TC_WITHOUT_HEAD(every_cut_is_refused);
ATF_TC_BODY(every_cut_is_refused, tc)
{
	struct caller	 c = caller_token(ROLE_VIEWER, "ci"), back;
	uint8_t		 buf[CALLER_TAIL + 1], *cut;
	size_t		 len, i;

	c.ngroups = 2;
	strlcpy(c.groups[0], "ops", sizeof(c.groups[0]));
	strlcpy(c.groups[1], "dev", sizeof(c.groups[1]));
	len = caller_pack(&c, buf);
	for (i = 0; i < len; i++) {
		/* of its own, so that one byte more would be seen */
		ATF_REQUIRE((cut = malloc(i + 1)) != NULL);
		memcpy(cut, buf, i);
		ATF_CHECK_EQ_MSG(-1, take(cut, i, &back), "%zu", i);
		free(cut);
	}
	buf[len] = 0;
	ATF_CHECK_EQ(-1, take(buf, len + 1, &back));
}

/* No byte makes of it what is more than it was and sane, but its role. */
ATF_TC_WITHOUT_HEAD(counts_and_lengths_are_bounded);
ATF_TC_BODY(counts_and_lengths_are_bounded, tc)
{
	struct caller	 c = caller_token(ROLE_VIEWER, "ci"), back;
	uint8_t		 buf[CALLER_TAIL], bad[CALLER_TAIL];
	size_t		 len = caller_pack(&c, buf), i;
	int		 bit;

	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(bad, buf, len);
			bad[i] ^= (uint8_t)(1 << bit);
			if (take(bad, len, &back) == -1)
				continue;
			ATF_CHECK(back.ngids <= CALLER_GIDS);
			ATF_CHECK(back.ngroups <= CALLER_GROUPS);
			ATF_CHECK(back.role < ROLE_MAX);
			ATF_CHECK_EQ(ID_NONE, back.uid);
		}
}

ATF_TC_WITHOUT_HEAD(root_is_so_on_the_control_socket_only);
ATF_TC_BODY(root_is_so_on_the_control_socket_only, tc)
{
	struct caller	 root = caller_local(ROLE_ADMIN, 0, 0);
	struct caller	 own = caller_local(ROLE_ADMIN, 1000, 100);
	struct caller	 token = caller_token(ROLE_ADMIN, "root");

	ATF_CHECK(caller_is_root(&root, K_CONTROL, 1000));
	ATF_CHECK(caller_is_root(&own, K_CONTROL, 1000));
	ATF_CHECK(!caller_is_root(&own, K_CONTROL, 0));
	ATF_CHECK(!caller_is_root(&root, K_LOCAL, 0));
	ATF_CHECK(!caller_is_root(&own, K_LOCAL, 1000));
	ATF_CHECK(!caller_is_root(&root, K_NETWORK, 0));
	ATF_CHECK(!caller_is_root(&token, K_CONTROL, ID_NONE));
	ATF_CHECK(!caller_is_root(&token, K_NETWORK, ID_NONE));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_caller_comes_back_as_it_was);
	ATF_TP_ADD_TC(tp, the_greatest_caller_fits);
	ATF_TP_ADD_TC(tp, what_no_plane_may_send_is_refused);
	ATF_TP_ADD_TC(tp, every_cut_is_refused);
	ATF_TP_ADD_TC(tp, counts_and_lengths_are_bounded);
	ATF_TP_ADD_TC(tp, root_is_so_on_the_control_socket_only);
	return (atf_no_error());
}
