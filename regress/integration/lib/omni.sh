# Functions for integration tests: a daemon of its own in a scratch home, and
# waiting for conditions.  Sourced; uses OMNITRON_BUILD, OMNITRON_REGRESS and
# OMNITRON_SCRATCH, which regress/run.sh sets.

# Of the programs that apps run too, those of the system: what a person has
# in a folder of their own, another user may not be able to run.
PATH=/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/usr/local/sbin:$PATH

# omni_init: makes $home (of the daemon), $conf (its configuration), $work (a
# folder that apps can read, and write as $app_user), and notes them for
# omni_cleanup.
omni_init()
{
	mkdir -p "$OMNITRON_SCRATCH" || exit 1
	home=$(mktemp -d "$OMNITRON_SCRATCH/home.XXXXXX") || exit 1
	work=$(mktemp -d /tmp/omnitron-test.XXXXXX) || exit 1
	conf=$home/omnitrond.conf
	app_user=$(id -un)
	if [ "$(id -u)" -eq 0 ]; then
		chmod 711 "$home"
		app_user=nobody
		chown nobody "$work"
	fi
	chmod 755 "$work"
	printf '%s\n%s\n' "$home" "$work" > omni.state
	# Fast where the test is not about time.
	omni_config 'default { user "'"$app_user"'" directory "'"$work"'"
	stop-timeout 2s initial 100ms max 1s }' < /dev/null
}

# omni_config [TEXT]: a new configuration from TEXT and standard input
omni_config()
{
	{ [ $# -eq 0 ] || printf '%s\n' "$1"; cat; } > "$conf"
	chmod 600 "$conf"
}

# omni_app NAME TEXT: adds an app to the configuration
omni_app()
{
	printf 'app "%s" {\n%s\n}\n' "$1" "$2" >> "$conf"
}

ctl()
{
	"$OMNITRON_BUILD/omnitronctl" -H "$home" "$@"
}

omni_up()
{
	ctl up -c "$conf" "$@" > "$work/up.out" 2> "$work/up.err" || {
		cat "$work/up.out" "$work/up.err" >&2
		cat "$home"/omnitrond.log "$home"/logs/omnitrond.log >&2 2>/dev/null
		atf_fail "the daemon did not start"
	}
}

# omni_load: the work folder and home of a test's head, in its cleanup
omni_cleanup()
{
	[ -f omni.state ] || return 0
	{ read -r home; read -r work; } < omni.state
	conf=$home/omnitrond.conf
	if [ -S "$home/daemon.sock" ]; then
		timeout 30 "$OMNITRON_BUILD/omnitronctl" -H "$home" down \
		    > /dev/null 2>&1 ||
		    timeout 10 "$OMNITRON_BUILD/omnitronctl" -H "$home" \
		    kill --apps > /dev/null 2>&1
	fi
	omni_reports
	_reports=$?
	rm -rf "$home" "$work"
	return $_reports
}

# omni_reports: fails, and shows it, if a sanitizer found something in a
# process of the daemon, whose standard error is the daemon's log
omni_reports()
{
	! cat "$home/omnitrond.log" "$home"/logs/omnitrond.log* 2>/dev/null |
	    grep -A 20 -e 'ERROR: [A-Za-z]*Sanitizer' -e ': runtime error: ' >&2
}

# wait_for SECONDS COMMAND...: until it succeeds; fails the test if it never
# does in that time
wait_for()
{
	_end=$(($(date +%s) + $1))
	_max=$1
	shift
	until "$@" > /dev/null 2>&1; do
		if [ "$(date +%s)" -ge "$_end" ]; then
			ctl list >&2
			omni_log >&2
			atf_fail "after $_max s still not true: $*"
		fi
		sleep 0.05
	done
}

omni_log()
{
	tail -n 60 "$home"/logs/omnitrond.log 2>/dev/null ||
	    tail -n 60 "$home"/omnitrond.log
}

# field APP NAME: a member of its ProcessInfo
field()
{
	ctl --json call getApp "{\"name\":\"$1\"}" |
	    python3 -IS -c 'import json, sys
v = json.load(sys.stdin)
v = v.get("result", v)
for k in sys.argv[1].split("."):
    v = v[int(k)] if isinstance(v, list) else v.get(k)
print("null" if v is None else v)' "$2"
}

# status_is APP STATUS
status_is()
{
	[ "$(field "$1" status)" = "$2" ]
}

pid_of()
{
	field "$1" pid
}

# pid_changed APP OLD: it runs, as another process
pid_changed()
{
	_pid=$(pid_of "$1")
	[ "$_pid" != null ] && [ "$_pid" != "$2" ] && status_is "$1" online
}

# daemon_pid KIND: of one of the daemon's processes
daemon_pid()
{
	ctl --json status | python3 -IS -c 'import json, sys
v = json.load(sys.stdin)
v = v.get("result", v)
print([p["pid"] for p in v["processes"] if p["kind"] == sys.argv[1]][0])' "$1"
}

# gone PID: there is no such process, or it is a zombie
gone()
{
	! kill -0 "$1" 2>/dev/null ||
	    grep -q '^State:	Z' "/proc/$1/status" 2>/dev/null ||
	    [ ! -e "/proc/$1" ]
}

app_log()
{
	cat "$home/logs/$1.log"
}

# logged APP TEXT: a line of its log contains it
logged()
{
	grep -q -- "$2" "$home/logs/$1.log"
}
