#!/bin/sh
#
# Static checks: clang-tidy and cppcheck over all sources, mandoc over the
# manual pages, a word about functions that grew too long.  Prints what it
# finds; exits 1 if that is anything.
set -u

BUILD=${BUILD:-build}
status=0
cflags="-std=c17 -I. -D_GNU_SOURCE -DVERSION=\"$VERSION\" ${CFLAGS:-}"
sources=$(find common omnitrond omnitronctl -name '*.c' |
    grep -v -e _openbsd -e _other -e _freebsd -e _kqueue | sort)

checks='-*,bugprone-*,cert-*,clang-analyzer-*,misc-redundant-expression'
checks="$checks,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier"
checks="$checks,-bugprone-narrowing-conversions,-cert-dcl37-c,-cert-dcl51-cpp"
checks="$checks,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling"
checks="$checks,-cert-err33-c,-bugprone-assignment-in-if-condition,-cert-err34-c"
checks="$checks,-bugprone-signal-handler,-cert-sig30-c"
# The size of a product of small constants, arrays of pointers, branches that
# are alike for different reasons: no bugs in any place that they named.
checks="$checks,-bugprone-implicit-widening-of-multiplication-result"
checks="$checks,-bugprone-sizeof-expression,-bugprone-branch-clone"
checks="$checks,-clang-analyzer-optin.performance.Padding"
# Texts of a list that are longer than a line.
checks="$checks,-bugprone-suspicious-missing-comma"
# A false one when several files share a run.
checks="$checks,-clang-analyzer-valist.Uninitialized"

# shellcheck disable=SC2086
if command -v clang-tidy >/dev/null; then
	out=$(printf '%s\n' $sources | xargs -n 12 -P 2 sh -c '
	    checks=$1; cflags=$2; shift 2
	    clang-tidy --quiet --checks="$checks" "$@" -- $cflags 2>/dev/null' \
	    lint "$checks" "$cflags" |
	    grep -E '(warning|error):' | sort -u)
	[ -z "$out" ] || { echo "$out"; status=1; }
else
	echo "clang-tidy is missing" >&2
	status=1
fi

if command -v cppcheck >/dev/null; then
	# The macros of sys/queue.h and sys/tree.h, wherever they are.
	includes=
	for h in /usr/include/bsd/sys/tree.h /usr/include/bsd/sys/queue.h; do
		[ -f $h ] && includes="$includes --include=$h"
	done
	# shellcheck disable=SC2086
	cppcheck --quiet $includes --error-exitcode=1 --inline-suppr -j 2 \
	    --enable=warning,performance,portability --std=c11 \
	    --suppress=missingIncludeSystem --suppress=nullPointerOutOfMemory \
	    --suppress=nullPointerArithmeticOutOfMemory \
	    --suppress=varFuncNullUB \
	    -I. -I"$BUILD/gen" -D_GNU_SOURCE -DVERSION='"x"' $sources || status=1
else
	echo "cppcheck is missing" >&2
	status=1
fi

for page in man/*.[1-9]; do
	[ -f "$page" ] || continue
	mandoc -Tlint -Wwarning "$page" || status=1
done
[ $status -eq 0 ] && echo "lint: clean"
exit $status
