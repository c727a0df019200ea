# When apps are online, and the process of the daemon that they tell it.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# kinds: the daemon's processes that run
kinds()
{
	result OmnitronDaemon.status '{}' \
	    '" ".join(p["kind"] for p in r["processes"])'
}

kinds_are()
{
	[ "$(kinds)" = "$1" ]
}

ALL="parent supervisor store control logger"
MORE="parent supervisor store control apps logger"

# The process exists while the configuration has an app that needs it.
atf_test_case on_demand cleanup
on_demand_head() { atf_set timeout 90; }
on_demand_body()
{
	omni_init
	cp "$conf" "$work/base"
	omni_app plain "command \"/bin/sleep\" \"1000\""
	omni_up
	equal "$(kinds)" "$ALL" "processes"
	pid=$(pid_of plain)

	omni_app web "command \"/bin/sleep\" \"1000\" ready notify autostart no"
	works reload-config
	wait_for 10 kinds_are "$MORE"
	old=$(daemon_pid apps)
	kill -9 "$old"
	wait_for 10 gone "$old"
	wait_for 10 kinds_are "$MORE"
	[ "$(daemon_pid apps)" != "$old" ] || atf_fail "it was not started anew"

	# and back, twice: it ends by itself, and is started again
	for i in 1 2; do
		old=$(daemon_pid apps)
		cp "$work/base" "$conf"
		omni_app plain "command \"/bin/sleep\" \"1000\""
		works reload-config
		wait_for 10 kinds_are "$ALL"
		wait_for 10 gone "$old"
		omni_app web "command \"/bin/sleep\" \"1000\" ready notify
		    autostart no"
		works reload-config
		wait_for 10 kinds_are "$MORE"
	done
	equal "$(result OmnitronDaemon.status '{}' \
	    '[p["restarts"] for p in r["processes"] if p["kind"] == "apps"][0]')" \
	    1 "restarts of apps"
	equal "$(pid_of plain)" "$pid" "pid of an app that has nothing to do with it"
	works down
}
on_demand_cleanup() { omni_cleanup; }

# sd APP OPTIONS ARGUMENT...: an app that notifies so (lib/sd.py)
sd()
{
	cp "$OMNITRON_REGRESS/integration/lib/sd.py" "$work/sd.py"
	chmod 755 "$work/sd.py"
	_app=$1 _options=$2
	shift 2
	_command="command \"$(command -v python3)\" \"-IS\" \"$work/sd.py\""
	for _arg; do _command="$_command \"$_arg\""; done
	omni_app "$_app" "$_command $_options"
}

reason_is()
{
	[ "$(field "$1" reason)" = "$2" ]
}

text_is()
{
	[ "$(field "$1" statusText)" = "$2" ]
}

atf_test_case notify cleanup
notify_head() { atf_set timeout 90; }
notify_body()
{
	omni_init
	sd web 'ready notify' 'STATUS=warming up' "wait=$work/go" \
	    'READY=1|STATUS=serving'
	sd mute 'ready notify startup-timeout 500ms max-restarts 0' \
	    'STATUS=I forgot something'
	omni_app next 'command "/bin/sleep" "1000" depends-on "web"'
	omni_up
	wait_for 10 text_is web "warming up"
	equal "$(field web status)" starting "before READY=1"
	equal "$(field next reason)" "waiting for web" "reason of a dependant"
	: > "$work/go"
	wait_for 10 status_is web online
	wait_for 10 text_is web serving
	wait_for 10 status_is next online
	atf_check -o match:"^says +serving" \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" status web
	wait_for 10 status_is mute crashed
	equal "$(field mute reason)" "no READY=1 within 500ms" "reason of mute"
	equal "$(field mute statusText)" null "status of one that is gone"
	case $(result OmnitronDaemon.getEnv '{"name": "web"}' \
	    'r["NOTIFY_SOCKET"]') in
	*/web:web:0.notify) ;;
	*) atf_fail "no NOTIFY_SOCKET in its environment" ;;
	esac
	# what is stopped leaves no socket behind
	socket=$(result OmnitronDaemon.getEnv '{"name": "web"}' \
	    'r["NOTIFY_SOCKET"]')
	[ -S "$socket" ] || atf_fail "no $socket"
	works stop -f --dependants web
	[ ! -e "$socket" ] || atf_fail "$socket is left"
	works down
	[ ! -e "${socket%/*}" ] || [ "${socket%/*}" = "$home/run/apps" ] ||
	    atf_fail "${socket%/*} is left"
}
notify_cleanup() { omni_cleanup; }

# A newline on a descriptor, as s6 has it, also on the one behind sockets.
atf_test_case newline cleanup
newline_head() { atf_set timeout 90; }
newline_body()
{
	omni_init
	script late <<-'END'
	until [ -e go ]; do sleep 0.05; done
	echo >&5
	exec 5>&-
	exec sleep 1000
	END
	script sockets <<-'END'
	[ "$LISTEN_FDS" = 2 ] || exit 1
	[ ! -e /proc/self/fd/6 ] || exit 2
	echo >&5
	exec sleep 1000
	END
	omni_app late "command \"$work/late\" ready fd 5"
	omni_app sockets "command \"$work/sockets\" ready fd 5
	    listen tcp on 127.0.0.1 port $(free_port) name one
	    listen unix \"$home/s.sock\""
	omni_app never 'command "/bin/sleep" "1000" ready fd 3
	    startup-timeout 300ms max-restarts 0'
	omni_up
	wait_for 10 status_is sockets online
	wait_for 10 status_is never crashed
	equal "$(field never reason)" \
	    "no newline on its descriptor within 300ms" "reason of never"
	equal "$(field late status)" starting "before its newline"
	# whoever reads it, the newline is not lost with
	kill -9 "$(daemon_pid apps)"
	: > "$work/go"
	wait_for 10 status_is late online
	wait_for 10 pid_runs apps
}
newline_cleanup() { omni_cleanup; }

pid_runs()
{
	kill -0 "$(daemon_pid "$1")"
}

atf_test_case redis cleanup
redis_head()
{
	atf_set timeout 60
	atf_set require.progs redis-server
}
redis_body()
{
	omni_init
	omni_app redis "command \"$(command -v redis-server)\" \"--port\"
	    \"$(free_port)\" \"--bind\" \"127.0.0.1\" \"--save\" \"\"
	    \"--supervised\" \"systemd\" \"--dir\" \"$work\" ready notify"
	omni_up
	wait_for 20 status_is redis online
	wait_for 10 text_is redis "Ready to accept connections"
	works stop redis
}
redis_cleanup() { omni_cleanup; }

# Who may speak for an instance: the process that was started, or all of it.
atf_test_case access cleanup
access_head() { atf_set timeout 90; }
access_body()
{
	omni_init
	sd main 'ready notify startup-timeout 2s max-restarts 0' \
	    child=READY=1
	sd group 'ready notify notify-access group' child=READY=1
	sd pid 'ready notify startup-timeout 2s max-restarts 0' MAINPID=1 \
	    MAINPID=999999 child=READY=1
	omni_up
	wait_for 10 status_is group online
	wait_for 10 status_is main crashed
	equal "$(field main reason)" "no READY=1 within 2s" "reason of main"
	wait_for 10 status_is pid crashed
	if command -v systemd-notify > /dev/null; then
		script shell <<-'END'
		systemd-notify --ready --status="by a shell"
		exec sleep 1000
		END
		omni_app shell "command \"$work/shell\" ready notify
		    notify-access group"
		works reload-config
		wait_for 10 status_is shell online
		wait_for 10 text_is shell "by a shell"
	fi
	[ "$(id -u)" -eq 0 ] || return 0
	# root gets there, and is still not the app's user
	sd other 'ready notify notify-access group startup-timeout 60s' sleep=600
	works reload-config
	wait_for 10 has_pid other
	NOTIFY_SOCKET=$(result OmnitronDaemon.getEnv '{"name": "other"}' \
	    'r["NOTIFY_SOCKET"]')
	export NOTIFY_SOCKET
	timeout 1 python3 -IS "$OMNITRON_REGRESS/integration/lib/sd.py" \
	    'READY=1|STATUS=of root'
	equal "$(field other status)" starting "after root's READY=1"
	equal "$(field other statusText)" null "after root's STATUS"
}
access_cleanup() { omni_cleanup; }

# What floods costs itself its messages, and nobody else time.
atf_test_case flood cleanup
flood_head() { atf_set timeout 90; }
flood_body()
{
	omni_init
	sd flood 'ready notify notify-access group instances 3' flood
	sd calm 'ready notify watchdog 3s' READY=1 beat=0.5
	omni_up
	wait_for 20 status_is flood online
	wait_for 20 status_is calm online
	used=$(ticks apps) sup=$(ticks supervisor) parent=$(ticks parent)
	sleep 3
	# ticks are hundredths of a second: less than a fifth of the time
	for k in apps:$used supervisor:$sup parent:$parent; do
		n=$(($(ticks "${k%:*}") - ${k#*:}))
		[ "$n" -lt 60 ] || atf_fail "${k%:*} needed $n ticks in 3 s"
	done
	equal "$(field calm restarts)" 0 "restarts of calm"
	works restart calm
	works down
}
flood_cleanup() { omni_cleanup; }

# ticks KIND: of the processor, which a process of the daemon has used
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$(daemon_pid "$1")/stat"
}

restarted()
{
	[ "$(field "$1" restarts)" -ge 1 ]
}

has_pid()
{
	[ "$(pid_of "$1")" != null ]
}

atf_test_case watchdog cleanup
watchdog_head() { atf_set timeout 90; }
watchdog_body()
{
	omni_init
	sd web 'ready notify watchdog 1s watchdog-grace 1s stop-timeout 1s' \
	    READY=1 beat=0.2
	sd asks 'watchdog 60s watchdog-signal USR1' sleep=0.5 \
	    WATCHDOG=trigger
	sd hang 'watchdog 500ms watchdog-grace 0 watchdog-signal USR1
	    max-restarts 0' WATCHDOG=1
	omni_up
	wait_for 10 status_is web online
	pid=$(pid_of web)
	kill -STOP "$pid"
	wait_for 10 reason_is web "no heartbeat for 1s"
	equal "$(result OmnitronDaemon.getHealth '{"name": "web"}' \
	    'r["apps"]["web"]["status"]')" degraded "health meanwhile"
	wait_for 20 pid_changed web "$pid"
	wait_for 10 gone "$pid"
	equal "$(field web restarts)" 1 "restarts of web"
	# a pause within the grace is forgiven
	pid=$(pid_of web)
	kill -STOP "$pid"
	wait_for 10 reason_is web "no heartbeat for 1s"
	kill -CONT "$pid"
	wait_for 10 reason_is web null
	equal "$(pid_of web)" "$pid" "pid after a pause"

	wait_for 10 restarted asks
	wait_for 10 status_is hang crashed
	equal "$(field hang reason)" "watchdog: no heartbeat for 500ms" \
	    "reason of hang"
	equal "$(result OmnitronDaemon.inspect '{"name": "hang"}' \
	    'r["lastExit"]["signal"]')" SIGUSR1 "signal of hang"
}
watchdog_cleanup() { omni_cleanup; }

# another KIND OLD: another process of that kind runs
another()
{
	_pid=$(daemon_pid "$1")
	[ "$_pid" != "$2" ] && kill -0 "$_pid"
}

# Notifying goes on whoever of the daemon dies, and no app notices.
atf_test_case deaths cleanup
deaths_head() { atf_set timeout 120; }
deaths_body()
{
	omni_init
	sd web 'ready notify watchdog 2s' READY=1 'STATUS=PID' beat=0.2
	sd late 'ready notify startup-timeout 60s' "wait=$work/go" READY=1
	omni_up
	wait_for 10 status_is web online
	pid=$(pid_of web)
	for kind in apps supervisor apps; do
		old=$(daemon_pid "$kind")
		kill -9 "$old"
		wait_for 10 gone "$old"
		wait_for 10 another "$kind" "$old"
	done
	wait_for 10 status_is web online
	equal "$(field late status)" starting "status of late"
	sleep 3
	equal "$(field web restarts)" 0 "restarts of web"
	equal "$(pid_of web)" "$pid" "pid of web"

	parent=$(daemon_pid parent)
	kill -9 "$parent"
	wait_for 10 gone "$parent"
	omni_up
	wait_for 10 status_is web online
	equal "$(pid_of web)" "$pid" "pid of web after the daemon's death"
	: > "$work/go"
	wait_for 10 status_is late online
	equal "$(field late restarts)" 0 "restarts of late"
	sleep 3
	equal "$(field web restarts)" 0 "restarts of web"
	kill -STOP "$pid"
	wait_for 30 pid_changed web "$pid"
}
deaths_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case on_demand
	atf_add_test_case notify
	atf_add_test_case newline
	atf_add_test_case redis
	atf_add_test_case access
	atf_add_test_case flood
	atf_add_test_case watchdog
	atf_add_test_case deaths
}
