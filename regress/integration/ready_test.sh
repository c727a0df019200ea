# When apps are online, and the process of the daemon that they tell it.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# kinds: the daemon's processes that run
kinds()
{
	result OmnitronDaemon.status '{}' \
	    '" ".join(p["kind"] for p in r["processes"])'
}

kinds_are()
{
	[ "$(kinds)" = "$1" ]
}

ALL="parent supervisor store control logger"
MORE="parent supervisor store control apps logger"

# The process exists while the configuration has an app that needs it.
atf_test_case on_demand cleanup
on_demand_head() { atf_set timeout 90; }
on_demand_body()
{
	omni_init
	cp "$conf" "$work/base"
	omni_app plain "command \"/bin/sleep\" \"1000\""
	omni_up
	equal "$(kinds)" "$ALL" "processes"
	pid=$(pid_of plain)

	omni_app web "command \"/bin/sleep\" \"1000\" ready notify autostart no"
	works reload-config
	wait_for 10 kinds_are "$MORE"
	old=$(daemon_pid apps)
	kill -9 "$old"
	wait_for 10 gone "$old"
	wait_for 10 kinds_are "$MORE"
	[ "$(daemon_pid apps)" != "$old" ] || atf_fail "it was not started anew"

	# and back, twice: it ends by itself, and is started again
	for i in 1 2; do
		old=$(daemon_pid apps)
		cp "$work/base" "$conf"
		omni_app plain "command \"/bin/sleep\" \"1000\""
		works reload-config
		wait_for 10 kinds_are "$ALL"
		wait_for 10 gone "$old"
		omni_app web "command \"/bin/sleep\" \"1000\" ready notify
		    autostart no"
		works reload-config
		wait_for 10 kinds_are "$MORE"
	done
	equal "$(result OmnitronDaemon.status '{}' \
	    '[p["restarts"] for p in r["processes"] if p["kind"] == "apps"][0]')" \
	    1 "restarts of apps"
	equal "$(pid_of plain)" "$pid" "pid of an app that has nothing to do with it"
	works down
}
on_demand_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case on_demand
}
