# omnitrond -d under a service manager: what it says to NOTIFY_SOCKET and how
# it ends.  The cases are functions of lib/notify.py.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

cases='life interrupt abstract failure restarted'
for case in $cases; do
	atf_test_case "$case" cleanup
	eval "${case}_head() { atf_set timeout 60; }
	${case}_body()
	{
		omni_init
		python3 -B \"\$OMNITRON_REGRESS/integration/lib/notify.py\" \
		    $case \"\$home\" \"\$work\" || atf_fail $case
	}
	${case}_cleanup() { omni_cleanup; }"
done

atf_init_test_cases()
{
	for case in $cases; do
		atf_add_test_case "$case"
	done
}
