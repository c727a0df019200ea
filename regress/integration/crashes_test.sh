# Records of crashes: what is known of an exit that nobody asked for.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# record APP EXPRESSION [ID]: of its newest crash, r, or of the one with that
# number
record()
{
	ctl --json crash show "$1" ${3:+"$3"} | python3 -IS -c 'import json, sys
r = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$2"
}

# record_is APP EXPRESSION: true of its newest crash
record_is()
{
	[ "$(record "$1" "$2")" = True ]
}

# must_be APP EXPRESSION...
must_be()
{
	_app=$1
	shift
	for _e; do
		record_is "$_app" "$_e" ||
		    atf_fail "$_e: $(ctl --json crash show "$_app")"
	done
}

# crashes APP N: so many are on record
crashes()
{
	[ "$(ctl --json crash list "$1" | python3 -IS -c 'import json, sys
print(len(json.load(sys.stdin)))')" -eq "$2" ]
}

atf_test_case exceptions_of_python cleanup
exceptions_of_python_head() { atf_set timeout 60; }
exceptions_of_python_body()
{
	omni_init
	cat > "$work/shop.py" <<-'END'
	import sys, time
	print("to stdout", flush=True)
	for n in range(200):
	    print("line", n, file=sys.stderr)
	time.sleep(float(sys.argv[1]))
	def deep(n):
	    return deep(n - 1) if n else {}["no such key"]
	deep(3)
	END
	chmod 644 "$work/shop.py"
	omni_app shop "command \"/usr/bin/python3\" \"$work/shop.py\" \"0.3\"
	    initial 100ms max-restarts 1"
	omni_up
	# what ends within 5 s of it is the doing of that, and no crash
	ctl signal shop CONT > /dev/null
	wait_for 20 status_is shop crashed
	wait_for 10 crashes shop 2
	must_be shop 'r["id"] == 2' 'r["reason"] == "exit 1"' \
	    'r["code"] == 1 and r["signal"] is None' 'r["core"] is False' \
	    'r["restarts"] == 2' 'r["process"] == "shop"' \
	    'r["uptime"] >= 200 and r["uptime"] < 20000' \
	    'r["maxRss"] > 1000000' \
	    'r["decision"] == "shop was given up after 1 restarts"' \
	    'len(r["stderrTail"]) == 80' \
	    'r["stderrTail"][-1] == "KeyError: '"'no such key'"'"' \
	    '"to stdout" not in r["stderrTail"]' \
	    'len(r["configuration"]) == 16'
	# the newest words of that process, and of no other
	[ "$(record shop 'sum(l == "line 199" for l in r["stderrTail"])')" \
	    -eq 1 ] || atf_fail "$(ctl crash show shop)"
	[ "$(record shop 'r["decision"]' 1)" = \
	    'shop is restarted after 100ms, restart 1 of at most 1 in 1m' ] ||
	    atf_fail "$(ctl crash show shop 1)"
	[ "$(record shop 'r["actions"][0]["method"]' 1)" = \
	    OmnitronDaemon.signalApp ] || atf_fail "$(ctl crash show shop 1)"
	[ "$(record shop 'r["actions"][0]["uid"]' 1)" = "$(id -u)" ] ||
	    atf_fail "$(ctl crash show shop 1)"
	ctl crash list shop > list
	[ "$(wc -l < list)" -eq 3 ] || atf_fail "$(cat list)"
	ctl crash show shop 1 > show
	grep -q '| KeyError:' show || atf_fail "$(cat show)"
	grep -q 'OmnitronDaemon.signalApp by uid' show ||
	    atf_fail "$(cat show)"
}
exceptions_of_python_cleanup() { omni_cleanup; }

atf_test_case signals_and_cores cleanup
signals_and_cores_head() { atf_set timeout 60; }
signals_and_cores_body()
{
	omni_init
	script fault <<-'END'
	echo "before it" >&2
	kill -SEGV $$
	END
	omni_app plain "command \"$work/fault\" max-restarts 0 limit core 0"
	omni_app dumps "command \"$work/fault\" max-restarts 0
	    limit core unlimited"
	omni_up
	wait_for 10 status_is plain crashed
	wait_for 10 status_is dumps crashed
	wait_for 10 crashes plain 1
	wait_for 10 crashes dumps 1
	must_be plain 'r["signal"] == "SIGSEGV" and r["code"] is None' \
	    'r["core"] is False' 'r["stderrTail"] == ["before it"]'
	must_be dumps 'r["signal"] == "SIGSEGV"'
	rm -f "$work"/core*
	# whether there is a core is the system's to say
	case $(cat /proc/sys/kernel/core_pattern 2>/dev/null) in
	core|core.%p) must_be dumps 'r["core"] is True' \
	    'r["reason"] == "signal SIGSEGV (core dumped)"' ;;
	esac
}
signals_and_cores_cleanup() { omni_cleanup; }

atf_test_case redis_killed cleanup
redis_killed_head()
{
	atf_set timeout 60
	atf_set require.progs redis-server
}
redis_killed_body()
{
	omni_init
	port=$(free_port)
	omni_app redis "command \"$(command -v redis-server)\" \"--port\"
	    \"$port\" \"--save\" \"\" initial 200ms"
	omni_up
	wait_for 10 status_is redis online
	old=$(pid_of redis)
	kill -KILL "$old"
	wait_for 10 pid_changed redis "$old"
	wait_for 10 crashes redis 1
	must_be redis 'r["signal"] == "SIGKILL"' "r[\"pid\"] == $old" \
	    'r["maxRss"] > 1000000' 'r["actions"] == []'
	# an operator's kill, a stop and a restart are none
	old=$(pid_of redis)
	ctl signal redis KILL > /dev/null
	wait_for 10 pid_changed redis "$old"
	ctl restart redis > /dev/null
	ctl stop -f redis > /dev/null
	crashes redis 1 || atf_fail "$(ctl crash list redis)"
}
redis_killed_cleanup() { omni_cleanup; }

# Failed starts are told, too; what finished well is not.
atf_test_case what_is_a_crash cleanup
what_is_a_crash_head() { atf_set timeout 60; }
what_is_a_crash_body()
{
	omni_init
	omni_app missing 'command "/nonexistent" max-restarts 0'
	omni_app late 'command "/bin/sleep" "1000" oneshot yes max-restarts 0
	    startup-timeout 200ms'
	omni_app sick 'command "/bin/sleep" "1000" max-restarts 0
	    health exec "/bin/false" interval 200ms retries 2 start-grace 0s'
	omni_app done 'command "/bin/true"'
	omni_app counts 'command "/bin/false" success-exit 1'
	omni_app never 'command "/bin/false" restart never'
	omni_up
	wait_for 10 status_is missing crashed
	wait_for 10 status_is late crashed
	wait_for 10 status_is never stopped
	wait_for 10 crashes missing 1
	wait_for 10 crashes late 1
	wait_for 10 crashes never 1
	wait_for 20 crashes sick 1
	must_be sick 'r["probe"].startswith("unhealthy: ")' \
	    'r["reason"].startswith("unhealthy: ")'
	must_be missing 'r["reason"].startswith("exec /nonexistent: No such")' \
	    'r["code"] is None' 'r["stderrTail"] == []'
	must_be late 'r["reason"] == "not done within 200ms"'
	must_be never 'r["decision"] == "never is never restarted"'
	crashes 'done' 0 || atf_fail "$(ctl crash list 'done')"
	crashes counts 0 || atf_fail "$(ctl crash list counts)"
	ctl crash show 'done' 2> err && atf_fail "a crash of what finished"
	grep -q "no crash of 'done'" err || atf_fail "$(cat err)"
	ctl crash show never 7 > /dev/null 2>&1
	[ $? -eq 4 ] || atf_fail "the exit of one that is not there"
	ctl crash list nosuch > /dev/null 2>&1
	[ $? -eq 4 ] || atf_fail "the exit of an app that is not there"
	ctl crash list > /dev/null 2>&1
	[ $? -eq 64 ] || atf_fail "the exit of wrong usage"
}
what_is_a_crash_cleanup() { omni_cleanup; }

# What an app writes cannot forge a record, nor a name that begins alike.
atf_test_case evil_words cleanup
evil_words_head() { atf_set timeout 60; }
evil_words_body()
{
	omni_init
	cat > "$work/evil.py" <<-'END'
	import os, sys
	os.write(2, b'\x1b[2J"},{"id":99}\n\xff\xfe\x00\xc3\n')
	os.write(2, b'{"id":77,"reason":"forged"}\n')
	os.write(2, b'x' * 20000 + b'\n')
	os.write(2, b'no newline at the end')
	sys.exit(9)
	END
	chmod 644 "$work/evil.py"
	omni_app web "command \"/usr/bin/python3\" \"$work/evil.py\"
	    max-restarts 0"
	omni_app web.1 'command "/bin/false" max-restarts 0'
	omni_app web+ 'command "/bin/false"' 2>/dev/null || :
	sed -i '/app "web+"/,/^}/d' "$conf"
	omni_app webcrash 'command "/bin/sleep" "1000"'
	omni_up
	wait_for 20 status_is web crashed
	wait_for 10 crashes web 1
	wait_for 10 crashes web.1 1
	crashes webcrash 0 || atf_fail "records of another"
	must_be web 'r["id"] == 1' 'r["reason"] == "exit 9"' \
	    'r["stderrTail"][0] == "\\x1b[2J\"},{\"id\":99}"' \
	    'r["stderrTail"][1].startswith("\\xff\\xfe\\x00")' \
	    'r["stderrTail"][-1] == "no newline at the end"'
	must_be web.1 'r["reason"] == "exit 1" and r["stderrTail"] == []'
	ctl crash show web > show
	grep -q "$(printf '\033')" show && atf_fail "an escape got through"
	# a line that was cut, and others' lines, are passed over
	logs=$home
	[ ! -d "$home/logs" ] || logs=$home/logs
	printf '{"id":5,"cut' >> "$logs/web+crash.log"
	kill -KILL "$(daemon_pid logger)"
	ctl start web > /dev/null 2>&1
	wait_for 20 crashes web 2
	record web 'r["id"]' > id
	[ "$(cat id)" = 2 ] || atf_fail "number $(cat id)"
	printf 'rubbish\n{"id":}\n[]\n{"id":7,}\n' >> "$logs/web+crash.log"
	crashes web 2 || atf_fail "$(ctl crash list web)"
	[ "$(stat -c %a "$logs/web+crash.log")" = \
	    "$(stat -c %a "$logs/web.log")" ] ||
	    atf_fail "$(ls -l "$logs")"
}
evil_words_cleanup() { omni_cleanup; }

# The last 20, numbered, over restarts of all of it.
atf_test_case twenty_are_kept cleanup
twenty_are_kept_head() { atf_set timeout 120; }
twenty_are_kept_body()
{
	omni_init
	script count <<-END
	echo x >> "$work/count.log"
	echo "run \$(wc -l < "$work/count.log")" >&2
	[ "\$(wc -l < "$work/count.log")" -lt 35 ] || exec sleep 1000
	exit 1
	END
	omni_app count "command \"$work/count\" initial 20ms max 20ms
	    max-restarts 60"
	omni_up
	wait_for 60 lines "$work/count.log" 12
	kill -KILL "$(daemon_pid logger)"
	wait_for 60 lines "$work/count.log" 18
	kill -KILL "$(daemon_pid supervisor)"
	wait_for 60 lines "$work/count.log" 35
	wait_for 20 status_is count online
	wait_for 20 crashes count 20
	# the last one was of run 34; what was lost is what was on its way
	# when a process was killed
	must_be count 'r["stderrTail"][-1] == "run 34"'
	record count 'r["id"]' > before
	[ "$(cat before)" -ge 24 ] && [ "$(cat before)" -le 34 ] ||
	    atf_fail "number $(cat before)"
	ctl down
	omni_up
	wait_for 10 status_is count online
	crashes count 20 || atf_fail "$(ctl crash list count)"
	kill -KILL "$(pid_of count)"
	wait_for 10 record_is count "r['id'] == $(cat before) + 1"
	crashes count 20 || atf_fail "$(ctl crash list count)"
}
twenty_are_kept_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case exceptions_of_python
	atf_add_test_case signals_and_cores
	atf_add_test_case redis_killed
	atf_add_test_case what_is_a_crash
	atf_add_test_case evil_words
	atf_add_test_case twenty_are_kept
}
