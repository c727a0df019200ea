# Secrets and keys with a real daemon: what apps are started with, what is left
# of it, and what a configuration with a bad key comes to.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/net.sh"

# says FILE TEXT: the app wrote that
says() { grep -q -x -F -- "$2" "$1" 2> /dev/null; }

atf_test_case apps_are_started_with_their_secrets cleanup
apps_are_started_with_their_secrets_head() { atf_set timeout 120; }
apps_are_started_with_their_secrets_body()
{
	omni_init
	omni_config <<-EOC
	default { user "$app_user" directory "$work" stop-timeout 2s }
	EOC
	cat > "$work/app.sh" <<-'END'
	umask 077
	{
		echo "env $A"
		echo "file $(cat "$CREDENTIALS_DIRECTORY/db.pass")"
		echo "folder $(stat -c '%a %U' "$CREDENTIALS_DIRECTORY")"
		echo "mode $(stat -c '%a %U' "$CREDENTIALS_DIRECTORY/db.pass")"
		env | sed 's/^/all /'
	} > new
	mv new said
	exec sleep 1000
	END
	chmod 755 "$work/app.sh"
	omni_app web 'command "/bin/sh" "'"$work"'/app.sh" restart never
	    env "A" secret "one" credential "db.pass"'
	omni_up
	ctl start web > out 2>&1 && atf_fail "it started without its secrets"
	grep -q "is not set: omnitronctl secret set" out ||
	    atf_fail "$(cat out)"
	printf 'planted-one' | ctl secret set one || atf_fail "set one"
	printf 'planted-two' | ctl secret set db.pass || atf_fail "set db.pass"
	ctl start web > out 2>&1 || atf_fail "start: $(cat out)"
	wait_for 10 says "$work/said" "env planted-one"
	wait_for 10 says "$work/said" "file planted-two"
	says "$work/said" "folder 500 $app_user" ||
	    atf_fail "$(cat "$work/said")"
	says "$work/said" "mode 400 $app_user" || atf_fail "$(cat "$work/said")"
	# what is shown of it has no value
	ctl env web > shown || atf_fail "env"
	grep -q '<secret:one>' shown || atf_fail "$(cat shown)"
	ctl config > conf.json || atf_fail "config"
	folder=$(sed -n 's/^all CREDENTIALS_DIRECTORY=//p' "$work/said")
	[ -d "$folder" ] || atf_fail "no folder $folder"
	if grep -r -l -e planted-one -e planted-two shown conf.json \
	    "$home"/*.log "$home"/logs "$home"/state "$home"/*.json \
	    "$home"/secrets* 2> /dev/null; then
		atf_fail "a value is on the disk or shown"
	fi
	ctl stop web > /dev/null || atf_fail "stop"
	[ ! -e "$folder" ] || atf_fail "credentials are left"
	ctl down > /dev/null || atf_fail "down"
}
apps_are_started_with_their_secrets_cleanup() { omni_cleanup; }

# The variable is nobody's any more, and the secrets are there again.
atf_test_case the_passphrase_leaves_the_environment cleanup
the_passphrase_leaves_the_environment_head() { atf_set timeout 120; }
the_passphrase_leaves_the_environment_body()
{
	omni_init
	omni_config <<-EOC
	secrets file "$home/sec/secrets.enc" passphrase env "TEST_PHRASE"
	default { user "$app_user" directory "$work" stop-timeout 2s }
	EOC
	omni_app web 'command "/bin/sh" "-c" "env > said; exec sleep 1000"
	    env "A" secret "one" autostart no'
	ctl up -c "$conf" > out 2>&1 && atf_fail "it started without it"
	grep -q TEST_PHRASE out || atf_fail "$(cat out)"
	export TEST_PHRASE="correct horse"
	omni_up
	unset TEST_PHRASE
	printf 'planted' | ctl secret set one || atf_fail "set"
	pid=$(head -1 "$home/daemon.pid")
	# nobody else may even look, its own user included
	if { tr '\0' '\n' < "/proc/$pid/environ" | grep -q horse; } 2> err; then
		atf_fail "it is in the environment of the daemon"
	fi
	# the process is started anew with what the parent kept
	old=$(daemon_pid secrets)
	[ -n "$old" ] || atf_fail "no secrets process"
	kill -KILL "$old"
	ctl start web > out 2>&1 || atf_fail "start: $(cat out)"
	wait_for 10 says "$work/said" "A=planted"
	if grep -q horse "$work/said"; then atf_fail "an app has it"; fi
	ctl down > /dev/null || atf_fail "down"
}
the_passphrase_leaves_the_environment_cleanup() { omni_cleanup; }

listens() { python3 -IS -c 'import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)' "$1" 2> /dev/null; }

atf_test_case a_bad_key_ends_the_start_and_fails_a_reload cleanup
a_bad_key_ends_the_start_and_fails_a_reload_head() { atf_set timeout 120; }
a_bad_key_ends_the_start_and_fails_a_reload_body()
{
	omni_init
	net_key
	port=$(net_port)
	omni_app web 'command "/bin/sleep" "1000"'
	cp "$conf" plain.conf
	printf 'tooshort' > "$home/bad.key"
	chmod 600 "$home/bad.key"
	cat >> "$conf" <<-EOC
	jwt { algorithm HS256 key "k" file "$home/bad.key" }
	listen tcp on 127.0.0.1 port $port
	EOC
	ctl up -c "$conf" > out 2>&1
	atf_check_equal 7 $?
	grep -q bad.key out || atf_fail "$(cat out)"
	[ ! -e "$home/daemon.sock" ] || atf_fail "the socket is left"
	cp "$conf" bad.conf
	cat plain.conf > "$conf"
	omni_up
	cat bad.conf > "$conf"
	ctl reload-config > out 2>&1 && atf_fail "it is reloaded"
	grep -q bad.key out || atf_fail "$(cat out)"
	listens "$port" && atf_fail "the port is open"
	[ -z "$(daemon_pid network)" ] || wait_for 10 no_network
	# with the key in order the same configuration is taken
	sed "s,bad.key,jwt.key," bad.conf > "$conf"
	sleep 1			# readings of the file have a rate
	ctl reload-config > out 2>&1 || atf_fail "$(cat out)"
	listens "$port" || atf_fail "the port is not open"
	cat plain.conf > "$conf"
	sleep 1
	ctl reload-config > out 2>&1 || atf_fail "$(cat out)"
	listens "$port" && atf_fail "the port is open still"
	ctl down > /dev/null || atf_fail "down"
}
a_bad_key_ends_the_start_and_fails_a_reload_cleanup() { omni_cleanup; }

no_network() { [ -z "$(daemon_pid network)" ]; }

atf_init_test_cases()
{
	atf_add_test_case apps_are_started_with_their_secrets
	atf_add_test_case the_passphrase_leaves_the_environment
	atf_add_test_case a_bad_key_ends_the_start_and_fails_a_reload
}
