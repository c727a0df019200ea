# The environment of apps: what the kernel has of it, what getEnv says, and
# what the manual promises.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# odd_up: starts the daemon with variables that no app may see
odd_up()
{
	LEAKED=1 LD_LIBRARY_PATH=/nonexistent/lib IFS_='a b' BASH_ENV=/x \
	    LC_ALL=C LISTEN_FDS=3 LISTEN_PID=1 WATCHDOG_USEC=9 \
	    PYTHONSTARTUP=/x MALLOC_CHECK_=3 TMPDIR=/nonexistent \
	    XDG_RUNTIME_DIR=/x INVOCATION_ID=0123 JOURNAL_STREAM=8:1 \
	    OMNITRON_APP=other OMNITRON_TERM=9 OMNITRON_EVENT_X=1 A=B \
	    omni_up
}

# same APP PROCESS [NAME=VALUE...]: of every instance of the process the
# kernel has exactly what getEnv says, and these
same()
{
	ctl --json call getEnv "{\"name\":\"$1\",\"process\":\"$2\"}" > said
	ctl --json call getApp "{\"name\":\"$1\"}" > info
	python3 -IS - "$@" <<-'END' || atf_fail "the environment of $1/$2"
	import json, sys
	said = json.load(open("said"))
	more = dict(v.split("=", 1) for v in sys.argv[3:])
	n = 0
	for p in json.load(open("info"))["processes"]:
	    if p["name"] != sys.argv[2]:
	        continue
	    has = open("/proc/%d/environ" % p["pid"]).read()
	    assert has.endswith("\0"), has
	    pairs = [v.split("=", 1) for v in has[:-1].split("\0")]
	    has = dict(pairs)
	    assert len(has) == len(pairs), "a name twice"
	    want = dict(said, OMNITRON_INSTANCE=str(p["instance"]), **more)
	    if "LISTEN_FDS" in want:
	        want["LISTEN_PID"] = str(p["pid"])
	    if "WATCHDOG_USEC" in want:
	        want["WATCHDOG_PID"] = str(p["pid"])
	    assert has == want, "\n%s\nis not\n%s" % (
	        sorted(has.items()), sorted(want.items()))
	    open("names", "a").write("".join(v + "\n" for v in has))
	    n += 1
	assert n > 0, "it does not run"
	END
}

# documented NAME...: what was seen is in the manual, or one of these
documented()
{
	printf '%s\n' "$@" > ours
	sed -n '/^\.Ss Its environment/,/^\.Ss How/p' \
	    "$OMNITRON_REGRESS/../man/omnitrond.conf.5" > promise
	sort -u names | while read -r name; do
		grep -qx "$name" ours ||
		    grep -q "^\.It Ev.* $name\( \|$\)" promise ||
		    echo "$name"
	done > odd
	[ ! -s odd ] || atf_fail "not in the manual: $(cat odd)"
}

atf_test_case exact cleanup
exact_head()
{
	atf_set timeout 120
}
exact_body()
{
	[ -r /proc/self/environ ] || atf_skip "no /proc/PID/environ"
	omni_init
	port=$(free_port)
	# what the manual says of env-files
	cat > "$work/env" <<-'END'
	# a comment

	FILE_A=1
	  export FILE_B = no
	END
	chmod 644 "$work/env"
	omni_app wrong "command \"/bin/sleep\" \"1000\" env-file \"$work/env\""
	cat > "$work/good" <<-'END'
	# a comment

	FILE_A=1  # one
	  export FILE_B='$HOME # "as it is"'
	FILE_C="tab\tquote\"back\\\q"
	FILE_D=$HOME/x#y
	FILE_D=twice
	BOTH=file
	LANG=
	END
	printf 'FILE_E=dos\r\nFILE_F=no end of line' >> "$work/good"
	chmod 644 "$work/good"
	omni_app plain 'command "/bin/sleep" "1000"'
	omni_app full "command \"/bin/sleep\" \"1000\" instances 2
	env \"PORT\" \"3001\" env \"EMPTY\" \"\" env \"BOTH\" \"env\"
	env \"SHELL\" \"/bin/other\" env \"ODD\" \"a=b \\\"c\\\"\"
	listen tcp on 127.0.0.1 port $port name \"web\"
	listen unix \"$work/sock\"
	env-file \"$work/good\""
	omni_app shop "env \"COLOUR\" \"red\" env \"ALL\" \"1\"
	process \"http\" { command \"/bin/sleep\" \"1000\"
	    listen tcp on 127.0.0.1 port $(free_port) }
	process \"worker\" { command \"/bin/sleep\" \"1000\" instances 2
	    env \"COLOUR\" \"blue\" env-file \"$work/good\" }"
	cat > "$work/told.py" <<-'END'
	import os, socket, time
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
	time.sleep(1000)
	END
	omni_app told "command \"$(command -v python3)\" \"-IS\" \
	    \"$work/told.py\" ready notify watchdog 1h"
	omni_app spoken 'command "/bin/sleep" "1000" channel yes'
	odd_up
	wait_for 20 status_is spoken online
	wait_for 20 status_is told online
	wait_for 20 status_is wrong crashed
	field wrong reason | grep -q "$work/env:4" ||
	    atf_fail "reason: $(field wrong reason)"
	wait_for 20 status_is plain online
	wait_for 20 status_is full online
	wait_for 20 status_is shop online
	tab=$(printf '\t')
	set -- FILE_A=1 'FILE_B=$HOME # "as it is"' \
	    "FILE_C=tab${tab}quote\"back\\\\q" FILE_D=twice BOTH=file LANG= \
	    FILE_E=dos "FILE_F=no end of line"
	same plain plain
	same full full "$@"
	same shop http
	same shop worker "$@"
	# what an app hears and says more by, also in the other slot
	same spoken spoken
	same told told
	told=$(pid_of told)
	works reload told
	wait_for 20 pid_changed told "$told"
	same told told
	documented PORT EMPTY BOTH ODD COLOUR ALL LANG FILE_A FILE_B FILE_C \
	    FILE_D FILE_E FILE_F
	# the next generation has its own number, in both
	pid=$(pid_of plain)
	kill -KILL "$pid"
	wait_for 20 pid_changed plain "$pid"
	same plain plain
	equal "$(result OmnitronDaemon.getEnv '{"name": "plain"}' \
	    'r["OMNITRON_GENERATION"]')" 2 generation
	works stop plain
	equal "$(result OmnitronDaemon.getEnv '{"name": "plain"}' \
	    '"OMNITRON_GENERATION" in r')" False "generation of none"
}
exact_cleanup() { omni_cleanup; }

# signal names one process, or one instance of it.
atf_test_case signals cleanup
signals_head()
{
	atf_set timeout 120
}
signals_body()
{
	omni_init
	script told <<-'END'
	me=$OMNITRON_PROCESS.$OMNITRON_INSTANCE
	trap 'echo "$me" >> told.log' USR1
	echo "$me" >> ready.log
	while :; do sleep 0.05; done
	END
	omni_app shop "process \"http\" { command \"$work/told\" }
	process \"worker\" { command \"$work/told\" instances 2 }"
	omni_up
	wait_for 20 lines "$work/ready.log" 3
	works call signalApp '{"name": "shop", "signal": "USR1",
	    "process": "worker", "instance": 1}'
	wait_for 20 lines "$work/told.log" 1
	works signal --process http shop USR1
	wait_for 20 lines "$work/told.log" 2
	works signal shop SIGUSR1
	wait_for 20 lines "$work/told.log" 5
	printf '%s\n' worker.1 http.0 > expected
	head -n 2 "$work/told.log" | cmp -s - expected ||
	    atf_fail "told: $(cat "$work/told.log")"
	fails 4 "instance" call signalApp '{"name": "shop", "signal": "USR1",
	    "process": "worker", "instance": 7}'
	fails 4 "no process 'nope'" signal --process nope shop USR1
	equal "$(field shop restarts)" 0 restarts
}
signals_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case exact
	atf_add_test_case signals
}
