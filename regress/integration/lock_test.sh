# The lock: one daemon a home, whatever was left behind or squatted.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# one_app: a daemon with one app "app" runs; $pid is the daemon's
one_app()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\""
	omni_up
	wait_for 10 status_is app online
	pid=$(head -n 1 "$home/daemon.pid")
}

# up_fails EXIT TEXT
up_fails()
{
	fails "$1" "$2" up -c "$conf"
}

running()
{
	! gone "$1"
}

released()
{
	[ ! -e "$home/daemon.pid" ] && [ ! -e "$home/daemon.sock" ]
}

# signature PID: the lines of daemon.pid that would name it
signature()
{
	python3 -IS -c 'import os, sys
pid = int(sys.argv[1])
stat = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
boot = open("/proc/sys/kernel/random/boot_id").read().strip()
fd = os.pidfd_open(pid)
print("%d\n%s\n%s\n%d\n/bin/sleep\n0.1.0" % (pid, stat[19], boot,
    os.fstat(fd).st_ino))' "$1"
}

atf_test_case fifty_at_once cleanup
fifty_at_once_head() { atf_set timeout 60; }
fifty_at_once_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\""
	jobs=
	n=0
	while [ $n -lt 50 ]; do
		"$OMNITRON_BUILD/omnitronctl" -H "$home" up -c "$conf" \
		    > "$work/out.$n" 2> "$work/err.$n" &
		jobs="$jobs $!"
		n=$((n + 1))
	done
	n=0 won=0
	for job in $jobs; do
		code=0
		wait "$job" || code=$?
		case $code in
		0)	won=$((won + 1)); rm "$work/err.$n" ;;
		1)	;;
		*)	cat "$work/err.$n"; atf_fail "exit $code" ;;
		esac
		n=$((n + 1))
	done
	equal "$won" 1 "winners"
	pid=$(head -n 1 "$home/daemon.pid")
	for err in "$work"/err.*; do
		grep -q "already running (pid $pid)" "$err" || {
			cat "$err"
			atf_fail "does not name pid $pid"
		}
	done
	equal "$(count_procs "${tag}1")" 1 "copies of the app"
	equal "$(field app restarts)" 0 restarts
}
fifty_at_once_cleanup() { omni_cleanup; }

atf_test_case while_running cleanup
while_running_head() { atf_set timeout 60; }
while_running_body()
{
	one_app
	app=$(pid_of app)
	up_fails 1 "already running \(pid $pid\)"
	# from below as well
	atf_check -s exit:1 -e "match:already running \(pid $pid\)" \
	    "$OMNITRON_BUILD/omnitrond" -d -H "$home" -c "$conf"
	works ping
	equal "$(pid_of app)" "$app" "the app's pid"
	equal "$(head -n 1 "$home/daemon.pid")" "$pid" "the daemon's pid"
}
while_running_cleanup() { omni_cleanup; }

atf_test_case file_removed cleanup
file_removed_head() { atf_set timeout 90; }
file_removed_body()
{
	one_app
	cp -p "$home/daemon.pid" "$work/good"
	rm "$home/daemon.pid"
	up_fails 1 'already running'
	wait_for 15 cmp -s "$work/good" "$home/daemon.pid"
	echo 1 > "$home/daemon.pid"
	up_fails 1 'already running'
	wait_for 15 cmp -s "$work/good" "$home/daemon.pid"
	# another file in its place
	rm "$home/daemon.pid"
	(umask 077; echo 1 > "$home/daemon.pid")
	up_fails 1 'already running'
	wait_for 15 cmp -s "$work/good" "$home/daemon.pid"
	equal "$(stat -c %a "$home/daemon.pid")" 600 mode
	wait_for 5 grep -q 'pid file .* was replaced while running' \
	    "$home/logs/omnitrond.log"
	grep -q 'pid file .* was removed while running' \
	    "$home/logs/omnitrond.log" || atf_fail "removal is not logged"
	running "$pid" || atf_fail "the daemon ended"
	works down
	released || atf_fail "not released"
}
file_removed_cleanup() { omni_cleanup; }

atf_test_case stale cleanup
stale_head() { atf_set timeout 60; }
stale_body()
{
	one_app
	kill -KILL "$pid"
	wait_for 10 gone "$pid"
	[ -s "$home/daemon.pid" ] || atf_fail "no file is left"
	omni_up
	grep -q "taking over .*: pid $pid is " "$work/up.err" || {
		cat "$work/up.err"
		atf_fail "the takeover is not reported"
	}
	new=$(head -n 1 "$home/daemon.pid")
	[ "$new" != "$pid" ] || atf_fail "the same pid"
	# a torn, an empty one
	for text in '' '12' 'nonsense'; do
		works down
		printf '%s' "$text" > "$home/daemon.pid"
		chmod 600 "$home/daemon.pid"
		omni_up
	done
}
stale_cleanup() { omni_cleanup; }

atf_test_case recycled_pid cleanup
recycled_pid_head() { atf_set timeout 60; }
recycled_pid_body()
{
	one_app
	works down
	sleep 600 &
	victim=$!
	echo "$victim" > victim
	# its number with the signature of a process that is gone
	signature "$victim" | sed '2s/.*/1/' > "$home/daemon.pid"
	chmod 600 "$home/daemon.pid"
	atf_check -o match:'not running' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" kill
	running "$victim" || atf_fail "kill signalled a stranger"
	omni_up
	running "$victim" || atf_fail "up signalled a stranger"
	grep -q "another process's now" "$work/up.err" || {
		cat "$work/up.err"
		atf_fail "not recognised as recycled"
	}
	works down
	running "$victim" || atf_fail "down signalled a stranger"
	# one that began in the same clock tick
	if [ "$(signature $$ | sed -n 4p)" != "$(signature 1 | sed -n 4p)" ]
	then
		signature "$victim" | sed '4s/.*/7/' > "$home/daemon.pid"
		chmod 600 "$home/daemon.pid"
		ctl kill > "$work/kill.out" 2>&1 || :
		running "$victim" || atf_fail "kill signalled a stranger"
		omni_up
	fi
	running "$victim" || atf_fail "up signalled a stranger"
}
recycled_pid_cleanup()
{
	[ ! -s victim ] || kill "$(cat victim)" 2>/dev/null || :
	omni_cleanup
}

atf_test_case release cleanup
release_head() { atf_set timeout 60; }
release_body()
{
	one_app
	for how in TERM INT down; do
		case $how in
		down)	works down ;;
		*)	kill -$how "$pid" ;;
		esac
		wait_for 10 gone "$pid"
		released || {
			ls -l "$home"
			atf_fail "$how: not released"
		}
		wait_for 5 procs_are "${tag}1" 0
		omni_up
		! grep -q 'taking over\|warn\|error' "$work/up.err" || {
			cat "$work/up.err"
			atf_fail "$how: the next start complains"
		}
		wait_for 10 status_is app online
		pid=$(head -n 1 "$home/daemon.pid")
	done
}
release_cleanup() { omni_cleanup; }

# squat PATH WHAT: something else is there; $prey must not change
squat()
{
	rm -rf "$1"
	case $2 in
	symlink)	ln -s "$prey" "$1" ;;
	dangling)	ln -s "$work/made" "$1" ;;
	fifo)		mkfifo -m 600 "$1" ;;
	hardlink)	ln "$prey" "$1" ;;
	folder)		mkdir -m 700 "$1"; echo keep > "$1/keep" ;;
	file)		echo keep > "$1"; chmod 600 "$1" ;;
	esac
}

# refused PATH WHAT TEXT: so that up fails with the text
refused()
{
	squat "$1" "$2"
	timeout 20 "$OMNITRON_BUILD/omnitronctl" -H "$home" up -c "$conf" \
	    > "$work/up.out" 2>&1 && atf_fail "$2 at $1: started"
	grep -q "$3" "$work/up.out" || {
		cat "$work/up.out"
		atf_fail "$2 at $1: another error"
	}
	grep -q "$1" "$work/up.out" || {
		cat "$work/up.out"
		atf_fail "$2 at $1: the error does not name it"
	}
	equal "$(cat "$prey")" "the prey" "the target of $2 at $1"
	equal "$(stat -c %a "$prey")" 600 "the target's mode"
	[ ! -e "$work/made" ] || atf_fail "$2 at $1: made the target"
	case $2 in
	folder)	[ -s "$1/keep" ] || atf_fail "$1: the folder was emptied" ;;
	esac
	rm -rf "$1"
}

atf_test_case squatted cleanup
squatted_head() { atf_set timeout 90; }
squatted_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\""
	prey=$home/prey
	echo "the prey" > "$prey"
	chmod 600 "$prey"
	refused "$home/daemon.pid" symlink 'symbolic link'
	refused "$home/daemon.pid" dangling 'symbolic link'
	refused "$home/daemon.pid" fifo 'not a regular file'
	refused "$home/daemon.pid" hardlink 'more than one link'
	refused "$home/daemon.pid" folder 'directory\|not a regular'
	for what in symlink dangling fifo hardlink folder file; do
		refused "$home/daemon.sock" $what 'socket'
	done
	mkdir -m 700 "$work/elsewhere"
	for folder in logs run $([ "$(id -u)" -ne 0 ] || echo state); do
		refused "$home/$folder" fifo 'irectory'
		refused "$home/$folder" file 'irectory'
		mkdir "$home/$folder"
		chmod 777 "$home/$folder"
		fails 1 'writable' up -c "$conf"
		rm -rf "${home:?}/$folder"
		# a user may have linked the run folder to one of their own
		[ "$folder-$(id -u)" = run-0 ] || [ "$folder" != run ] ||
		    continue
		refused "$home/$folder" symlink 'symbolic\|irectory'
		refused "$home/$folder" dangling \
		    'symbolic\|irectory\|another user'
		ln -s "$work/elsewhere" "$home/$folder"
		fails 1 "$folder" up -c "$conf"
		[ -z "$(ls -A "$work/elsewhere")" ] ||
		    atf_fail "wrote through a symbolic link"
		rm -rf "${home:?}/$folder"
	done
	omni_up
}
squatted_cleanup() { omni_cleanup; }

atf_test_case open_home cleanup
open_home_head() { atf_set timeout 60; }
open_home_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\""
	other=${home%/*}/conf.$$
	cp "$conf" "$other"
	echo "$other" > conf.path
	for mode in 777 770 1777 722; do
		chmod $mode "$home"
		fails 1 'writable' up -c "$other"
		[ ! -e "$home/daemon.pid" ] || atf_fail "$mode: began"
	done
	chmod 700 "$home"
	mkdir -m 777 "$home/sub"
	chmod 777 "$home/sub"
	atf_check -s not-exit:0 -o ignore -e match:writable \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home/sub/home" up \
	    -c "$other"
}
open_home_cleanup()
{
	[ ! -s conf.path ] || rm -f "$(cat conf.path)"
	omni_cleanup
}

atf_test_case kill_hung cleanup
kill_hung_head() { atf_set timeout 90; }
kill_hung_body()
{
	one_app
	app=$(pid_of app)
	kill -STOP "$pid"
	works kill
	wait_for 5 gone "$pid"
	running "$app" || atf_fail "the app did not run on"
	omni_up
	wait_for 10 status_is app online
	equal "$(pid_of app)" "$app" "the adopted pid"
	equal "$(field app restarts)" 0 restarts
	# and with its apps
	pid=$(head -n 1 "$home/daemon.pid")
	kill -STOP "$pid"
	works kill --apps
	wait_for 5 gone "$pid"
	wait_for 10 gone "$app"
	equal "$(count_procs "${tag}1")" 0 "processes that are left"
	atf_check -o match:'not running' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" kill
	omni_up
	wait_for 10 status_is app online
}
kill_hung_cleanup() { omni_cleanup; }

atf_test_case folders_of_others cleanup
folders_of_others_head() { atf_set timeout 60; }
folders_of_others_body()
{
	omni_init
	omni_app app "command \"/bin/sleep\" \"${tag}1\""
	mkdir -m 755 "$home/used" "$home/open"
	echo hers > "$home/used/file"
	chmod 777 "$home/open"
	fails 1 'writable by others' up -c "$conf" -s "$home/open/d.sock"
	[ ! -e "$home/open/d.sock" ] || atf_fail "bound where others write"
	if [ "$(id -u)" -eq 0 ]; then
		echo "logdir \"$home/used\"" >> "$conf"
		fails 1 'in use for something else' up -c "$conf"
		equal "$(stat -c %u:%a "$home/used")" 0:755 "the folder"
	fi
	# a start that failed leaves no socket
	[ ! -e "$home/daemon.sock" ] || atf_fail "a socket is left"
}
folders_of_others_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	for case in fifty_at_once while_running file_removed stale \
	    recycled_pid release squatted folders_of_others open_home \
	    kill_hung; do
		atf_add_test_case $case
	done
}
