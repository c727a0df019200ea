# Many apps that depend on each other start and stop in the promised order.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# Apps of each shape.  A start takes at least so long, that the order of the
# kernel's ticks (10 ms) proves that the next one began when it was over.
n=200
uptime=30ms

# node NAME DEPENDS-ON...: an app that notes when it starts and stops
node()
{
	_name=$1
	shift
	printf 'app "%s" { command "%s/mark" "%s/marks" "%s" "stay" %s}\n' \
	    "$_name" "$work" "$work" "$_name" "${1+depends-on $*}" >> "$conf"
}

# ended PATTERN N: so many did
ended()
{
	[ "$(grep -c "^$1[0-9]*\.end " "$work/marks")" -ge "$2" ]
}

# all_online: every app is
all_online()
{
	equal_all="$(result OmnitronDaemon.list '{}' \
	    '{a["status"] for a in r}')"
	[ "$equal_all" = "{'online'}" ]
}

# check EDGES: of each "APP DEPENDENCY" the dependency was up before the app
# was made, and told to stop when the app was gone
check()
{
	python3 -IS - "$work/marks" <<-END || atf_fail "the order of $1"
	import sys
	made, end = {}, {}
	for line in open(sys.argv[1]):
	    name, ms, pid, ticks = line.split()
	    if name.endswith(".end"):
	        end[name[:-4]] = int(ms)
	    else:
	        assert name not in made, name + " started twice"
	        made[name] = int(ticks)
	edges = [$2]
	for app, on in edges:
	    # 30 ms are two ticks at least
	    assert made[app] - made[on] >= 2, (app, on, made[app], made[on])
	    if end:
	        assert end[on] >= end[app], (app, on)
	END
}

start_all()
{
	sed -i "s/^default {/default { min-uptime $uptime/" "$conf"
	_t=$(now_ms)
	omni_up
	wait_for 120 all_online
	took=$(($(now_ms) - _t))
}

stop_all()
{
	_t=$(now_ms)
	works down
	took=$(($(now_ms) - _t))
}

atf_test_case chain cleanup
chain_head() { atf_set timeout 300; }
chain_body()
{
	omni_init
	helper mark
	node a1
	i=2
	while [ $i -le $n ]; do
		node a$i "\"a$((i - 1))\""
		i=$((i + 1))
	done
	start_all
	[ $took -lt 60000 ] || atf_fail "the start took $took ms"
	edges="(\"a%d\" % i, \"a%d\" % (i - 1)) for i in range(2, $n + 1)"
	check chain "$edges"
	# an operator's start of the last when nothing runs names the first
	works stop all
	mv "$work/marks" "$work/marks.1"
	fails 1 "a$n: waiting for a$((n - 1)); a1 is stopped: omnitronctl \
start a1" start a$n
	works start a$n a1 --no-wait
	wait_for 60 status_is a1 online
	works start all
	wait_for 60 all_online
	check chain "$edges"
	stop_all
	[ $took -lt 60000 ] || atf_fail "the stop took $took ms"
	ended a $n || atf_fail "not all were told to stop"
	check chain "$edges"
}
chain_cleanup() { omni_cleanup; }

# One that all others need, and one that needs all others.
atf_test_case star cleanup
star_head() { atf_set timeout 300; }
star_body()
{
	omni_init
	helper mark
	uptime=300ms
	node hub1
	i=1
	all=
	while [ $i -lt $n ]; do
		node a$i '"hub1"'
		all="${all:+$all, }\"a$i\""
		i=$((i + 1))
	done
	node last1 "$all"
	start_all
	# not one after another, which would be a minute
	[ $took -lt 40000 ] || atf_fail "the start took $took ms"
	edges="e for i in range(1, $n) for e in ((\"a%d\" % i, \"hub1\"), (\"last1\", \"a%d\" % i))"
	check star "$edges"
	stop_all
	[ $took -lt 40000 ] || atf_fail "the stop took $took ms"
	ended a $((n - 1)) || atf_fail "not all were told to stop"
	check star "$edges"
}
star_cleanup() { omni_cleanup; }

# A dependency that fails is why its dependants do not run.
atf_test_case failure cleanup
failure_head() { atf_set timeout 120; }
failure_body()
{
	omni_init
	helper mark
	printf 'app "db" { command "/bin/false" max-restarts 0 min-uptime 1s }\n' \
	    >> "$conf"
	node web '"db"'
	node front '"web"'
	omni_app shop "process \"db\" { command \"/bin/false\" max-restarts 0
	    min-uptime 1s }
	process \"http\" { command \"/bin/sleep\" \"1000\" depends-on \"db\" }"
	omni_up
	wait_for 20 status_is db crashed
	wait_for 20 status_is shop crashed
	equal "$(field web reason)" "waiting for db" "reason of web"
	equal "$(field front reason)" "waiting for web" "reason of front"
	fails 1 "front: waiting for web; db is crashed: omnitronctl start db" \
	    start front
	equal "$(field web restarts)" 0 "restarts of web"
	[ ! -e "$work/marks" ] || atf_fail "a dependant was started"
}
failure_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case chain
	atf_add_test_case star
	atf_add_test_case failure
}
