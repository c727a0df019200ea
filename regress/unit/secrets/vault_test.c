/*
 * secrets.enc: what is kept, under which key, and what becomes of a file that
 * is damaged or was written with another key.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>

#include "regress/unit/secrets/fixture.h"

#define PASS	"correct horse battery staple"

ATF_TC_WITHOUT_HEAD(values_are_read_again_by_another_process);
ATF_TC_BODY(values_are_read_again_by_another_process, tc)
{
	struct vault	 v;
	char		 text[TEXT_MAX];
	int		 fd = fx_folder("d"), persisted = 0, changed = 0;

	fx_open(&v, fd);
	ATF_CHECK_EQ(0, fx_files(fd));	/* nothing before the first one */
	ATF_CHECK_EQ(OUT_OK, vault_set(&v, "b", "two\n\xc3\xa4", 6, NOW + 1,
	    &persisted, &changed, text));
	ATF_CHECK_EQ(1, persisted);
	ATF_CHECK_EQ(1, changed);
	ATF_CHECK_EQ(OUT_OK, fx_set(&v, "a", ""));
	vault_free(&v);
	fx_open(&v, fd);
	ATF_CHECK_STREQ("", fx_value(&v, "a"));
	ATF_CHECK_STREQ("two\n\xc3\xa4", fx_value(&v, "b"));
	ATF_CHECK_EQ(NOW + 1, map_get(&v.map, "b")->updated_ms);
	ATF_CHECK_EQ(OUT_OK, vault_set(&v, "b", "two\n\xc3\xa4", 6, NOW,
	    &persisted, &changed, text));
	ATF_CHECK_EQ(0, changed);
	ATF_CHECK_EQ(OUT_OK, vault_delete(&v, "a", &persisted, text));
	ATF_CHECK_EQ(OUT_NOT_FOUND, vault_delete(&v, "a", &persisted, text));
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "a", NULL));
	ATF_CHECK(fx_kept(fd, FILE_KEY, "b", "two\n\xc3\xa4"));
}

ATF_TC_WITHOUT_HEAD(no_value_and_no_key_is_in_a_file);
ATF_TC_BODY(no_value_and_no_key_is_in_a_file, tc)
{
	static const char *const names[] = { "secrets.enc",
	    "secrets.enc.bak" };
	struct vault	 v;
	size_t		 i, len = 0;
	uint8_t		*text;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "planted-key", PLANTED);
	fx_set(&v, "other", PLANTED);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE((text = fx_get(fd, names[i], &len)) != NULL);
		ATF_CHECK(memmem(text, len, "planted", 7) == NULL);
		ATF_CHECK(memmem(text, len, "value", 5) == NULL);
		ATF_CHECK(memmem(text, len, FILE_KEY, 8) == NULL);
		ATF_CHECK(memmem(text, len, v.keys->data, 8) == NULL);
		ATF_CHECK(memmem(text, len, v.keys->master, 8) == NULL);
		free(text);
	}
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(each_write_has_a_nonce_of_its_own);
ATF_TC_BODY(each_write_has_a_nonce_of_its_own, tc)
{
	struct vault	 v;
	size_t		 la = 0, lb = 0;
	uint8_t		*a, *b;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "k", PLANTED);
	fx_set(&v, "k", PLANTED);
	a = fx_get(fd, "secrets.enc", &la);
	b = fx_get(fd, "secrets.enc.bak", &lb);
	ATF_REQUIRE(a != NULL && b != NULL && la == lb);
	ATF_CHECK_EQ(0, memcmp(a, b, SEAL_LOCK));
	ATF_CHECK(memcmp(a + SEAL_LOCK, b + SEAL_LOCK, SEAL_NONCE) != 0);
	ATF_CHECK(memcmp(a + SEAL_HEAD, b + SEAL_HEAD, la - SEAL_HEAD) != 0);
	free(a);
	free(b);
	vault_free(&v);
}

/*
 * A file that is not what was written: it is not read, nothing of it is
 * changed, moved or deleted, and neither is its backup, whatever is tried.
 */
static void
is_refused(int fd, const uint8_t *bad, size_t len, const uint8_t *bak,
    size_t baklen, const char *given, const char *word)
{
	struct vault	 v;
	char		 text[TEXT_MAX] = "";
	int		 persisted;

	fx_put(fd, "secrets.enc", bad, len);
	fx_open_by(&v, fd, &fileops_system, SECRETS_KEYFILE, given);
	ATF_CHECK_EQ(OUT_FAILED, vault_readable(&v, text));
	ATF_CHECK_MSG(strstr(text, word) != NULL, "%s", text);
	ATF_CHECK(strstr(text, "secret reset") != NULL);
	ATF_CHECK_EQ(0, (int)v.map.n);
	ATF_CHECK_EQ(OUT_FAILED, fx_set(&v, "k", "v"));
	ATF_CHECK_EQ(OUT_FAILED, vault_delete(&v, "k", &persisted, text));
	ATF_CHECK_EQ(OUT_FAILED, vault_rekey(&v, &persisted, text));
	vault_retry(&v);
	vault_free(&v);
	ATF_CHECK(fx_same(fd, "secrets.enc", bad, len));
	ATF_CHECK(fx_same(fd, "secrets.enc.bak", bak, baklen));
	ATF_CHECK_EQ(2, fx_files(fd));
}

ATF_TC_WITHOUT_HEAD(no_flipped_bit_is_accepted_and_nothing_is_lost);
ATF_TC_BODY(no_flipped_bit_is_accepted_and_nothing_is_lost, tc)
{
	struct vault	 v;
	size_t		 i, len = 0, baklen = 0;
	uint8_t		*text, *bak;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "k", PLANTED);
	fx_set(&v, "l", "w");
	vault_free(&v);
	ATF_REQUIRE((text = fx_get(fd, "secrets.enc", &len)) != NULL);
	ATF_REQUIRE((bak = fx_get(fd, "secrets.enc.bak", &baklen)) != NULL);
	for (i = 0; i < len * 8; i++) {
		text[i / 8] ^= (uint8_t)(1 << (i % 8));
		is_refused(fd, text, len, bak, baklen, FILE_KEY,
		    "is damaged");
		text[i / 8] ^= (uint8_t)(1 << (i % 8));
	}
	fx_put(fd, "secrets.enc", text, len);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", PLANTED));
	free(text);
	free(bak);
}

ATF_TC_WITHOUT_HEAD(no_truncation_or_extension_is_accepted);
ATF_TC_BODY(no_truncation_or_extension_is_accepted, tc)
{
	struct vault	 v;
	size_t		 i, len = 0, baklen = 0;
	uint8_t		*text, *bak;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "k", PLANTED);
	fx_set(&v, "l", "w");
	vault_free(&v);
	ATF_REQUIRE((text = fx_get(fd, "secrets.enc", &len)) != NULL);
	ATF_REQUIRE((bak = fx_get(fd, "secrets.enc.bak", &baklen)) != NULL);
	for (i = 0; i < len; i++)
		is_refused(fd, text, i, bak, baklen, FILE_KEY, "is damaged");
	/* fx_get has put a NUL behind it */
	is_refused(fd, text, len + 1, bak, baklen, FILE_KEY, "is damaged");
	free(text);
	free(bak);
}

/* With a passphrase it is the head that matters: each try takes scrypt. */
ATF_TC_WITHOUT_HEAD(no_flipped_bit_of_a_head_costs_a_key);
ATF_TC_BODY(no_flipped_bit_of_a_head_costs_a_key, tc)
{
	struct vault	 v;
	struct seal	 s;
	char		 err[256];
	size_t		 i, len = 0;
	uint8_t		*text;
	int		 fd = fx_folder("d");

	fx_open_by(&v, fd, &fileops_system, SECRETS_PASSPHRASE, PASS);
	fx_set(&v, "k", PLANTED);
	vault_free(&v);
	ATF_REQUIRE((text = fx_get(fd, "secrets.enc", &len)) != NULL);
	ATF_CHECK_EQ(0, seal_parse(&s, text, len, err, sizeof(err)));
	for (i = 0; i < SEAL_HEAD * 8; i++) {
		text[i / 8] ^= (uint8_t)(1 << (i % 8));
		ATF_CHECK_EQ(-1, seal_parse(&s, text, len, err,
		    sizeof(err)));
		text[i / 8] ^= (uint8_t)(1 << (i % 8));
	}
	fx_open_by(&v, fd, &fileops_system, SECRETS_PASSPHRASE, PASS);
	ATF_CHECK_STREQ(PLANTED, fx_value(&v, "k"));
	vault_free(&v);
	free(text);
}

ATF_TC_WITHOUT_HEAD(wrong_key_is_not_called_damage);
ATF_TC_BODY(wrong_key_is_not_called_damage, tc)
{
	struct vault	 v;
	size_t		 len = 0, baklen = 0;
	uint8_t		*text, *bak;
	char		 why[TEXT_MAX];
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "k", PLANTED);
	fx_set(&v, "k", "new");
	vault_free(&v);
	ATF_REQUIRE((text = fx_get(fd, "secrets.enc", &len)) != NULL);
	ATF_REQUIRE((bak = fx_get(fd, "secrets.enc.bak", &baklen)) != NULL);
	is_refused(fd, text, len, bak, baklen, OTHER,
	    "wrong key: it was written with another key file");
	free(text);
	free(bak);
	fx_open_by(&v, fd, &fileops_system, SECRETS_PASSPHRASE, PASS);
	ATF_CHECK_EQ(OUT_FAILED, vault_readable(&v, why));
	ATF_CHECK_MSG(strstr(why, "written with a key file, and the "
	    "configuration gives a passphrase") != NULL, "%s", why);
	/* The right one, at a reload. */
	fx_give(&v, SECRETS_KEYFILE, FILE_KEY);
	ATF_CHECK_STREQ("new", fx_value(&v, "k"));
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(wrong_passphrase_is_told_and_the_right_one_opens);
ATF_TC_BODY(wrong_passphrase_is_told_and_the_right_one_opens, tc)
{
	struct vault	 v;
	char		 why[TEXT_MAX];
	int		 fd = fx_folder("d");

	fx_open_by(&v, fd, &fileops_system, SECRETS_PASSPHRASE, PASS);
	fx_set(&v, "k", PLANTED);
	vault_free(&v);
	fx_open_by(&v, fd, &fileops_system, SECRETS_PASSPHRASE, PASS "!");
	ATF_CHECK_EQ(OUT_FAILED, vault_readable(&v, why));
	ATF_CHECK_MSG(strstr(why, "another passphrase") != NULL, "%s", why);
	fx_give(&v, SECRETS_PASSPHRASE, PASS);
	ATF_CHECK_STREQ(PLANTED, fx_value(&v, "k"));
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(reset_moves_aside_and_starts_empty);
ATF_TC_BODY(reset_moves_aside_and_starts_empty, tc)
{
	struct vault	 v;
	const char	*moved;
	char		 why[TEXT_MAX], name[FILE_NAME_SIZE];
	int		 fd = fx_folder("d");

	fx_put(fd, "secrets.enc", "junk", 4);
	fx_put(fd, "secrets.enc.bak", "old", 3);
	fx_open(&v, fd);
	ATF_CHECK_EQ(OUT_FAILED, vault_readable(&v, why));
	ATF_CHECK_EQ(OUT_OK, vault_reset(&v, &moved, why));
	ATF_REQUIRE(moved != NULL);
	ATF_CHECK_MSG(strncmp(moved, "secrets.enc.corrupt-", 20) == 0, "%s",
	    moved);
	strlcpy(name, moved, sizeof(name));
	ATF_CHECK(fx_same(fd, name, (const uint8_t *)"junk", 4));
	ATF_CHECK(fx_same(fd, fx_begins(fd, "secrets.enc.bak.corrupt-"),
	    (const uint8_t *)"old", 3));
	ATF_CHECK_EQ(OUT_OK, vault_readable(&v, why));
	ATF_CHECK_EQ(OUT_OK, fx_set(&v, "k", "v"));
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "v"));
	/* Of secrets that are well, too: nothing of them is lost. */
	fx_open(&v, fd);
	ATF_CHECK_EQ(OUT_OK, vault_reset(&v, &moved, why));
	ATF_REQUIRE(moved != NULL);
	ATF_CHECK(strncmp(moved, "secrets.enc-", 12) == 0);
	ATF_REQUIRE_EQ(0, renameat(fd, moved, fd, "secrets.enc"));
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "v"));
}

ATF_TC_WITHOUT_HEAD(reset_of_nothing_is_no_error);
ATF_TC_BODY(reset_of_nothing_is_no_error, tc)
{
	struct vault	 v;
	const char	*moved = "x";
	char		 why[TEXT_MAX];
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	ATF_CHECK_EQ(OUT_OK, vault_reset(&v, &moved, why));
	ATF_CHECK(moved == NULL);
	ATF_CHECK_EQ(OUT_OK, fx_set(&v, "k", "v"));
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "v"));
}

ATF_TC_WITHOUT_HEAD(reset_that_fails_changes_nothing);
ATF_TC_BODY(reset_that_fails_changes_nothing, tc)
{
	struct vault	 v;
	const char	*moved;
	char		 why[TEXT_MAX];
	int		 fd = fx_folder("d");

	fx_put(fd, "secrets.enc", "junk", 4);
	fault_reset();
	fault.only = "link";
	fault.error = EROFS;
	fx_open_by(&v, fd, &fileops_fault, SECRETS_KEYFILE, FILE_KEY);
	ATF_CHECK_EQ(OUT_FAILED, vault_reset(&v, &moved, why));
	ATF_CHECK(strstr(why, strerror(EROFS)) != NULL);
	ATF_CHECK_EQ(OUT_FAILED, vault_readable(&v, why));
	ATF_CHECK(fx_same(fd, "secrets.enc", (const uint8_t *)"junk", 4));
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(missing_file_is_a_reset_by_the_operator);
ATF_TC_BODY(missing_file_is_a_reset_by_the_operator, tc)
{
	struct vault	 v;
	size_t		 len = 0;
	uint8_t		*bak;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "k", "old");
	fx_set(&v, "k", "new");
	vault_free(&v);
	ATF_REQUIRE((bak = fx_get(fd, "secrets.enc.bak", &len)) != NULL);
	ATF_REQUIRE_EQ(0, unlinkat(fd, "secrets.enc", 0));
	fx_open(&v, fd);
	ATF_CHECK_EQ(0, (int)v.map.n);
	ATF_CHECK(!fx_exists(fd, "secrets.enc.bak"));
	ATF_CHECK(fx_same(fd, fx_begins(fd, "secrets.enc.bak-"), bak, len));
	ATF_CHECK_EQ(OUT_OK, fx_set(&v, "k", "v"));
	vault_free(&v);
	free(bak);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "v"));
}

ATF_TC_WITHOUT_HEAD(backup_in_its_place_is_read_at_a_reload);
ATF_TC_BODY(backup_in_its_place_is_read_at_a_reload, tc)
{
	struct vault	 v;
	size_t		 len = 0;
	uint8_t		*bak;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "k", "old");
	fx_set(&v, "k", "new");
	vault_free(&v);
	fx_put(fd, "secrets.enc", "junk", 4);
	ATF_REQUIRE((bak = fx_get(fd, "secrets.enc.bak", &len)) != NULL);
	fx_open(&v, fd);
	ATF_CHECK(fx_value(&v, "k") == NULL);
	fx_put(fd, "secrets.enc", bak, len);
	free(bak);
	fx_give(&v, SECRETS_KEYFILE, FILE_KEY);
	ATF_CHECK_STREQ("old", fx_value(&v, "k"));
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(file_of_another_kind_is_left_alone);
ATF_TC_BODY(file_of_another_kind_is_left_alone, tc)
{
	struct vault	 v;
	const char	*moved;
	char		 why[TEXT_MAX];
	int		 fd = fx_folder("d");

	ATF_REQUIRE_EQ(0, symlinkat("elsewhere", fd, "secrets.enc"));
	fx_open(&v, fd);
	ATF_CHECK_EQ(OUT_FAILED, vault_readable(&v, why));
	ATF_CHECK(strstr(why, "symbolic link") != NULL);
	ATF_CHECK_EQ(OUT_FAILED, fx_set(&v, "k", "v"));
	ATF_CHECK_EQ(OUT_FAILED, vault_reset(&v, &moved, why));
	vault_free(&v);
	ATF_CHECK_EQ(1, fx_files(fd));
}

/* A file whose checksum holds, with other parameters. */
static void
asks_for(int fd, uint8_t logn, uint32_t r, uint32_t p)
{
	struct vault	 v;
	struct seal	 s;
	char		 err[256];
	uint8_t		 data[SEAL_KEY] = { 0 }, file[SEAL_HEAD + SEAL_TAG];

	seal_new(&s, SEAL_PASSPHRASE);
	seal_wrap(&s, data, data);
	s.lock[11] = logn;
	s.lock[12] = (uint8_t)(r >> 24);
	s.lock[15] = (uint8_t)r;
	s.lock[16] = (uint8_t)(p >> 24);
	s.lock[19] = (uint8_t)p;
	seal_close(&s, data, data, 0, file);
	ATF_CHECK_EQ(-1, seal_parse(&s, file, sizeof(file), err,
	    sizeof(err)));
	ATF_CHECK_STREQ("its parameters are out of bounds", err);
	fx_put(fd, "secrets.enc", file, sizeof(file));
	fx_open_by(&v, fd, &fileops_system, SECRETS_KEYFILE, FILE_KEY);
	ATF_CHECK_EQ(OUT_FAILED, vault_readable(&v, err));
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(file_cannot_ask_for_too_much_or_too_little);
ATF_TC_BODY(file_cannot_ask_for_too_much_or_too_little, tc)
{
	int	 fd = fx_folder("d");

	asks_for(fd, 14, 8, 1);
	asks_for(fd, 18, 8, 1);
	asks_for(fd, 63, 8, 1);
	asks_for(fd, 255, 8, 1);
	asks_for(fd, 15, 0, 1);
	asks_for(fd, 15, 9, 1);
	asks_for(fd, 15, 0xff000008, 1);
	asks_for(fd, 15, 8, 0);
	asks_for(fd, 15, 8, 2);
	asks_for(fd, 15, 8, 0xff000001);
}

/* ---- keys --------------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(rekey_leaves_no_file_under_the_old_key);
ATF_TC_BODY(rekey_leaves_no_file_under_the_old_key, tc)
{
	struct vault	 v;
	struct seal	 s;
	uint8_t		 old[SEAL_KEY], *text, plain[1024];
	size_t		 len = 0;
	char		 err[256], why[TEXT_MAX];
	int		 fd = fx_folder("d"), i, persisted = 0;

	fx_open(&v, fd);
	fx_set(&v, "k", PLANTED);
	fx_set(&v, "l", "w");
	memcpy(old, v.keys->data, sizeof(old));
	ATF_CHECK_EQ(OUT_OK, vault_rekey(&v, &persisted, why));
	ATF_CHECK_EQ(1, persisted);
	ATF_CHECK(memcmp(old, v.keys->data, sizeof(old)) != 0);
	for (i = 0; i < 2; i++) {
		text = fx_get(fd, i == 0 ? "secrets.enc" : "secrets.enc.bak",
		    &len);
		ATF_REQUIRE(text != NULL);
		ATF_CHECK_EQ(0, seal_parse(&s, text, len, err,
		    sizeof(err)));
		ATF_CHECK_EQ(-1, seal_open(old, text, len, plain));
		ATF_CHECK_EQ(0, seal_open(v.keys->data, text, len, plain));
		free(text);
	}
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", PLANTED));
	ATF_CHECK(fx_kept(fd, FILE_KEY, "l", "w"));
}

ATF_TC_WITHOUT_HEAD(rekey_that_fails_goes_on_with_the_old_key);
ATF_TC_BODY(rekey_that_fails_goes_on_with_the_old_key, tc)
{
	struct vault	 v;
	char		 why[TEXT_MAX];
	int		 fd = fx_folder("d"), persisted;

	fault_reset();
	fx_open_by(&v, fd, &fileops_fault, SECRETS_KEYFILE, FILE_KEY);
	fx_set(&v, "k", PLANTED);
	fault.only = "write";
	fault.error = ENOSPC;
	ATF_CHECK_EQ(OUT_FAILED, vault_rekey(&v, &persisted, why));
	ATF_CHECK(strstr(why, strerror(ENOSPC)) != NULL);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", PLANTED));
	fault_reset();
	ATF_CHECK_EQ(OUT_OK, fx_set(&v, "l", "w"));
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", PLANTED));
	ATF_CHECK(fx_kept(fd, FILE_KEY, "l", "w"));
}

ATF_TC_WITHOUT_HEAD(another_key_at_a_reload_locks_the_same_values);
ATF_TC_BODY(another_key_at_a_reload_locks_the_same_values, tc)
{
	struct vault	 v;
	size_t		 len = 0;
	uint8_t		*text;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	fx_set(&v, "k", PLANTED);
	text = fx_get(fd, "secrets.enc", &len);
	fx_give(&v, SECRETS_KEYFILE, FILE_KEY);
	ATF_CHECK(fx_same(fd, "secrets.enc", text, len));
	free(text);
	fx_give(&v, SECRETS_KEYFILE, OTHER);
	ATF_CHECK_STREQ(PLANTED, fx_value(&v, "k"));
	ATF_CHECK(fx_kept(fd, OTHER, "k", PLANTED));
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", NULL));
	/* The backup as well. */
	ATF_REQUIRE_EQ(0, renameat(fd, "secrets.enc.bak", fd,
	    "secrets.enc"));
	ATF_CHECK(fx_kept(fd, OTHER, "k", PLANTED));
	/* And from a key file to a passphrase. */
	fx_give(&v, SECRETS_PASSPHRASE, PASS);
	vault_free(&v);
	fx_open_by(&v, fd, &fileops_system, SECRETS_PASSPHRASE, PASS);
	ATF_CHECK_STREQ(PLANTED, fx_value(&v, "k"));
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(another_key_that_cannot_be_written_is_tried_again);
ATF_TC_BODY(another_key_that_cannot_be_written_is_tried_again, tc)
{
	struct vault	 v;
	int		 fd = fx_folder("d");

	fault_reset();
	fx_open_by(&v, fd, &fileops_fault, SECRETS_KEYFILE, FILE_KEY);
	fx_set(&v, "k", PLANTED);
	fault.only = "fsync";
	fault.error = EIO;
	fx_give(&v, SECRETS_KEYFILE, OTHER);
	ATF_CHECK_EQ(1, v.dirty);
	ATF_CHECK_STREQ(PLANTED, fx_value(&v, "k"));
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", PLANTED));
	fault_reset();
	vault_retry(&v);
	ATF_CHECK_EQ(0, v.dirty);
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, OTHER, "k", PLANTED));
}

/* ---- other providers ---------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(secrets_of_the_environment_are_only_read);
ATF_TC_BODY(secrets_of_the_environment_are_only_read, tc)
{
	struct vault	 v;
	struct map	 env;
	const char	*moved;
	char		 why[TEXT_MAX];
	int		 fd = fx_folder("d"), persisted;

	vault_init(&v, &fileops_system, fd);
	map_init(&env);
	map_insert(&env, secret_new("PW", PLANTED, strlen(PLANTED), NOW));
	vault_configure(&v, SECRETS_ENVIRONMENT, NULL, 0, &env);
	ATF_CHECK_EQ(0, (int)env.n);
	ATF_CHECK_STREQ(PLANTED, fx_value(&v, "PW"));
	ATF_CHECK_EQ(OUT_CONFLICT, fx_set(&v, "k", "v"));
	ATF_CHECK_EQ(OUT_CONFLICT, vault_delete(&v, "PW", &persisted, why));
	ATF_CHECK_EQ(OUT_CONFLICT, vault_rekey(&v, &persisted, why));
	ATF_CHECK_EQ(OUT_CONFLICT, vault_reset(&v, &moved, why));
	ATF_CHECK(strstr(why, "environment") != NULL);
	ATF_CHECK_EQ(0, fx_files(fd));
	/* None at all. */
	map_init(&env);
	vault_configure(&v, SECRETS_NONE, NULL, 0, &env);
	ATF_CHECK_EQ(OUT_CONFLICT, vault_readable(&v, why));
	ATF_CHECK_EQ(OUT_CONFLICT, fx_set(&v, "k", "v"));
	vault_free(&v);
}

ATF_TC_WITHOUT_HEAD(one_secret_too_many_is_refused);
ATF_TC_BODY(one_secret_too_many_is_refused, tc)
{
	struct vault	 v;
	char		 key[32], *value;
	unsigned	 i;
	int		 fd = fx_folder("d");

	fx_open(&v, fd);
	for (i = 0; i < SECRETS_MAX - 1; i++) {
		snprintf(key, sizeof(key), "key%u", i);
		map_insert(&v.map, secret_new(key, "x", 1, NOW));
	}
	ATF_REQUIRE((value = malloc(SECRET_MAX + 1)) != NULL);
	memset(value, 'x', SECRET_MAX);
	value[SECRET_MAX] = '\0';
	ATF_CHECK_EQ(OUT_OK, fx_set(&v, "last", value));
	ATF_CHECK_EQ(OUT_LIMITED, fx_set(&v, "more", "x"));
	ATF_CHECK_EQ(OUT_OK, fx_set(&v, "last", "y"));
	vault_free(&v);
	fx_open(&v, fd);
	ATF_CHECK_EQ(SECRETS_MAX, v.map.n);
	ATF_CHECK(fx_value(&v, "key1022") != NULL);
	vault_free(&v);
	free(value);
}

/* ---- writes that are cut off or fail ------------------------------------ */

/* A child that changes "k" from old to new, and may be cut off. */
static int
cut_off_at(int fd, int op, int rekey)
{
	struct vault	 v;
	char		 why[TEXT_MAX];
	pid_t		 pid;
	int		 status, persisted;

	if ((pid = fork()) == 0) {
		fault_reset();
		fx_open_by(&v, fd, &fileops_fault, SECRETS_KEYFILE,
		    FILE_KEY);
		fault.count = 0;
		fault.die_at = op;
		if (rekey)
			_exit(vault_rekey(&v, &persisted, why) == OUT_OK ? 0 :
			    1);
		_exit(fx_set(&v, "k", "new") == OUT_OK ? 0 : 1);
	}
	ATF_REQUIRE(pid != -1);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static int
folder_with(const char *value)
{
	static int	 number;
	struct vault	 v;
	char		 name[32];
	int		 fd;

	snprintf(name, sizeof(name), "d%d", number++);
	fd = fx_folder(name);
	fx_open(&v, fd);
	fx_set(&v, "k", "older");
	fx_set(&v, "k", value);
	vault_free(&v);
	return (fd);
}

ATF_TC_WITHOUT_HEAD(cut_off_at_any_operation_leaves_old_or_new);
ATF_TC_BODY(cut_off_at_any_operation_leaves_old_or_new, tc)
{
	int	 n, fd, status = FAULT_DIED, rekey, seen = 0;

	for (rekey = 0; rekey < 2; rekey++) {
		status = FAULT_DIED;
		for (n = 1; n < 100 && status == FAULT_DIED; n++) {
			fd = folder_with("old");
			status = cut_off_at(fd, n, rekey);
			if (fx_kept(fd, FILE_KEY, "k", "new"))
				seen++;
			else
				ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "old"));
			if (status == 0 && !rekey)
				ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "new"));
			close(fd);
		}
		ATF_CHECK_EQ(0, status);
		ATF_CHECK_MSG(n > 9, "only %d operations", n);
	}
	ATF_CHECK(seen > 1);
}

ATF_TC_WITHOUT_HEAD(failure_of_any_operation_is_told_and_loses_nothing);
ATF_TC_BODY(failure_of_any_operation_is_told_and_loses_nothing, tc)
{
	static const int	 errors[] = { ENOSPC, EIO, EDQUOT, EROFS };
	struct vault		 v;
	char			 why[TEXT_MAX];
	size_t			 e;
	enum outcome		 rv;
	int			 n, fd, persisted, changed, fails;

	for (e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
		for (n = 1; n < 12; n++) {
			fd = folder_with("old");
			fault_reset();
			fx_open_by(&v, fd, &fileops_fault, SECRETS_KEYFILE,
			    FILE_KEY);
			fault_reset();
			fault.fail_at = n;
			fault.error = errors[e];
			rv = vault_set(&v, "k", "new", 3, NOW, &persisted,
			    &changed, why);
			fails = rv != OUT_OK;
			ATF_CHECK_STREQ(fails ? "old" : "new",
			    fx_value(&v, "k"));
			ATF_CHECK(fx_kept(fd, FILE_KEY, "k", fails ? "old" :
			    "new"));
			if (!fails && !persisted)
				ATF_CHECK_EQ(1, v.dirty);
			fault_reset();
			vault_retry(&v);
			ATF_CHECK_EQ(0, v.dirty);
			ATF_CHECK_EQ(OUT_OK, fx_set(&v, "k", "newer"));
			vault_free(&v);
			ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "newer"));
			close(fd);
		}
}

ATF_TC_WITHOUT_HEAD(full_disk_is_named_and_the_old_value_stays);
ATF_TC_BODY(full_disk_is_named_and_the_old_value_stays, tc)
{
	struct vault	 v;
	char		 why[TEXT_MAX];
	int		 fd = folder_with("old"), persisted, changed;

	fx_open_by(&v, fd, &fileops_fault, SECRETS_KEYFILE, FILE_KEY);
	fault_reset();
	fault.only = "write";
	fault.error = ENOSPC;
	ATF_CHECK_EQ(OUT_FAILED, vault_set(&v, "k", "new", 3, NOW,
	    &persisted, &changed, why));
	ATF_CHECK_STREQ("secrets.enc: write: No space left on device; "
	    "nothing was changed", why);
	ATF_CHECK_EQ(OUT_FAILED, vault_delete(&v, "k", &persisted, why));
	ATF_CHECK_STREQ("old", fx_value(&v, "k"));
	vault_free(&v);
	ATF_CHECK(fx_kept(fd, FILE_KEY, "k", "old"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values_are_read_again_by_another_process);
	ATF_TP_ADD_TC(tp, no_value_and_no_key_is_in_a_file);
	ATF_TP_ADD_TC(tp, each_write_has_a_nonce_of_its_own);
	ATF_TP_ADD_TC(tp, no_flipped_bit_is_accepted_and_nothing_is_lost);
	ATF_TP_ADD_TC(tp, no_truncation_or_extension_is_accepted);
	ATF_TP_ADD_TC(tp, no_flipped_bit_of_a_head_costs_a_key);
	ATF_TP_ADD_TC(tp, wrong_key_is_not_called_damage);
	ATF_TP_ADD_TC(tp, wrong_passphrase_is_told_and_the_right_one_opens);
	ATF_TP_ADD_TC(tp, reset_moves_aside_and_starts_empty);
	ATF_TP_ADD_TC(tp, reset_of_nothing_is_no_error);
	ATF_TP_ADD_TC(tp, reset_that_fails_changes_nothing);
	ATF_TP_ADD_TC(tp, missing_file_is_a_reset_by_the_operator);
	ATF_TP_ADD_TC(tp, backup_in_its_place_is_read_at_a_reload);
	ATF_TP_ADD_TC(tp, file_of_another_kind_is_left_alone);
	ATF_TP_ADD_TC(tp, file_cannot_ask_for_too_much_or_too_little);
	ATF_TP_ADD_TC(tp, rekey_leaves_no_file_under_the_old_key);
	ATF_TP_ADD_TC(tp, rekey_that_fails_goes_on_with_the_old_key);
	ATF_TP_ADD_TC(tp, another_key_at_a_reload_locks_the_same_values);
	ATF_TP_ADD_TC(tp,
	    another_key_that_cannot_be_written_is_tried_again);
	ATF_TP_ADD_TC(tp, secrets_of_the_environment_are_only_read);
	ATF_TP_ADD_TC(tp, one_secret_too_many_is_refused);
	ATF_TP_ADD_TC(tp, cut_off_at_any_operation_leaves_old_or_new);
	ATF_TP_ADD_TC(tp,
	    failure_of_any_operation_is_told_and_loses_nothing);
	ATF_TP_ADD_TC(tp, full_disk_is_named_and_the_old_value_stays);
	return (atf_no_error());
}
