/* Channels of imsg: frames, descriptors, batches, and what must be refused. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/imsg.h"

#define FD_MARK	0x80000000U

struct pair {
	struct imsgbuf	 a;
	struct imsgbuf	 b;
	int		 sv[2];
};

static void
pair_open(struct pair *p)
{
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    p->sv) == 0);
	ATF_REQUIRE(imsgbuf_init(&p->a, p->sv[0]) == 0);
	ATF_REQUIRE(imsgbuf_init(&p->b, p->sv[1]) == 0);
	imsgbuf_allow_fdpass(&p->a);
	imsgbuf_allow_fdpass(&p->b);
}

static void
pair_close(struct pair *p)
{
	imsgbuf_clear(&p->a);
	imsgbuf_clear(&p->b);
	close(p->sv[0]);
	close(p->sv[1]);
}

/* How many descriptors this process has. */
static int
open_fds(void)
{
	int	 fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}

static void
raw_header(struct imsg_hdr *h, uint32_t type, uint32_t len)
{
	memset(h, 0, sizeof(*h));
	h->type = type;
	h->len = len;
}

/* Send bytes with n copies of descriptor 0. */
static ssize_t
raw_send(int s, const void *data, size_t len, int nfds)
{
	union {
		struct cmsghdr	 hdr;
		unsigned char	 buf[CMSG_SPACE(sizeof(int) * 253)];
	} control;
	struct msghdr	 msg;
	struct iovec	 iov;
	struct cmsghdr	*c;
	int		 i, zero = 0;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)(uintptr_t)data;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (nfds > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
		for (i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(c) + sizeof(int) * (size_t)i, &zero,
			    sizeof(zero));
	}
	return (sendmsg(s, &msg, MSG_NOSIGNAL));
}

static int
same_file(int a, int b)
{
	struct stat	 x, y;

	return (fstat(a, &x) == 0 && fstat(b, &y) == 0 &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

ATF_TC_WITHOUT_HEAD(message_arrives_as_sent);
ATF_TC_BODY(message_arrives_as_sent, tc)
{
	struct pair	 p;
	struct imsg	 m;
	uint32_t	 v = 0;

	pair_open(&p);
	ATF_REQUIRE(imsg_compose(&p.a, 7, 9, 1234, -1, "\1\2\3\4", 4) == 1);
	ATF_CHECK_EQ(imsgbuf_queuelen(&p.a), 1);
	ATF_CHECK_EQ(imsgbuf_queuesize(&p.a), IMSG_HEADER_SIZE + 4);
	ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
	ATF_CHECK_EQ(imsgbuf_queuelen(&p.a), 0);
	ATF_CHECK_EQ(imsgbuf_queuesize(&p.a), 0);
	ATF_REQUIRE(imsg_get(&p.b, &m) == 0);
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) == (ssize_t)IMSG_HEADER_SIZE + 4);
	ATF_CHECK_EQ(imsg_get_type(&m), 7);
	ATF_CHECK_EQ(imsg_get_id(&m), 9);
	ATF_CHECK_EQ(imsg_get_pid(&m), 1234);
	ATF_CHECK_EQ(imsg_get_len(&m), 4);
	ATF_CHECK(memcmp(m.data, "\1\2\3\4", 4) == 0);
	ATF_CHECK_EQ(imsg_get_fd(&m), -1);
	ATF_CHECK(imsg_get_data(&m, &v, 3) == -1 && errno == EBADMSG);
	ATF_CHECK(imsg_get_data(&m, &v, 0) == -1 && errno == EINVAL);
	ATF_CHECK(imsg_get_data(&m, &v, 4) == 0);
	ATF_CHECK(memcmp(&v, "\1\2\3\4", 4) == 0);
	ATF_CHECK(imsg_get_buf(&m, &v, 1) == -1 && errno == EBADMSG);
	imsg_free(&m);
	ATF_CHECK(imsg_get(&p.b, &m) == 0);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(empty_message_has_no_data);
ATF_TC_BODY(empty_message_has_no_data, tc)
{
	struct pair	 p;
	struct imsg	 m;

	pair_open(&p);
	ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, -1, NULL, 0) == 1);
	ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) == (ssize_t)IMSG_HEADER_SIZE);
	ATF_CHECK(m.data == NULL);
	ATF_CHECK_EQ(imsg_get_len(&m), 0);
	ATF_CHECK_EQ(imsg_get_pid(&m), getpid());
	imsg_free(&m);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(parts_make_one_message);
ATF_TC_BODY(parts_make_one_message, tc)
{
	char		 ab[] = "ab", cd[] = "cd";
	struct iovec	 iov[3] = { { ab, 2 }, { NULL, 0 }, { cd, 2 } };
	struct pair	 p;
	struct imsg	 m;
	struct ibuf	*b;

	pair_open(&p);
	ATF_REQUIRE(imsg_composev(&p.a, 1, 0, 0, -1, iov, 3) == 1);
	ATF_REQUIRE((b = imsg_create(&p.a, 2, 0, 0, 0)) != NULL);
	ATF_REQUIRE(imsg_add(b, "xyz", 3) == 3);
	imsg_close(&p.a, b);
	ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	ATF_CHECK(imsg_get_len(&m) == 4 && memcmp(m.data, "abcd", 4) == 0);
	imsg_free(&m);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	ATF_CHECK(imsg_get_len(&m) == 3 && memcmp(m.data, "xyz", 3) == 0);
	ATF_REQUIRE((b = ibuf_dynamic(0, 10)) != NULL);
	ATF_CHECK(imsg_get_ibuf(&m, b) == 0);
	ATF_CHECK(ibuf_size(b) == 3 && memcmp(ibuf_data(b), "xyz", 3) == 0);
	ATF_CHECK(imsg_get_ibuf(&m, b) == -1 && errno == EBADMSG);
	ibuf_free(b);
	imsg_free(&m);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(what_is_too_large_is_not_composed);
ATF_TC_BODY(what_is_too_large_is_not_composed, tc)
{
	static char	 big[MAX_IMSGSIZE];
	struct iovec	 iov[2] = { { big, SIZE_MAX }, { big, 2 } };
	struct pair	 p;
	struct imsg	 m;
	struct ibuf	*b;
	int		 fd, before;

	pair_open(&p);
	before = open_fds();
	ATF_REQUIRE((fd = dup(0)) != -1);
	errno = 0;
	ATF_CHECK(imsg_compose(&p.a, 1, 0, 0, fd, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE + 1) == -1 && errno == ERANGE);
	ATF_CHECK_EQ(open_fds(), before);	/* taken over all the same */
	ATF_CHECK(imsg_composev(&p.a, 1, 0, 0, -1, iov, 2) == -1 &&
	    errno == ERANGE);
	ATF_REQUIRE((b = imsg_create(&p.a, 1, 0, 0, 8)) != NULL);
	ATF_CHECK(imsg_add(b, big, sizeof(big)) == -1 && errno == ERANGE);
	ATF_CHECK_EQ(imsgbuf_queuelen(&p.a), 0);
	ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, -1, big,
	    MAX_IMSGSIZE - IMSG_HEADER_SIZE) == 1);
	ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_CHECK(imsg_get(&p.b, &m) == MAX_IMSGSIZE);
	imsg_free(&m);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(larger_maximum_than_one_read);
ATF_TC_BODY(larger_maximum_than_one_read, tc)
{
	struct pair	 p;
	struct imsg	 m;
	size_t		 len = 300000, i;
	char		*big, *got;
	ssize_t		 n;

	pair_open(&p);
	ATF_CHECK(imsgbuf_set_maxsize(&p.a, UINT32_MAX) == -1 &&
	    errno == ERANGE);
	ATF_CHECK(imsgbuf_set_maxsize(&p.a, FD_MARK) == -1 &&
	    errno == EINVAL);
	ATF_REQUIRE(imsgbuf_set_maxsize(&p.a, 300000) == 0);
	ATF_REQUIRE(imsgbuf_set_maxsize(&p.b, 300000) == 0);
	ATF_REQUIRE((big = malloc(len)) != NULL);
	for (i = 0; i < len; i++)
		big[i] = (char)(i * 7 + i / 256);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, -1, big, len) == 1);
	for (i = 0; i < 3; i++) {
		while ((n = imsg_get(&p.b, &m)) == 0) {
			ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
			ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
		}
		ATF_REQUIRE_EQ(n, (ssize_t)(len + IMSG_HEADER_SIZE));
		got = m.data;
		ATF_CHECK(memcmp(got, big, len) == 0);
		imsg_free(&m);
	}
	free(big);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(frame_comes_byte_by_byte);
ATF_TC_BODY(frame_comes_byte_by_byte, tc)
{
	struct pair	 p;
	struct imsg	 m;
	struct imsg_hdr	 h;
	char		 frame[sizeof(h) + 5];
	size_t		 i;

	pair_open(&p);
	raw_header(&h, 3, sizeof(frame));
	memcpy(frame, &h, sizeof(h));
	memcpy(frame + sizeof(h), "hello", 5);
	ATF_CHECK_EQ(imsgbuf_partial(&p.b), 0);
	for (i = 0; i < sizeof(frame); i++) {
		ATF_REQUIRE(imsg_get(&p.b, &m) == 0);
		ATF_REQUIRE(write(p.sv[0], frame + i, 1) == 1);
		ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
		ATF_CHECK_EQ(imsgbuf_partial(&p.b), i + 1 < sizeof(frame));
	}
	ATF_REQUIRE(imsg_get(&p.b, &m) == (ssize_t)sizeof(frame));
	ATF_CHECK(memcmp(m.data, "hello", 5) == 0);
	imsg_free(&m);
	ATF_CHECK_EQ(imsgbuf_partial(&p.b), 0);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(partial_frame_behind_a_complete_one);
ATF_TC_BODY(partial_frame_behind_a_complete_one, tc)
{
	struct pair	 p;
	struct imsg	 m;
	struct imsg_hdr	 h[2];

	pair_open(&p);
	raw_header(&h[0], 3, sizeof(h[0]));
	raw_header(&h[1], 4, sizeof(h[1]) + 1);
	ATF_REQUIRE(write(p.sv[0], h, sizeof(h)) == (ssize_t)sizeof(h));
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_CHECK_EQ(imsgbuf_partial(&p.b), 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	imsg_free(&m);
	ATF_CHECK(imsg_get(&p.b, &m) == 0);
	ATF_CHECK_EQ(imsgbuf_partial(&p.b), 1);
	ATF_REQUIRE(write(p.sv[0], "x", 1) == 1);
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	ATF_CHECK(memcmp(m.data, "x", 1) == 0);
	imsg_free(&m);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(malformed_lengths_are_refused);
ATF_TC_BODY(malformed_lengths_are_refused, tc)
{
	static const uint32_t lens[] = { 0, 1, sizeof(struct imsg_hdr) - 1,
	    MAX_IMSGSIZE + 1, 0x7fffffffU, FD_MARK, FD_MARK | 15,
	    FD_MARK | (MAX_IMSGSIZE + 1), UINT32_MAX };
	struct pair	 p;
	struct imsg	 m;
	struct imsg_hdr	 h;
	size_t		 i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		pair_open(&p);
		raw_header(&h, 1, lens[i]);
		ATF_REQUIRE(write(p.sv[0], &h, sizeof(h)) == sizeof(h));
		ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
		errno = 0;
		ATF_CHECK_MSG(imsg_get(&p.b, &m) == -1 && errno == EBADMSG,
		    "length %#x", lens[i]);
		ATF_CHECK(imsg_get(&p.b, &m) == -1);	/* and it stays so */
		pair_close(&p);
	}
}

ATF_TC_WITHOUT_HEAD(end_of_file_and_reset_are_told);
ATF_TC_BODY(end_of_file_and_reset_are_told, tc)
{
	struct pair	 p;

	pair_open(&p);
	ATF_CHECK(imsgbuf_read(&p.b) == 1);	/* would block */
	shutdown(p.sv[0], SHUT_WR);
	ATF_CHECK(imsgbuf_read(&p.b) == 0);
	pair_close(&p);
	pair_open(&p);
	close(p.sv[1]);
	p.sv[1] = -1;
	ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, -1, NULL, 0) == 1);
	ATF_CHECK(imsgbuf_write(&p.a) == -1 && errno == EPIPE);
	ATF_CHECK(imsgbuf_flush(&p.a) == -1);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(input_nobody_takes_is_not_end_of_file);
ATF_TC_BODY(input_nobody_takes_is_not_end_of_file, tc)
{
	static char	 junk[4096];
	struct pair	 p;
	struct imsg	 m;
	int		 i, n = 0;

	pair_open(&p);
	for (i = 0; i < 40; i++)
		ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, -1, junk,
		    sizeof(junk)) == 1);
	ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
	for (i = 0; i < 50; i++)
		ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	while (n < 40) {
		if (imsg_get(&p.b, &m) > 0) {
			imsg_free(&m);
			n++;
		} else {
			ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
			ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
		}
	}
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(descriptor_reaches_its_message);
ATF_TC_BODY(descriptor_reaches_its_message, tc)
{
	struct pair	 p;
	struct imsg	 m;
	int		 i, fd, sent[30], before = open_fds();

	pair_open(&p);
	/* Every third message carries one; the others none. */
	for (i = 0; i < 30; i++) {
		sent[i] = -1;
		fd = -1;
		if (i % 3 == 0) {
			ATF_REQUIRE((sent[i] = open(".", O_TMPFILE | O_RDWR,
			    0600)) != -1 || (sent[i] = dup(0)) != -1);
			ATF_REQUIRE((fd = dup(sent[i])) != -1);
		}
		ATF_REQUIRE(imsg_compose(&p.a, 100 + (uint32_t)i, 0, 0, fd,
		    "x", 1) == 1);
	}
	ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
	for (i = 0; i < 30; i++) {
		while (imsg_get(&p.b, &m) == 0)
			ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
		ATF_CHECK_EQ(imsg_get_type(&m), 100 + (uint32_t)i);
		fd = imsg_get_fd(&m);
		ATF_CHECK_EQ(fd != -1, i % 3 == 0);
		if (fd != -1) {
			ATF_CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			ATF_CHECK(same_file(fd, sent[i]));
			close(fd);
			close(sent[i]);
		}
		imsg_free(&m);
	}
	pair_close(&p);
	ATF_CHECK_EQ(open_fds(), before);
}

ATF_TC_WITHOUT_HEAD(descriptor_nobody_took_is_closed);
ATF_TC_BODY(descriptor_nobody_took_is_closed, tc)
{
	struct pair	 p;
	struct imsg	 m;
	int		 before = open_fds();

	pair_open(&p);
	ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, dup(0), NULL, 0) == 1);
	ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, dup(0), NULL, 0) == 1);
	ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	imsg_free(&m);				/* not taken */
	while (imsg_get(&p.b, &m) == 0)
		ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	imsg_free(&m);
	/* One that never left goes with the queue. */
	ATF_REQUIRE(imsg_compose(&p.a, 1, 0, 0, dup(0), NULL, 0) == 1);
	pair_close(&p);
	ATF_CHECK_EQ(open_fds(), before);
}

ATF_TC_WITHOUT_HEAD(descriptor_needs_permission);
ATF_TC_BODY(descriptor_needs_permission, tc)
{
	struct pair	 p;
	struct imsg	 m;
	struct imsg_hdr	 h;
	int		 before = open_fds();

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    p.sv) == 0);
	ATF_REQUIRE(imsgbuf_init(&p.a, p.sv[0]) == 0);
	ATF_REQUIRE(imsgbuf_init(&p.b, p.sv[1]) == 0);
	ATF_CHECK(imsg_compose(&p.a, 1, 0, 0, dup(0), NULL, 0) == -1 &&
	    errno == EINVAL);
	raw_header(&h, 1, sizeof(h));
	ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), 2) == sizeof(h));
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	ATF_CHECK_EQ(imsg_get_fd(&m), -1);
	imsg_free(&m);
	ATF_CHECK_EQ(open_fds(), before + 2);
	raw_header(&h, 1, sizeof(h) | FD_MARK);
	ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), 1) == sizeof(h));
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_CHECK(imsg_get(&p.b, &m) == -1 && errno == EBADMSG);
	pair_close(&p);
	ATF_CHECK_EQ(open_fds(), before);
}

ATF_TC_WITHOUT_HEAD(mark_without_descriptor_is_malformed);
ATF_TC_BODY(mark_without_descriptor_is_malformed, tc)
{
	struct pair	 p;
	struct imsg	 m;
	struct imsg_hdr	 h;

	pair_open(&p);
	raw_header(&h, 1, sizeof(h) | FD_MARK);
	ATF_REQUIRE(write(p.sv[0], &h, sizeof(h)) == sizeof(h));
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_CHECK(imsg_get(&p.b, &m) == -1 && errno == EBADMSG);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(surplus_descriptors_are_closed);
ATF_TC_BODY(surplus_descriptors_are_closed, tc)
{
	struct pair	 p;
	struct imsg	 m;
	struct imsg_hdr	 h;
	int		 i, before;

	pair_open(&p);
	before = open_fds();
	/* With a message that asks for none. */
	raw_header(&h, 1, sizeof(h));
	for (i = 0; i < 500; i++) {
		ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), 5) == sizeof(h));
		ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
		ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
		imsg_free(&m);
		ATF_REQUIRE(imsg_get(&p.b, &m) == 0);
		ATF_REQUIRE_EQ(open_fds(), before);
	}
	/* One is asked for, three come. */
	raw_header(&h, 1, sizeof(h) | FD_MARK);
	ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), 3) == sizeof(h));
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	imsg_free(&m);
	ATF_REQUIRE(imsg_get(&p.b, &m) == 0);
	ATF_CHECK_EQ(open_fds(), before);
	/* A frame that has begun may keep one, no more. */
	raw_header(&h, 1, (sizeof(h) + 1) | FD_MARK);
	ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), 3) == sizeof(h));
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) == 0);
	ATF_CHECK_EQ(open_fds(), before + 1);
	ATF_REQUIRE(write(p.sv[0], "x", 1) == 1);
	ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	ATF_REQUIRE(imsg_get(&p.b, &m) > 0);
	ATF_CHECK((i = imsg_get_fd(&m)) != -1);
	close(i);
	imsg_free(&m);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(flood_of_descriptors_breaks_the_channel);
ATF_TC_BODY(flood_of_descriptors_breaks_the_channel, tc)
{
	static const int counts[] = { 65, 100, 253 };
	struct pair	 p;
	struct imsg_hdr	 h;
	size_t		 i;
	int		 before;

	raw_header(&h, 1, sizeof(h));
	for (i = 0; i < 3; i++) {
		pair_open(&p);
		before = open_fds();
		ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), counts[i]) ==
		    sizeof(h));
		errno = 0;
		ATF_CHECK(imsgbuf_read(&p.b) == -1 && errno == EMFILE);
		ATF_CHECK_EQ(open_fds(), before);
		pair_close(&p);
	}
	/* The same little by little, when nothing is taken. */
	pair_open(&p);
	before = open_fds();
	for (i = 0; i < 8; i++) {
		ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), 8) == sizeof(h));
		ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
	}
	ATF_CHECK_EQ(open_fds(), before + 64);
	ATF_REQUIRE(raw_send(p.sv[0], &h, sizeof(h), 1) == sizeof(h));
	ATF_CHECK(imsgbuf_read(&p.b) == -1 && errno == EMFILE);
	ATF_CHECK_EQ(open_fds(), before);
	pair_close(&p);
}

ATF_TC_WITHOUT_HEAD(descriptor_survives_short_writes);
ATF_TC_BODY(descriptor_survives_short_writes, tc)
{
	static char	 big[16000];
	struct pair	 p;
	struct imsg	 m;
	ssize_t		 n;
	int		 i, got = 0, small = 4096, before = open_fds();

	pair_open(&p);
	ATF_REQUIRE(setsockopt(p.sv[0], SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof(small)) == 0);
	for (i = 0; i < 200; i++)
		ATF_REQUIRE(imsg_compose(&p.a, (uint32_t)i, 0, 0,
		    i % 2 == 0 ? dup(0) : -1, big,
		    (size_t)(i * 997 % 16000)) == 1);
	while (got < 200) {
		ATF_REQUIRE(imsgbuf_write(&p.a) == 0);
		ATF_REQUIRE(imsgbuf_read(&p.b) == 1);
		while ((n = imsg_get(&p.b, &m)) > 0) {
			ATF_REQUIRE_EQ(imsg_get_type(&m), (uint32_t)got);
			ATF_REQUIRE_EQ(imsg_get_len(&m),
			    (size_t)(got * 997 % 16000));
			i = imsg_get_fd(&m);
			ATF_REQUIRE_EQ(i != -1, got % 2 == 0);
			if (i != -1)
				close(i);
			imsg_free(&m);
			got++;
		}
		ATF_REQUIRE(n == 0);
	}
	ATF_CHECK_EQ(imsgbuf_queuesize(&p.a), 0);
	pair_close(&p);
	ATF_CHECK_EQ(open_fds(), before);
}

ATF_TC_WITHOUT_HEAD(burst_leaves_in_few_calls);
ATF_TC_BODY(burst_leaves_in_few_calls, tc)
{
	struct imsgbuf	 a;
	char		 buf[65536];
	int		 i, sv[2], calls = 0;

	/* Datagrams keep the borders of the calls: count them. */
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
	    sv) == 0);
	ATF_REQUIRE(imsgbuf_init(&a, sv[0]) == 0);
	for (i = 0; i < 256; i++)
		ATF_REQUIRE(imsg_compose(&a, 1, 0, 0, -1, "0123456789",
		    10) == 1);
	ATF_REQUIRE(imsgbuf_write(&a) == 0);
	while (read(sv[1], buf, sizeof(buf)) > 0)
		calls++;
	ATF_CHECK_EQ(calls, 2);
	imsgbuf_clear(&a);
	close(sv[0]);
	close(sv[1]);
}

ATF_TC_WITHOUT_HEAD(buffer_checks_its_bounds);
ATF_TC_BODY(buffer_checks_its_bounds, tc)
{
	struct ibuf	*b;
	uint8_t		 v8;
	uint16_t	 v16;
	uint32_t	 v32;
	uint64_t	 v64;

	ATF_CHECK(ibuf_dynamic(10, 9) == NULL);
	ATF_REQUIRE((b = ibuf_dynamic(1, 100)) != NULL);
	ATF_CHECK(ibuf_add_n8(b, 256) == -1 && errno == EINVAL);
	ATF_CHECK(ibuf_add_n16(b, 65536) == -1 && errno == EINVAL);
	ATF_CHECK(ibuf_add_h32(b, UINT64_C(1) << 32) == -1);
	ATF_CHECK(ibuf_add_n8(b, 1) == 0);
	ATF_CHECK(ibuf_add_n16(b, 0x0203) == 0);
	ATF_CHECK(ibuf_add_n32(b, 0x04050607) == 0);
	ATF_CHECK(ibuf_add_n64(b, 0x08090a0b0c0d0e0f) == 0);
	ATF_CHECK(ibuf_size(b) == 15 && memcmp(ibuf_data(b),
	    "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 15) == 0);
	ATF_CHECK(ibuf_get_n8(b, &v8) == 0 && v8 == 1);
	ATF_CHECK(ibuf_get_n16(b, &v16) == 0 && v16 == 0x0203);
	ATF_CHECK(ibuf_get_n32(b, &v32) == 0 && v32 == 0x04050607);
	ATF_CHECK(ibuf_get_n64(b, &v64) == 0 && v64 == 0x08090a0b0c0d0e0f);
	ATF_CHECK(ibuf_get_n8(b, &v8) == -1 && errno == EBADMSG);
	ATF_CHECK(ibuf_add_h16(b, 1) == 0 && ibuf_add_h32(b, 2) == 0 &&
	    ibuf_add_h64(b, 3) == 0);
	ATF_CHECK(ibuf_get_h16(b, &v16) == 0 && v16 == 1);
	ATF_CHECK(ibuf_get_h32(b, &v32) == 0 && v32 == 2);
	ATF_CHECK(ibuf_get_h64(b, &v64) == 0 && v64 == 3);
	ATF_CHECK_EQ(ibuf_left(b), 100 - 29);
	ATF_CHECK(ibuf_add_zero(b, 72) == -1 && errno == ERANGE);
	ATF_CHECK(ibuf_add_zero(b, 71) == 0);
	ATF_CHECK(ibuf_skip(b, 72) == -1 && errno == EBADMSG);
	ATF_CHECK(ibuf_skip(b, 70) == 0);
	ATF_CHECK(ibuf_get_n8(b, &v8) == 0 && v8 == 0);
	ATF_CHECK_EQ(ibuf_fd_avail(b), 0);
	ibuf_fd_set(b, dup(0));
	ATF_CHECK_EQ(ibuf_fd_avail(b), 1);
	ibuf_free(b);
	ibuf_free(NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, message_arrives_as_sent);
	ATF_TP_ADD_TC(tp, empty_message_has_no_data);
	ATF_TP_ADD_TC(tp, parts_make_one_message);
	ATF_TP_ADD_TC(tp, what_is_too_large_is_not_composed);
	ATF_TP_ADD_TC(tp, larger_maximum_than_one_read);
	ATF_TP_ADD_TC(tp, frame_comes_byte_by_byte);
	ATF_TP_ADD_TC(tp, partial_frame_behind_a_complete_one);
	ATF_TP_ADD_TC(tp, malformed_lengths_are_refused);
	ATF_TP_ADD_TC(tp, end_of_file_and_reset_are_told);
	ATF_TP_ADD_TC(tp, input_nobody_takes_is_not_end_of_file);
	ATF_TP_ADD_TC(tp, descriptor_reaches_its_message);
	ATF_TP_ADD_TC(tp, descriptor_nobody_took_is_closed);
	ATF_TP_ADD_TC(tp, descriptor_needs_permission);
	ATF_TP_ADD_TC(tp, mark_without_descriptor_is_malformed);
	ATF_TP_ADD_TC(tp, surplus_descriptors_are_closed);
	ATF_TP_ADD_TC(tp, flood_of_descriptors_breaks_the_channel);
	ATF_TP_ADD_TC(tp, descriptor_survives_short_writes);
	ATF_TP_ADD_TC(tp, burst_leaves_in_few_calls);
	ATF_TP_ADD_TC(tp, buffer_checks_its_bounds);
	return (atf_no_error());
}
