# Starting: the order, what a program finds, and starts that fail.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

atf_test_case chain cleanup
chain_head() { atf_set timeout 60; }
chain_body()
{
	omni_init
	helper mark
	dep= want=
	for n in $(seq 20); do
		omni_app "a$n" "command \"$work/mark\" \"$work/marks\" \"a$n\" \
		    \"stay\" min-uptime 20ms $dep"
		dep="depends-on \"a$n\""
		want="$want a$n"
	done
	omni_up
	wait_for 20 status_is a20 online
	equal "$(awk '{ printf " %s", $1 }' "$work/marks")" "$want" order
}
chain_cleanup() { omni_cleanup; }

atf_test_case up_means_answering cleanup
up_means_answering_head() { atf_set timeout 120; }
up_means_answering_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\""
	for n in $(seq 20); do
		# not by up, which lists the apps and would wait for them
		"$OMNITRON_BUILD/omnitrond" -H "$home" -c "$conf" > out 2>&1 ||
		    atf_fail "start $n: $(cat out)"
		ctl status app > out 2>&1 || atf_fail "start $n: $(cat out)"
		works down
	done
}
up_means_answering_cleanup() { omni_cleanup; }

atf_test_case up_says_why_not cleanup
up_says_why_not_head() { atf_set timeout 60; }
up_says_why_not_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\""
	omni_up -q
	[ ! -s "$work/up.err" ] || atf_fail "up -q: $(cat "$work/up.err")"
	works down
	omni_up
	[ ! -s "$work/up.err" ] || atf_fail "up: $(cat "$work/up.err")"
	works down
	state=$home
	[ "$(id -u)" -ne 0 ] || state=$home/state
	chmod 666 "$state/state.json"
	# the process that will not have it, once, and the folder
	said="^fatal store: state.json can be written by others"
	for how in "ctl up" "ctl up -q" "$OMNITRON_BUILD/omnitrond -d -H $home"
	do
		$how -c "$conf" > out 2> err && atf_fail "$how: started"
		equal "$(grep -c "$said" err)" 1 "$how: reasons"
		grep -q "not started: the store process, .* $state, exited" \
		    err || atf_fail "$how: $(cat err)"
		equal "$(wc -l < err)" 2 "$how: lines"
	done
	ctl --json up 2> err && atf_fail "--json: started"
	grep -q "fatal store: state.json can be" err || atf_fail "$(cat err)"
	chmod 600 "$state/state.json"
	omni_up
	# what was said before the daemon was ready is in the log, too
	wait_for 5 grep -q 'parent ready: pid' "$home/logs/omnitrond.log"
}
up_says_why_not_cleanup() { omni_cleanup; }

atf_test_case star_is_parallel cleanup
star_is_parallel_head() { atf_set timeout 60; }
star_is_parallel_body()
{
	omni_init
	helper mark
	omni_app hub "command \"$work/mark\" \"$work/marks\" \"hub\" \"stay\" \
	    min-uptime 300ms"
	for n in $(seq 30); do
		omni_app "ray$n" "command \"$work/mark\" \"$work/marks\" \
		    \"ray$n\" \"stay\" min-uptime 1s depends-on \"hub\""
	done
	omni_up
	wait_for 20 lines "$work/marks" 31
	python3 - "$work/marks" <<-'END' || atf_fail "not in parallel"
	import sys
	v = [s.split() for s in open(sys.argv[1])]
	at = [int(w[1]) for w in v]
	print(at[0], at[1], at[-1])
	# nobody before the hub was online, and nobody waited for another
	sys.exit(v[0][0] != "hub" or at[1] - at[0] < 290 or
	    at[-1] - at[1] >= 1000)
	END
	wait_for 10 status_is ray30 online
}
star_is_parallel_cleanup() { omni_cleanup; }

atf_test_case waits_for_a_dependency cleanup
waits_for_a_dependency_head() { atf_set timeout 60; }
waits_for_a_dependency_body()
{
	omni_init
	omni_app db "command \"/bin/sleep\" \"${tag}1\" autostart no"
	omni_app api "command \"/bin/sleep\" \"${tag}2\" depends-on \"db\""
	omni_app web "command \"/bin/sleep\" \"${tag}3\" depends-on \"api\""
	omni_up
	# who waits for what nobody starts is told what to do, however far it is
	fails 1 'api: waiting for db; db is stopped: omnitronctl start db$' \
	    start api
	fails 1 'web: waiting for api; db is stopped: omnitronctl start db$' \
	    start web
	field api reason | grep -q 'waiting for db' ||
	    atf_fail "reason: $(field api reason)"
	equal "$(count_procs "${tag}2")" 0 processes
	works start db
	wait_for 5 status_is api online
}
waits_for_a_dependency_cleanup() { omni_cleanup; }

# refused APP TEXT STEP: crashed at once, with this reason in list, inspect and
# the error of start
refused()
{
	wait_for 10 status_is "$1" crashed
	equal "$(field "$1" restarts)" 0 "restarts of $1"
	field "$1" reason > reason
	for text in "$2" "$3"; do
		grep -q -- "$text" reason ||
		    atf_fail "reason of $1: $(cat reason)"
	done
	atf_check -o match:"$2" -e ignore \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" list "$1"
	atf_check -o match:"$2" -e ignore \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" inspect "$1"
	fails 1 "$2" start "$1"
}

atf_test_case starts_that_fail cleanup
starts_that_fail_head() { atf_set timeout 60; }
starts_that_fail_body()
{
	omni_init
	mkdir "$work/closed"
	script closed/tool < /dev/null
	chmod 700 "$work/closed"
	[ "$(id -u)" -eq 0 ] || chmod 0 "$work/closed"
	echo text > "$work/text"
	chmod 644 "$work/text"
	echo 'not a program' > "$work/odd"
	chmod 755 "$work/odd"
	printf 'GOOD=1\nbad line\n' > "$work/env"
	chmod 644 "$work/env"
	omni_app missing 'command "/nonexistent/tool"'
	omni_app denied "command \"$work/closed/tool\""
	omni_app text "command \"$work/text\""
	omni_app odd "command \"$work/odd\""
	omni_app folder 'command "/bin/true" directory "/nonexistent/dir"'
	omni_app noenv 'command "/bin/true" env-file "/nonexistent/env"'
	omni_app badenv "command \"/bin/true\" env-file \"$work/env\""
	omni_app good "command \"/bin/sleep\" \"${tag}1\""
	omni_up
	refused missing 'No such file or directory' exec
	refused denied 'Permission denied' exec
	refused text 'Permission denied' exec
	refused odd 'Exec format error' exec
	refused folder 'No such file or directory' 'chdir /nonexistent/dir'
	refused noenv 'No such file or directory' 'env-file'
	refused badenv "$work/env:2" 'env-file'
	wait_for 5 status_is good online
	# what was missing can be put right
	mkdir "$work/fixed"
	rm -rf "$work/closed"
	mkdir "$work/closed"
	script closed/tool <<-END
	exec sleep ${tag}2
	END
	chmod 755 "$work/closed"
	works start denied
}
starts_that_fail_cleanup() { omni_cleanup; }

# A program that writes down what it was given.
observer()
{
	cat > "$work/observe.py" <<-'END'
	import json, os, resource, signal, sys
	def status(name):
	    for line in open("/proc/self/status"):
	        if line.startswith(name + ":"):
	            return line.split(None, 1)[1].strip()
	fds = {}
	for fd in os.listdir("/proc/self/fd"):
	    try:
	        fds[fd] = os.readlink("/proc/self/fd/" + fd)
	    except OSError:
	        pass		# the folder itself
	mask = os.umask(0)
	out = {
	    "env": open("/proc/self/environ").read(),
	    "args": sys.argv[1:], "umask": mask, "nice": os.nice(0),
	    "nofile": resource.getrlimit(resource.RLIMIT_NOFILE),
	    "core": resource.getrlimit(resource.RLIMIT_CORE),
	    "cwd": os.getcwd(), "uid": os.getresuid(), "gid": os.getresgid(),
	    "groups": os.getgroups(), "nnp": status("NoNewPrivs"),
	    "blocked": status("SigBlk"), "ignored": status("SigIgn"),
	    "fds": fds, "sid": os.getsid(0), "pgid": os.getpgid(0),
	    "pid": os.getpid(), "tty": open("/proc/self/stat").read()
	        .rsplit(")", 1)[1].split()[4],
	}
	path = sys.argv[1]
	json.dump(out, open(path + ".new", "w"))
	os.rename(path + ".new", path)
	signal.pause()
	END
	chmod 644 "$work/observe.py"
}

# saw FILE EXPRESSION: of what it wrote, v; env as a dictionary
saw()
{
	wait_for 10 test -f "$work/$1"
	python3 - "$work/$1" "$2" <<-'END' || atf_fail "$1 saw something else"
	import json, sys
	v = json.load(open(sys.argv[1]))
	items = v["env"].rstrip("\0").split("\0")
	env = dict(s.split("=", 1) for s in items)
	if len(env) != len(items):
	    sys.exit("a variable is there twice")
	if not eval("(" + sys.argv[2] + ")"):
	    sys.exit("not so: " + sys.argv[2] + json.dumps(v, indent=1))
	END
}

atf_test_case environment cleanup
environment_head() { atf_set timeout 60; }
environment_body()
{
	omni_init
	observer
	printf '# comment\nFROM_FILE=of the file\nBOTH=file\n' > "$work/env"
	chmod 644 "$work/env"
	omni_app app "command \"/usr/bin/python3\" \"-I\" \
	    \"$work/observe.py\" \"$work/seen\" \"an argument\" \"\\\$HOME *\"
	    env \"PORT\" \"3001\" env \"SPACE\" \"a b = c\" env \"EMPTY\" \"\"
	    env-file \"$work/env\""
	LEAKED=1 LD_LIBRARY_PATH=/x omni_up
	saw seen "set(env) == {'PORT', 'SPACE', 'EMPTY', 'FROM_FILE', 'BOTH',
	    'OMNITRON_APP', 'OMNITRON_PROCESS', 'OMNITRON_INSTANCE',
	    'OMNITRON_GENERATION', 'OMNITRON_HOME', 'HOME', 'USER', 'LOGNAME',
	    'SHELL', 'PATH'}"
	saw seen "env['PORT'] == '3001' and env['SPACE'] == 'a b = c' and
	    env['EMPTY'] == '' and env['FROM_FILE'] == 'of the file'"
	saw seen "env['OMNITRON_APP'] == 'app' and
	    env['OMNITRON_PROCESS'] == 'app' and
	    env['OMNITRON_INSTANCE'] == '0' and
	    env['OMNITRON_GENERATION'] == '1' and
	    env['OMNITRON_HOME'] == '$home'"
	saw seen "env['USER'] == env['LOGNAME'] == '$app_user' and
	    env['HOME'] == __import__('pwd').getpwnam('$app_user').pw_dir"
	saw seen "v['args'][1:] == ['an argument', '\\\\\$HOME *']"
}
environment_cleanup() { omni_cleanup; }

atf_test_case what_a_program_is_given cleanup
what_a_program_is_given_head() { atf_set timeout 60; }
what_a_program_is_given_body()
{
	omni_init
	observer
	mkdir "$work/dir"
	chmod 755 "$work/dir"
	omni_app plain "command \"/usr/bin/python3\" \"-I\" \
	    \"$work/observe.py\" \"$work/plain\""
	omni_app set "command \"/usr/bin/python3\" \"-I\" \
	    \"$work/observe.py\" \"$work/set\" directory \"$work/dir\" umask 027
	    nice 5 limit nofile 123 limit core 0"
	(umask 077; exec 9< "$conf"; omni_up) || atf_fail up
	saw plain "sorted(f for f in v['fds'] if int(f) > 2) == []"
	saw plain "v['fds']['0'] == '/dev/null' and
	    'plain' in v['fds']['1'] and 'plain' in v['fds']['2']"
	saw plain "v['sid'] == v['pgid'] == v['pid'] and v['tty'] == '0'"
	# python itself ignores SIGPIPE and SIGXFSZ
	saw plain "int(v['blocked'], 16) == 0 and
	    int(v['ignored'], 16) & ~0x181001000 == 0"
	saw plain "v['umask'] == 0o22 and v['nice'] == 0 and v['nnp'] == '1'"
	saw plain "v['cwd'] == '$work'"
	saw set "v['umask'] == 0o27 and v['nice'] == 5 and
	    v['cwd'] == '$work/dir'"
	saw set "v['nofile'] == [123, 123] and v['core'] == [0, 0]"
	if [ "$(id -u)" -eq 0 ]; then
		saw plain "set(v['uid']) == {$(id -u nobody)} and
		    set(v['gid']) == {$(id -g nobody)} and
		    set(v['groups']) <= {$(id -G nobody | tr ' ' ',')}"
	else
		saw plain "set(v['uid']) == {$(id -u)}"
	fi
}
what_a_program_is_given_cleanup() { omni_cleanup; }

atf_test_case users_and_groups cleanup
users_and_groups_head()
{
	atf_set timeout 60
	atf_set require.user root
}
users_and_groups_body()
{
	omni_init
	observer
	chmod 777 "$work"
	run="command \"/usr/bin/python3\" \"-I\" \"$work/observe.py\""
	omni_app other "$run \"$work/other\" user \"daemon\""
	omni_app group "$run \"$work/group\" user \"nobody\" group \"daemon\""
	omni_app privs "$run \"$work/privs\" no-new-privileges no nice -5"
	omni_app root "$run \"$work/root\" user \"root\""
	omni_up
	saw other "set(v['uid']) == {$(id -u daemon)} and
	    env['USER'] == 'daemon'"
	saw group "set(v['uid']) == {$(id -u nobody)} and
	    set(v['gid']) == {$(getent group daemon | cut -d: -f3)}"
	saw privs "v['nnp'] == '0' and v['nice'] == -5"
	saw root "set(v['uid']) == {0}"
}
users_and_groups_cleanup() { omni_cleanup; }

atf_test_case instances cleanup
instances_head() { atf_set timeout 60; }
instances_body()
{
	omni_init
	script app <<-END
	echo "\$OMNITRON_INSTANCE \$OMNITRON_GENERATION" >> "$work/seen"
	exec sleep ${tag}1
	END
	omni_app app "command \"$work/app\" instances 5"
	omni_up
	wait_for 10 lines "$work/seen" 5
	equal "$(sort "$work/seen" | tr '\n' ,)" "0 1,1 1,2 1,3 1,4 1," numbers
	equal "$(count_procs "${tag}1")" 5 processes
	# one that is killed comes back with its number, the others stay
	result getApp '{"name":"app"}' \
	    '[p["pid"] for p in r["processes"]]' > "$work/old"
	kill -KILL "$(field app processes.3.pid)"
	wait_for 10 lines "$work/seen" 6
	equal "$(tail -1 "$work/seen")" "3 2" "the sixth start"
	wait_for 5 procs_are "${tag}1" 5
	equal "$(result getApp '{"name":"app"}' "[p['pid'] == o for p, o in
	    zip(r['processes'], $(cat "$work/old"))]")" \
	    "[True, True, True, False, True]" "the same pids"
}
instances_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case chain
	atf_add_test_case up_means_answering
	atf_add_test_case up_says_why_not
	atf_add_test_case star_is_parallel
	atf_add_test_case waits_for_a_dependency
	atf_add_test_case starts_that_fail
	atf_add_test_case environment
	atf_add_test_case what_a_program_is_given
	atf_add_test_case users_and_groups
	atf_add_test_case instances
}
