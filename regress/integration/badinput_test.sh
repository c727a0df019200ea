# Bad input on the control socket: an error or a close, never a crash, and
# nobody else waits.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

atf_test_case control_socket cleanup
control_socket_head() { atf_set timeout 240; }
control_socket_body()
{
	omni_init
	seconds=1
	if nm -D "$OMNITRON_BUILD/omnitrond" | grep -q -E '__(a|ub)san_'; then
		seconds=5
	fi
	script lines <<-'END'
	awk 'BEGIN {
		for (a = "a"; length(a) < 200; )
			a = a a
		for (n = 0; n < 3000; n++)
			print a
		print "done"
	}'
	exec sleep 1000
	END
	omni_app sleeper 'command "/bin/sleep" "1000" min-uptime 50ms'
	omni_app lines "command \"$work/lines\" min-uptime 50ms"
	omni_up
	wait_for 20 status_is sleeper online
	wait_for 20 logged lines done
	app=$(pid_of sleeper)
	python3 "$OMNITRON_REGRESS/integration/lib/badinput.py" \
	    "$home/daemon.sock" "$(daemon_pid control)" "$seconds" > result 2>&1 ||
	    atf_fail "$(cat result)"
	cat result
	[ "$(pid_of sleeper)" = "$app" ] || atf_fail "the app noticed"
	[ "$(field sleeper restarts)" = 0 ] || atf_fail "the app noticed"
	! grep -q -i -E 'fatal|sanitizer|runtime error' \
	    "$home/logs/omnitrond.log" || atf_fail "$(omni_log)"
}
control_socket_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case control_socket
}
