/*
 * Reading JSON (common/json.h): the pre-scan, then yajl's SAX parser, whose
 * callbacks build the tree.  In the processes that read JSON from clients,
 * and in the CLI; never in the parent.
 *
 * The pre-scan's counts give the size of the tree, so that a document is one
 * allocation: nodes first, strings behind them.  yajl's own small
 * allocations come from a buffer on the stack.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "common/json.h"
#include "common/json_number.h"
#include "common/json_scan.h"
#include "common/jsonw.h"
#include "common/log.h"

#define JSON_DEPTH_MAX	32	/* of any limits; jsonw writes no deeper */
#define JSON_SCRATCH	4096	/* yajl's handle, lexer and first buffer */
#define JSON_FEW_KEYS	12	/* so few are compared each with each */

const struct json_limits json_limits_request = {
	.max = (size_t)1024 * 1024, .depth = 32, .tokens = 65536
};
const struct json_limits json_limits_reply = {
	.max = (size_t)64 * 1024 * 1024, .depth = 32,
	.tokens = (size_t)8 * 1024 * 1024
};
const struct json_limits json_limits_state = {
	.max = (size_t)64 * 1024 * 1024, .depth = 16,
	.tokens = (size_t)8 * 1024 * 1024
};

/* yajl's allocations, each behind its size; what does not fit is malloc's. */
struct json_scratch {
	size_t			 used;
	_Alignas(16) unsigned char mem[JSON_SCRATCH];
};

struct json_level {
	struct json	*node;
	struct json	*last;		/* child */
};

struct json_builder {
	struct json		*root;
	struct json		*nodes;		/* free ones */
	size_t			 nnodes;
	char			*strings;	/* free bytes */
	size_t			 nbytes;
	const char		*key;		/* of the next value */
	const char		*why;
	size_t			 depth;
	struct json_level	 level[JSON_DEPTH_MAX];
};

struct json_block {
	size_t		 size;
	_Alignas(16) unsigned char mem[];
};

static struct json_block *
json_block_of(void *p)
{
	return ((struct json_block *)(void *)((unsigned char *)p -
	    offsetof(struct json_block, mem)));
}

/* yajl crashes when it gets no memory; the process can be started anew. */
static void *
json_yajl_malloc(void *ctx, size_t size)
{
	struct json_scratch	*s = ctx;
	struct json_block	*b;
	size_t			 need;

	need = sizeof(*b) + (size + 15) / 16 * 16;
	if (size <= JSON_SCRATCH && need <= JSON_SCRATCH - s->used) {
		b = (struct json_block *)(void *)(s->mem + s->used);
		s->used += need;
	} else if (need < size || (b = malloc(need)) == NULL)
		fatalx("out of memory (reading JSON)");
	b->size = size;
	return (b->mem);
}

static void
json_yajl_free(void *ctx, void *p)
{
	struct json_scratch	*s = ctx;
	struct json_block	*b;

	if (p == NULL)
		return;
	b = json_block_of(p);
	if ((uintptr_t)b < (uintptr_t)s->mem ||
	    (uintptr_t)b >= (uintptr_t)s->mem + sizeof(s->mem))
		freezero(b, sizeof(*b) + b->size);
}

static void *
json_yajl_realloc(void *ctx, void *old, size_t size)
{
	void	*p = json_yajl_malloc(ctx, size);
	size_t	 n;

	if (old != NULL) {
		n = json_block_of(old)->size;
		memcpy(p, old, n < size ? n : size);
		json_yajl_free(ctx, old);
	}
	return (p);
}

static int
json_refuse(struct json_builder *b, const char *why)
{
	b->why = why;
	return (0);		/* makes yajl stop */
}

/*
 * A node for the next value, linked into the innermost container.  That the
 * counts were too small would be a difference between the pre-scan and
 * yajl: refused, never trusted.
 */
static struct json *
json_node(struct json_builder *b, enum json_type type)
{
	struct json_level	*l;
	struct json		*n;

	if (b->nnodes == 0) {
		json_refuse(b, "syntax error");
		return (NULL);
	}
	n = b->nodes++;
	b->nnodes--;
	memset(n, 0, sizeof(*n));
	n->type = type;
	n->key = b->key;
	b->key = NULL;
	if (b->depth > 0) {
		l = &b->level[b->depth - 1];
		if (l->last == NULL)
			l->node->first = n;
		else
			l->last->next = n;
		l->last = n;
		l->node->count++;
	}
	return (n);
}

/* A copy with a NUL behind it. */
static const char *
json_copy(struct json_builder *b, const unsigned char *s, size_t n)
{
	char	*p = b->strings;

	if (n >= b->nbytes) {
		json_refuse(b, "syntax error");
		return (NULL);
	}
	memcpy(p, s, n);
	p[n] = '\0';
	b->strings += n + 1;
	b->nbytes -= n + 1;
	return (p);
}

static int
json_on_null(void *arg)
{
	return (json_node(arg, JSON_NULL) != NULL);
}

static int
json_on_bool(void *arg, int value)
{
	struct json	*n;

	if ((n = json_node(arg, JSON_BOOL)) == NULL)
		return (0);
	n->u.b = value != 0;
	return (1);
}

static int
json_on_number(void *arg, const char *s, size_t len)
{
	struct json	*n;

	if ((n = json_node(arg, JSON_INT)) == NULL)
		return (0);
	if (json_number_int(s, len, &n->u.i) == 0)
		return (1);
	n->type = JSON_DOUBLE;
	if (json_number_double(s, len, &n->u.d) == -1)
		return (json_refuse(arg, "number out of range"));
	return (1);
}

static int
json_on_string(void *arg, const unsigned char *s, size_t len)
{
	struct json	*n;

	if ((n = json_node(arg, JSON_STRING)) == NULL ||
	    (n->u.s = json_copy(arg, s, len)) == NULL)
		return (0);
	n->count = len;
	return (1);
}

static int
json_on_key(void *arg, const unsigned char *s, size_t len)
{
	struct json_builder	*b = arg;

	return ((b->key = json_copy(b, s, len)) != NULL);
}

static int
json_on_open(struct json_builder *b, enum json_type type)
{
	struct json	*n;

	if ((n = json_node(b, type)) == NULL)
		return (0);
	if (b->depth == JSON_DEPTH_MAX)
		return (json_refuse(b, "nested too deeply"));
	b->level[b->depth].node = n;
	b->level[b->depth++].last = NULL;
	return (1);
}

static int
json_on_object(void *arg)
{
	return (json_on_open(arg, JSON_OBJECT));
}

static int
json_on_array(void *arg)
{
	return (json_on_open(arg, JSON_ARRAY));
}

static int
json_key_compare(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/*
 * Sorted, since each with each would be quadratic, and a hash would be to
 * who knows it.  1 if two keys are equal, -1 if memory is out.
 */
static int
json_duplicate_sorted(const struct json *object)
{
	const struct json	 *n;
	const char		**keys;
	size_t			  i = 0;
	int			  found = 0;

	if ((keys = calloc(object->count, sizeof(*keys))) == NULL)
		return (-1);
	for (n = object->first; n != NULL; n = n->next)
		keys[i++] = n->key;
	qsort(keys, i, sizeof(*keys), json_key_compare);
	while (!found && i > 1) {
		i--;
		found = strcmp(keys[i - 1], keys[i]) == 0;
	}
	free(keys);
	return (found);
}

static int
json_duplicate(const struct json *object)
{
	const struct json	*a, *b;

	if (object->count > JSON_FEW_KEYS)
		return (json_duplicate_sorted(object));
	for (a = object->first; a != NULL; a = a->next)
		for (b = a->next; b != NULL; b = b->next)
			if (a->key[0] == b->key[0] &&
			    strcmp(a->key, b->key) == 0)
				return (1);
	return (0);
}

static int
json_on_object_end(void *arg)
{
	struct json_builder	*b = arg;
	int			 rv;

	if ((rv = json_duplicate(b->level[--b->depth].node)) == 0)
		return (1);
	return (json_refuse(b, rv == 1 ? "duplicate key" : "out of memory"));
}

static int
json_on_array_end(void *arg)
{
	struct json_builder	*b = arg;

	b->depth--;
	return (1);
}

static const yajl_callbacks json_callbacks = {
	.yajl_null = json_on_null,
	.yajl_boolean = json_on_bool,
	.yajl_number = json_on_number,
	.yajl_string = json_on_string,
	.yajl_start_map = json_on_object,
	.yajl_map_key = json_on_key,
	.yajl_end_map = json_on_object_end,
	.yajl_start_array = json_on_array,
	.yajl_end_array = json_on_array_end,
};

static const char *
json_run_yajl(struct json_builder *b, const char *text, size_t len)
{
	struct json_scratch	 scratch;
	yajl_alloc_funcs	 funcs;
	yajl_handle		 h;
	yajl_status		 st;

	scratch.used = 0;
	funcs.malloc = json_yajl_malloc;
	funcs.realloc = json_yajl_realloc;
	funcs.free = json_yajl_free;
	funcs.ctx = &scratch;
	if ((h = yajl_alloc(&json_callbacks, &funcs, b)) == NULL)
		return ("out of memory");
	/* The pre-scan was stricter. */
	yajl_config(h, yajl_dont_validate_strings, 1);
	st = yajl_parse(h, (const unsigned char *)text, len);
	if (st == yajl_status_ok)
		st = yajl_complete_parse(h);
	yajl_free(h);
	explicit_bzero(scratch.mem, scratch.used);	/* parts of strings */
	if (st == yajl_status_ok && b->nodes != b->root)
		return (NULL);
	/* Never yajl's own text: it quotes the input. */
	return (b->why != NULL ? b->why : "syntax error");
}

struct json *
json_parse(const char *text, size_t len, const struct json_limits *lim,
    char *err, size_t errsize)
{
	struct json_builder	 b;
	struct json_counts	 n;
	const char		*why;
	size_t			 size;

	b.root = NULL;
	if ((why = json_scan(text, len, lim, &n)) != NULL)
		goto fail;
	if (n.values == 0) {
		why = "syntax error";
		goto fail;
	}
	/* Both are bounded by the length of the text: no overflow. */
	size = n.values * sizeof(*b.root) + n.bytes;
	if ((b.root = malloc(size)) == NULL) {
		why = "out of memory";
		goto fail;
	}
	b.nodes = b.root;
	b.nnodes = n.values;
	b.strings = (char *)(b.root + n.values);
	b.nbytes = n.bytes;
	b.key = b.why = NULL;
	b.depth = 0;
	if ((why = json_run_yajl(&b, text, len)) == NULL)
		return (b.root);
fail:
	free(b.root);
	strlcpy(err, why, errsize);
	return (NULL);
}

/* Of the arena they are ours to write: no deeper than JSON_DEPTH_MAX. */
void
json_wipe(struct json *root)
{
	struct json	*j;

	if (root->type == JSON_STRING) {
		explicit_bzero((char *)(uintptr_t)root->u.s, root->count);
		root->count = 0;
	}
	for (j = root->type == JSON_ARRAY || root->type == JSON_OBJECT ?
	    root->first : NULL; j != NULL; j = j->next)
		json_wipe(j);
}

void
json_free(struct json *root)
{
	free(root);
}
