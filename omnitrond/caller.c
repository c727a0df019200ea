/*
 * Who asks for something, as it goes from a plane to the supervisor.  In the
 * planes and the supervisor; pure.
 */
#include <string.h>

#include "omnitrond/caller.h"

struct packed {
	uint32_t	 how;
	uint32_t	 role;
	uint32_t	 grants;
	uint32_t	 uid;
	uint32_t	 gid;
	int32_t		 pid;
	uint32_t	 ngids;
	uint32_t	 ngroups;
};

/* subject, jti, kid, address and the groups of a token */
#define PACKED_TEXTS	(3 * (2 + SUBJECT_SIZE) + 2 + ADDRESS_SIZE)
CTASSERT("a caller fits", sizeof(struct packed) + CALLER_GIDS * 4 +
    PACKED_TEXTS + CALLER_GROUPS * (2 + SUBJECT_SIZE) <= CALLER_TAIL);

int
caller_is_root(const struct caller *c, enum kind plane, uint32_t own_uid)
{
	return (plane == K_CONTROL && c->how == CALLER_LOCAL &&
	    (c->uid == 0 || c->uid == own_uid));
}

static size_t
pack_str(uint8_t *buf, size_t off, const char *s)
{
	uint16_t	 n = (uint16_t)strnlen(s, SUBJECT_SIZE);

	memcpy(buf + off, &n, sizeof(n));
	memcpy(buf + off + sizeof(n), s, n);
	return (off + sizeof(n) + n);
}

size_t
caller_pack(const struct caller *c, uint8_t buf[CALLER_TAIL])
{
	struct packed	 p;
	size_t		 off = sizeof(p);
	uint32_t	 i;

	memset(&p, 0, sizeof(p));
	p.how = c->how;
	p.role = c->role;
	p.grants = c->grants != 0;
	p.uid = c->uid;
	p.gid = c->gid;
	p.pid = c->pid;
	p.ngids = c->ngids < CALLER_GIDS ? c->ngids : CALLER_GIDS;
	p.ngroups = c->ngroups < CALLER_GROUPS ? c->ngroups : CALLER_GROUPS;
	memcpy(buf, &p, sizeof(p));
	memcpy(buf + off, c->gids, p.ngids * sizeof(c->gids[0]));
	off += p.ngids * sizeof(c->gids[0]);
	off = pack_str(buf, off, c->subject);
	off = pack_str(buf, off, c->jti);
	off = pack_str(buf, off, c->kid);
	off = pack_str(buf, off, c->address);
	for (i = 0; i < p.ngroups; i++)
		off = pack_str(buf, off, c->groups[i]);
	return (off);
}

/* What only a token has. */
static int
caller_has_token(const struct caller *c)
{
	return (c->subject[0] != '\0' || c->jti[0] != '\0' ||
	    c->kid[0] != '\0' || c->ngroups != 0);
}

static int
caller_has_user(const struct caller *c)
{
	return (c->uid != ID_NONE || c->gid != ID_NONE || c->pid != 0 ||
	    c->ngids != 0);
}

static int
caller_sane(const struct caller *c)
{
	switch (c->how) {
	case CALLER_NOBODY:
		return (c->role == ROLE_NONE && !c->grants &&
		    !caller_has_user(c) && !caller_has_token(c));
	case CALLER_LOCAL:
		return (c->uid != ID_NONE && c->gid != ID_NONE &&
		    c->pid >= 0 && !caller_has_token(c) &&
		    c->address[0] == '\0');
	case CALLER_TOKEN:
		return (!caller_has_user(c));
	default:
		return (0);
	}
}

static int
caller_bad(struct msg *m, struct caller *c)
{
	memset(c, 0, sizeof(*c));
	c->uid = c->gid = ID_NONE;
	m->bad = 1;
	return (-1);
}

int
msg_take_caller(struct msg *m, struct caller *c)
{
	struct packed	 p;
	uint32_t	 i;

	memset(c, 0, sizeof(*c));
	msg_take(m, &p, sizeof(p));
	if (m->bad || p.how >= CALLER_HOW_MAX || p.role >= ROLE_MAX ||
	    p.grants > 1 || p.ngids > CALLER_GIDS ||
	    p.ngroups > CALLER_GROUPS)
		return (caller_bad(m, c));
	c->how = p.how;
	c->role = p.role;
	c->grants = (int)p.grants;
	c->uid = p.uid;
	c->gid = p.gid;
	c->pid = p.pid;
	c->ngids = p.ngids;
	c->ngroups = p.ngroups;
	msg_take(m, c->gids, p.ngids * sizeof(c->gids[0]));
	msg_take_str(m, c->subject, sizeof(c->subject));
	msg_take_str(m, c->jti, sizeof(c->jti));
	msg_take_str(m, c->kid, sizeof(c->kid));
	msg_take_str(m, c->address, sizeof(c->address));
	for (i = 0; i < p.ngroups; i++)
		msg_take_str(m, c->groups[i], sizeof(c->groups[i]));
	if (m->bad || !caller_sane(c))
		return (caller_bad(m, c));
	return (0);
}
