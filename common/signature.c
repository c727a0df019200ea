/*
 * Signatures of processes: what needs no operating system.  See
 * signature_linux.c and signature_other.c for the rest.
 *
 * Runs in the parent and in omnitronctl.  Opens files of /proc only.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/signature.h"

int
signature_equal(const struct signature *a, const struct signature *b)
{
	if (a->pid <= 0 || a->pid != b->pid || a->starttime != b->starttime)
		return (0);
	if (a->bootid[0] == '\0' || strcmp(a->bootid, b->bootid) != 0)
		return (0);
	/* 0: the kernel had no pidfs when it was recorded. */
	if (a->inode != 0 && b->inode != 0 && a->inode != b->inode)
		return (0);
	return (1);
}

int
signature_bootid_valid(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++) {
		if (i == SIGNATURE_BOOTID_SIZE - 1)
			return (0);
		if (!isxdigit((unsigned char)s[i]) && s[i] != '-')
			return (0);
	}
	return (i > 0);
}

/* One number of the stat line, moving past it. */
static int
stat_number(const char **p, uint64_t *n)
{
	char *end;

	if (**p != ' ')
		return (-1);
	if (!isdigit((unsigned char)(*p)[1]) && (*p)[1] != '-')
		return (-1);
	*n = strtoull(*p + 1, &end, 10);
	*p = end;
	return (0);
}

/*
 * "PID (COMM) S PPID PGRP SESSION ... STARTTIME ...": COMM is the process's
 * own choice, so that the fields count from the last ')'.
 */
int
signature_stat_parse(const char *text, struct signature_stat *st)
{
	const char *p;
	uint64_t n[20];			/* fields 4 to 22, one to spare */
	size_t i;

	memset(st, 0, sizeof(*st));
	st->pid = (pid_t)strtol(text, NULL, 10);
	if (st->pid <= 0 || (p = strrchr(text, ')')) == NULL)
		return (-1);
	if (p[1] != ' ' || !isalpha((unsigned char)p[2]))
		return (-1);
	st->state = p[2];
	p += 3;
	for (i = 4; i <= 22; i++) {
		if (stat_number(&p, &n[i - 4]) == -1)
			return (-1);
	}
	st->ppid = (pid_t)n[0];
	st->session = (pid_t)n[2];
	st->starttime = n[22 - 4];
	return (0);
}
