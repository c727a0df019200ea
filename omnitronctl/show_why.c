/*
 * Why an app is as it is, as sentences.
 */
#include <sys/types.h>

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/mono.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"

#define WHY_WAITING	"waiting for "	/* how such a reason begins */

/* Of this host; one whose users have other numbers says so by uid alone. */
static void
why_show_user(int64_t uid)
{
	const struct passwd	*pw;

	if (uid >= 0 && uid <= UINT32_MAX &&
	    (pw = getpwuid((uid_t)uid)) != NULL)
		term_puts(stdout, pw->pw_name);
	else
		printf("uid %" PRId64, uid);
}

static void
why_show_link(const struct json *link, int64_t now)
{
	const struct json	*by = json_get(link, "by");
	char			 when[HUMAN_SIZE];

	printf("    because ");
	term_puts(stdout, json_get_string(link, "text", "?"));
	if (by != NULL) {
		printf(" by ");
		why_show_user(json_get_int(by, "uid", -1));
	}
	printf(", %s", human_when(json_get_int(link, "at", 0), now, when,
	    sizeof(when)));
	if (by != NULL)
		printf(" (pid %" PRId64 ", uid %" PRId64 ")",
		    json_get_int(by, "pid", 0), json_get_int(by, "uid", 0));
	putchar('\n');
}

/* What comes next, where that is not told by the status. */
static void
why_show_next(const struct ctl *ctl, const struct json *why)
{
	const char	*reason = json_get_string(why, "reason", "");
	const char	*status = json_get_string(why, "status", "");
	const char	*name = json_get_string(why, "name", "?");
	char		 self[CTL_TEXT_MAX];
	size_t		 n = strlen(WHY_WAITING);

	if (strncmp(reason, WHY_WAITING, n) == 0) {
		printf("    next start when ");
		term_puts(stdout, reason + n);
		printf(" %s online\n", strchr(reason, ',') == NULL ? "is" :
		    "are");
	} else if (strcmp(status, "crashed") == 0 ||
	    (strcmp(status, "stopped") == 0 &&
	    strcmp(json_get_string(why, "intent", ""), "stop") == 0))
		printf("    it stays so until: %s start %s\n",
		    conn_self(ctl, self, sizeof(self)), name);
}

void
show_why(struct ctl *ctl, const struct json *why)
{
	const struct json	*chain = json_get(why, "chain"), *link;
	const char		*status = json_get_string(why, "status", "?");
	char			 reason[CTL_TEXT_MAX];
	enum colour		 colour = ctl->colour ?
				    term_status_colour(status) : COLOUR_NONE;
	int64_t			 now = wall_ms();

	human_reason(why, now, reason, sizeof(reason));
	term_puts(stdout, json_get_string(why, "name", "?"));
	printf(": %s", term_on(colour));
	term_puts(stdout, status);
	printf("%s%s", term_off(colour), reason[0] != '\0' ? ", " : "");
	term_puts(stdout, reason);
	putchar('\n');
	for (link = chain != NULL ? chain->first : NULL; link != NULL;
	    link = link->next)
		why_show_link(link, now);
	why_show_next(ctl, why);
}
