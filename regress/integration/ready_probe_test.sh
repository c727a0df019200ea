# Readiness that is probed, and the process that connects.
. "$OMNITRON_REGRESS/integration/lib/omni.sh"

# serve_init: $port, free a moment ago, and $serve, a program for an app
serve_init()
{
	port=$(python3 -IS -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	cp "$OMNITRON_REGRESS/integration/lib/serve.py" "$work/serve.py"
	chmod 644 "$work/serve.py"
	serve="\"$(command -v python3)\" \"-IS\" \"$work/serve.py\""
}

has_process()
{
	ctl --json status | grep -q "\"$1\""
}

no_process()
{
	! has_process "$1"
}

atf_test_case online_when_it_answers cleanup
online_when_it_answers_head() { atf_set timeout 120; }
online_when_it_answers_body()
{
	omni_init
	serve_init
	omni_app web "command $serve \"$port\" \"1.5\"
	    ready http \"http://127.0.0.1:$port/health\" autostart no"
	omni_app need "command \"/bin/sleep\" \"1000\" depends-on \"web\""
	omni_up
	ctl start --no-wait web > /dev/null || atf_fail "not started"
	status_is web starting || atf_fail "$(field web status)"
	wait_for 60 status_is web online
	grep -q '^/health$' "$work/requests" || atf_fail "nobody asked"
	wait_for 20 status_is need online
	# and then it is left alone
	n=$(grep -c . "$work/requests")
	sleep 2
	atf_check_equal "$n" "$(grep -c . "$work/requests")"
}
online_when_it_answers_cleanup() { omni_cleanup; }

atf_test_case never_ready_says_why cleanup
never_ready_says_why_head() { atf_set timeout 120; }
never_ready_says_why_body()
{
	omni_init
	serve_init
	omni_app closed "command \"/bin/sleep\" \"1000\" ready tcp $port
	    startup-timeout 1s restart never autostart no"
	omni_app bad "command $serve \"$port\"
	    ready http \"http://localhost:$port/\"
	    startup-timeout 3s restart never autostart no"
	omni_up
	ctl start closed > out 2>&1 && atf_fail "started"
	r=$(field closed reason)
	case $r in
	*"no connection to its port within 1s: "*":$port: Connection refused"*)
		;;
	*) atf_fail "$r" ;;
	esac
	echo 503 > "$work/status"
	chmod 644 "$work/status"
	ctl start bad > out 2>&1 && atf_fail "started"
	r=$(field bad reason)
	case $r in *": status 503"*) ;; *) atf_fail "$r" ;; esac
	rm "$work/status"
	ctl start bad > out 2>&1 || atf_fail "$(cat out)"
}
never_ready_says_why_cleanup() { omni_cleanup; }

atf_test_case egress_while_it_is_needed cleanup
egress_while_it_is_needed_head() { atf_set timeout 120; }
egress_while_it_is_needed_body()
{
	omni_init
	serve_init
	omni_app web "command $serve \"$port\""
	omni_up
	has_process supervisor || atf_fail "$(ctl --json status)"
	no_process egress || atf_fail "egress runs for nothing"
	cp "$conf" "$conf.without"
	omni_app late "command $serve \"$((port + 1))\"
	    ready tcp $((port + 1))"
	ctl reload-config > /dev/null || atf_fail "not reloaded"
	wait_for 20 has_process egress
	wait_for 30 status_is late online
	# one that dies is replaced, and who waits for it is served
	omni_app last "command $serve \"$((port + 2))\" \"1\"
	    ready tcp $((port + 2))"
	kill -9 "$(daemon_pid egress)"
	ctl reload-config > /dev/null || atf_fail "not reloaded"
	kill -9 "$(daemon_pid egress)" 2> /dev/null
	wait_for 30 status_is last online
	cp "$conf.without" "$conf"
	ctl reload-config > /dev/null || atf_fail "not reloaded"
	wait_for 20 no_process egress
	status_is web online || atf_fail "$(field web status)"
}
egress_while_it_is_needed_cleanup() { omni_cleanup; }

# A supervisor that starts anew goes on probing.
atf_test_case supervisor_dies_meanwhile cleanup
supervisor_dies_meanwhile_head() { atf_set timeout 120; }
supervisor_dies_meanwhile_body()
{
	omni_init
	serve_init
	omni_app web "command $serve \"$port\" \"2\" ready tcp $port
	    autostart no"
	omni_up
	ctl start --no-wait web > /dev/null || atf_fail "not started"
	wait_for 20 status_is web starting
	pid=$(pid_of web)
	kill -9 "$(daemon_pid supervisor)"
	wait_for 60 status_is web online
	atf_check_equal "$pid" "$(pid_of web)"
}
supervisor_dies_meanwhile_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case online_when_it_answers
	atf_add_test_case never_ready_says_why
	atf_add_test_case egress_while_it_is_needed
	atf_add_test_case supervisor_dies_meanwhile
}
