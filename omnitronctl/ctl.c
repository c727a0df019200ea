/*
 * Failures and remarks, on their way to the output that was asked for.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "omnitronctl/client.h"
#include "common/json.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"

static const struct {
	int		 number;
	enum ctl_exit	 exit;
} ctl_numbers[] = {
	{ -32001, EXIT_DENIED },
	{ -32003, EXIT_DENIED },
	{ -32004, EXIT_NOT_FOUND },
	{ -32008, EXIT_TIMEOUT },
	{ -32009, EXIT_CONFLICT },
	{ -32601, EXIT_NOT_FOUND },	/* a method */
	{ -32602, EXIT_USAGE },
};

int
ctl_exit_of_rpc(int number)
{
	size_t	 i;

	for (i = 0; i < sizeof(ctl_numbers) / sizeof(ctl_numbers[0]); i++)
		if (ctl_numbers[i].number == number)
			return ((int)ctl_numbers[i].exit);
	return (EXIT_FAILED);
}

const char *
ctl_exit_name(int code)
{
	switch (code) {
#define X(id, number, name, text)	case number: return (name);
	EXITS(X)
#undef X
	default:
		return ("FAILED");
	}
}

int
ctl_fail(struct ctl *ctl, enum ctl_exit code, const char *fmt, ...)
{
	struct failure	 f = { .exit = code };
	char		 text[CTL_TEXT_MAX];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f.message = text;
	ctl->out->error(ctl, &f);
	return ((int)code);
}

int
ctl_fail_reply(struct ctl *ctl, const char *name,
    const struct client_reply *reply)
{
	struct failure	 f = { 0 };

	f.exit = (enum ctl_exit)ctl_exit_of_rpc(reply->code);
	f.message = reply->message;
	f.number = reply->code;
	f.data = reply->data;
	f.app = name;
	if (reply->data != NULL && reply->data->type == JSON_OBJECT)
		f.name = json_get_string(reply->data, "code", NULL);
	ctl->out->error(ctl, &f);
	return ((int)f.exit);
}

void
ctl_note(struct ctl *ctl, const char *fmt, ...)
{
	char	 text[CTL_TEXT_MAX];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ctl->out->note(ctl, text);
}

void
ctl_warn(struct ctl *ctl, const char *fmt, ...)
{
	char	 text[CTL_TEXT_MAX];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ctl->out->warn(ctl, text);
}
