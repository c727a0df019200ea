# Stopping: groups and descendants, what it cancels, who depends, in which
# order, and operations that meet.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

atf_test_case group_and_descendants cleanup
group_and_descendants_head() { atf_set timeout 60; }
group_and_descendants_body()
{
	omni_init
	script tree <<-END
	trap 'exit 0' TERM
	sleep ${tag}1 &
	nohup sleep ${tag}2 > /dev/null 2>&1 &
	setsid sleep ${tag}3 &
	(sh -c 'trap "" TERM; setsid sh -c "sleep ${tag}4; :"; :' &)
	while :; do sleep 0.1; done
	END
	omni_app tree "command \"$work/tree\" stop-timeout 1s"
	omni_up
	wait_for 10 procs_are "${tag}[1-4]" 4
	works stop tree
	equal "$(count_procs "${tag}[1-4]")" 0 "processes that are left"
	equal "$(field tree pid)" null pid
}
group_and_descendants_cleanup() { omni_cleanup; }

atf_test_case cancels_backoff cleanup
cancels_backoff_head() { atf_set timeout 60; }
cancels_backoff_body()
{
	omni_init
	helper mark
	omni_app app "command \"$work/mark\" \"$work/marks\" \"app\" \"1\"
	    initial 3s max 30s"
	omni_up
	wait_for 5 status_is app errored
	begin=$(now_ms)
	works stop app
	equal "$(field app status)" stopped status
	[ $(($(now_ms) - begin)) -lt 1500 ] || atf_fail "stop waited"
	equal "$(field app intent)" stop intent
	# a start does not wait for the rest of the delay
	begin=$(now_ms)
	ctl start --no-wait app
	wait_for 5 lines "$work/marks" 2
	[ $(($(now_ms) - begin)) -lt 1500 ] || atf_fail "start waited"
	works stop app
	equal "$(wc -l < "$work/marks")" 2 starts
}
cancels_backoff_cleanup() { omni_cleanup; }

atf_test_case cancels_starting cleanup
cancels_starting_head() { atf_set timeout 60; }
cancels_starting_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\" min-uptime 20s
	    startup-timeout 30s"
	omni_up
	wait_for 5 status_is app starting
	# on one connection, so that the start is there when the stop comes
	atf_check -o inline:"start: app: cancelled by a stop\nstop: True\n" \
	    python3 -IS -c 'import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(15)
s.connect(sys.argv[1])
for name in ("start", "stop"):
    s.sendall(json.dumps({"jsonrpc": "2.0", "id": name,
        "method": "OmnitronDaemon.%sApp" % name,
        "params": {"name": "app"}}).encode() + b"\n")
got = {}
for line in s.makefile():
    r = json.loads(line)
    got[r["id"]] = r
    if len(got) == 2:
        break
print("start:", got["start"]["error"]["message"])
print("stop:", got["stop"]["result"]["success"])' "$home/daemon.sock"
	equal "$(field app status)" stopped status
	wait_for 5 procs_are "${tag}1" 0
}
cancels_starting_cleanup() { omni_cleanup; }

atf_test_case dependants cleanup
dependants_head() { atf_set timeout 60; }
dependants_body()
{
	omni_init
	helper mark
	for app in db api web; do
		case $app in
		db)	dep= ;;
		api)	dep='depends-on "db"' ;;
		web)	dep='depends-on "api"' ;;
		esac
		omni_app $app "command \"$work/mark\" \"$work/marks\" \"$app\" \
		    \"stay\" $dep"
	done
	omni_up
	for app in db api web; do wait_for 10 status_is $app online; done
	old=$(pid_of db)
	fails 8 'api' stop db
	equal "$(pid_of db)" "$old" "pid after a refusal"
	works stop --dependants db
	for app in db api web; do
		equal "$(field $app status)" stopped "status of $app"
	done
	equal "$(awk '/end/ { printf "%s ", $1 }' "$work/marks")" \
	    "web.end api.end db.end " order
	# restart leaves dependants alone
	works start db api web
	api=$(pid_of api)
	works restart db
	equal "$(pid_of api)" "$api" "pid of a dependant"
}
dependants_cleanup() { omni_cleanup; }

atf_test_case all_with_one_that_fails cleanup
all_with_one_that_fails_head() { atf_set timeout 60; }
all_with_one_that_fails_body()
{
	omni_init
	omni_app good "command \"/bin/sleep\" \"${tag}1\""
	omni_app off "command \"/bin/sleep\" \"${tag}2\""
	omni_app bad "command \"/nonexistent/bad\""
	omni_app web "command \"/bin/sleep\" \"${tag}3\" depends-on \"good\""
	omni_up
	wait_for 5 status_is web online
	wait_for 5 status_is bad crashed
	works stop off
	good=$(pid_of good)
	# a line each, and the code says that some failed
	atf_check -s exit:9 -e match:'1 of 4 failed: bad$' \
	    -o match:'^good: online .pid' -o match:'^web: online .pid' \
	    -o match:'^off: stopped' -o match:'^bad: crashed, .*nonexistent' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" restart all
	wait_for 5 pid_changed good "$good"
	equal "$(count_procs "${tag}2")" 0 "of what was stopped by hand"
	# so does a start, which means what was stopped by hand, too
	atf_check -s exit:9 -e match:'1 of 4 failed: bad$' \
	    -o match:'^off: online .pid' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" start all
}
all_with_one_that_fails_cleanup() { omni_cleanup; }

atf_test_case set_by_dependencies cleanup
set_by_dependencies_head() { atf_set timeout 60; }
set_by_dependencies_body()
{
	omni_init
	helper mark
	dep=
	for app in db api web; do
		omni_app $app "command \"$work/mark\" \"$work/marks\" \
		    \"$app\" \"stay\" min-uptime 20ms $dep"
		dep="depends-on \"$app\""
	done
	omni_app alone "command \"/bin/sleep\" \"${tag}1\""
	omni_up
	wait_for 5 status_is web online
	# without the one between them there is a dependant outside the set
	atf_check -s exit:9 -o ignore -e match:'stop api first' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" stop db web
	status_is db online || atf_fail "db was stopped"
	works start web
	: > "$work/marks"
	works stop db alone api web
	equal "$(awk '/end/ { printf "%s ", $1 }' "$work/marks")" \
	    "web.end api.end db.end " "order of a stop"
	: > "$work/marks"
	works start web api alone db
	for app in db api web alone; do
		equal "$(field $app status)" online $app
	done
	equal "$(awk '!/end/ { printf "%s ", $1 }' "$work/marks")" \
	    "db api web " "order of a start"
}
set_by_dependencies_cleanup() { omni_cleanup; }

atf_test_case down_names_the_killed cleanup
down_names_the_killed_head() { atf_set timeout 90; }
down_names_the_killed_body()
{
	omni_init
	script deaf <<-END
	trap "" TERM
	echo ready
	while :; do sleep ${tag}1; done
	END
	omni_app deaf "command \"$work/deaf\" stop-timeout 300ms"
	omni_app good "command \"/bin/sleep\" \"${tag}2\""
	for n in 1 2 3 4 5; do
		omni_up
		wait_for 5 logged deaf ready
		atf_check -o inline:'deaf: had to be killed\ndaemon stopped\n' \
		    "$OMNITRON_BUILD/omnitronctl" -H "$home" down
		: > "$home/logs/deaf.log"
	done
	omni_up
	wait_for 5 logged deaf ready
	ctl -j down > out
	equal "$(cat out)" '{"success":true,"killed":["deaf"]}' json
	equal "$(count_procs "${tag}1") $(count_procs "${tag}2")" "0 0" left
	# by the limit of down itself
	omni_config "default { user \"$app_user\" directory \"$work\"
	    stop-timeout 60s }" < /dev/null
	omni_app deaf "command \"$work/deaf\""
	: > "$home/logs/deaf.log"
	omni_up
	wait_for 5 logged deaf ready
	atf_check -o match:'^deaf: had to be killed' -o match:'daemon stopped' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" down -t 1
}
down_names_the_killed_cleanup() { omni_cleanup; }

atf_test_case operations_meet cleanup
operations_meet_head() { atf_set timeout 90; }
operations_meet_body()
{
	omni_init
	script app <<-END
	echo \$\$ >> "$work/pids"
	exec sleep ${tag}1
	END
	omni_app app "command \"$work/app\""
	omni_up
	wait_for 5 status_is app online
	jobs=
	for n in 1 2 3 4 5 6 7 8; do
		for op in start stop restart; do
			timeout 40 "$OMNITRON_BUILD/omnitronctl" -H "$home" \
			    $op app > "$work/op.$n.$op" 2>&1 &
			jobs="$jobs $!"
		done
	done
	while kill -0 $! 2>/dev/null; do
		[ "$(count_procs "${tag}1")" -le 1 ] || atf_fail "two at once"
	done
	for job in $jobs; do
		code=0
		wait "$job" || code=$?
		case $code in
		0|1|8)	;;
		*)	cat "$work"/op.*; atf_fail "an operation: exit $code" ;;
		esac
	done
	works start app
	equal "$(field app status)" online status
	equal "$(count_procs "${tag}1")" 1 processes
	equal "$(pgrep -f -x "(/[a-z/]*)?sleep ${tag}1")" "$(pid_of app)" pid
	works stop app
	equal "$(count_procs "${tag}1")" 0 "processes at last"
}
operations_meet_cleanup() { omni_cleanup; }

atf_test_case force_and_timeouts cleanup
force_and_timeouts_head() { atf_set timeout 60; }
force_and_timeouts_body()
{
	omni_init
	script deaf <<-END
	trap "" TERM
	echo ready
	while :; do sleep ${tag}1; done
	END
	omni_app deaf "command \"$work/deaf\" stop-timeout 30s"
	omni_up
	wait_for 5 lines "$home/logs/deaf.log" 1
	begin=$(now_ms)
	works stop -f deaf
	took=$(($(now_ms) - begin))
	[ "$took" -lt 1500 ] || atf_fail "force took $took ms"

	works start deaf
	wait_for 5 lines "$home/logs/deaf.log" 2
	begin=$(now_ms)
	works stop -t 1 deaf
	took=$(($(now_ms) - begin))
	[ "$took" -ge 1000 ] && [ "$took" -lt 2500 ] ||
	    atf_fail "a timeout of 1 s took $took ms"

	# a stop that goes on can be made a hard one
	works start deaf
	wait_for 5 lines "$home/logs/deaf.log" 3
	ctl stop --no-wait deaf
	wait_for 5 status_is deaf stopping
	begin=$(now_ms)
	works stop -f deaf
	took=$(($(now_ms) - begin))
	[ "$took" -lt 2000 ] || atf_fail "a harder stop took $took ms"
	equal "$(field deaf status)" stopped status
	equal "$(count_procs "${tag}1")" 0 processes
}
force_and_timeouts_cleanup() { omni_cleanup; }

atf_test_case signals cleanup
signals_head() { atf_set timeout 60; }
signals_body()
{
	omni_init
	script app <<-END
	trap 'echo got usr1' USR1
	trap 'echo got hup; exit 1' HUP
	trap 'echo got int; exit 0' INT
	echo ready
	while :; do sleep 0.1; done
	END
	omni_app app "command \"$work/app\" stop-signal INT max-restarts 0"
	omni_up
	wait_for 5 logged app ready
	old=$(pid_of app)
	works signal app USR1
	wait_for 5 logged app 'got usr1'
	works signal app SIGUSR1
	equal "$(pid_of app)" "$old" pid
	fails 64 '.' signal app NOSUCH
	# an exit by an operator's signal follows the policy, spends nothing
	works signal app HUP
	wait_for 5 pid_changed app "$old"
	logged app 'got hup' || atf_fail "HUP did not come"
	wait_for 5 lines_of app ready 2
	works stop app
	logged app 'got int' || atf_fail "the stop signal did not come"
}
lines_of()
{
	[ "$(grep -c -- "$2" "$home/logs/$1.log")" -ge "$3" ]
}
signals_cleanup() { omni_cleanup; }

atf_test_case shutdown_order cleanup
shutdown_order_head() { atf_set timeout 60; }
shutdown_order_body()
{
	omni_init
	helper mark
	dep=
	for n in 1 2 3 4 5 6; do
		omni_app "a$n" "command \"$work/mark\" \"$work/marks\" \"a$n\" \
		    \"stay\" $dep"
		dep="depends-on \"a$n\""
	done
	omni_up
	wait_for 10 status_is a6 online
	wait_for 5 lines "$work/marks" 6
	works down
	equal "$(awk '/end/ { printf "%s ", $1 }' "$work/marks")" \
	    "a6.end a5.end a4.end a3.end a2.end a1.end " order
	# it changed no intent
	omni_up
	wait_for 10 status_is a6 online
}
shutdown_order_cleanup() { omni_cleanup; }

atf_test_case stopped_stays_stopped cleanup
stopped_stays_stopped_head() { atf_set timeout 60; }
stopped_stays_stopped_body()
{
	omni_init
	omni_app off "command \"/bin/sleep\" \"${tag}1\""
	omni_app on "command \"/bin/sleep\" \"${tag}2\" autostart no"
	omni_up
	wait_for 5 status_is off online
	equal "$(field on status)" stopped "autostart no"
	works stop off
	works start on
	works down
	omni_up
	wait_for 5 status_is on online
	equal "$(field off status)" stopped status
}
stopped_stays_stopped_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case group_and_descendants
	atf_add_test_case cancels_backoff
	atf_add_test_case cancels_starting
	atf_add_test_case dependants
	atf_add_test_case all_with_one_that_fails
	atf_add_test_case set_by_dependencies
	atf_add_test_case down_names_the_killed
	atf_add_test_case operations_meet
	atf_add_test_case force_and_timeouts
	atf_add_test_case signals
	atf_add_test_case shutdown_order
	atf_add_test_case stopped_stays_stopped
}
