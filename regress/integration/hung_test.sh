# Processes of the daemon that hang: replaced, and no app notices.  The cases
# are functions of lib/hung.py.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

hung_case()
{
	python3 -B "$OMNITRON_REGRESS/integration/lib/hung.py" \
	    "$1" "$home" "$work" || atf_fail "$1"
}

atf_test_case a_stopped_logger cleanup
a_stopped_logger_head() { atf_set timeout 90; }
a_stopped_logger_body()
{
	omni_init
	hung_case logger
}
a_stopped_logger_cleanup() { omni_cleanup; }

# A file system that is frozen holds up whoever writes, SIGKILL or not.
atf_test_case a_disk_that_hangs cleanup
a_disk_that_hangs_head()
{
	atf_set require.user root
	atf_set timeout 120
}
a_disk_that_hangs_body()
{
	for tool in mkfs.ext4 fsfreeze losetup; do
		command -v $tool > /dev/null || atf_skip "no $tool"
	done
	omni_init
	truncate -s 64m "$home/disk"
	mkfs.ext4 -q "$home/disk" > out 2>&1 || atf_skip "$(cat out)"
	mkdir "$home/logs"
	mount -o loop "$home/disk" "$home/logs" > out 2>&1 ||
	    atf_skip "$(cat out)"
	rmdir "$home/logs/lost+found"
	hung_case disk
}
a_disk_that_hangs_cleanup()
{
	[ -f omni.state ] || return 0
	read -r home < omni.state
	fsfreeze -u "$home/logs" 2>/dev/null
	timeout 30 "$OMNITRON_BUILD/omnitronctl" -H "$home" down \
	    > /dev/null 2>&1
	omni_reports
	_wrong=$?
	umount "$home/logs" 2>/dev/null
	omni_cleanup && return $_wrong
}

atf_init_test_cases()
{
	atf_add_test_case a_stopped_logger
	atf_add_test_case a_disk_that_hangs
}
