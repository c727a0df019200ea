# The restart strategy among the processes of an app, and the apps of a group.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# talker: a program that says when it begins and when it is told to end
talker()
{
	script talker <<-'END'
	me=$OMNITRON_APP/$OMNITRON_PROCESS.$OMNITRON_INSTANCE
	trap 'echo "end $me" >> order; exit 0' TERM
	echo "begin $me" >> order
	while :; do sleep 0.05; done
	END
}

# inst APP PROCESS FIELD [NUMBER]: of an instance
inst()
{
	ctl --json call getApp "{\"name\":\"$1\"}" |
	    python3 -IS -c 'import json, sys
for p in json.load(sys.stdin)["processes"]:
    if p["name"] == sys.argv[2] and p["instance"] == int((sys.argv[4:] or "0")[0]):
        print(p[sys.argv[3]])' "$@"
}

# order_is LINE...: what was said so far; lines with "|" in any order
order_is()
{
	printf '%s\n' "$@" > expected
	python3 -IS - "$work/order" expected <<-'END'
	import sys
	told = open(sys.argv[1]).read().split("\n")[:-1]
	for line in open(sys.argv[2]).read().split("\n")[:-1]:
	    want = sorted(line.split("|"))
	    if sorted(told[:len(want)]) != want:
	        sys.exit(1)
	    told = told[len(want):]
	sys.exit(1 if told else 0)
	END
}

# kill_of APP PROCESS: as the kernel would
kill_of()
{
	kill -KILL "$(inst "$1" "$2" pid)" || atf_fail "$1/$2 does not run"
}

# shop STRATEGY: an app of three, each of which has time to speak before the
# next one starts
shop()
{
	omni_app shop "strategy $1 min-uptime 1s
	process \"db\" { command \"$work/talker\" }
	process \"http\" { command \"$work/talker\" depends-on \"db\" }
	process \"mail\" { command \"$work/talker\" }"
}

atf_test_case one_for_all cleanup
one_for_all_head()
{
	atf_set timeout 120
}
one_for_all_body()
{
	omni_init
	talker
	shop one_for_all
	omni_app other "command \"/bin/sleep\" \"1000\""
	omni_up
	wait_for 20 status_is shop online
	wait_for 20 order_is "begin shop/db.0|begin shop/mail.0" \
	    "begin shop/http.0"
	other=$(pid_of other)
	: > "$work/order"
	kill_of shop mail
	wait_for 20 order_is "end shop/http.0" "end shop/db.0" \
	    "begin shop/mail.0" "begin shop/db.0" "begin shop/http.0"
	wait_for 20 status_is shop online
	equal "$(inst shop mail restarts)" 1 "restarts of mail"
	equal "$(inst shop db restarts)" 0 "restarts of db"
	equal "$(inst shop http restarts)" 0 "restarts of http"
	equal "$(pid_of other)" "$other" "pid of another app"
	# an operator's stop and restart are no crash
	mail=$(inst shop mail pid)
	works signal --process db shop TERM
	wait_for 20 status_is shop online
	works restart other
	equal "$(inst shop mail pid)" "$mail" "pid of mail"
}
one_for_all_cleanup() { omni_cleanup; }

atf_test_case rest_for_one cleanup
rest_for_one_head()
{
	atf_set timeout 120
}
rest_for_one_body()
{
	omni_init
	talker
	shop rest_for_one
	omni_up
	wait_for 20 status_is shop online
	wait_for 20 order_is "begin shop/db.0|begin shop/mail.0" \
	    "begin shop/http.0"
	db=$(inst shop db pid)
	: > "$work/order"
	kill_of shop http
	wait_for 20 order_is "end shop/mail.0" "begin shop/http.0" \
	    "begin shop/mail.0"
	wait_for 20 status_is shop online
	equal "$(inst shop db pid)" "$db" "pid of db"
	: > "$work/order"
	kill_of shop db
	wait_for 20 order_is "end shop/http.0|end shop/mail.0" \
	    "begin shop/db.0" "begin shop/http.0|begin shop/mail.0"
	wait_for 20 status_is shop online
}
rest_for_one_cleanup() { omni_cleanup; }

# Without a strategy it is one_for_one.
atf_test_case one_for_one cleanup
one_for_one_head()
{
	atf_set timeout 120
}
one_for_one_body()
{
	omni_init
	talker
	shop one_for_one
	printf 'group "pair" {\n' >> "$conf"
	omni_app a "command \"$work/talker\""
	omni_app b "command \"$work/talker\""
	printf '}\n' >> "$conf"
	omni_up
	wait_for 20 status_is shop online
	wait_for 20 status_is b online
	b=$(pid_of b)
	mail=$(inst shop mail pid)
	kill -KILL "$(pid_of a)"
	kill_of shop db
	wait_for 20 eval '[ "$(field a restarts)" = 1 ]'
	wait_for 20 eval '[ "$(inst shop db restarts)" = 1 ]'
	wait_for 20 status_is shop online
	equal "$(inst shop mail pid)" "$mail" "pid of mail"
	equal "$(pid_of b)" "$b" "pid of b"
}
one_for_one_cleanup() { omni_cleanup; }

# three STRATEGY: apps of a group, the last of which gives up at once
three()
{
	printf 'group "back" {\nstrategy %s\n' "$1" >> "$conf"
	omni_app db "command \"$work/talker\""
	omni_app web "command \"$work/talker\" depends-on \"db\" instances 2"
	omni_app cron "command \"$work/talker\" max-restarts 0"
	printf '}\n' >> "$conf"
	omni_app apart "command \"$work/talker\""
}

atf_test_case group cleanup
group_head()
{
	atf_set timeout 120
}
group_body()
{
	omni_init
	talker
	three one_for_all
	omni_up
	wait_for 20 status_is web online
	wait_for 20 status_is cron online
	wait_for 20 status_is apart online
	apart=$(pid_of apart)
	: > "$work/order"
	# of two instances one: the other goes on
	w1=$(inst web web pid 1)
	kill_of web web
	wait_for 20 order_is "end cron/cron.0|end db/db.0" \
	    "begin cron/cron.0|begin db/db.0|begin web/web.0"
	wait_for 20 status_is web online
	equal "$(inst web web pid 1)" "$w1" "pid of web[1]"
	equal "$(field db restarts)" 0 "restarts of db"
	equal "$(pid_of apart)" "$apart" "pid of another app"
}
group_cleanup() { omni_cleanup; }

# The others stay down with one that gives up, over a restart of the daemon.
atf_test_case gives_up cleanup
gives_up_head()
{
	atf_set timeout 180
}
gives_up_body()
{
	omni_init
	talker
	three one_for_all
	omni_up
	wait_for 20 status_is web online
	wait_for 20 status_is cron online
	kill_of cron cron
	wait_for 20 status_is cron crashed
	wait_for 20 status_is web stopped
	wait_for 20 status_is db stopped
	equal "$(field db reason)" "waiting for cron" "reason of db"
	status_is apart online || atf_fail "another app is stopped"
	kill -KILL "$(daemon_pid supervisor)"
	wait_for 20 status_is cron crashed
	sleep 1
	equal "$(field db status)" stopped "status of db"
	# one of them alone, as an operator wishes
	works start db
	equal "$(field db status)" online "status of db"
	equal "$(field web status)" stopped "status of web"
	works start cron
	wait_for 20 status_is web online
	wait_for 20 status_is cron online
	: > "$work/order"
	works down
	grep -q "end web/web.0" "$work/order" || atf_fail "web was not told"
}
gives_up_cleanup() { omni_cleanup; }

# A crash while the daemon stops starts nothing, and keeps it from nothing.
atf_test_case down cleanup
down_head()
{
	atf_set timeout 120
}
down_body()
{
	omni_init
	talker
	script stubborn <<-'END'
	trap '' TERM
	while :; do sleep 0.05; done
	END
	printf 'group "back" {\nstrategy one_for_all\n' >> "$conf"
	omni_app hard "command \"$work/stubborn\""
	omni_app soft "command \"$work/talker\" initial 1s"
	printf '}\n' >> "$conf"
	omni_up
	wait_for 20 status_is soft online
	wait_for 20 status_is hard online
	kill_of soft soft
	wait_for 20 status_is hard stopping
	works down
	omni_up
	wait_for 20 status_is soft online
	wait_for 20 status_is hard online
}
down_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case one_for_all
	atf_add_test_case rest_for_one
	atf_add_test_case one_for_one
	atf_add_test_case group
	atf_add_test_case gives_up
	atf_add_test_case down
}
