/*
 * Where the groups of this daemon belong.
 *
 * Runs in the parent, at its start.  It reads /proc and extended attributes
 * of cgroup folders.
 *
 * A group that a service manager delegated (the nearest one above us) is the
 * right place: it is the same one after a restart of the daemon.  Root
 * without such a group takes the top of the mount, since the group of a
 * login is another one each time; an ordinary user has nothing but the own
 * group, if it can be written.
 */
#include "omnitrond/parent/cgroup_place.h"

#ifdef __linux__

#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROC_TEXT_MAX	8192	/* of /proc/PID/cgroup: a line a hierarchy */

/* \040 and the like, in place. */
static void
mount_unescape(char *s)
{
	char *to = s;

	while (*s != '\0') {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' &&
		    s[2] >= '0' && s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
			    (s[3] - '0'));
			s += 4;
		} else
			*to++ = *s++;
	}
	*to = '\0';
}

/* "ID PARENT DEV ROOT DIR OPTIONS [TAGS...] - TYPE SOURCE OPTIONS" */
int
cgroup_mount_parse(const char *line, struct cgroup_mount *m)
{
	const char *p = line, *type;
	size_t n;
	int i;

	if ((type = strstr(line, " - ")) == NULL ||
	    strncmp(type + 3, "cgroup2 ", 8) != 0)
		return (0);
	for (i = 0; i < 3; i++) {
		if ((p = strchr(p, ' ')) == NULL)
			return (0);
		p++;
	}
	n = strcspn(p, " ");
	if (n == 0 || n >= sizeof(m->root) || p[n] == '\0')
		return (0);
	memcpy(m->root, p, n);
	m->root[n] = '\0';
	p += n + 1;
	n = strcspn(p, " ");
	if (n == 0 || n >= sizeof(m->dir))
		return (0);
	memcpy(m->dir, p, n);
	m->dir[n] = '\0';
	mount_unescape(m->root);
	mount_unescape(m->dir);
	return (m->root[0] == '/' && m->dir[0] == '/');
}

/* The line "0::GROUP". */
int
cgroup_group_parse(const char *text, char *group, size_t size)
{
	const char *p = text;
	size_t n;

	while (strncmp(p, "0::", 3) != 0) {
		if ((p = strchr(p, '\n')) == NULL)
			return (-1);
		p++;
	}
	p += 3;
	n = strcspn(p, "\n");
	if (n == 0 || n >= size || p[0] != '/')
		return (-1);
	memcpy(group, p, n);
	group[n] = '\0';
	/* Outside of our namespace: no mount of ours shows it. */
	return (strncmp(group, "/..", 3) == 0 ? -1 : 0);
}

int
cgroup_place_of(const struct cgroup_mount *m, const char *group,
    struct cgroup_place *place)
{
	const char *rest = group;
	size_t n = strlen(m->root);
	int len;

	if (strcmp(m->root, "/") != 0) {
		if (strncmp(group, m->root, n) != 0 ||
		    (group[n] != '/' && group[n] != '\0'))
			return (-1);
		rest = group + n;
	}
	if (strcmp(rest, "/") == 0)
		rest = "";
	len = snprintf(place->dir, sizeof(place->dir), "%s%s", m->dir, rest);
	if (len < 0 || (size_t)len >= sizeof(place->dir) ||
	    strlcpy(place->group, group, sizeof(place->group)) >=
	    sizeof(place->group))
		return (-1);
	return (0);
}

int
cgroup_place_up(const struct cgroup_mount *m, struct cgroup_place *place)
{
	char *slash;

	if (strcmp(place->group, m->root) == 0 ||
	    (slash = strrchr(place->group, '/')) == NULL)
		return (-1);
	*slash = '\0';
	if (place->group[0] == '\0')
		strlcpy(place->group, "/", sizeof(place->group));
	*strrchr(place->dir, '/') = '\0';
	return (0);
}

static int
place_delegated(const char *dir)
{
	char value[4];

	return (getxattr(dir, "trusted.delegate", value, sizeof(value)) > 0 ||
	    getxattr(dir, "user.delegate", value, sizeof(value)) > 0);
}

/* The first mount that shows our own group. */
static int
place_mount(const char *group, struct cgroup_mount *m, struct cgroup_place *own)
{
	FILE *f;
	char *line = NULL;
	size_t size = 0;
	int rv = -1;

	if ((f = fopen("/proc/self/mountinfo", "re")) == NULL)
		return (-1);
	while (rv == -1 && getline(&line, &size, f) != -1) {
		if (cgroup_mount_parse(line, m) &&
		    cgroup_place_of(m, group, own) == 0 &&
		    access(own->dir, F_OK) == 0)
			rv = 0;
	}
	free(line);
	fclose(f);
	return (rv);
}

static int
place_own_group(char *group, size_t size)
{
	char text[PROC_TEXT_MAX];
	ssize_t n;
	int fd;

	if ((fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return (-1);
	text[n] = '\0';
	return (cgroup_group_parse(text, group, size));
}

/* To be born in a group needs the right to move there from ours. */
static int
place_usable(const struct cgroup_place *place, char *why, size_t size)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", place->dir);
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
		return (0);
	/* The top of the hierarchy has the file too; EROFS in containers. */
	snprintf(why, size, "%s: %s", path, strerror(errno));
	return (-1);
}

int
cgroup_place_find(struct cgroup_place *place, char *why, size_t size)
{
	struct cgroup_mount m;
	struct cgroup_place up;
	char group[PATH_MAX];

	if (place_own_group(group, sizeof(group)) == -1) {
		snprintf(why, size, "no cgroup v2");
		return (-1);
	}
	if (place_mount(group, &m, place) == -1) {
		snprintf(why, size, "no cgroup v2 is mounted");
		return (-1);
	}
	up = *place;
	do {
		if (place_delegated(up.dir)) {
			*place = up;
			return (place_usable(place, why, size));
		}
	} while (cgroup_place_up(&m, &up) == 0);
	if (geteuid() == 0)
		*place = up;
	return (place_usable(place, why, size));
}

#endif /* __linux__ */
