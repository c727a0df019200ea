# Death of the daemon's own processes: what comes back, and that no app
# notices.  The cases are functions of lib/crash.py.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

crash_case()
{
	omni_init
	python3 -B "$OMNITRON_REGRESS/integration/lib/crash.py" \
	    "$1" "$home" "$work" || atf_fail "$1"
}

cases='respawn in_flight backoff_goes_on exit_unseen logs_meanwhile
    frozen_store frozen_others adopted adopted_operations recycled orphans
    stay_as_they_were'

for case in $cases; do
	atf_test_case "$case" cleanup
	eval "${case}_head() { atf_set timeout 90; }
	${case}_body() { crash_case $case; }
	${case}_cleanup() { omni_cleanup; }"
done

atf_init_test_cases()
{
	for case in $cases; do
		atf_add_test_case "$case"
	done
}
