/* Who may notify, how much of it is read, and what the supervisor hears. */
#include "regress/unit/apps/fixture.h"

ATF_TC_WITHOUT_HEAD(ready_and_status_are_told);
ATF_TC_BODY(ready_and_status_are_told, tc)
{
	int	 fd;

	world_new();
	fd = world_notify(7);
	world_born(7, 3, getpid(), getuid(), NOTIFY_MAIN);
	say_to(fd, "STATUS=warming up");
	say_to(fd, "READY=1\nSTATUS=serving");
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_EQ(7, world.said[0].inst.app);
	ATF_CHECK_EQ(3, world.said[0].inst.generation);
	ATF_CHECK_STREQ("warming up", world.text[0]);
	/* the second follows after a while, and is not lost */
	UNTIL(strcmp(last_status(), "serving") == 0);
	ATF_CHECK_EQ(0, world.asked);
	/* once is enough, but after a reload it is news */
	say_to(fd, "READY=1");
	say_to(fd, "RELOADING=1\nMONOTONIC_USEC=77");
	say_to(fd, "READY=1");
	say_to(fd, "STOPPING=1");
	UNTIL(told(WORD_STOPPING) == 1);
	ATF_CHECK_EQ(2, told(WORD_READY));
	ATF_CHECK_EQ(1, told(WORD_RELOADING));
	world_end();
}

/* What it sends before we know of it waits. */
ATF_TC_WITHOUT_HEAD(a_birth_may_be_heard_of_late);
ATF_TC_BODY(a_birth_may_be_heard_of_late, tc)
{
	int	 fd;

	world_new();
	fd = world_notify(7);
	say_to(fd, "READY=1");
	world_run(50);
	ATF_CHECK_EQ(0, world.nsaid);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	UNTIL(told(WORD_READY) == 1);
	world_end();
}

ATF_TC_WITHOUT_HEAD(only_its_user_is_heard);
ATF_TC_BODY(only_its_user_is_heard, tc)
{
	int	 fd;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid() + 1, NOTIFY_GROUP);
	say_to(fd, "READY=1");
	world_run(100);
	ATF_CHECK_EQ(0, world.nsaid);
	ATF_CHECK_EQ(0, world.asked);
	world_end();
}

/* A child of it, that lives until it is told to end. */
static pid_t
child_says(int fd, const char *text)
{
	pid_t	 pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid != 0)
		return (pid);
	if (send(fd, text, strlen(text), 0) == -1)
		_exit(1);
	for (;;)
		pause();
}

static void
child_ends(pid_t pid)
{
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
}

ATF_TC_WITHOUT_HEAD(main_is_the_process_that_was_started);
ATF_TC_BODY(main_is_the_process_that_was_started, tc)
{
	pid_t	 pid;
	int	 fd;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	pid = child_says(fd, "READY=1");
	world_run(100);
	ATF_CHECK_EQ(0, world.nsaid);
	ATF_CHECK_EQ(0, world.asked);
	child_ends(pid);
	world_end();
}

ATF_TC_WITHOUT_HEAD(group_is_what_the_parent_says);
ATF_TC_BODY(group_is_what_the_parent_says, tc)
{
	pid_t	 pid, other;
	int	 fd;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_GROUP);
	world.member = 1;		/* nobody */
	other = child_says(fd, "STATUS=stranger");
	UNTIL(world.asked == 1);
	world_run(50);
	ATF_CHECK_EQ(0, world.nsaid);
	pid = child_says(fd, "READY=1");
	world.member = pid;
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_EQ(2, world.asked);
	child_ends(pid);
	child_ends(other);
	world_end();
}

/* While the parent has not answered, what comes behind it waits in order. */
ATF_TC_WITHOUT_HEAD(an_answer_is_waited_for);
ATF_TC_BODY(an_answer_is_waited_for, tc)
{
	struct m_app_who	 who;
	pid_t			 pid;
	int			 fd;

	world_new();
	world.mute = 1;
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_GROUP);
	pid = child_says(fd, "STATUS=of the child");
	UNTIL(world.asked == 1);
	say_to(fd, "READY=1");
	world_run(50);
	ATF_CHECK_EQ(0, world.nsaid);
	memset(&who, 0, sizeof(who));
	who.inst = world_id(7, 1);
	who.pid = pid + 1;		/* not what was asked */
	who.member = 1;
	peer_send(world.far[K_PARENT], M_APP_WHO_IS, -1, &who, NULL);
	world_run(50);
	ATF_CHECK_EQ(0, world.nsaid);
	who.pid = pid;
	peer_send(world.far[K_PARENT], M_APP_WHO_IS, -1, &who, NULL);
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_EQ(1, told(WORD_STATUS));
	child_ends(pid);
	world_end();
}

ATF_TC_WITHOUT_HEAD(mainpid_must_be_of_the_instance);
ATF_TC_BODY(mainpid_must_be_of_the_instance, tc)
{
	char	 text[64];
	pid_t	 pid;
	int	 fd;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	world.member = 1;
	pid = child_says(fd, "STATUS=too early");
	snprintf(text, sizeof(text), "MAINPID=%d\nSTATUS=a", (int)pid);
	say_to(fd, text);
	UNTIL(world.asked == 1);
	UNTIL(strcmp(last_status(), "a") == 0);
	child_ends(pid);
	pid = child_says(fd, "STATUS=still not");
	world_run(50);
	ATF_CHECK_STREQ("a", last_status());
	world.member = -1;
	snprintf(text, sizeof(text), "MAINPID=%d", (int)pid);
	say_to(fd, text);
	UNTIL(world.asked == 2);
	world_run(50);
	child_ends(pid);
	world_end();
}

/* Descriptors that come along are closed, and not kept open here. */
ATF_TC_WITHOUT_HEAD(a_barrier_is_lifted);
ATF_TC_BODY(a_barrier_is_lifted, tc)
{
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec	 iov = { (void *)(uintptr_t)"BARRIER=1", 9 };
	struct msghdr	 msg;
	char		 c;
	int		 fd, p[2];

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	say_to(fd, "READY=1");
	ATF_REQUIRE_EQ(0, pipe2(p, O_CLOEXEC | O_NONBLOCK));
	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &p[1], sizeof(int));
	ATF_REQUIRE_EQ(9, sendmsg(fd, &msg, 0));
	close(p[1]);
	ATF_CHECK_EQ(-1, read(p[0], &c, 1));
	UNTIL(read(p[0], &c, 1) == 0);
	world_run(20);
	ATF_CHECK_EQ(1, told(WORD_READY));
	world_end();
}

/* Who floods waits; another one is heard at once, and we have little to do. */
ATF_TC_WITHOUT_HEAD(a_flood_holds_up_its_sender_only);
ATF_TC_BODY(a_flood_holds_up_its_sender_only, tc)
{
	struct mono	 begin;
	size_t		 sent = 0;
	int		 fd, other;

	world_new();
	fd = world_notify(7);
	other = world_notify(8);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	world_born(8, 1, getpid(), getuid(), NOTIFY_MAIN);
	begin = mono_now();
	while (mono_diff_ms(mono_now(), begin) < 1000) {
		while (send(fd, "WATCHDOG=1\nSTATUS=x", 19,
		    MSG_DONTWAIT) == 19)
			sent++;
		world_run(1);
	}
	/* a burst, a second of them, and what the socket holds */
	ATF_CHECK_MSG(sent < 1000, "%zu", sent);
	ATF_CHECK_EQ(1, told(WORD_STATUS));
	say_to(other, "READY=1");
	UNTIL(told(WORD_READY) == 1);
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_status_that_changes_fast_is_told_slowly);
ATF_TC_BODY(a_status_that_changes_fast_is_told_slowly, tc)
{
	char	 text[32];
	int	 fd, i;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	for (i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "STATUS=%d", i);
		say_to(fd, text);
		world_run(1);
	}
	UNTIL(strcmp(last_status(), "59") == 0);
	ATF_CHECK(told(WORD_STATUS) <= 3);
	world_end();
}

/* Datagrams that are too long, empty, or random: none is taken for a word. */
ATF_TC_WITHOUT_HEAD(bad_datagrams_are_dropped);
ATF_TC_BODY(bad_datagrams_are_dropped, tc)
{
	char	 big[NOTIFY_MAX + 1];
	size_t	 k;
	int	 fd, i;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	memset(big, 'x', sizeof(big));
	memcpy(big, "READY=1\n", 8);
	ATF_REQUIRE_EQ((ssize_t)sizeof(big), send(fd, big, sizeof(big), 0));
	ATF_REQUIRE_EQ(0, send(fd, "", 0, 0));
	world_run(50);
	ATF_CHECK_EQ(0, world.nsaid);
	srandom(99);
	for (i = 0; i < 50; i++) {
		for (k = 0; k < 100; k++)
			big[k] = (char)random();
		ATF_REQUIRE_EQ(100, send(fd, big, 100, 0));
	}
	say_to(fd, "READY=1");
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_EQ(1, world.nsaid);
	world_end();
}

/* The life before it left something in the socket, and is not believed. */
ATF_TC_WITHOUT_HEAD(another_generation_begins_anew);
ATF_TC_BODY(another_generation_begins_anew, tc)
{
	pid_t	 pid;
	int	 fd;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	say_to(fd, "READY=1\nSTATUS=first");
	UNTIL(told(WORD_READY) == 1);
	world_died(7, 1);
	world_run(20);
	say_to(fd, "READY=1\nSTATUS=late");
	pid = child_says(fd, "READY=1\nSTATUS=second");
	world_born(7, 2, pid, getuid(), NOTIFY_MAIN);
	UNTIL(told(WORD_READY) == 2);
	ATF_CHECK_STREQ("second", last_status());
	ATF_CHECK_EQ(2, world.said[world.nsaid - 1].inst.generation);
	/* a message about the first one is void */
	world_died(7, 1);
	world_run(20);
	ATF_CHECK(RB_MIN(app_insts, &world.apps.insts)->pid == pid);
	child_ends(pid);
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_new_supervisor_is_told_all);
ATF_TC_BODY(a_new_supervisor_is_told_all, tc)
{
	int	 fd;

	world_new();
	fd = world_notify(7);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	say_to(fd, "READY=1\nSTATUS=up");
	UNTIL(told(WORD_READY) == 1);
	UNTIL(told(WORD_STATUS) == 1);
	world.nsaid = 0;
	say_all(&world.apps);
	UNTIL(world.nsaid == 2);
	ATF_CHECK_EQ(1, told(WORD_READY));
	ATF_CHECK_STREQ("up", last_status());
	world_end();
}

/* s6: a newline on a descriptor of its own. */
ATF_TC_WITHOUT_HEAD(a_newline_says_ready);
ATF_TC_BODY(a_newline_says_ready, tc)
{
	struct m_app_socket	 m;
	int			 p[2];

	world_new();
	ATF_REQUIRE_EQ(0, pipe2(p, O_CLOEXEC | O_NONBLOCK));
	memset(&m, 0, sizeof(m));
	m.inst = world_id(7, 0);
	m.which = APP_SOCKET_READY;
	peer_send(world.far[K_PARENT], M_APP_SOCKET, p[0], &m, NULL);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	ATF_REQUIRE_EQ(5, write(p[1], "READY", 5));
	world_run(50);
	ATF_CHECK_EQ(0, world.nsaid);
	ATF_REQUIRE_EQ(2, write(p[1], "x\n", 2));
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_EQ(READY_FD, world.said[0].by);
	/* it is closed, and so is the instance that ends without a word */
	ATF_CHECK_EQ(-1, write(p[1], "x", 1));
	ATF_CHECK_EQ(EPIPE, errno);
	world_end();
}

ATF_TC_WITHOUT_HEAD(silence_and_its_end_are_told);
ATF_TC_BODY(silence_and_its_end_are_told, tc)
{
	struct mono	 begin;
	int		 fd, i;

	world_new();
	fd = world_notify(7);
	/* the order of two channels is not known */
	world_watch(7, 1, 200);
	world_run(20);
	world_born(7, 1, getpid(), getuid(), NOTIFY_MAIN);
	world_run(1);
	begin = mono_now();
	for (i = 0; i < 40; i++) {
		say_to(fd, "WATCHDOG=1");
		world_run(10);
	}
	/* busy machines aside: heartbeats alone are no news */
	if (mono_diff_ms(mono_now(), begin) < 1000)
		ATF_CHECK_EQ(0, world.nsaid);
	UNTIL(told(WORD_SILENT) >= 1);
	world_run(250);
	ATF_CHECK_EQ(told(WORD_BEATS) + 1, told(WORD_SILENT));
	say_to(fd, "WATCHDOG=1");
	UNTIL(told(WORD_BEATS) == told(WORD_SILENT));
	UNTIL(told(WORD_SILENT) == told(WORD_BEATS) + 1);
	say_to(fd, "WATCHDOG=trigger");
	UNTIL(told(WORD_TRIGGER) == 1);
	world_watch(7, 1, 0);
	world_run(20);
	world.nsaid = 0;
	say_to(fd, "WATCHDOG=1\n");
	say_to(fd, "WATCHDOG=trigger");
	world_run(300);
	ATF_CHECK_EQ(0, world.nsaid);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ready_and_status_are_told);
	ATF_TP_ADD_TC(tp, a_birth_may_be_heard_of_late);
	ATF_TP_ADD_TC(tp, only_its_user_is_heard);
	ATF_TP_ADD_TC(tp, main_is_the_process_that_was_started);
	ATF_TP_ADD_TC(tp, group_is_what_the_parent_says);
	ATF_TP_ADD_TC(tp, an_answer_is_waited_for);
	ATF_TP_ADD_TC(tp, mainpid_must_be_of_the_instance);
	ATF_TP_ADD_TC(tp, a_barrier_is_lifted);
	ATF_TP_ADD_TC(tp, a_flood_holds_up_its_sender_only);
	ATF_TP_ADD_TC(tp, a_status_that_changes_fast_is_told_slowly);
	ATF_TP_ADD_TC(tp, bad_datagrams_are_dropped);
	ATF_TP_ADD_TC(tp, another_generation_begins_anew);
	ATF_TP_ADD_TC(tp, a_new_supervisor_is_told_all);
	ATF_TP_ADD_TC(tp, a_newline_says_ready);
	ATF_TP_ADD_TC(tp, silence_and_its_end_are_told);
	return (atf_no_error());
}
