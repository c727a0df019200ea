# TLS of the network process, seen by curl and openssl: which versions and
# certificates it speaks with, and what becomes of a bad one.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

# serve CERTIFICATE [MORE]: a configuration with HTTPS at $https and TLS at
# $tcp; $certs has what lib/certs.py makes
serve()
{
	omni_config <<-END
	listen http on 127.0.0.1 port $https tls
	listen tcp on 127.0.0.1 port $tcp tls
	jwt { algorithm HS256 key "k1" file "$certs/jwt.key" }
	tls { certificate "$certs/$1.pem" key "$certs/$1.key" ${2:-} }
	END
}

prepare()
{
	omni_init
	certs=$home/certs
	mkdir "$certs"
	python3 -IS "$OMNITRON_REGRESS/integration/lib/certs.py" "$certs" ||
	    atf_fail "no certificates"
	head -c 32 /dev/urandom > "$certs/jwt.key"
	chmod 600 "$certs"/*.key
	set -- $(python3 -IS -c 'import socket
s = [socket.socket() for i in (0, 1)]
for t in s:
    t.bind(("127.0.0.1", 0))
print(*(t.getsockname()[1] for t in s))')
	https=$1
	tcp=$2
}

# get [ARGUMENT...]: what curl says of /healthz
get()
{
	curl -sS -m 10 --cacert "$certs/ca.pem" "$@" \
	    "https://localhost:$https/healthz"
}

# shakes [ARGUMENT...]: openssl s_client, till a ping is answered: with TLS 1.3
# a server that refuses says so after the handshake
shakes()
{
	rm -f "$work/got"
	mkfifo "$work/got"
	{
		echo '{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.ping"}'
		read -r _ < "$work/got"
	} | timeout 10 openssl s_client -connect "127.0.0.1:$tcp" \
	    -CAfile "$certs/ca.pem" -verify_return_error -quiet -no_ign_eof \
	    "$@" 2> "$work/s_client" | {
		head -n 1 | grep -q '"uptime"'
		_r=$?
		echo > "$work/got"
		exit $_r
	}
}

# refused_as TEXT [ARGUMENT...]: curl's reason
refused_as()
{
	_text=$1
	shift
	get "$@" > "$work/curl" 2>&1 && atf_fail "accepted: $_text"
	grep -qi -- "$_text" "$work/curl" ||
	    atf_fail "not '$_text': $(cat "$work/curl")"
}

atf_test_case versions cleanup
versions_head()
{
	atf_set descr "TLS 1.2 and 1.3 with forward secrecy, nothing else"
	atf_set timeout 120
}
versions_body()
{
	prepare
	serve good
	omni_up
	atf_check_equal ok "$(get)"
	atf_check_equal ok "$(get --tls-max 1.2)"
	shakes -tls1_3 || atf_fail "1.3: $(cat "$work/s_client")"
	shakes -tls1_2 || atf_fail "1.2: $(cat "$work/s_client")"
	for v in -tls1_1 -tls1; do
		! shakes $v -cipher 'ALL:@SECLEVEL=0' || atf_fail "$v"
	done
	! shakes -tls1_2 -cipher AES256-GCM-SHA384 ||
	    atf_fail "without forward secrecy"
	! shakes -tls1_2 -cipher 'aNULL:@SECLEVEL=0' || atf_fail "anonymous"
	# it is not HTTP without TLS, and says so by closing
	curl -sS -m 10 "http://127.0.0.1:$https/healthz" > "$work/plain" 2>&1
	! grep -qx ok "$work/plain" || atf_fail "answered in the clear"
	atf_check_equal ok "$(get)"
}
versions_cleanup()
{
	omni_cleanup
}

atf_test_case certificates cleanup
certificates_head()
{
	atf_set descr "what clients refuse, and a reload to what they take"
	atf_set timeout 180
}
certificates_body()
{
	prepare
	serve expired
	omni_up
	refused_as expired
	grep -q 'certificate ended on' "$home/logs/omnitrond.log" ||
	    atf_fail "no warning of an expired certificate"
	for c in elsewhere:'no alternative.*name\|does not match' \
	    unknown:'unable to get local issuer' self:'self.signed' \
	    early:'not yet valid'; do
		serve "${c%%:*}"
		ctl reload-config > "$work/out" 2>&1 ||
		    atf_fail "reload: $(cat "$work/out")"
		refused_as "${c#*:}"
	done
	serve good
	ctl reload-config > "$work/out" 2>&1 ||
	    atf_fail "reload: $(cat "$work/out")"
	atf_check_equal ok "$(get)"
}
certificates_cleanup()
{
	omni_cleanup
}

atf_test_case client_certificates cleanup
client_certificates_head()
{
	atf_set descr "with client-ca only those come in who have one of it"
	atf_set timeout 120
}
client_certificates_body()
{
	prepare
	serve good "client-ca \"$certs/ca.pem\""
	omni_up
	for v in -tls1_2 -tls1_3; do
		! shakes $v || atf_fail "$v: without a certificate"
		! shakes $v -cert "$certs/stranger.pem" \
		    -key "$certs/stranger.key" || atf_fail "$v: a stranger's"
		shakes $v -cert "$certs/client.pem" -key "$certs/client.key" ||
		    atf_fail "$v: $(cat "$work/s_client")"
	done
	get > /dev/null 2>&1 && atf_fail "curl came in without a certificate"
	atf_check_equal ok "$(get --cert "$certs/client.pem" \
	    --key "$certs/client.key")"
	# it is the way in, not a token
	code=$(curl -sS -m 10 --cacert "$certs/ca.pem" \
	    --cert "$certs/client.pem" --key "$certs/client.key" \
	    -d '{"jsonrpc":"2.0","id":1,"method":"OmnitronDaemon.list"}' \
	    -o /dev/null -w '%{http_code}' "https://localhost:$https/rpc")
	atf_check_equal 401 "$code"
}
client_certificates_cleanup()
{
	omni_cleanup
}

atf_test_case bad_files cleanup
bad_files_head()
{
	atf_set descr "files that do not fit fail the start, or the reload"
	atf_set timeout 120
}
bad_files_body()
{
	prepare
	serve good
	cp "$certs/self.key" "$certs/wrong.key"
	cp "$certs/good.pem" "$certs/wrong.pem"
	chmod 600 "$certs/wrong.key"
	serve wrong
	omni_app early "user \"$app_user\"
	    command \"/bin/sh\" \"-c\" \"echo >> $work/early\""
	for n in 1 2 3 4 5; do
		ctl up -c "$conf" > "$work/out" 2>&1 &&
		    atf_fail "started with another certificate's key"
		grep -q "$certs/wrong.key.*it is not that of the certificate" \
		    "$work/out" || atf_fail "why: $(cat "$work/out")"
	done
	# nobody is there to look after it
	[ ! -e "$work/early" ] || atf_fail "an app was started"
	serve good
	omni_up
	pid=$(daemon_pid network)
	serve wrong
	ctl reload-config > "$work/out" 2>&1 && atf_fail "reloaded"
	grep -q 'it is not that of the certificate' "$work/out" ||
	    atf_fail "why: $(cat "$work/out")"
	# and goes on with what it had
	atf_check_equal ok "$(get)"
	atf_check_equal "$pid" "$(daemon_pid network)"
}
bad_files_cleanup()
{
	omni_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case versions
	atf_add_test_case certificates
	atf_add_test_case client_certificates
	atf_add_test_case bad_files
}
