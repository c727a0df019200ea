# The greeter of etc/examples, the same service in four languages, each as
# it stands there.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

examples=$OMNITRON_REGRESS/../etc/examples

# greeter_program LANGUAGE: makes ./greeter, or skips
greeter_program()
{
	case $1 in
	c)	need='cc' ;;
	py)	need='python3' ;;
	js)	need='node' ;;
	sh)	need='socat jq' ;;
	esac
	for p in $need; do
		command -v "$p" > /dev/null || atf_skip "there is no $p"
	done
	if [ "$1" != c ]; then
		cp "$examples/greeter.$1" greeter
		chmod 755 greeter
		return 0
	fi
	nm -D "$OMNITRON_BUILD/libomnitron.so" | grep -q __asan &&
	    atf_skip "libomnitron is built with sanitizers"
	atf_check cc -std=c99 -Wall -Wextra -Wno-unused-parameter -Werror \
	    -D_DEFAULT_SOURCE -I"$OMNITRON_REGRESS/../common/libomnitron" \
	    -o greeter "$examples/greeter.c" "$OMNITRON_BUILD/libomnitron.a"
}

# invoke WANT METHOD ARGS: of the greeter, by a daemon that is only there for
# this one call, so that each proves that the greeter connects again
invoke()
{
	atf_check -o "match:$1" -e save:seen python3 \
	    "$OMNITRON_REGRESS/integration/lib/channel.py" c:0.sock greeter \
	    "$2" "$3"
}

# greeter_alone LANGUAGE: all that it does, without omnitrond
greeter_alone()
{
	greeter_program "$1"
	OMNITRON_CHANNEL=$(pwd)/c:0.sock WATCHDOG_USEC=400000 setsid ./greeter \
	    2> err &
	echo $! > greeter.pid
	invoke '^"hello, w\\u00f6rld"$' hello '["wörld"]'
	grep -q '"text": "greeting"' seen || atf_fail "no status text"
	invoke '^5\.5$' add '[2, 3.5]'
	invoke '^"at last"$' slow '[500]'
	grep -q '"method": "heartbeat"' seen || atf_fail "no heartbeat"
	invoke '^error: as you wished$' fail '[]'
	invoke '^error: .*no such method$' nosuch '[]'
	kill "$(cat greeter.pid)"
	wait_for 10 gone "$(cat greeter.pid)"
}

greeter_end()
{
	[ ! -f greeter.pid ] || kill -KILL -- "-$(cat greeter.pid)" || true
}

atf_test_case c_speaks_the_channel cleanup
c_speaks_the_channel_body()
{
	greeter_alone c
}
c_speaks_the_channel_cleanup()
{
	greeter_end
}

atf_test_case python_speaks_the_channel cleanup
python_speaks_the_channel_body()
{
	greeter_alone py
}
python_speaks_the_channel_cleanup()
{
	greeter_end
}

atf_test_case node_speaks_the_channel cleanup
node_speaks_the_channel_body()
{
	greeter_alone js
}
node_speaks_the_channel_cleanup()
{
	greeter_end
}

atf_test_case sh_speaks_the_channel cleanup
sh_speaks_the_channel_body()
{
	greeter_alone sh
}
sh_speaks_the_channel_cleanup()
{
	greeter_end
}

# ---- under omnitrond, on the configuration that is shipped

# greeters_up: all four, from etc/examples/greeter.conf
greeters_up()
{
	greeter_program sh
	greeter_program js
	omni_init
	for l in c py js sh; do
		greeter_program $l
		cp greeter "$work/greeter.$l"
		chmod 755 "$work/greeter.$l"
	done
	cp "$examples/greeter.conf" "$conf"
	chmod 600 "$conf"
	omni_up -D "user=$app_user" -D "c=$work/greeter.c" \
	    -D "py=$work/greeter.py" -D "js=$work/greeter.js" \
	    -D "sh=$work/greeter.sh"
	for l in c py js sh; do
		wait_for 30 status_is "greeter-$l" online
	done
}

# calls LANGUAGE WANT METHOD [ARG...]
calls()
{
	_app=greeter-$1 _want=$2
	shift 2
	atf_check -o "match:$_want" "$OMNITRON_BUILD/omnitronctl" -H "$home" \
	    exec "$_app" greeter "$@"
}

# refuses LANGUAGE EXIT WANT SERVICE METHOD [ARG...]
refuses()
{
	_app=greeter-$1 _exit=$2 _want=$3
	shift 3
	atf_check -s "exit:$_exit" -e "match:$_want" \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" exec "$_app" "$@"
}

atf_test_case exec_reaches_all_four cleanup
exec_reaches_all_four_head()
{
	atf_set timeout 180
}
exec_reaches_all_four_body()
{
	greeters_up
	for l in c py js sh; do
		calls $l '^hello, wörld$' hello wörld
		calls $l '^5.5$' add 2 3.5
		calls $l '^at last$' slow 200
		refuses $l 1 'as you wished' greeter fail
		refuses $l 4 'it has greeter' nosuch hello x
		refuses $l 4 'no such method' greeter nosuch
		[ "$(field "greeter-$l" statusText)" = greeting ] ||
		    atf_fail "$l: no status text"
	done
	# a slow call holds up nobody
	ctl exec greeter-py greeter slow 3000 > slow &
	slow=$!
	calls py '^5$' add 2 3
	kill -0 $slow || atf_fail "the slow call was not slow"
	wait $slow
	atf_check -o inline:'at last\n' cat slow
	refuses sh 6 . --timeout 300ms greeter slow 2000
}
exec_reaches_all_four_cleanup()
{
	omni_cleanup
}

atf_test_case greeters_outlive_the_apps_process cleanup
greeters_outlive_the_apps_process_head()
{
	atf_set timeout 180
}
greeters_outlive_the_apps_process_body()
{
	greeters_up
	for l in c py js sh; do
		pid_of "greeter-$l" > "pid.$l"
	done
	for round in 1 2; do
		kill -KILL "$(daemon_pid apps)"
		for l in c py js sh; do
			wait_for 30 ctl exec "greeter-$l" greeter hello again
		done
	done
	for l in c py js sh; do
		calls $l '^hello, again$' hello again
		[ "$(pid_of "greeter-$l")" = "$(cat "pid.$l")" ] ||
		    atf_fail "$l was restarted"
		[ "$(field "greeter-$l" restarts)" = 0 ] ||
		    atf_fail "$l counts a restart"
	done
}
greeters_outlive_the_apps_process_cleanup()
{
	omni_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case exec_reaches_all_four
	atf_add_test_case greeters_outlive_the_apps_process
	atf_add_test_case c_speaks_the_channel
	atf_add_test_case python_speaks_the_channel
	atf_add_test_case node_speaks_the_channel
	atf_add_test_case sh_speaks_the_channel
}
