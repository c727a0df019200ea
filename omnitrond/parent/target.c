/*
 * Targets of probes: URLs taken apart, names resolved.  In the parent; what
 * it reads comes from the configuration file.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/target.h"

#define HTTP_PORT	80
#define HOST_MAX	253	/* bytes of a domain name */
#define STATUS_MIN	100
#define STATUS_MAX	599

static int
target_port(const char *text, uint16_t *port)
{
	const char	*why;

	*port = (uint16_t)strtonum(text, 1, UINT16_MAX, &why);
	return (why == NULL && isdigit((unsigned char)text[0]) ? 0 : -1);
}

static struct target_conf *
target_wrong(struct target_conf *t, char *err, size_t size, const char *why)
{
	target_free(t);
	strlcpy(err, why, size);
	return (NULL);
}

/* A name or an address: nothing that could end a header or the URL. */
static int
target_host_valid(const char *host, int six)
{
	struct in6_addr	 in6;
	size_t		 n = strlen(host);

	if (six)
		return (inet_pton(AF_INET6, host, &in6) == 1);
	return (n > 0 && n <= HOST_MAX && strspn(host, "abcdefghijklmnopqrst"
	    "uvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n);
}

/* "HOST", "HOST:PORT", "[ADDRESS]:PORT" */
static const char *
target_authority(struct target_conf *t, const char *text, size_t len)
{
	int	 six = text[0] == '[';
	char	*copy, *host, *port;

	t->authority = copy = xmalloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	t->host = host = xstrdup(copy);
	t->port = HTTP_PORT;
	if (strchr(copy, '@') != NULL)
		return ("has a user in it, which is not supported");
	if (six) {
		if ((port = strchr(host, ']')) == NULL)
			return ("has a [ without a ]");
		*port++ = '\0';
		memmove(host, host + 1, strlen(host));
	} else
		port = host + strcspn(host, ":");
	if (*port == ':') {
		*port++ = '\0';
		if (target_port(port, &t->port) == -1)
			return ("has a port that is not from 1 to 65535");
	} else if (*port != '\0')
		return ("has something behind its ]");
	return (target_host_valid(host, six) ? NULL : "has no host of "
	    "letters, digits, dots and hyphens, nor an address");
}

/* Printable ASCII, and no fragment. */
static int
target_path_valid(const char *path)
{
	for (; *path != '\0'; path++)
		if (*path <= ' ' || *path > '~' || *path == '#')
			return (0);
	return (1);
}

struct target_conf *
target_http(const char *text, char *err, size_t size)
{
	struct target_conf	*t = xcalloc(1, sizeof(*t));
	const char		*at = text, *why;
	size_t			 len;

	if (strncasecmp(at, "https://", 8) == 0)
		return (target_wrong(t, err, size, "is https, which probes "
		    "do not speak: use http, tcp, or exec with a program "
		    "that does"));
	if (strncasecmp(at, "http://", 7) != 0)
		return (target_wrong(t, err, size, "is not a URL like "
		    "http://127.0.0.1:8080/health"));
	if (strlen(text) >= TARGET_TEXT_SIZE - 2)
		return (target_wrong(t, err, size, "is too long"));
	at += 7;
	len = strcspn(at, "/?#");
	if ((why = target_authority(t, at, len)) != NULL)
		return (target_wrong(t, err, size, why));
	at += len;
	if (!target_path_valid(at))
		return (target_wrong(t, err, size, "has a character in its "
		    "path that must be written as %XX, or a #"));
	t->url = xstrdup(text);
	xasprintf(&t->path, "%s%s", *at == '/' ? "" : "/", at);
	t->status_min = 200;
	t->status_max = 399;
	return (t);
}

struct target_conf *
target_tcp(const char *text, char *err, size_t size)
{
	static const struct in6_addr	 loop = IN6ADDR_LOOPBACK_INIT;
	struct target_conf		*t = xcalloc(1, sizeof(*t));
	uint32_t			 in = htonl(INADDR_LOOPBACK);

	if (target_port(text, &t->port) == -1)
		return (target_wrong(t, err, size, "is not a port from 1 to "
		    "65535"));
	t->naddresses = 2;
	t->addresses[0].family = AF_INET;
	memcpy(t->addresses[0].bytes, &in, sizeof(in));
	t->addresses[1].family = AF_INET6;
	memcpy(t->addresses[1].bytes, &loop, sizeof(loop));
	return (t);
}

int
target_status(struct target_conf *t, const char *text)
{
	char		 min[8];
	const char	*why, *max = text;
	size_t		 n = strcspn(text, "-");

	if (n >= sizeof(min) || !isdigit((unsigned char)text[0]))
		return (-1);
	strlcpy(min, text, n + 1);
	if (text[n] == '-')
		max = text + n + 1;
	t->status_min = (uint16_t)strtonum(min, STATUS_MIN, STATUS_MAX, &why);
	if (why != NULL)
		return (-1);
	t->status_max = (uint16_t)strtonum(max, t->status_min, STATUS_MAX,
	    &why);
	return (why == NULL && isdigit((unsigned char)max[0]) ? 0 : -1);
}

static void
target_take(struct target_conf *t, const struct addrinfo *ai)
{
	struct m_address	*a = &t->addresses[t->naddresses];
	const struct sockaddr_in6 *in6 = (const void *)ai->ai_addr;
	const struct sockaddr_in *in = (const void *)ai->ai_addr;

	memset(a, 0, sizeof(*a));
	a->family = (uint32_t)ai->ai_family;
	if (ai->ai_family == AF_INET)
		memcpy(a->bytes, &in->sin_addr, sizeof(in->sin_addr));
	else
		memcpy(a->bytes, &in6->sin6_addr, sizeof(in6->sin6_addr));
	t->naddresses++;
}

int
target_resolve(struct target_conf *t, char *err, size_t size)
{
	struct addrinfo	 hints, *list, *ai;
	int		 rv;

	if (t->url == NULL)
		return (0);
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	if ((rv = getaddrinfo(t->host, NULL, &hints, &list)) != 0) {
		strlcpy(err, gai_strerror(rv), size);
		return (-1);
	}
	t->naddresses = 0;
	for (ai = list; ai != NULL && t->naddresses < TARGET_ADDRESSES;
	    ai = ai->ai_next)
		if (ai->ai_family == AF_INET || ai->ai_family == AF_INET6)
			target_take(t, ai);
	freeaddrinfo(list);
	if (t->naddresses > 0)
		return (0);
	strlcpy(err, "it has no address", size);
	return (-1);
}

static char *
target_dup_text(const char *text)
{
	return (text != NULL ? xstrdup(text) : NULL);
}

struct target_conf *
target_dup(const struct target_conf *from)
{
	struct target_conf	*t;

	if (from == NULL)
		return (NULL);
	t = xcalloc(1, sizeof(*t));
	*t = *from;
	t->url = target_dup_text(from->url);
	t->host = target_dup_text(from->host);
	t->authority = target_dup_text(from->authority);
	t->path = target_dup_text(from->path);
	t->match = target_dup_text(from->match);
	return (t);
}

void
target_free(struct target_conf *t)
{
	if (t == NULL)
		return;
	free(t->match);
	free(t->path);
	free(t->authority);
	free(t->host);
	free(t->url);
	free(t);
}

static int
target_same_text(const char *a, const char *b)
{
	return (a == NULL || b == NULL ? a == b : strcmp(a, b) == 0);
}

int
target_same(const struct target_conf *a, const struct target_conf *b)
{
	if (a == NULL || b == NULL)
		return (a == b);
	return (target_same_text(a->url, b->url) &&
	    target_same_text(a->match, b->match) && a->port == b->port &&
	    a->status_min == b->status_min && a->status_max == b->status_max);
}
