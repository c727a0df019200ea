# libomnitron as it is installed: what it exports, and that programs can be
# built with it; and that omnitronctl is such a program.

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

atf_test_case only_its_own_names_are_exported
only_its_own_names_are_exported_body()
{
	sed -n 's/^.*[ 	*]\(omnitron_[a-z_]*\)(.*/\1/p' \
	    "$top/common/libomnitron/omnitron.h" | grep -v '_fn$' | sort -u \
	    > declared
	[ "$(wc -l < declared)" -gt 20 ] || atf_fail "the header was not read"
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
	    lib/libomnitron.so; do
		[ -e "root/opt/o/$f" ] || atf_fail "$f is not installed"
	done
	if command -v c++ > /dev/null; then
		echo '#include <omnitron.h>' > prog.cc
		# shellcheck disable=SC2046
		atf_check c++ $(library_flags "$(pwd)/root" --cflags) -Wall \
		    -Werror -c prog.cc
	fi
}

atf_init_test_cases()
{
	atf_add_test_case only_its_own_names_are_exported
	atf_add_test_case it_needs_libc_alone
	atf_add_test_case omnitronctl_uses_nothing_private
	atf_add_test_case installed_library_builds_programs
}
