# The HTTP plane of a real daemon, asked by real clients.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/net.sh"

# web [ARG...] PATH: the body into out, the status into $status
web()
{
	for _path; do :; done
	_n=$#
	while [ "$_n" -gt 1 ]; do
		set -- "$@" "$1"
		shift
		_n=$((_n - 1))
	done
	shift
	status=$(curl -s -m 20 -o out -D head -w '%{http_code}' \
	    ${cacert:+--cacert "$cacert"} "$@" \
	    "${scheme:-http}://localhost:$http$_path")
}

# is STATUS
is()
{
	[ "$status" = "$1" ] || atf_fail "status $status, not $1: $(cat out)"
}

# says TEXT: in the body
says()
{
	grep -q -e "$1" out || atf_fail "no $1 in: $(cat out)"
}

rpc()
{
	printf '{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}' "$1" \
	    "${2:-{\}}"
}

asks()
{
	web /healthz
	is 200
	says '^ok$'
	web -d "$(rpc OmnitronDaemon.ping)" /rpc
	is 200
	says '"version":'
	web -d "$(rpc OmnitronDaemon.list)" /rpc
	is 401
	grep -qi '^www-authenticate: bearer' head || atf_fail "$(cat head)"
	bearer="Authorization: Bearer $(token operator)"
	web -H "$bearer" -d "$(rpc OmnitronDaemon.list)" /rpc
	is 200
	says '"name":"api"'
	web -H "$bearer" -d "$(rpc OmnitronDaemon.restartApp '{"name":"api"}')" \
	    /rpc
	is 200
	says '"status":"online"'
	web -H "$bearer" -d "$(rpc OmnitronDaemon.shutdown)" /rpc
	is 403
	web -H "$bearer" -d "[$(rpc OmnitronDaemon.ping),$(rpc \
	    OmnitronDaemon.list)]" /rpc
	is 200
	says '^\[{"jsonrpc"'
	web -H "$bearer" /metrics
	is 200
	says '^omnitron_app_up{app="api"} 1$'
	web -H "authorization: bearer $(token viewer)" -d '{"id":"a","service":
	    "OmnitronDaemon","method":"getApp","input":[{"name":"db"}]}' \
	    /netron/invoke
	is 200
	says '^{"id":"a","success":true,"data":{"name":"db"'
	web -H "Authorization: Bearer $(token viewer -1)" \
	    -d "$(rpc OmnitronDaemon.list)" /rpc
	is 401
	web -X PUT /rpc
	is 405
	web /nothing
	is 404
	web -H 'Origin: https://evil.example' /healthz
	is 403
	web -X OPTIONS -H 'Origin: https://page.example' /rpc
	is 204
	grep -qi '^access-control-allow-origin: https://page.example' head ||
	    atf_fail "$(cat head)"
}

atf_test_case curl_is_answered cleanup
curl_is_answered_head()
{
	atf_set require.progs curl
	atf_set timeout 90
}
curl_is_answered_body()
{
	omni_init
	net_key
	net_conf
	omni_up
	wait_for 10 status_is api online
	asks
	head -c 1100000 /dev/zero | tr '\0' ' ' > large
	web -H "$bearer" --data-binary @large /rpc
	is 413
	web -H 'Expect: 100-continue' -H "$bearer" \
	    -d "$(rpc OmnitronDaemon.ping)" /rpc
	is 200
	grep -q '^HTTP/1.1 100 ' head || atf_fail "$(cat head)"
}
curl_is_answered_cleanup() { omni_cleanup; }

atf_test_case curl_is_answered_through_tls cleanup
curl_is_answered_through_tls_head()
{
	atf_set require.progs "curl openssl"
	atf_set timeout 90
}
curl_is_answered_through_tls_body()
{
	omni_init
	net_key
	net_cert
	net_conf tls
	omni_up
	wait_for 10 status_is api online
	scheme=https cacert=$work/cert.pem
	asks
	grep -qi '^strict-transport-security:' head || atf_fail "$(cat head)"
	# one that does not know the certificate does not talk to it
	cacert=
	web /healthz
	is 000
	# and what speaks no TLS, or an old one, gets nothing
	curl -s -m 10 "http://localhost:$http/healthz" > out &&
	    atf_fail "plain text: $(cat out)"
	for v in tls1 tls1_1; do
		openssl s_client -connect "localhost:$http" -$v \
		    -cipher ALL:@SECLEVEL=0 < /dev/null > out 2>&1 &&
		    atf_fail "$v: $(cat out)"
	done
	openssl s_client -connect "localhost:$http" -tls1_2 \
	    -CAfile "$work/cert.pem" < /dev/null > out 2>&1 ||
	    atf_fail "$(cat out)"
	grep -q 'Verify return code: 0' out || atf_fail "$(cat out)"
}
curl_is_answered_through_tls_cleanup() { omni_cleanup; }

atf_test_case connections_are_kept cleanup
connections_are_kept_head() { atf_set timeout 90; }
connections_are_kept_body()
{
	omni_init
	net_key
	net_conf
	omni_up
	wait_for 10 status_is api online
	python3 -IS "$net_lib" keepalive "$http" "$(token operator)" ||
	    atf_fail "see above"
	python3 -IS "$net_lib" tricks "$http" || atf_fail "see above"
	python3 -IS "$net_lib" events "$http" "$(token viewer)" \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" restart api ||
	    atf_fail "see above"
}
connections_are_kept_cleanup() { omni_cleanup; }

atf_test_case a_flood_does_not_drown_others cleanup
a_flood_does_not_drown_others_head() { atf_set timeout 180; }
a_flood_does_not_drown_others_body()
{
	[ "$(uname -s)" = Linux ] || atf_skip "one address of loopback alone"
	omni_init
	net_key
	net_conf
	omni_up
	wait_for 10 status_is api online
	ulimit -n 4096 || atf_skip "no descriptors for 1500 connections"
	old=$(daemon_pid network)
	python3 -IS "$net_lib" flood "$http" 10000 || atf_fail "see above"
	[ "$(daemon_pid network)" = "$old" ] || atf_fail "it was replaced"
	wait_for 10 status_is api online
}
a_flood_does_not_drown_others_cleanup() { omni_cleanup; }

# A port is closed, or opened, by a reload; tokens go with their key.
atf_test_case a_reload_switches_all_or_nothing cleanup
a_reload_switches_all_or_nothing_head()
{
	atf_set require.progs curl
	atf_set timeout 90
}
a_reload_switches_all_or_nothing_body()
{
	omni_init
	net_key
	net_conf
	omni_up
	bearer="Authorization: Bearer $(token viewer)"
	web -H "$bearer" -d "$(rpc OmnitronDaemon.list)" /rpc
	is 200
	# a key that is too short is refused by name, and nothing changes
	cp "$home/jwt.key" key
	umask 077
	head -c 31 key > "$home/jwt.key"
	ctl reload-config > out 2>&1 && atf_fail "a short key: $(cat out)"
	grep -q 'jwt.key' out || atf_fail "$(cat out)"
	web -H "$bearer" -d "$(rpc OmnitronDaemon.list)" /rpc
	is 200
	# another one: tokens of the old one are worth nothing
	net_key
	umask 077
	ctl reload-config > out 2>&1 || atf_fail "$(cat out)"
	web -H "$bearer" -d "$(rpc OmnitronDaemon.list)" /rpc
	is 401
	web -H "Authorization: Bearer $(token viewer)" \
	    -d "$(rpc OmnitronDaemon.list)" /rpc
	is 200
	# a network process that died is there again
	old=$(daemon_pid network)
	kill -KILL "$old"
	wait_for 10 daemon_is_new network "$old"
	serves() { web /healthz; [ "$status" = 200 ]; }
	wait_for 10 serves
	sed -i '/^listen http/d' "$conf"
	ctl reload-config > out 2>&1 || atf_fail "$(cat out)"
	web /healthz
	is 000
}
a_reload_switches_all_or_nothing_cleanup() { omni_cleanup; }

daemon_is_new()
{
	_new=$(daemon_pid "$1") && [ -n "$_new" ] && [ "$_new" != "$2" ] &&
	    kill -0 "$_new"
}

atf_test_case a_load_is_carried cleanup
a_load_is_carried_head()
{
	atf_set require.progs wrk
	atf_set timeout 90
}
a_load_is_carried_body()
{
	omni_init
	net_key
	net_conf
	omni_up
	cat > ping.lua <<-'EOL'
	wrk.method = "POST"
	wrk.body = '{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping"}'
	EOL
	wrk -t 2 -c 32 -d 3 -s ping.lua "http://127.0.0.1:$http/rpc" > out 2>&1
	cat out
	grep -q 'Non-2xx' out && atf_fail "$(cat out)"
	grep -q '^Requests/sec: *[1-9][0-9][0-9]' out || atf_fail "$(cat out)"
}
a_load_is_carried_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case curl_is_answered
	atf_add_test_case curl_is_answered_through_tls
	atf_add_test_case connections_are_kept
	atf_add_test_case a_flood_does_not_drown_others
	atf_add_test_case a_reload_switches_all_or_nothing
	atf_add_test_case a_load_is_carried
}
