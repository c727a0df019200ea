# A daemon with ports: keys, certificates, tokens, and how to ask it.  Sourced
# after omni.sh.

net_lib=$OMNITRON_REGRESS/integration/lib/net.py

# net_key: 32 bytes in $home/jwt.key, that only the daemon can read
net_key()
{
	umask 077
	head -c 32 /dev/urandom > "$home/jwt.key"
	umask 022
}

# net_cert: $work/cert.pem for localhost and its key in $home
net_cert()
{
	umask 077
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$home/tls.key" -out "$work/cert.pem" -days 30 \
	    -subj /CN=localhost -addext \
	    subjectAltName=DNS:localhost,IP:127.0.0.1 2> openssl.err ||
	    atf_fail "openssl: $(cat openssl.err)"
	umask 022
	chmod 644 "$work/cert.pem"
	cp "$work/cert.pem" "$home/cert.pem"
	chmod 600 "$home/cert.pem"
}

# net_port: one that nobody has
net_port()
{
	python3 -IS -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# net_conf [tls]: a configuration with TCP, HTTP and two apps
net_conf()
{
	tcp=$(net_port)
	http=$(net_port)
	tls=
	[ $# -eq 0 ] ||
	    tls='tls { certificate "'$home'/cert.pem" key "'$home'/tls.key" }'
	omni_config <<EOC
jwt { algorithm HS256 key "k1" file "$home/jwt.key" }
$tls
listen tcp on 127.0.0.1 port $tcp ${1:-}
listen http on 127.0.0.1 port $http ${1:-}
cors "https://page.example"
default { user "$app_user" directory "$work" stop-timeout 2s }
EOC
	omni_app api 'command "/bin/sleep" "1000"'
	omni_app db 'command "/bin/sleep" "1000"'
}

# token ROLE [SECONDS]: one that is valid, made without the daemon
token()
{
	python3 -IS "$net_lib" token "$home/jwt.key" "$1" "${2:-600}"
}
