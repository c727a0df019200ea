# What apps write, from the program to the file and to who asks.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# speaker: an app "talk" that writes, from then on, what comes into $work/say
speaker()
{
	mkfifo "$work/say"
	chmod 666 "$work/say"
	script talk <<-END
	echo ready
	exec cat 0<> "$work/say"
	END
	omni_app talk "command \"$work/talk\" $1"
}

say()
{
	printf '%s\n' "$@" > "$work/say"
}

# has_line TEXT: the last part of a line of its log, exactly
has_line()
{
	grep -q -x -F -- "$1" <<-END
	$(cut -d' ' -f4- "$home/logs/talk.log")
	END
}

atf_test_case form_and_levels cleanup
form_and_levels_head() { atf_set timeout 60; }
form_and_levels_body()
{
	omni_init
	speaker 'log level trace'
	omni_up
	wait_for 5 logged talk ready
	wait_for 5 status_is talk online
	before=$(date +%s)
	say 'a plain line' 'ERROR: an error' '[warn] a warning' \
	    'level=debug msg="of logfmt"' '{"level":50,"msg":"of json"}' \
	    '{"level":"trace","msg":"by name"}' 'the last one'
	wait_for 5 logged talk 'the last one'
	python3 - "$home/logs/talk.log" "$(pid_of talk)" "$before" <<-'END' ||
	import datetime, re, sys
	form = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\w+) "
	    r"talk\[(\d+)\] (.*)\n")
	want = [("info", "a plain line"), ("error", "ERROR: an error"),
	    ("warn", "[warn] a warning"),
	    ("debug", 'level=debug msg="of logfmt"'),
	    ("error", '{"level":50,"msg":"of json"}'),
	    ("trace", '{"level":"trace","msg":"by name"}'),
	    ("info", "the last one")]
	got = []
	for line in list(open(sys.argv[1]))[-len(want):]:
	    m = form.fullmatch(line)
	    if not m or m.group(3) != sys.argv[2]:
	        sys.exit("odd: " + line)
	    at = datetime.datetime.fromisoformat(
	        m.group(1).replace("Z", "+00:00")).timestamp()
	    if not int(sys.argv[3]) - 1 <= at <= int(sys.argv[3]) + 30:
	        sys.exit("time: " + line)
	    got.append((m.group(2), m.group(4)))
	if got != want:
	    sys.exit("%r" % got)
	END
	    atf_fail "form of the lines"

	# and as they are asked for
	equal "$(ctl logs -n 1 talk | grep -c 'the last one')" 1 "of -n 1"
	equal "$(ctl logs -n 2 talk | wc -l)" 2 "lines of -n 2"
	equal "$(ctl logs -l warn talk | wc -l)" 3 "lines of -l warn"
	equal "$(ctl logs -g '^of|of json' talk | wc -l)" 1 "lines of -g"
	equal "$(ctl logs --since 1h talk | grep -c .)" 8 "lines of --since"
	equal "$(ctl logs --since 2000-01-01 --until 2000-01-02 talk | wc -l)" \
	    0 "lines of another time"
	equal "$(ctl --json logs -n 1 talk | python3 -c 'import json, sys
v = json.load(sys.stdin)[0]
print(v["app"], v["stream"], v["level"], v["message"], v["pid"])')" \
	    "talk stdout info the last one $(pid_of talk)" "as json"
	fails 4 talc logs talc
}
form_and_levels_cleanup() { omni_cleanup; }

atf_test_case stderr_is_error cleanup
stderr_is_error_head() { atf_set timeout 60; }
stderr_is_error_body()
{
	omni_init
	script talk <<-END
	for n in 1 2 3 4 5; do echo "out \$n"; echo "err \$n" >&2; done
	exec sleep ${tag}1
	END
	omni_app talk "command \"$work/talk\""
	omni_app least "command \"$work/talk\" log level error"
	omni_up
	wait_for 5 logged talk 'out 5'
	wait_for 5 logged talk 'err 5'
	wait_for 5 logged least 'err 5'
	equal "$(grep -c ' error talk.* err' "$home/logs/talk.log")" 5 stderr
	equal "$(grep -c ' info talk.* out' "$home/logs/talk.log")" 5 stdout
	equal "$(grep -o 'out .' "$home/logs/talk.log" | tr -d '\nout ')" \
	    12345 "order of a stream"
	equal "$(grep -c . "$home/logs/least.log")" 5 "of log level error"
}
stderr_is_error_cleanup() { omni_cleanup; }

atf_test_case bytes_are_escaped cleanup
bytes_are_escaped_head() { atf_set timeout 60; }
bytes_are_escaped_body()
{
	omni_init
	speaker
	omni_up
	wait_for 5 logged talk ready
	printf 'colour \033[31mred\033[0m\n' > "$work/say"
	printf 'bytes \377\376 \303\050 end\n' > "$work/say"
	printf 'good \303\251\n' > "$work/say"
	printf 'nul \000 bell \007 del \177\n' > "$work/say"
	printf 'over\rwritten\n' > "$work/say"
	# lines that look like those of another, at the begin and after a CR
	printf '2026-11-23T00:39:04.123456Z info other[1] forged\n' > "$work/say"
	printf 'x\r2026-11-23T00:39:04.123456Z info other[1] forged\n' \
	    > "$work/say"
	printf 'x\302\2052026-11-23T00:39:04.123456Z info other[1] forged\n' \
	    > "$work/say"
	say 'done'
	wait_for 5 logged talk 'done'
	for line in 'colour \x1b[31mred\x1b[0m' 'bytes \xff\xfe \xc3( end' \
	    "$(printf 'good \303\251')" 'nul \x00 bell \x07 del \x7f' \
	    'over\x0dwritten' \
	    '2026-11-23T00:39:04.123456Z info other[1] forged' \
	    'x\x0d2026-11-23T00:39:04.123456Z info other[1] forged'; do
		has_line "$line" || {
			cat "$home/logs/talk.log"
			atf_fail "no line is: $line"
		}
	done
	equal "$(grep -c '^2026-11-23T00:39:04.123456Z' \
	    "$home/logs/talk.log")" 0 "forged lines"
	equal "$(grep -cv '^[0-9TZ:.-]* [a-z]* talk' "$home/logs/talk.log")" 0 \
	    "lines without a prefix"
	[ -z "$(LC_ALL=C tr -d '\12\40-\176\303\251' \
	    < "$home/logs/talk.log")" ] || atf_fail "a byte was not escaped"
	equal "$(ctl logs talk | LC_ALL=C tr -dc '\33\15\7' | wc -c)" 0 \
	    "controls shown"
}
bytes_are_escaped_cleanup() { omni_cleanup; }

atf_test_case long_lines_are_split cleanup
long_lines_are_split_head() { atf_set timeout 60; }
long_lines_are_split_body()
{
	omni_init
	speaker
	omni_up
	wait_for 5 logged talk ready
	python3 -c 'print("a" * 40000 + "END")' > "$work/say"
	wait_for 5 logged talk END
	equal "$(grep -c aaaa "$home/logs/talk.log")" 3 parts
	equal "$(awk 'length > 16500' "$home/logs/talk.log" | wc -l)" 0 \
	    "lines that are too long"
	equal "$(cut -d' ' -f4- "$home/logs/talk.log" | tr -dc a | wc -c)" \
	    40001 "letters, one of them of ready"
}
long_lines_are_split_cleanup() { omni_cleanup; }

atf_test_case follow_goes_on cleanup
follow_goes_on_head() { atf_set timeout 60; }
follow_goes_on_body()
{
	omni_init
	speaker
	omni_up
	wait_for 5 logged talk ready
	"$OMNITRON_BUILD/omnitronctl" -H "$home" logs -f talk \
	    > followed 2> followed.err &
	follower=$!
	wait_for 5 grep -q ready followed
	say 'before'
	wait_for 5 grep -q before followed
	works restart talk
	say 'after a restart of the app'
	wait_for 5 grep -q 'after a restart of the app' followed
	old=$(daemon_pid logger)
	kill -KILL "$old"
	wait_for 5 logger_is_new
	say 'after a new logger'
	wait_for 10 grep -q 'after a new logger' followed
	old=$(daemon_pid control)
	kill -KILL "$old"
	wait_for 5 ctl ping
	say 'after a new control'
	wait_for 10 grep -q 'after a new control' followed
	kill -INT "$follower"
	wait "$follower" || :
	equal "$(grep -c 'before$' followed)" 1 "times that a line came"
	# nothing of it is missing in the file, and the gap is named
	for text in before 'restart of the app' 'new logger' 'new control'; do
		logged talk "$text" || atf_fail "not in the file: $text"
	done
}
logger_is_new()
{
	_now=$(daemon_pid logger)
	[ "$_now" != "$old" ]
}
follow_goes_on_cleanup() { omni_cleanup; }

atf_test_case rotation cleanup
rotation_head() { atf_set timeout 60; }
rotation_body()
{
	omni_init
	helper flood
	omni_app flood "command \"$work/flood\" \"20000\"
	    log max-size 256kb max-files 4"
	omni_up
	wait_for 10 status_is flood stopped
	wait_for 10 logged flood 'line 19999 of'
	for n in 1 2 3 4; do
		size=$(wc -c < "$home/logs/flood.log.$n")
		[ "$size" -gt 131072 ] && [ "$size" -le 262144 ] ||
		    atf_fail "flood.log.$n has $size bytes"
	done
	[ ! -e "$home/logs/flood.log.5" ] || atf_fail "one too many"
	# no line is lost or torn between two files
	for n in 4 3 2 1; do cat "$home/logs/flood.log.$n"; done > all
	cat "$home/logs/flood.log" >> all
	sed -n 's/.* line \([0-9]*\) of the flood, .* end \([0-9]*\)$/\1 \2/p' \
	    all > numbers
	equal "$(wc -l < numbers)" "$(wc -l < all)" "whole lines"
	awk '$1 != $2 || (NR > 1 && $1 != last + 1) { exit 1 } { last = $1 }' \
	    numbers || atf_fail "a gap or a torn line"
	equal "$(tail -1 numbers)" "19999 19999" "last line"
	# a query goes back into them
	equal "$(ctl logs -n 4000 flood | grep -c 'line ')" 4000 "lines asked for"
}
rotation_cleanup() { omni_cleanup; }

atf_test_case reopen cleanup
reopen_head() { atf_set timeout 60; }
reopen_body()
{
	omni_init
	speaker
	omni_up
	wait_for 5 logged talk ready
	say one
	wait_for 5 logged talk one
	mv "$home/logs/talk.log" "$home/logs/talk.old"
	kill -USR1 "$(sed -n 1p "$home/daemon.pid")"
	wait_for 5 say_until_there two
	mv "$home/logs/talk.log" "$home/logs/talk.older"
	works logs --reopen
	wait_for 5 say_until_there three
	grep -q one "$home/logs/talk.old" || atf_fail "one is lost"
	grep -q two "$home/logs/talk.older" || atf_fail "two is lost"
	logged talk three || atf_fail "three is lost"
}
# the signal takes its way: say it until it is in the new file
say_until_there()
{
	say "$1"
	[ -f "$home/logs/talk.log" ] && logged talk "$1"
}
reopen_cleanup() { omni_cleanup; }

atf_test_case modes_and_group cleanup
modes_and_group_head() { atf_set timeout 60; }
modes_and_group_body()
{
	omni_init
	group=$(id -gn)
	[ "$(id -u)" -ne 0 ] || group=adm
	omni_app closed 'command "/bin/echo" "x"'
	omni_app open "command \"/bin/echo\" \"x\" log { group \"$group\" }"
	omni_app shut "command \"/bin/echo\" \"x\" \
	    log { group \"$group\" mode 0600 }"
	omni_up
	for app in closed open shut; do wait_for 5 logged "$app" x; done
	equal "$(stat -c %a "$home/logs/closed.log")" 600 mode
	equal "$(stat -c '%a %G' "$home/logs/open.log")" "640 $group" mode
	equal "$(stat -c '%a %G' "$home/logs/shut.log")" "600 $group" mode
	equal "$(stat -c %a "$home/logs/omnitrond.log")" 600 mode
	if [ "$(id -u)" -eq 0 ]; then
		equal "$(stat -c '%a %U' "$home/logs")" "751 _omnilog" folder
		equal "$(stat -c %U "$home/logs/closed.log")" _omnilog owner
	else
		equal "$(stat -c %a "$home/logs")" 700 folder
	fi
	# the trail of who did what is as closed
	works stop closed
	wait_for 5 grep -q '"stopApp"\|OmnitronDaemon.stopApp' \
	    "$home/logs/audit.log"
	equal "$(stat -c %a "$home/logs/audit.log")" 600 mode
	python3 -c 'import json, sys
for line in open(sys.argv[1]):
    json.loads(line)' "$home/logs/audit.log" || atf_fail "audit.log"
}
modes_and_group_cleanup() { omni_cleanup; }

# A line that an app writes at its start names the process that wrote it.
atf_test_case lines_name_their_process cleanup
lines_name_their_process_head() { atf_set timeout 60; }
lines_name_their_process_body()
{
	omni_init
	script talk <<-END
	echo "I am \$\$"
	sleep 0.1
	echo "I was \$\$"
	exit 1
	END
	omni_app talk "command \"$work/talk\" initial 0 max-restarts 10"
	omni_up
	wait_for 10 status_is talk crashed
	wait_for 5 was_there
	sed -n 's/.* talk\(.*\) I [a-z]* \(.*\)$/\1 [\2]/p' \
	    "$home/logs/talk.log" > pairs
	awk '$1 != $2 { bad = 1; print } END { exit bad }' pairs ||
	    atf_fail "lines of another process"
}
was_there()
{
	[ "$(grep -c 'I was' "$home/logs/talk.log")" -eq 11 ]
}
lines_name_their_process_cleanup()
{
	omni_cleanup
}

atf_test_case disk_full cleanup
disk_full_head()
{
	atf_set timeout 60
	atf_set require.user root
	atf_set require.progs mount
}
disk_full_body()
{
	omni_init
	mkdir "$home/small"
	mount -t tmpfs -o size=1m,mode=755 tmpfs "$home/small" ||
	    atf_skip "no file system can be mounted here"
	printf '%s\n' "$home/small" > mounted
	mkdir "$home/small/logs"
	chown _omnilog "$home/small/logs"
	chmod 750 "$home/small/logs"
	omni_config "logdir \"$home/small/logs\"
	default { user \"$app_user\" directory \"$work\" }" < /dev/null
	helper flood
	script loud <<-END
	echo begin
	while [ ! -e "$work/go" ]; do sleep 0.05; done
	[ -e "$work/passed" ] || "$work/flood" 40000
	touch "$work/passed"
	while [ ! -e "$work/end" ]; do sleep 0.05; done
	echo "after it"
	exec sleep ${tag}1
	END
	omni_app loud "command \"$work/loud\""
	omni_up
	log=$home/small/logs/loud.log
	wait_for 5 grep -q begin "$log"
	touch "$work/go"
	# the app is not blocked, and the daemon says what is wrong
	wait_for 20 test -e "$work/passed"
	wait_for 10 degraded 'loud.log'
	status_is loud online || atf_fail "the app is $(field loud status)"
	works restart loud
	ctl stop loud
	works start loud
	# room again: make it by a reader who takes the file away
	mv "$log" "$home/small/logs/old"
	cp "$home/small/logs/old" "$work/taken"
	: > "$home/small/logs/old"
	wait_for 10 not_degraded
	touch "$work/end"
	wait_for 10 grep -q 'after it' "$log"
	# every line is there or is counted in a line about the loss
	cat "$work/taken" "$log" > all
	python3 - all <<-'END' || atf_fail "lines are lost in silence"
	import re, sys
	text = open(sys.argv[1]).read().split("\n")
	there = sum("of the flood" in s for s in text)
	lost = sum(int(m.group(1)) for s in text
	    for m in [re.search(r"(\d+) lines \(\d+ bytes\) lost", s)] if m)
	print(there, lost)
	if lost == 0:
	    sys.exit("no line tells of a loss")
	# "begin" of the two later starts may be among the lost
	if not 40000 <= there + lost <= 40002:
	    sys.exit("%d lines are there, %d are said to be lost" %
	        (there, lost))
	END
}
degraded()
{
	ctl --json status | python3 -IS -c 'import json, sys
v = json.load(sys.stdin)["degraded"]
sys.exit(not any(sys.argv[1] in s for s in v))' "$1"
}
not_degraded()
{
	ctl --json status | python3 -IS -c 'import json, sys
sys.exit(json.load(sys.stdin)["degraded"] != [])'
}
disk_full_cleanup()
{
	if [ -f omni.state ]; then
		timeout 30 "$OMNITRON_BUILD/omnitronctl" \
		    -H "$(head -1 omni.state)" down > /dev/null 2>&1 || :
	fi
	[ ! -f mounted ] || umount -l "$(cat mounted)"
	omni_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case form_and_levels
	atf_add_test_case stderr_is_error
	atf_add_test_case bytes_are_escaped
	atf_add_test_case long_lines_are_split
	atf_add_test_case follow_goes_on
	atf_add_test_case rotation
	atf_add_test_case reopen
	atf_add_test_case modes_and_group
	atf_add_test_case lines_name_their_process
	atf_add_test_case disk_full
}
