# Files that are watched: a change reloads the app, once.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# watched APP FOLDERS: its watcher stands, over so many folders
watched()
{
	ctl --json watch status | python3 -IS -c 'import json, sys
for a in json.load(sys.stdin)["apps"]:
    if a["name"] == sys.argv[1]:
        sys.exit(not (a["folders"] == int(sys.argv[2]) and "error" not in a))
sys.exit(1)' "$1" "$2"
}

# watch_field APP KEY
watch_field()
{
	ctl --json watch status | python3 -IS -c 'import json, sys
for a in json.load(sys.stdin)["apps"]:
    if a["name"] == sys.argv[1]:
        print(a.get(sys.argv[2], ""))' "$1" "$2"
}

# reloads APP: how often files that changed reloaded it
reloads()
{
	grep -c "supervisor $1: files changed under " "$home/logs/omnitrond.log"
}

reloads_are()
{
	[ "$(reloads "$1")" -eq "$2" ]
}

# as_user COMMAND...: as the app's user
as_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid="$app_user" --regid="$(id -g "$app_user")" \
		    --clear-groups "$@"
	else
		"$@"
	fi
}

src_init()
{
	omni_init
	src=$work/src
	as_user mkdir "$src"
}

atf_test_case a_burst_of_changes_is_one_reload cleanup
a_burst_of_changes_is_one_reload_head()
{
	atf_set timeout 120
}
a_burst_of_changes_is_one_reload_body()
{
	src_init
	omni_app web "command \"/bin/sleep\" \"1000\"
	watch \"$src\" debounce 2s"
	omni_up
	wait_for 10 status_is web online
	wait_for 10 watched web 1
	old=$(pid_of web)
	as_user sh -c 'cd "$1" && seq -f f%g 1000 | xargs touch' sh "$src"
	wait_for 20 pid_changed web "$old"
	equal "$(reloads web)" 1 "reloads after 1000 files"

	# and of files that are there already
	old=$(pid_of web)
	as_user sh -c 'cd "$1" && seq -f f%g 1000 | xargs touch' sh "$src"
	wait_for 20 pid_changed web "$old"
	sleep 3
	equal "$(reloads web)" 2 "reloads after 1000 more"
	equal "$(field web restarts)" 0 "restarts"
}
a_burst_of_changes_is_one_reload_cleanup() { omni_cleanup; }

atf_test_case folders_that_come_and_go cleanup
folders_that_come_and_go_head()
{
	atf_set timeout 120
}
folders_that_come_and_go_body()
{
	src_init
	omni_app web "command \"/bin/sleep\" \"1000\"
	watch \"$src\" ignore \"*.o\", \"tmp/*\" debounce 200ms"
	omni_up
	wait_for 10 watched web 1
	as_user mkdir -p "$src/a/b"
	wait_for 10 reloads_are web 1
	wait_for 10 watched web 3
	as_user touch "$src/a/b/file"
	wait_for 10 reloads_are web 2

	# what is ignored, and after it one that is not
	as_user mkdir "$src/.git" "$src/node_modules"
	as_user touch "$src/x.o" "$src/a/x.log" "$src/.git/x" "$src/a/b/.x.swp"
	sleep 1
	equal "$(reloads web)" 2 "reloads by ignored files"
	as_user touch "$src/a/x"
	wait_for 10 reloads_are web 3

	# the folder goes, and comes back
	as_user mv "$src" "$work/old"
	wait_for 10 ctl_says "there is no such folder" watch status
	wait_for 10 ctl_says "web: watch of $src: there is no such folder" status
	wait_for 10 reloads_are web 4
	as_user mv "$work/old" "$src"
	wait_for 10 watched web 3
	wait_for 10 reloads_are web 5
	as_user touch "$src/a/b/file"
	wait_for 10 reloads_are web 6
	! ctl status | grep -q "watch of" || atf_fail "still degraded"
}
folders_that_come_and_go_cleanup() { omni_cleanup; }

# ctl_says TEXT COMMAND...
ctl_says()
{
	_text=$1
	shift
	ctl "$@" | grep -qF -- "$_text"
}

atf_test_case off_on_and_over_a_restart cleanup
off_on_and_over_a_restart_head()
{
	atf_set timeout 120
}
off_on_and_over_a_restart_body()
{
	src_init
	omni_app web "command \"/bin/sleep\" \"1000\"
	watch \"$src\" debounce 100ms"
	omni_app plain "command \"/bin/sleep\" \"1000\" directory \"$src\""
	omni_app bare "command \"/bin/sleep\" \"1000\" directory \"/\""
	omni_up
	wait_for 10 watched web 1
	pid=$(watch_field web pid)
	works watch off
	wait_for 10 gone "$pid"
	equal "$(ctl watch status)" "no app is watched
turned off, until omnitronctl watch on: web" "status when off"
	as_user touch "$src/off"
	sleep 1
	equal "$(reloads web)" 0 "reloads when off"

	# it stays off, also if the supervisor is another one
	works down
	omni_up
	wait_for 10 ctl_says "turned off, until omnitronctl watch on: web" \
	    watch status
	works watch on
	wait_for 10 watched web 1
	equal "$(watch_field plain directory)" "" "one without watch"
	works watch on plain
	wait_for 10 watched plain 1
	equal "$(watch_field plain directory)" "$src" "its folder"
	as_user touch "$src/on"
	wait_for 10 reloads_are plain 1
	wait_for 10 reloads_are web 1
	fails 8 "bare: nothing to watch" watch on bare
	fails 4 "nosuch" watch on nosuch
	fails 64 "watch" watch sideways

	old=$(daemon_pid supervisor)
	kill -9 "$old"
	wait_for 10 supervisor_changed "$old"
	wait_for 10 watched plain 1
	wait_for 10 watched web 1
	as_user touch "$src/again"
	wait_for 10 reloads_are plain 2
	wait_for 10 reloads_are web 2
	works down
	omni_up
	wait_for 10 watched plain 1
	wait_for 10 watched web 1
}
off_on_and_over_a_restart_cleanup() { omni_cleanup; }

supervisor_changed()
{
	_new=$(daemon_pid supervisor) && [ "$_new" -gt 0 ] &&
	    [ "$_new" != "$1" ]
}

# open_files PID: what tells one from another
open_files()
{
	ls -l "/proc/$1/fd" | awk '$NF ~ /[0-9]/ || $NF ~ "/" { print $NF }' |
	    grep -v -x -e /dev/null -e '[0-9]*' | sort -u
}

atf_test_case the_watcher_is_the_apps_user cleanup
the_watcher_is_the_apps_user_head()
{
	atf_set timeout 120
}
the_watcher_is_the_apps_user_body()
{
	[ "$(uname -s)" = Linux ] || atf_skip "reads /proc/PID/status"
	src_init
	[ "$(id -u)" -ne 0 ] || mkdir -m 700 "$src/hidden"
	omni_app web "command \"/bin/sleep\" \"1000\"
	watch \"$src\" debounce 100ms"
	omni_up
	wait_for 10 test -n "$(watch_field web pid)"
	pid=$(watch_field web pid)
	uid=$(id -u "$app_user")
	equal "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status")" \
	    "$uid $uid $uid $uid" "its uids"
	gid=$(id -g "$app_user")
	equal "$(awk '/^Gid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status")" \
	    "$gid $gid $gid $gid" "its gids"
	equal "$(awk '/^NoNewPrivs:/ { print $2 }' "/proc/$pid/status")" 1 \
	    "its no_new_privs"
	if [ "$(id -u)" -eq 0 ]; then
		# a folder of root's in it is not its business
		wait_for 10 watched web 1
		touch "$src/hidden/file"
		sleep 1
		equal "$(reloads web)" 0 "reloads by what it may not see"
		equal "$({ open_files "$pid"; open_files "$(cat \
		    "$home/daemon.pid" | head -1)"; } | sort | uniq -d)" "" \
		    "descriptors that the parent has as well"
		equal "$(tr '\0' '\n' < "/proc/$pid/environ" |
		    grep -v -e '^LANG=C$' -e '^TZ=' -e SAN_OPTIONS)" "" \
		    "its environment"
	fi
}
the_watcher_is_the_apps_user_cleanup() { omni_cleanup; }

# watcher_changed APP OLD
watcher_changed()
{
	_new=$(watch_field "$1" pid)
	[ -n "$_new" ] && [ "$_new" != None ] && [ "$_new" != "$2" ]
}

atf_test_case a_watcher_that_dies_is_started_again cleanup
a_watcher_that_dies_is_started_again_head()
{
	atf_set timeout 120
}
a_watcher_that_dies_is_started_again_body()
{
	src_init
	omni_app web "command \"/bin/sleep\" \"1000\"
	watch \"$src\" debounce 200ms"
	omni_up
	wait_for 10 watched web 1
	app=$(pid_of web)
	for i in 1 2 3; do
		old=$(watch_field web pid)
		kill -9 "$old"
		wait_for 20 watcher_changed web "$old"
		wait_for 10 watched web 1
	done
	equal "$(pid_of web)" "$app" "the app"
	# what changes while there is none is seen by the next one
	old=$(watch_field web pid)
	kill -STOP "$old"
	as_user touch "$src/file"
	kill -9 "$old"
	wait_for 20 reloads_are web 1
}
a_watcher_that_dies_is_started_again_cleanup() { omni_cleanup; }

# The kernel allows each user so many watches, and a namespace may allow less.
# In it there is but one user, so that the daemon is an ordinary user's: nobody,
# for whom all others, root among them, are taken there.
in_namespace()
{
	as_user unshare -U -c --keep-caps sh -c '
	    echo 100 > /proc/sys/user/max_inotify_watches && exec setpriv \
	    --ambient-caps=-all --inh-caps=-all "$@"' sh "$@"
}

atf_test_case the_limit_of_the_kernel_is_said cleanup
the_limit_of_the_kernel_is_said_head()
{
	atf_set timeout 120
	atf_set require.user root
}
the_limit_of_the_kernel_is_said_body()
{
	src_init
	in_namespace true || atf_skip "no user namespace with its own limit"
	rm -rf "$home"
	home=$work/home conf=$work/home/omnitrond.conf
	as_user mkdir -m 700 "$home"
	printf '%s\n%s\n' "$home" "$work" > omni.state
	as_user sh -c 'cd "$1" && mkdir $(seq 150)' sh "$src"
	echo "app web { command /bin/sleep 1000 watch \"$src\" }" |
	    as_user sh -c 'umask 077; cat > "$1"' sh "$conf"
	# where that user can execute it
	mkdir "$work/bin"
	cp "$OMNITRON_BUILD"/omnitrond "$OMNITRON_BUILD"/omnitrond-* \
	    "$OMNITRON_BUILD"/omnitronctl "$work/bin"
	in_namespace "$work/bin/omnitronctl" -H "$home" up -c "$conf" ||
	    atf_fail "the daemon did not start"
	wait_for 10 ctl_says "raise fs.inotify.max_user_watches" watch status
	wait_for 10 ctl_says "raise fs.inotify.max_user_watches" status
	equal "$(field web status)" online "the app"
	# what fits is watched
	[ "$(watch_field web folders)" -gt 50 ] || atf_fail "nothing is watched"
	as_user touch "$src/file"
	wait_for 10 reloads_are web 1
}
the_limit_of_the_kernel_is_said_cleanup() { omni_cleanup; }

# bad DIGIT LINE: a watcher does that, and the log says so
bad()
{
	works watch off
	echo "$1" > "$src/bad"
	_before=$(grep -c "$2" "$home/logs/omnitrond.log")
	works watch on
	wait_for 20 logged_more "$_before" "$2"
}

# logged_more COUNT LINE
logged_more()
{
	[ "$(grep -c "$2" "$home/logs/omnitrond.log")" -gt "$1" ]
}

# A watcher that is its user's: it floods its channel to the supervisor, tries
# to say what it may not, and then does nothing for ever.
atf_test_case a_hostile_watcher_is_cut_off cleanup
a_hostile_watcher_is_cut_off_head()
{
	atf_set timeout 120
}
a_hostile_watcher_is_cut_off_body()
{
	src_init
	mkdir "$work/bin"
	cp "$OMNITRON_BUILD"/omnitrond "$OMNITRON_BUILD"/omnitrond-* \
	    "$OMNITRON_BUILD"/omnitronctl "$work/bin"
	cp "$OMNITRON_BUILD/regress/programs/badwatcher" \
	    "$work/bin/omnitrond-watcher"
	# in a folder that others can write to no daemon would look for them
	mv "$work/bin" "$home/bin"
	echo 1 > "$src/bad"
	omni_app web "command \"/bin/sleep\" \"1000\" watch \"$src\"
	reload restart"
	omni_app other "command \"/bin/sleep\" \"1000\""
	"$home/bin/omnitronctl" -H "$home" up -c "$conf" ||
	    atf_fail "the daemon did not start"
	wait_for 10 status_is other online
	pid=$(pid_of other)
	sup=$(daemon_pid supervisor)
	parent=$(head -1 "$home/daemon.pid")
	# each kind of wrong, to the supervisor and to the parent
	bad 0 'watcher of app 1: CHANGED: malformed'
	bad 1 'watcher of app 1: CHANGED: malformed'
	bad 2 "watcher of app 1: SHUTDOWN: not this sender's"
	bad 3 "web: watcher (pid [0-9]*): STOP: not this sender's"
	bad 4 "web: watcher (pid [0-9]*): SHUTDOWN_ASK: not this sender's"
	echo 1 > "$src/bad"
	works watch off
	works watch on
	wait_for 10 ctl_says "watch of $src" status
	# it is killed, and its successors come at longer and longer intervals
	sleep 3
	n=$(grep -c "watcher of app\|watcher (pid" "$home/logs/omnitrond.log")
	[ "$n" -lt 60 ] || atf_fail "$n watchers in a few seconds"
	equal "$(daemon_pid supervisor)" "$sup" "the supervisor"
	equal "$(head -1 "$home/daemon.pid")" "$parent" "the parent"
	equal "$(pid_of other)" "$pid" "another app"
	works list
	works watch off
	works stop web
	works start web
	wait_for 10 status_is web online
	works down
}
a_hostile_watcher_is_cut_off_cleanup() { omni_cleanup; }

atf_test_case the_configuration_changes cleanup
the_configuration_changes_head()
{
	atf_set timeout 120
}
the_configuration_changes_body()
{
	src_init
	as_user mkdir "$work/other"
	omni_app shop "watch \"$src\" debounce 100ms
	process \"http\" { command \"/bin/sleep\" \"1000\" }
	process \"job\" { command \"/bin/sleep\" \"1000\" watch \"$work/other\" }"
	omni_up
	wait_for 10 status_is shop online
	wait_for 10 ctl_says "shop/http" watch status
	wait_for 10 ctl_says "shop/job" watch status
	http=$(field shop processes.0.pid)
	job=$(field shop processes.1.pid)
	as_user touch "$src/file"
	wait_for 10 reloads_are shop 1
	wait_for 10 status_is shop online
	[ "$(field shop processes.0.pid)" != "$http" ] ||
	    atf_fail "http was not reloaded"
	equal "$(field shop processes.1.pid)" "$job" "job"

	# another folder, without a restart of anything but the watcher
	http=$(field shop processes.0.pid)
	sed "s,$src,$work/other," "$conf" > new && cat new > "$conf"
	works reload-config
	wait_for 10 watched_folders "$work/other $work/other"
	equal "$(field shop processes.0.pid)" "$http" "http"
	as_user touch "$work/other/file"
	wait_for 10 reloads_are shop 3

	# none at all
	grep -v watch "$conf" > new && cat new > "$conf"
	printf 'app "shop" { command "/bin/sleep" "1000" }\n' > new
	{ grep default -A 1 "$conf"; cat new; } > newer && cat newer > "$conf"
	works reload-config
	wait_for 10 ctl_says "no app is watched" watch status
}
the_configuration_changes_cleanup() { omni_cleanup; }

watched_folders()
{
	[ "$(ctl --json watch status | python3 -IS -c 'import json, sys
print(*[a["directory"] for a in json.load(sys.stdin)["apps"]
    if a["folders"] > 0])')" = "$1" ]
}

atf_init_test_cases()
{
	atf_add_test_case a_burst_of_changes_is_one_reload
	atf_add_test_case folders_that_come_and_go
	atf_add_test_case off_on_and_over_a_restart
	atf_add_test_case the_watcher_is_the_apps_user
	atf_add_test_case a_watcher_that_dies_is_started_again
	atf_add_test_case the_limit_of_the_kernel_is_said
	atf_add_test_case a_hostile_watcher_is_cut_off
	atf_add_test_case the_configuration_changes
}
