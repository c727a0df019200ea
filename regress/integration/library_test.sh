# libomnitron as it is installed: what it exports, that programs can be built
# with it, the examples of its manual among them; and that omnitronctl is such
# a program.

. "$OMNITRON_REGRESS/integration/lib/ctl.sh"
. "$OMNITRON_REGRESS/integration/lib/omni.sh"	# its ctl is used

top=$OMNITRON_REGRESS/..

# library_install FOLDER: as `make install` does
library_install()
{
	(cd "$top" && BUILD="$OMNITRON_BUILD" DESTDIR="$1" PREFIX=/opt/o \
	    SBINDIR=/opt/o/sbin LIBEXECDIR=/opt/o/libexec/omnitron \
	    LIBDIR=/opt/o/lib INCLUDEDIR=/opt/o/include \
	    MANDIR=/opt/o/share/man SYSCONFDIR=/opt/o/etc VERSION=0.1.0 \
	    sh etc/setup/install.sh) || atf_fail "install"
}

# library_flags FOLDER WHAT...: of pkg-config, for that folder
library_flags()
{
	_root=$1
	shift
	PKG_CONFIG_PATH=$_root/opt/o/lib/pkgconfig \
	    PKG_CONFIG_SYSROOT_DIR=$_root pkg-config "$@" omnitron
}

# library_declared: the functions of its header
library_declared()
{
	sed -n 's/^.*[ 	*]\(omnitron_[a-z_]*\)(.*/\1/p' \
	    "$top/common/libomnitron/omnitron.h" | grep -v '_fn$' | sort -u \
	    > functions
	[ "$(wc -l < functions)" -gt 20 ] || atf_fail "the header was not read"
	cat functions
}

# library_example N: the Nth program of the manual
library_example()
{
	awk -v n="$1" '
	/^\.Sh EXAMPLES/ { on = 1 }
	on && /^\.Ed/ { show = 0 }
	show { gsub(/\\e/, "\\"); print }
	on && /^\.Bd/ { show = ++seen == n }' "$top/man/omnitron.3"
}

# library_build FILE: a program from FILE.c, with the static library
library_build()
{
	atf_check cc -std=c99 -Wall -Wextra -Wno-unused-parameter -Werror \
	    -D_DEFAULT_SOURCE -I"$top/common/libomnitron" -o "$1" "$1.c" \
	    "$OMNITRON_BUILD/libomnitron.a"
}

atf_test_case only_its_own_names_are_exported
only_its_own_names_are_exported_body()
{
	library_declared > declared
	nm -D --defined-only "$OMNITRON_BUILD/libomnitron.so" |
	    awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort > shared
	nm -g --defined-only "$OMNITRON_BUILD/libomnitron.a" |
	    awk 'NF == 3 { print $3 }' | sort > static
	atf_check diff declared shared
	atf_check diff declared static
}

atf_test_case it_needs_libc_alone
it_needs_libc_alone_body()
{
	readelf -d "$OMNITRON_BUILD/libomnitron.so" > dynamic
	grep -q sanitize dynamic ||
	    nm -D "$OMNITRON_BUILD/libomnitron.so" | grep -q __asan &&
	    atf_skip "built with sanitizers"
	atf_check -o inline:'libomnitron.so.0\n' \
	    sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p' dynamic
	sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' dynamic > needed
	grep -v '^libc\.so' needed && atf_fail "it needs more than libc"
	for name in exit _exit abort printf puts; do
		nm -D --undefined-only "$OMNITRON_BUILD/libomnitron.so" |
		    awk '{ sub(/@.*/, "", $2); print $2 }' | grep -qx $name &&
		    atf_fail "a library does not call $name"
	done
	:
}

atf_test_case omnitronctl_uses_nothing_private
omnitronctl_uses_nothing_private_body()
{
	cat "$top"/omnitronctl/*.[ch] |
	    sed -n 's/^#include "\(.*\)"/\1/p' | sort -u > includes
	grep '^omnitrond/' includes && atf_fail "a header of the daemon"
	grep '^common/libomnitron/' includes |
	    grep -vx common/libomnitron/omnitron.h &&
	    atf_fail "a private header of the library"
	grep -qx common/libomnitron/omnitron.h includes ||
	    atf_fail "omnitronctl does not use libomnitron"
}

atf_test_case installed_library_builds_programs
installed_library_builds_programs_head()
{
	atf_set require.progs "cc pkg-config"
}
installed_library_builds_programs_body()
{
	library_install "$(pwd)/root"
	atf_check test -f root/opt/o/lib/omnitron/libomnitron-tls.so.0
	cat > prog.c <<-'END'
	#include <omnitron.h>
	#include <stdio.h>

	int
	main(void)
	{
		struct omnitron *c = omnitron_new();

		if (c == NULL || omnitron_set(c, OMNITRON_SOCKET, "none") == -1)
			return (1);
		printf("%d %s\n", omnitron_connect(c, 0), omnitron_strerror(c));
		omnitron_free(c);
		return (0);
	}
	END
	printf '3 daemon is not running: no socket none\n' > want
	nm -D "$OMNITRON_BUILD/libomnitron.so" | grep -q __asan &&
	    atf_skip "built with sanitizers"
	# shellcheck disable=SC2046
	atf_check cc -std=c99 -Wall -Werror -pedantic -o shared prog.c \
	    $(library_flags "$(pwd)/root" --cflags --libs)
	atf_check -o file:want env LD_LIBRARY_PATH=root/opt/o/lib ./shared
	# shellcheck disable=SC2046
	atf_check cc $(library_flags "$(pwd)/root" --cflags) -o static prog.c \
	    root/opt/o/lib/libomnitron.a
	atf_check -o file:want ./static
	for f in lib/libomnitron.so.0 lib/libomnitron.so.0.1.0 \
	    lib/libomnitron.so share/man/man3/omnitron.3; do
		[ -e "root/opt/o/$f" ] || atf_fail "$f is not installed"
	done
	if command -v c++ > /dev/null; then
		echo '#include <omnitron.h>' > prog.cc
		# shellcheck disable=SC2046
		atf_check c++ $(library_flags "$(pwd)/root" --cflags) -Wall \
		    -Werror -c prog.cc
	fi
}

# Of a program that cannot be read no process can be traced by its user.
atf_test_case the_watcher_cannot_be_read
the_watcher_cannot_be_read_body()
{
	[ "$(uname -s)" = Linux ] || atf_skip "of Linux only"
	library_install "$(pwd)/root"
	ls -l root/opt/o/libexec/omnitron/omnitrond-watcher > mode
	atf_check -o match:'^-rwx--x--x' cat mode
}

atf_test_case manual_has_every_function
manual_has_every_function_body()
{
	library_declared > declared
	sed -n '/^.Sh SYN/,/^.Sh DESC/s/^.Fn \([a-z_]*\) .*/\1/p' \
	    "$top/man/omnitron.3" | sort > synopsis
	atf_check diff declared synopsis
	# and says something of each, in the text too
	while read -r f; do
		[ "$(grep -c "^\.Fn $f\( \|\$\)" "$top/man/omnitron.3")" -ge 2 ] ||
		    echo "$f"
	done < declared > silent
	atf_check cat silent
}

atf_test_case example_of_a_client_runs cleanup
example_of_a_client_runs_head()
{
	atf_set require.progs cc
}
example_of_a_client_runs_body()
{
	nm -D "$OMNITRON_BUILD/libomnitron.so" | grep -q __asan &&
	    atf_skip "built with sanitizers"
	library_example 1 > client.c
	library_build client
	fake_start
	atf_check -o match:'"version": *"0.1.0"' \
	    -o match:'"entry":.*"app":.*"api"' \
	    env OMNITRON_SOCKET="$OMNITRON_HOME/daemon.sock" ./client
	atf_check -s exit:1 -e match:'daemon is not running' \
	    env OMNITRON_SOCKET=none ./client
}
example_of_a_client_runs_cleanup()
{
	fake_stop
}

atf_test_case example_of_an_app_runs cleanup
example_of_an_app_runs_head()
{
	atf_set require.progs cc
}
example_of_an_app_runs_body()
{
	nm -D "$OMNITRON_BUILD/libomnitron.so" | grep -q __asan &&
	    atf_skip "built with sanitizers"
	library_example 2 > app.c
	library_build app
	atf_check -s exit:1 -e match:'no channel' env -u OMNITRON_CHANNEL ./app
	OMNITRON_CHANNEL=$(pwd)/c.sock ./app &
	echo $! > app.pid
	channel="python3 $OMNITRON_REGRESS/integration/lib/channel.py c.sock"
	atf_check -o inline:'"hello, w\\u00f6rld"\n' -e ignore \
	    $channel greeter hello '["wörld"]'
	atf_check -o inline:'error: hello whom?\n' -e ignore \
	    $channel greeter hello '[]'
}
example_of_an_app_runs_cleanup()
{
	[ ! -f app.pid ] || kill "$(cat app.pid)"
}

# A real daemon behind a tunnel, as ssh -L makes one.
atf_test_case daemon_is_called_through_a_tunnel cleanup
daemon_is_called_through_a_tunnel_head()
{
	atf_set require.progs "cc socat"
}
daemon_is_called_through_a_tunnel_body()
{
	nm -D "$OMNITRON_BUILD/libomnitron.so" | grep -q __asan &&
	    atf_skip "built with sanitizers"
	cat > far.c <<-'END'
	#include <omnitron.h>
	#include <stdio.h>

	int
	main(int argc, char *argv[])
	{
		struct omnitron		*c = omnitron_new();
		struct omnitron_reply	 r = { 0 };
		enum omnitron_status	 st;

		if (c == NULL || omnitron_set(c, OMNITRON_HOST,
		    "localhost") == -1 || omnitron_set(c, OMNITRON_PORT,
		    argv[1]) == -1 || omnitron_set(c, OMNITRON_TLS,
		    "off") == -1)
			return (1);
		if ((st = omnitron_connect(c, 10000)) == OMNITRON_OK)
			st = omnitron_call(c, "OmnitronDaemon.ping", NULL,
			    10000, &r);
		printf("%s\n", st == OMNITRON_OK ? r.result :
		    omnitron_strerror(c));
		omnitron_reply_clear(&r);
		omnitron_free(c);
		return ((int)st);
	}
	END
	library_build far
	omni_init
	omni_up
	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	socat "TCP4-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" \
	    "UNIX-CONNECT:$home/daemon.sock" &
	echo $! > socat.pid
	wait_for 10 ./far "$port"
	atf_check -o "match:\"pid\":$(daemon_pid parent)" ./far "$port"
}
daemon_is_called_through_a_tunnel_cleanup()
{
	[ ! -f socat.pid ] || kill "$(cat socat.pid)"
	omni_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case daemon_is_called_through_a_tunnel
	atf_add_test_case manual_has_every_function
	atf_add_test_case example_of_a_client_runs
	atf_add_test_case example_of_an_app_runs
	atf_add_test_case only_its_own_names_are_exported
	atf_add_test_case it_needs_libc_alone
	atf_add_test_case omnitronctl_uses_nothing_private
	atf_add_test_case installed_library_builds_programs
	atf_add_test_case the_watcher_cannot_be_read
}
