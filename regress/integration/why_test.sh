# Why an app is as it is: who or what made it so, also after a restart of the
# daemon.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# sleeper NAME [TEXT]: an app that only runs
sleeper()
{
	omni_app "$1" "command \"/bin/sleep\" \"1000\" $2"
}

# links APP: a line for each of its causes: app, cause, uid or -, text
links()
{
	ctl --json why "$1" | python3 -IS -c 'import json, sys
for l in json.load(sys.stdin)["chain"]:
    print(l["app"], l["cause"], l.get("by", {}).get("uid", "-"), l["text"])'
}

# said APP TEXT: `why` says so, on one line
said()
{
	ctl why "$1" > why.out || atf_fail "why $1"
	grep -qF -- "$2" why.out
}

# must_say APP TEXT...
must_say()
{
	_app=$1
	shift
	for _text; do
		said "$_app" "$_text" ||
		    atf_fail "'$_text' is not in: $(cat why.out)"
	done
}

# settled: what changed is on disk
settled()
{
	ctl restart settle > /dev/null || atf_fail "restart"
}

atf_test_case operator cleanup
operator_head() { atf_set timeout 60; }
operator_body()
{
	omni_init
	me=$(id -un)
	sleeper db
	sleeper web 'depends-on "db"'
	omni_up
	must_say web 'web: online' \
	    'because web was started when db was online' \
	    'because db was new to the daemon, and is one to start by itself'
	ctl stop --dependants db > /dev/null || atf_fail stop
	must_say db 'db: stopped' "because db was stopped by $me, " \
	    "uid $(id -u))" 'it stays so until: ' ' start db'
	must_say web "because web was stopped with db by $me, "
	# what is so already has its cause
	ctl start db > /dev/null
	links db > before
	ctl start db > /dev/null
	links db > after
	cmp before after || atf_fail "a start that did nothing is told"
	ctl restart db > /dev/null
	must_say db "because db was restarted by $me"
	ctl scale db 2 > /dev/null
	must_say db "because db was scaled to 2 by $me"
}
operator_cleanup() { omni_cleanup; }

# As in the manual: one waits because another was stopped.
atf_test_case dependency cleanup
dependency_head() { atf_set timeout 60; }
dependency_body()
{
	omni_init
	sleeper db
	script web <<-END
	while [ -e "$work/up" ]; do sleep 0.05; done
	exit 1
	END
	touch "$work/up"
	chmod 666 "$work/up"
	omni_app web "command \"$work/web\" depends-on \"db\""
	omni_up
	ctl signal db KILL > /dev/null
	ctl stop --dependants db > /dev/null || atf_fail stop
	ctl start --no-wait web > /dev/null
	wait_for 10 said web 'waiting for db'
	must_say web 'web: stopped, waiting for db' \
	    'because web waits for db, ' \
	    "because db was stopped by $(id -un), " \
	    'next start when db is online'
	links web > links.out
	[ "$(cut -d ' ' -f 1-2 links.out | tr '\n' ,)" = \
	    'web dependency,db operator,' ] || atf_fail "$(cat links.out)"
	ctl start db > /dev/null
	wait_for 10 status_is web online
	must_say web 'because web was started when db was online' \
	    "because db was started by $(id -un)"
}
dependency_cleanup() { omni_cleanup; }

atf_test_case policy cleanup
policy_head() { atf_set timeout 60; }
policy_body()
{
	omni_init
	script fail <<-'END'
	exit 3
	END
	omni_app fail "command \"$work/fail\" initial 20ms max-restarts 2"
	omni_app hopeless "command \"$work/fail\" no-restart-exit 3"
	omni_app done "command \"/bin/true\""
	omni_app never "command \"$work/fail\" restart never"
	omni_app missing 'command "/nonexistent"'
	omni_app late "command \"/bin/sleep\" \"1000\" oneshot yes
	    startup-timeout 200ms max-restarts 0"
	omni_app signalled "command \"/bin/sleep\" \"1000\" initial 20ms
	    success-exit SIGUSR1"
	omni_app waits "command \"/bin/false\" initial 30s max 1m"
	omni_up
	wait_for 20 status_is fail crashed
	wait_for 20 status_is hopeless crashed
	wait_for 20 status_is missing crashed
	wait_for 20 status_is late crashed
	wait_for 20 status_is done stopped
	wait_for 20 status_is never stopped
	wait_for 20 status_is waits errored
	must_say fail 'because fail was given up after 2 restarts, ' \
	    'because fail ended: exit 3, ' 'it stays so until: '
	must_say hopeless 'because hopeless was given up, as a restart' \
	    'because hopeless ended: exit 3'
	must_say 'done' 'because done has finished' 'because done ended: exit 0'
	must_say never 'because never is never restarted' 'ended: exit 3'
	must_say missing 'did not start: exec /nonexistent: No such file'
	must_say late 'because late: not done within 200ms'
	must_say waits 'waits: errored, restart in ' \
	    'because waits is restarted after 30s, restart 1 of at most 5 in 1m'
	ctl signal signalled TERM > /dev/null
	wait_for 10 status_is signalled online
	wait_for 10 said signalled 'which does not count'
	must_say signalled \
	    "because a signal was sent to signalled by $(id -un), " \
	    'because signalled ended: signal SIGTERM'
	# whoever restarts it begins a new account
	ctl restart signalled > /dev/null
	said signalled SIGTERM && atf_fail "$(cat why.out)"
	[ "$(links signalled | wc -l)" -eq 1 ] || atf_fail "$(links signalled)"
}
policy_cleanup() { omni_cleanup; }

atf_test_case configuration cleanup
configuration_head() { atf_set timeout 60; }
configuration_body()
{
	omni_init
	sleeper one 'env "A" "1"'
	omni_up
	sed -i 's/"A" "1"/"A" "2"/' "$conf"
	sleeper two
	sleeper three 'autostart no'
	ctl reload-config > /dev/null || atf_fail reload-config
	wait_for 10 status_is two online
	wait_for 10 said one 'its configuration changed'
	must_say two 'because two was added to the configuration, and is one'
	must_say three 'three: stopped' 'is not one to start by itself'
}
configuration_cleanup() { omni_cleanup; }

# All of it is there after a restart of any process, and of all.
atf_test_case kept cleanup
kept_head() { atf_set timeout 120; }
kept_body()
{
	omni_init
	script fail <<-'END'
	exit 3
	END
	omni_app fail "command \"$work/fail\" initial 20ms max-restarts 1"
	sleeper db
	sleeper web 'depends-on "db"'
	sleeper settle
	omni_up
	wait_for 20 status_is fail crashed
	ctl stop --dependants db > /dev/null || atf_fail stop
	ctl start --no-wait web > /dev/null
	settled
	for app in fail db web; do
		ctl --json why "$app" >> before || atf_fail "why $app"
	done
	for kind in supervisor control store; do
		old=$(daemon_pid "$kind")
		kill -KILL "$old"
		wait_for 20 ctl why db
		wait_for 20 test "$(daemon_pid supervisor)" -gt 0
		rm -f after
		for app in fail db web; do
			wait_for 20 ctl why "$app"
			ctl --json why "$app" >> after
		done
		cmp before after || {
			cat before after >&2
			atf_fail "after the death of $kind"
		}
	done
	kill -KILL "$(sed -n 1p "$home/daemon.pid")"
	wait_for 20 ctl up -c "$conf"
	must_say fail 'because fail was given up after 1 restarts' \
	    'because fail ended: exit 3'
	must_say web 'web: stopped, waiting for db' 'because web waits for db' \
	    "because db was stopped by $(id -un)"
	ctl down
	omni_up
	must_say db "because db was stopped by $(id -un)"
	must_say settle 'because settle was started with the daemon' \
	    "because settle was restarted by $(id -un)"
	must_say web 'next start when db is online'
}
kept_cleanup() { omni_cleanup; }

# Of several instances those count that make the status what it is, and the
# list stays short.
atf_test_case instances cleanup
instances_head() { atf_set timeout 60; }
instances_body()
{
	omni_init
	script some <<-'END'
	[ "$OMNITRON_INSTANCE" -lt 30 ] || exec sleep 1000
	exit 4
	END
	omni_app some "command \"$work/some\" instances 32 initial 20ms
	    max-restarts 1"
	omni_app pair "process \"a\" { command \"/bin/sleep\" \"1000\" }
	    process \"b\" { command \"$work/some\" max-restarts 0 }"
	omni_up
	all_crashed()
	{
		[ "$(ctl --json status some | grep -o crashed | wc -l)" -ge 31 ]
	}
	wait_for 30 all_crashed
	links some > links.out
	[ "$(wc -l < links.out)" -le 16 ] || atf_fail "$(cat links.out)"
	grep -q 'some\[[0-9]*\] ended: exit 4' links.out ||
	    atf_fail "$(cat links.out)"
	tail -n 1 links.out | grep -q 'some daemon - some was new' ||
	    atf_fail "$(cat links.out)"
	wait_for 10 status_is pair crashed
	links pair > links.out
	grep -q 'pair/b ended: exit 4' links.out || atf_fail "$(cat links.out)"
	grep -q 'pair/a' links.out && atf_fail "$(cat links.out)"
	:
}
instances_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case operator
	atf_add_test_case dependency
	atf_add_test_case policy
	atf_add_test_case configuration
	atf_add_test_case kept
	atf_add_test_case instances
}
