# The walls between the processes: what the binaries may call, link and
# include, and what the kernel says of the running ones.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

lib=$OMNITRON_REGRESS/integration/lib
top=$OMNITRON_REGRESS/..

# Sanitizers bring a library of their own that calls everything.
plain_build()
{
	if nm -D "$OMNITRON_BUILD/omnitrond" | grep -q -E '__(a|ub)san_'; then
		atf_skip "built with sanitizers"
	fi
	[ "$(uname -s)" = Linux ] || atf_skip "the lists are those of Linux"
}

# nothing_wrong WHAT FOLDER: walls.py finds nothing
nothing_wrong()
{
	python3 -IS "$lib/walls.py" "$@" > wrong || atf_fail "$(cat wrong)"
}

atf_test_case binaries_call_nothing_that_needs_a_right
binaries_call_nothing_that_needs_a_right_body()
{
	plain_build
	nothing_wrong symbols "$OMNITRON_BUILD"
}

atf_test_case the_parent_links_no_parser
the_parent_links_no_parser_body()
{
	plain_build
	nothing_wrong libraries "$OMNITRON_BUILD"
}

atf_test_case binaries_are_hardened
binaries_are_hardened_body()
{
	plain_build
	nothing_wrong hardening "$OMNITRON_BUILD"
}

atf_test_case no_folder_includes_another
no_folder_includes_another_body()
{
	nothing_wrong includes "$top"
}

atf_test_case each_message_has_one_handler
each_message_has_one_handler_body()
{
	nothing_wrong messages "$top"
}

# A test that finds nothing must be able to find something.
atf_test_case the_checks_can_fail
the_checks_can_fail_body()
{
	mkdir -p tree
	cp -R "$top/common" "$top/omnitrond" "$top/omnitronctl" tree/
	broken()
	{
		python3 -IS "$lib/walls.py" "$1" tree > wrong &&
		    atf_fail "$1: not found: $2"
		grep -q -- "$2" wrong || atf_fail "$1: $(cat wrong)"
	}
	sed -i '/HANDLE(SPAWN,/d' tree/omnitrond/parent/dispatch.c
	broken messages 'SPAWN: nobody handles it in PARENT'
	sed -i 's/HANDLE(AUDIT,.*/& HANDLE(SPAWN, on_audit),/' \
	    tree/omnitrond/logger/dispatch.c
	broken messages 'handles SPAWN, which is not for it'
	sed -i 's/HANDLE(STOP, .*/& &/' tree/omnitrond/parent/dispatch.c
	broken messages 'handles STOP, and .* does'
	echo '#include "omnitrond/parent/conf.h"' >> \
	    tree/omnitrond/rpc/rpc.c
	broken includes 'rpc.c includes omnitrond/parent/conf.h'
	echo '#include "omnitrond/proto.h"' >> tree/common/log.c
	broken includes 'common/log.c includes omnitrond/proto.h'
	echo '#include "omnitrond/proto/log.h"' >> tree/omnitrond/logger/app.c
	broken includes 'app.c includes omnitrond/proto/log.h'
	plain_build
	mkdir build
	cp "$OMNITRON_BUILD"/omnitron* build/
	cp build/omnitrond build/omnitrond-logger
	python3 -IS "$lib/walls.py" symbols build > wrong &&
	    atf_fail "the parent passes for a logger"
	for call in fork kill socket bind wait4 syscall unshare; do
		grep -q "logger: may not call $call:" wrong ||
		    atf_fail "$call: $(cat wrong)"
	done
	cp build/omnitrond-control build/omnitrond
	python3 -IS "$lib/walls.py" libraries build > wrong &&
	    atf_fail "a parent with a parser passes"
	grep -q 'omnitrond links libyajl' wrong || atf_fail "$(cat wrong)"
}

# standing ROOT: the processes of the daemon are behind their walls
standing()
{
	[ "$(uname -s)" = Linux ] || return 0
	ctl --json status > status.json || atf_fail "no status"
	python3 "$lib/running.py" "$home" "$1" < status.json > wrong ||
	    atf_fail "$(cat wrong)"
}

# works_in_full: what a daemon does, once
works_in_full()
{
	wait_for 10 status_is one online
	old=$(pid_of one)
	kill -KILL "$old"
	wait_for 10 pid_changed one "$old"
	ctl stop one > out 2>&1 || atf_fail "stop: $(cat out)"
	status_is one stopped || atf_fail "not stopped"
	ctl start one > out 2>&1 || atf_fail "start: $(cat out)"
	pid=$(pid_of one)
	wait_for 10 logged one hello
	ctl logs one > out 2>&1 || atf_fail "logs: $(cat out)"
	grep -q hello out || atf_fail "logs: $(cat out)"
	ctl list > out 2>&1 || atf_fail "list: $(cat out)"
	for k in supervisor store control logger; do
		old=$(daemon_pid $k)
		kill -KILL "$old"
		wait_for 10 daemon_is_new $k "$old"
	done
	[ "$(pid_of one)" = "$pid" ] || atf_fail "the app noticed"
}

daemon_is_new()
{
	_new=$(daemon_pid "$1") && [ -n "$_new" ] && [ "$_new" != "$2" ] &&
	    kill -0 "$_new"
}

ends()
{
	ctl down > out 2>&1 || atf_fail "down: $(cat out)"
	wait_for 10 gone "$pid"
	[ ! -e "$home/daemon.sock" ] || atf_fail "the socket is left"
}

atf_test_case processes_are_behind_their_walls cleanup
processes_are_behind_their_walls_head() { atf_set timeout 90; }
processes_are_behind_their_walls_body()
{
	plain_build
	omni_init
	omni_app one 'command "/bin/sh" "-c" "echo hello; exec sleep 1000"'
	omni_app two 'command "/bin/sleep" "1000" instances 3'
	omni_app off 'command "/bin/sleep" "1000" ready notify autostart no'
	omni_app out 'command "/bin/sleep" "1000" ready tcp 1 autostart no'
	omni_up
	wait_for 10 status_is two online
	root=0
	[ "$(id -u)" -ne 0 ] || root=1
	standing $root
	works_in_full
	standing $root
	ends
}
processes_are_behind_their_walls_cleanup() { omni_cleanup; }

# Root tries what an ordinary user does: from copies of the binaries, since
# the build may lie where nobody else may look.
atf_test_case an_ordinary_user_has_all_but_the_users cleanup
an_ordinary_user_has_all_but_the_users_head()
{
	atf_set require.user root
	atf_set require.progs setpriv
	atf_set timeout 90
}
an_ordinary_user_has_all_but_the_users_body()
{
	plain_build
	omni_init
	mkdir "$work/bin"
	cp "$OMNITRON_BUILD"/omnitron* "$work/bin/" || atf_fail "no binaries"
	rm -rf "$home"
	home=$(mktemp -d /tmp/omnitron-home.XXXXXX)
	printf '%s\n%s\n' "$home" "$work" > omni.state
	conf=$home/omnitrond.conf
	omni_config < /dev/null
	omni_app one 'command "/bin/sh" "-c" "echo hello; exec sleep 1000"
	    min-uptime 100ms'
	omni_app off 'command "/bin/sleep" "1000" ready notify autostart no'
	omni_app out 'command "/bin/sleep" "1000" ready tcp 1 autostart no'
	chown -R nobody "$home"
	ctl()
	{
		setpriv --reuid=nobody --regid="$(id -g nobody)" \
		    --clear-groups "$work/bin/omnitronctl" -H "$home" "$@"
	}
	omni_up
	standing 0
	works_in_full
	[ "$(stat -c %U "/proc/$(pid_of one)")" = nobody ] ||
	    atf_fail "the app is not nobody's"
	standing 0
	ends
}
an_ordinary_user_has_all_but_the_users_cleanup() { omni_cleanup; }

atf_test_case a_missing_user_is_named cleanup
a_missing_user_is_named_head() { atf_set require.user root; }
a_missing_user_is_named_body()
{
	omni_init
	echo 'users { control "nosuchuser" }' >> "$conf"
	omni_app one 'command "/bin/sleep" "1000"'
	ctl up -c "$conf" > out 2> err && atf_fail "it started"
	grep -q 'nosuchuser' err || atf_fail "$(cat err)"
	[ ! -e "$home/daemon.sock" ] || atf_fail "a socket is there"
}
a_missing_user_is_named_cleanup() { omni_cleanup; }

atf_test_case the_processes_do_not_start_by_hand
the_processes_do_not_start_by_hand_body()
{
	for k in supervisor store secrets control network apps egress logger; do
		atf_check -s exit:64 -e match:"is started by omnitrond" \
		    "$OMNITRON_BUILD/omnitrond-$k" 3<&-
		atf_check -s exit:64 -e match:"is started by omnitrond" \
		    "$OMNITRON_BUILD/omnitrond-$k" 3< /dev/null
	done
}

atf_init_test_cases()
{
	atf_add_test_case binaries_call_nothing_that_needs_a_right
	atf_add_test_case the_parent_links_no_parser
	atf_add_test_case binaries_are_hardened
	atf_add_test_case no_folder_includes_another
	atf_add_test_case each_message_has_one_handler
	atf_add_test_case the_checks_can_fail
	atf_add_test_case processes_are_behind_their_walls
	atf_add_test_case an_ordinary_user_has_all_but_the_users
	atf_add_test_case a_missing_user_is_named
	atf_add_test_case the_processes_do_not_start_by_hand
}
