# What secrets.enc is encrypted with: wrong, changed, made anew; and revoked
# tokens, which are kept like the state.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

# secret_is VALUE: that of `pass'
secret_is()
{
	_value=$(ctl secret get pass 2> get.err) ||
	    atf_fail "get: $(cat get.err)"
	[ "$_value" = "$1" ] || atf_fail "it is '$_value', not '$1'"
}

set_pass()
{
	printf %s "$1" | ctl secret set pass > set.out 2>&1 ||
	    atf_fail "set: $(cat set.out)"
}

# get_fails TEXT: it does, with that in its reason
get_fails()
{
	ctl secret get pass > get.out 2>&1 && atf_fail "got it: $(cat get.out)"
	grep -q -- "$1" get.out || atf_fail "$(cat get.out)"
}

goes_down()
{
	ctl down > down.out 2>&1 || atf_fail "down: $(cat down.out)"
}

sealed()
{
	find "$home" -name secrets.enc
}

atf_test_case wrong_passphrase_fails_and_changes_nothing cleanup
wrong_passphrase_fails_and_changes_nothing_head() { atf_set timeout 120; }
wrong_passphrase_fails_and_changes_nothing_body()
{
	omni_init
	if [ "$(id -u)" -eq 0 ]; then
		echo "secrets file \"$home/secrets/secrets.enc\"" \
		    "passphrase env PASSPHRASE" >> "$conf"
	else
		echo "secrets file \"$home/secrets.enc\"" \
		    "passphrase env PASSPHRASE" >> "$conf"
	fi
	export PASSPHRASE='correct horse'
	omni_up
	set_pass one
	secret_is one
	goes_down
	cp "$(sealed)" before
	export PASSPHRASE='another horse'
	omni_up
	get_fails 'wrong key: it was written with another passphrase'
	printf x | ctl secret set pass > out 2>&1 && atf_fail "it was set"
	ctl secret rekey > out 2>&1 && atf_fail "rekeyed"
	goes_down
	cmp before "$(sealed)" || atf_fail "it was changed"
	export PASSPHRASE='correct horse'
	omni_up
	secret_is one
	grep -q horse "$(sealed)" && atf_fail "the passphrase is in the file"
	grep -r horse "$home/logs" && atf_fail "the passphrase is in a log"
	goes_down
}
wrong_passphrase_fails_and_changes_nothing_cleanup() { omni_cleanup; }

atf_test_case key_file_is_changed_by_a_reload cleanup
key_file_is_changed_by_a_reload_head() { atf_set timeout 120; }
key_file_is_changed_by_a_reload_body()
{
	omni_init
	# No app uses them: their process is there since somebody asked.
	omni_app one 'command "/bin/sleep" "1000" autostart no'
	omni_up
	set_pass one
	[ "$(stat -c '%s %a' "$home/secrets.key")" = "32 600" ] ||
	    atf_fail "$(stat -c '%s %a' "$home/secrets.key")"
	cp "$home/secrets.key" old.key
	head -c 32 /dev/urandom > "$home/secrets.key"
	ctl reload-config > out 2>&1 || atf_fail "reload: $(cat out)"
	secret_is one
	ctl secret rekey > out 2>&1 || atf_fail "rekey: $(cat out)"
	secret_is one
	goes_down
	omni_up
	secret_is one
	goes_down
	# Neither the file nor its backup is of use to who has the old key.
	cp "$home/secrets.key" new.key
	cat old.key > "$home/secrets.key"
	omni_up
	get_fails 'wrong key: it was written with another key file'
	goes_down
	cp -p "$(sealed).bak" "$(sealed)"
	omni_up
	get_fails 'wrong key: it was written with another key file'
	# The right one again, without a restart.
	cat new.key > "$home/secrets.key"
	ctl reload-config > out 2>&1 || atf_fail "reload: $(cat out)"
	secret_is one
	goes_down
}
key_file_is_changed_by_a_reload_cleanup() { omni_cleanup; }

store_is_new()
{
	_pid=$(daemon_pid store) && [ -n "$_pid" ] && [ "$_pid" != "$1" ] &&
	    kill -0 "$_pid"
}

atf_test_case revoked_tokens_outlive_the_store_and_the_daemon cleanup
revoked_tokens_outlive_the_store_and_the_daemon_head()
{
	atf_set timeout 120
}
revoked_tokens_outlive_the_store_and_the_daemon_body()
{
	omni_init
	omni_up
	ctl token revoke 0123456789abcdef > out 2>&1 ||
	    atf_fail "revoke: $(cat out)"
	file=$(find "$home" -name access.json)
	[ -n "$file" ] || atf_fail "there is no access.json"
	grep -q '"jti":"0123456789abcdef"' "$file" || atf_fail "$(cat "$file")"
	old=$(daemon_pid store)
	kill -KILL "$old"
	wait_for 10 store_is_new "$old"
	ctl token revoke fedcba9876543210 > out 2>&1 ||
	    atf_fail "revoke: $(cat out)"
	wait_for 10 grep -q fedcba9876543210 "$file"
	grep -q 0123456789abcdef "$file" || atf_fail "the first is forgotten"
	goes_down
	omni_up
	ctl token revoke 00112233 > out 2>&1 || atf_fail "revoke: $(cat out)"
	wait_for 10 grep -q 00112233 "$file"
	for jti in 0123456789abcdef fedcba9876543210; do
		grep -q $jti "$file" || atf_fail "$jti is forgotten"
	done
	goes_down
}
revoked_tokens_outlive_the_store_and_the_daemon_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case wrong_passphrase_fails_and_changes_nothing
	atf_add_test_case key_file_is_changed_by_a_reload
	atf_add_test_case revoked_tokens_outlive_the_store_and_the_daemon
}
