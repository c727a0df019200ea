# The TCP plane of a real daemon.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/net.sh"

atf_test_case a_token_opens_it cleanup
a_token_opens_it_head() { atf_set timeout 60; }
a_token_opens_it_body()
{
	omni_init
	net_key
	net_conf
	omni_up
	wait_for 10 status_is api online
	python3 -IS "$net_lib" tcp "$tcp" "$(token admin)" ||
	    atf_fail "see above"
	# who failed is in the audit trail, and no part of the token is
	wait_for 10 grep -q 'auth' "$home/logs/audit.log"
	grep -r 'a\.b\.c' "$home/logs" && atf_fail "a token was logged"
	:
}
a_token_opens_it_cleanup() { omni_cleanup; }

atf_test_case tls_carries_it cleanup
tls_carries_it_head()
{
	atf_set require.progs openssl
	atf_set timeout 60
}
tls_carries_it_body()
{
	omni_init
	net_key
	net_cert
	net_conf tls
	omni_up
	printf '%s\n' '{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping"}' |
	    timeout 20 openssl s_client -quiet -verify_return_error \
	    -CAfile "$work/cert.pem" -connect "localhost:$tcp" > out 2> err ||
	    :
	grep -q '"version":' out || atf_fail "$(cat out err)"
}
tls_carries_it_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case a_token_opens_it
	atf_add_test_case tls_carries_it
}
