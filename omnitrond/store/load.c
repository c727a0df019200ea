/*
 * Reading state.json and access.json at start (the store).
 */
#include "omnitrond/store/access.h"
#include "omnitrond/store/load.h"
#include "omnitrond/store/state.h"

static int
load_state_text(void *arg, const char *text, size_t len, int64_t *version,
    char *err, size_t errsize)
{
	return (state_read(arg, text, len, version, err, errsize));
}

static int
load_access_text(void *arg, const char *text, size_t len, int64_t *version,
    char *err, size_t errsize)
{
	return (access_read(arg, text, len, version, err, errsize));
}

enum load
load_state(struct file *f, struct state *state, const char *stamp, char *text,
    size_t size)
{
	static const struct load_as	 as = {
		.what = "records",
		.max = STATE_FILE_MAX,
		.version = STATE_VERSION,
		.read = load_state_text
	};

	return (load_file(f, &as, state, stamp, text, size));
}

enum load
load_access(struct file *f, struct access *access, const char *stamp,
    char *text, size_t size)
{
	static const struct load_as	 as = {
		.what = "revocations",
		.max = ACCESS_FILE_MAX,
		.version = ACCESS_VERSION,
		.read = load_access_text
	};

	return (load_file(f, &as, access, stamp, text, size));
}
