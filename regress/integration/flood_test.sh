# Crowds at the network's doors.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

lib=$OMNITRON_REGRESS/integration/lib

atf_test_case ten_thousand_connections cleanup
ten_thousand_connections_head() { atf_set timeout 120; }
ten_thousand_connections_body()
{
	omni_init
	head -c 32 /dev/urandom > "$home/jwt.key"
	chmod 600 "$home/jwt.key"
	tcp=$(free_port) http=$(free_port)
	cat >> "$conf" <<-END
	jwt { algorithm HS256 key "one" file "$home/jwt.key" }
	listen tcp on 127.0.0.1 port $tcp
	listen http on 127.0.0.1 port $http
	END
	omni_app one 'command "/bin/sleep" "1000"'
	omni_up
	token=$(python3 -B "$lib/tokens.py" make HS256 "$home/jwt.key" \
	    role=viewer)
	pid=$(pid_of one)
	PYTHONPATH=$lib timeout 100 python3 -B "$lib/flood.py" \
	    "$home/daemon.sock" "$tcp" "$http" "$token" \
	    "$(daemon_pid network)" > "$work/flood" 2>&1 ||
	    atf_fail "$(cat "$work/flood")"
	cat "$work/flood"
	equal "$(pid_of one)" "$pid" "the app's pid"
	[ "$(wc -l < "$home/logs/omnitrond.log")" -lt 200 ] ||
	    atf_fail "it filled the log"
}
ten_thousand_connections_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case ten_thousand_connections
}
