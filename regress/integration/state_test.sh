# The state on disk: damaged, gone, not writable, and cut off anywhere.  The
# cases are functions of lib/disk.py.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

disk_case()
{
	python3 -B "$OMNITRON_REGRESS/integration/lib/disk.py" \
	    "$1" "$home" "$work" > disk.out || atf_fail "$1"
	cat disk.out
}

cases='damaged both_damaged missing read_only'
for case in $cases; do
	atf_test_case "$case" cleanup
	eval "${case}_head() { atf_set timeout 90; }
	${case}_body() { omni_init; disk_case $case; }
	${case}_cleanup() { omni_cleanup; }"
done

atf_test_case full cleanup
full_head()
{
	atf_set timeout 90
	atf_set require.user root
}
full_body()
{
	omni_init
	mkdir -m 700 "$home/state"
	mount -t tmpfs -o size=64k,mode=700 omnitron-test "$home/state" ||
	    atf_skip "may not mount"
	disk_case full
}
full_cleanup()
{
	[ -f omni.state ] || return 0
	{ read -r home; read -r work; } < omni.state
	timeout 20 "$OMNITRON_BUILD/omnitronctl" -H "$home" kill --apps \
	    > /dev/null 2>&1
	umount "$home/state" 2>/dev/null || umount -l "$home/state"
	omni_cleanup
}

atf_test_case prefixes cleanup
prefixes_head()
{
	atf_set timeout 120
	atf_set require.user root
	atf_set require.progs strace
}
prefixes_body()
{
	omni_init
	disk_case prefixes
	! grep -q '^SKIP' disk.out || atf_skip "may not trace"
}
prefixes_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	for case in $cases full prefixes; do
		atf_add_test_case "$case"
	done
}
