/* Where the groups of a daemon belong: the parsing. */
#include <atf-c.h>
#include <string.h>

#include "omnitrond/parent/cgroup_place.h"

ATF_TC_WITHOUT_HEAD(lines_of_mountinfo);
ATF_TC_BODY(lines_of_mountinfo, tc)
{
	static const char *const other[] = {
		"", " - cgroup2 ", "1 2 0:3 - cgroup2 x rw",
		"30 23 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
		"30 23 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
		"30 23 0:26 / /mnt/cgroup2\\040 rw - ext4 /dev/sda rw",
		"30 23 0:26 rel /sys rw - cgroup2 cgroup2 rw",
	};
	struct cgroup_mount m;
	size_t i;

	ATF_REQUIRE_EQ(cgroup_mount_parse("35 23 0:31 / /sys/fs/cgroup "
	    "rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate", &m), 1);
	ATF_CHECK_STREQ(m.root, "/");
	ATF_CHECK_STREQ(m.dir, "/sys/fs/cgroup");
	ATF_REQUIRE_EQ(cgroup_mount_parse("35 23 0:31 /docker/ab "
	    "/odd\\040place\\134 rw - cgroup2 none rw", &m), 1);
	ATF_CHECK_STREQ(m.root, "/docker/ab");
	ATF_CHECK_STREQ(m.dir, "/odd place\\");
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		ATF_CHECK_EQ_MSG(cgroup_mount_parse(other[i], &m), 0, "%s",
		    other[i]);
}

ATF_TC_WITHOUT_HEAD(the_group_of_a_process);
ATF_TC_BODY(the_group_of_a_process, tc)
{
	char group[64];

	ATF_CHECK_EQ(cgroup_group_parse("0::/\n", group, sizeof(group)), 0);
	ATF_CHECK_STREQ(group, "/");
	ATF_CHECK_EQ(cgroup_group_parse("4:memory:/x\n1:cpu:/\n"
	    "0::/a/app:web/m.0\n", group, sizeof(group)), 0);
	ATF_CHECK_STREQ(group, "/a/app:web/m.0");
	ATF_CHECK_EQ(cgroup_group_parse("", group, sizeof(group)), -1);
	ATF_CHECK_EQ(cgroup_group_parse("10::/x\n", group, sizeof(group)), -1);
	ATF_CHECK_EQ(cgroup_group_parse("4:memory:/\n", group,
	    sizeof(group)), -1);
	ATF_CHECK_EQ(cgroup_group_parse("0::x\n", group, sizeof(group)), -1);
	ATF_CHECK_EQ(cgroup_group_parse("0::/../x\n", group, sizeof(group)),
	    -1);
	ATF_CHECK_EQ(cgroup_group_parse("0::/abcd\n", group, 5), -1);
}

ATF_TC_WITHOUT_HEAD(places_in_a_mount);
ATF_TC_BODY(places_in_a_mount, tc)
{
	struct cgroup_mount m = { "/", "/sys/fs/cgroup" };
	struct cgroup_place p;

	ATF_REQUIRE_EQ(cgroup_place_of(&m, "/", &p), 0);
	ATF_CHECK_STREQ(p.dir, "/sys/fs/cgroup");
	ATF_CHECK_STREQ(p.group, "/");
	ATF_CHECK_EQ(cgroup_place_up(&m, &p), -1);
	ATF_REQUIRE_EQ(cgroup_place_of(&m, "/system.slice/x.service", &p), 0);
	ATF_CHECK_STREQ(p.dir, "/sys/fs/cgroup/system.slice/x.service");
	ATF_REQUIRE_EQ(cgroup_place_up(&m, &p), 0);
	ATF_CHECK_STREQ(p.dir, "/sys/fs/cgroup/system.slice");
	ATF_CHECK_STREQ(p.group, "/system.slice");
	ATF_REQUIRE_EQ(cgroup_place_up(&m, &p), 0);
	ATF_CHECK_STREQ(p.dir, "/sys/fs/cgroup");
	ATF_CHECK_STREQ(p.group, "/");
	ATF_CHECK_EQ(cgroup_place_up(&m, &p), -1);
}

ATF_TC_WITHOUT_HEAD(a_mount_that_shows_a_part);
ATF_TC_BODY(a_mount_that_shows_a_part, tc)
{
	struct cgroup_mount m = { "/docker/ab", "/sys/fs/cgroup" };
	struct cgroup_place p;

	ATF_REQUIRE_EQ(cgroup_place_of(&m, "/docker/ab/x", &p), 0);
	ATF_CHECK_STREQ(p.dir, "/sys/fs/cgroup/x");
	ATF_CHECK_STREQ(p.group, "/docker/ab/x");
	ATF_REQUIRE_EQ(cgroup_place_up(&m, &p), 0);
	ATF_CHECK_STREQ(p.dir, "/sys/fs/cgroup");
	ATF_CHECK_STREQ(p.group, "/docker/ab");
	ATF_CHECK_EQ(cgroup_place_up(&m, &p), -1);
	ATF_CHECK_EQ(cgroup_place_of(&m, "/docker/abc", &p), -1);
	ATF_CHECK_EQ(cgroup_place_of(&m, "/", &p), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines_of_mountinfo);
	ATF_TP_ADD_TC(tp, the_group_of_a_process);
	ATF_TP_ADD_TC(tp, places_in_a_mount);
	ATF_TP_ADD_TC(tp, a_mount_that_shows_a_part);
	return (atf_no_error());
}
