/* CRC-32C against the vectors of RFC 3720 B.4 and a bitwise model. */
#include <atf-c.h>
#include <string.h>

#include "omnitrond/crc32c.h"

static uint32_t
model(const uint8_t *p, size_t len)
{
	uint32_t	 c = 0xffffffffu;
	int		 k;

	for (; len > 0; len--, p++) {
		c ^= *p;
		for (k = 0; k < 8; k++)
			c = c & 1 ? (c >> 1) ^ 0x82f63b78u : c >> 1;
	}
	return (~c);
}

ATF_TC_WITHOUT_HEAD(published_vectors);
ATF_TC_BODY(published_vectors, tc)
{
	static const uint8_t	 pdu[48] = {
		0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
		0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0
	};
	uint8_t			 buf[32];
	int			 i;

	ATF_CHECK_EQ(0u, crc32c(0, "", 0));
	ATF_CHECK_EQ(0xe3069283u, crc32c(0, "123456789", 9));
	memset(buf, 0, sizeof(buf));
	ATF_CHECK_EQ(0x8a9136aau, crc32c(0, buf, sizeof(buf)));
	memset(buf, 0xff, sizeof(buf));
	ATF_CHECK_EQ(0x62a8ab43u, crc32c(0, buf, sizeof(buf)));
	for (i = 0; i < 32; i++)
		buf[i] = (uint8_t)i;
	ATF_CHECK_EQ(0x46dd794eu, crc32c(0, buf, sizeof(buf)));
	for (i = 0; i < 32; i++)
		buf[i] = (uint8_t)(31 - i);
	ATF_CHECK_EQ(0x113fdb5cu, crc32c(0, buf, sizeof(buf)));
	ATF_CHECK_EQ(0xd9963a56u, crc32c(0, pdu, sizeof(pdu)));
}

ATF_TC_WITHOUT_HEAD(any_length_and_alignment_as_the_model);
ATF_TC_BODY(any_length_and_alignment_as_the_model, tc)
{
	uint8_t	 buf[96];
	size_t	 from, len;

	for (from = 0; from < sizeof(buf); from++)
		buf[from] = (uint8_t)(from * 151 + 7);
	for (from = 0; from < 9; from++)
		for (len = 0; len + from <= sizeof(buf); len++)
			ATF_REQUIRE_EQ(model(buf + from, len),
			    crc32c(0, buf + from, len));
}

ATF_TC_WITHOUT_HEAD(parts_give_the_same_as_the_whole);
ATF_TC_BODY(parts_give_the_same_as_the_whole, tc)
{
	const char	*text = "at least one of the two files is complete";
	size_t		 n = strlen(text), i;

	for (i = 0; i <= n; i++)
		ATF_REQUIRE_EQ(crc32c(0, text, n),
		    crc32c(crc32c(0, text, i), text + i, n - i));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, published_vectors);
	ATF_TP_ADD_TC(tp, any_length_and_alignment_as_the_model);
	ATF_TP_ADD_TC(tp, parts_give_the_same_as_the_whole);
	return (atf_no_error());
}
