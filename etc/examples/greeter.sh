#!/bin/sh
#
# greeter: a small service that others call by `omnitronctl exec`, in sh.
#
#	hello(name)	"hello, name"
#	add(a, b)	their sum
#	slow(ms)	answers later, and others meanwhile
#	fail()		an error
#
# It needs socat, which makes the channel the standard input and output of
# `greeter.sh serve`, and jq, which reads JSON.

# say TEXT: a line to the daemon, in one write
say()
{
	printf '{"jsonrpc":"2.0",%s}\n' "$1"
}

# refuse ID CODE TEXT
refuse()
{
	say '"id":'"$1"',"error":{"code":'"$2"',"message":"'"$3"'"}'
}

# reply ID EXPRESSION: the value of jq's expression, of the arguments $args
reply()
{
	if r=$(printf '%s' "$args" | jq -c "$2" 2>/dev/null); then
		say '"id":'"$1"',"result":'"$r"
	else
		refuse "$1" -32602 'wrong arguments'
	fi
}

# answer REQUEST
answer()
{
	id=$(printf '%s' "$1" | jq -c .id)
	args=$(printf '%s' "$1" | jq -c .params.args)
	case $(printf '%s' "$1" | jq -r '.method + " " +
	    (.params.method // "")') in
	'invoke hello')
		reply "$id" '"hello, " + .[0]' ;;
	'invoke add')
		reply "$id" '.[0] + .[1]' ;;
	'invoke slow')
		sleep "$(printf '%s' "$args" | jq '.[0] / 1000')"
		reply "$id" '"at last"' ;;
	'invoke fail')
		refuse "$id" -32010 'as you wished' ;;
	'health ')
		say '"id":'"$id"',"result":{"status":"healthy"}' ;;
	'shutdown ')
		say '"id":'"$id"',"result":{"success":true}'
		kill "$GREETER" "$PPID" ;;
	*)
		refuse "$id" -32601 'no such method' ;;
	esac
}

# serve: one connection, on standard input and output
serve()
{
	service='{"name":"greeter","version":"1.0",'
	service="$service"'"methods":["hello","add","slow","fail"]}'
	say '"method":"register","params":{"services":['"$service"']}'
	say '"method":"status","params":{"text":"greeting"}'
	say '"method":"ready"'
	half=$((${WATCHDOG_USEC:-10000000} / 2000))
	while say '"method":"heartbeat"'; do
		sleep "$(printf '%d.%03d' $((half / 1000)) $((half % 1000)))"
	done &
	beat=$!
	while IFS= read -r line; do
		answer "$line" &
	done
	kill $beat
}

if [ "${1:-}" = serve ]; then
	serve
	exit
fi
GREETER=$$
export GREETER
# A colon means something to socat.
path=$(printf '%s' "$OMNITRON_CHANNEL" | sed 's/:/\\:/g')
while :; do
	socat "UNIX-CONNECT:$path" SYSTEM:"'$0' serve"
	sleep 1		# the daemon restarts: connect again
done
