# CPU and memory of apps as list and getMetrics show them.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# An interval that none of these tests lives to see, so that what is shown
# soon is shown early.
slow()
{
	printf 'monitoring { metrics interval 1h }\n' >> "$conf"
}

# What is shown of programs that take their time to get ready, on a busy
# machine more than their first second.
often()
{
	printf 'monitoring { metrics interval 500ms }\n' >> "$conf"
}

# at_least APP FIELD NUMBER
at_least()
{
	python3 -IS -c 'import sys
sys.exit(float(sys.argv[1]) < float(sys.argv[2]))' "$(field "$1" "$2")" "$3"
}

below()
{
	! at_least "$@"
}

# family: a leader that does little, and a child of it that holds 64 MB and
# never rests
family()
{
	cat > "$work/family.py" <<-'END'
	import os, time
	if os.fork() == 0:
	    data = bytearray(os.urandom(1)) * (64 << 20)
	    while True:
	        data[0] ^= 1
	while True:
	    time.sleep(1)
	END
	omni_app family "command \"$(command -v python3)\" \"-IS\" \
	    \"$work/family.py\" ${1-}"
}

# groups: instances have control groups of their own here
groups()
{
	[ "$(result OmnitronDaemon.status '{}' 'r["cgroup"]')" = True ]
}

atf_test_case soon cleanup
soon_head()
{
	atf_set timeout 120
}
soon_body()
{
	omni_init
	slow
	script busy <<-'END'
	while :; do :; done
	END
	omni_app busy "command \"$work/busy\""
	omni_app idle "command \"/bin/sleep\" \"1000\""
	omni_up
	wait_for 20 at_least busy cpu 0.5
	wait_for 20 at_least idle memory 100000
	wait_for 20 at_least busy memory 100000
	equal "$(field idle cpu)" 0 "CPU of one that sleeps"
	busy=$(pid_of busy)
	kill -KILL "$busy"
	wait_for 20 pid_changed busy "$busy"
	wait_for 20 at_least busy cpu 0.5
	works call setMetricsEnabled '{"enabled": false}'
}
soon_cleanup() { omni_cleanup; }

atf_test_case descendants cleanup
descendants_head()
{
	atf_set timeout 120
}
descendants_body()
{
	omni_init
	often
	family
	omni_up
	groups || atf_skip "no control groups"
	wait_for 30 at_least family memory 67108864
	wait_for 30 at_least family cpu 0.5
	r=$(result OmnitronDaemon.getMetrics '{}' \
	    'r["apps"]["family"]["memory"] >= 67108864')
	equal "$r" True "memory in getMetrics"
	# also of what was there before the supervisor
	kill -KILL "$(daemon_pid supervisor)"
	wait_for 20 status_is family online
	wait_for 30 at_least family memory 67108864
	wait_for 30 at_least family cpu 0.5
}
descendants_cleanup() { omni_cleanup; }

# Who has ended is not counted any more, and nothing is kept of him.
atf_test_case come_and_go cleanup
come_and_go_head()
{
	atf_set timeout 120
}
come_and_go_body()
{
	omni_init
	printf 'monitoring { metrics interval 200ms }\n' >> "$conf"
	script forks <<-'END'
	while [ ! -e enough ]; do /bin/true; done
	exec sleep 1000
	END
	omni_app forks "command \"$work/forks\""
	omni_app keeper "command \"/bin/sleep\" \"1000\""
	omni_up
	wait_for 20 at_least forks cpu 0.5
	sleep 2
	if [ "$(id -u)" -eq 0 ]; then
		# a few for each instance, however many came and went
		n=$(ls "/proc/$(daemon_pid supervisor)/fd" | wc -l)
		[ "$n" -lt 60 ] || atf_fail "$n descriptors"
	fi
	touch "$work/enough"
	wait_for 30 below forks cpu 0.1
	wait_for 20 below forks memory 20000000
}
come_and_go_cleanup() { omni_cleanup; }

# A limit is one of all that an app has started.
atf_test_case limit cleanup
limit_head()
{
	atf_set timeout 120
}
limit_body()
{
	omni_init
	often
	family "max-memory 40mb max-restarts 0"
	omni_up
	groups || atf_skip "no control groups"
	wait_for 30 status_is family crashed
	case $(field family reason) in
	"memory "*" is over max-memory 40mb"*) ;;
	*) atf_fail "reason: $(field family reason)" ;;
	esac
}
limit_cleanup() { omni_cleanup; }

# Where processes of others are hidden in /proc, from everyone but the parent.
atf_test_case hidden cleanup
hidden_head()
{
	atf_set timeout 120
	atf_set require.user root
}
hidden_body()
{
	omni_init
	often
	family
	cat > inside.sh <<-END
	mount -t proc -o hidepid=2 proc /proc || exit 9
	exec "$OMNITRON_BUILD/omnitronctl" -H "$home" up -f -c "$conf"
	END
	unshare --mount sh -c 'mount -t proc -o hidepid=2 proc /proc' ||
	    atf_skip "cannot mount /proc with hidepid"
	unshare --mount --propagation private sh inside.sh \
	    > "$work/up.out" 2>&1 &
	wait_for 30 status_is family online
	pid=$(pid_of family)
	# it is hidden indeed: from its own user's point of view all others are
	nsenter --mount -t "$(daemon_pid supervisor)" setpriv --reuid=1 --regid=1 \
	    --clear-groups ls "/proc/$pid" 2>/dev/null &&
	    atf_fail "/proc/$pid can be seen"
	if groups; then
		wait_for 30 at_least family memory 67108864
		wait_for 30 at_least family cpu 0.5
	else
		wait_for 30 at_least family memory 1000000
	fi
	# and recognised by a supervisor, and a parent, that come after
	kill -KILL "$(daemon_pid supervisor)"
	wait_for 20 status_is family online
	equal "$(pid_of family)" "$pid" pid
	wait_for 30 at_least family memory 1000000
	works down
}
hidden_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case soon
	atf_add_test_case descendants
	atf_add_test_case come_and_go
	atf_add_test_case limit
	atf_add_test_case hidden
}
