# Who may do what on a host with many users: rules on a socket for all.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# The people of these tests: users that every system has, and a group.
alice=games bob=news ops=adm

# as USER [GROUP] -- COMMAND...: omnitronctl at the socket for all
as()
{
	_user=$1 _groups=--clear-groups
	shift
	if [ "$1" != -- ]; then
		_groups=--groups=$(getent group "$1" | cut -d: -f3)
		shift
	fi
	shift
	setpriv --reuid="$(id -u "$_user")" --regid="$(id -g "$_user")" \
	    "$_groups" env HOME=/nonexistent "$work/omnitronctl" \
	    -s "$work/all.sock" "$@"
}

# the_host: the worked example of omnitrond.conf(5), with one app more
the_host()
{
	omni_init
	cp "$OMNITRON_BUILD/omnitronctl" "$work/omnitronctl"
	chmod 755 "$work/omnitronctl"
	chown root "$work"
	cat >> "$conf" <<-END
	socket "$home/daemon.sock"
	socket "$work/all.sock" mode 0666 grants
	allow user "$alice" operate "web-*"
	deny  user "$bob" "*"
	allow group "$ops" view "*"
	allow owner operate
	END
	omni_app web-1 'command "/bin/sleep" "1000"'
	omni_app web-2 'command "/bin/sleep" "1000"'
	omni_app db 'command "/bin/sleep" "1000"'
	omni_app mine "command \"/bin/sleep\" \"1000\" user \"$bob\""
	omni_up
}

# refused EXIT TEXT COMMAND...: it fails so, and says that
refused()
{
	_exit=$1 _text=$2 _got=0
	shift 2
	"$@" > refused.out 2> refused.err || _got=$?
	equal "$_got" "$_exit" "exit of $*: $(cat refused.err)"
	grep -q -- "$_text" refused.err refused.out ||
	    atf_fail "$*: $(cat refused.out refused.err)"
}

names_of()
{
	"$@" list --json | python3 -IS -c 'import json, sys
print(" ".join(sorted(a["name"] for a in json.load(sys.stdin))))'
}

atf_test_case alice_ops_and_nobody_else cleanup
alice_ops_and_nobody_else_head()
{
	atf_set require.user root
	atf_set require.progs "setpriv getent"
	atf_set timeout 90
}
alice_ops_and_nobody_else_body()
{
	the_host
	equal "$(names_of as $alice --)" "web-1 web-2" "what alice sees"
	equal "$(names_of as nobody $ops --)" "db mine web-1 web-2" "what ops see"
	equal "$(names_of as nobody --)" "db web-1 web-2" "what their owner sees"
	equal "$(names_of as sys --)" "" "what others see"
	# of bob everything is refused, also his own: the first match decides
	equal "$(names_of as $bob --)" "" "what bob sees"

	pid=$(pid_of web-1)
	as $alice -- restart web-1 > /dev/null || atf_fail "alice may not"
	[ "$(pid_of web-1)" != "$pid" ] || atf_fail "it was not restarted"
	refused 4 "app 'db' not found" as $alice -- restart db
	refused 4 "app 'dc' not found" as $alice -- restart dc
	# what she does not see is not offered either
	as $alice -- restart dbb 2> err && atf_fail "it was restarted"
	grep -q "did you mean" err && atf_fail "$(cat err)"
	refused 3 "" as nobody $ops -- restart mine
	refused 3 "" as $alice -- reload-config
	refused 3 "" as $alice -- config
	refused 3 "" as nobody $ops -- down
	refused 4 "" as sys -- status web-1
}
alice_ops_and_nobody_else_cleanup() { omni_cleanup; }

atf_test_case all_means_those_one_may cleanup
all_means_those_one_may_head()
{
	atf_set require.user root
	atf_set require.progs "setpriv getent"
	atf_set timeout 90
}
all_means_those_one_may_body()
{
	the_host
	db=$(pid_of db) one=$(pid_of web-1)
	as $alice -- restart all > /dev/null || atf_fail "alice may not"
	[ "$(pid_of web-1)" != "$one" ] || atf_fail "web-1 was left out"
	equal "$(pid_of db)" "$db" "db, which is not hers"
	as $alice -- stop all > /dev/null || atf_fail "alice may not stop"
	status_is web-2 stopped || atf_fail "web-2 was left out"
	status_is db online || atf_fail "db was stopped"
}
all_means_those_one_may_cleanup() { omni_cleanup; }

atf_test_case logs_and_audit cleanup
logs_and_audit_head()
{
	atf_set require.user root
	atf_set require.progs "setpriv getent"
	atf_set timeout 90
}
logs_and_audit_body()
{
	the_host
	script talk <<-'END'
	echo "a word of $OMNITRON_APP"
	exec sleep 1000
	END
	omni_app web-3 "command \"$work/talk\""
	omni_app quiet "command \"$work/talk\""
	ctl reload-config > /dev/null || atf_fail "it was not loaded"
	wait_for 10 sh -c "'$OMNITRON_BUILD/omnitronctl' -H '$home' logs |
	    grep 'a word of quiet'"
	as $alice -- logs > out || atf_fail "alice may not read"
	grep -q "a word of web-3" out || atf_fail "not hers: $(cat out)"
	grep -q quiet out && atf_fail "not hers: $(cat out)"
	refused 4 "not found" as $alice -- logs quiet
	as $alice -- status > out || atf_fail "alice may not ask"
	grep -e quiet -e ' db ' out && atf_fail "not hers"
	as $alice -- stop web-3 > /dev/null || atf_fail "alice may not"
	refused 3 "" as sys $ops -- stop web-3
	wait_for 10 grep -q stopApp.*FORBIDDEN "$home/logs/audit.log"
	grep "stopApp.*web-3" "$home/logs/audit.log" |
	    grep -q "\"uid\":$(id -u $alice)[,}]" ||
	    atf_fail "$(cat "$home/logs/audit.log")"
}
logs_and_audit_cleanup() { omni_cleanup; }

atf_test_case which_rule_decides cleanup
which_rule_decides_head()
{
	atf_set require.user root
	atf_set require.progs "setpriv getent"
	atf_set timeout 90
}
which_rule_decides_body()
{
	the_host
	atf_check -o match:'allow user "games" operate "web-\*"' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" \
	    access test user $alice restart web-1
	refused 5 "" "$OMNITRON_BUILD/omnitronctl" -H "$home" \
	    access test user $alice restart db
	atf_check -s exit:5 -e ignore -o match:'deny *user "news"' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" \
	    access test user $bob status mine
	atf_check -o match:'allow group "adm" view' \
	    "$OMNITRON_BUILD/omnitronctl" -H "$home" \
	    access test group $ops status db
}
which_rule_decides_cleanup() { omni_cleanup; }

atf_test_case a_lesser_socket cleanup
a_lesser_socket_head() { atf_set timeout 90; }
a_lesser_socket_body()
{
	omni_init
	cat >> "$conf" <<-END
	socket "$home/daemon.sock"
	socket "$home/look.sock" role viewer
	END
	omni_app one 'command "/bin/sleep" "1000"'
	omni_up
	pid=$(pid_of one)
	equal "$("$OMNITRON_BUILD/omnitronctl" -s "$home/look.sock" --json \
	    status one | jq -r .name)" one "its status"
	refused 3 "needs the role operator" \
	    "$OMNITRON_BUILD/omnitronctl" -s "$home/look.sock" restart one
	refused 3 "needs the role admin" \
	    "$OMNITRON_BUILD/omnitronctl" -s "$home/look.sock" down
	equal "$(pid_of one)" "$pid" "its pid"
	[ -S "$home/look.sock" ] || atf_fail "no socket"
	# a socket that is no longer configured is gone, its callers with it
	grep -v look.sock "$conf" > new
	cat new > "$conf"
	ctl reload-config > /dev/null || atf_fail "not loaded"
	wait_for 10 test ! -e "$home/look.sock"
	equal "$(pid_of one)" "$pid" "its pid"
}
a_lesser_socket_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case alice_ops_and_nobody_else
	atf_add_test_case all_means_those_one_may
	atf_add_test_case logs_and_audit
	atf_add_test_case which_rule_decides
	atf_add_test_case a_lesser_socket
}
