/*
 * init: a commented omnitrond.conf to begin with.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/jsonw.h"
#include "common/place.h"
#include "omnitronctl/command.h"
#include "omnitronctl/ctl.h"

#define INIT_FILE	"omnitrond.conf"
#define INIT_ROOT	"\1"	/* begins a line that only root needs */

static const char init_text[] =
"# omnitrond.conf: what omnitrond(8) supervises.  omnitrond.conf(5) has all\n"
"# of it; check a change with: omnitrond -n -c FILE\n"
"\n"
"# Who is restarted how, unless an app says otherwise.  These are the\n"
"# defaults.\n"
"#supervision {\n"
"#\tmax-restarts 5 window 60s\n"
"#\tbackoff exponential initial 1s max 30s factor 2\n"
"#}\n"
"\n"
"#logging {\n"
"#\tlevel info max-size 50mb max-files 10\n"
"#}\n"
"\n"
"# An app: one command with its arguments, without a shell.\n"
INIT_ROOT "# Started as root, each app must say which user it runs as.\n"
"#app \"web\" {\n"
"#\tcommand \"/usr/bin/python3\" \"-m\" \"http.server\" \"8000\"\n"
"#\tdirectory \"/srv/web\"\n"
INIT_ROOT "#\tuser \"www-data\"\n"
"#\tenv \"PYTHONUNBUFFERED\" \"1\"\n"
"#\trestart on-failure\n"
"#\tstop-timeout 10s\n"
"#}\n"
"\n"
"# Started when web is online.\n"
"#app \"worker\" {\n"
"#\tcommand \"/srv/web/worker\"\n"
INIT_ROOT "#\tuser \"www-data\"\n"
"#\tdepends-on \"web\"\n"
"#\tinstances 2\n"
"#}\n";

static int
init_path(const struct ctl *ctl, const struct args *args, char *path,
    size_t size)
{
	struct places	 homes;
	int		 n;

	if (args->npos == 1)
		return (strlcpy(path, args->pos[0], size) >= size ? -1 : 0);
	if (place_homes(ctl->socket, ctl->home, &homes) == -1)
		return (-1);
	n = snprintf(path, size, "%s/" INIT_FILE, homes.path[0]);
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

/* The last folder only: a longer path that is missing is a typing error. */
static int
init_folder(const char *path)
{
	char	 dir[PATH_MAX], *slash;

	strlcpy(dir, path, sizeof(dir));
	if ((slash = strrchr(dir, '/')) == NULL || slash == dir)
		return (0);
	*slash = '\0';
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return (-1);
	return (0);
}

/* The text for root, who must name users, or for one who cannot. */
static size_t
init_fill(char *text, int root)
{
	const char	*p, *end;
	size_t		 n = 0, len;

	for (p = init_text; *p != '\0'; p = end) {
		end = strchr(p, '\n') + 1;
		if (*p == INIT_ROOT[0] && !root)
			continue;
		p += *p == INIT_ROOT[0];
		len = (size_t)(end - p);
		memcpy(text + n, p, len);
		n += len;
	}
	return (n);
}

/* A daemon refuses a file that others may write. */
static int
init_write(const char *path)
{
	char	 text[sizeof(init_text)];
	size_t	 len = init_fill(text, geteuid() == 0);
	int	 fd, saved;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return (-1);
	if (write(fd, text, len) == (ssize_t)len && close(fd) == 0)
		return (0);
	saved = errno;
	close(fd);
	unlink(path);
	errno = saved;
	return (-1);
}

int
init_run(struct ctl *ctl, const struct args *args)
{
	struct jsonw	 w;
	char		 path[PATH_MAX];

	if (init_path(ctl, args, path, sizeof(path)) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "init: path too long"));
	if (args->npos == 0 && init_folder(path) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", path,
		    strerror(errno)));
	if (init_write(path) == -1)
		return (errno == EEXIST ?
		    ctl_fail(ctl, EXIT_CONFLICT, "%s exists, and is left as "
		    "it is", path) :
		    ctl_fail(ctl, EXIT_FAILED, "%s: %s", path,
		    strerror(errno)));
	/* In its home the daemon finds it by itself. */
	ctl_note(ctl, "wrote %s; add an app to it, then: omnitronctl up%s%s",
	    path, args->npos == 1 ? " -c " : "",
	    args->npos == 1 ? args->pos[0] : "");
	if (ctl->json) {
		jsonw_init(&w, 0);
		jsonw_object(&w);
		jsonw_kstring(&w, "path", path);
		jsonw_end(&w);
		printf("%.*s\n", (int)w.len, w.buf);
		jsonw_free(&w);
	}
	return (EXIT_DONE);
}
