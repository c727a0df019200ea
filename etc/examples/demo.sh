#!/bin/sh
#
# The demo: a daemon in a scratch home on demo.conf, a process killed before
# the reader's eyes, and commands to try.  Begins afresh: stops and removes
# what an earlier run left, whose places stand in BUILD/demo.places.
set -eu
umask 022

BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$(pwd)/$BUILD ;; esac
places=$BUILD/demo.places
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

# shared FOLDER: others can write it, or one above it
shared()
{
	d=$1
	while [ "$d" != / ]; do
		[ -z "$(find "$d" -prune \( -perm -020 -o -perm -002 \))" ] ||
		    return 0
		d=$(dirname "$d")
	done
	return 1
}

# What an earlier demo left: 2 says that none runs any more.
if [ -f "$places" ]; then
	{ read -r home; read -r scratch; } < "$places"
	[ ! -S "$home/daemon.sock" ] ||
	    "$BUILD/omnitronctl" -H "$home" down >/dev/null 2>&1 ||
	    [ $? -eq 2 ]
	rm -rf "$home" "$scratch"
fi

# The daemon refuses a home in a folder that others can write, as a clone in
# /tmp is for root.
home=$BUILD/demo
if shared "$BUILD"; then
	home=$HOME/.omnitron-demo
	[ "$me" = "$user" ] || home=/var/omnitron-demo
fi
ctl="$BUILD/omnitronctl -H $home"
# It refuses binaries of that kind as well, as a umask of 002 makes them.
chmod go-w "$BUILD"/omnitrond*
rm -rf "$home"
mkdir "$home"
chmod 711 "$home"
[ "$user" != "$me" ] || chmod 700 "$home"

# What the apps use: nobody can get at everything that is root's, so it is
# below /tmp, by a name that nobody can foresee, and only theirs.
scratch=$(mktemp -d /tmp/omnitron-demo.XXXXXXXXXX)
printf '%s\n%s\n' "$home" "$scratch" > "$places"
chmod 711 "$scratch"
data=$scratch/data
mkdir -m 700 "$data"
[ "$user" = "$me" ] || chown "$user" "$data"
cat > "$scratch/nginx.conf" <<EOF
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

sed -e "s|^user = .*|user = \"$user\"|" -e "s|^data = .*|data = \"$data\"|" \
    -e "s|^nginx_conf = .*|nginx_conf = \"$scratch/nginx.conf\"|" \
    -e "s|^redis = .*|redis = \"$(program redis-server)\"|" \
    -e "s|^nginx = .*|nginx = \"$(program nginx)\"|" \
    -e "s|^python = .*|python = \"$(program python3)\"|" \
    etc/examples/demo.conf > "$home/omnitrond.conf"
chmod 600 "$home/omnitrond.conf"

say "Starting the daemon (home $home)"
$ctl up

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

tries=0
until [ "$(field broken status)" = crashed ] || [ $tries -eq 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
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

"o down" stops the apps, then the daemon, and is the end of the demo; "o up"
starts it again.  The next make demo begins afresh.  The configuration
is $home/omnitrond.conf, and the apps' data
is in $data.
EOF
