/*
 * Valid tokens with one bit changed, what checks cost, and checks during which
 * memory runs out.
 */
#include <sys/wait.h>

#include <time.h>
#include <unistd.h>

#include "jwt_fixture.h"

#define CLAIMS	"{\"sub\":\"ci\",\"role\":\"viewer\",\"groups\":[\"ops\"]," EXP "}"
/* What one check may take, of the processor, in microseconds. */
#define COST_MAX_US	1000
/* A page that is loaded, an interrupt: so few of a thousand may take longer. */
#define OUTLIERS	20

/*
 * Which allocation from now on fails, alone or with all that follow; 0: none
 * does.  The libraries call what we define here.
 */
static long	 allocations, fail_at;
static int	 fail_on, failed;

#ifndef SANITIZE
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);
void	*malloc(size_t);
void	*calloc(size_t, size_t);
void	*realloc(void *, size_t);

static int
out_of_memory(void)
{
	if (fail_at == 0 || ++allocations < fail_at ||
	    (allocations > fail_at && !fail_on))
		return (0);
	failed = 1;
	return (1);
}

void *
malloc(size_t size)
{
	return (out_of_memory() ? NULL : __libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return (out_of_memory() ? NULL : __libc_calloc(n, size));
}

void *
realloc(void *p, size_t size)
{
	return (out_of_memory() ? NULL : __libc_realloc(p, size));
}
#endif

static int64_t
cpu_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

/* Every bit of it: that is 768 and more in each family. */
static void
flip_all(enum jwt_algorithm a)
{
	struct signer	*s = signer_new(a, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*t = token_of(s, s->head, CLAIMS);
	size_t		 n = strlen(t), bit, slow = 0;
	int64_t		 began, cost, worst = 0, all = 0;

	ATF_REQUIRE(n * 8 >= 768);
	for (bit = 0; bit < n * 8; bit++) {
		t[bit / 8] ^= (char)(1 << bit % 8);
		began = cpu_us();
		if (ask_at(jwt, t, n, NOW).result != JWT_REFUSED)
			atf_tc_fail("%s: accepted with bit %zu changed",
			    s->name, bit);
		cost = cpu_us() - began;
		all += cost;
		slow += cost > COST_MAX_US;
		if (cost > worst)
			worst = cost;
		t[bit / 8] ^= (char)(1 << bit % 8);
	}
	printf("%s: %zu bits, mean %.1f us, worst %lld us, %zu over %d us\n",
	    s->name, bit, (double)all / (double)bit, (long long)worst, slow,
	    COST_MAX_US);
#ifndef SANITIZE
	ATF_CHECK(slow <= bit * OUTLIERS / 1000);
#endif
	ATF_CHECK_EQ(0u, jwt_cached(jwt));
	ATF_CHECK_EQ(JWT_OK, ask(jwt, t).result);
	free(t);
	jwt_close(jwt);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(each_bit_of_hmac);
ATF_TC_BODY(each_bit_of_hmac, tc)
{
	flip_all(JWT_HS256);
	flip_all(JWT_HS512);
}

ATF_TC_WITHOUT_HEAD(each_bit_of_rsa);
ATF_TC_BODY(each_bit_of_rsa, tc)
{
	flip_all(JWT_RS256);
}

ATF_TC_WITHOUT_HEAD(each_bit_of_ecdsa);
ATF_TC_BODY(each_bit_of_ecdsa, tc)
{
	flip_all(JWT_ES256);
}

/* What takes longest for its length is told apart soon, too. */
ATF_TC_WITHOUT_HEAD(nothing_is_expensive);
ATF_TC_BODY(nothing_is_expensive, tc)
{
	struct signer	*s = signer_new(JWT_HS256, 1);
	struct jwt	*jwt = jwt_of(s);
	char		*big = malloc(64 * 1024 * 1024), *t[4], body[3072];
	size_t		 i, k, len[5];
	int64_t		 best, cost, began;

	memset(big, 'A', 64 * 1024 * 1024);
	memset(body, '[', 3000);		/* depth */
	t[0] = token_of_bytes(s, s->head, strlen(s->head), body, 3000);
	for (i = 0; i < 1500; i++)		/* values */
		memcpy(body + 2 * i, i == 0 ? "[1" : ",1", 2);
	t[1] = token_of_bytes(s, s->head, strlen(s->head), body, 3000);
	memset(body, ' ', 3000);
	t[2] = token_of_bytes(s, s->head, strlen(s->head), body, 3000);
	for (i = 0, k = 0; k < 2980; i++)	/* keys to compare */
		k += (size_t)snprintf(body + k, sizeof(body) - k,
		    "%c\"%zx\":0", i == 0 ? '{' : ',', i);
	body[k++] = '}';
	t[3] = token_of_bytes(s, s->head, strlen(s->head), body, k);
	for (i = 0; i < 5; i++) {
		len[i] = i < 4 ? strlen(t[i]) : 64 * 1024 * 1024;
		best = INT64_MAX;
		for (k = 0; k < 10; k++) {
			began = cpu_us();
			ATF_CHECK_EQ(JWT_REFUSED, ask_at(jwt, i < 4 ? t[i] :
			    big, len[i], NOW).result);
			cost = cpu_us() - began;
			best = cost < best ? cost : best;
		}
		printf("%zu bytes: %lld us (%s)\n", len[i], (long long)best,
		    jwt_why(jwt));
#ifndef SANITIZE
		ATF_CHECK(best < COST_MAX_US);
#endif
	}
	for (i = 0; i < 4; i++)
		free(t[i]);
	free(big);
	jwt_close(jwt);
	signer_free(s);
}

/* ---- memory -------------------------------------------------------------- */

/* How a child ends; fatal() ends it with 1, which refuses, too. */
enum ending { REFUSED = 10, ACCEPTED, MISREAD, NOT_FAILED };

static enum ending
check_in_child(struct jwt *jwt, const char *t, long nth)
{
	struct asked	 a;

	close(STDERR_FILENO);
	fail_at = nth;
	a.result = jwt_check(jwt, t, strlen(t), NOW, &a.who, &a.exp_s);
	fail_at = 0;
	if (a.result == JWT_OK && (a.who.role != ROLE_VIEWER ||
	    strcmp(a.who.subject, "ci") != 0 || a.who.ngroups != 1 ||
	    strcmp(a.who.groups[0], "ops") != 0 || a.exp_s != NOW + 70))
		return (MISREAD);
	if (a.result == JWT_OK)
		return (failed ? ACCEPTED : NOT_FAILED + 1);
	return (failed ? REFUSED : NOT_FAILED);
}

static enum ending
check_without(struct jwt *jwt, const char *t, long nth)
{
	pid_t	 pid;
	int	 status;

	if ((pid = fork()) == 0)
		_exit((int)check_in_child(jwt, t, nth));
	ATF_REQUIRE(pid != -1);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	if (!WIFEXITED(status) || WEXITSTATUS(status) < REFUSED)
		return (REFUSED);
	return ((enum ending)WEXITSTATUS(status));
}

/*
 * Each allocation in turn, until one is tried that is not made any more; of
 * the thousands that reading a PEM takes (libjwt does each time), some.
 */
#define EACH		150
#define THEN_EVERY	37

static long
run_out(struct jwt *jwt, const char *t, int good)
{
	enum ending	 e;
	long		 nth;

	for (nth = 1; nth < 20000; nth += nth < EACH ? 1 : THEN_EVERY) {
		e = check_without(jwt, t, nth);
		if (e == (good ? NOT_FAILED + 1 : NOT_FAILED))
			return (nth - 1);
		if (e == MISREAD || e == (good ? NOT_FAILED : NOT_FAILED + 1) ||
		    (e == ACCEPTED && !good))
			atf_tc_fail("allocation %ld: ended %d: %s", nth, e, t);
	}
	atf_tc_fail("it never ends");
}

/* Never one that is bad; of one that is good, nothing but what it says. */
static void
run_out_all(enum jwt_algorithm a)
{
	struct signer	*s = signer_new(a, 1), *other = signer_new(a, 2);
	struct jwt	*jwt = jwt_of(s);
	char		*t[5];
	size_t		 i;

	t[0] = token_of(s, s->head, CLAIMS);
	t[1] = token_of(other, other->head, CLAIMS);
	t[2] = token_of(s, "{\"alg\":\"none\"}", CLAIMS);
	t[3] = token_of(s, s->head, "{\"sub\":\"ci\",\"role\":\"viewer\","
	    "\"groups\":[\"ops\"],\"exp\":1}");
	t[4] = token_of(s, s->head, "{\"sub\":\"ci\",\"role\":[\"viewer\"],"
	    "\"groups\":[\"ops\"]," EXP "}");
	for (fail_on = 0; fail_on < 2; fail_on++)
		for (i = 0; i < 5; i++)
			ATF_CHECK(run_out(jwt, t[i], i == 0) > 0);
	for (i = 0; i < 5; i++)
		free(t[i]);
	jwt_close(jwt);
	signer_free(s);
	signer_free(other);
}

ATF_TC_WITHOUT_HEAD(memory_runs_out);
ATF_TC_BODY(memory_runs_out, tc)
{
#ifdef SANITIZE
	atf_tc_skip("the sanitizers' allocation cannot be replaced");
#endif
	run_out_all(JWT_HS256);
	run_out_all(JWT_RS256);
	run_out_all(JWT_ES256);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_bit_of_hmac);
	ATF_TP_ADD_TC(tp, each_bit_of_rsa);
	ATF_TP_ADD_TC(tp, each_bit_of_ecdsa);
	ATF_TP_ADD_TC(tp, nothing_is_expensive);
	ATF_TP_ADD_TC(tp, memory_runs_out);
	return (atf_no_error());
}
