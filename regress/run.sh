#!/bin/sh
#
# Runs all tests of the build under kyua and prints, last, the line
# "N passed, N failed, N skipped".  Exits 1 if one failed or none ran.
set -u

BUILD=${BUILD:-build}
top=$(pwd)
case $BUILD in /*) ;; *) BUILD=$top/$BUILD ;; esac
export OMNITRON_BUILD="$BUILD" OMNITRON_REGRESS="$top/regress"
unset OMNITRON_HOME OMNITRON_SOCKET OMNITRON_OUTPUT NOTIFY_SOCKET
# Only of use to a build with sanitizers.
export LSAN_OPTIONS="suppressions=$top/regress/lsan.supp:print_suppressions=0"
suite=$BUILD/regress
db=$suite/kyua.db

# kyuafile FOLDER: lists the test programs of a folder of $suite
kyuafile()
{
	{
		echo 'syntax(2)'
		echo 'test_suite("omnitrond")'
		for t in "$suite/$1"/*_test; do
			[ -x "$t" ] || continue
			printf 'atf_test_program{name="%s"}\n' "${t##*/}"
		done
	} > "$suite/$1/Kyuafile"
	echo "include(\"$1/Kyuafile\")" >> "$suite/Kyuafile"
}

# Integration tests are shell programs: kyua wants them executable, and
# without the suffix that tells an editor what they are.
integration()
{
	mkdir -p "$suite/integration"
	rm -f "$suite"/integration/*_test
	for t in regress/integration/*_test.sh; do
		[ -f "$t" ] || continue
		n=${t##*/}
		{
			echo "#! $(command -v atf-sh)"
			cat "$t"
		} > "$suite/integration/${n%.sh}"
		chmod 755 "$suite/integration/${n%.sh}"
	done
}

printf 'syntax(2)\ntest_suite("omnitrond")\n' > "$suite/Kyuafile"
for d in "$suite"/unit/*/; do
	[ -d "$d" ] && kyuafile "unit/$(basename "$d")"
done
integration
kyuafile integration

# Scratch homes must lie in folders that nobody else can write: not in /tmp.
scratch=${OMNITRON_SCRATCH:-$BUILD/scratch}
mkdir -p "$scratch"
export OMNITRON_SCRATCH="$scratch"

# run OUTPUT TEST...: runs them (none: all), a line each into OUTPUT; shows
# those that did not pass, and all that is known of failures
run()
{
	out=$1
	shift
	rm -f "$db"
	kyua --variable parallelism="$jobs" test -k "$suite/Kyuafile" \
	    --results-file="$db" "$@" > "$out" 2>&1
	grep ' -> ' "$out" | grep -v ' -> *passed'
	kyua report --results-file="$db" --results-filter=broken,failed \
	    --verbose > "$suite/report" 2>&1
	grep -q '^===> Failed\|^===> Broken' "$suite/report" &&
	    cat "$suite/report"
}

# count OUTPUT RESULT
count()
{
	grep -c -- "-> *$2" "$1"
}

jobs=${JOBS:-2}
# shellcheck disable=SC2086
run "$suite/output" ${TESTS:-}
passed=$(count "$suite/output" passed)
skipped=$(count "$suite/output" skipped)
failed=$(grep -e '-> *failed' -e '-> *broken' "$suite/output" |
    sed 's/ *->.*//')

# Many tests are about time, and two run at once on a machine that may be
# busy: what failed is run once more, alone, and said so.  What fails again
# has failed.
nfailed=0
if [ -n "$failed" ]; then
	jobs=1
	# shellcheck disable=SC2086
	echo "once more, alone:" $failed
	# shellcheck disable=SC2086
	run "$suite/again" $failed
	passed=$((passed + $(count "$suite/again" passed)))
	nfailed=$(grep -c -e '-> *failed' -e '-> *broken' "$suite/again")
fi
echo "$passed passed, $nfailed failed, $skipped skipped"
[ "$nfailed" -eq 0 ] && [ "$passed" -gt 0 ]
