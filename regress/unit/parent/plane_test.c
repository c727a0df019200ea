/* Sockets of planes: bound, kept over reloads, handed over, closed. */
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>

#include "omnitrond/method.h"
#include "regress/unit/parent/boundary.h"

#define LISTENERS	8

static struct {
	struct m_listener	 m;
	char			 name[PATH_SIZE];
	int			 fd;
}			 got[LISTENERS];	/* by a plane */
static unsigned		 ngot;
static char		 sock[PATH_SIZE + 16];
static char		 err[TEXT_MAX];

static void
sees(enum kind k, struct msg *m)
{
	if (m->type != M_LISTENER || ngot == LISTENERS)
		return;
	msg_take(m, &got[ngot].m, sizeof(got[ngot].m));
	msg_take_str(m, got[ngot].name, sizeof(got[ngot].name));
	got[ngot].fd = msg_take_fd(m);
	ATF_CHECK_EQ(0, msg_end(m));
	ngot++;
}

static struct conf *
conf_new(void)
{
	struct conf	*conf;
	char		*errors;

	conf = conf_load(&world.p.options, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	return (conf);
}

static struct port_conf *
port(struct conf *conf, enum listener_kind kind, const char *on, uint32_t n)
{
	struct port_conf	*l = xcalloc(1, sizeof(*l));

	l->kind = kind;
	l->on = xstrdup(on);
	l->port = n;
	l->max_role = ROLE_OPERATOR;
	TAILQ_INSERT_TAIL(&conf->ports, l, entry);
	return (l);
}

static struct socket_conf *
further(struct conf *conf, mode_t mode, gid_t gid)
{
	struct socket_conf	*s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(sock);
	s->mode = mode;
	s->gid = gid;
	s->role = ROLE_VIEWER;
	s->grants = 1;
	TAILQ_INSERT_TAIL(&conf->sockets, s, entry);
	return (s);
}

/* A port that nobody listens on, most likely. */
static uint32_t
free_port(const char *on)
{
	struct sockaddr_in	 in = { .sin_family = AF_INET };
	socklen_t		 len = sizeof(in);
	int			 fd = socket(AF_INET, SOCK_STREAM, 0);

	ATF_REQUIRE_EQ(1, inet_pton(AF_INET, on, &in.sin_addr));
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&in, sizeof(in)));
	ATF_REQUIRE_EQ(0, getsockname(fd, (struct sockaddr *)&in, &len));
	close(fd);
	return (ntohs(in.sin_port));
}

/* 0 if somebody listens there. */
static int
dial(uint32_t n)
{
	struct sockaddr_in	 in = { .sin_family = AF_INET };
	int			 fd = socket(AF_INET, SOCK_STREAM, 0), rv;

	in.sin_port = htons((uint16_t)n);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rv = connect(fd, (struct sockaddr *)&in, sizeof(in));
	close(fd);
	return (rv);
}

static int
dial_unix(void)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd = socket(AF_UNIX, SOCK_STREAM, 0), rv;

	strlcpy(sun.sun_path, sock, sizeof(sun.sun_path));
	rv = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	close(fd);
	return (rv);
}

static void
world_planes(void)
{
	const char	*scratch = getenv("OMNITRON_SCRATCH");
	char		*real = realpath(scratch != NULL ? scratch : ".",
			    NULL);

	ATF_REQUIRE(real != NULL);
	snprintf(sock, sizeof(sock), "%s/p%d.sock", real, (int)getpid());
	free(real);
	world_new("");
	world.sees = sees;
	ngot = 0;
}

static void
feed(enum kind k, const struct conf *conf, unsigned n)
{
	unsigned	 i;

	for (i = 0; i < ngot; i++)
		close(got[i].fd);
	ngot = 0;
	plane_feed(&world.p, child_peer(&world.p, k), conf);
	UNTIL(ngot == n);
}

static void
bound(const struct conf *conf)
{
	ATF_REQUIRE_EQ_MSG(0, plane_bind(&world.p, conf, err, sizeof(err)),
	    "%s", err);
}

ATF_TC_WITHOUT_HEAD(each_plane_gets_its_own);
ATF_TC_BODY(each_plane_gets_its_own, tc)
{
	struct conf	*conf;
	uint32_t	 a, b;
	struct stat	 st;

	world_planes();
	conf = conf_new();
	a = free_port("127.0.0.1");
	port(conf, LISTENER_TCP, "127.0.0.1", a)->tls = 1;
	b = free_port("127.0.0.1");
	port(conf, LISTENER_HTTP, "0.0.0.0", b)->max_role = ROLE_VIEWER;
	further(conf, 0660, (gid_t)-1);
	bound(conf);
	plane_commit(&world.p);
	feed(K_NETWORK, conf, 2);
	ATF_CHECK_EQ(LISTENER_TCP, got[0].m.kind);
	ATF_CHECK_EQ(LISTENER_TLS, got[0].m.flags);
	ATF_CHECK_EQ(ROLE_OPERATOR, got[0].m.role);
	ATF_CHECK_EQ(0, strncmp(got[0].name, "127.0.0.1:", 10));
	ATF_CHECK_EQ(LISTENER_HTTP, got[1].m.kind);
	ATF_CHECK_EQ(0, got[1].m.flags);
	ATF_CHECK_EQ(ROLE_VIEWER, got[1].m.role);
	ATF_CHECK(got[0].m.id != got[1].m.id && got[0].m.id != 0);
	ATF_CHECK(fcntl(got[0].fd, F_GETFL) & O_NONBLOCK);
	ATF_CHECK_EQ(0, dial(a));
	ATF_CHECK_EQ(0, dial(b));
	feed(K_LOCAL, conf, 1);
	ATF_CHECK_EQ(LISTENER_UNIX, got[0].m.kind);
	ATF_CHECK_EQ(LISTENER_GRANTS, got[0].m.flags);
	ATF_CHECK_EQ(ROLE_VIEWER, got[0].m.role);
	ATF_CHECK_STREQ(sock, got[0].name);
	ATF_REQUIRE_EQ(0, stat(sock, &st));
	ATF_CHECK_EQ(0660, st.st_mode & 07777);
	ATF_CHECK_EQ(geteuid(), st.st_uid);
	ATF_CHECK_EQ(0, dial_unix());
	plane_close_all(&world.p);
	ATF_CHECK_EQ(-1, access(sock, F_OK));
	/* the plane's copy is of no use */
	ATF_CHECK_EQ(-1, dial(a));
	conf_free(conf);
	world_end();
}

/* IPv6 and IPv4 of one port are two sockets. */
ATF_TC_WITHOUT_HEAD(both_families_share_a_port);
ATF_TC_BODY(both_families_share_a_port, tc)
{
	struct conf	*conf;
	uint32_t	 n;
	int		 fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd == -1)
		atf_tc_skip("no IPv6 here");
	close(fd);
	world_planes();
	conf = conf_new();
	n = free_port("0.0.0.0");
	port(conf, LISTENER_TCP, "::", n);
	port(conf, LISTENER_TCP, "0.0.0.0", n);
	bound(conf);
	plane_commit(&world.p);
	feed(K_NETWORK, conf, 2);
	ATF_CHECK_EQ(0, strncmp(got[0].name, "[::]:", 5));
	plane_close_all(&world.p);
	conf_free(conf);
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_reload_keeps_what_stays);
ATF_TC_BODY(a_reload_keeps_what_stays, tc)
{
	struct conf	*first, *second;
	uint32_t	 a, b, id, unix_id;
	struct stat	 st, now;

	world_planes();
	first = conf_new();
	a = free_port("127.0.0.1");
	port(first, LISTENER_TCP, "127.0.0.1", a);
	further(first, 0600, (gid_t)-1);
	bound(first);
	plane_commit(&world.p);
	feed(K_LOCAL, first, 1);
	unix_id = got[0].m.id;
	feed(K_NETWORK, first, 1);
	id = got[0].m.id;
	ATF_REQUIRE_EQ(0, stat(sock, &st));
	second = conf_new();
	b = free_port("127.0.0.1");
	port(second, LISTENER_TCP, "127.0.0.1", b);
	port(second, LISTENER_TCP, "127.0.0.1", a)->max_role = ROLE_ADMIN;
	further(second, 0666, geteuid() == 0 ? 65534 : (gid_t)-1);
	bound(second);
	/* nothing has changed before the commit, but that b is bound */
	ATF_CHECK_EQ(0, dial(b));
	ATF_REQUIRE_EQ(0, stat(sock, &now));
	ATF_CHECK_EQ(0600, now.st_mode & 07777);
	plane_commit(&world.p);
	ATF_REQUIRE_EQ(0, stat(sock, &now));
	ATF_CHECK_EQ(0666, now.st_mode & 07777);
	ATF_CHECK_EQ(st.st_ino, now.st_ino);
	if (geteuid() == 0)
		ATF_CHECK_EQ(65534, now.st_gid);
	feed(K_NETWORK, second, 2);
	ATF_CHECK_EQ(id, got[1].m.id);
	ATF_CHECK_EQ(ROLE_ADMIN, got[1].m.role);
	ATF_CHECK(got[0].m.id != id);
	feed(K_LOCAL, second, 1);
	ATF_CHECK_EQ(unix_id, got[0].m.id);
	/* and what goes is gone, though a plane has its copy still */
	conf_free(first);
	first = conf_new();
	port(first, LISTENER_TCP, "127.0.0.1", b);
	bound(first);
	ATF_CHECK_EQ(0, dial(a));
	plane_commit(&world.p);
	ATF_CHECK_EQ(-1, dial(a));
	ATF_CHECK_EQ(0, dial(b));
	ATF_CHECK_EQ(-1, access(sock, F_OK));
	ATF_CHECK_EQ(-1, dial_unix());
	plane_close_all(&world.p);
	conf_free(first);
	conf_free(second);
	world_end();
}

/* The port is never given up, and it is another socket for the plane. */
ATF_TC_WITHOUT_HEAD(a_port_changes_its_protocol);
ATF_TC_BODY(a_port_changes_its_protocol, tc)
{
	struct conf	*tcp, *http;
	uint32_t	 a, id;

	world_planes();
	tcp = conf_new();
	a = free_port("127.0.0.1");
	port(tcp, LISTENER_TCP, "127.0.0.1", a);
	bound(tcp);
	plane_commit(&world.p);
	feed(K_NETWORK, tcp, 1);
	id = got[0].m.id;
	http = conf_new();
	port(http, LISTENER_HTTP, "127.0.0.1", a);
	bound(http);
	plane_abort(&world.p);
	ATF_CHECK_EQ(0, dial(a));
	bound(http);
	feed(K_NETWORK, http, 1);
	ATF_CHECK(got[0].m.id != id);
	plane_commit(&world.p);
	ATF_CHECK_EQ(0, dial(a));
	/* one that a plane shut down is not what the next one gets */
	ATF_REQUIRE_EQ(0, shutdown(got[0].fd, SHUT_RDWR));
	bound(tcp);
	feed(K_NETWORK, tcp, 1);
	plane_commit(&world.p);
	ATF_CHECK_EQ(0, dial(a));
	plane_close_all(&world.p);
	ATF_CHECK_EQ(-1, dial(a));
	conf_free(tcp);
	conf_free(http);
	world_end();
}

/* What cannot be bound changes nothing, and what was bound with it is free. */
ATF_TC_WITHOUT_HEAD(one_that_fails_undoes_the_others);
ATF_TC_BODY(one_that_fails_undoes_the_others, tc)
{
	struct sockaddr_in	 in = { .sin_family = AF_INET };
	struct conf		*first, *second;
	uint32_t		 a, b, taken;
	char			 want[64];
	int			 fd;

	world_planes();
	first = conf_new();
	a = free_port("127.0.0.1");
	port(first, LISTENER_TCP, "127.0.0.1", a);
	bound(first);
	plane_commit(&world.p);
	taken = free_port("127.0.0.1");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	in.sin_port = htons((uint16_t)taken);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&in, sizeof(in)));
	ATF_REQUIRE_EQ(0, listen(fd, 1));
	second = conf_new();
	b = free_port("127.0.0.1");
	port(second, LISTENER_TCP, "127.0.0.1", b);
	further(second, 0600, (gid_t)-1);
	port(second, LISTENER_HTTP, "127.0.0.1", taken);
	ATF_CHECK_EQ(-1, plane_bind(&world.p, second, err, sizeof(err)));
	snprintf(want, sizeof(want), "listen http 127.0.0.1:%u: Address "
	    "already in use", taken);
	ATF_CHECK_MSG(strncmp(err, want, strlen(want)) == 0, "%s", err);
	ATF_CHECK_EQ(0, dial(a));
	ATF_CHECK_EQ(-1, dial(b));
	ATF_CHECK_EQ(-1, access(sock, F_OK));
	/* once it is free, all of it is bound */
	close(fd);
	bound(second);
	plane_commit(&world.p);
	ATF_CHECK_EQ(0, dial(b));
	ATF_CHECK_EQ(-1, dial(a));
	plane_close_all(&world.p);
	conf_free(first);
	conf_free(second);
	world_end();
}

/* A plane that was taken shut it down, for its successor, too. */
ATF_TC_WITHOUT_HEAD(one_that_was_shut_down_is_bound_anew);
ATF_TC_BODY(one_that_was_shut_down_is_bound_anew, tc)
{
	struct conf	*conf;
	uint32_t	 a;
	int		 flags;

	world_planes();
	conf = conf_new();
	a = free_port("127.0.0.1");
	port(conf, LISTENER_TCP, "127.0.0.1", a);
	further(conf, 0640, (gid_t)-1);
	bound(conf);
	plane_commit(&world.p);
	feed(K_NETWORK, conf, 1);
	ATF_REQUIRE_EQ(0, shutdown(got[0].fd, SHUT_RDWR));
	ATF_CHECK_EQ(-1, dial(a));
	feed(K_NETWORK, conf, 1);
	ATF_CHECK_EQ(0, dial(a));
	/* or had it block */
	flags = fcntl(got[0].fd, F_GETFL);
	ATF_REQUIRE_EQ(0, fcntl(got[0].fd, F_SETFL, flags & ~O_NONBLOCK));
	feed(K_NETWORK, conf, 1);
	ATF_CHECK(fcntl(got[0].fd, F_GETFL) & O_NONBLOCK);
	feed(K_LOCAL, conf, 1);
	ATF_REQUIRE_EQ(0, shutdown(got[0].fd, SHUT_RDWR));
	ATF_CHECK_EQ(-1, dial_unix());
	feed(K_LOCAL, conf, 1);
	ATF_CHECK_EQ(0, dial_unix());
	plane_close_all(&world.p);
	conf_free(conf);
	world_end();
}

ATF_TC_WITHOUT_HEAD(another_file_in_its_place_stays);
ATF_TC_BODY(another_file_in_its_place_stays, tc)
{
	struct conf	*conf;
	int		 fd;

	world_planes();
	conf = conf_new();
	further(conf, 0600, (gid_t)-1);
	ATF_REQUIRE((fd = open(sock, O_CREAT | O_WRONLY, 0600)) != -1);
	ATF_CHECK_EQ(-1, plane_bind(&world.p, conf, err, sizeof(err)));
	ATF_CHECK_MSG(strstr(err, "another file is in its place") != NULL,
	    "%s", err);
	ATF_CHECK_EQ(0, access(sock, F_OK));
	ATF_REQUIRE_EQ(0, unlink(sock));
	bound(conf);
	plane_commit(&world.p);
	/* somebody took its place: that is not ours to remove */
	ATF_REQUIRE_EQ(0, unlink(sock));
	ATF_REQUIRE((fd = open(sock, O_CREAT | O_WRONLY, 0600)) != -1);
	plane_close_all(&world.p);
	ATF_CHECK_EQ(0, unlink(sock));
	conf_free(conf);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_plane_gets_its_own);
	ATF_TP_ADD_TC(tp, both_families_share_a_port);
	ATF_TP_ADD_TC(tp, a_reload_keeps_what_stays);
	ATF_TP_ADD_TC(tp, a_port_changes_its_protocol);
	ATF_TP_ADD_TC(tp, one_that_fails_undoes_the_others);
	ATF_TP_ADD_TC(tp, one_that_was_shut_down_is_bound_anew);
	ATF_TP_ADD_TC(tp, another_file_in_its_place_stays);
	return (atf_no_error());
}
