# 200 times kill -9 of one of the daemon's processes, at random, under load.
# OMNITRON_SEED=N repeats the choices of an earlier run.

. "$OMNITRON_REGRESS/integration/lib/omni.sh"

atf_test_case random_kills cleanup
random_kills_head() { atf_set timeout 150; }
random_kills_body()
{
	omni_init
	python3 -B "$OMNITRON_REGRESS/integration/lib/kills.py" kills \
	    "$home" "$work" || atf_fail "see above"
}
random_kills_cleanup() { omni_cleanup; }

atf_init_test_cases()
{
	atf_add_test_case random_kills
}
