# Helpers of the tests of omnitronctl: a fake daemon in ./home.
#
#	fake_start ...	start it with these options, OMNITRON_HOME set to it
#	fake_stop	end it, for cleanups
#	ctl ...		omnitronctl

fake_start()
{
	unset OMNITRON_SOCKET OMNITRON_OUTPUT NO_COLOR
	OMNITRON_HOME=$(pwd)/home
	export OMNITRON_HOME
	python3 "$OMNITRON_REGRESS/integration/lib/fakedaemon.py" \
	    "$@" "$OMNITRON_HOME" || atf_fail "the fake daemon did not start"
	while [ ! -s home/fake.pid ]; do sleep 0.02; done
}

fake_stop()
{
	if [ -s home/fake.pid ]; then
		kill -KILL "$(cat home/fake.pid)" 2>/dev/null || true
	fi
}

ctl()
{
	"$OMNITRON_BUILD/omnitronctl" "$@"
}

# check EXIT COMMAND...: only the exit code counts
check()
{
	want=$1
	shift
	atf_check -s "exit:$want" -o ignore -e ignore \
	    "$OMNITRON_BUILD/omnitronctl" "$@"
}

# fails EXIT TEXT COMMAND...: exit code and the one line on stderr
fails()
{
	want=$1 text=$2
	shift 2
	atf_check -s "exit:$want" -o empty -e "inline:omnitronctl: $text\n" \
	    "$OMNITRON_BUILD/omnitronctl" "$@"
}

# json EXPRESSION: is the document on stdin such?  `d` is the document.
json()
{
	python3 -c '
import json, sys
d = json.load(sys.stdin)
if not eval(sys.argv[1]):
    sys.exit("not so: %s\n%s" % (sys.argv[1], json.dumps(d)))' "$1" ||
	    atf_fail "not so: $1"
}
