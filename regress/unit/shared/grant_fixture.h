/* Callers and rules for tests. */
#ifndef REGRESS_SHARED_GRANT_FIXTURE_H
#define REGRESS_SHARED_GRANT_FIXTURE_H

#include <string.h>

#include <atf-c.h>

#include "omnitrond/grant.h"

#if defined(__GNUC__)
#define GRANT_UNUSED	__attribute__((unused))
#else
#define GRANT_UNUSED
#endif

GRANT_UNUSED static struct caller
caller_local(enum role role, uint32_t uid, uint32_t gid)
{
	struct caller	 c;

	memset(&c, 0, sizeof(c));
	c.how = CALLER_LOCAL;
	c.role = role;
	c.uid = uid;
	c.gid = gid;
	c.pid = 4711;
	return (c);
}

GRANT_UNUSED static struct caller
caller_token(enum role role, const char *subject)
{
	struct caller	 c;

	memset(&c, 0, sizeof(c));
	c.how = CALLER_TOKEN;
	c.role = role;
	c.uid = c.gid = ID_NONE;
	strlcpy(c.subject, subject, sizeof(c.subject));
	strlcpy(c.jti, "j-1", sizeof(c.jti));
	strlcpy(c.kid, "k-1", sizeof(c.kid));
	strlcpy(c.address, "192.0.2.7:40000", sizeof(c.address));
	return (c);
}

GRANT_UNUSED static struct caller
caller_nobody(void)
{
	struct caller	 c = caller_token(ROLE_NONE, "");

	c.how = CALLER_NOBODY;
	memset(c.jti, 0, sizeof(c.jti));
	memset(c.kid, 0, sizeof(c.kid));
	return (c);
}

GRANT_UNUSED static size_t
rule_put(uint8_t *buf, size_t off, const char *s)
{
	uint16_t	 n = (uint16_t)strlen(s);

	memcpy(buf + off, &n, sizeof(n));
	memcpy(buf + off + sizeof(n), s, n);
	return (off + sizeof(n) + n);
}

/* As CONF_RULE brings it; returns what grants_take does. */
GRANT_UNUSED static int
rule_add(struct grants *g, const struct m_conf_rule *m, const char *name,
    const char *glob, const char *text)
{
	uint8_t		 buf[MSG_PAYLOAD_MAX];
	struct msg	 msg = { .type = M_CONF_RULE, .fd = -1, .data = buf };

	memcpy(buf, m, sizeof(*m));
	msg.len = sizeof(*m);
	msg.len = rule_put(buf, msg.len, name);
	msg.len = rule_put(buf, msg.len, glob);
	msg.len = rule_put(buf, msg.len, text);
	return (grants_take(g, &msg));
}

GRANT_UNUSED static void
rule_verb(struct grants *g, int deny, enum rule_who who, uint32_t id,
    const char *name, enum role role, const char *glob)
{
	struct m_conf_rule	 m;

	memset(&m, 0, sizeof(m));
	m.deny = (uint32_t)deny;
	m.who = who;
	m.id = id;
	m.role = role;
	ATF_REQUIRE_EQ(0, rule_add(g, &m, name, glob, "the rule"));
}

GRANT_UNUSED static void
rule_method(struct grants *g, int deny, enum rule_who who, uint32_t id,
    const char *name, enum method_id method, const char *glob)
{
	struct m_conf_rule	 m;

	memset(&m, 0, sizeof(m));
	m.deny = (uint32_t)deny;
	m.who = who;
	m.id = id;
	m.methods[method / 64] = 1ULL << (method % 64);
	ATF_REQUIRE_EQ(0, rule_add(g, &m, name, glob, "the rule"));
}

#endif /* REGRESS_SHARED_GRANT_FIXTURE_H */
