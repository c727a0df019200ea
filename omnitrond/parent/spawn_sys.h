/*
 * System calls of a child between its birth and its exec.
 *
 * A child that shares our memory (spawn_birth_linux.c) shares libc's as well:
 * its errno is our errno, which it may never write.  So it calls the kernel
 * itself, and what fails comes back as a negative errno.  Elsewhere the
 * child is a fork, and libc's functions are called.
 */
#ifndef OMNITROND_PARENT_SPAWN_SYS_H
#define OMNITROND_PARENT_SPAWN_SYS_H

#include <errno.h>

/* A sanitizer's own code in the child would write to our memory. */
#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__) && \
    !defined(SANITIZE)
#define SPAWN_RAW

#include <sys/syscall.h>

static inline long
sys_call(long n, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long rv;

	__asm__ volatile("syscall" : "=a"(rv) : "0"(n), "D"(a), "S"(b),
	    "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
	return (rv);
}

#define SYS0(f)		sys_call(SYS_##f, 0, 0, 0, 0, 0)
#define SYS1(f, a)	sys_call(SYS_##f, (long)(a), 0, 0, 0, 0)
#define SYS2(f, a, b)	sys_call(SYS_##f, (long)(a), (long)(b), 0, 0, 0)
#define SYS3(f, a, b, c)						\
	sys_call(SYS_##f, (long)(a), (long)(b), (long)(c), 0, 0)
#define SYS4(f, a, b, c, d)						\
	sys_call(SYS_##f, (long)(a), (long)(b), (long)(c), (long)(d), 0)
#define SYS5(f, a, b, c, d, e)						\
	sys_call(SYS_##f, (long)(a), (long)(b), (long)(c), (long)(d),	\
	    (long)(e))

#else

static inline long
sys_result(long rv)
{
	return (rv == -1 ? -errno : rv);
}

#define SYS0(f)		sys_result((long)f())
#define SYS1(f, a)	sys_result((long)f(a))
#define SYS2(f, a, b)	sys_result((long)f(a, b))
#define SYS3(f, a, b, c) sys_result((long)f(a, b, c))
#define SYS4(f, a, b, c, d) sys_result((long)f(a, b, c, d))
#define SYS5(f, a, b, c, d, e) sys_result((long)f(a, b, c, d, e))

#endif

#endif /* OMNITROND_PARENT_SPAWN_SYS_H */
