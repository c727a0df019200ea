# Health: probes of real servers, by URL, port and command.
. "$OMNITRON_REGRESS/integration/lib/omni.sh"

fast='interval 200ms timeout 500ms retries 2'

# serve_init: $port, free a moment ago, and $serve, a program for an app
serve_init()
{
	port=$(python3 -IS -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	cp "$OMNITRON_REGRESS/integration/lib/serve.py" "$work/serve.py"
	chmod 644 "$work/serve.py"
	serve="\"$(command -v python3)\" \"-IS\" \"$work/serve.py\" \"$port\""
	url="http://127.0.0.1:$port/health"
}

# say FILE TEXT: what the server does from now on
say()
{
	echo "$2" > "$work/$1"
	chmod 644 "$work/$1"
}

health_is()
{
	[ "$(field "$1" health)" = "$2" ]
}

reason_has()
{
	field "$1" reason | grep -q -- "$2"
}

restarts_above()
{
	[ "$(field "$1" restarts)" -gt "$2" ]
}

# becomes_bad FILE TEXT HOW: the server does that, and for that reason it is
# restarted; a start on a busy machine takes longer than its checks, which say
# nothing then
becomes_bad()
{
	pid=$(pid_of web)
	say "$1" "$2"
	shift 2
	wait_for 30 grep -q "unhealthy: $1" "$home/logs/omnitrond.log"
	wait_for 30 restarts_above web 0
	wait_for 30 pid_changed web "$pid"
}

atf_test_case http_status cleanup
http_status_head() { atf_set timeout 180; }
http_status_body()
{
	omni_init
	serve_init
	omni_app web "command $serve health http \"$url\" $fast
	    start-grace 60s"
	omni_up
	wait_for 30 health_is web healthy
	ctl is-healthy web > out || atf_fail "$(cat out)"
	ctl wait web --for healthy --timeout 10s > out || atf_fail "$(cat out)"
	grep -q '^/health$' "$work/requests" || atf_fail "nobody asked"
	becomes_bad status 503 'status 503'
	rm "$work/status"
	wait_for 30 health_is web healthy
	ctl health > out
	grep -q 'web .*healthy .*http pass' out || atf_fail "$(cat out)"
	ctl list > out
	grep -q 'web .*online .*healthy' out || atf_fail "$(cat out)"
}
http_status_cleanup() { omni_cleanup; }

atf_test_case http_match_and_hang cleanup
http_match_and_hang_head() { atf_set timeout 180; }
http_match_and_hang_body()
{
	omni_init
	serve_init
	omni_app web "command $serve
	    health http \"$url\" match \"fine\" $fast start-grace 60s"
	omni_up
	wait_for 30 health_is web healthy
	becomes_bad body rotten 'status 200, but "fine" is not in its body'
	rm "$work/body"
	wait_for 30 health_is web healthy
	becomes_bad hang yes 'no whole answer within 500ms'
	rm "$work/hang"
	wait_for 30 health_is web healthy
}
http_match_and_hang_cleanup() { omni_cleanup; }

# `report' says so and does nothing; is-healthy and getHealth know it.
atf_test_case report_restarts_nothing cleanup
report_restarts_nothing_head() { atf_set timeout 180; }
report_restarts_nothing_body()
{
	omni_init
	serve_init
	omni_app web "command $serve
	    health http \"$url\" $fast on-unhealthy report"
	omni_up
	wait_for 30 health_is web healthy
	pid=$(pid_of web)
	say status 500
	wait_for 30 health_is web unhealthy
	reason_has web 'unhealthy: status 500' || atf_fail "$(field web reason)"
	ctl is-healthy web > out 2>&1
	atf_check_equal 5 $?
	ctl is-healthy > out 2>&1
	atf_check_equal 5 $?
	ctl --json health web > out
	grep -q '"overall": *"unhealthy"' out || atf_fail "$(cat out)"
	grep -q 'status 500' out || atf_fail "$(cat out)"
	rm "$work/status"
	wait_for 30 health_is web healthy
	ctl is-healthy > out || atf_fail "$(cat out)"
	atf_check_equal "$pid" "$(pid_of web)"
	atf_check_equal 0 "$(field web restarts)"
}
report_restarts_nothing_cleanup() { omni_cleanup; }

atf_test_case tcp_port_closes cleanup
tcp_port_closes_head() { atf_set timeout 180; }
tcp_port_closes_body()
{
	omni_init
	serve_init
	cat > "$work/port.py" <<-EOF
	import os, socket, time
	while True:
	    s = socket.socket()
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    s.bind(("127.0.0.1", $port))
	    s.listen(1000)
	    while not os.path.exists("close"):
	        time.sleep(0.05)
	    s.close()
	    while os.path.exists("close"):
	        time.sleep(0.05)
	EOF
	chmod 644 "$work/port.py"
	omni_app web "command \"$(command -v python3)\" \"-IS\" \"$work/port.py\"
	    health tcp $port $fast start-grace 60s"
	omni_up
	wait_for 30 health_is web healthy
	becomes_bad close yes ".*:$port: Connection refused"
	rm "$work/close"
	wait_for 30 health_is web healthy
}
tcp_port_closes_cleanup() { omni_cleanup; }

# One that forks, and hangs: nothing is left after its timeout.
atf_test_case exec_probe cleanup
exec_probe_head() { atf_set timeout 180; }
exec_probe_body()
{
	omni_init
	cat > "$work/probe" <<-EOF
	#!/bin/sh
	echo "\$OMNITRON_RUN \$OMNITRON_INSTANCE \$(id -un)"
	kill -0 \$OMNITRON_PID || exit 9
	[ -e $work/wild ] || exit 0
	n=0
	while [ \$n -lt 200 ]; do
		setsid sh -c '(setsid sleep 4646.$$ &)' &
		n=\$((n + 1))
	done
	sleep 4646.$$
	EOF
	chmod 755 "$work/probe"
	omni_app web "command \"/bin/sleep\" \"1000\"
	    health exec \"$work/probe\" interval 200ms timeout 3s retries 1
	    on-unhealthy report"
	omni_up
	wait_for 30 health_is web healthy
	wait_for 20 logged web "probe[.][0-9]* 0 $app_user"
	say wild yes
	wait_for 20 pgrep -f "^sleep 4646[.]$$"
	wait_for 60 health_is web unhealthy
	reason_has web 'unhealthy: not done within 3s' ||
	    atf_fail "$(field web reason)"
	rm "$work/wild"
	wait_for 60 health_is web healthy
	if pgrep -f "^sleep 4646[.]$$" > left; then
		atf_fail "$(grep -c . left) are left"
	fi
	status_is web online || atf_fail "$(field web status)"
}
exec_probe_cleanup() { omni_cleanup; }

atf_test_case start_grace cleanup
start_grace_head() { atf_set timeout 180; }
start_grace_body()
{
	omni_init
	serve_init
	omni_app web "command $serve \"3\"
	    health http \"$url\" $fast start-grace 60s"
	omni_up
	status_is web online || atf_fail "$(field web status)"
	health_is web unknown || atf_fail "$(field web health)"
	ctl is-healthy web > out 2>&1
	atf_check_equal 5 $?
	wait_for 60 health_is web healthy
	atf_check_equal 0 "$(field web restarts)"
}
start_grace_cleanup() { omni_cleanup; }

atf_test_case dependants_wait cleanup
dependants_wait_head() { atf_set timeout 180; }
dependants_wait_body()
{
	omni_init
	serve_init
	say status 503
	omni_app db "command $serve
	    health http \"$url\" $fast on-unhealthy report"
	omni_app web 'command "/bin/sleep" "1000" depends-on "db"'
	ctl up --no-wait -c "$conf" > up.out 2>&1 || ctl up -c "$conf" \
	    > up.out 2>&1
	wait_for 30 health_is db unhealthy
	status_is web stopped || atf_fail "$(field web status)"
	reason_has web 'waiting for db' || atf_fail "$(field web reason)"
	rm "$work/status"
	wait_for 30 status_is web online
	say status 503
	wait_for 30 health_is db unhealthy
	status_is web online || atf_fail "$(field web status)"
}
dependants_wait_cleanup() { omni_cleanup; }

# Heartbeats of the app itself.
atf_test_case notify cleanup
notify_head() { atf_set timeout 180; }
notify_body()
{
	omni_init
	cat > "$work/beat.py" <<-EOF
	import os, socket, time
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.connect(os.environ["NOTIFY_SOCKET"])
	s.send(b"READY=1")
	while True:
	    if not os.path.exists("quiet"):
	        s.send(b"WATCHDOG=1")
	    time.sleep(0.1)
	EOF
	chmod 644 "$work/beat.py"
	omni_app web "command \"$(command -v python3)\" \"-IS\" \"$work/beat.py\"
	    ready notify watchdog 1s watchdog-grace 10m
	    health notify interval 200ms retries 3 on-unhealthy report"
	omni_up
	wait_for 30 health_is web healthy
	say quiet yes
	wait_for 30 health_is web unhealthy
	reason_has web 'no heartbeat for 1s' || atf_fail "$(field web reason)"
	rm "$work/quiet"
	wait_for 30 health_is web healthy
	atf_check_equal 0 "$(field web restarts)"
}
notify_cleanup() { omni_cleanup; }

# Never more at once than the configuration says.
atf_test_case concurrency cleanup
concurrency_head() { atf_set timeout 180; }
concurrency_body()
{
	omni_init
	serve_init
	echo 'monitoring { health concurrency 3 }' >> "$conf"
	omni_app web "command $serve"
	omni_app many "command \"/bin/sleep\" \"1000\" instances 20
	    health http \"$url\" interval 100ms timeout 20s start-grace 60s"
	say slow 0.2
	omni_up
	wait_for 60 health_is many healthy
	sleep 2
	atf_check_equal 3 "$(cat "$work/most")"
}
concurrency_cleanup() { omni_cleanup; }

atf_test_case deaths_of_ours cleanup
deaths_of_ours_head() { atf_set timeout 180; }
deaths_of_ours_body()
{
	omni_init
	serve_init
	omni_app web "command $serve health http \"$url\" $fast
	    start-grace 60s"
	omni_app off "command \"/bin/sleep\" \"1000\" health tcp $port $fast
	    start-grace 60s"
	omni_up
	wait_for 30 health_is web healthy
	pid=$(pid_of web)
	for kind in egress supervisor egress; do
		kill -9 "$(daemon_pid $kind)"
		wait_for 30 health_is web healthy
		n=$(grep -c . "$work/requests")
		wait_for 30 sh -c "[ \$(grep -c . $work/requests) -gt $n ]"
	done
	atf_check_equal "$pid" "$(pid_of web)"
	# a reload that takes the checks away takes egress away
	sed -i 's/health .*//; s/start-grace.*//' "$conf"
	ctl reload-config > out || atf_fail "$(cat out)"
	wait_for 20 sh -c "! '$OMNITRON_BUILD/omnitronctl' -H '$home' --json \
	    status | grep -q '\"egress\"'"
	atf_check_equal "$pid" "$(pid_of web)"
	health_is web healthy || atf_fail "$(field web health)"
}
deaths_of_ours_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case http_status
	atf_add_test_case http_match_and_hang
	atf_add_test_case report_restarts_nothing
	atf_add_test_case tcp_port_closes
	atf_add_test_case exec_probe
	atf_add_test_case start_grace
	atf_add_test_case dependants_wait
	atf_add_test_case notify
	atf_add_test_case concurrency
	atf_add_test_case deaths_of_ours
}
