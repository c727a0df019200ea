# Delays before a relaunch, measured by the program that is relaunched.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# failing NAME TEXT: an app that marks its start and exits 1
failing()
{
	omni_app "$1" "command \"$work/mark\" \"$work/$1\" \"$1\" \"1\" $2"
}

# gaps APP SLACK-MS MS...: between its starts, each within 10 % and the time
# that exit and exec take
gaps()
{
	python3 - "$work/$1" "$2" "$@" <<-'END' || atf_fail "delays of $1"
	import sys
	at = [int(s.split()[1]) for s in open(sys.argv[1])]
	slack = int(sys.argv[2])
	want = [int(s) for s in sys.argv[5:]]
	got = [b - a for a, b in zip(at, at[1:])]
	print(got, want)
	if len(got) < len(want):
	    sys.exit("only %d starts" % len(at))
	for g, w in zip(got, want):
	    if g < w - 1 or g > w * 1.1 + slack:
	        sys.exit("%d ms instead of %d: %s" % (g, w, got))
	END
}

atf_test_case ratios_1_2_4 cleanup
ratios_1_2_4_head() { atf_set timeout 60; }
ratios_1_2_4_body()
{
	omni_init
	helper mark
	failing exp 'initial 1s max 30s max-restarts 3'
	omni_up
	wait_for 15 status_is exp crashed
	equal "$(wc -l < "$work/exp")" 4 starts
	python3 - "$work/exp" <<-'END' || atf_fail "the ratios are not 1:2:4"
	import sys
	at = [int(s.split()[1]) for s in open(sys.argv[1])]
	got = [b - a for a, b in zip(at, at[1:])]
	print(got)
	for g, w in zip(got, (1000, 2000, 4000)):
	    if abs(g - w) > w / 10:
	        sys.exit("%d ms instead of %d" % (g, w))
	END
}
ratios_1_2_4_cleanup() { omni_cleanup; }

atf_test_case cap_fixed_linear_factor cleanup
cap_fixed_linear_factor_head() { atf_set timeout 60; }
cap_fixed_linear_factor_body()
{
	omni_init
	helper mark
	failing cap 'initial 200ms max 500ms max-restarts 5'
	failing fixed 'backoff fixed initial 300ms max 1s max-restarts 4'
	failing linear 'backoff linear initial 200ms max 600ms max-restarts 5'
	failing third 'factor 3 initial 150ms max 10s max-restarts 3'
	omni_up
	for app in cap fixed linear third; do
		wait_for 15 status_is "$app" crashed
	done
	# on a busy machine a start comes late; 150 ms do not make one of
	# these delays look like that of another formula
	gaps cap 150 200 400 500 500 500
	gaps fixed 150 300 300 300 300
	gaps linear 150 200 400 600 600 600
	gaps third 150 150 450 1350
}
cap_fixed_linear_factor_cleanup() { omni_cleanup; }

atf_test_case initial_0_restarts_at_once cleanup
initial_0_restarts_at_once_head() { atf_set timeout 60; }
initial_0_restarts_at_once_body()
{
	omni_init
	helper mark
	failing now 'initial 0 max-restarts 8'
	omni_up
	wait_for 10 status_is now crashed
	gaps now 150 0 0 0 0 0 0 0 0
	equal "$(wc -l < "$work/now")" 9 starts
}
initial_0_restarts_at_once_cleanup() { omni_cleanup; }

atf_test_case limit_and_reason cleanup
limit_and_reason_head() { atf_set timeout 60; }
limit_and_reason_body()
{
	omni_init
	helper mark
	failing few 'initial 20ms max-restarts 2'
	failing none 'initial 20ms max-restarts 0'
	omni_up
	wait_for 10 status_is few crashed
	wait_for 10 status_is none crashed
	equal "$(wc -l < "$work/few")" 3 starts
	equal "$(wc -l < "$work/none")" 1 starts
	equal "$(field few restarts)" 2 restarts
	field few reason | grep -q 'exit 1' ||
	    atf_fail "reason: $(field few reason)"
}
limit_and_reason_cleanup() { omni_cleanup; }

# Relaunches that are older than the window do not count: with one each
# 400 ms and a window of a second no more than 3 are ever within it.
atf_test_case window_slides cleanup
window_slides_head() { atf_set timeout 60; }
window_slides_body()
{
	omni_init
	helper mark
	failing slow 'backoff fixed initial 400ms max 400ms max-restarts 4
	    window 1s'
	failing fast 'backoff fixed initial 100ms max 100ms max-restarts 4
	    window 1s'
	omni_up
	wait_for 10 status_is fast crashed
	wait_for 20 lines "$work/slow" 9
	equal "$(wc -l < "$work/fast")" 5 "starts of fast"
	status_is slow crashed && atf_fail "old restarts were counted"
	:
}
window_slides_cleanup() { omni_cleanup; }

atf_test_case budget_survives_the_supervisor cleanup
budget_survives_the_supervisor_head() { atf_set timeout 60; }
budget_survives_the_supervisor_body()
{
	omni_init
	helper mark
	failing app 'initial 500ms max 4s max-restarts 3'
	omni_up
	wait_for 10 lines "$work/app" 2
	old=$(daemon_pid supervisor)
	kill -KILL "$old"
	wait_for 20 status_is app crashed
	[ "$(daemon_pid supervisor)" != "$old" ] || atf_fail "it is the old one"
	equal "$(wc -l < "$work/app")" 4 starts
	# the position in the sequence is kept as well; the delay that was
	# running may begin anew
	gaps app 1200 500 1000 2000
	equal "$(field app restarts)" 3 restarts
}
budget_survives_the_supervisor_cleanup() { omni_cleanup; }

atf_test_case budget_survives_the_daemon cleanup
budget_survives_the_daemon_head() { atf_set timeout 60; }
budget_survives_the_daemon_body()
{
	omni_init
	helper mark
	failing app 'backoff fixed initial 300ms max 300ms max-restarts 4'
	omni_up
	wait_for 10 lines "$work/app" 3
	kill -KILL "$(sed -n 1p "$home/daemon.pid")"
	ran=$(wc -l < "$work/app")
	wait_for 10 ctl up -c "$conf"
	wait_for 20 status_is app crashed
	n=$(wc -l < "$work/app")
	# 1 start and 4 relaunches; the boot itself may be one more
	[ "$n" -ge 5 ] && [ "$n" -le 6 ] ||
	    atf_fail "$n starts, $ran before the restart"
}
budget_survives_the_daemon_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case ratios_1_2_4
	atf_add_test_case cap_fixed_linear_factor
	atf_add_test_case initial_0_restarts_at_once
	atf_add_test_case limit_and_reason
	atf_add_test_case window_slides
	atf_add_test_case budget_survives_the_supervisor
	atf_add_test_case budget_survives_the_daemon
}
