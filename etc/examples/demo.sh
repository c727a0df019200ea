#!/bin/sh
#
# The demo: a daemon in a scratch home on demo.conf, a process killed before
# the reader's eyes, and commands to try.  Stops what an earlier run left.
set -eu

BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$(pwd)/$BUILD ;; esac
home=$BUILD/demo
data=/tmp/omnitron-demo.$(id -u)
ctl="$BUILD/omnitronctl -H $home"
me=$(id -un)
user=$me
[ "$(id -u)" -ne 0 ] || user=nobody

say()
{
	printf '\n\033[1m%s\033[0m\n' "$*"
}

run()
{
	printf '$ %s\n' "omnitronctl $*"
	$ctl "$@" || true
}

program()
{
	PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin \
	    command -v "$1"
}

field()
{
	$ctl --json call getApp "{\"name\":\"$1\"}" |
	    sed -n 's/.*"'"$2"'": *\("\{0,1\}\)\([^",}]*\).*/\2/p' | head -1
}

# not_up APP: why not, and the end of the demo
not_up()
{
	echo "$1 did not come up; what it said last:" >&2
	$ctl logs -n 3 "$1" >&2
	echo "If its port is in use, perhaps by another demo, end that one" \
	    "first; this one ends with: $ctl down" >&2
	exit 1
}

# wait_online APP OLDPID
wait_online()
{
	tries=0
	while [ $tries -lt 100 ]; do
		pid=$(field "$1" pid)
		[ -n "$pid" ] && [ "$pid" != null ] && [ "$pid" != "$2" ] &&
		    return 0
		sleep 0.1
		tries=$((tries + 1))
	done
	not_up "$1"
}

# What an earlier demo left: 2 says that none runs any more.
[ ! -S "$home/daemon.sock" ] || $ctl down >/dev/null 2>&1 || [ $? -eq 2 ]
rm -rf "$home" "$data"
mkdir -p "$home"
mkdir -m 755 "$data"
if [ "$user" != "$me" ]; then
	chmod 711 "$home"
	chown "$user" "$data"
fi
cat > "$data/nginx.conf" <<EOF
pid $data/nginx.pid;
error_log stderr;
events { }
http {
	access_log off;
	client_body_temp_path $data/body;
	proxy_temp_path $data/proxy;
	fastcgi_temp_path $data/fastcgi;
	uwsgi_temp_path $data/uwsgi;
	scgi_temp_path $data/scgi;
	server {
		listen 127.0.0.1:18080;
		location / { return 200 "served by nginx under omnitrond\n"; }
	}
}
EOF
chmod 644 "$data/nginx.conf"

# The configuration must be in a folder that nobody else can write.
cp etc/examples/demo.conf "$home/omnitrond.conf"
chmod 600 "$home/omnitrond.conf"

say "Starting the daemon (home $home)"
$ctl up -c "$home/omnitrond.conf" -D "user=$user" -D "data=$data" \
    -D "nginx_conf=$data/nginx.conf" -D "redis=$(program redis-server)" \
    -D "nginx=$(program nginx)" -D "python=$(program python3)"

wait_online web 0
wait_online cache 0
say "Real programs, supervised"
run list

say "The daemon's own processes"
run status | head -20

old=$(field cache pid)
[ "$old" != null ] || not_up cache
say "redis-server has pid $old: kill -9 $old"
kill -9 "$old"
wait_online cache "$old"
say "It is back, with another pid"
run list

say "What its log says"
run logs -n 6 cache

say "'broken' cannot live, and is given up after five tries"
run inspect broken | head -30

# As an ordinary user would type it.
short="$BUILD/omnitronctl -H $home"
case $short in "$(pwd)"/*) short=${short#"$(pwd)"/} ;; esac
say "It goes on running.  To try:"
cat <<EOF
  alias o='$short'
  o list                  o status               o logs -f
  o stop web              o start web            o scale worker 4
  o restart cache         o inspect web          o down
  curl http://127.0.0.1:18080/

The configuration is $home/omnitrond.conf.
EOF
