# What an exit means: the kernel's kill when memory is out, an operator's
# signal, and what spends none of the restart budget.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# reason_has APP TEXT: it is in its reason
reason_has()
{
	field "$1" reason | grep -qF -- "$2"
}

# memory_group: makes $group, a folder of the kernel in which 64 MiB are all,
# or skips the test
memory_group()
{
	[ "$(id -u)" -eq 0 ] || atf_skip "only root makes memory groups"
	for base in /sys/fs/cgroup/memory /sys/fs/cgroup; do
		group=$base/omnitron-test.$$
		mkdir "$group" 2>/dev/null || continue
		echo "$group" > memory.group
		for limit in memory.limit_in_bytes memory.max; do
			[ -w "$group/$limit" ] || continue
			echo 67108864 > "$group/$limit" && return 0
		done
		rmdir "$group"
	done
	atf_skip "no memory controller to write to"
}

atf_test_case out_of_memory cleanup
out_of_memory_head() { atf_set timeout 60; }
out_of_memory_body()
{
	grep -q '^oom_kill ' /proc/vmstat || atf_skip "kills are not counted"
	memory_group
	omni_init
	script hog <<-END
	exec python3 -c 'import os, time
	while not os.path.exists("$work/go"):
	    time.sleep(0.05)
	os.unlink("$work/go")
	x = bytearray(256 << 20)
	time.sleep(60)'
	END
	omni_app hog "command \"$work/hog\" no-new-privileges no initial 200ms"
	omni_up
	pid=$(pid_of hog)
	echo "$pid" > "$group/cgroup.procs"
	touch "$work/go"
	chmod 666 "$work/go"
	wait_for 20 pid_changed hog "$pid"
	ctl inspect hog > inspect
	grep -q 'because memory was out' inspect ||
	    atf_fail "$(head -20 inspect)"
	# a kill by somebody else is not taken for one
	pid=$(pid_of hog)
	kill -KILL "$pid"
	wait_for 20 pid_changed hog "$pid"
	ctl inspect hog > inspect
	grep -q 'memory was out' inspect && atf_fail "$(head -20 inspect)"
	ctl --json inspect hog | grep -q '"signal":"SIGKILL"' ||
	    atf_fail "$(ctl --json inspect hog)"
}
out_of_memory_cleanup()
{
	omni_cleanup
	[ ! -f memory.group ] || rmdir "$(cat memory.group)" || :
}

# An exit within 5 s of signalApp follows the policy and spends nothing, of
# that instance alone; what the next one does by itself counts again.
atf_test_case operators_signal cleanup
operators_signal_head() { atf_set timeout 60; }
operators_signal_body()
{
	omni_init
	script runs <<-END
	echo "\$OMNITRON_INSTANCE" >> "$work/runs.log"
	exec sleep 1000
	END
	script once <<-END
	if [ -e "$work/once.ran" ]; then exit 3; fi
	touch "$work/once.ran"
	exec sleep 1000
	END
	omni_app runs "command \"$work/runs\" instances 2 initial 20ms
	    max-restarts 1"
	omni_app once "command \"$work/once\" initial 20ms max-restarts 0"
	omni_up
	wait_for 10 status_is runs online
	for n in 1 2 3; do
		wait_for 10 status_is runs online
		ctl signal --instance 1 runs TERM
		wait_for 10 lines "$work/runs.log" $((n + 2))
	done
	wait_for 10 status_is runs online
	equal "$(grep -c 0 "$work/runs.log")" 1 "starts of the other"
	equal "$(field runs restarts)" 3 restarts
	ctl signal once TERM
	wait_for 10 status_is once crashed
	reason_has once 'exit 3' || atf_fail "$(field once reason)"
}
operators_signal_cleanup() { omni_cleanup; }

atf_test_case waiting_spends_nothing cleanup
waiting_spends_nothing_head() { atf_set timeout 90; }
waiting_spends_nothing_body()
{
	omni_init
	script db <<-END
	echo \$\$ > "$work/db.new"
	mv "$work/db.new" "$work/db.pid"
	exec sleep 1000
	END
	# it notices at once that the other is gone, and cannot go on
	script web <<-END
	echo \$\$ >> "$work/web.log"
	until kill -0 "\$(cat "$work/db.pid")" 2>/dev/null; do sleep 0.05; done
	while kill -0 "\$(cat "$work/db.pid")" 2>/dev/null; do sleep 0.05; done
	exit 1
	END
	omni_app db "command \"$work/db\" initial 1s max 1s max-restarts 50"
	omni_app web "command \"$work/web\" depends-on \"db\" initial 20ms
	    max-restarts 1"
	omni_up
	for n in 1 2 3 4; do
		wait_for 20 status_is web online
		kill -KILL "$(pid_of db)"
		wait_for 10 status_is web stopped
		reason_has web 'waiting for db' ||
		    atf_fail "$(field web reason)"
		wait_for 20 lines "$work/web.log" $((n + 1))
	done
	wait_for 20 status_is web online
	equal "$(field web restarts)" 0 restarts
}
waiting_spends_nothing_cleanup() { omni_cleanup; }

# An orderly end and a new start are no reason to begin to count anew.
atf_test_case budget_survives_down_and_up cleanup
budget_survives_down_and_up_head() { atf_set timeout 60; }
budget_survives_down_and_up_body()
{
	omni_init
	helper mark
	omni_app app "command \"$work/mark\" \"$work/app\" \"app\" \"1\"
	    backoff fixed initial 1500ms max 1500ms max-restarts 3"
	omni_up
	wait_for 20 lines "$work/app" 3
	wait_for 10 status_is app errored
	ctl down
	ran=$(wc -l < "$work/app")
	omni_up
	wait_for 20 status_is app crashed
	n=$(wc -l < "$work/app")
	# of 3 relaunches 2 were spent; the start with the daemon is none
	equal "$n" "$((ran + 2))" starts
	# by hand they begin anew
	ctl start app > /dev/null 2>&1
	wait_for 20 status_is app crashed
	equal "$(wc -l < "$work/app")" $((n + 4)) "starts afresh"
}
budget_survives_down_and_up_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case out_of_memory
	atf_add_test_case operators_signal
	atf_add_test_case waiting_spends_nothing
	atf_add_test_case budget_survives_down_and_up
}
