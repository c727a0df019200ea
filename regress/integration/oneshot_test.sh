# Apps that are to end, and apps that use too much memory.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# What depends on it starts when it is done, not when it is started.
atf_test_case done cleanup
done_head()
{
	atf_set timeout 60
}
done_body()
{
	omni_init
	script migrate <<-'END'
	until [ -e go ]; do sleep 0.05; done
	echo migrated
	END
	omni_app migrate "command \"$work/migrate\" oneshot yes"
	omni_app web "command \"/bin/sleep\" \"1000\" depends-on \"migrate\""
	omni_app shop "process \"init\" { command \"$work/migrate\" oneshot yes }
	process \"http\" { command \"/bin/sleep\" \"1000\" depends-on \"init\" }"
	omni_up
	wait_for 10 status_is migrate starting
	wait_for 10 test "$(pid_of migrate)" != null
	equal "$(field web status)" stopped "web before"
	equal "$(field web reason)" "waiting for migrate" "reason of web"
	equal "$(field shop status)" starting "shop before"
	: > "$work/go"
	wait_for 10 status_is web online
	wait_for 10 status_is shop online
	equal "$(field migrate status)" stopped "migrate after"
	equal "$(field migrate reason)" finished "reason of migrate"
	works wait --timeout 5s migrate

	# it stays done over a restart of the daemon, and is done again if asked
	works down
	rm "$work/go"
	omni_up
	wait_for 10 status_is web online
	equal "$(field migrate reason)" finished "reason of migrate"
	: > "$work/go"
	equal "$(app_log migrate | grep -c migrated)" 1 "how often it ran"
	works start migrate
	equal "$(app_log migrate | grep -c migrated)" 2 "how often it ran"
}
done_cleanup() { omni_cleanup; }

atf_test_case fails_first cleanup
fails_first_head()
{
	atf_set timeout 60
}
fails_first_body()
{
	omni_init
	script flaky <<-'END'
	[ -e tried ] || { : > tried; exit 3; }
	END
	script slow <<-'END'
	sleep 1000
	END
	omni_app flaky "command \"$work/flaky\" oneshot yes"
	omni_app slow "command \"$work/slow\" oneshot yes startup-timeout 300ms
	    max-restarts 0"
	omni_app once "command \"/bin/false\" oneshot yes restart never"
	omni_app web "command \"/bin/sleep\" \"1000\" depends-on \"flaky\""
	omni_app never "command \"/bin/sleep\" \"1000\" depends-on \"once\""
	omni_up
	wait_for 10 status_is web online
	equal "$(field flaky restarts)" 1 "restarts of flaky"
	wait_for 10 status_is slow crashed
	equal "$(field slow reason)" "not done within 300ms" "reason of slow"
	equal "$(field once status)" crashed "status of once"
	equal "$(field never reason)" "waiting for once" "reason of never"
	fails 1 "once is crashed: omnitronctl start once" start never
}
fails_first_cleanup() { omni_cleanup; }

atf_test_case memory cleanup
memory_head()
{
	atf_set timeout 60
}
memory_body()
{
	omni_init
	printf '%s\n' "monitoring { metrics interval 200ms }" >> "$conf"
	cat > "$work/grow" <<-'END'
	import time
	hold = bytearray(64 * 1024 * 1024)
	for i in range(0, len(hold), 4096):
	    hold[i] = 1
	time.sleep(1000)
	END
	chmod 644 "$work/grow"
	omni_app grow "command \"$(command -v python3)\" \"-IS\" \"$work/grow\"
	max-memory 40mb max-restarts 1"
	omni_app small "command \"/bin/sleep\" \"1000\" max-memory 40mb"
	omni_up
	wait_for 20 status_is grow crashed
	case $(field grow reason) in
	"memory "*" is over max-memory 40mb; gave up after 1 restart in 1m") ;;
	*) atf_fail "reason: $(field grow reason)" ;;
	esac
	equal "$(field small status)" online "status of small"
	equal "$(field small restarts)" 0 "restarts of small"
}
memory_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case done
	atf_add_test_case fails_first
	atf_add_test_case memory
}
