/* Levels of log lines: one list makes the enum, the names and the parser. */
#ifndef COMMON_LEVEL_H
#define COMMON_LEVEL_H

#define LEVELS(X)		\
	X(TRACE, "trace")	\
	X(DEBUG, "debug")	\
	X(INFO, "info")		\
	X(WARN, "warn")		\
	X(ERROR, "error")	\
	X(FATAL, "fatal")

enum level {
#define X(id, name)	LEVEL_##id,
	LEVELS(X)
#undef X
	LEVEL_MAX
};

const char	*level_name(enum level);	/* "info" */
/* Names and usual synonyms (warning, err, critical ...), any case; or -1. */
int		 level_parse(const char *);

#endif /* COMMON_LEVEL_H */
