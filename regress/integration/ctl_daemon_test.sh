#! /usr/bin/env atf-sh
# omnitronctl and the daemon as a process: up, down, kill, init.

. "$OMNITRON_REGRESS/integration/lib/ctl.sh"

# A folder bin with our omnitronctl and an omnitrond that we write.
fake_binaries()
{
	unset OMNITRON_SOCKET OMNITRON_OUTPUT
	OMNITRON_HOME=$(pwd)/home
	export OMNITRON_HOME
	mkdir bin
	cp "$OMNITRON_BUILD/omnitronctl" bin/
	cat > bin/omnitrond
	chmod +x bin/omnitrond
}

fake_omnitrond()
{
	fake_binaries <<-END
	#!/bin/sh
	printf '%s\n' "\$@" > "$(pwd)/arguments"
	exec python3 "$OMNITRON_REGRESS/integration/lib/fakedaemon.py" "$(pwd)/home"
	END
}

atf_test_case up_starts_the_daemon_beside_it cleanup
up_starts_the_daemon_beside_it_body()
{
	fake_omnitrond
	atf_check -o match:'^omnitrond 0.1.0 is up \(pid [0-9]+\)$' \
	    -o match:'^api  *online' \
	    -e match:'^omnitronctl: degraded: state cannot be written' \
	    bin/omnitronctl up -c x.conf -D a=1 \
	    -D 'b=$(touch no)' -o port=9 -H "$OMNITRON_HOME" -v
	cat > expect <<-END
	-H
	$OMNITRON_HOME
	-v
	-c
	x.conf
	-D
	a=1
	-D
	b=\$(touch no)
	-o
	port=9
	END
	atf_check cmp expect arguments
	[ ! -e no ] || atf_fail "a shell was at work"
	pid=$(cat home/fake.pid)
	atf_check -s exit:1 \
	    -e inline:"omnitronctl: daemon already running (pid $pid)\n" \
	    bin/omnitronctl up
	atf_check -s exit:1 -e save:err bin/omnitronctl -j up
	json 'd["error"]["code"] == "FAILED"' < err
}
up_starts_the_daemon_beside_it_cleanup()
{
	fake_stop
}

atf_test_case up_passes_failures_on
up_passes_failures_on_body()
{
	fake_binaries <<-'END'
	#!/bin/sh
	echo "x.conf:3: syntax error" >&2
	echo "x.conf:5: unknown keyword" >&2
	exit 7
	END
	atf_check -s exit:7 -e inline:'x.conf:3: syntax error\nx.conf:5: unknown keyword\n' \
	    bin/omnitronctl up
	atf_check -s exit:7 -e save:err bin/omnitronctl up --json
	json 'd["error"]["code"] == "CONFIG_INVALID" and "x.conf:5" in d["error"]["message"]' < err
	atf_check -s exit:7 -e match:'syntax error' bin/omnitronctl start
	printf '#!/bin/sh\nkill -SEGV $$\n' > bin/omnitrond
	atf_check -s exit:1 -e match:'omnitrond ended with status 139' \
	    bin/omnitronctl up
}

# refuses TEXT COMMAND...: omnitrond says so, and it is exit 64
refuses()
{
	text=$1
	shift
	atf_check -s exit:64 -e "inline:omnitrond: $text\n" \
	    "$OMNITRON_BUILD/omnitronctl" "$@"
}

atf_test_case a_wrong_command_line_is_exit_64
a_wrong_command_line_is_exit_64_body()
{
	OMNITRON_HOME=$(pwd)/home
	export OMNITRON_HOME
	unset OMNITRON_SOCKET
	check 64 up --nosuch
	refuses '-D: "x" is not NAME=VALUE' up -D x
	refuses '-o: "x" is not FIELD=VALUE' up -o x
	refuses '-o: there is no field "piFile"; did you mean "pidFile"?; the fields are socketPath, host, port, httpPort, pidFile, stateFile, logDir, secrets.provider and secrets.path' \
	    up -o piFile=/x
	refuses '-o: logDir: "x" is not an absolute path' up -o logDir=x
	atf_check -s exit:64 -e match:'^omnitrond: -D: "x" is not' \
	    "$OMNITRON_BUILD/omnitrond" -n -D x
	atf_check -s exit:64 -e match:'^omnitrond: -o: there is no field' \
	    "$OMNITRON_BUILD/omnitrond" -n -o bogus=1
	[ ! -e home ] || atf_fail "something was begun"
}

atf_test_case start_starts_the_daemon_first cleanup
start_starts_the_daemon_first_body()
{
	fake_omnitrond
	atf_check -o inline:'daemon started\napi: online, 3 instances\n' \
	    bin/omnitronctl start api
	atf_check -o inline:'api: online, 3 instances\n' bin/omnitronctl start api
}
start_starts_the_daemon_first_cleanup()
{
	fake_stop
}

atf_test_case down_waits_until_the_daemon_is_gone cleanup
down_waits_until_the_daemon_is_gone_body()
{
	fake_start
	pid=$(cat home/fake.pid)
	atf_check -o inline:'stubborn: had to be killed\ndaemon stopped\n' \
	    "$OMNITRON_BUILD/omnitronctl" down
	# It may wait for its reaper, but it must not run.
	if grep '^State' "/proc/$pid/status" 2>/dev/null | grep -qv Z; then
		atf_fail "the daemon is still there"
	fi
	# Already as wished.
	check 0 down
	fake_start
	touch home/lingers
	atf_check -o match:'what still ran after 1 s was killed' \
	    "$OMNITRON_BUILD/omnitronctl" down -t 1
	rm home/lingers
	fake_start
	atf_check -o save:out "$OMNITRON_BUILD/omnitronctl" --json down
	json 'd == {"success": True, "killed": ["stubborn"]}' < out
}
down_waits_until_the_daemon_is_gone_cleanup()
{
	fake_stop
}

atf_test_case kill_ends_the_daemon_and_nothing_else cleanup
kill_ends_the_daemon_and_nothing_else_body()
{
	fake_start
	pid=$(cat home/fake.pid)
	cp home/daemon.pid saved

	# Another process with that pid: every other line of the signature
	# is changed in turn, and nothing is signalled.
	for line in 2 3; do
		sed "${line}y/0123456789/1234567890/" saved > home/daemon.pid
		chmod 600 home/daemon.pid
		check 0 kill
		atf_check -o ignore "$OMNITRON_BUILD/omnitronctl" ping
	done
	for line in 1 5; do
		sed "${line}d" saved > home/daemon.pid
		atf_check -s exit:1 -e match:'damaged; nothing is signalled' \
		    "$OMNITRON_BUILD/omnitronctl" kill
	done
	: > home/daemon.pid
	atf_check -s exit:1 -e match:damaged "$OMNITRON_BUILD/omnitronctl" kill
	cp saved home/daemon.pid
	chmod 666 home/daemon.pid
	atf_check -s not-exit:0 -e not-empty "$OMNITRON_BUILD/omnitronctl" kill
	check 0 ping

	chmod 600 home/daemon.pid
	# Also when it hangs.
	kill -STOP "$pid"
	atf_check -o match:"^daemon killed \(pid $pid\)$" \
	    "$OMNITRON_BUILD/omnitronctl" kill
	check 2 ping
	atf_check -o match:'is left from pid' "$OMNITRON_BUILD/omnitronctl" kill
	atf_check -o save:out "$OMNITRON_BUILD/omnitronctl" -j kill
	json 'd["pid"] is None and d["message"] == "daemon not running"' < out
	rm home/daemon.pid
	check 2 kill
	check 2 -j kill
}
kill_ends_the_daemon_and_nothing_else_cleanup()
{
	fake_stop
}

# state APP PID [TICKS]: a state.json that records that process
state()
{
	python3 - "$OMNITRON_REGRESS" "$@" <<-'END'
	import json, sys
	sys.path.insert(0, sys.argv[1] + "/integration/lib")
	import fakedaemon
	pid, start, boot, inode = fakedaemon.signature(int(sys.argv[3])).split("\n")[:4]
	start = int(sys.argv[4]) if len(sys.argv) > 4 else int(start)
	json.dump({"version": 1, "apps": [{"name": sys.argv[2], "processes": [
	    {"name": sys.argv[2], "instance": 0, "pid": int(pid),
	     "startTime": start, "bootId": boot, "pidfdInode": inode}]}]},
	    open("home/state.json", "w"))
	END
}

atf_test_case kill_apps_minds_signature_and_name cleanup
kill_apps_minds_signature_and_name_body()
{
	OMNITRON_HOME=$(pwd)/home
	export OMNITRON_HOME
	unset OMNITRON_SOCKET
	mkdir -m 700 home
	# exec, so that the environment is the app's from the beginning
	env OMNITRON_APP=api sleep 300 &
	app=$!
	sleep 300 &
	other=$!
	echo "$app $other" > pids
	until [ "$(cat /proc/$app/comm)" = sleep ]; do sleep 0.05; done

	state api $app 5
	atf_check -o inline:'no recorded app runs\n' \
	    "$OMNITRON_BUILD/omnitronctl" kill --apps
	state api $other
	atf_check -s exit:9 \
	    -e match:"api: pid $other is left alone" \
	    "$OMNITRON_BUILD/omnitronctl" kill --apps
	kill -0 $app && kill -0 $other || atf_fail "the wrong one was killed"

	state api $app
	atf_check -o inline:"api: killed (pid $app)\n" \
	    "$OMNITRON_BUILD/omnitronctl" kill --apps
	kill -0 $other || atf_fail "the wrong one was killed"
	code=0
	wait $app || code=$?
	atf_check_equal 137 $code
	echo '{' > home/state.json
	check 1 kill --apps
	rm home/state.json
	check 0 kill --apps
}
kill_apps_minds_signature_and_name_cleanup()
{
	[ ! -s pids ] || kill -KILL $(cat pids) 2>/dev/null || true
}

atf_test_case reopen_signals_the_daemon cleanup
reopen_signals_the_daemon_body()
{
	fake_start
	check 0 logs --reopen
	i=0
	until [ -e home/reopened ]; do
		i=$((i + 1))
		[ $i -lt 100 ] || atf_fail "no signal came"
		sleep 0.05
	done
}
reopen_signals_the_daemon_cleanup()
{
	fake_stop
}

atf_test_case reload_of_an_invalid_file_is_exit_7 cleanup
reload_of_an_invalid_file_is_exit_7_body()
{
	fake_start
	atf_check -o inline:'added: new\nchanged: api: env (rolling reload)\n' \
	    "$OMNITRON_BUILD/omnitronctl" reload-config
	touch home/invalid
	fails 7 'omnitrond.conf:3: syntax error' reload-config --dry-run
}
reload_of_an_invalid_file_is_exit_7_cleanup()
{
	fake_stop
}

atf_test_case init_never_overwrites
init_never_overwrites_body()
{
	OMNITRON_HOME=$(pwd)/new
	export OMNITRON_HOME
	atf_check -o match:"^wrote $(pwd)/new/omnitrond.conf" \
	    "$OMNITRON_BUILD/omnitronctl" init
	atf_check_equal 600 "$(stat -c %a new/omnitrond.conf)"
	atf_check_equal 700 "$(stat -c %a new)"
	echo mine > new/omnitrond.conf
	fails 8 "$(pwd)/new/omnitrond.conf exists, and is left as it is" init
	atf_check -o inline:'mine\n' cat new/omnitrond.conf
	ln -s nowhere link.conf
	check 8 init link.conf
	check 1 init missing/folder/x.conf
	atf_check -o save:out "$OMNITRON_BUILD/omnitronctl" -j init a.conf
	json 'd["path"] == "a.conf"' < out
	# The daemon takes it, from a folder that nobody else can write.
	safe=$(mktemp -d "$OMNITRON_SCRATCH/init.XXXXXX")
	cp -p a.conf "$safe"
	atf_check -o ignore -e ignore "$OMNITRON_BUILD/omnitrond" -n \
	    -H "$safe" -c "$safe/a.conf"
	rm -r "$safe"
	# Only root must, and may, say which user an app runs as.
	if [ "$(id -u)" = 0 ]; then
		atf_check -o inline:'2\n' grep -c 'user "' a.conf
	else
		atf_check -s exit:1 -o inline:'0\n' grep -c 'user "' a.conf
	fi
	atf_check -s exit:1 grep "$(printf '\1')" a.conf
}

atf_init_test_cases()
{
	atf_add_test_case up_starts_the_daemon_beside_it
	atf_add_test_case up_passes_failures_on
	atf_add_test_case a_wrong_command_line_is_exit_64
	atf_add_test_case start_starts_the_daemon_first
	atf_add_test_case down_waits_until_the_daemon_is_gone
	atf_add_test_case kill_ends_the_daemon_and_nothing_else
	atf_add_test_case kill_apps_minds_signature_and_name
	atf_add_test_case reopen_signals_the_daemon
	atf_add_test_case reload_of_an_invalid_file_is_exit_7
	atf_add_test_case init_never_overwrites
}
