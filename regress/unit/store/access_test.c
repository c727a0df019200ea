/* Revoked tokens: what is kept, for how long, and the text of access.json. */
#include <sys/wait.h>

#include "omnitrond/store/access.h"
#include "omnitrond/store/load.h"
#include "regress/unit/shared/fault.h"
#include "regress/unit/store/fixture.h"

#define STAMP	"20261124T000000Z"
#define NOW	INT64_C(1795000000000)
#define HOUR	(3600 * INT64_C(1000))

static char *
text_of(const struct access *a, size_t *len)
{
	struct jsonw	 w;

	jsonw_init(&w, ACCESS_FILE_MAX);
	ATF_REQUIRE_EQ(0, access_write(a, NOW, &w));
	*len = w.len;
	return (w.buf);
}

/* What a text holds, "" if it is damaged: "jti until;". */
static const char *
list(struct access *a, const char *text, size_t len)
{
	static char		 buf[1024];
	char			 err[256] = "", one[256];
	struct revocation	*r;
	int64_t			 version;

	access_init(a);
	buf[0] = '\0';
	if (access_read(a, text, len, &version, err, sizeof(err)) == -1) {
		ATF_CHECK(err[0] != '\0');
		ATF_CHECK_EQ(0, (int)a->nrevoked);
		return ("");
	}
	RB_FOREACH(r, revocations, &a->revoked) {
		snprintf(one, sizeof(one), "%s %lld;", r->jti,
		    (long long)r->until_ms);
		strlcat(buf, one, sizeof(buf));
	}
	return (buf);
}

ATF_TC_WITHOUT_HEAD(what_is_written_is_read_again);
ATF_TC_BODY(what_is_written_is_read_again, tc)
{
	struct access	 a, b;
	size_t		 len;
	char		*text;

	access_init(&a);
	ATF_CHECK_EQ(0, a.dirty);
	ATF_CHECK_EQ(0, access_revoke(&a, "b", NOW + 2, NOW));
	ATF_CHECK_EQ(0, access_revoke(&a, "a\"\n\xc3\xa4", NOW + 1, NOW));
	ATF_CHECK_EQ(1, a.dirty);
	text = text_of(&a, &len);
	ATF_CHECK_STREQ("a\"\n\xc3\xa4 1795000000001;b 1795000000002;",
	    list(&b, text, len));
	ATF_CHECK_EQ(0, b.dirty);
	free(text);
	access_free(&a);
	access_free(&b);
}

ATF_TC_WITHOUT_HEAD(the_later_end_counts);
ATF_TC_BODY(the_later_end_counts, tc)
{
	struct access	 a;

	access_init(&a);
	ATF_CHECK_EQ(0, access_revoke(&a, "x", NOW + 10, NOW));
	a.dirty = 0;
	ATF_CHECK_EQ(0, access_revoke(&a, "x", NOW + 5, NOW));
	ATF_CHECK_EQ(0, access_revoke(&a, "x", NOW + 10, NOW));
	ATF_CHECK_EQ(0, a.dirty);
	ATF_CHECK_EQ(0, access_revoke(&a, "x", NOW + 11, NOW));
	ATF_CHECK_EQ(1, a.dirty);
	ATF_CHECK_EQ(1, (int)a.nrevoked);
	ATF_CHECK_EQ(NOW + 11, RB_MIN(revocations, &a.revoked)->until_ms);
	access_free(&a);
}

ATF_TC_WITHOUT_HEAD(what_has_ended_long_ago_is_forgotten);
ATF_TC_BODY(what_has_ended_long_ago_is_forgotten, tc)
{
	struct access	 a;

	access_init(&a);
	access_revoke(&a, "ends", NOW, NOW);
	access_revoke(&a, "lives", NOW + HOUR, NOW);
	a.dirty = 0;
	access_expire(&a, NOW + ACCESS_KEEP_MS);
	ATF_CHECK_EQ(2, (int)a.nrevoked);
	ATF_CHECK_EQ(0, a.dirty);
	access_expire(&a, NOW + ACCESS_KEEP_MS + 1);
	ATF_CHECK_EQ(1, (int)a.nrevoked);
	ATF_CHECK_EQ(1, a.dirty);
	ATF_CHECK_STREQ("lives", RB_MIN(revocations, &a.revoked)->jti);
	/* A clock that is set back brings nothing about. */
	access_expire(&a, 0);
	ATF_CHECK_EQ(1, (int)a.nrevoked);
	access_free(&a);
}

ATF_TC_WITHOUT_HEAD(one_too_many_is_refused_and_none_is_lost);
ATF_TC_BODY(one_too_many_is_refused_and_none_is_lost, tc)
{
	struct access	 a;
	uint32_t	 i;
	char		 jti[32];

	access_init(&a);
	for (i = 0; i < ACCESS_MAX; i++) {
		snprintf(jti, sizeof(jti), "%u", (unsigned)i);
		ATF_REQUIRE_EQ(0, access_revoke(&a, jti, NOW + HOUR + i,
		    NOW));
	}
	ATF_CHECK_EQ(-1, access_revoke(&a, "more", NOW + HOUR, NOW));
	ATF_CHECK_EQ(ACCESS_MAX, a.nrevoked);
	ATF_CHECK_EQ(0, access_revoke(&a, "7", NOW + 9 * HOUR, NOW));
	/* The first of them has ended: there is room for one. */
	ATF_CHECK_EQ(0, access_revoke(&a, "more", NOW + 9 * HOUR,
	    NOW + HOUR + ACCESS_KEEP_MS + 1));
	ATF_CHECK_EQ(ACCESS_MAX, a.nrevoked);
	access_free(&a);
}

ATF_TC_WITHOUT_HEAD(nonsense_breaks_the_protocol);
ATF_TC_BODY(nonsense_breaks_the_protocol, tc)
{
	struct access	 a;

	access_init(&a);
	ATF_CHECK_EQ(-1, access_revoke(&a, "", NOW, NOW));
	ATF_CHECK_EQ(-1, access_revoke(&a, "x", 0, NOW));
	ATF_CHECK_EQ(-1, access_revoke(&a, "x", -1, NOW));
	ATF_CHECK_EQ(-1, access_revoke(&a, "\xff", NOW, NOW));
	ATF_CHECK_EQ(0, a.dirty);
	access_free(&a);
}

ATF_TC_WITHOUT_HEAD(unknown_members_are_kept);
ATF_TC_BODY(unknown_members_are_kept, tc)
{
	struct access	 a;
	size_t		 len;
	char		*text;

	text = fx_sealed("{\"version\":1,\"nodes\":[{\"id\":\"n1\"}],"
	    "\"revocations\":[],\"term\":7", &len);
	ATF_CHECK_STREQ("", list(&a, text, len));
	free(text);
	text = text_of(&a, &len);
	ATF_CHECK(memmem(text, len, "\"nodes\":[{\"id\":\"n1\"}]", 21) !=
	    NULL);
	ATF_CHECK(memmem(text, len, "\"term\":7", 8) != NULL);
	free(text);
	access_free(&a);
}

ATF_TC_WITHOUT_HEAD(bad_records_are_damage);
ATF_TC_BODY(bad_records_are_damage, tc)
{
	static const char *const bodies[] = {
		"[1", "{\"revocations\":[]", "{\"version\":1",
		"{\"version\":0,\"revocations\":[]",
		"{\"version\":1,\"revocations\":{}",
		"{\"version\":1,\"revocations\":[1]",
		"{\"version\":1,\"revocations\":[{\"jti\":\"a\"}]",
		"{\"version\":1,\"revocations\":[{\"until\":1}]",
		"{\"version\":1,\"revocations\":[{\"jti\":\"a\",\"until\":0}]",
		"{\"version\":1,\"revocations\":[{\"jti\":1,\"until\":1}]",
		"{\"version\":1,\"revocations\":[{\"jti\":\"a\",\"until\":1},"
		    "{\"jti\":\"a\",\"until\":2}]",
	};
	struct access	 a;
	int64_t		 version;
	size_t		 i, len;
	char		 err[256], *text;

	access_init(&a);
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		text = fx_sealed(bodies[i], &len);
		ATF_CHECK_EQ_MSG(-1, access_read(&a, text, len, &version,
		    err, sizeof(err)), "%s", bodies[i]);
		ATF_CHECK_EQ(0, (int)a.nrevoked);
		free(text);
	}
}

ATF_TC_WITHOUT_HEAD(no_flipped_bit_and_no_truncation_is_accepted);
ATF_TC_BODY(no_flipped_bit_and_no_truncation_is_accepted, tc)
{
	struct access	 a;
	size_t		 i, len;
	char		*text;

	access_init(&a);
	access_revoke(&a, "0123456789abcdef", NOW + HOUR, NOW);
	text = text_of(&a, &len);
	access_free(&a);
	for (i = 0; i < len * 8; i++) {
		text[i / 8] ^= (char)(1 << (i % 8));
		ATF_CHECK_STREQ("", list(&a, text, len));
		text[i / 8] ^= (char)(1 << (i % 8));
	}
	for (i = 0; i < len; i++)
		ATF_CHECK_STREQ("", list(&a, text, i));
	ATF_CHECK(list(&a, text, len)[0] != '\0');
	access_free(&a);
	free(text);
}

/* A child that saves a file with both tokens and may be cut off. */
static void
save_both(int dirfd, int die_at)
{
	struct access	 a;
	struct file	 f;
	char		 text[TEXT_MAX], *out;
	size_t		 len;

	fault_reset();
	fault.die_at = die_at;
	access_init(&a);
	file_init(&f, &fileops_fault, dirfd, "access.json");
	load_access(&f, &a, STAMP, text, sizeof(text));
	access_revoke(&a, "new", NOW + HOUR, NOW);
	out = text_of(&a, &len);
	_exit(file_save(&f, out, len, STAMP) == 0 ? 0 : 1);
}

ATF_TC_WITHOUT_HEAD(cut_off_at_any_operation_no_revocation_is_lost);
ATF_TC_BODY(cut_off_at_any_operation_no_revocation_is_lost, tc)
{
	struct access	 a;
	struct file	 f;
	char		 text[TEXT_MAX], *out;
	size_t		 len;
	pid_t		 pid;
	int		 n, fd, status = 0;

	for (n = 1; n < 100; n++) {
		snprintf(text, sizeof(text), "d%d", n);
		fd = fx_folder(text);
		access_init(&a);
		access_revoke(&a, "old", NOW + HOUR, NOW);
		out = text_of(&a, &len);
		fx_put(fd, "access.json", out, len);
		free(out);
		access_free(&a);
		if ((pid = fork()) == 0)
			save_both(fd, n);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		file_init(&f, &fileops_system, fd, "access.json");
		ATF_CHECK_EQ(LOAD_GOOD, load_access(&f, &a, STAMP, text,
		    sizeof(text)));
		ATF_CHECK(RB_MAX(revocations, &a.revoked) != NULL &&
		    strcmp(RB_MAX(revocations, &a.revoked)->jti, "old") == 0);
		access_free(&a);
		close(fd);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			break;
		ATF_REQUIRE_EQ(FAULT_DIED, WEXITSTATUS(status));
	}
	ATF_CHECK_MSG(n > 5 && n < 100, "%d operations", n);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_written_is_read_again);
	ATF_TP_ADD_TC(tp, the_later_end_counts);
	ATF_TP_ADD_TC(tp, what_has_ended_long_ago_is_forgotten);
	ATF_TP_ADD_TC(tp, one_too_many_is_refused_and_none_is_lost);
	ATF_TP_ADD_TC(tp, nonsense_breaks_the_protocol);
	ATF_TP_ADD_TC(tp, unknown_members_are_kept);
	ATF_TP_ADD_TC(tp, bad_records_are_damage);
	ATF_TP_ADD_TC(tp, no_flipped_bit_and_no_truncation_is_accepted);
	ATF_TP_ADD_TC(tp, cut_off_at_any_operation_no_revocation_is_lost);
	return (atf_no_error());
}
