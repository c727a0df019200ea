/*
 * Limits of the protocol: sizes of what messages carry, and how many there
 * may be of what they are about.  Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_LIMITS_H
#define OMNITROND_PROTO_LIMITS_H

#define MSG_PAYLOAD_MAX	(MAX_IMSGSIZE - IMSG_HEADER_SIZE)
#define STR_MAX		(2 + NAME_LEN_MAX)	/* a name in a tail */
#define TEXT_MAX	1024			/* a text for people in a tail */
#define PATH_SIZE	1024			/* a path, NUL included */
#define BOOTID_SIZE	37			/* a UUID and NUL */
#define OBJECT_MAX	(4u * 1024 * 1024)	/* total of a numbered object */
#define OBJECT_PART	8192u			/* bytes of it a message */
#define OBJECT_CREDIT	8u			/* parts without a receipt */
#define EXEC_INSTS	512u			/* of which one is called */
#define LOG_CREDIT	64u			/* log records without a receipt */
#define LOG_TEXT_PART	8192u			/* bytes of a line a record */
#define PEER_QUEUE_MAX	(1024u * 1024)		/* waiting for one peer */
#define INSTANCES_MAX	1024u			/* of one process */
#define INSTANCE_SPARE	0x8000u			/* the other slot of a number */
#define PROCESSES_MAX	256u			/* of one app */
#define LISTENS_MAX	32u			/* sockets of one process */
#define WATCH_IGNORES_MAX 64u			/* patterns of one watch */
#define WATCH_GLOB_MAX	255u			/* bytes of one: as of a name */
#define WATCH_APPS_MAX	1024u			/* named by one request */
#define METER_SAMPLES	512u			/* latencies of an instance */
#define STATUS_TEXT_MAX	255u			/* bytes of a STATUS= */
#define SUBJECT_SIZE	129u			/* `sub' and `jti' of a token */
#define SUBJECT_TAIL	(2 + SUBJECT_SIZE)	/* in a tail */
#define SUBJECT_ROOM	136u			/* in a struct, aligned */
#define ADDRESS_SIZE	64u			/* of a peer, with its port */
#define TOKEN_SIZE	4097u			/* a whole token: 4096 bytes */
#define CALLER_GIDS	256u			/* groups of a local caller */
#define CALLER_GROUPS	16u			/* names of groups in a token */
#define CALLER_TAIL	4096u			/* of one, packed (caller.h) */
#define REQUEST_TAIL_MAX (2 * CALLER_TAIL + WATCH_APPS_MAX * 4)
#define RULES_MAX	1024u			/* allow and deny */
#define RULE_GLOB_SIZE	129u			/* their patterns of names */
#define KEYS_MAX	16u			/* of tokens that are valid */
#define KEYFILE_MAX	(64u * 1024)		/* bytes of a key or certificate */
#define ORIGINS_MAX	64u			/* that pages may come from */
#define LISTENERS_MAX	16u			/* of a plane */
#define SECRET_MAX	8192u			/* bytes of a value: one message */
#define SECRETS_MAX	1024u			/* kept */
#define SECRET_USES_MAX	64u			/* of one process */
#define REVOKED_MAX	16384u			/* tokens refused until they end */
#define PROCESS_ANY	0xffffu
#define INSTANCE_ANY	0xffffu
#define LOG_GROUPS_MAX	16u			/* distinct groups of log files */
#define PROBES_MAX	1024u			/* at once, in egress */
#define TARGET_ADDRESSES 4u			/* that its name has, used */
#define TARGET_TEXT_SIZE 1024u			/* path, match; with length */
#define HEALTH_TEXT_SIZE 128u			/* of a failed check */
#define CRASHES_MAX	20u			/* records of an app that are kept */
#define ACTS_MAX	8u			/* of operators, in one of them */
#define RESTART_TIMES_MAX 64u			/* remembered for the window */
/*
 * Causes of one app: a root, and for each instance one event of two parts, of
 * which those of the newest seven instances tell enough.
 */
#define WHYS_MAX	16u

#endif /* OMNITROND_PROTO_LIMITS_H */
