/* Names of log levels. */
#include <string.h>

#include <atf-c.h>

#include "common/level.h"

ATF_TC_WITHOUT_HEAD(names_read_back);
ATF_TC_BODY(names_read_back, tc)
{
	int	 i;

	for (i = 0; i < LEVEL_MAX; i++)
		ATF_CHECK_EQ(level_parse(level_name((enum level)i)), i);
	ATF_CHECK_STREQ("info", level_name(LEVEL_INFO));
	ATF_CHECK_STREQ("unknown", level_name(LEVEL_MAX));
}

ATF_TC_WITHOUT_HEAD(synonyms_are_known);
ATF_TC_BODY(synonyms_are_known, tc)
{
	ATF_CHECK_EQ(level_parse("WARNING"), LEVEL_WARN);
	ATF_CHECK_EQ(level_parse("Err"), LEVEL_ERROR);
	ATF_CHECK_EQ(level_parse("CRITICAL"), LEVEL_FATAL);
	ATF_CHECK_EQ(level_parse("notice"), LEVEL_INFO);
	ATF_CHECK_EQ(level_parse("emerg"), LEVEL_FATAL);
	ATF_CHECK_EQ(level_parse("Verbose"), LEVEL_DEBUG);
}

ATF_TC_WITHOUT_HEAD(others_are_no_level);
ATF_TC_BODY(others_are_no_level, tc)
{
	ATF_CHECK_EQ(level_parse(""), -1);
	ATF_CHECK_EQ(level_parse("inf0"), -1);
	ATF_CHECK_EQ(level_parse("information "), -1);
	ATF_CHECK_EQ(level_parse("warnings"), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names_read_back);
	ATF_TP_ADD_TC(tp, synonyms_are_known);
	ATF_TP_ADD_TC(tp, others_are_no_level);
	return (atf_no_error());
}
