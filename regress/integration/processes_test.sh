# Apps that are made of named processes.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# shop_app [WORKER]: a server that takes a moment to be up, and two workers
# that need it; each process says when it begins and when it is told to end
shop_app()
{
	script noisy <<-'END'
	me=$OMNITRON_PROCESS.$OMNITRON_INSTANCE
	trap 'echo "end $me" >> order; exit 0' TERM
	echo "begin $me" >> order
	echo "output of $me"
	while :; do sleep 0.05; done
	END
	omni_app shop "env \"COLOUR\" \"red\"
	process \"http\" { command \"$work/noisy\" min-uptime 200ms }
	process \"worker\" { command \"$work/noisy\" instances 2
	    depends-on \"http\" env \"COLOUR\" \"blue\" ${1-} }"
}

# inst PROCESS NUMBER FIELD: of an instance of shop
inst()
{
	ctl --json call getApp '{"name":"shop"}' |
	    python3 -IS -c 'import json, sys
for p in json.load(sys.stdin)["processes"]:
    if p["name"] == sys.argv[1] and p["instance"] == int(sys.argv[2]):
        print(p[sys.argv[3]])' "$@"
}

# inst_anew PROCESS NUMBER OLD: it is online as another process
inst_anew()
{
	[ "$(inst "$1" "$2" status)" = online ] &&
	    [ "$(inst "$1" "$2" pid)" != "$3" ]
}

# instances N: so many are shown of shop
instances()
{
	[ "$(ctl --json call getApp '{"name":"shop"}' |
	    python3 -IS -c 'import json, sys
print(len(json.load(sys.stdin)["processes"]))')" -eq "$1" ]
}

# order_is LINE...: what the processes wrote so far, workers without number
order_is()
{
	printf '%s\n' "$@" > expected
	sed 's/worker\.[01]/worker/' "$work/order" > told
	cmp -s told expected
}

# shows PATTERN COMMAND...: what a command of omnitronctl prints
shows()
{
	_pattern=$1
	shift
	atf_check -o match:"$_pattern" \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" "$@"
}

atf_test_case order cleanup
order_head()
{
	atf_set timeout 60
}
order_body()
{
	omni_init
	shop_app
	omni_up
	wait_for 10 status_is shop online
	wait_for 5 order_is "begin http.0" "begin worker" "begin worker"
	equal "$(field shop mode)" bootstrap mode
	equal "$(field shop instances)" 3 instances
	equal "$(field shop pid)" "$(inst http 0 pid)" pid
	works stop shop
	wait_for 5 order_is "begin http.0" "begin worker" "begin worker" \
	    "end worker" "end worker" "end http.0"
	equal "$(field shop status)" stopped status
	works start shop
	equal "$(field shop status)" online status
}
order_cleanup() { omni_cleanup; }

atf_test_case one_fails cleanup
one_fails_head()
{
	atf_set timeout 60
}
one_fails_body()
{
	omni_init
	shop_app
	omni_app after "command \"/bin/sleep\" \"1000\" depends-on \"shop\""
	omni_up
	wait_for 10 status_is after online
	http=$(inst http 0 pid)
	w0=$(inst worker 0 pid)
	w1=$(inst worker 1 pid)
	after=$(pid_of after)
	kill -KILL "$w1"
	wait_for 10 inst_anew worker 1 "$w1"
	kill -KILL "$http"
	wait_for 10 inst_anew http 0 "$http"
	wait_for 10 status_is shop online
	equal "$(inst worker 0 pid)" "$w0" "pid of worker 0"
	equal "$(pid_of after)" "$after" "pid of after"
	equal "$(field shop restarts)" 2 "restarts of both"
	equal "$(inst worker 0 restarts)" 0 "restarts of worker 0"
}
one_fails_cleanup() { omni_cleanup; }

# A process that gives up is the app's status, and named in the reason.
atf_test_case worst cleanup
worst_head()
{
	atf_set timeout 60
}
worst_body()
{
	omni_init
	omni_app shop "process \"good\" { command \"/bin/sleep\" \"1000\" }
	process \"bad\" { command \"/bin/false\" max-restarts 1
	    initial 0 min-uptime 1s }
	process \"needs\" { command \"/bin/sleep\" \"1000\" depends-on \"bad\" }"
	omni_up
	wait_for 10 status_is shop crashed
	equal "$(inst good 0 status)" online "status of good"
	case $(field shop reason) in
	"bad: exit 1; gave up after 1 restart in 1m") ;;
	*) atf_fail "reason: $(field shop reason)" ;;
	esac
	fails 1 "shop: bad: exit 1" start shop
	works stop shop
	equal "$(field shop status)" stopped status
}
worst_cleanup() { omni_cleanup; }

atf_test_case scale cleanup
scale_head()
{
	atf_set timeout 60
}
scale_body()
{
	omni_init
	shop_app "scaling max 3"
	omni_up
	wait_for 10 status_is shop online
	fails 64 "say which one: http worker" scale shop 3
	fails 4 "app 'shop' has no process 'nope'" \
	    scale --process nope shop 3
	fails 64 "instances must be 1 to 3" scale --process worker shop 4
	works scale --process worker shop 3
	wait_for 5 instances 4
	equal "$(inst worker 2 status)" online "status of worker 2"
	http=$(inst http 0 pid)
	works down
	omni_up
	wait_for 10 status_is shop online
	instances 4 || atf_fail "the number is lost with the daemon"
	works scale --process worker shop 1
	wait_for 5 instances 2
	works signal --process worker shop USR2
	worker_again()
	{
		[ "$(inst worker 0 restarts)" = 1 ]
	}
	wait_for 10 worker_again
	equal "$(inst http 0 restarts)" 0 "restarts of http"
}
scale_cleanup() { omni_cleanup; }

# Only what changed is restarted, what is new comes, what is gone ends.
atf_test_case reload cleanup
reload_head()
{
	atf_set timeout 60
}
reload_body()
{
	omni_init
	cp "$conf" base
	shop_app
	omni_up
	wait_for 10 status_is shop online
	http=$(inst http 0 pid)
	w0=$(inst worker 0 pid)
	cp base "$conf"
	shop_app 'umask 077'
	works reload-config
	wait_for 10 inst_anew worker 0 "$w0"
	wait_for 10 inst_anew worker 1 "$w0"
	equal "$(inst http 0 pid)" "$http" "pid of http"

	w0=$(inst worker 0 pid)
	cp base "$conf"
	omni_app shop "env \"COLOUR\" \"red\"
	process \"cron\" { command \"$work/noisy\" }
	process \"http\" { command \"$work/noisy\" min-uptime 200ms }"
	works reload-config
	wait_for 10 instances 2
	wait_for 10 status_is shop online
	equal "$(inst http 0 pid)" "$http" "pid of http"
	equal "$(inst cron 0 status)" online "status of cron"
	gone "$w0" || atf_fail "worker $w0 lives on"

	# and back, while nothing of it runs
	works stop shop
	cp base "$conf"
	shop_app
	works reload-config
	works start shop
	wait_for 10 instances 3
	equal "$(field shop status)" online status
}
reload_cleanup() { omni_cleanup; }

atf_test_case modes cleanup
modes_head()
{
	atf_set timeout 60
}
modes_body()
{
	omni_init
	cp "$conf" base
	omni_app shop 'command "/bin/sleep" "1000"'
	omni_up
	wait_for 10 status_is shop online
	old=$(pid_of shop)
	cp base "$conf"
	shop_app
	works reload-config
	wait_for 10 instances 3
	wait_for 10 status_is shop online
	gone "$old" || atf_fail "the classic process lives on"
	equal "$(field shop mode)" bootstrap mode
	cp base "$conf"
	omni_app shop 'command "/bin/sleep" "1000"'
	works reload-config
	wait_for 10 instances 1
	wait_for 10 status_is shop online
	equal "$(field shop mode)" classic mode
}
modes_cleanup() { omni_cleanup; }

# The daemon dies, and the supervisor: everything is as before.
atf_test_case survive cleanup
survive_head()
{
	atf_set timeout 60
}
survive_body()
{
	omni_init
	shop_app
	omni_up
	wait_for 10 status_is shop online
	works scale --process worker shop 3
	before="$(inst http 0 pid) $(inst worker 0 pid) $(inst worker 2 pid)"
	sup=$(daemon_pid supervisor)
	kill -KILL "$sup"
	wait_for 10 status_is shop online
	equal "$(inst http 0 pid) $(inst worker 0 pid) $(inst worker 2 pid)" \
	    "$before" "pids after the supervisor's death"
	kill -KILL "$(daemon_pid parent)"
	omni_up
	wait_for 10 status_is shop online
	equal "$(inst http 0 pid) $(inst worker 0 pid) $(inst worker 2 pid)" \
	    "$before" "pids after the parent's death"
}
survive_cleanup() { omni_cleanup; }

atf_test_case by_process cleanup
by_process_head()
{
	atf_set timeout 60
}
by_process_body()
{
	omni_init
	shop_app
	omni_up
	wait_for 10 status_is shop online
	shows '^COLOUR=blue$' env --process worker shop
	shows '^OMNITRON_PROCESS=worker$' env --process worker shop
	shows '^COLOUR=red$' env shop
	wait_for 5 logged shop "output of worker.1"
	shows "output of worker.0" logs --process worker shop
	ctl logs --process worker shop | grep "output of http" &&
	    atf_fail "lines of http"
	shows '^shop/worker -> shop/http$' graph shop
	shows '^  worker  *online' list
}
by_process_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case order
	atf_add_test_case one_fails
	atf_add_test_case worst
	atf_add_test_case scale
	atf_add_test_case reload
	atf_add_test_case modes
	atf_add_test_case survive
	atf_add_test_case by_process
}
