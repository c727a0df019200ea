# Who may call what, on every plane.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"
. "$OMNITRON_REGRESS/integration/lib/programs.sh"

lib=$OMNITRON_REGRESS/integration/lib

# planes TCP-OPTIONS HTTP-OPTIONS [STATEMENTS]: opens all of them
planes()
{
	head -c 32 /dev/urandom > "$home/jwt.key"
	chmod 600 "$home/jwt.key"
	tcp=$(free_port) http=$(free_port)
	while [ "$http" = "$tcp" ]; do http=$(free_port); done
	cat >> "$conf" <<-END
	jwt { algorithm HS256 key "one" file "$home/jwt.key"
	      audience "omnitron" }
	socket "$home/daemon.sock"
	socket "$home/viewer.sock" role viewer mode 0600
	socket "$home/operator.sock" role operator mode 0600
	socket "$home/admin.sock" role admin mode 0600
	listen tcp on 127.0.0.1 port $tcp $1
	listen http on 127.0.0.1 port $http $2
	$3
	END
}

# matrix TCP-MAX HTTP-MAX
matrix()
{
	PYTHONPATH=$lib timeout 120 python3 -B "$lib/matrix.py" \
	    "$home/daemon.sock" "$home/jwt.key" "$tcp" "$http" "$1" "$2" \
	    viewer="$home/viewer.sock" operator="$home/operator.sock" \
	    admin="$home/admin.sock" > "$work/matrix" 2>&1 ||
	    { cat "$work/matrix"; atf_fail "$(tail -n 1 "$work/matrix")"; }
	tail -n 1 "$work/matrix"
}

atf_test_case every_method_by_every_role_on_every_plane cleanup
every_method_by_every_role_on_every_plane_head() { atf_set timeout 200; }
every_method_by_every_role_on_every_plane_body()
{
	omni_init
	planes "" "max-role admin"
	omni_app one 'command "/bin/sleep" "1000"'
	omni_up
	matrix operator admin
}
every_method_by_every_role_on_every_plane_cleanup() { omni_cleanup; }

# abused ALGORITHM KEY OTHER PUBLIC
abused()
{
	PYTHONPATH=$lib timeout 200 python3 -B "$lib/jwtabuse.py" "$1" "$2" \
	    "$3" "$4" "$tcp" "$http" "$(daemon_pid network)" \
	    > "$work/abuse" 2>&1 || { cat "$work/abuse"; atf_fail "$(tail -n 1 "$work/abuse")"; }
	tail -n 1 "$work/abuse"
}

# keys ALGORITHM: $home/a.pem and $home/b.pem, with a.pub and b.pub
keys()
{
	for k in a b; do
		case $1 in
		RS*)	openssl genrsa -out "$home/$k.pem" 2048 ;;
		ES*)	openssl ecparam -name prime256v1 -genkey -noout \
			    -out "$home/$k.pem" ;;
		esac 2> /dev/null
		openssl pkey -in "$home/$k.pem" -pubout -out "$home/$k.pub"
		chmod 600 "$home/$k.pem" "$home/$k.pub"
	done
}

# abuse_planes ALGORITHM STATEMENT: TCP and HTTP, with keys as it says
abuse_planes()
{
	tcp=$(free_port) http=$(free_port)
	cat >> "$conf" <<-END
	jwt { algorithm $1 $2 issuer "omnitron" audience "omnitron" }
	listen tcp on 127.0.0.1 port $tcp max-role admin
	listen http on 127.0.0.1 port $http max-role admin
	END
	omni_up
}

atf_test_case bad_tokens_hs256 cleanup
bad_tokens_hs256_head() { atf_set timeout 250; }
bad_tokens_hs256_body()
{
	omni_init
	for k in a b; do
		head -c 32 /dev/urandom > "$home/$k.key"
		chmod 600 "$home/$k.key"
	done
	abuse_planes HS256 "key \"one\" file \"$home/a.key\""
	abused HS256 "$home/a.key" "$home/b.key" ""
}
bad_tokens_hs256_cleanup() { omni_cleanup; }

atf_test_case bad_tokens_rs256 cleanup
bad_tokens_rs256_head() { atf_set timeout 250; }
bad_tokens_rs256_body()
{
	omni_init
	keys RS256
	abuse_planes RS256 "key \"one\" file \"$home/a.pub\""
	abused RS256 "$home/a.pem" "$home/b.pem" "$home/a.pub"
}
bad_tokens_rs256_cleanup() { omni_cleanup; }

atf_test_case bad_tokens_es256 cleanup
bad_tokens_es256_head() { atf_set timeout 250; }
bad_tokens_es256_body()
{
	omni_init
	keys ES256
	abuse_planes ES256 "key \"one\" file \"$home/a.pub\""
	abused ES256 "$home/a.pem" "$home/b.pem" "$home/a.pub"
}
bad_tokens_es256_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case every_method_by_every_role_on_every_plane
	atf_add_test_case bad_tokens_hs256
	atf_add_test_case bad_tokens_rs256
	atf_add_test_case bad_tokens_es256
}
