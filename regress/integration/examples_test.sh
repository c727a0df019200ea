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
	    "$OMNITRON_REGRESS/integration/lib/channel.py" c.sock greeter \
	    "$2" "$3"
}

# greeter_alone LANGUAGE: all that it does, without omnitrond
greeter_alone()
{
	greeter_program "$1"
	OMNITRON_CHANNEL=$(pwd)/c.sock WATCHDOG_USEC=400000 setsid ./greeter \
	    2> err &
	echo $! > greeter.pid
	invoke '^"hello, w\\u00f6rld"$' hello '["wörld"]'
	grep -q '"text": "greeting"' seen || atf_fail "no status text"
	invoke '^5\.5$' add '[2, 3.5]'
	invoke '^"at last"$' slow '[500]'
	grep -q '"method": "heartbeat"' seen || atf_fail "no heartbeat"
	invoke '^error: as you wished$' fail '[]'
	invoke '^error: ' nosuch '[]'
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

atf_init_test_cases()
{
	atf_add_test_case c_speaks_the_channel
	atf_add_test_case python_speaks_the_channel
	atf_add_test_case node_speaks_the_channel
	atf_add_test_case sh_speaks_the_channel
}
