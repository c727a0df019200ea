#! /usr/bin/env atf-sh
# omnitronctl against a fake daemon: exit codes, words, outputs.

. "$OMNITRON_REGRESS/integration/lib/ctl.sh"

atf_test_case exit_codes cleanup
exit_codes_body()
{
	fake_start
	check 0 ping
	check 0 list
	check 0 status
	check 0 status mailer
	check 0 start api
	check 1 start bad
	check 3 call setMetricsEnabled '{"enabled": true}'
	check 4 status nosuch
	check 4 call nosuch
	check 5 is-active held
	check 0 is-active api
	check 0 is-active api 'web-*'
	check 5 is-active api held
	check 4 is-active api nosuch
	check 4 is-active 'nosuch*'
	check 64 is-active
	check 5 is-healthy
	check 0 is-healthy api
	check 5 is-healthy mailer
	check 6 wait held --timeout 100ms
	check 0 wait held --for stopped
	check 0 wait api 'web-*'
	check 6 wait api held --timeout 100ms
	check 1 wait api bad held
	check 4 wait api nosuch
	check 0 wait api --for healthy
	check 1 wait bad --timeout 10s
	fails 1 'slow: stopped; it stays so until: omnitronctl start slow' \
	    wait slow
	check 0 wait slow --for stopped
	check 8 stop db
	check 0 stop db --dependants
	check 9 start api bad
	check 9 start 'web-*' nosuch
	check 4 stop nosuch1 nosuch2
	check 6 stop slow --timeout 100ms
	check 0 stop slow --no-wait
	check 64 frobnicate
	check 64
	check 64 stop
	check 64 scale api many
	check 64 scale api 0
	check 64 scale api
	check 64 signal api NOSUCH
	check 64 list -x
	check 64 ping pong
	check 64 logs -n x
	check 64 logs -n 0
	check 64 logs -n 10001
	check 64 logs -l nosuch
	check 64 logs -g '('
	check 64 logs --since yesterday
	check 64 logs -f --until 1m
	check 64 stop api -t -1
	check 0 stop api -t 0
	check 0 stop api -t 1
	check 64 stop all -t 5
	check 0 exec api greeter echo
	check 1 exec api greeter fail
	check 4 exec api nosuch echo
	check 4 exec nosuch greeter echo
	check 6 exec --timeout 50ms api greeter slow
	check 64 exec api greeter
	check 64 exec --timeout 0 api greeter echo
	check 64 call ping '{'
	check 64 call ping '[]'
	check 64 graph --format nosuch
	check 64 wait api --for nosuch
	check 64 completion csh
}
exit_codes_cleanup()
{
	fake_stop
}

atf_test_case arguments_of_exec_are_json_or_strings cleanup
arguments_of_exec_are_json_or_strings_body()
{
	fake_start
	ctl -j exec api greeter echo 5 five '"5"' '{"a": [1.5, null]}' true \
	    '' '[1' 0x5 -- -1 -x > out || atf_fail "exec failed"
	json 'd == [5, "five", "5", {"a": [1.5, None]}, True, "", "[1", "0x5",
	    -1, "-x"]' < out
	atf_check -o inline:'[]\n' "$OMNITRON_BUILD/omnitronctl" -j exec api \
	    greeter echo
	fails 1 'as you wished' exec api greeter fail
	fails 4 "app 'api' has no service 'x'; it has: greeter" exec api x y
}
arguments_of_exec_are_json_or_strings_cleanup()
{
	fake_stop
}

atf_test_case no_daemon_is_exit_2_with_the_remedy
no_daemon_is_exit_2_with_the_remedy_body()
{
	unset OMNITRON_SOCKET OMNITRON_HOME OMNITRON_OUTPUT
	fails 2 "daemon not running (no socket at $(pwd)/x.sock); start it with: omnitronctl -s $(pwd)/x.sock up" \
	    -s "$(pwd)/x.sock" list
	fails 2 "daemon not running (no socket at $(pwd)/h/daemon.sock); start it with: omnitronctl -H $(pwd)/h up" \
	    list -H "$(pwd)/h"
	python3 -c 'import socket
socket.socket(socket.AF_UNIX).bind("dead.sock")'
	fails 2 "daemon not running (nobody listens at dead.sock); start it with: omnitronctl -s dead.sock up" \
	    -s dead.sock list
	atf_check -s exit:2 -e save:err "$OMNITRON_BUILD/omnitronctl" -j \
	    -s "$(pwd)/x.sock" list
	json 'd["error"]["code"] == "UNREACHABLE" and d["error"]["exit"] == 2' \
	    < err
}

atf_test_case the_socket_is_found_in_order cleanup
the_socket_is_found_in_order_body()
{
	fake_start
	H=$OMNITRON_HOME
	unset OMNITRON_HOME
	check 0 -s "$H/daemon.sock" -H /nonexistent ping
	OMNITRON_SOCKET=$H/daemon.sock check 0 -H /nonexistent ping
	check 0 ping -H "$H"
	OMNITRON_HOME=/nonexistent check 0 -H "$H" ping
	OMNITRON_HOME=$H check 0 ping
	OMNITRON_HOME=$H check 2 -H /nonexistent ping
}
the_socket_is_found_in_order_cleanup()
{
	fake_stop
}

atf_test_case names_are_suggested cleanup
names_are_suggested_body()
{
	fake_start
	fails 4 "app 'nosuch' not found; did you mean 'api'?" status nosuch
	fails 4 "app 'mialer' not found; did you mean 'mailer'?" list mialer
	fails 4 "no app matches 'x*'" stop 'x*'
	fails 64 "unknown command 'lgos'; did you mean 'logs'?" lgos
	fails 64 "ambiguous command 'st': status, start, stop" st
}
names_are_suggested_cleanup()
{
	fake_stop
}

atf_test_case list_is_an_aligned_table cleanup
list_is_an_aligned_table_body()
{
	fake_start
	cat > expect <<-'END'
	NAME      STATUS   HEALTH   PID    CPU   MEMORY   UPTIME  RESTARTS  INST
	shop      online   healthy  41230  3.3%  88.0 MB  2h 14m  1         4
	  http    online            41230  0.2%  12.3 MB  2h 14m  0         1
	  worker  online            41231  0.2%  18.5 MB  2h 13m  1         2
	bad       crashed  -        -      -     -        -       0         1     exit 3
	END
	atf_check -o file:expect "$OMNITRON_BUILD/omnitronctl" list bad shop
	atf_check -o match:'restart in [78]s \(exit 1\)$' \
	    "$OMNITRON_BUILD/omnitronctl" ls mailer
	atf_check -o inline:'web-1\nweb-2\n' "$OMNITRON_BUILD/omnitronctl" \
	    -q list 'web-*'
}
list_is_an_aligned_table_cleanup()
{
	fake_stop
}

atf_test_case watches_are_shown_with_their_trouble cleanup
watches_are_shown_with_their_trouble_body()
{
	fake_start
	cat > expected <<-'END'
	NAME       DIRECTORY  FOLDERS
	api        /srv/api   3
	shop/http  /srv/shop  0        there is no such folder
	END
	atf_check -o file:expected "$OMNITRON_BUILD/omnitronctl" watch status
	atf_check -o file:expected "$OMNITRON_BUILD/omnitronctl" watch on
	atf_check -o file:expected "$OMNITRON_BUILD/omnitronctl" \
	    watch on api 'web-*'
	atf_check -o inline:'no app is watched\n' \
	    "$OMNITRON_BUILD/omnitronctl" watch off
	check 4 watch on nosuch
	check 4 watch on 'nosuch*'
	check 64 watch
	check 64 watch sideways
	check 64 watch off api
	check 64 watch status api
}
watches_are_shown_with_their_trouble_cleanup()
{
	fake_stop
}

atf_test_case inspect_and_env_are_for_people cleanup
inspect_and_env_are_for_people_body()
{
	fake_start
	ctl inspect mailer > out
	sed -n '/^processes/,/^$/p' out > processes
	cat > expect <<-'END'
	processes
	    PROCESS  INST  STATUS   PID   MEMORY  UPTIME  RESTARTS
	    mailer   0     online   4242  1.0 MB  1m 15s  2
	    mailer   1     errored  -     -       -       0

	END
	atf_check -o file:expect cat processes
	# what the daemon cannot know it says where to find
	atf_check -o inline:'PORT=3001\nKEY=<secret:k>\n# and what is in the env-file /srv/x.env at its start\n' \
	    "$OMNITRON_BUILD/omnitronctl" env api
	atf_check -o inline:'PORT=3001\nKEY=<secret:k>\n' \
	    "$OMNITRON_BUILD/omnitronctl" env -q api
	atf_check -o inline:'PORT=3001\nKEY=<secret:k>\n' \
	    "$OMNITRON_BUILD/omnitronctl" env mailer
}
inspect_and_env_are_for_people_cleanup()
{
	fake_stop
}

atf_test_case nothing_moves_the_cursor cleanup
nothing_moves_the_cursor_body()
{
	fake_start
	for c in list status 'status evil' 'logs evil' 'inspect evil' \
	    'start evil'; do
		ctl $c > out || true
		if LC_ALL=C grep -q "$(printf '\033\|\302\233')" out; then
			atf_fail "$c passes control characters on"
		fi
	done
	atf_check -o match:'a\\x1b\[2Jb\\x0ac\\x9bd$' \
	    "$OMNITRON_BUILD/omnitronctl" logs -n 1 evil
}
nothing_moves_the_cursor_cleanup()
{
	fake_stop
}

atf_test_case json_is_all_there_is cleanup
json_is_all_there_is_body()
{
	fake_start
	for c in ping 'wait api --timeout 9s' 'wait api web-1 --timeout 9s' \
	    list status 'status api' "status api shop" 'start api' \
	    'start api web-1' 'stop web-1' 'restart api' 'reload api' 'stop all' \
	    'scale api 2' 'signal api HUP' logs 'inspect api' 'env api' \
	    health metrics graph 'graph --format dot' 'watch on' 'watch off' 'is-active held' \
	    'is-active api held' is-healthy config reload-config 'call ping' describe version \
	    help; do
		ctl $c --json > out 2> err || true
		OMNITRON_OUTPUT=json ctl $c > out2 2>/dev/null || true
		[ ! -s err ] || atf_fail "$c wrote to stderr: $(cat err)"
		# One document is one line.
		atf_check_equal "$c 1 1" "$c $(wc -l < out) $(wc -l < out2)"
		cat out out2 >> all
	done
	python3 -c '
import json
for line in open("all"):
    json.loads(line)' || atf_fail "not JSON"
	ctl -j start api bad > out 2> err || true
	json 'd[0]["name"] == "api" and d[1]["error"]["code"] == "FAILED"' < out
	json 'd["error"]["code"] == "PARTIAL" and d["error"]["failed"] == ["bad"]' < err
	ctl -j start api > out
	json 'd["name"] == "api" and d["status"] == "online"' < out
	ctl -j status nosuch > out 2> err || true
	atf_check -o empty cat out
	json 'd["error"]["code"] == "NOT_FOUND" and "nosuch" in d["error"]["message"] and d["error"]["number"] == -32004' < err
	ctl nosuch --json 2> err || true
	json 'd["error"]["code"] == "USAGE"' < err
}
json_is_all_there_is_cleanup()
{
	fake_stop
}

atf_test_case several_apps_are_done_at_once cleanup
several_apps_are_done_at_once_body()
{
	fake_start
	# slow takes 3 s: the others are told before it.
	atf_check -o save:out "$OMNITRON_BUILD/omnitronctl" start slow api
	cat > expect <<-'END'
	api: online, 3 instances
	slow: online (pid 5000)
	END
	atf_check cmp expect out
	atf_check -o inline:'stubborn: stopped, had to be killed\n' \
	    "$OMNITRON_BUILD/omnitronctl" stop stubborn
	atf_check -o empty "$OMNITRON_BUILD/omnitronctl" -q restart 'web-*'
	atf_check -s exit:9 -o inline:'api: online, 3 instances\n' \
	    -e match:'^omnitronctl: 1 of 2 failed: bad$' \
	    -e match:'^omnitronctl: cannot start bad: exec: ' \
	    "$OMNITRON_BUILD/omnitronctl" start api bad
}
several_apps_are_done_at_once_cleanup()
{
	fake_stop
}

atf_test_case progress_is_updated_in_place cleanup
progress_is_updated_in_place_body()
{
	command -v script >/dev/null || atf_skip "no script(1)"
	fake_start
	TERM=xterm script -qec "stty rows 40; '$OMNITRON_BUILD/omnitronctl' \
	    restart api web-1" typescript > /dev/null < /dev/null
	atf_check -o match:'^api: restarting \.\.\.' cat typescript
	atf_check -o match:'api: online, 3 instances' cat typescript
	esc=$(printf '\033')
	atf_check -o match:"$esc\\[2A.*$esc\\[K" cat typescript
	TERM=xterm script -qec "'$OMNITRON_BUILD/omnitronctl' list" \
	    typescript > /dev/null < /dev/null
	atf_check -o match:"$esc\\[32monline" cat typescript
	NO_COLOR=1 TERM=xterm script -qec "'$OMNITRON_BUILD/omnitronctl' list" \
	    typescript > /dev/null < /dev/null
	atf_check -s exit:1 -o empty grep "$esc" typescript
}
progress_is_updated_in_place_cleanup()
{
	fake_stop
}

atf_test_case logs_are_merged_by_time cleanup
logs_are_merged_by_time_body()
{
	fake_start
	cat > expect <<-'END'
	2023-11-14T22:13:20.398Z info  api[7] line 398 of api
	2023-11-14T22:13:20.399Z info  shop[7] line 399 of shop
	END
	atf_check -o file:expect "$OMNITRON_BUILD/omnitronctl" logs -n 1 shop api
	atf_check -o match:'^2023-11-14T22:13:20.381Z error shop' \
	    "$OMNITRON_BUILD/omnitronctl" logs -l error
	atf_check -o save:out "$OMNITRON_BUILD/omnitronctl" logs api
	atf_check_equal 100 "$(wc -l < out)"
	atf_check -o save:out "$OMNITRON_BUILD/omnitronctl" logs --since \
	    2023-11-14T22:13:20.390Z api
	atf_check_equal 5 "$(wc -l < out)"
	atf_check -o inline:'/nowhere/logs/api.log\n' \
	    "$OMNITRON_BUILD/omnitronctl" logs --file api
	atf_check -o match:'^/nowhere/logs/shop.log$' \
	    "$OMNITRON_BUILD/omnitronctl" logs --file
}
logs_are_merged_by_time_cleanup()
{
	fake_stop
}

# until COMMAND...: wait for it to hold, at most 10 s
until_true()
{
	i=0
	until "$@"; do
		i=$((i + 1))
		[ $i -lt 200 ] || atf_fail "never: $*"
		sleep 0.05
	done
}

atf_test_case following_survives_a_restart_of_the_daemon cleanup
following_survives_a_restart_of_the_daemon_body()
{
	fake_start
	# Not by `&` of the shell alone: that would ignore SIGINT.
	python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
open("ctl.pid", "w").write("%d\n" % os.getpid())
os.execv(sys.argv[1], sys.argv[1:])' "$OMNITRON_BUILD/omnitronctl" \
	    logs -f -n 2 api > out 2> err &
	until_true grep -q 'line 1 of api' out
	check 0 call Test.say '{"at": 5000}'
	until_true grep -q 'line 5000 of api' out
	ctl call Test.drop > /dev/null 2>&1 || true
	until_true grep -q 'connected again' err
	check 0 call Test.say '{"at": 6000}'
	until_true grep -q 'line 6000 of api' out
	kill -INT "$(cat ctl.pid)"
	wait $!
	atf_check_equal 0 $?
	atf_check_equal 4 "$(wc -l < out)"
	atf_check -o inline:'omnitronctl: connection to the daemon lost, waiting for it\nomnitronctl: connected again\n' cat err
}
following_survives_a_restart_of_the_daemon_cleanup()
{
	fake_stop
}

atf_test_case help_comes_from_the_table
help_comes_from_the_table_body()
{
	atf_check -o match:'^usage: omnitronctl \[-jqv\]' \
	    "$OMNITRON_BUILD/omnitronctl" help
	atf_check -o match:'^usage: omnitronctl stop \[-f\]' \
	    "$OMNITRON_BUILD/omnitronctl" help stop
	atf_check -o match:'^usage: omnitronctl stop \[-f\]' \
	    "$OMNITRON_BUILD/omnitronctl" stop --help
	atf_check -o match:'^usage: omnitronctl reload-config' \
	    "$OMNITRON_BUILD/omnitronctl" help reload-
	atf_check -s exit:64 -e match:"did you mean 'stop'" \
	    "$OMNITRON_BUILD/omnitronctl" help stpo
	for c in node cluster upgrade monit; do
		atf_check -s exit:64 -e match:"unknown command '$c'" \
		    "$OMNITRON_BUILD/omnitronctl" $c
	done
}

atf_test_case the_manual_has_every_command_and_option
the_manual_has_every_command_and_option_body()
{
	command -v mandoc >/dev/null || atf_skip "no mandoc"
	man=$OMNITRON_REGRESS/../man/omnitronctl.8
	# Which other manuals are installed is not its fault.
	mandoc -Tlint "$man" 2>&1 |
	    grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' \
	    > lint || true
	atf_check -o empty cat lint
	mandoc -Tascii "$man" | col -bx > manual
	# SYNOPSIS is usage(), blanks aside.
	sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' manual | sed '1d;$d' |
	    tr -s ' \n' ' ' | sed 's/^ //; s/ $//' > synopsis
	ctl help | sed -n '1s/^usage: //p' > usage
	atf_check_equal "$(cat usage)" "$(cat synopsis)"
	tr -s ' \n' ' ' < manual > flat
	ctl -j help > commands
	python3 - <<-'END' || atf_fail "the manual lacks something"
	import json, sys
	flat = open("flat").read()
	bad = [c["name"] for c in json.load(open("commands"))
	    if (c["name"] + " " + c["synopsis"]).strip() not in flat]
	if bad:
	    sys.exit("not in the manual as in help: %s" % bad)
	END
}

atf_test_case completions_are_valid_scripts cleanup
completions_are_valid_scripts_body()
{
	fake_start
	command -v bash >/dev/null || atf_skip "no bash"
	ctl completion bash > c.bash
	atf_check bash -n c.bash
	PATH=$OMNITRON_BUILD:$PATH
	export PATH
	cat > use <<-'END'
	. ./c.bash
	COMP_WORDS=(omnitronctl stop web) COMP_CWORD=2
	_omnitronctl
	echo ${COMPREPLY[@]}
	COMP_WORDS=(omnitronctl sta) COMP_CWORD=1
	_omnitronctl
	echo ${COMPREPLY[@]}
	END
	atf_check -o inline:'web-1 web-2\nstatus start\n' bash use
	for s in zsh fish; do
		atf_check -o match:reload-config \
		    "$OMNITRON_BUILD/omnitronctl" completion $s
		command -v $s >/dev/null || continue
		ctl completion $s > c.$s
		atf_check $s -n c.$s
	done
}
completions_are_valid_scripts_cleanup()
{
	fake_stop
}

atf_test_case remedies_repeat_the_options
remedies_repeat_the_options_body()
{
	unset OMNITRON_SOCKET OMNITRON_HOME OMNITRON_OUTPUT
	fails 2 "daemon not running (no socket at $(pwd)/x/daemon.sock); start it with: omnitronctl -H $(pwd)/x up" \
	    -H "$(pwd)/x" list
	fails 2 "daemon not running (no socket at $(pwd)/y); start it with: omnitronctl -s $(pwd)/y up" \
	    -s "$(pwd)/y" list
	fails 64 "no command: -s took 'list' as the path of the socket" -s list
}

atf_init_test_cases()
{
	atf_add_test_case exit_codes
	atf_add_test_case arguments_of_exec_are_json_or_strings
	atf_add_test_case no_daemon_is_exit_2_with_the_remedy
	atf_add_test_case the_socket_is_found_in_order
	atf_add_test_case names_are_suggested
	atf_add_test_case list_is_an_aligned_table
	atf_add_test_case watches_are_shown_with_their_trouble
	atf_add_test_case inspect_and_env_are_for_people
	atf_add_test_case nothing_moves_the_cursor
	atf_add_test_case json_is_all_there_is
	atf_add_test_case several_apps_are_done_at_once
	atf_add_test_case progress_is_updated_in_place
	atf_add_test_case logs_are_merged_by_time
	atf_add_test_case following_survives_a_restart_of_the_daemon
	atf_add_test_case help_comes_from_the_table
	atf_add_test_case the_manual_has_every_command_and_option
	atf_add_test_case completions_are_valid_scripts
	atf_add_test_case remedies_repeat_the_options
}
