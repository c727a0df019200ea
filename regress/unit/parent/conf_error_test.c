/* What is wrong is said, with its place, all of it in one run. */
#include "regress/unit/parent/conf_fixture.h"

/* In an app's block, on line 3 of the file. */
static const struct {
	const char	*setting;
	const char	*error;
} in_app[] = {
	{ "comand \"/bin/x\"",
	    "unknown keyword \"comand\" in an app block; did you mean "
	    "\"command\"?" },
	{ "frobnicate 3", "unknown keyword \"frobnicate\" in an app block\n" },
	{ "directory \"srv\"", "directory: \"srv\" is not an absolute path" },
	{ "directory \"\"", "directory: \"\" is not an absolute path" },
	{ "env-file \".env\"", "env-file: \".env\" is not an absolute path" },
	{ "user \"no-such-user\"",
	    "app a: there is no user \"no-such-user\"" },
	{ "user \"root\"", "app a: user \"root\" is not the user the daemon "
	    "runs as" },
	{ "group \"no-such-group\"",
	    "app a: there is no group \"no-such-group\"" },
	{ "group \"daemon\"", "app a: group \"daemon\" is not that of the "
	    "daemon" },
	{ "log group \"daemon\"",
	    "app a: log: the daemon is not in group \"daemon\"" },
	{ "umask 999", "umask: \"999\" is not an octal number" },
	{ "umask 01000", "umask: \"01000\" is not an octal number" },
	{ "umask 77777777777777777", "is not an octal number" },
	{ "nice 20", "nice: \"20\" is not a number from -20 to 19" },
	{ "nice -1", "app a: nice -1: only root can raise a priority" },
	{ "no-new-privileges maybe",
	    "no-new-privileges: \"maybe\" is neither yes nor no" },
	{ "env \"OMNITRON_X\" \"1\"",
	    "env: \"OMNITRON_X\": names that begin with OMNITRON_ are set" },
	{ "env \"1X\" \"1\"", "env: \"1X\" cannot name a variable" },
	{ "env \"\" \"1\"", "env: \"\" cannot name a variable" },
	{ "env \"A=B\" \"1\"", "env: \"A=B\" cannot name a variable" },
	{ "env \"A\" \"1\" env \"A\" \"2\"",
	    "env: \"A\" is given twice in this block" },
	{ "env \"A\"", "env takes NAME VALUE | NAME secret KEY, but } "
	    "follows" },
	{ "restart on-failur", "restart: \"on-failur\" is unknown; did you "
	    "mean \"on-failure\"?" },
	{ "restart sometimes", "restart: \"sometimes\" is none of on-failure, "
	    "always, never" },
	{ "backoff square", "backoff: \"square\" is none of exponential" },
	{ "max-restarts -1", "max-restarts: \"-1\" is not a number from 0" },
	{ "max-restarts 65", "max-restarts: \"65\" is not a number" },
	{ "window 5x", "window: \"5x\" is not a duration" },
	{ "window 10ms", "window: \"10ms\" is not from 1s to 1d" },
	{ "initial 2d", "initial: \"2d\" is not from 0s to 1d" },
	{ "initial 5s max 1s", "app a: max 1s is less than initial 5s" },
	{ "initial 5m", "app a: max 30s is less than initial 5m" },
	{ "factor 0.5", "factor: \"0.5\" is not a factor from 1 to 100" },
	{ "factor 1.", "factor: \"1.\" is not a factor" },
	{ "factor 1.2345", "is not a factor" },
	{ "factor 101", "is not a factor" },
	{ "factor 1.5.5", "is not a factor" },
	{ "factor 99999999999999999999", "is not a factor" },
	{ "jitter 101", "jitter: \"101\" is not a number from 0 to 100" },
	{ "success-exit 256", "success-exit: \"256\" is neither an exit code" },
	{ "success-exit FOO", "success-exit: \"FOO\" is neither an exit code" },
	{ "success-exit 1,", "success-exit takes CODE | SIGNAL, ..., but } "
	    "follows" },
	{ "no-restart-exit 0", "no-restart-exit: \"0\" is not an exit code" },
	{ "no-restart-exit TERM", "no-restart-exit: \"TERM\" is not an exit" },
	{ "reload rollin", "reload: \"rollin\" is unknown: it is rolling, "
	    "signal SIGNAL, command PATH or restart" },
	{ "reload command x", "reload command: \"x\" is not an absolute path" },
	{ "reload signal", "reload signal: which one?" },
	{ "reload signal HUPP", "reload signal: there is no signal \"HUPP\"" },
	{ "reload rolling 3", "reload rolling: nothing follows it" },
	{ "reload restart reload rolling", "reload is given twice" },
	{ "success-exit 7 no-restart-exit 7",
	    "app a: exit 7 is in success-exit and in no-restart-exit" },
	{ "stop-signal FOO", "stop-signal: \"FOO\" is not a signal" },
	{ "stop-timeout 25h", "stop-timeout: \"25h\" is not from 0s to 1d" },
	{ "startup-timeout 0", "startup-timeout: \"0\" is not from 1ms" },
	{ "min-uptime 31s", "app a: min-uptime 31s is longer than "
	    "startup-timeout 30s" },
	{ "limit nofiles 3", "limit: there is no \"nofiles\"; there are " },
	{ "limit nofile 3mb", "limit nofile: \"3mb\" is neither a value" },
	{ "limit cpu 500ms", "limit cpu: \"500ms\" is neither a value" },
	{ "limit core 1 limit core 2",
	    "limit core is given twice in this block" },
	{ "instances 0", "instances: \"0\" is not a number from 1 to 1024" },
	{ "instances 1025", "instances: \"1025\" is not a number" },
	{ "instances 5 scaling max 4",
	    "app a: instances 5 is more than scaling max 4" },
	{ "scaling 4", "scaling takes max NUMBER, not \"4\"" },
	{ "critical 1", "critical: \"1\" is neither yes nor no" },
	{ "port 0", "port: \"0\" is not a number from 1 to 65535" },
	{ "port 65536", "port: \"65536\" is not a number" },
	{ "depends-on \"b\"", "app a depends on \"b\", which is not "
	    "configured" },
	{ "depends-on \"a\"", "app a depends on itself" },
	{ "depends-on \"a b\"",
	    "depends-on: \"a b\" cannot be a name" },
	{ "depends-on x, x", "depends-on: \"x\" is named twice" },
	{ "umask 022 umask 027",
	    "umask is given twice in this block (first on line 3)" },
	{ "log level info log level warn",
	    "log level is given twice in this block (first on line 3)" },
	{ "log level loud", "log level: \"loud\" is none of trace, debug" },
	{ "log mode 0644", "log mode: \"0644\" is neither 0600 nor 0640" },
	{ "log max-size 1kb", "log max-size: \"1kb\" is not from 4kb" },
	{ "log max-size big", "log max-size: \"big\" is not a size" },
	{ "log max-files 0", "log max-files: \"0\" is not a number from 1" },
	{ "log format json", "log format: \"json\" is unknown: the format is "
	    "text" },
	{ "log compress yes", "log takes OPTION ... | { OPTION ... }, not "
	    "\"compress\"" },
	{ "log { compress yes }",
	    "unknown keyword \"compress\" in a log block" },
	{ "log { umask 022 }",
	    "\"umask\" cannot stand in a log block: it belongs in default, "
	    "app, process\n" },
	{ "user group \"x\"", "user takes USER, but the keyword \"group\" "
	    "follows (if it is meant as a value, quote it)" },
	{ "umask = 3", "the macro \"umask\" must be set outside of blocks" },
	{ "metrics no", "\"metrics\" cannot stand in an app block: it belongs "
	    "in monitoring" },
	{ "home \"/x\"", "\"home\" cannot stand in an app block: it belongs "
	    "outside of blocks; is a } missing above?" },
	{ "interval 5s", "\"interval\" cannot stand in an app block" },
	{ "stop-signal 'TERM'", "strings are written in double quotes" },
	{ "directory \"/srv", "the string is not closed by \" before the end "
	    "of the line" },
	{ "directory \"/a\001b\"", "a control character in a string" },
	{ "directory $nowhere", "macro \"nowhere\" is not defined: write "
	    "nowhere = \"value\"" },
	{ "directory $ /x", "$ without the name of a macro" },
	{ "umask 022 \001", "umask takes OCTAL, but a control character "
	    "follows" },
	/* what later versions may know is no statement of this one */
	{ "health ping", "health takes http URL | tcp PORT | exec PATH" },
	{ "health notify", "health notify needs a watchdog" },
	{ "health notify 3 watchdog 5s", "health notify: nothing follows it" },
	{ "health http", "health http takes one URL" },
	{ "health http \"127.0.0.1/\"", "health http: \"127.0.0.1/\" is not "
	    "a URL like" },
	{ "health http \"https://x/\"", "is https, which probes do not" },
	{ "health tcp", "health tcp takes one port" },
	{ "health tcp 80 81", "health tcp takes one port" },
	{ "health tcp 70000", "is not a port from 1 to 65535" },
	{ "health exec", "health exec takes a path and arguments" },
	{ "health exec \"x\"", "health exec: \"x\" is not an absolute path" },
	{ "health tcp 80 health tcp 81", "health is given twice" },
	{ "health tcp 80 interval 99ms", "health interval: \"99ms\" is not a "
	    "duration from 100ms to 1d" },
	{ "health tcp 80 timeout x", "health timeout: \"x\" is not a" },
	{ "health tcp 80 retries 0", "health retries: \"0\" is not a number "
	    "from 1 to 1000" },
	{ "health tcp 80 start-grace 2d", "health start-grace: \"2d\"" },
	{ "health tcp 80 on-unhealthy panic", "is neither restart nor "
	    "report" },
	{ "health tcp 80 status 200", "health: status is for http only" },
	{ "health exec \"/x\" match \"y\"", "health: match is for http" },
	{ "health http \"http://127.0.0.1\" status 3",
	    "health status: \"3\" is not a status" },
	{ "health http \"http://127.0.0.1\" match \"\"",
	    "health match: the text is empty" },
	{ "health http \"http://no-such-host.invalid/\"",
	    "app a: health: no-such-host.invalid: " },
	{ "health tcp 80 oneshot yes", "oneshot is to end: it takes no "
	    "health" },
	{ "retries 3", "\"retries\" cannot stand in an app block: it belongs "
	    "in health" },
	{ "ready later", "ready takes exec | notify | channel | fd NUMBER" },
	{ "channel maybe", "channel: \"maybe\" is neither yes nor no" },
	{ "ready notify 3", "not \"notify 3\"" },
	{ "ready fd", "not \"fd\"" },
	{ "ready fd 2", "ready fd: \"2\" is not a descriptor from 3 to 63" },
	{ "ready fd 64", "is not a descriptor from 3 to 63" },
	{ "ready fd x", "is not a descriptor" },
	{ "ready notify ready fd 3", "ready is given twice" },
	{ "ready tcp", "not \"tcp\"" },
	{ "ready tcp 0", "ready tcp: \"0\" is not a port from 1 to 65535" },
	{ "ready http \"/x\"", "ready http: \"/x\" is not a URL like" },
	{ "ready http \"https://x\"", "is https, which probes do not speak" },
	{ "ready http \"http://no-such-host.invalid/\"",
	    "app a: ready: no-such-host.invalid: " },
	{ "notify-access all", "notify-access: \"all\" is none of main, "
	    "group" },
	{ "watchdog x", "watchdog: \"x\" is not a duration" },
	{ "watchdog 1s oneshot yes", "oneshot ends by itself: it takes no "
	    "watchdog" },
	{ "watchdog-signal NO", "watchdog-signal: \"NO\" is not a signal" },
	{ "env \"NOTIFY_SOCKET\" \"x\"", "env: \"NOTIFY_SOCKET\"" },
	{ "ready notify oneshot yes", "oneshot is ready when it is done" },
	{ "ready fd 4 listen tcp port 80 listen tcp port 81", "ready fd 4: its "
	    "sockets are passed as descriptors 3 to 4" },
	{ "watch", "watch takes PATH [ignore GLOB, ...]" },
	{ "watch src", "watch: \"src\" is not an absolute path" },
	{ "watch /srv watch /usr", "watch is given twice in this block (first "
	    "on line 3)" },
	{ "watch /srv ignore \"\"", "watch: \"\" is not a pattern" },
	{ "watch /srv debounce 5ms", "debounce \"5ms\" is not a duration from "
	    "10ms to 10m" },
	{ "watch /srv debounce 1h", "is not a duration from 10ms to 10m" },
	{ "env \"A\" secret", "secret takes KEY, but } follows" },
	{ "env \"A\" secret \"a b\"", "env: \"a b\" cannot be the key of a "
	    "secret" },
	{ "env \"A\" \"1\" env \"A\" secret \"k\"",
	    "env: \"A\" is given twice in this block" },
	{ "secret \"k\"", "\"secret\" cannot stand in an app block" },
	{ "credential", "credential takes KEY [as NAME], but } follows" },
	{ "credential \"a/b\"", "credential: \"a/b\" cannot be the key of a "
	    "secret" },
	{ "credential \"a\" as \"..\"", "credential: \"..\" cannot be the "
	    "name of a file" },
	{ "credential \"a\" credential \"b\" as \"a\"",
	    "credential: \"a\" is given twice in this block" },
	{ "jwt { }", "\"jwt\" cannot stand in an app block: it belongs "
	    "outside of blocks" },
	{ "tls { }", "\"tls\" cannot stand in an app block" },
	{ "allow owner view", "\"allow\" cannot stand in an app block" },
	{ "before-start \"x\"", "before-start: \"x\" is not an absolute path" },
};

static const struct {
	const char	*text;
	const char	*error;
} in_file[] = {
	{ "app a { }", "t.conf:1: app a: command is missing" },
	{ "app a { command \"sleep\" \"1\" }", "t.conf:1: command: \"sleep\" "
	    "is not an absolute path: there is no search in PATH" },
	{ "app a { command }", "command takes PATH [ARGUMENT ...], but } "
	    "follows" },
	{ "app a { command /bin/x, 3 }", "command takes PATH [ARGUMENT ...], "
	    "but , follows" },
	{ "app a { command /bin/a usr \"x\" }",
	    "unknown keyword \"usr\" in an app block; did you mean \"user\"?" },
	{ "app \"a/b\" { command /bin/x }", "app: \"a/b\" cannot be a name" },
	{ "app \"\" { command /bin/x }", "app: \"\" cannot be a name" },
	{ "app \"..\" { command /bin/x }", "app: \"..\" cannot be a name" },
	{ "app \"-x\" { command /bin/x }", "app: \"-x\" cannot be a name" },
	{ "app omnitrond { command /bin/x }", "app: the name \"omnitrond\" is "
	    "taken" },
	{ "app all { command /bin/x }", "app: the name \"all\" is taken" },
	{ "app { command /bin/x }", "app takes NAME { ... }, but { follows" },
	{ "app default { command /bin/x }", "app takes NAME { ... }, but the "
	    "keyword \"default\" follows" },
	{ "app a { command /bin/x }\napp a { command /bin/x }",
	    "t.conf:2: app a is defined twice (the other is at t.conf:1)" },
	{ "app aa { command /bin/x depends-on bb }\n"
	    "app bc { command /bin/x }", "t.conf:1: app aa depends on \"bb\", "
	    "which is not configured; did you mean \"bc\"?" },
	{ "app a { command /bin/x depends-on b }\n"
	    "app b { command /bin/x depends-on a }",
	    "apps depend on each other in a circle: a -> b -> a\n" },
	{ "app a { command /bin/x depends-on d }\n"
	    "app b { command /bin/x depends-on c, a }\n"
	    "app c { command /bin/x depends-on d }\n"
	    "app d { command /bin/x depends-on b }\n",
	    "apps depend on each other in a circle: d -> b -> c -> d\n" },
	{ "app a { command /bin/x ", "t.conf:1: the { of this line is not "
	    "closed by a } before the end of the file" },
	{ "app a { command /bin/x }\n}", "t.conf:2: a } without a {" },
	{ "default { command /bin/x }", "\"command\" cannot stand in a "
	    "default block: it belongs in app, process\n" },
	{ "default { depends-on x }", "\"depends-on\" cannot stand in a "
	    "default block" },
	{ "default { port 3 }", "\"port\" cannot stand in a default block" },
	{ "window 5s", "\"window\" cannot stand outside of a block: it "
	    "belongs in supervision, default, app, process\n" },
	{ "supervision { strategy one_for_two }", "strategy: \"one_for_two\" "
	    "is unknown; did you mean \"one_for_one\"?\n" },
	{ "app a { process x { command /bin/x strategy one_for_all } }",
	    "\"strategy\" cannot stand in a process block: it belongs in "
	    "supervision, default, group, app\n" },
	{ "group g { app a { command /bin/x } }\ngroup g { app b { "
	    "command /bin/x } }", "t.conf:2: group g is defined twice (the "
	    "other is at t.conf:1)\n" },
	{ "group g { strategy one_for_all\nstrategy one_for_all app a { "
	    "command /bin/x } }", "t.conf:2: strategy is given twice in this "
	    "block (first on line 1)\n" },
	{ "group g { strategy nope app a { command /bin/x } }",
	    "strategy: \"nope\" is none of one_for_one, one_for_all, "
	    "rest_for_one\n" },
	{ "group \"g h\" { app a { command /bin/x } }",
	    "group: \"g h\" cannot be a name" },
	{ "group g { strategy one_for_all }",
	    "group g: there is no app in it\n" },
	{ "group g { umask 022 app a { command /bin/x } }", "\"umask\" "
	    "cannot stand in a group block: it belongs in default, app, "
	    "process\n" },
	{ "group g { group h { app a { command /bin/x } } }",
	    "\"group\" cannot stand in a group block" },
	{ "supervision { umask 022 }",
	    "\"umask\" cannot stand in a supervision block" },
	{ "supervision { }\nsupervision { }",
	    "t.conf:2: supervision is given twice (first at t.conf:1)" },
	{ "monitoring { metrics interval 1ms }", "metrics interval: \"1ms\" "
	    "is not a duration from 100ms to 1d" },
	{ "monitoring { metrics off }",
	    "metrics takes interval DURATION | no, not \"off\"" },
	{ "monitoring { metrics 5s }",
	    "metrics takes interval DURATION | no, not \"5s\"" },
	{ "monitoring { metrics no metrics no }", "metrics is given twice" },
	{ "monitoring { health interval x }", "health interval: \"x\"" },
	{ "monitoring { health concurrency 0 }", "health concurrency: \"0\" "
	    "is not a number from 1 to 1024" },
	{ "monitoring { health }", "health takes" },
	{ "monitoring { health retries 3 }", "health takes" },
	{ "logging { group \"x\" }", "\"group\" cannot stand in a logging "
	    "block: it belongs in global, default, app, process, log, socket, allow, deny\n" },
	{ "logging { format raw }", "format: \"raw\" is unknown" },
	{ "logging { compress yes }",
	    "unknown keyword \"compress\" in a logging block" },
	{ "users { stor \"x\" }", "users: there is no process \"stor\"; did "
	    "you mean \"store\"?" },
	{ "users { parent \"x\" }", "users: there is no process \"parent\"" },
	{ "users { store \"x\" store \"y\" }", "users: store is given twice" },
	{ "deny all", "deny takes root | user NAME" },
	{ "home \"x\"", "home: \"x\" is not an absolute path" },
	{ "home \"/x\"\nhome \"/y\"",
	    "t.conf:2: home is given twice (first at t.conf:1)" },
	{ "socket \"/x\" statefile \"/x\"",
	    "t.conf:1: socket and statefile are the same: /x" },
	{ "socket \"/0123456789012345678901234567890123456789012345678901234"
	    "5678901234567890123456789012345678901234567890123456789\"",
	    "t.conf:1: socket: \"/0123" },
	{ "socket", "socket takes PATH [role ROLE | grants] [group GROUP] "
	    "[mode OCTAL], but the end of the file follows" },
	{ "include \"\"", "include needs the path of a file" },
	{ "1x = 3", "unexpected 1x" },
	{ "x$ = 3", "unknown keyword \"x\"" },
	{ "a.b = 3", "\"a.b\" cannot name a macro" },
	{ "prot = 3\napp a { command /bin/x port $port }",
	    "t.conf:2: macro \"port\" is not defined; did you mean \"prot\"?" },
	{ "\"x\"", "unexpected x" },
	{ "cluster { heartbeat 2s }", "unknown keyword \"cluster\"" },
	{ "node \"x\" { port 3 }", "unknown keyword \"node\"" },
	{ "role master", "\"role\" cannot stand outside of a block: it "
	    "belongs in socket\n" },
};

ATF_TC_WITHOUT_HEAD(each_mistake_in_an_app_is_named);
ATF_TC_BODY(each_mistake_in_an_app_is_named, tc)
{
	char	*text, *error;
	size_t	 i;

	for (i = 0; i < sizeof(in_app) / sizeof(in_app[0]); i++) {
		ATF_REQUIRE(asprintf(&text, "app a {\n\tcommand \"/bin/a\"\n"
		    "%s\n}\n", in_app[i].setting) != -1);
		load_fails(text, in_app[i].error);
		load_fails(text, "t.conf:");
		free(text);
		/* Alone it is one error, not the first of many. */
		ATF_REQUIRE(asprintf(&text, "app a { command \"/bin/a\"\n%s\n"
		    "critical yes }\napp z { command \"/bin/z\" }",
		    in_app[i].setting) != -1);
		ATF_CHECK(load(text, &error) == NULL);
		ATF_CHECK_MSG(count_lines(error) <= 2, "%s\n%s",
		    in_app[i].setting, error);
		free(error);
		free(text);
	}
}

ATF_TC_WITHOUT_HEAD(each_mistake_in_a_file_is_named);
ATF_TC_BODY(each_mistake_in_a_file_is_named, tc)
{
	size_t	 i;

	for (i = 0; i < sizeof(in_file) / sizeof(in_file[0]); i++)
		load_fails(in_file[i].text, in_file[i].error);
}

ATF_TC_WITHOUT_HEAD(all_mistakes_are_found_in_one_run);
ATF_TC_BODY(all_mistakes_are_found_in_one_run, tc)
{
	static const char	 text[] =
	    "home relative\n"				/* 1 */
	    "cluster {\n"				/* 2 */
	    "\thome \"x\" heartbeat \"/y\"\n"
	    "}\n"
	    "app a {\n"
	    "\tcomand \"/bin/a\"\n"			/* 6 */
	    "\tumask 9\n"				/* 7 */
	    "\thealth http \"x\" {\n"			/* 8 */
	    "\t\tinterval 3s\n"
	    "\t}\n"
	    "\tuser\n"
	    "\trestart often\n"				/* 12: twice */
	    "}\n"
	    "app b { command \"/bin/b\" bogus }\n"	/* 14 */
	    "supervision { window 1 window 2 }\n"	/* 15 */
	    "app b { command \"/bin/b\" }\n";		/* 16 */
	static const int	 lines[] = { 1, 2, 6, 7, 8, 12, 12, 14, 15,
				    16 };

	load_fails_at(text, lines, sizeof(lines) / sizeof(lines[0]));
}

ATF_TC_WITHOUT_HEAD(more_mistakes_than_anyone_reads_are_counted);
ATF_TC_BODY(more_mistakes_than_anyone_reads_are_counted, tc)
{
	char	*text = NULL, *errors;
	size_t	 size = 0;
	FILE	*f = open_memstream(&text, &size);
	int	 i;

	for (i = 0; i < 60; i++)
		fprintf(f, "nonsense%d\n", i);
	fclose(f);
	ATF_REQUIRE(load(text, &errors) == NULL);
	ATF_CHECK_EQ(count_lines(errors), CONF_ERRORS_MAX + 1);
	ATF_CHECK(strstr(errors, "\n... and 10 more errors\n") != NULL);
	free(errors);
	free(text);
}

ATF_TC_WITHOUT_HEAD(errors_carry_no_control_characters);
ATF_TC_BODY(errors_carry_no_control_characters, tc)
{
	char	*errors, *c;

	ATF_REQUIRE(load("app \"a\tb\" { command \"/x\" umask \"\t\" }\n"
	    "\033[2J", &errors) == NULL);
	for (c = errors; *c != '\0'; c++)
		ATF_CHECK(*c == '\n' || (unsigned char)*c >= ' ');
	free(errors);
}

/* A long circle is named by its beginning. */
ATF_TC_WITHOUT_HEAD(a_circle_of_thousands);
ATF_TC_BODY(a_circle_of_thousands, tc)
{
	char	*text = NULL, *errors;
	size_t	 size = 0;
	FILE	*f = open_memstream(&text, &size);
	int	 i;

	for (i = 0; i < 5000; i++)
		fprintf(f, "app a%04d { command /bin/x depends-on a%04d }\n",
		    i, (i + 1) % 5000);
	fclose(f);
	ATF_REQUIRE(load(text, &errors) == NULL);
	ATF_CHECK_EQ(count_lines(errors), 1);
	ATF_CHECK(strstr(errors, "a0000 -> a0001 -> ") != NULL);
	ATF_CHECK(strstr(errors, "-> ... -> a0000\n") != NULL);
	free(errors);
	free(text);
}

static const char	 seed[] =
    "m = \"/srv\"\nx = $m \"/y\"\nhome \"/h\"\ndeny root\n"
    "users { store \"games\" }\nsupervision { window 5s backoff linear }\n"
    "monitoring { metrics interval 5s }\nlogging { level info }\n"
    "default { env \"A\" \"1\" log { mode 0640 } limit core 0 }\n"
    "app \"a\" {\n\tcommand \"/bin/a\" \"b\\\"\\\\\" 3 $x # c\n"
    "\tdepends-on \"b\"\n\tsuccess-exit 0, TERM\n\tlog max-size 1mb\n"
    "\tscaling max 3 port $m\n}\napp b { command /bin/b }\n"
    "app c { env \"A\" \"2\" process p {\n\tcommand \"/bin/c\"\n"
    "\tdepends-on q\n}\nprocess \"q\" { command /bin/q nice 3 }\n}\n";

/* Whatever stands in a file: an answer, and one of the two. */
ATF_TC_WITHOUT_HEAD(damaged_files_do_no_harm);
ATF_TC_BODY(damaged_files_do_no_harm, tc)
{
	static const char	 bytes[] = "{}\"\\#$=,\n\t '\0x9\377";
	static const char *const words[] = { "app ", "}", "{", " user ", "\"",
				    "include ", "log { ", "= ", "$x ",
				    "process ", "process r {\n" };
	static const struct conf_options none;
	struct conf		*conf;
	char			 text[2 * sizeof(seed)], *errors;
	const char		*word;
	uint32_t		 r = 1;
	size_t			 len, at, n;
	int			 i, j, root = become_ordinary();

	for (i = 0; i < 4000; i++) {
		len = sizeof(seed) - 1;
		memcpy(text, seed, len);
		for (j = 0; j < 1 + i % 4; j++) {
			r = r * 1664525 + 1013904223;
			at = (r >> 8) % len;
			if (r >> 30 == 0) {
				len = at + 1;
			} else if (r >> 30 == 1) {
				word = words[(r >> 5) % 11];
				n = strlen(word);
				memmove(text + at + n, text + at, len - at);
				memcpy(text + at, word, n);
				len += n;
			} else
				text[at] = bytes[(r >> 4) %
				    (sizeof(bytes) - 1)];
		}
		conf = conf_load_text(&none, "t.conf", text, len, &errors);
		if (conf == NULL && (errors == NULL || errors[0] == '\0'))
			abort();
		conf_free(conf);
		free(errors);
	}
	become_again(root);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_mistake_in_an_app_is_named);
	ATF_TP_ADD_TC(tp, each_mistake_in_a_file_is_named);
	ATF_TP_ADD_TC(tp, all_mistakes_are_found_in_one_run);
	ATF_TP_ADD_TC(tp, more_mistakes_than_anyone_reads_are_counted);
	ATF_TP_ADD_TC(tp, errors_carry_no_control_characters);
	ATF_TP_ADD_TC(tp, a_circle_of_thousands);
	ATF_TP_ADD_TC(tp, damaged_files_do_no_harm);
	return (atf_no_error());
}
