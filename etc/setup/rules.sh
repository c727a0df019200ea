#!/bin/sh
#
# Writes $BUILD/rules.mk: a rule for every .c and .y of the tree, an archive
# for every folder, and a binary for every program and unit test.  Only POSIX
# make, so that GNU make and bmake read it alike.  Prints nothing.
#
# A folder's archive holds all its objects but main.o; a unit test in
# regress/unit/FOLDER links against that archive, and only what it calls
# comes along; so does a measurement in regress/bench/FOLDER.  libomnitron is
# linked as its users do: what is installed is what is tested.
set -eu

BUILD=${BUILD:-build}
out=$BUILD/rules.mk.$$

binary_name()
{
	case $1 in
	parent)		echo omnitrond ;;
	omnitronctl)	echo omnitronctl ;;
	*)		echo "omnitrond-$1" ;;
	esac
}

# compile SOURCE OBJECT [CFLAGS]
compile()
{
	mkdir -p "$(dirname "$2")"
	printf '%s: %s Makefile\n\t@echo "  cc $@"; $(CC) $(ALLCFLAGS) %s -MMD -MP -c -o $@ %s\n' \
	    "$2" "$1" "${3:-}" "$1"
	printf -- '-include %s\n' "${2%.o}.d"
}

# grammar SOURCE: yacc into the build folder, then compile
grammar()
{
	c=$BUILD/obj/${1%.y}.c
	mkdir -p "$(dirname "$c")"
	printf '%s: %s\n\t@echo "  yacc $@"; $(YACC) -o $@ %s\n' "$c" "$1" "$1"
	printf '%s: %s Makefile\n\t@echo "  cc $@"; $(CC) $(ALLCFLAGS) -Wno-pedantic -MMD -MP -c -o $@ %s\n' \
	    "${c%.c}.o" "$c" "$c"
	printf -- '-include %s\n' "${c%.c}.d"
}

# archive NAME FOLDER: everything in it but main.c
archive()
{
	objs=
	for f in "$2"/*.c "$2"/*.y; do
		[ -f "$f" ] || continue
		o=$BUILD/obj/${f%.*}.o
		case $f in
		*/sandbox_*.c)
			case $(uname -s) in
			Linux)	  [ "${f##*/}" = sandbox_linux.c ] || continue ;;
			OpenBSD)  [ "${f##*/}" = sandbox_openbsd.c ] || continue ;;
			*)	  [ "${f##*/}" = sandbox_other.c ] || continue ;;
			esac ;;
		*/watcher/watch_*.c)
			case $(uname -s) in
			Linux)	  [ "${f##*/}" = watch_linux.c ] || continue ;;
			*)	  [ "${f##*/}" = watch_kqueue.c ] || continue ;;
			esac ;;
		esac
		case $f in
		*.y)	grammar "$f" ;;
		*)	compile "$f" "$o" ;;
		esac
		[ "${f##*/}" = main.c ] || objs="$objs $o"
	done
	[ -n "$objs" ] || return 0
	printf '%s:%s\n\t@echo "  ar $@"; rm -f $@ && $(AR) crs $@%s\n' \
	    "$BUILD/lib/$1.a" "$objs" "$objs"
	have="$have $1"
}

# library FOLDER MODULE...: libomnitron, static and shared, of the folder and
# the modules of common/ that it needs.  In both, what is not omnitron_* stays
# inside: a program may have a mono_now of its own.
library()
{
	dir=$1
	shift
	objs=
	for f in "$dir"/*.c; do objs="$objs ${f%.c}"; done
	for m in "$@"; do objs="$objs common/$m"; done
	pic=
	for f in $objs; do
		compile "$f.c" "$BUILD/pic/$f.o" -fPIC
		pic="$pic $BUILD/pic/$f.o"
	done
	all=$BUILD/pic/libomnitron.o
	map=$dir/libomnitron.map
	soname=libomnitron.so.${VERSION%%.*}
	a=$BUILD/libomnitron.a
	so=$BUILD/libomnitron.so.$VERSION
	printf '%s:%s\n\t@$(CC) $(CFLAGS) -nostdlib -r -o $@%s\n' \
	    "$all" "$pic" "$pic"
	printf "\t@\$(OBJCOPY) --wildcard --keep-global-symbol='omnitron_*' \$@\n"
	printf '%s: %s\n\t@echo "  ar $@"; rm -f $@ && $(AR) crs $@ %s\n' \
	    "$a" "$all" "$all"
	printf '%s:%s %s\n\t@echo "  link $@"; $(CC) $(ALLSOFLAGS) -Wl,-soname,%s -Wl,--version-script=%s -o $@%s\n' \
	    "$so" "$pic" "$map" "$soname" "$map" "$pic"
	for l in "$soname" libomnitron.so; do
		printf '\t@ln -sf %s %s\n' "${so##*/}" "$BUILD/$l"
	done
	binaries="$binaries $a $so"
}

# plugin FOLDER FILE LIBRARIES: what libomnitron loads when it is asked for TLS.
# It lies beside every program that may ask, as libomnitron looks for it there
# when it is not installed.
plugin()
{
	objs=
	for f in "$1"/*.c; do
		compile "$f" "$BUILD/pic/${f%.c}.o" -fPIC
		objs="$objs $BUILD/pic/${f%.c}.o"
	done
	so=$BUILD/$2
	printf '%s:%s %s\n\t@echo "  link $@"; $(CC) $(ALLSOFLAGS) -Wl,-soname,%s -Wl,--version-script=%s -o $@%s %s\n' \
	    "$so" "$objs" "$1/plugin.map" "$2" "$1/plugin.map" "$objs" "$3"
	binaries="$binaries $so"
	mkdir -p "$BUILD/regress/unit/libomnitron" "$BUILD/regress/programs"
	ln -sf "../../../$2" "$BUILD/regress/unit/libomnitron/$2"
	ln -sf "../../$2" "$BUILD/regress/programs/$2"
}

# archives NAME: those that a binary or test of the folder links, in order
archives()
{
	case $1 in
	common)			list="$1" ;;
	omnitronctl)		list="$1 common" ;;
	libomnitron)		list=common ;;	# to compare with
	shared)			list="shared common" ;;
	# the planes are the same surface, reached in different ways
	rpc|control)		list="control rpc shared common" ;;
	network)		list="network rpc shared common" ;;
	*)			list="$1 shared common" ;;
	esac
	r=
	for l in $list; do
		case " $have " in *" $l "*) r="$r $BUILD/lib/$l.a" ;; esac
	done
	case $1 in
	omnitronctl|libomnitron) r="$r $BUILD/libomnitron.a" ;;
	esac
	echo "$r"
}

program()
{
	[ -f "$2/main.c" ] || return 0
	b=$BUILD/$(binary_name "$1")
	a=$(archives "$1")
	o=$BUILD/obj/$2/main.o
	printf '%s: %s%s\n\t@echo "  link $@"; $(CC) $(ALLLDFLAGS) -o $@ %s%s $(LIB_%s)\n' \
	    "$b" "$o" "$a" "$o" "$a" "$1"
	binaries="$binaries $b"
}

# linked NAME SOURCE [LIBRARY]: a test or a measurement of a folder's archive
linked()
{
	[ -f "$2" ] || return 0
	o=$BUILD/obj/${2%.c}.o
	t=$BUILD/${2%.c}
	mkdir -p "$(dirname "$t")"
	compile "$2" "$o" "-DSRCDIR='\"$PWD\"'"
	a=$(archives "$1")
	printf '%s: %s%s\n\t@echo "  link $@"; $(CC) $(ALLLDFLAGS) -o $@ %s%s $(LIB_%s) %s\n' \
	    "$t" "$o" "$a" "$o" "$a" "$1" "${3:-}"
	tests="$tests $t"
}

unit_tests()
{
	for f in regress/unit/"$1"/*_test.c; do linked "$1" "$f" -latf-c; done
	for f in regress/bench/"$1"/*.c; do linked "$1" "$f"; done
}

# helper programs of the tests: one .c each, no library of ours.  Never with
# sanitizers: they are apps, which must die of the signal that they send
# themselves.
test_programs()
{
	for f in regress/programs/*.c regress/bench/*.c; do
		[ -f "$f" ] || continue
		t=$BUILD/${f%.c}
		mkdir -p "$(dirname "$t")"
		printf '%s: %s\n\t@echo "  cc $@"; $(CC) $(ALLCFLAGS) $(ALLLDFLAGS) -fno-sanitize=all -MMD -MP -MF %s.d -o $@ %s $(PKGLIBS)\n' \
		    "$t" "$f" "$t" "$f"
		printf -- '-include %s.d\n' "$t"
		tests="$tests $t"
	done
}

# The folders that an installation chooses, in a header of their own: another
# PREFIX compiles again what knows them, and nothing else.
paths()
{
	mkdir -p "$BUILD/gen"
	{
		echo '/* Made by etc/setup/rules.sh from PREFIX and its kin. */'
		printf '#define SBINDIR\t\t"%s"\n' "$SBINDIR"
		printf '#define LIBEXECDIR\t"%s"\n' "$LIBEXECDIR"
		printf '#define LIBDIR\t\t"%s"\n' "$LIBDIR"
		printf '#define SYSCONFDIR\t"%s"\n' "$SYSCONFDIR"
	} > "$BUILD/gen/paths.h.$$"
	if cmp -s "$BUILD/gen/paths.h.$$" "$BUILD/gen/paths.h"; then
		rm -f "$BUILD/gen/paths.h.$$"
	else
		mv "$BUILD/gen/paths.h.$$" "$BUILD/gen/paths.h"
	fi
}

folders='parent supervisor store secrets rpc control network apps egress logger watcher'
have= binaries= tests=
mkdir -p "$BUILD/lib" "$BUILD/obj"
paths
{
	archive common common
	library common/libomnitron json_number json_scan jsonw mono place private \
	    utf8
	plugin common/libomnitron/tls libomnitron-tls.so.0 '-lssl -lcrypto'
	archive shared omnitrond
	for d in $folders; do archive "$d" "omnitrond/$d"; done
	archive omnitronctl omnitronctl
	for d in $folders; do program "$d" "omnitrond/$d"; done
	program omnitronctl omnitronctl
	for d in common libomnitron shared $folders omnitronctl; do
		unit_tests "$d"
	done
	test_programs
	echo "BINARIES =$binaries"
	echo "TESTS =$tests"
} > "$out"
if cmp -s "$out" "$BUILD/rules.mk"; then
	rm -f "$out"
else
	mv "$out" "$BUILD/rules.mk"
fi
