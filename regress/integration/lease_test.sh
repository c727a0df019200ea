# A program's file under a lease by its owner: the exec waits until the lease
# is broken, and nobody else does.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# As the app's user, who owns the file.
as_app_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid="$(id -u "$app_user")" \
		    --regid="$(id -g "$app_user")" --clear-groups "$@"
	else
		"$@"
	fi
}

# restarted_within MS APP: time from its death to its next start, by marks
restarted_within()
{
	old=$(pid_of "$2")
	killed=$(python3 -c 'import os, sys, time
print(time.monotonic_ns() // 1000000)
os.kill(int(sys.argv[1]), 9)' "$old")
	wait_for 10 pid_changed "$2" "$old"
	at=$(tail -1 "$work/marks" | awk '{ print $2 }')
	[ $((at - killed)) -le "$1" ] ||
	    atf_fail "restarted after $((at - killed)) ms"
}

atf_test_case delays_nobody_else cleanup
delays_nobody_else_head()
{
	atf_set timeout 60
	atf_set require.progs setpriv
}
delays_nobody_else_body()
{
	[ "$(uname -s)" = Linux ] || atf_skip "leases are Linux's"
	omni_init
	helper mark
	helper lease
	cp /bin/sleep "$work/held"
	[ "$(id -u)" -ne 0 ] || chown "$app_user" "$work/held"
	chmod 755 "$work/held"
	omni_app held "command \"$work/held\" \"${tag}1\" autostart no
	    startup-timeout 50s stop-timeout 1s"
	omni_app other "command \"$work/mark\" \"$work/marks\" \"other\" \
	    \"stay\" initial 0"
	omni_app third "command \"/bin/sleep\" \"${tag}3\" autostart no"
	omni_up
	wait_for 5 status_is other online
	wait_for 5 lines "$work/marks" 1

	as_app_user "$work/lease" "$work/held" "$work/is-held" \
	    "$work/release" "$work/asked" 2> lease.err &
	lease=$!
	wait_for 5 test -e "$work/is-held"
	ctl start --no-wait held
	# the kernel has asked its owner: our exec waits
	wait_for 5 test -e "$work/asked"
	equal "$(field held status)" starting status

	restarted_within 200 other
	begin=$(now_ms)
	works start third
	works list
	[ $(($(now_ms) - begin)) -lt 1000 ] || atf_fail "a start waited"
	works restart other
	equal "$(field held status)" starting "status, still"

	touch "$work/release"
	wait_for 10 status_is held online
	wait "$lease" || atf_fail "lease: $(cat lease.err)"
	works stop held
	equal "$(field held status)" stopped status
}
delays_nobody_else_cleanup() { omni_cleanup; }

# What waits in its exec can be stopped, and does not delay `down`.
atf_test_case can_be_stopped cleanup
can_be_stopped_head()
{
	atf_set timeout 60
	atf_set require.progs setpriv
}
can_be_stopped_body()
{
	[ "$(uname -s)" = Linux ] || atf_skip "leases are Linux's"
	omni_init
	helper lease
	cp /bin/sleep "$work/held"
	[ "$(id -u)" -ne 0 ] || chown "$app_user" "$work/held"
	chmod 755 "$work/held"
	omni_app held "command \"$work/held\" \"${tag}1\" autostart no
	    startup-timeout 50s stop-timeout 1s"
	omni_up
	as_app_user "$work/lease" "$work/held" "$work/is-held" \
	    "$work/release" "$work/asked" &
	lease=$!
	wait_for 5 test -e "$work/is-held"
	ctl start --no-wait held
	wait_for 5 test -e "$work/asked"
	begin=$(now_ms)
	works stop held
	[ $(($(now_ms) - begin)) -lt 3000 ] || atf_fail "the stop waited"
	equal "$(field held status)" stopped status
	touch "$work/release"
	wait "$lease"
	equal "$(count_procs "${tag}1")" 0 processes
}
can_be_stopped_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case delays_nobody_else
	atf_add_test_case can_be_stopped
}
