/* Further sockets: their roles, and what a new configuration does to them. */
#include <sys/resource.h>
#include <sys/un.h>

#include "regress/unit/rpc/fixture.h"

static void
begin(struct fix *f, uint32_t version)
{
	struct m_conf_begin	 m;

	memset(&m, 0, sizeof(m));
	m.version = version;
	peer_send(f->far[K_PARENT], M_CONF_BEGIN, -1, &m, NULL);
}

static void
end(struct fix *f, enum msg_type type, uint32_t version)
{
	struct m_conf_end	 m;

	memset(&m, 0, sizeof(m));
	m.version = version;
	peer_send(f->far[K_PARENT], type, -1, &m, NULL);
}

/* A socket of the test's folder that listens, once for each name. */
static int
listening(const char *name)
{
	struct sockaddr_un	 sun;
	int			 fd;

	unlink(name);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, name, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) !=
	    -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 16));
	return (fd);
}

static void
tell(struct fix *f, uint32_t id, int fd, enum role role, uint32_t flags)
{
	struct m_listener	 m;
	int			 copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.role = role;
	m.kind = LISTENER_UNIX;
	m.flags = flags;
	ATF_REQUIRE(copy != -1);
	peer_send(f->far[K_PARENT], M_LISTENER, copy, &m, "a socket", NULL);
}

static int
come(struct fix *f, const char *name)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, name, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) != -1);
	ATF_REQUIRE_EQ(0, connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
	fix_settle(f);
	return (fd);
}

static void
role_is(struct fix *f, int fd, const char *role)
{
	struct json	*j;

	j = fix_call(f, fd, CALL(1, "OmnitronAuth.whoami", "{}"));
	ATF_CHECK_STREQ(role, fix_string(j, "result.role"));
	ATF_CHECK_STREQ("local", fix_string(j, "result.plane"));
	ATF_CHECK_EQ(getuid(), fix_int(j, "result.uid"));
	ATF_CHECK_EQ(getpid(), fix_int(j, "result.pid"));
	json_free(j);
}

ATF_TC_WITHOUT_HEAD(sockets_come_and_go);
ATF_TC_BODY(sockets_come_and_go, tc)
{
	struct fix	*f = fix_new_as(K_LOCAL);
	int		 a = listening("a"), b = listening("b"), one, two;

	listener_start(f->control);
	fix_apps(f);
	begin(f, 1);
	tell(f, 1, a, ROLE_VIEWER, 0);
	tell(f, 2, b, ROLE_OPERATOR, 0);
	end(f, M_CONF_END, 1);
	fix_take(f, M_CONF_ACK);
	/* acknowledged is not in force */
	ATF_CHECK_EQ(0, f->control->nlisteners);
	end(f, M_CONF_COMMIT, 1);
	fix_settle(f);
	one = come(f, "a");
	two = come(f, "b");
	role_is(f, one, "viewer");
	role_is(f, two, "operator");
	fix_fails(f, one, DAEMON("stopAll", "{}"), -32003,
	    "needs the role operator");
	/* the first is no more, the other one has a lesser role */
	begin(f, 2);
	tell(f, 2, b, ROLE_VIEWER, LISTENER_GRANTS);
	end(f, M_CONF_END, 2);
	fix_take(f, M_CONF_ACK);
	role_is(f, one, "viewer");
	end(f, M_CONF_COMMIT, 2);
	fix_settle(f);
	ATF_CHECK(fix_line(f, one) == NULL);
	role_is(f, two, "viewer");
	ATF_CHECK_EQ(1, f->control->nconns);
	/* nor is what was never committed of any effect */
	begin(f, 3);
	tell(f, 3, a, ROLE_ADMIN, 0);
	begin(f, 4);
	tell(f, 2, b, ROLE_OPERATOR, 0);
	end(f, M_CONF_END, 4);
	end(f, M_CONF_COMMIT, 4);
	fix_settle(f);
	ATF_CHECK_EQ(1, f->control->nlisteners);
	role_is(f, two, "operator");
	close(one);
	close(two);
	close(a);
	close(b);
	fix_free(f);
}

/* Who is in the group by more than its first one counts as such. */
ATF_TC_WITHOUT_HEAD(groups_are_the_kernels);
ATF_TC_BODY(groups_are_the_kernels, tc)
{
	struct caller	 caller;
	gid_t		 gids[CALLER_GIDS];
	int		 sv[2], n, i;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	ATF_REQUIRE_EQ(0, cred_of(sv[0], &caller));
	ATF_CHECK_EQ(CALLER_LOCAL, caller.how);
	ATF_CHECK_EQ(getuid(), caller.uid);
	ATF_CHECK_EQ(getgid(), caller.gid);
	ATF_CHECK_EQ(getpid(), caller.pid);
	ATF_REQUIRE((n = getgroups((int)CALLER_GIDS, gids)) >= 0);
	ATF_REQUIRE_EQ((uint32_t)n, caller.ngids);
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ(gids[i], caller.gids[i]);
	close(sv[0]);
	close(sv[1]);
}

/* One user may have so many, and root comes in all the same. */
ATF_TC_WITHOUT_HEAD(root_does_not_starve);
ATF_TC_BODY(root_does_not_starve, tc)
{
	struct fix	*f = fix_new_as(K_LOCAL);
	struct rlimit	 limit;
	struct conn	*c;
	int		 a = listening("a"), fds[CONN_MAX], fd;
	unsigned	 i;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur < 2 * CONN_MAX + 100)
		atf_tc_skip("needs %u descriptors", 2 * CONN_MAX + 100);
	listener_start(f->control);
	begin(f, 1);
	tell(f, 1, a, ROLE_VIEWER, 0);
	end(f, M_CONF_END, 1);
	end(f, M_CONF_COMMIT, 1);
	fix_apps(f);
	for (i = 0; i < CONN_MAX - CONN_RESERVE; i++)
		fds[i] = fix_client_as(f, ROLE_VIEWER, 5000 + i / CONN_PER_UID);
	/* who comes is root here, or the daemon's own user */
	fd = come(f, "a");
	role_is(f, fd, "viewer");
	close(fd);
	fix_settle(f);
	/* as anybody else it is turned away */
	f->net->own_uid = getuid() + 1;
	if (getuid() != 0) {
		fd = come(f, "a");
		c = TAILQ_LAST(&f->control->conns, conns);
		ATF_CHECK(c->client.caller.uid != getuid());
		close(fd);
	}
	for (i = 0; i < CONN_MAX - CONN_RESERVE; i++)
		close(fds[i]);
	close(a);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sockets_come_and_go);
	ATF_TP_ADD_TC(tp, groups_are_the_kernels);
	ATF_TP_ADD_TC(tp, root_does_not_starve);
	return (atf_no_error());
}
