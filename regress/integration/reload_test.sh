# The configuration is read again: all of it or nothing.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# base: what every configuration here begins with
base()
{
	omni_config "default { user \"$app_user\" directory \"$work\"
	    stop-timeout 2s initial 100ms max 1s }" < /dev/null
}

begin()
{
	omni_init
	omni_app same "command \"/bin/sleep\" \"${tag}1\""
	omni_app changed "command \"/bin/sleep\" \"${tag}2\""
	omni_app removed "command \"/bin/sleep\" \"${tag}3\""
	omni_up
	for app in same changed removed; do wait_for 5 status_is $app online; done
	same=$(pid_of same) changed=$(pid_of changed) removed=$(pid_of removed)
}

atf_test_case invalid_changes_nothing cleanup
invalid_changes_nothing_head() { atf_set timeout 60; }
invalid_changes_nothing_body()
{
	begin
	ctl --json config > before
	base
	omni_app same "command \"/bin/sleep\" \"${tag}9\""
	omni_app added "command \"/bin/sleep\" \"${tag}4\" nonsense 1
	    folly 2"
	line=$(grep -n nonsense "$conf" | cut -d: -f1)
	fails 7 "$conf:$line: " reload-config
	# each of them on a line of its own
	fails 7 "^omnitronctl: $conf:$((line + 1)): .*folly" reload-config
	fails 7 "$conf:$line: " reload-config --dry-run
	ctl --json config > after
	cmp before after || atf_fail "the configuration changed"
	equal "$(pid_of same) $(pid_of changed) $(pid_of removed)" \
	    "$same $changed $removed" pids
	fails 4 added status added
	# a file that others can write is no better
	base
	chmod 666 "$conf"
	fails 7 "$conf" reload-config
	equal "$(pid_of removed)" "$removed" pid
	# and the valid one that follows works
	base
	omni_app same "command \"/bin/sleep\" \"${tag}1\""
	works reload-config
	fails 4 removed status removed
	equal "$(pid_of same)" "$same" "pid after all"
}
invalid_changes_nothing_cleanup() { omni_cleanup; }

# The second configuration: one as it was, one changed, one gone, one new.
second()
{
	base
	omni_app same "command \"/bin/sleep\" \"${tag}1\""
	omni_app changed "command \"/bin/sleep\" \"${tag}20\""
	omni_app added "command \"/bin/sleep\" \"${tag}4\""
	omni_app off "command \"/bin/sleep\" \"${tag}5\" autostart no"
}

second_is_there()
{
	wait_for 10 status_is added online
	wait_for 10 pid_changed changed "$changed"
	wait_for 10 gone "$removed"
	wait_for 5 procs_are "${tag}20" 1
	equal "$(count_procs "${tag}2")" 0 "of the old command"
	equal "$(pid_of same)" "$same" "pid of what is the same"
	equal "$(field off status)" stopped "of autostart no"
	wait_for 5 is_unknown removed
}

# audited APP TEXT: the audit trail says so, and who asked for it
audited()
{
	python3 -IS -c 'import json, os, sys
for line in open(sys.argv[1]):
    r = json.loads(line)
    if (r["method"] == "OmnitronDaemon.reloadConfig" and
        r["app"] == sys.argv[2] and r.get("message") == sys.argv[3]):
        assert r["uid"] == os.getuid() and r["plane"] == "control", r
        sys.exit(0)
sys.exit("nothing of it")' "$home/logs/audit.log" "$1" "$2" ||
	    atf_fail "$1: $2 is not in the audit trail: \
$(cat "$home/logs/audit.log")"
}

is_unknown()
{
	_code=0
	ctl status "$1" || _code=$?
	[ "$_code" -eq 4 ]
}

atf_test_case adds_removes_updates cleanup
adds_removes_updates_head() { atf_set timeout 60; }
adds_removes_updates_body()
{
	begin
	second
	# first only told
	atf_check -o match:'^added: added off$' -o match:'^removed: removed$' \
	    -o match:'^changed: changed: command \(restart\)$' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" reload-config --dry-run
	equal "$(pid_of same) $(pid_of changed) $(pid_of removed)" \
	    "$same $changed $removed" "pids after a dry run"
	fails 4 added status added
	equal "$(result reloadConfig '{}' '[sorted(r["added"]), r["removed"],
	    [[c["name"], c["restart"], c["fields"]] for c in r["changed"]],
	    r["success"]]')" "[['added', 'off'], ['removed'], \
[['changed', True, 'command']], True]" told
	second_is_there
	audited changed 'command: restart'
	audited added start
	audited removed stop
	# the same file once more is no change
	added=$(pid_of added)
	equal "$(result reloadConfig '{}' \
	    '[r["added"], r["removed"], r["changed"]]')" "[[], [], []]" again
	equal "$(pid_of added)" "$added" pid
	# it holds over a restart of the supervisor as well
	old=$(daemon_pid supervisor)
	kill -KILL "$old"
	wait_for 10 supervisor_is_new
	equal "$(pid_of same) $(pid_of added)" "$same $added" pids
}
supervisor_is_new()
{
	_now=$(daemon_pid supervisor)
	[ "$_now" != "$old" ] && status_is added online
}
adds_removes_updates_cleanup() { omni_cleanup; }

atf_test_case sighup cleanup
sighup_head() { atf_set timeout 60; }
sighup_body()
{
	begin
	daemon=$(sed -n 1p "$home/daemon.pid")
	base
	echo 'app {' >> "$conf"
	kill -HUP "$daemon"
	wait_for 5 grep -q "$conf:[0-9]*: " "$home/logs/omnitrond.log"
	equal "$(pid_of same) $(pid_of changed) $(pid_of removed)" \
	    "$same $changed $removed" pids
	second
	kill -HUP "$daemon"
	second_is_there
}
sighup_cleanup() { omni_cleanup; }

# broken MORE: a configuration with an app that ends at once, or is mended
broken()
{
	base
	omni_app same "command \"/bin/sleep\" \"${tag}1\""
	omni_app broken "$1"
}

atf_test_case crashed_and_mended cleanup
crashed_and_mended_head() { atf_set timeout 90; }
crashed_and_mended_body()
{
	omni_init
	broken 'command "/bin/false" max-restarts 0'
	omni_up
	wait_for 5 status_is broken crashed
	# as it was: it stays down, over a reload and a start of the daemon
	works reload-config
	equal "$(field broken status)" crashed "after a reload"
	works down
	omni_up
	wait_for 5 status_is same online
	equal "$(field broken status)" crashed "after down and up"
	# mended while the daemon was down
	works down
	broken "command \"/bin/sleep\" \"${tag}2\" max-restarts 0"
	omni_up
	wait_for 5 status_is broken online
	equal "$(field broken restarts)" 0 restarts
	# and while it runs, by a policy that needs no new process
	broken 'command "/bin/false" max-restarts 0'
	works reload-config
	wait_for 5 status_is broken crashed
	broken 'command "/bin/false" max-restarts 0 success-exit 1'
	works reload-config
	wait_for 5 status_is broken stopped
	equal "$(field broken reason)" finished reason
}
crashed_and_mended_cleanup() { omni_cleanup; }

atf_test_case what_needs_a_new_daemon cleanup
what_needs_a_new_daemon_head() { atf_set timeout 60; }
what_needs_a_new_daemon_body()
{
	begin
	mkdir -m 700 "$home/elsewhere"
	base
	for n in 1 2 3; do
		set -- same changed removed
		shift $((n - 1))
		omni_app "$1" "command \"/bin/sleep\" \"${tag}$n\""
	done
	works reload-config
	atf_check -o inline:'nothing changes for the apps\n' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" reload-config
	printf 'logdir "%s"\n' "$home/elsewhere" > new
	cat "$conf" >> new
	omni_config < new
	# told each time, for as long as it is so
	for option in --dry-run '' ''; do
		atf_check -o inline:'of effect only when the daemon is started anew: logdir\n' \
		    "$OMNITRON_BUILD/omnitronctl" -H "$home" reload-config \
		    $option
	done
	equal "$(result reloadConfig '{}' 'r["needsDaemonRestart"]')" \
	    "['logdir']" needsDaemonRestart
	equal "$(pid_of same) $(pid_of changed) $(pid_of removed)" \
	    "$same $changed $removed" pids
}
what_needs_a_new_daemon_cleanup() { omni_cleanup; }

atf_test_case policy_in_place cleanup
policy_in_place_head() { atf_set timeout 60; }
policy_in_place_body()
{
	omni_init
	script deaf <<-END
	trap "" TERM
	echo ready
	while :; do sleep ${tag}1; done
	END
	omni_app deaf "command \"$work/deaf\" stop-timeout 30s"
	omni_app dep "command \"/bin/sleep\" \"${tag}2\""
	omni_up
	wait_for 5 logged deaf ready
	old=$(pid_of deaf)
	base
	omni_app deaf "command \"$work/deaf\" stop-timeout 500ms initial 0
	    max-restarts 0 depends-on \"dep\" log max-size 1mb critical no"
	omni_app dep "command \"/bin/sleep\" \"${tag}2\""
	equal "$(result reloadConfig '{}' \
	    '[[c["name"], c["restart"]] for c in r["changed"]]')" \
	    "[['deaf', False]]" changed
	equal "$(pid_of deaf)" "$old" pid
	fails 8 deaf stop dep
	begin=$(now_ms)
	works stop deaf
	took=$(($(now_ms) - begin))
	[ "$took" -lt 2000 ] || atf_fail "the old timeout: $took ms"
	works start deaf
	kill -KILL "$(pid_of deaf)"
	wait_for 5 status_is deaf crashed
}
policy_in_place_cleanup() { omni_cleanup; }

atf_test_case instances_in_place cleanup
instances_in_place_head() { atf_set timeout 60; }
instances_in_place_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\" instances 2"
	omni_up
	wait_for 5 procs_are "${tag}1" 2
	old=$(pid_of app)
	base
	omni_app app "command \"/bin/sleep\" \"${tag}1\" instances 4"
	works reload-config
	wait_for 5 procs_are "${tag}1" 4
	base
	omni_app app "command \"/bin/sleep\" \"${tag}1\" instances 1"
	works reload-config
	wait_for 5 procs_are "${tag}1" 1
	equal "$(pid_of app)" "$old" pid
}
instances_in_place_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case invalid_changes_nothing
	atf_add_test_case adds_removes_updates
	atf_add_test_case sighup
	atf_add_test_case crashed_and_mended
	atf_add_test_case what_needs_a_new_daemon
	atf_add_test_case policy_in_place
	atf_add_test_case instances_in_place
}
