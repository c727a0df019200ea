# secret, token, access and events of omnitronctl, against a fake daemon.

. "$OMNITRON_REGRESS/integration/lib/ctl.sh"

atf_test_case value_comes_from_outside_the_command_line cleanup
value_comes_from_outside_the_command_line_body()
{
	fake_start
	for v in 'plain' ' blanks  ' 'quo"te\' 'ünïcode'; do
		printf '%s\n' "$v" | ctl secret set k > out ||
		    atf_fail "set $v"
		if grep -q -F "$v" out; then atf_fail "it is said"; fi
		ctl secret get k > got
		printf '%s' "$v" | cmp - got || atf_fail "$v"
	done
	# The newline belongs to echo, but not in a text of several lines.
	printf 'a\nb\n' > text
	ctl secret set k < text > /dev/null
	ctl secret get k | cmp - text || atf_fail "several lines"
	printf 'one\n' > text
	ctl secret set k --file text > /dev/null
	ctl secret get k | cmp - text || atf_fail "a file is as it is"
	ctl -j secret get k > out
	json 'd["value"] == "one\n" and d["key"] == "k"' < out
	atf_check -s exit:64 -o empty -e save:err \
	    "$OMNITRON_BUILD/omnitronctl" secret set k hunter2
	if grep -q hunter2 err; then atf_fail "it is said again"; fi
	check 64 secret set
	check 64 secret set k --yes
	check 1 secret set k --file nosuch
	printf '' | check 64 secret set k
	printf 'a\000b' | check 64 secret set k
	printf 'a\377b' | check 64 secret set k
	head -c 8193 /dev/zero | tr '\0' x | check 64 secret set k
	head -c 8192 /dev/zero | tr '\0' x | check 0 secret set k
	check 0 secret get k
}
value_comes_from_outside_the_command_line_cleanup()
{
	fake_stop
}

atf_test_case prompt_asks_twice_and_shows_nothing cleanup
prompt_asks_twice_and_shows_nothing_body()
{
	fake_start
	cat > prompt.py <<-'END'
	import os, pty, sys, time
	pid, fd = pty.fork()
	if pid == 0:
	    os.execv(sys.argv[1], [sys.argv[1], "secret", "set", "k"])
	seen = b""
	for n, answer in enumerate(sys.argv[2:], 1):
	    while seen.count(b": ") < n:
	        seen += os.read(fd, 1000)
	    time.sleep(0.1)         # readpassphrase(3) flushes what came before
	    os.write(fd, answer.encode() + b"\n")
	try:
	    while True:
	        more = os.read(fd, 1000)
	        if not more:
	            break
	        seen += more
	except OSError:
	    pass
	print(seen.decode())
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
	atf_check -o save:out python3 prompt.py "$OMNITRON_BUILD/omnitronctl" \
	    swordfish swordfish
	if grep -q swordfish out; then atf_fail "it is shown"; fi
	atf_check -o inline:'swordfish' "$OMNITRON_BUILD/omnitronctl" \
	    secret get k
	atf_check -s exit:1 -o match:'they differ' python3 prompt.py \
	    "$OMNITRON_BUILD/omnitronctl" one other
	atf_check -o inline:'swordfish' "$OMNITRON_BUILD/omnitronctl" \
	    secret get k
}
prompt_asks_twice_and_shows_nothing_cleanup()
{
	fake_stop
}

atf_test_case secrets_are_listed_and_deleted cleanup
secrets_are_listed_and_deleted_body()
{
	fake_start
	atf_check -o inline:'there are no secrets\n' \
	    "$OMNITRON_BUILD/omnitronctl" secret list
	for k in db.password api-key; do
		echo v | check 0 secret set $k
	done
	atf_check -o inline:'api-key\ndb.password\n' \
	    "$OMNITRON_BUILD/omnitronctl" -q secret list
	atf_check -o match:'^KEY *CHANGED$' -o match:'^api-key *2023-11-14' \
	    "$OMNITRON_BUILD/omnitronctl" secret list
	fails 4 "there is no secret 'nosuch'" secret get nosuch
	fails 4 "there is no secret 'nosuch'" secret delete nosuch
	atf_check -o inline:'api-key: deleted\n' \
	    "$OMNITRON_BUILD/omnitronctl" secret delete api-key
	check 4 secret get api-key
	check 0 secret rekey
	check 64 secret reset
	check 0 secret get db.password
	check 0 secret reset --yes
	check 4 secret get db.password
	fails 64 "secret: unknown 'lits'; did you mean 'list'?" secret lits
	check 64 secret
	check 64 secret list x
	check 64 secret list --file x
}
secrets_are_listed_and_deleted_cleanup()
{
	fake_stop
}

atf_test_case tokens_are_issued_validated_revoked cleanup
tokens_are_issued_validated_revoked_body()
{
	fake_start
	atf_check -o inline:'tok.viewer.good\n' -e match:'revoke j-1$' \
	    "$OMNITRON_BUILD/omnitronctl" token issue --role viewer --ttl 90d
	atf_check -o empty -e match:'^omnitronctl: t: token good until' \
	    "$OMNITRON_BUILD/omnitronctl" token issue --role admin --ttl 1h \
	    --subject ops -o t
	atf_check -o inline:'600\n' stat -c %a t
	atf_check -o inline:'tok.admin.good' cat t
	ctl -j token issue --role admin --ttl 1h --subject ops -o t > out
	json '(d["file"] == "t" and d["jti"] == "j-1" and "token" not in d and
	    d["kid"] == "ops" and d["expiresAt"] == 1700003600000)' < out
	check 64 token issue --role admin
	check 64 token issue --ttl 1h
	check 64 token issue --role admin --ttl soon
	check 64 token issue --role admin --ttl 0
	check 64 token issue --role king --ttl 1h
	check 1 token issue --role admin --ttl 1h -o nosuch/t
	atf_check -o match:'^valid, role admin, as someone, until 2023-' \
	    "$OMNITRON_BUILD/omnitronctl" token validate --token-file t
	echo tok.admin.bad | atf_check -s exit:3 -o inline:'not valid\n' \
	    "$OMNITRON_BUILD/omnitronctl" token validate
	echo 'no token' | check 64 token validate
	chmod 644 t
	check 1 token validate --token-file t
	check 0 token revoke j-1
	atf_check -o inline:'{"jti": "j-1"}' cat home/revoked
	check 0 token revoke j-2 --until 2030-01-01T00:00:00Z
	atf_check -o inline:'{"jti": "j-2", "until": 1893456000000}' \
	    cat home/revoked
	check 64 token revoke j-2 --until sometime
	check 64 token revoke
}
tokens_are_issued_validated_revoked_cleanup()
{
	fake_stop
}

atf_test_case access_is_explained cleanup
access_is_explained_body()
{
	fake_start
	atf_check -o inline:'allowed: allow user "alice" operate "api"\n' \
	    "$OMNITRON_BUILD/omnitronctl" access test user root restart api
	python3 -c '
import grp, json, os, pwd
d = json.load(open("home/asked"))
assert d["user"] == "root" and d["uid"] == 0, d
assert sorted(d["groups"]) == sorted(set(os.getgrouplist("root", 0))), d
assert d["method"] == "OmnitronDaemon.restartApp" and d["name"] == "api"' ||
	    atf_fail "what was asked"
	atf_check -s exit:5 -o inline:'refused: no rule allows it\n' \
	    "$OMNITRON_BUILD/omnitronctl" access test user root stop web-1
	atf_check -o inline:'allowed: by the role alone\n' \
	    "$OMNITRON_BUILD/omnitronctl" access test token ci ping
	atf_check -o inline:'{"token": "ci", "method": "OmnitronDaemon.ping"}' \
	    cat home/asked
	check 5 access test group root --role viewer OmnitronSecrets.get
	atf_check -o match:'"uid": 4294967294, "groups": \[0\], "role": "viewer", "method": "OmnitronSecrets.get"' \
	    cat home/asked
	check 5 access test group nosuchgroup getApp api
	atf_check -o match:'"token": "-", "groups": \["nosuchgroup"\]' cat home/asked
	fails 4 "there is no user 'nosuchuser' on this host" \
	    access test user nosuchuser restart api
	check 64 access test king root restart api
	check 64 access test user root
	check 64 access
	ctl -j access test user root restart api > out
	json 'd["allowed"] is True' < out
}
access_is_explained_cleanup()
{
	fake_stop
}

atf_test_case events_are_lines cleanup
events_are_lines_body()
{
	fake_start
	"$OMNITRON_BUILD/omnitronctl" events app.crashed > out &
	one=$!
	"$OMNITRON_BUILD/omnitronctl" -j events -n 2 > out2 &
	two=$!
	while kill -0 $one 2>/dev/null || kill -0 $two 2>/dev/null; do
		for c in app.online app.crashed; do
			ctl call Test.event "{\"channel\": \"$c\",
			    \"app\": \"a\\u009b\", \"from\": \"online\",
			    \"to\": \"x\", \"number\": 3}" > /dev/null
		done
		sleep 0.05
	done
	wait $one || atf_fail "events: $?"
	wait $two || atf_fail "events -n: $?"
	atf_check -o match:' app.crashed a\\x9b: online -> x number=3$' cat out
	atf_check_equal 1 "$(wc -l < out)"
	atf_check_equal 2 "$(wc -l < out2)"
	head -1 out2 | json 'd["channel"].startswith("app.")'
	fails 6 'events: there were too few in time' events --timeout 50ms
	check 64 events -n 0
	check 64 events --timeout soon
}
events_are_lines_cleanup()
{
	fake_stop
}

atf_init_test_cases()
{
	atf_add_test_case value_comes_from_outside_the_command_line
	atf_add_test_case prompt_asks_twice_and_shows_nothing
	atf_add_test_case secrets_are_listed_and_deleted
	atf_add_test_case tokens_are_issued_validated_revoked
	atf_add_test_case access_is_explained
	atf_add_test_case events_are_lines
}
