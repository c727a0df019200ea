# A further socket that everyone can open, and rules that say who may do what.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

# local_init: two apps of nobody, and a socket for all in $run; games (a group)
# may view all, backup (a user) may operate its own
local_init()
{
	omni_init
	run=$(mktemp -d /run/omnitron-test.XXXXXX) || exit 1
	chmod 755 "$run"
	echo "$run" > run.state
	omni_config 'default { user "'"$app_user"'" directory "'"$work"'"
	stop-timeout 2s }
	socket "'"$home"'/daemon.sock"
	socket "'"$run"'/all.sock" mode 0666 grants
	allow user "backup" operate "web-*"
	allow group "games" view "*"' < /dev/null
	omni_app web-1 'command "/bin/sleep" "1000"'
	omni_app db 'command "/bin/sleep" "1000"'
}

local_cleanup()
{
	omni_cleanup
	_status=$?
	[ -f run.state ] && rm -rf "$(cat run.state)"
	return $_status
}

# as UID GROUPS METHOD PARAMS: the reply to that user, in one line
as()
{
	setpriv --reuid "$1" --regid 65534 --groups "$2" python3 -IS -c '
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": sys.argv[2],
    "params": json.loads(sys.argv[3])}).encode() + b"\n")
f = s.makefile()
print(f.readline().strip())' "$run/all.sock" "$3" "$4"
}

# has TEXT REPLY; lacks TEXT REPLY
has()
{
	case $2 in *"$1"*) ;; *) atf_fail "no $1 in $2" ;; esac
}

lacks()
{
	case $2 in *"$1"*) atf_fail "$1 in $2" ;; esac
}

atf_test_case by_rules cleanup
by_rules_head()
{
	atf_set require.user root
	atf_set require.progs "setpriv python3"
	atf_set timeout 90
}
by_rules_body()
{
	local_init
	omni_up
	wait_for 10 status_is web-1 online
	backup=$(id -u backup)
	games=$(getent group games | cut -d: -f3)
	D=OmnitronDaemon

	r=$(as "$backup" "$backup" OmnitronAuth.whoami '{}')
	has "\"uid\":$backup" "$r"
	has '"plane":"local"' "$r"
	r=$(as "$backup" "$backup" $D.list '{}')
	has '"name":"web-1"' "$r"
	lacks '"db"' "$r"
	old=$(pid_of web-1)
	r=$(as "$backup" "$backup" $D.restartApp '{"name":"web-1"}')
	has '"status":"online"' "$r"
	pid_changed web-1 "$old" || atf_fail "it was not restarted"
	r=$(as "$backup" "$backup" $D.restartApp '{"name":"db"}')
	has "app 'db' not found" "$r"

	# by a group that is not its first
	r=$(as 12345 "$games" $D.list '{}')
	has '"name":"db"' "$r"
	r=$(as 12345 "$games" $D.restartApp '{"name":"db"}')
	has '"code":"FORBIDDEN"' "$r"

	# nobody else sees anything
	r=$(as 12345 12345 $D.list '{}')
	has '"result":[]' "$r"
	r=$(as 12345 12345 $D.stopAll '{}')
	lacks '"count":2' "$r"
	status_is db online || atf_fail "it was stopped"

	# all of the permitted, and not more
	r=$(as "$backup" "$backup" $D.stopAll '{}')
	has '"count":1' "$r"
	status_is web-1 stopped || atf_fail "it was not stopped"
	status_is db online || atf_fail "the other one was stopped"
}
by_rules_cleanup() { local_cleanup; }

# A reload changes rules, and takes sockets away with who came by them.
atf_test_case reloaded cleanup
reloaded_head()
{
	atf_set require.user root
	atf_set require.progs "setpriv python3"
	atf_set timeout 90
}
reloaded_body()
{
	local_init
	omni_up
	wait_for 10 status_is web-1 online
	backup=$(id -u backup)
	r=$(as "$backup" "$backup" OmnitronDaemon.list '{}')
	lacks '"db"' "$r"
	sed -i 's/operate "web-/operate "d/' "$conf"
	ctl reload-config > /dev/null || atf_fail "not reloaded"
	r=$(as "$backup" "$backup" OmnitronDaemon.list '{}')
	has '"name":"db"' "$r"
	lacks '"web-1"' "$r"
	sed -i '/all.sock/d' "$conf"
	ctl reload-config > /dev/null || atf_fail "not reloaded"
	as "$backup" "$backup" OmnitronDaemon.list '{}' 2> /dev/null &&
	    atf_fail "the socket is still there"
	status_is db online || atf_fail "the daemon does not go on"
}
reloaded_cleanup() { local_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case by_rules
	atf_add_test_case reloaded
}
