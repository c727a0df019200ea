# Secrets: kept, given to apps, changed, and seen nowhere else.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

lib=$OMNITRON_REGRESS/integration/lib

# set_secret KEY VALUE
set_secret()
{
	printf %s "$2" | ctl secret set "$1" > "$work/set.out" 2>&1 ||
	    atf_fail "secret set $1: $(cat "$work/set.out")"
}

# a value that is found nowhere by chance
planted()
{
	printf 'PLANTED%s' "$(head -c 18 /dev/urandom | od -An -tx1 |
	    tr -d ' \n')"
}

# teller NAME OPTIONS: an app that writes what it was given into $work/NAME
teller()
{
	script "$1.sh" <<-END
	umask 077
	{ echo "\$PASSWORD"
	  [ -z "\$CREDENTIALS_DIRECTORY" ] || cat "\$CREDENTIALS_DIRECTORY"/*
	} > "$work/$1.new"
	mv "$work/$1.new" "$work/$1"
	exec sleep 1000
	END
	omni_app "$1" "command \"$work/$1.sh\" $2"
}

atf_test_case an_app_gets_its_secrets cleanup
an_app_gets_its_secrets_head() { atf_set timeout 90; }
an_app_gets_its_secrets_body()
{
	omni_init
	teller one 'env "PASSWORD" secret "pass" credential "tls" autostart no'
	omni_up
	fails 1 "secret" start one
	pass=$(planted) tls=$(planted)
	set_secret pass "$pass"
	set_secret tls "$tls"
	works start one
	wait_for 10 lines "$work/one" 1
	equal "$(cat "$work/one")" "$(printf '%s\n%s' "$pass" "$tls")" \
	    "what it was given"
	equal "$(ctl secret get pass)" "$pass" "what is kept"
	equal "$(ctl secret list --json | jq -r '[.[].key] | sort | join(" ")')" \
	    "pass tls" "the list"
	fails 4 "did you mean 'pass'" secret get passs
	# of the credential nobody else reads, and it ends with the instance
	dir=$(tr '\0' '\n' < "/proc/$(pid_of one)/environ" |
	    sed -n 's/^CREDENTIALS_DIRECTORY=//p')
	equal "$(stat -c %a:%U "$dir"):$(stat -c %a:%U "$dir/tls")" \
	    "500:$app_user:400:$app_user" "modes of the credential"
	works stop one
	[ ! -e "$dir" ] || atf_fail "$dir is still there"
}
an_app_gets_its_secrets_cleanup() { omni_cleanup; }

atf_test_case a_change_needs_a_restart cleanup
a_change_needs_a_restart_head() { atf_set timeout 90; }
a_change_needs_a_restart_body()
{
	omni_init
	teller one 'env "PASSWORD" secret "pass" autostart no'
	teller two 'autostart no'
	omni_up
	set_secret pass first
	works start one two
	wait_for 10 lines "$work/one" 1
	ctl status one > out; grep -q "restart to apply" out &&
	    atf_fail "$(cat out)"
	set_secret pass second
	wait_for 10 sh -c "'$OMNITRON_BUILD/omnitronctl' -H '$home' \
	    status one | grep -q 'restart to apply'"
	ctl status two > out; grep -q "restart to apply" out &&
	    atf_fail "$(cat out)"
	# nor is it forgotten by who died
	for k in supervisor secrets; do
		kill -KILL "$(daemon_pid $k)"
		wait_for 20 sh -c "'$OMNITRON_BUILD/omnitronctl' -H '$home' \
		    status one | grep -q 'restart to apply'"
	done
	works down
	works up
	rm "$work/one"
	works restart one
	wait_for 10 lines "$work/one" 1
	equal "$(cat "$work/one")" second "what it was given"
	ctl status one > out; grep -q "restart to apply" out &&
	    atf_fail "$(cat out)"
	# kept over a death of the daemon, by its key and by a new one
	works secret rekey
	works down
	rm "$work/one"
	omni_up
	works start one
	wait_for 10 lines "$work/one" 1
	equal "$(cat "$work/one")" second "what it was given"
}
a_change_needs_a_restart_cleanup() { omni_cleanup; }

# in_pieces HTTP TCP TOKEN KEY VALUE: set by HTTP, and as KEY-tcp by TCP, in
# requests that come piece by piece
in_pieces()
{
	printf %s "$5" | python3 -IS -c 'import json, socket, sys, time
http, tcp, token, key = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
value = sys.stdin.read()
value += "." * 6000 + value
def call(method, params):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                       "params": params}).encode()
def say(s, data):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(0, len(data), 2500):
        s.sendall(data[i:i + 2500])
        time.sleep(0.05)
    reply = s.recv(65536)
    if b"result" not in reply:
        sys.exit("%s" % reply)
s = socket.create_connection(("127.0.0.1", http))
body = call("OmnitronSecrets.set", {"key": key, "value": value})
say(s, b"POST /rpc HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (token.encode(), len(body), body))
s = socket.create_connection(("127.0.0.1", tcp))
say(s, call("OmnitronAuth.authenticate", {"token": token}) + b"\n")
say(s, call("OmnitronSecrets.set", {"key": key + "-tcp", "value": value}) +
    b"\n")' "$1" "$2" "$3" "$4"
}

atf_test_case a_value_is_seen_nowhere cleanup
a_value_is_seen_nowhere_head()
{
	atf_set require.user root
	atf_set timeout 120
}
a_value_is_seen_nowhere_body()
{
	omni_init
	head -c 32 /dev/urandom > "$home/jwt.key"
	chmod 600 "$home/jwt.key"
	tcp=$(free_port) http=$(free_port)
	cat >> "$conf" <<-END
	jwt { algorithm HS256 key "one" file "$home/jwt.key" }
	listen tcp on 127.0.0.1 port $tcp max-role admin
	listen http on 127.0.0.1 port $http max-role admin
	END
	teller one 'env "PASSWORD" secret "pass" credential "tls"
	    autostart no before-start "/bin/true"'
	omni_up
	token=$(python3 -B "$lib/tokens.py" make HS256 "$home/jwt.key" \
	    role=admin)
	timeout 60 curl -sN -H "Authorization: Bearer $token" \
	    "http://127.0.0.1:$http/events" > "$work/events" &
	events=$!
	pass=$(planted) tls=$(planted) far=$(planted)
	set_secret pass "$pass"
	set_secret tls "$tls"
	works start one
	wait_for 10 lines "$work/one" 1
	set_secret pass "$pass-2"
	works restart one
	works secret rekey
	# every reply that a viewer or an operator can have
	for m in list getApp status getMetrics getHealth getLogs inspect getEnv \
	    getDependencyGraph getWatchStatus getConfig why getCrashes; do
		for p in '{}' '{"name":"one"}'; do
			curl -s -H "Authorization: Bearer $token" \
			    -d '{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.'$m'","params":'$p'}' \
			    "http://127.0.0.1:$http/rpc"
			ctl --json call "OmnitronDaemon.$m" "$p" 2>&1
		done
	done > "$work/replies"
	grep -q '<secret:pass>' "$work/replies" ||
	    atf_fail "getEnv says nothing: is this the test?"
	curl -s -H "Authorization: Bearer $token" \
	    "http://127.0.0.1:$http/metrics" >> "$work/replies"
	grep -q 'one' "$work/events" || atf_fail "no events: is this the test?"
	# last, so that nothing else has come to lie there
	in_pieces "$http" "$tcp" "$token" far "$far"
	# and the files: all but the app's own
	rm "$work/one"
	kill "$events"
	for v in "$pass" "$tls" "$far"; do
		grep -rl -- "$v" "$home" "$work" | grep -v '/cred/' > found &&
		    atf_fail "a value is in $(cat found)"
	done
	nm -D "$OMNITRON_BUILD/omnitrond" | grep -q __asan &&
	    atf_skip "the sanitizers' memory is too large to look through"
	for v in "$pass" "$tls" "$far"; do
		for k in network supervisor store logger control parent; do
			case $k in
			parent) pid=$(ctl --json status | jq .pid) ;;
			*)	pid=$(daemon_pid $k) ;;
			esac
			printf %s "$v" | python3 -IS "$lib/memory.py" "$pid" \
			    > found || atf_fail "$k: $(cat found)"
		done
		if printf %s "$v" | python3 -IS "$lib/memory.py" \
		    "$(daemon_pid secrets)" > /dev/null; then
			atf_fail "not even where it is kept: is this the test?"
		fi
	done
}
a_value_is_seen_nowhere_cleanup() { omni_cleanup; }

atf_test_case the_provider_env cleanup
the_provider_env_head() { atf_set timeout 60; }
the_provider_env_body()
{
	omni_init
	omni_config "$(cat "$conf")" <<-END
	secrets env prefix "OMNI_TEST_"
	END
	teller one 'env "PASSWORD" secret "pass"'
	OMNI_TEST_pass=of-the-environment omni_up
	wait_for 10 lines "$work/one" 1
	equal "$(cat "$work/one")" of-the-environment "what it was given"
	printf x | fails 8 "" secret set pass
	tr '\0' '\n' < "/proc/$(pid_of one)/environ" | grep OMNI_TEST &&
	    atf_fail "it got the daemon's variable"
	:
}
the_provider_env_cleanup() { omni_cleanup; }

atf_test_case a_damaged_file_is_kept cleanup
a_damaged_file_is_kept_head() { atf_set timeout 90; }
a_damaged_file_is_kept_body()
{
	omni_init
	teller one 'env "PASSWORD" secret "pass" autostart no'
	omni_up
	set_secret pass word
	set_secret pass word2
	works down
	file=$home/secrets.enc
	[ -f "$file" ] || file=$home/secrets/secrets.enc
	for f in "$file" "$file.bak"; do
		printf 'X' | dd of="$f" bs=1 seek=60 conv=notrunc 2> /dev/null
	done
	cp "$file" damaged
	omni_up
	fails 1 "secrets.enc" secret get pass
	printf y | fails 1 "secrets.enc" secret set pass
	fails 1 "secrets.enc" start one
	cmp "$file" damaged || atf_fail "it was overwritten"
	fails 64 "say --yes" secret reset
	works secret reset --yes
	set_secret pass new
	works start one
	wait_for 10 lines "$work/one" 1
	equal "$(cat "$work/one")" new "what it was given"
	for f in "$file".*; do
		cmp -s "$f" damaged && return 0
	done
	atf_fail "the damaged file is gone: $(ls "${file%/*}")"
}
a_damaged_file_is_kept_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case an_app_gets_its_secrets
	atf_add_test_case a_change_needs_a_restart
	atf_add_test_case a_value_is_seen_nowhere
	atf_add_test_case the_provider_env
	atf_add_test_case a_damaged_file_is_kept
}
