/*
 * The tls block, and the files of keys and certificates in general.  In the
 * parent; opens these files, and keeps nothing of them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/keyfile.h"

/* It may begin so, and may not: a byte that is none ends the text. */
static int
key_head(int fd, char head[KEY_HEAD + 1])
{
	ssize_t	 n;

	do
		n = pread(fd, head, KEY_HEAD, 0);
	while (n == -1 && errno == EINTR);
	head[n > 0 ? n : 0] = '\0';
	return (n > 0 ? 0 : -1);
}

int
key_check(struct parse *ps, struct pos pos, const char *word,
    const char *path, int private, char head[KEY_HEAD + 1], off_t *size)
{
	char		 why[CONF_TEXT_MAX];
	struct stat	 st;
	int		 fd, rv = 0;

	if (path[0] != '/' || strlen(path) >= PATH_SIZE) {
		conf_error(ps, pos, "%s: \"%s\" is not an absolute path of "
		    "less than %d bytes", word, path, PATH_SIZE);
		return (-1);
	}
	if ((fd = keyfile_open(path, private, why, sizeof(why))) == -1) {
		conf_error(ps, pos, "%s: %s", word, why);
		return (-1);
	}
	if (fstat(fd, &st) == -1 || key_head(fd, head) == -1) {
		conf_error(ps, pos, "%s: %s cannot be read", word, path);
		rv = -1;
	} else
		*size = st.st_size;
	close(fd);
	return (rv);
}

static char **
tls_field(struct parse *ps, enum keyword kw, struct pos **pos)
{
	struct tls_block	*tls = &ps->conf->tls;

	switch (kw) {
	case KW_CERTIFICATE:
		*pos = &ps->access.tls[0];
		return (&tls->certificate);
	case KW_KEY:
		*pos = &ps->access.tls[1];
		return (&tls->key);
	default:
		*pos = &ps->access.tls[2];
		return (&tls->client_ca);
	}
}

void
set_tls(struct parse *ps, enum keyword kw, const char *path, struct pos pos)
{
	struct pos	*seen;
	char		**field = tls_field(ps, kw, &seen);

	if (seen->file != NULL) {
		conf_error(ps, pos, "%s is given twice (first at %s:%d)",
		    keyword_word(kw), seen->file, seen->line);
		return;
	}
	*seen = pos;
	if (path != lex_undefined)
		*field = xstrdup(path);
}

static void
tls_file(struct parse *ps, enum keyword kw, int private)
{
	struct pos	*pos;
	char		**field = tls_field(ps, kw, &pos);
	char		 head[KEY_HEAD + 1];
	off_t		 size;

	if (*field == NULL) {
		if (pos->file == NULL && kw != KW_CLIENTCA &&
		    !ps->access.lost)
			conf_error(ps, ps->seen[KW_TLS], "tls: %s is missing",
			    keyword_word(kw));
		return;
	}
	if (key_check(ps, *pos, keyword_word(kw), *field, private, head,
	    &size) == 0)
		explicit_bzero(head, sizeof(head));
}

void
conf_tls(struct parse *ps)
{
	if (ps->seen[KW_TLS].file == NULL)
		return;
	tls_file(ps, KW_CERTIFICATE, 0);
	tls_file(ps, KW_KEY, 1);
	tls_file(ps, KW_CLIENTCA, 0);
}
