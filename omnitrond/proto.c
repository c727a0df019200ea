/*
 * The lists of proto.h as tables, and the check that runs before any
 * handler.  Linked into every process; touches nothing.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/method.h"
#include "omnitrond/proto.h"

struct row {
	const char	*name;
	uint32_t	 from;
	uint32_t	 to;
	uint32_t	 state;
	size_t		 size;
	size_t		 tail;
	int		 fd;
};

static const struct row rows[M_MAX] = {
#define X(id, from, to, type, tail, fd, state)				\
	[M_##id] = { #id, (from), (to), (state), sizeof(struct type),	\
	    (tail), (fd) },
	MESSAGES(X)
#undef X
};

static const struct {
	const char	*name;
	const char	*binary;
	const char	*user;
	enum kind_dir	 dir;
	enum kind_when	 when;
} kinds[K_MAX] = {
#define X(id, name, binary, user, dir, when)				\
	{ name, binary, user, DIR_##dir, WHEN_##when },
	KINDS(X)
#undef X
};

static const char *const statuses[S_MAX] = {
#define X(id, name)	name,
	STATUSES(X)
#undef X
};

static const struct {
	const char	*name;
	const char	*late;
} readies[READY_MAX] = {
#define X(id, name, late)	{ name, late },
	READIES(X)
#undef X
};

static const struct {
	const char	*name;
	int		 number;
} outcomes[OUT_MAX] = {
#define X(id, name, number)	{ name, number },
	OUTCOMES(X)
#undef X
};

static const char *const checks[CHECK_MAX] = {
#define X(id, name)	name,
	CHECKS(X)
#undef X
};

static const char *const healths[HEALTH_MAX] = {
#define X(id, name)	name,
	HEALTHS(X)
#undef X
};

static const char *const runs[RUN_MAX] = {
#define X(id, name)	name,
	RUNS(X)
#undef X
};

static const char *const troubles[WATCH_TROUBLE_MAX] = {
#define X(id, text)	text,
	WATCH_TROUBLES(X)
#undef X
};

static const char *const why_kinds[WHY_MAX] = {
#define X(id, name)	name,
	WHY_KINDS(X)
#undef X
};

static const char *const steps[STEP_MAX] = {
#define X(id, name)	name,
	SPAWN_STEPS(X)
#undef X
};

static const char *const roles[ROLE_MAX] = {
#define X(id, name)	name,
	ROLES(X)
#undef X
};

const struct method methods[METHOD_MAX] = {
#define X(id, name, role, op, flags, mutating, params, result, text)	\
	{ name, ROLE_##role, OP_##op, (flags), (mutating), params,	\
	    result, text },
	METHODS(X)
#undef X
};

const char *
kind_name(enum kind kind)
{
	if (kind == K_WATCHER)
		return ("watcher");
	return ((unsigned)kind < K_MAX ? kinds[kind].name : "?");
}

const char *
kind_binary(enum kind kind)
{
	if (kind == K_WATCHER)
		return ("omnitrond-watcher");
	return ((unsigned)kind < K_MAX ? kinds[kind].binary : NULL);
}

const char *
kind_user(enum kind kind)
{
	return ((unsigned)kind < K_MAX ? kinds[kind].user : NULL);
}

enum kind_dir
kind_dir(enum kind kind)
{
	return ((unsigned)kind < K_MAX ? kinds[kind].dir : DIR_NONE);
}

enum kind_when
kind_when(enum kind kind)
{
	return ((unsigned)kind < K_MAX ? kinds[kind].when : WHEN_ALWAYS);
}

int
kind_is_plane(uint32_t kind)
{
	return (kind < K_MAX && (KB_PLANES & (1u << kind)) != 0);
}

int
kind_by_name(const char *name)
{
	int	 i;

	for (i = 0; i < K_MAX; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return (i);
	return (-1);
}

int
kind_links(enum kind a, enum kind b)
{
#define X(x, y)								\
	if ((a == K_##x && b == K_##y) || (a == K_##y && b == K_##x))	\
		return (1);
	LINKS(X)
#undef X
	return (0);
}

const char *
msg_name(uint32_t type)
{
	return (type > M_NONE && type < M_MAX ? rows[type].name : "?");
}

const char *
status_name(enum status status)
{
	return ((unsigned)status < S_MAX ? statuses[status] : "?");
}

const char *
ready_name(enum ready ready)
{
	return ((unsigned)ready < READY_MAX ? readies[ready].name : "?");
}

const char *
ready_late(enum ready ready)
{
	return ((unsigned)ready < READY_MAX ? readies[ready].late : "?");
}

const char *
outcome_name(enum outcome out)
{
	return ((unsigned)out < OUT_MAX ? outcomes[out].name : "?");
}

const char *
why_kind_name(enum why_kind kind)
{
	return ((unsigned)kind < WHY_MAX ? why_kinds[kind] : "?");
}

int
outcome_number(enum outcome out)
{
	return ((unsigned)out < OUT_MAX ? outcomes[out].number : -32603);
}

const char *
change_name(uint32_t does)
{
	static const char *const	 names[CHANGE_MAX] = {
#define X(id, name)	name,
		CHANGES(X)
#undef X
	};

	return (does < CHANGE_MAX ? names[does] : "?");
}

const char *
run_name(enum run_kind kind)
{
	return ((unsigned)kind < RUN_MAX ? runs[kind] : "?");
}

const char *
watch_trouble_text(uint32_t trouble)
{
	return (trouble < WATCH_TROUBLE_MAX ? troubles[trouble] : "?");
}

const char *
check_kind(enum check check)
{
	return ((unsigned)check < CHECK_MAX ? checks[check] : "?");
}

const char *
health_name(enum health_state health)
{
	return ((unsigned)health < HEALTH_MAX ? healths[health] : "?");
}

const char *
spawn_step_name(enum spawn_step step)
{
	return ((unsigned)step < STEP_MAX ? steps[step] : "?");
}

const char *
role_name(enum role role)
{
	return ((unsigned)role < ROLE_MAX ? roles[role] : "?");
}

char *
walls_text(uint32_t walls, uint32_t expected, char *buf, size_t size)
{
	static const struct {
		uint32_t	 bit;
		const char	*name;
	} names[] = {
		{ WALL_UID, "user" },
		{ WALL_CHROOT, "chroot" },
		{ WALL_NNP, "no_new_privs" },
		{ WALL_NODUMP, "dumpable" },
		{ WALL_RLIMIT, "rlimits" },
		{ WALL_LANDLOCK, "landlock" },
		{ WALL_SECCOMP, "seccomp" },
		{ WALL_CAPS, "reduced capabilities" },
	};
	const char	*sep = " ";
	size_t		 i;

	if ((walls & expected) == expected) {
		strlcpy(buf, "full", size);
		return (buf);
	}
	strlcpy(buf, "partial:", size);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((expected & names[i].bit) == 0 || (walls & names[i].bit))
			continue;
		strlcat(buf, sep, size);
		strlcat(buf, "no ", size);
		strlcat(buf, names[i].name, size);
		sep = ", ";
	}
	return (buf);
}

size_t
proto_struct_size(uint32_t type)
{
	return (type > M_NONE && type < M_MAX ? rows[type].size : 0);
}

uint32_t
proto_receivers(uint32_t type)
{
	return (type > M_NONE && type < M_MAX ? rows[type].to : 0);
}

uint32_t
proto_senders(uint32_t type)
{
	return (type > M_NONE && type < M_MAX ? rows[type].from : 0);
}

const char *
proto_check(uint32_t type, enum kind from, enum kind to, uint32_t state,
    size_t size, int has_fd)
{
	const struct row	*row;

	if (type <= M_NONE || type >= M_MAX)
		return ("unknown type");
	row = &rows[type];
	if ((row->from & (1u << from)) == 0)
		return ("not this sender's");
	if ((row->to & (1u << to)) == 0)
		return ("not for this receiver");
	if ((row->state & state) == 0)
		return ("not legal in this state");
	if (size < row->size || size > row->size + row->tail)
		return ("bad size");
	if (row->fd == FD_YES && !has_fd)
		return ("descriptor missing");
	if (row->fd == FD_NO && has_fd)
		return ("descriptor not allowed");
	return (NULL);
}
