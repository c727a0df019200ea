# Reloads without downtime: new before old, signals, and what ends them.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# service SETTINGS [READY]: the app "web", on $port, which says when it is there
service()
{
	cp "$OMNITRON_REGRESS/integration/lib/rolling.py" "$work/rolling.py"
	chmod 644 "$work/rolling.py"
	port=$(free_port)
	served="command \"$(command -v python3)\" \"-IS\" \"$work/rolling.py\" \
	    \"serve\" \"$work\" listen tcp on 127.0.0.1 port $port"
	omni_app web "$served ${2:-ready notify} $1"
}

# serving N: so many have begun to, since the daemon was started
serving()
{
	status_is web online &&
	    [ "$(grep -c "serving as" "$home/logs/web.log")" -ge "$1" ]
}

# number FILE TEXT: for the service to read
number()
{
	echo "$2" > "$work/$1"
	chmod 644 "$work/$1"
}

# load_begin, load_end: requests meanwhile; $work/load has the outcome
load_begin()
{
	rm -f "$work/enough"
	python3 -IS "$OMNITRON_REGRESS/integration/lib/rolling.py" load \
	    "$port" "$work/enough" > "$work/load" &
	loader=$!
}

load_end()
{
	: > "$work/enough"
	wait "$loader"
	cat "$work/load"
}

# load_has EXPRESSION: of the outcome, r
load_has()
{
	python3 -IS -c 'import json, sys
r = json.load(open(sys.argv[1]))
assert eval(sys.argv[2]), (sys.argv[2], r)' "$work/load" "$1" ||
	    atf_fail "not so: $1"
}

# pids APP: of its instances, in one line
pids()
{
	ctl --json call getApp "{\"name\":\"$1\"}" | python3 -IS -c '
import json, sys
v = json.load(sys.stdin)
print(*[p["pid"] for p in v.get("result", v)["processes"]])'
}

slots_are()
{
	[ "$(ls "$home/run/out" | wc -l)" -eq "$1" ]
}

# While one instance after another is replaced, 20 times, every request is
# answered.
atf_test_case no_request_is_lost cleanup
no_request_is_lost_head()
{
	atf_set timeout 300
}
no_request_is_lost_body()
{
	omni_init
	service "instances 3"
	omni_up
	wait_for 20 serving 3
	before=$(pids web)
	load_begin
	i=0
	while [ $i -lt 20 ]; do
		works reload web
		i=$((i + 1))
	done
	load_end
	load_has 'r["failed"] == 0 and r["refused"] == 0'
	load_has 'r["served"] > 100 and r["processes"] > 20'
	equal "$(field web restarts)" 0 restarts
	equal "$(field web instances)" 3 instances
	for pid in $before; do
		gone "$pid" || atf_fail "$pid is still there"
	done
	[ "$(pids web | wc -w)" -eq 3 ] || atf_fail "not 3: $(pids web)"
	# two FIFOs for each that runs, nothing of those before
	wait_for 10 slots_are 6
	logged web "serving as" || atf_fail "no output"
	ctl env web | grep -q '^OMNITRON_INSTANCE=' || atf_fail "no number"
	! grep -q 'serving as [0-9]* 3276' "$home/logs/web.log" ||
	    atf_fail "an app was shown its slot"
}
no_request_is_lost_cleanup() { omni_cleanup; }

# A version that does not get there: the old one is left, and the rest.
atf_test_case a_bad_version cleanup
a_bad_version_head()
{
	atf_set timeout 120
}
a_bad_version_body()
{
	omni_init
	service "instances 2 startup-timeout 8s"
	omni_up
	wait_for 20 serving 2
	before=$(pids web)
	number bad 0.1
	load_begin
	fails 1 'web\[0\]: the new one failed, the old one runs on: exit 3' \
	    reload web
	load_end
	load_has 'r["failed"] == 0 and r["refused"] == 0 and r["served"] > 0'
	equal "$(pids web)" "$before" pids
	equal "$(field web status)" online status
	equal "$(field web restarts)" 0 restarts
	# one that never says that it is there
	rm "$work/bad"
	number mute 1
	fails 1 'the old one runs on: no READY=1 within 8s' reload web
	equal "$(pids web)" "$before" pids
	rm "$work/mute"
	# what cannot be executed at all
	mv "$work/rolling.py" "$work/away"
	fails 1 'the old one runs on: exit 2' reload web
	equal "$(pids web)" "$before" pids
	mv "$work/away" "$work/rolling.py"
	works reload web
	[ "$(pids web)" != "$before" ] || atf_fail "not replaced"
}
a_bad_version_cleanup() { omni_cleanup; }

atf_test_case a_stop_ends_it cleanup
a_stop_ends_it_head()
{
	atf_set timeout 120
}
a_stop_ends_it_body()
{
	omni_init
	service "startup-timeout 60s"
	omni_up
	wait_for 20 serving 1
	old=$(pid_of web)
	number slow 50
	ctl reload web > "$work/reload.out" 2>&1 &
	reload=$!
	wait_for 20 two_serve
	works stop web
	! wait $reload || atf_fail "the reload succeeded"
	grep -q 'cancelled by a stop' "$work/reload.out" ||
	    atf_fail "$(cat "$work/reload.out")"
	equal "$(field web status)" stopped status
	procs_gone
	fails 8 'web does not run: omnitronctl start web' reload web
	works reload all
	equal "$(field web status)" stopped "status after reload all"
}
a_stop_ends_it_cleanup() { omni_cleanup; }

# Operations on one app wait for each other.
atf_test_case a_scale_waits cleanup
a_scale_waits_head()
{
	atf_set timeout 120
}
a_scale_waits_body()
{
	omni_init
	service "startup-timeout 60s"
	omni_up
	wait_for 20 serving 1
	old=$(pid_of web)
	number slow 2
	ctl reload web > "$work/reload.out" 2>&1 &
	reload=$!
	wait_for 20 two_serve
	works scale web 3
	wait $reload || atf_fail "$(cat "$work/reload.out")"
	gone "$old" || atf_fail "the old one is still there"
	equal "$(pids web | wc -w)" 3 "number of instances"
	works scale web 1
	wait_for 10 one_serves
	works stop web
	procs_gone
}
a_scale_waits_cleanup() { omni_cleanup; }

two_serve()
{
	[ "$(pgrep -c -f "$work/rolling.py serve")" -eq 2 ]
}

procs_gone()
{
	! pgrep -f "$work/rolling.py serve" ||
	    atf_fail "something still runs"
}

one_serves()
{
	[ "$(pgrep -c -f "$work/rolling.py serve")" -eq 1 ]
}

# killed KIND: the process is killed while the new one starts; that gets
# there, and nothing else happens.
killed()
{
	omni_init
	service "startup-timeout 60s"
	omni_up
	wait_for 30 serving 1
	old=$(pid_of web)
	number slow 4
	load_begin
	ctl reload web > "$work/reload.out" 2>&1 &
	reload=$!
	wait_for 20 two_serve
	kill -9 "$(daemon_pid "$1")"
	wait $reload ||:
	[ "$1" != parent ] || restarted
	wait_for 30 status_is web online
	wait_for 30 one_serves
	load_end
	load_has 'r["failed"] == 0 and r["refused"] == 0 and r["served"] > 0'
	wait_for 10 pid_changed web "$old"
	gone "$old" || atf_fail "the old one is still there"
	equal "$(field web restarts)" 0 restarts
	logged web "drained $old" || atf_fail "the old one was not drained"
	rm "$work/slow"
	new=$(pid_of web)
	works reload web
	pid_changed web "$new" || atf_fail "not replaced once more"
	works stop web
	procs_gone
}

restarted()
{
	wait_for 20 eval '! ctl ping'
	omni_up
}

atf_test_case supervisor_killed cleanup
supervisor_killed_head()
{
	atf_set timeout 120
}
supervisor_killed_body()
{
	killed supervisor
}
supervisor_killed_cleanup() { omni_cleanup; }

atf_test_case parent_killed cleanup
parent_killed_head()
{
	atf_set timeout 120
}
parent_killed_body()
{
	killed parent
}
parent_killed_cleanup() { omni_cleanup; }

# nginx replaces its workers by itself.
atf_test_case nginx_by_its_signal cleanup
nginx_by_its_signal_head()
{
	atf_set timeout 60
	atf_set require.progs "nginx curl"
}
nginx_by_its_signal_body()
{
	omni_init
	port=$(free_port)
	mkdir "$work/tmp"
	[ "$(id -u)" -ne 0 ] || chown nobody "$work/tmp"
	cat > "$work/nginx.conf" <<-END
	daemon off;
	worker_processes 1;
	pid $work/nginx.pid;
	error_log stderr;
	events {}
	http {
		access_log off;
		client_body_temp_path $work/tmp/b;
		proxy_temp_path $work/tmp/p;
		fastcgi_temp_path $work/tmp/f;
		uwsgi_temp_path $work/tmp/u;
		scgi_temp_path $work/tmp/s;
		server { listen 127.0.0.1:$port; return 200 "one\n"; }
	}
	END
	chmod 644 "$work/nginx.conf"
	omni_app nginx "command \"$(command -v nginx)\" \"-e\" \"stderr\" \
	    \"-c\" \"$work/nginx.conf\" stop-signal QUIT reload signal HUP"
	omni_up
	nginx_says()
	{
		[ "$(curl -s "http://127.0.0.1:$port/")" = "$1" ]
	}
	wait_for 20 nginx_says one
	master=$(pid_of nginx)
	workers=$(pgrep -P "$master")
	sed 's/one/two/' "$work/nginx.conf" > "$work/nginx.new"
	cat "$work/nginx.new" > "$work/nginx.conf"
	works reload nginx
	wait_for 20 nginx_says two
	equal "$(pid_of nginx)" "$master" "the master's pid"
	[ "$(pgrep -P "$master")" != "$workers" ] ||
	    atf_fail "the same workers"
	equal "$(field nginx restarts)" 0 restarts
}
nginx_by_its_signal_cleanup() { omni_cleanup; }

# A command that is run for each instance.
atf_test_case by_a_command cleanup
by_a_command_head()
{
	atf_set timeout 60
}
by_a_command_body()
{
	omni_init
	script waits <<-'END'
	trap 'echo told' HUP
	echo listening
	while :; do sleep 0.1; done
	END
	script tell <<-'END'
	echo "reloading $OMNITRON_INSTANCE $1"
	[ ! -e "$2" ] || exit 7
	kill -HUP "$OMNITRON_PID"
	END
	omni_app web "command \"$work/waits\" instances 2
	    reload command \"$work/tell\" \"as asked\" \"$work/broken\""
	omni_up
	wait_for 20 status_is web online
	before=$(pids web)
	wait_for 20 eval '[ "$(grep -c listening "$home/logs/web.log")" -eq 2 ]'
	works reload web
	wait_for 10 told_by 2
	logged web "reloading 0 as asked" || atf_fail "not run for 0"
	logged web "reloading 1 as asked" || atf_fail "not run for 1"
	equal "$(pids web)" "$before" pids
	: > "$work/broken"
	fails 1 'web\[0\]: reload command: exit 7' reload web
	equal "$(pids web)" "$before" pids
	equal "$(field web status)" online status
}
by_a_command_cleanup() { omni_cleanup; }

told_by()
{
	[ "$(grep -c ' told$' "$home/logs/web.log")" -eq "$1" ]
}

# A changed configuration: only what needs it, and as each says.
atf_test_case a_changed_configuration cleanup
a_changed_configuration_head()
{
	atf_set timeout 120
}
a_changed_configuration_body()
{
	omni_init
	service "reload rolling" "min-uptime 2s"
	omni_app same "command \"$(command -v sleep)\" \"${tag}1\""
	omni_up
	wait_for 20 serving 1
	old=$(pid_of web)
	same=$(pid_of same)
	load_begin
	omni_config "$(sed 's/reload rolling/& env "VERSION" "2"/' "$conf")" \
	    < /dev/null
	works reload-config
	wait_for 30 pid_changed web "$old"
	wait_for 30 gone "$old"
	load_end
	load_has 'r["failed"] == 0 and r["refused"] == 0 and r["served"] > 0'
	tr '\0' '\n' < "/proc/$(pid_of web)/environ" | grep -q '^VERSION=2$' ||
	    atf_fail "it has the old environment"
	equal "$(pid_of same)" "$same" "pid of what did not change"
	# one that cannot run leaves the old one
	wait_for 20 serving 2
	old=$(pid_of web)
	number bad 0.1
	omni_config "$(sed 's/"VERSION" "2"/"VERSION" "3"/' "$conf")" \
	    < /dev/null
	works reload-config
	wait_for 20 logged web "no good"
	wait_for 20 one_serves
	equal "$(pid_of web)" "$old" pid
	equal "$(field web status)" online status
	wait_for 10 eval 'ctl list | grep -q "not reloaded: web: .* exit 3"'
}
a_changed_configuration_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case no_request_is_lost
	atf_add_test_case a_bad_version
	atf_add_test_case a_stop_ends_it
	atf_add_test_case a_scale_waits
	atf_add_test_case supervisor_killed
	atf_add_test_case parent_killed
	atf_add_test_case nginx_by_its_signal
	atf_add_test_case by_a_command
	atf_add_test_case a_changed_configuration
}
