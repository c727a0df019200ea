# Real programs under omnitrond: served, killed, stopped, and those that
# behave badly.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# lives APP COMMAND...: the life of a server, by a probe that must succeed
lives()
{
	app=$1
	shift
	wait_for 10 status_is "$app" online
	wait_for 10 "$@"
	old=$(pid_of "$app")
	kill -KILL "$old"
	wait_for 10 pid_changed "$app" "$old"
	wait_for 10 "$@"
	gone "$old" || atf_fail "$old lives on"
	equal "$(field "$app" restarts)" 1 restarts

	old=$(pid_of "$app")
	works stop "$app"
	gone "$old" || atf_fail "stopped, and $old lives on"
	equal "$(field "$app" status)" stopped status
	"$@" > /dev/null 2>&1 && atf_fail "it serves, and is stopped"

	works start "$app"
	wait_for 10 "$@"
	old=$(pid_of "$app")
	works restart "$app"
	pid_changed "$app" "$old" || atf_fail "restart did not"
	wait_for 10 "$@"
}

atf_test_case redis cleanup
redis_head()
{
	atf_set require.progs "redis-server redis-cli"
	atf_set timeout 60
}
redis_body()
{
	omni_init
	port=$(free_port)
	omni_app redis "command \"$(command -v redis-server)\" \"--port\" \
	    \"$port\" \"--bind\" \"127.0.0.1\" \"--save\" \"\" port $port"
	omni_up
	redis_answers()
	{
		[ "$(redis-cli -p "$port" ping)" = PONG ]
	}
	lives redis redis_answers
	wait_for 5 logged redis "Ready to accept connections"
	equal "$(field redis port)" "$port" port
}
redis_cleanup() { omni_cleanup; }

atf_test_case nginx cleanup
nginx_head()
{
	atf_set timeout 60
	atf_set require.progs "nginx curl"
}
nginx_body()
{
	omni_init
	port=$(free_port)
	mkdir "$work/www"
	echo "hello from below" > "$work/www/index.html"
	cat > "$work/nginx.conf" <<-END
	daemon off;
	worker_processes 2;
	pid $work/nginx.pid;
	error_log stderr notice;
	events { }
	http {
		access_log /dev/stdout;
		client_body_temp_path $work/t1; proxy_temp_path $work/t2;
		fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4;
		scgi_temp_path $work/t5;
		server { listen 127.0.0.1:$port; root $work/www; }
	}
	END
	omni_app nginx "command \"$(command -v nginx)\" \"-e\" \"stderr\" \
	    \"-c\" \"$work/nginx.conf\" stop-signal QUIT"
	omni_up
	nginx_answers()
	{
		curl -sS "http://127.0.0.1:$port/" | grep -q "from below"
	}
	lives nginx nginx_answers
	# it opened /dev/stdout by that name
	wait_for 5 logged nginx 'GET / HTTP'
	# of the workers of the one that was killed, none is left
	wait_for 5 eval 'equal_workers 2'
}
equal_workers()
{
	[ "$(pgrep -c -P "$(pid_of nginx)")" -eq "$1" ]
}
nginx_cleanup() { omni_cleanup; }

atf_test_case http_server cleanup
http_server_head() { atf_set timeout 60; }
http_server_body()
{
	omni_init
	port=$(free_port)
	echo "what is served" > "$work/page"
	omni_app web "command \"$(command -v python3)\" \"-m\" \"http.server\" \
	    \"$port\" \"--bind\" \"127.0.0.1\" directory \"$work\""
	omni_up
	web_answers()
	{
		python3 -c 'import sys, urllib.request as u
print(u.urlopen(sys.argv[1], timeout=5).read().decode())' \
		    "http://127.0.0.1:$port/page" | grep -q "what is served"
	}
	lives web web_answers
}
http_server_cleanup() { omni_cleanup; }

atf_test_case scale_up_and_down cleanup
scale_up_and_down_head() { atf_set timeout 60; }
scale_up_and_down_body()
{
	omni_init
	script worker <<-END
	echo "\$OMNITRON_INSTANCE" >> "$work/started"
	exec sleep 987651
	END
	omni_app worker "command \"$work/worker\" instances 2 scaling max 6"
	omni_up
	wait_for 5 lines "$work/started" 2
	works scale worker 5
	equal "$(result getApp '{"name":"worker"}' \
	    '[p["status"] for p in r["processes"]]')" \
	    "['online', 'online', 'online', 'online', 'online']" scaled
	wait_for 5 lines "$work/started" 5
	equal "$(sort "$work/started" | tr -d '\n')" 01234 instances
	works scale worker 1
	equal "$(field worker instances)" 1 instances
	equal "$(field worker processes.0.instance)" 0 "the one that is left"
	fails 64 'must be 1 to 6' scale worker 7
}
scale_up_and_down_cleanup() { omni_cleanup; }

atf_test_case ignores_term cleanup
ignores_term_head() { atf_set timeout 60; }
ignores_term_body()
{
	omni_init
	script deaf <<-END
	trap "" TERM
	echo ready
	while :; do sleep ${tag}2; done
	END
	omni_app deaf "command \"$work/deaf\" stop-timeout 1s"
	omni_up
	wait_for 5 logged deaf ready
	old=$(pid_of deaf)
	begin=$(now_ms)
	equal "$(result stopApp '{"name":"deaf"}' 'r["killed"]')" True killed
	took=$(($(now_ms) - begin))
	[ "$took" -ge 1000 ] && [ "$took" -le 2000 ] ||
	    atf_fail "stopped after $took ms"
	gone "$old" || atf_fail "it lives"
	wait_for 5 procs_are "${tag}2" 0

	works start deaf
	wait_for 5 lines "$home/logs/deaf.log" 2
	atf_check -o match:'kill' -e ignore \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" stop deaf
	# and the whole daemon stops in that time as well
	works start deaf
	wait_for 5 lines "$home/logs/deaf.log" 3
	begin=$(now_ms)
	works down
	took=$(($(now_ms) - begin))
	[ "$took" -le 3000 ] || atf_fail "down after $took ms"
}
ignores_term_cleanup() { omni_cleanup; }

# A daemon of its own session, by a double fork, that ignores TERM.
double_forker()
{
	script forker <<-END
	(setsid sh -c 'trap "" TERM HUP; echo \$\$ >> $work/forked
	    while :; do sleep ${tag}30; done' &)
	echo \$\$ >> $work/leaders
	exec sleep ${tag}31
	END
}

atf_test_case double_fork_stop cleanup
double_fork_stop_head() { atf_set timeout 60; }
double_fork_stop_body()
{
	omni_init
	double_forker
	omni_app forker "command \"$work/forker\" stop-timeout 1s"
	omni_up
	wait_for 5 lines "$work/forked" 1
	wait_for 5 procs_are "${tag}30" 1
	works stop forker
	gone "$(cat "$work/forked")" || atf_fail "its daemon lives on"
	equal "$(count_procs "${tag}3[01]")" 0 "processes that are left"
}
double_fork_stop_cleanup() { omni_cleanup; }

atf_test_case double_fork_crash cleanup
double_fork_crash_head() { atf_set timeout 60; }
double_fork_crash_body()
{
	omni_init
	double_forker
	omni_app forker "command \"$work/forker\" stop-timeout 1s"
	omni_up
	wait_for 5 lines "$work/forked" 1
	old=$(pid_of forker)
	kill -KILL "$old"
	wait_for 10 pid_changed forker "$old"
	wait_for 5 lines "$work/forked" 2
	# one copy, not the new one beside what the old one left
	wait_for 5 procs_are "${tag}31" 1
	# (who is killed leaves the cgroup without memory, and then is a zombie)
	first=$(head -1 "$work/forked")
	gone "$first" || ! readlink "/proc/$first/exe" > /dev/null || {
		cat "$work/forked" "$work/leaders" >&2
		ps -eo pid,ppid,sid,stat,lstart,args >&2
		omni_log >&2
		atf_fail "two copies run"
	}
	wait_for 5 procs_are "${tag}30" 1
}
double_fork_crash_cleanup() { omni_cleanup; }

atf_test_case exits_0 cleanup
exits_0_head() { atf_set timeout 60; }
exits_0_body()
{
	omni_init
	script done <<-END
	echo x >> "$work/done.runs"
	END
	script always <<-END
	echo x >> "$work/always.runs"
	END
	omni_app done "command \"$work/done\""
	omni_app always "command \"$work/always\" restart always \
	    initial 50ms max 50ms"
	omni_up
	wait_for 10 lines "$work/always.runs" 8
	equal "$(field always status | grep -c crashed)" 0 crashed
	wait_for 5 status_is done stopped
	equal "$(field done reason)" finished reason
	equal "$(wc -l < "$work/done.runs")" 1 runs
	equal "$(field done restarts)" 0 restarts
}
exits_0_cleanup() { omni_cleanup; }

atf_test_case crashes_at_once cleanup
crashes_at_once_head() { atf_set timeout 60; }
crashes_at_once_body()
{
	omni_init
	script bad <<-END
	echo x >> "$work/runs"
	echo "what went wrong" >&2
	exit 3
	END
	omni_app bad "command \"$work/bad\" max-restarts 3 initial 20ms"
	omni_up
	wait_for 10 status_is bad crashed
	equal "$(wc -l < "$work/runs")" 4 runs
	equal "$(field bad restarts)" 3 restarts
	atf_check -o match:'exit 3' -e ignore \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" list
	equal "$(result inspect '{"name":"bad"}' \
	    '[r["lastExit"]["code"], "what went wrong" in
	    str(r["lastExit"]["stderrTail"])]')" "[3, True]" "the last exit"
	equal "$(result inspect '{"name":"bad"}' '[r["config"]["command"],
	    r["config"]["maxRestarts"], r["logPaths"]["app"]]')" \
	    "[['$work/bad'], 3, '$home/logs/bad.log']" "how it is configured"

	# a start begins with the counters at zero
	ctl start bad
	wait_for 10 lines "$work/runs" 8
	wait_for 10 status_is bad crashed
	equal "$(wc -l < "$work/runs")" 8 "runs after a start"
	equal "$(field bad restarts)" 3 "restarts after a start"
	# what is crashed can be stopped
	works stop bad
	equal "$(field bad status)" stopped status
}
crashes_at_once_cleanup() { omni_cleanup; }

atf_test_case exit_codes cleanup
exit_codes_head() { atf_set timeout 60; }
exit_codes_body()
{
	omni_init
	for app in never:1 success:143 hopeless:78; do
		script "${app%:*}" <<-END
		echo x >> "$work/${app%:*}.runs"
		exit ${app#*:}
		END
	done
	script signal <<-END
	echo x >> "$work/signal.runs"
	kill -USR1 \$\$
	END
	omni_app never "command \"$work/never\" restart never"
	omni_app success "command \"$work/success\" success-exit 7, 143, SIGUSR1"
	omni_app signal "command \"$work/signal\" success-exit SIGUSR1"
	omni_app hopeless "command \"$work/hopeless\" no-restart-exit 77, 78"
	omni_up
	wait_for 5 status_is never stopped
	equal "$(field never reason)" "failed (exit 1)" reason
	wait_for 5 status_is success stopped
	equal "$(field success reason)" finished reason
	wait_for 5 status_is signal stopped
	equal "$(field signal reason)" finished reason
	wait_for 5 status_is hopeless crashed
	field hopeless reason | grep -q "exit 78" ||
	    atf_fail "reason: $(field hopeless reason)"
	for app in never success signal hopeless; do
		equal "$(wc -l < "$work/$app.runs")" 1 "runs of $app"
	done
}
exit_codes_cleanup() { omni_cleanup; }

atf_test_case critical cleanup
critical_head() { atf_set timeout 60; }
critical_body()
{
	omni_init
	script vital <<-END
	while [ ! -e "$work/die" ]; do sleep 0.1; done
	exit 1
	END
	omni_app other 'command "/bin/sleep" "987654"'
	omni_app vital "command \"$work/vital\" critical yes max-restarts 1 \
	    initial 10ms"
	# in the foreground, for its exit code
	"$OMNITRON_BUILD/omnitronctl" -H "$home" up -f -c "$conf" \
	    > "$work/up.out" 2>&1 &
	daemon=$!
	wait_for 10 status_is other online
	wait_for 10 status_is vital online
	other=$(pid_of other)
	touch "$work/die"
	code=0
	wait "$daemon" || code=$?
	equal "$code" 1 "exit of the daemon"
	gone "$other" || atf_fail "an app was left"
	fails 2 'not running' ping
}
critical_cleanup() { omni_cleanup; }

# One process of such an app is enough; the others stop in their order, and
# what was to run is to run when the daemon is started again.
atf_test_case critical_process cleanup
critical_process_head() { atf_set timeout 120; }
critical_process_body()
{
	omni_init
	script talker <<-END
	trap 'echo \$OMNITRON_APP/\$OMNITRON_PROCESS >> order; exit 0' TERM
	while :; do sleep 0.05; done
	END
	script vital <<-END
	while [ ! -e "$work/die" ]; do sleep 0.1; done
	exit 78
	END
	omni_app shop "critical yes no-restart-exit 78
	process \"db\" { command \"$work/talker\" }
	process \"http\" { command \"$work/talker\" depends-on \"db\" }
	process \"vital\" { command \"$work/vital\" }"
	omni_app web "command \"$work/talker\" depends-on \"shop\""
	"$OMNITRON_BUILD/omnitronctl" -H "$home" up -f -c "$conf" \
	    > "$work/up.out" 2>&1 &
	daemon=$!
	wait_for 20 status_is web online
	touch "$work/die"
	code=0
	wait "$daemon" || code=$?
	equal "$code" 1 "exit of the daemon"
	printf '%s\n' web/web shop/http shop/db > expected
	atf_check -o file:expected cat "$work/order"
	fails 2 'not running' ping
	grep -q 'shop: critical, the daemon stops' "$home/logs/omnitrond.log" ||
	    atf_fail "the log does not say why"
	# nobody has stopped it, and it is still what crashed
	omni_up
	equal "$(field shop intent)" run "intent of shop"
	equal "$(field shop status)" crashed "status of shop"
	equal "$(field web reason)" "waiting for shop" "reason of web"
	rm "$work/die"
	works start shop
	wait_for 20 status_is web online
}
critical_process_cleanup() { omni_cleanup; }

# prompt APP: each of its lines was read within a second of being written
prompt()
{
	python3 - "$home/logs/$1.log" <<-'END' || atf_fail "$1 had to wait"
	import datetime, sys
	n = 0
	for line in open(sys.argv[1]):
	    w = line.split()
	    if w[-2] != "said":
	        continue
	    at = datetime.datetime.fromisoformat(w[0].replace("Z", "+00:00"))
	    late = at.timestamp() - float(w[-1])
	    if late > 1:
	        sys.exit("%.3f s: %s" % (late, line))
	    n += 1
	if n == 0:
	    sys.exit("it said nothing")
	END
}

# Everything that the log and its old files hold, the oldest first.
flooded()
{
	for n in 9 8 7 6 5 4 3 2 1; do
		[ ! -f "$home/logs/flood.log.$n" ] ||
		    cat "$home/logs/flood.log.$n"
	done
	cat "$home/logs/flood.log"
}

atf_test_case flood cleanup
flood_head() { atf_set timeout 90; }
flood_body()
{
	omni_init
	helper flood
	script quiet <<-END
	while :; do date "+said %s.%N"; sleep 0.2; done
	END
	omni_app flood "command \"$work/flood\" log max-size 4mb max-files 3"
	omni_app quiet "command \"$work/quiet\""
	omni_up
	wait_for 20 test -f "$home/logs/flood.log.3"
	begin=$(now_ms)
	works list
	works logs -n 20 flood
	took=$(($(now_ms) - begin))
	[ "$took" -le 1000 ] || atf_fail "two commands took $took ms"
	rss=$(awk '/^VmRSS/ { print $2 }' \
	    "/proc/$(daemon_pid logger)/status")
	[ "$rss" -lt 65536 ] || atf_fail "the logger has $rss kB"

	said=$(wc -l < "$home/logs/quiet.log")
	wait_for 10 lines "$home/logs/quiet.log" $((said + 3))
	prompt quiet

	works stop flood
	wait_for 5 status_is flood stopped
	atf_check -o ignore ls "$home/logs/flood.log.3"
	[ ! -e "$home/logs/flood.log.4" ] || atf_fail "too many old files"
	flooded > "$work/all"
	python3 - "$work/all" <<-'END' || atf_fail "lines are missing or torn"
	import re, sys
	form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z info "
	    r"flood\[\d+\] line (\d+) of the flood, which goes on and on and "
	    r"on, end (\d+)\n")
	last = None
	lines = open(sys.argv[1]).readlines()
	own = [s for s in lines if not form.fullmatch(s)]
	for s in lines:
	    m = form.fullmatch(s)
	    if not m:
	        continue
	    n = int(m.group(1))
	    if m.group(2) != m.group(1) and s is not lines[-1]:
	        sys.exit("torn: " + s)
	    if last is not None and n != last + 1:
	        sys.exit("%d after %d" % (n, last))
	    last = n
	# the last line may be one that the stop cut off
	if len(own) > 1 or (own and own[0] != lines[-1]):
	    sys.exit("odd: " + repr(own[:5]))
	END
}
flood_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case redis
	atf_add_test_case nginx
	atf_add_test_case http_server
	atf_add_test_case scale_up_and_down
	atf_add_test_case ignores_term
	atf_add_test_case double_fork_stop
	atf_add_test_case double_fork_crash
	atf_add_test_case exits_0
	atf_add_test_case crashes_at_once
	atf_add_test_case exit_codes
	atf_add_test_case critical
	atf_add_test_case critical_process
	atf_add_test_case flood
}
