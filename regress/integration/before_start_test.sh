# before-start: a command that runs before each start of an instance.
. "$OMNITRON_REGRESS/integration/lib/omni.sh"

# reason_has APP TEXT
reason_has()
{
	case $(field "$1" reason) in
	*"$2"*) ;;
	*) atf_fail "reason: $(field "$1" reason)" ;;
	esac
}

script()
{
	cat > "$work/$1"
	chmod 755 "$work/$1"
}

atf_test_case runs_before_each_start cleanup
runs_before_each_start_head() { atf_set timeout 120; }
runs_before_each_start_body()
{
	omni_init
	script hook <<-EOF
	#!/bin/sh
	echo "hook \$OMNITRON_RUN in \$(pwd) as \$(id -un)"
	echo h >> $work/order
	EOF
	script app <<-EOF
	#!/bin/sh
	echo a >> $work/order
	exec sleep 1000
	EOF
	omni_app web "command \"$work/app\" before-start \"$work/hook\""
	omni_up
	wait_for 20 status_is web online
	wait_for 20 test "$(tr -d '\n' < "$work/order")" = ha
	# what it says is the app's output
	wait_for 20 logged web "hook before-start.* in $work as $app_user"
	pid=$(pid_of web)
	kill -9 "$pid"
	wait_for 20 pid_changed web "$pid"
	wait_for 20 grep -c . "$work/order"
	atf_check -o inline:haha sh -c "tr -d '\n' < $work/order"
}
runs_before_each_start_cleanup() { omni_cleanup; }

atf_test_case failure_is_a_failed_start cleanup
failure_is_a_failed_start_head() { atf_set timeout 120; }
failure_is_a_failed_start_body()
{
	omni_init
	script hook <<-EOF
	#!/bin/sh
	test -e $work/fine || exit 3
	EOF
	omni_app web "command \"/bin/sleep\" \"1000\" before-start \"$work/hook\"
	    max-restarts 0"
	omni_app none "command \"/bin/sleep\" \"1000\" restart never
	    before-start \"$work/nothing\""
	omni_up
	wait_for 20 status_is web crashed
	reason_has web 'before-start: exit 3'
	wait_for 20 status_is none stopped
	reason_has none "before-start: exec $work/nothing: No such file"
	touch "$work/fine"
	ctl start web > /dev/null || atf_fail 'not started'
	status_is web online || atf_fail "$(field web status)"
}
failure_is_a_failed_start_cleanup() { omni_cleanup; }

atf_test_case hanging_is_ended_by_startup_timeout cleanup
hanging_is_ended_by_startup_timeout_head() { atf_set timeout 120; }
hanging_is_ended_by_startup_timeout_body()
{
	omni_init
	script hook <<-EOF
	#!/bin/sh
	trap '' TERM
	n=0
	while [ \$n -lt 20 ]; do
		setsid sh -c '(setsid sleep 4343.$$ &)' &
		n=\$((n + 1))
	done
	touch $work/began
	while :; do sleep 1; done
	EOF
	omni_app web "command \"/bin/sleep\" \"1000\" before-start \"$work/hook\"
	    startup-timeout 6s stop-timeout 300ms restart never"
	omni_up
	wait_for 20 test -e "$work/began"
	wait_for 60 status_is web stopped
	reason_has web 'not started within 6s'
	wait_for 20 sh -c "! pgrep -f '^sleep 4343[.]$$'"
}
hanging_is_ended_by_startup_timeout_cleanup() { omni_cleanup; }

atf_test_case leaves_nothing_running cleanup
leaves_nothing_running_head() { atf_set timeout 120; }
leaves_nothing_running_body()
{
	omni_init
	script hook <<-EOF
	#!/bin/sh
	setsid sh -c '(setsid sleep 4444.$$ &)' &
	sleep 4444.$$ &
	exit 0
	EOF
	omni_app web "command \"/bin/sleep\" \"1000\" before-start \"$work/hook\""
	omni_up
	wait_for 20 status_is web online
	wait_for 20 sh -c "! pgrep -f '^sleep 4444[.]$$'"
	status_is web online || atf_fail "$(field web status)"
}
leaves_nothing_running_cleanup() { omni_cleanup; }

atf_test_case daemon_ends_with_it_running cleanup
daemon_ends_with_it_running_head() { atf_set timeout 120; }
daemon_ends_with_it_running_body()
{
	omni_init
	script hook <<-EOF
	#!/bin/sh
	exec sleep 4545.$$
	EOF
	omni_app web "command \"/bin/sleep\" \"1000\" before-start \"$work/hook\""
	omni_up
	wait_for 20 pgrep -f "^sleep 4545[.]$$"
	# a supervisor that dies does not change anything
	kill -9 "$(daemon_pid supervisor)"
	wait_for 20 status_is web starting
	atf_check -o ignore pgrep -f "^sleep 4545[.]$$"
	ctl down > /dev/null || atf_fail 'not down'
	wait_for 20 sh -c "! pgrep -f '^sleep 4545[.]$$'"
}
daemon_ends_with_it_running_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case runs_before_each_start
	atf_add_test_case failure_is_a_failed_start
	atf_add_test_case hanging_is_ended_by_startup_timeout
	atf_add_test_case leaves_nothing_running
	atf_add_test_case daemon_ends_with_it_running
}
