#!/bin/sh
#
# Installs what building, testing and the demo need, with the system's package
# manager, and makes the users of the daemon's processes.  Both only as root,
# and only what is missing; an ordinary user is told what to ask for.
set -eu

# The users of the processes; omnitrond(8) says which is whose.
users='_omnitron _omnistore _omnisec _omnictl _omniapp _omniloc _omninet _omniegr
_omnilog _omniarc'

# What must be there: programs, then headers that pkg-config cannot find.
programs='cc yacc pkg-config kyua atf-sh bmake mandoc clang clang-tidy cppcheck
redis-server nginx python3 strace node socat jq curl openssl wrk'
libraries='libevent libbsd-overlay yajl openssl libjwt atf-c'

missing()
{
	PATH=$PATH:/usr/sbin:/sbin
	for p in $programs; do
		command -v "$p" >/dev/null 2>&1 || echo "$p"
	done
	for l in $libraries; do
		pkg-config --exists "$l" 2>/dev/null || echo "$l"
	done
}

packages_apt='gcc make yacc pkg-config libevent-dev libbsd-dev libyajl-dev
libssl-dev libjwt-dev libatf-dev atf-sh kyua bmake mandoc clang clang-tidy
cppcheck redis-server nginx-light python3 strace nodejs socat jq
libclang-rt-14-dev curl openssl wrk'
packages_dnf='gcc make byacc pkgconf-pkg-config libevent-devel libbsd-devel
yajl-devel openssl-devel libjwt-devel libatf-c-devel atf kyua bmake mandoc
clang clang-tools-extra cppcheck redis nginx python3 strace nodejs socat jq
curl openssl wrk'
packages_apk='build-base byacc pkgconf libevent-dev libbsd-dev yajl-dev
openssl-dev libjwt-dev atf-dev kyua bmake mandoc clang clang-extra-tools
cppcheck redis nginx python3 strace nodejs socat jq curl openssl wrk'
packages_pkg='pkgconf libevent yajl libjwt kyua mandoc cppcheck redis nginx
python3 bash node socat jq curl wrk'
packages_pkg_add='libevent yajl libjwt kyua cppcheck redis nginx python3 node
socat jq curl wrk'

# Services of the packages are not wanted: only their programs.
install_apt()
{
	export DEBIAN_FRONTEND=noninteractive
	policy=/usr/sbin/policy-rc.d
	ours=
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' > $policy
		chmod 755 $policy
		ours=$policy
	fi
	apt-get update -q >/dev/null
	# shellcheck disable=SC2086
	apt-get install -q -y --no-install-recommends $packages_apt >/dev/null ||
	    { rm -f $ours; return 1; }
	rm -f $ours
}

# shellcheck disable=SC2086
install_all()
{
	if command -v apt-get >/dev/null 2>&1; then
		install_apt
	elif command -v dnf >/dev/null 2>&1; then
		dnf install -q -y $packages_dnf
	elif command -v apk >/dev/null 2>&1; then
		apk add -q $packages_apk
	elif command -v pkg >/dev/null 2>&1; then
		pkg install -y $packages_pkg
	elif command -v pkg_add >/dev/null 2>&1; then
		pkg_add $packages_pkg_add
	else
		echo "no package manager that this script knows" >&2
		return 1
	fi
}

make_user()
{
	id "$1" >/dev/null 2>&1 && return 0
	if command -v useradd >/dev/null 2>&1; then
		useradd --system --user-group --no-create-home \
		    --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
	elif command -v pw >/dev/null 2>&1; then
		pw useradd "$1" -d /nonexistent -s /usr/sbin/nologin
	elif command -v adduser >/dev/null 2>&1; then
		adduser -S -D -H -h /nonexistent -s /sbin/nologin "$1"
	else
		echo "cannot make the user $1" >&2
		return 1
	fi
	echo "made the user $1"
}

need=$(missing)
if [ -n "$need" ]; then
	# shellcheck disable=SC2086
	set -- $need
	if [ "$(id -u)" -ne 0 ]; then
		echo "missing: $*" >&2
		echo "as root, 'make deps' installs them" >&2
		exit 1
	fi
	echo "installing what is missing ($*)"
	install_all
fi
if [ "$(id -u)" -eq 0 ]; then
	for u in $users; do make_user "$u"; done
fi
