# Channels of apps, and calls of their methods.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# greeter APP OPTIONS: the example in Python, with those options
greeter()
{
	cp "$OMNITRON_REGRESS/../etc/examples/greeter.py" "$work/greeter.py"
	chmod 755 "$work/greeter.py"
	omni_app "$1" "command \"$(command -v python3)\" \"-IS\"
	    \"$work/greeter.py\" $2"
}

# says WHAT COMMAND...: of omnitronctl, on standard output
says()
{
	_what=$1
	shift
	atf_check -o inline:"$_what\n" \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" "$@"
}

# services APP: the names, by inspect
services_are()
{
	[ "$(result OmnitronDaemon.inspect "{\"name\":\"$1\"}" \
	    '",".join(r["services"])')" = "$2" ]
}

answers()
{
	ctl exec "$1" greeter hello you
}

atf_test_case calls cleanup
calls_head() { atf_set timeout 90; }
calls_body()
{
	omni_init
	greeter greet 'ready channel watchdog 2s instances 2'
	greeter off 'channel yes autostart no'
	omni_app plain 'command "/bin/sleep" "1000"'
	omni_up
	wait_for 20 status_is greet online
	equal "$(field greet statusText)" greeting "its status"
	wait_for 10 services_are greet greeter
	says "hello, you" exec greet greeter hello you
	says 5 exec greet greeter add 2 3
	big=$(head -c 100000 /dev/zero | tr '\0' x)
	equal "$(ctl exec greet greeter hello "$big" | wc -c)" 100008 \
	    "bytes of a large answer"
	fails 1 "as you wished" exec greet greeter fail
	fails 6 "did not answer within 300ms" \
	    exec --timeout 300ms greet greeter slow 3000
	fails 4 "greet: it has no service 'greet'; it has greeter" \
	    exec greet greet hello
	fails 4 "plain: it has no service .greeter.: it has registered none" exec plain greeter hello
	fails 1 "off: no instance of it is online and healthy" exec off greeter hello
	# a slow one holds up no other
	ctl exec greet greeter slow 2000 > slow.out &
	says "hello, you" exec greet greeter hello you
	wait
	grep -q "at last" slow.out || atf_fail "the slow call: $(cat slow.out)"
	# heartbeats come over the channel
	sleep 3
	equal "$(field greet restarts)" 0 "restarts of greet"
	pid=$(pid_of greet)
	kill -STOP "$pid"
	wait_for 30 pid_changed greet "$pid"
	grep -q '"method":"OmnitronDaemon.exec"' "$home/logs/audit.log" ||
	    atf_fail "nothing in the audit log"
}
calls_cleanup() { omni_cleanup; }

# Whoever of the daemon dies, calls work again; one meanwhile is told so.
atf_test_case deaths cleanup
deaths_head() { atf_set timeout 120; }
deaths_body()
{
	omni_init
	greeter greet 'ready channel'
	omni_up
	wait_for 20 status_is greet online
	pid=$(pid_of greet)
	for kind in apps control supervisor apps; do
		kill -9 "$(daemon_pid "$kind")"
		wait_for 20 answers greet
	done
	wait_for 10 services_are greet greeter
	ctl exec greet greeter slow 20000 2> err &
	call=$!
	sleep 0.5
	kill -9 "$(daemon_pid apps)"
	wait $call && atf_fail "a call outlived the apps process"
	grep -q "the apps process was restarted" err || atf_fail "$(cat err)"
	parent=$(daemon_pid parent)
	kill -9 "$parent"
	wait_for 10 gone "$parent"
	omni_up
	wait_for 20 answers greet
	equal "$(pid_of greet)" "$pid" "pid of greet"
	# the app ends while it is called
	ctl exec greet greeter slow 20000 2> err &
	call=$!
	sleep 0.5
	kill -9 "$pid"
	wait $call && atf_fail "a call outlived its app"
	grep -q "closed its channel meanwhile" err || atf_fail "$(cat err)"
	wait_for 20 answers greet
}
deaths_cleanup() { omni_cleanup; }

# Those that are unhealthy are not called while another is not.
atf_test_case healthy cleanup
healthy_head() { atf_set timeout 90; }
healthy_body()
{
	omni_init
	script well <<-'END'
	test "$OMNITRON_INSTANCE" = 0
	END
	cat > "$work/who.py" <<-'END'
	import json, os, socket
	s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
	s.connect(os.environ["OMNITRON_CHANNEL"])
	def send(**m):
	    s.sendall(json.dumps(dict(m, jsonrpc="2.0")).encode() + b"\n")
	send(method="register", params={"services": [
	    {"name": "who", "version": "1", "methods": ["am_i"]}]})
	send(method="ready")
	for line in s.makefile():
	    m = json.loads(line)
	    if m["method"] == "invoke":
	        send(id=m["id"], result=int(os.environ["OMNITRON_INSTANCE"]))
	END
	omni_app who "command \"$(command -v python3)\" \"-IS\"
	    \"$work/who.py\" ready channel instances 2
	    health exec \"$work/well\" interval 1s retries 1
	    on-unhealthy report"
	omni_up
	wait_for 20 status_is who online
	wait_for 30 health_is who unhealthy
	for i in 1 2 3 4; do
		says 0 exec who who am_i
	done
}
healthy_cleanup() { omni_cleanup; }

health_is()
{
	[ "$(field "$1" health)" = "$2" ]
}

# What an app says that it did is in getMetrics.
atf_test_case metrics cleanup
metrics_head() { atf_set timeout 60; }
metrics_body()
{
	omni_init
	cat > "$work/meter.py" <<-'END'
	import os, socket, time
	s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
	s.connect(os.environ["OMNITRON_CHANNEL"])
	for i in range(10):
	    s.sendall(b'{"jsonrpc":"2.0","method":"metrics","params":'
	              b'{"requests":10,"errors":1,"latency":[1,2,3,40]}}\n')
	time.sleep(1000)
	END
	chmod 755 "$work/meter.py"
	omni_app meter "command \"$(command -v python3)\" \"-IS\"
	    \"$work/meter.py\" channel yes"
	printf 'monitoring { metrics interval 200ms }\n' >> "$conf"
	omni_up
	wait_for 20 metric 'm["requests"] == 100 and m["errors"] == 10'
	metric 'm["latency"] == {"p50": 2, "p95": 40, "p99": 40, "mean": 11.5}' ||
	    atf_fail "$(ctl --json call getMetrics)"
}
metrics_cleanup() { omni_cleanup; }

# metric EXPRESSION: of m, that of the app meter
metric()
{
	[ "$(result OmnitronDaemon.getMetrics '{}' \
	    "(lambda m: $1)(r['apps']['meter'])")" = True ]
}

atf_init_test_cases()
{
	atf_add_test_case calls
	atf_add_test_case deaths
	atf_add_test_case healthy
	atf_add_test_case metrics
}
