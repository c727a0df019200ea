# What an operator sees without asking for it.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

# A record that was damaged is told by whoever starts the daemon.
atf_test_case damage_is_shown cleanup
damage_is_shown_head() { atf_set timeout 60; }
damage_is_shown_body()
{
	omni_init
	omni_app web 'command "/bin/sleep" "1000" window 90s max-memory 64mb'
	omni_up
	[ ! -s "$work/up.err" ] || atf_fail "$(cat "$work/up.err")"
	ctl inspect web > inspect
	grep -Eq 'window +90s$|window +1m30s$' inspect ||
	    atf_fail "$(cat inspect)"
	grep -Eq 'maxMemory +64(\.0)? MB$' inspect || atf_fail "$(cat inspect)"
	ctl restart web > /dev/null
	ctl down
	state=$home/state.json
	[ -f "$state" ] || state=$home/state/state.json
	printf 'rubbish' > "$state"
	omni_up
	grep -q 'degraded: .*state.json' "$work/up.err" ||
	    atf_fail "$(cat "$work/up.err")"
	ctl status > status
	grep -q 'degraded:.*state.json' status || atf_fail "$(cat status)"
	ctl down
	omni_up
	[ ! -s "$work/up.err" ] || atf_fail "$(cat "$work/up.err")"
}
damage_is_shown_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case damage_is_shown
}
