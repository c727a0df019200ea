# Programs that tests let omnitrond supervise.  Sourced after omni.sh.

# free_port: a TCP port of 127.0.0.1 that nobody uses at the moment
free_port()
{
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# script NAME: a shell script in $work, from standard input; its path
script()
{
	{ echo '#!/bin/sh'; cat; } > "$work/$1.new"
	chmod 755 "$work/$1.new"
	mv -f "$work/$1.new" "$work/$1"
}

# helper NAME: makes "$work/NAME" a copy of a helper program that apps can run
helper()
{
	cp "$OMNITRON_BUILD/regress/programs/$1" "$work/$1"
	chmod 755 "$work/$1"
}

# lines FILE N: it has at least so many
lines()
{
	[ -f "$1" ] && [ "$(wc -l < "$1")" -ge "$2" ]
}

# now_ms: the monotonic clock
now_ms()
{
	python3 -c 'import time; print(int(time.monotonic() * 1000))'
}

# result METHOD PARAMS EXPRESSION: of the reply, r
result()
{
	ctl --json call "$1" "$2" | python3 -IS -c 'import json, sys
r = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$3"
}

# A number that the sleep of no other test at the same time begins with.
tag=9$$

# count_procs SECONDS: processes that are "sleep SECONDS"
count_procs()
{
	pgrep -c -f -x "(/[a-z/]*)?sleep $1" || :
}

procs_are()
{
	[ "$(count_procs "$1")" -eq "$2" ]
}

# fails EXIT TEXT COMMAND...: exit code and text on standard error
fails()
{
	_exit=$1 _text=$2
	shift 2
	atf_check -s "exit:$_exit" -o ignore -e "match:$_text" \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" "$@"
}

# works COMMAND...: of omnitronctl, whatever it prints
works()
{
	atf_check -o ignore -e ignore \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" "$@"
}

equal()
{
	[ "$1" = "$2" ] || atf_fail "$3: is $1, should be $2"
}
