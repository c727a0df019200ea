# omnitronctl and a daemon on another host, here on this one: from a token that
# it issued to a secret that its app got.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/net.sh"

atf_test_case a_remote_is_controlled cleanup
a_remote_is_controlled_head()
{
	atf_set require.progs openssl
	atf_set timeout 120
}
a_remote_is_controlled_body()
{
	omni_init
	net_key
	net_cert
	tcp=$(net_port)
	omni_config <<-EOC
	jwt { algorithm HS256 key "k1" file "$home/jwt.key" }
	tls { certificate "$home/cert.pem" key "$home/tls.key" }
	listen tcp on 127.0.0.1 port $tcp tls
	default { user "$app_user" directory "$work" stop-timeout 2s }
	EOC
	omni_app api 'command "/bin/sleep" "1000"
	    env "PASSWORD" secret "db.password"'
	omni_up
	printf 'hunter2' | ctl secret set db.password || atf_fail "set"
	ctl start api > /dev/null || atf_fail "start"
	wait_for 10 status_is api online
	atf_check_equal hunter2 "$(ctl secret get db.password)"
	ctl token issue --role operator --ttl 1h --subject ops -o ops.token \
	    2> told || atf_fail "$(cat told)"
	# Another home: that of who is elsewhere.
	mkdir -m 700 mine
	far() { "$OMNITRON_BUILD/omnitronctl" -H "$(pwd)/mine" "$@"; }
	far remote add far localhost -p "$tcp" --ca "$work/cert.pem" \
	    --token-file ops.token || atf_fail "remote add"
	far remote status far > status || atf_fail "remote status"
	grep -q 'operator, as ops' status || atf_fail "$(cat status)"
	far -r far list > list || atf_fail "list"
	grep -q '^api' list || atf_fail "$(cat list)"
	far -r far status > status || atf_fail "status"
	grep -q 'you are ops, operator' status || atf_fail "$(cat status)"
	far -r far restart api || atf_fail "restart"
	# The role ends where secrets begin.
	atf_check -s exit:3 -o empty -e match:admin \
	    "$OMNITRON_BUILD/omnitronctl" -H "$(pwd)/mine" -r far secret get \
	    db.password
	far -r far token validate --token-file ops.token || atf_fail "validate"
	# A secret that changed marks who still has the old one.
	printf 'swordfish' | ctl secret set db.password || atf_fail "set"
	wait_for 10 stale
	far -r far restart api || atf_fail "restart"
	wait_for 10 fresh
	# One that is revoked opens nothing.
	jti=$(sed -n 's/.*token revoke //p' told)
	ctl token revoke "$jti" || atf_fail "revoke"
	wait_for 10 closed
	atf_check -s exit:3 -o empty -e match:'token refused' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$(pwd)/mine" -r far list
	if grep -r -e hunter2 -e swordfish "$home/logs"; then
		atf_fail "a secret is in the logs"
	fi
}
stale() { ctl list | grep -q 'restart to apply'; }
fresh() { ! stale; }
closed() { ! far -r far list > /dev/null 2>&1; }
a_remote_is_controlled_cleanup() { omni_cleanup; }

atf_test_case access_and_events_are_told cleanup
access_and_events_are_told_head() { atf_set timeout 60; }
access_and_events_are_told_body()
{
	omni_init
	omni_config <<-EOC
	allow user "$app_user" view, restartApp "api"
	allow group "root" view
	allow token "ci" operate
	default { user "$app_user" directory "$work" stop-timeout 2s }
	EOC
	omni_app api 'command "/bin/sleep" "1000"'
	omni_up
	wait_for 10 status_is api online
	ctl access test user "$app_user" restart api > out ||
	    atf_fail "user: $(cat out)"
	grep -q '^allowed: .*:1: allow user' out || atf_fail "$(cat out)"
	ctl access test group root list > out || atf_fail "group: $(cat out)"
	ctl access test token ci stop api > out || atf_fail "token: $(cat out)"
	code=0
	ctl access test user "$app_user" stop api > out || code=$?
	atf_check_equal 5 $code
	code=0
	ctl access test group nosuchgroup list api > out || code=$?
	atf_check_equal 5 $code
	code=0
	ctl access test user "$app_user" restrat api 2> out || code=$?
	atf_check_equal 4 $code
	ctl -j events --timeout 20s -n 1 app.online > event &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		ctl restart api > /dev/null
	done
	wait $pid || atf_fail "events: $?"
	grep -q '"channel":"app.online".*"app":"api"' event ||
	    atf_fail "$(cat event)"
}
access_and_events_are_told_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case access_and_events_are_told
	atf_add_test_case a_remote_is_controlled
}
