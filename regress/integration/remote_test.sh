# Daemons on other hosts: their names, their certificates, tokens, and what of
# omnitronctl is not for them.  Against a fake daemon that listens in TLS.

. "$OMNITRON_REGRESS/integration/lib/ctl.sh"

# far_start CERTIFICATE [OPTION...]: the fake daemon with it; certs/ is there
far_start()
{
	name=$1
	shift
	[ -d certs ] ||
	    python3 "$OMNITRON_REGRESS/integration/lib/certs.py" certs ||
	    atf_fail "no certificates"
	if [ "$name" = plain ]; then
		fake_start --tcp "$@"
	else
		fake_start --tls "certs/$name.pem" "certs/$name.key" "$@"
	fi
	port=$(cat home/port)
	mine=$(pwd)/mine
	OMNITRON_HOME=$mine
	export OMNITRON_HOME
	[ -d mine ] || mkdir -m 700 mine
	(umask 077
	for r in viewer operator admin; do echo "tok.$r.good" > $r.token; done
	echo tok.admin.bad > bad.token)
}

# far_again CERTIFICATE [OPTION...]: another daemon on another port
far_again()
{
	fake_stop
	rm -rf home
	far_start "$@"
}

# add NAME OPTION...: a remote for this port
add()
{
	name=$1
	shift
	atf_check -o ignore -e ignore "$OMNITRON_BUILD/omnitronctl" remote add \
	    "$name" localhost -p "$port" "$@"
}

# refused EXIT TEXT REMOTE: ping says so
refused()
{
	atf_check -s "exit:$1" -o empty -e "match:^omnitronctl: remote $3: .*$2" \
	    "$OMNITRON_BUILD/omnitronctl" -r "$3" ping
}

fingerprint()
{
	openssl x509 -noout -fingerprint -sha256 -in "certs/$1.pem" |
	    sed 's/.*=//'
}

atf_test_case names_are_kept cleanup
names_are_kept_body()
{
	far_start good
	atf_check -o inline:'there are no remotes\n' \
	    "$OMNITRON_BUILD/omnitronctl" remote list
	fails 4 "no remote 'far' (omnitronctl remote add makes one, remote list shows them)" \
	    -r far ping
	atf_check -o inline:"remote far is localhost:$port\n" \
	    "$OMNITRON_BUILD/omnitronctl" remote add far localhost -p "$port" \
	    --ca certs/ca.pem --token-file operator.token
	atf_check -o inline:'remote six is [::1]:9700, without a token: only ping is answered\n' \
	    "$OMNITRON_BUILD/omnitronctl" remote add six ::1
	atf_check -o inline:'600\n' stat -c %a mine/remotes.json
	# as it is written elsewhere
	atf_check -o inline:'remote one is localhost:9701, without a token: only ping is answered\n' \
	    "$OMNITRON_BUILD/omnitronctl" remote add one localhost:9701
	atf_check -o inline:'remote two is [::1]:9702, without a token: only ping is answered\n' \
	    "$OMNITRON_BUILD/omnitronctl" remote add two '[::1]:9702'
	fails 64 "remote add: the port is given twice: behind 'localhost' and by -p" \
	    remote add three localhost:9701 -p 9701
	fails 64 "remote add: port is too large: 97011" remote add three localhost:97011
	fails 64 "remote add: port is invalid: " remote add three localhost:
	for h in '[::1' '[::1]x' '[::1]:x' ':9700' 'a b:1'; do
		check 64 remote add three "$h"
	done
	check 0 remote remove one
	check 0 remote remove two
	# The folder of now is not that of the next call.
	(cd / && atf_check -o match:"^pong|pid" \
	    "$OMNITRON_BUILD/omnitronctl" -r far ping) || atf_fail "elsewhere"
	ctl -j remote list > out
	json "d[0] == {'name': 'far', 'port': $port, 'host': 'localhost',
	    'tokenFile': '$(pwd)/operator.token', 'ca': '$(pwd)/certs/ca.pem',
	    'tls': True} and d[1]['port'] == 9700" < out
	atf_check -o inline:'far\nsix\n' "$OMNITRON_BUILD/omnitronctl" -q \
	    remote list
	fails 8 "there is a remote 'far'; first: omnitronctl remote remove far" \
	    remote add far localhost
	fails 4 "no remote 'fra'; did you mean 'far'?" -r fra list
	fails 4 "no remote 'farr'; did you mean 'far'?" remote remove farr
	check 0 remote remove far
	check 4 remote remove far
	check 4 -r far ping
	atf_check -o inline:'six\n' "$OMNITRON_BUILD/omnitronctl" -q \
	    remote list
	# -H is another home, with other names.
	check 0 -H "$(pwd)/other" remote add far localhost
	atf_check -o inline:'600\n' stat -c %a other/remotes.json
	atf_check -o inline:'700\n' stat -c %a other
	check 4 -r far ping
}
names_are_kept_cleanup()
{
	fake_stop
}

atf_test_case what_is_wrong_is_not_kept cleanup
what_is_wrong_is_not_kept_body()
{
	far_start good
	check 64 remote
	check 64 remote add
	check 64 remote add far
	check 64 remote add far a b
	fails 64 "remote: unknown 'lits'; did you mean 'list'?" remote lits
	check 64 remote list --ca certs/ca.pem
	check 64 remote add .. localhost
	check 64 remote add 'a b' localhost
	check 64 remote add far 'a b'
	check 64 remote add far ''
	check 64 remote add far -- -x
	check 64 remote add far localhost -p 0
	check 64 remote add far localhost -p 65536
	check 64 remote add far localhost --fingerprint 00:11
	check 64 remote add far localhost --key certs/client.key
	check 64 remote add far localhost --insecure --ca certs/ca.pem
	check 1 remote add far localhost --ca nosuch
	check 1 remote add far localhost --cert certs/client.pem --key nosuch
	chmod 644 operator.token
	fails 1 "token: operator.token must be yours alone: chmod 600 it" \
	    remote add far localhost --token-file operator.token
	chmod 644 certs/client.key
	check 1 remote add far localhost --cert certs/client.pem \
	    --key certs/client.key
	[ ! -e mine/remotes.json ] || atf_fail "it was kept"
	# A list that others can write decides nothing.
	add far
	chmod 660 mine/remotes.json
	fails 1 "$mine/remotes.json must be yours alone: chmod 600 it" \
	    -r far ping
	chmod 600 mine/remotes.json
	echo '{"remotes":[{"name":"far","host":"localhost","tls":true,"x":"y"}]}' \
	    > mine/remotes.json
	atf_check -s exit:1 -e match:'is damaged' \
	    "$OMNITRON_BUILD/omnitronctl" -r far ping
	echo '{"remotes":[' > mine/remotes.json
	atf_check -s exit:1 -e match:'is damaged' \
	    "$OMNITRON_BUILD/omnitronctl" remote list
	check 1 remote add new localhost
	atf_check -o inline:'{"remotes":[\n' cat mine/remotes.json
}
what_is_wrong_is_not_kept_cleanup()
{
	fake_stop
}

atf_test_case certificates_decide cleanup
certificates_decide_body()
{
	far_start good
	add far --ca certs/ca.pem --token-file viewer.token
	add other --ca certs/other.pem --token-file viewer.token
	add pinned --fingerprint "$(fingerprint good)" \
	    --token-file viewer.token
	add mispinned --fingerprint "$(fingerprint self)" \
	    --token-file viewer.token
	check 0 -r far ping
	check 0 -r pinned ping
	refused 3 'unknown authority' other
	refused 3 'fingerprint differs' mispinned
	for how in expired/'expired (' early/'not valid before' \
	    elsewhere/"not for .localhost. but for elsewhere.example" \
	    unknown/'unknown authority' self/'unknown authority'; do
		far_again "${how%%/*}"
		rm -f mine/remotes.json
		add far --ca certs/ca.pem --token-file viewer.token
		refused 3 "$(echo "${how#*/}" | sed 's/(/\\(/')" far
	done
	# The one that is signed by itself is as good as its fingerprint.
	add pinned --fingerprint "$(fingerprint self)" \
	    --token-file viewer.token
	check 0 -r pinned list
	ctl -j -r far ping 2> err || true
	json 'd["error"]["exit"] == 3 and d["error"]["code"] == "FORBIDDEN"' \
	    < err
}
certificates_decide_cleanup()
{
	fake_stop
}

atf_test_case certificate_of_ours_is_shown cleanup
certificate_of_ours_is_shown_body()
{
	far_start good --client-ca certs/ca.pem
	add none --ca certs/ca.pem --token-file viewer.token
	add far --ca certs/ca.pem --token-file viewer.token \
	    --cert certs/client.pem --key certs/client.key
	add stranger --ca certs/ca.pem --token-file viewer.token \
	    --cert certs/stranger.pem --key certs/stranger.key
	check 0 -r far ping
	refused 3 'wants a certificate of ours' none
	refused 3 'wants a certificate of ours' stranger
}
certificate_of_ours_is_shown_cleanup()
{
	fake_stop
}

atf_test_case tokens_decide cleanup
tokens_decide_body()
{
	far_start good
	add far --ca certs/ca.pem --token-file viewer.token
	add bad --ca certs/ca.pem --token-file bad.token
	add none --ca certs/ca.pem
	check 0 -r far list
	check 3 -r far secret list
	refused 3 'token refused by localhost' bad
	check 0 -r none ping
	fails 3 'authenticate first' -r none list
	chmod 640 viewer.token
	refused 1 'must be yours alone' far
	rm viewer.token
	refused 1 'viewer.token' far
	# From standard input: kept, private, and gone with the remote.
	echo tok.admin.good | atf_check -o ignore \
	    "$OMNITRON_BUILD/omnitronctl" remote add kept localhost \
	    -p "$port" --ca certs/ca.pem --token-file -
	atf_check -o inline:'600\n' stat -c %a mine/tokens/kept
	atf_check -o inline:'700\n' stat -c %a mine/tokens
	check 0 -r kept secret list
	check 0 remote remove kept
	[ ! -e mine/tokens/kept ] || atf_fail "the token is still there"
	# One that is somewhere else stays where it is.
	check 0 remote remove bad
	[ -e bad.token ] || atf_fail "the token of the user is gone"
	# There is no word for a token on the command line, and none is shown.
	atf_check -s exit:64 -o empty -e save:err "$OMNITRON_BUILD/omnitronctl" \
	    remote add x localhost --token tok.admin.good
	if grep -q 'tok\.' err; then atf_fail "it is said again"; fi
	add bad --ca certs/ca.pem --token-file bad.token
	for c in 'remote list' '-j remote list' '-r bad ping' '-j -r bad ping' \
	    '-v -r bad list'; do
		ctl $c > out 2>&1 || true
		if grep -q 'tok\.' out; then atf_fail "$c shows it"; fi
	done
}
tokens_decide_cleanup()
{
	fake_stop
}

atf_test_case plain_text_must_be_said cleanup
plain_text_must_be_said_body()
{
	far_start plain
	add far --token-file viewer.token
	refused 2 'does not answer in TLS' far
	atf_check -o ignore -e match:'in plain text: who sees it' \
	    "$OMNITRON_BUILD/omnitronctl" remote add open localhost \
	    -p "$port" --insecure --token-file viewer.token
	check 0 -r open list
	ctl -r open remote status open 2>/dev/null && atf_fail "-r of remote"
	atf_check -o match:'in plain text' "$OMNITRON_BUILD/omnitronctl" \
	    remote status open
}
plain_text_must_be_said_cleanup()
{
	fake_stop
}

atf_test_case status_tells_who_is_there cleanup
status_tells_who_is_there_body()
{
	far_start good
	add far --ca certs/ca.pem --token-file operator.token
	atf_check -o save:out "$OMNITRON_BUILD/omnitronctl" remote status far
	atf_check -o match:"^far is reachable at localhost:$port$" \
	    -o match:'^omnitrond 0.1.0, pid' -o match:'^role  *operator, as someone$' \
	    -o match:'ends 20..-..-..T.*, in 29 days$' cat out
	ctl -j remote status far > out
	json '(d["reachable"] and d["tls"] and
	    d["caller"]["role"] == "operator" and
	    d["daemon"]["version"] == "0.1.0" and
	    len(d["certificate"]["fingerprint"]) == 64)' < out
	check 4 remote status nosuch
	fake_stop
	refused 2 'nobody listens' far
	check 2 remote status far
}
status_tells_who_is_there_cleanup()
{
	fake_stop
}

atf_test_case local_commands_say_why_not cleanup
local_commands_say_why_not_body()
{
	far_start good
	add far --ca certs/ca.pem --token-file admin.token
	fails 64 'up: not with -r: a daemon is started on its own host' \
	    -r far up
	for c in up kill 'kill --apps' init 'completion bash' 'remote list' \
	    'logs --reopen' '-s x ping'; do
		check 64 -r far $c
	done
	fails 64 "no command: -r took 'list' as the name of a remote" -r list
	# No daemon is started here because none is there.
	fake_stop
	check 2 -r far start api
	[ ! -e mine/daemon.pid ] || atf_fail "one was started"
}
local_commands_say_why_not_cleanup()
{
	fake_stop
}

atf_test_case commands_go_there cleanup
commands_go_there_body()
{
	far_start good
	add far --ca certs/ca.pem --token-file admin.token
	check 0 -r far list
	check 0 list -r far 'web-*'
	check 0 -r far status
	check 0 -r far restart api
	check 0 -r far logs -n 3
	check 5 -r far is-active held
	check 4 -r far status nosuch
	check 0 --remote=far version
	atf_check -o match:'^omnitrond 0.1.0 \(pid' \
	    "$OMNITRON_BUILD/omnitronctl" -r far version
	# Its pid is that of another host: nobody here is to be waited for.
	atf_check -o match:'^daemon stopped$' -o match:'^stubborn: had to' \
	    "$OMNITRON_BUILD/omnitronctl" -r far down
	check 2 -r far ping
}
commands_go_there_cleanup()
{
	fake_stop
}

atf_test_case a_stream_comes_back_after_a_restart cleanup
a_stream_comes_back_after_a_restart_body()
{
	far_start good
	add far --ca certs/ca.pem --token-file admin.token
	"$OMNITRON_BUILD/omnitronctl" -r far events -f > out 2> err &
	pid=$!
	event='{"channel": "app.online", "app": "api", "from": "starting", "to": "online", "text": "at last", "id": 7}'
	while ! grep -q 'api: starting' out; do
		ctl -r far call Test.event "$event" > /dev/null
	done
	fake_stop
	while ! grep -q 'connection to the daemon lost' err; do sleep 0.05; done
	rm home/fake.pid
	OMNITRON_HOME=
	fake_start --tls certs/good.pem certs/good.key
	OMNITRON_HOME=$mine
	: > out
	while ! grep -q 'app.online api: starting -> online (at last)' out; do
		ctl -r far call Test.event "$event" > /dev/null || true
		sleep 0.05
	done
	kill -INT $pid
	wait $pid || atf_fail "events -f ends with $?"
	atf_check -o match:'connected again' cat err
}
a_stream_comes_back_after_a_restart_cleanup()
{
	fake_stop
}

atf_test_case tls_is_loaded_for_remotes_alone cleanup
tls_is_loaded_for_remotes_alone_head()
{
	atf_set require.progs strace
}
tls_is_loaded_for_remotes_alone_body()
{
	far_start good
	add far --ca certs/ca.pem --token-file viewer.token
	# what looks for leaks cannot be traced
	export ASAN_OPTIONS=detect_leaks=0
	strace -f -e trace=openat -o local "$OMNITRON_BUILD/omnitronctl" \
	    -H "$(pwd)/home" list > /dev/null || atf_fail "list"
	strace -f -e trace=openat -o remote "$OMNITRON_BUILD/omnitronctl" \
	    -r far list > /dev/null || atf_fail "list -r"
	grep -q 'libomnitron-tls.*= [0-9]' remote || atf_fail "not loaded"
	if grep -E 'libssl|libcrypto|libomnitron-tls' local; then
		atf_fail "a local command loads TLS"
	fi
	# Nothing of the environment or the folder says what is loaded.
	echo no > libomnitron-tls.so.0
	mkdir omnitron
	cp libomnitron-tls.so.0 omnitron
	LD_LIBRARY_PATH=$(pwd) check 0 -r far list
}
tls_is_loaded_for_remotes_alone_cleanup()
{
	fake_stop
}

atf_init_test_cases()
{
	atf_add_test_case names_are_kept
	atf_add_test_case what_is_wrong_is_not_kept
	atf_add_test_case certificates_decide
	atf_add_test_case certificate_of_ours_is_shown
	atf_add_test_case tokens_decide
	atf_add_test_case plain_text_must_be_said
	atf_add_test_case status_tells_who_is_there
	atf_add_test_case local_commands_say_why_not
	atf_add_test_case commands_go_there
	atf_add_test_case a_stream_comes_back_after_a_restart
	atf_add_test_case tls_is_loaded_for_remotes_alone
}
