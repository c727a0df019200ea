/*
 * A line of a log as text: "timestamp level app/process[pid] message".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"

static void
show_source(const struct json *entry)
{
	const char	*app = json_get_string(entry, "app", "-");
	const char	*process = json_get_string(entry, "process", "");
	int64_t		 pid = json_get_int(entry, "pid", 0);

	term_puts(stdout, app);
	if (process[0] != '\0' && strcmp(process, app) != 0) {
		putchar('/');
		term_puts(stdout, process);
	}
	if (pid > 0)
		printf("[%" PRId64 "]", pid);
}

void
show_entry(struct ctl *ctl, const struct json *entry)
{
	const char	*level = json_get_string(entry, "level", "info");
	enum colour	 colour;
	char		 stamp[HUMAN_SIZE];

	colour = ctl->colour ? term_level_colour(level) : COLOUR_NONE;
	fputs(human_time(json_get_int(entry, "timestamp", 0), stamp,
	    sizeof(stamp)), stdout);
	printf(" %s", term_on(colour));
	term_puts(stdout, level);
	printf("%*s%s ", (int)(strlen(level) < 5 ? 5 - strlen(level) : 0), "",
	    term_off(colour));
	show_source(entry);
	putchar(' ');
	term_puts(stdout, json_get_string(entry, "message", ""));
	putchar('\n');
}
