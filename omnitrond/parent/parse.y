/*
 * The grammar of omnitrond.conf.  In the parent.
 *
 * Newline is white space and a keyword ends a list, so that every error
 * production hands over to lex_recover(), which finds the next statement.
 * Values are text here; conf_set.c and conf_global.c know what they mean.
 * Strings belong to the arena of the run: nothing is freed on an error.
 */
%{
#include <stddef.h>

#include "omnitrond/parent/conf_parse.h"

typedef struct {
	const char	*text;
	struct pos	 pos;
} yystype;
#define YYSTYPE			yystype
#define YYSTYPE_IS_DECLARED	1

static struct parse	*ps;		/* of the run; set by conf_parse */

int	yyparse(void);
int	yylex(void);
void	yyerror(const char *);

#define RECOVER		lex_recover(ps)
%}

%token	INCLUDE HOME SOCKET PIDFILE STATEFILE LOGDIR RUNDIR DENY
%token	ROLE GRANTS TLS TLSBLOCK CERTIFICATE CLIENTCA INSECURE MAXROLE
%token	JWT ALGORITHM KEY KEYFILE SIGN ISSUER AUDIENCE LEEWAY MAXTTL CORS
%token	SECRETS PASSPHRASE PREFIX ALLOW TOKEN OWNER GROUPBLOCK
%token	SECRET CREDENTIAL AS
%token	USERS SUPERVISION MONITORING LOGGING DEFAULT APP PROCESS
%token	METRICS INTERVAL TIMEOUT CONCURRENCY
%token	HEALTH HTTPSTATUS MATCH RETRIES STARTGRACE ONUNHEALTHY
%token	COMMAND BEFORESTART DIRECTORY USER GROUP UMASK ENV ENVFILE
%token	STRATEGY RESTART MAXRESTARTS WINDOW BACKOFF INITIAL MAXIMUM FACTOR JITTER
%token	SUCCESSEXIT NORESTARTEXIT STOPSIGNAL STOPTIMEOUT STARTUPTIMEOUT
%token	READY CHANNEL NOTIFYACCESS WATCHDOG WATCHDOGGRACE WATCHDOGSIGNAL
%token	MINUPTIME MAXMEMORY ONESHOT LIMIT CRITICAL INSTANCES SCALING AUTOSTART DEPENDSON
%token	NONEWPRIVILEGES NICE PORT LISTEN ON SOCKETNAME
%token	WATCH IGNORE DEBOUNCE
%token	LOG MODE MAXSIZE MAXFILES LEVEL FORMAT
%token	RELOAD
%token	STRING WORD NUMBER NAME

%%

grammar		: /* empty */
		| grammar statement
		| grammar error {
			ps->in = IN_GLOBAL;
			ps->cur = NULL;
			ps->group = NULL;
			RECOVER;
			yyclearin;
			yyerrok;
		}
		;

statement	: INCLUDE value	{ lex_include(ps, $2.text, $1.pos); }
		| NAME '=' macro {
			macro_set(ps, $1.text, $3.text, $1.pos);
		}
		| HOME value	{ set_path(ps, KW_HOME, $2.text, $1.pos); }
		| SOCKET value	{ set_socket(ps, $2.text, $1.pos); }
		  socketoptions
		| PIDFILE value	{ set_path(ps, KW_PIDFILE, $2.text, $1.pos); }
		| STATEFILE value {
			set_path(ps, KW_STATEFILE, $2.text, $1.pos);
		}
		| LOGDIR value	{ set_path(ps, KW_LOGDIR, $2.text, $1.pos); }
		| RUNDIR value	{ set_path(ps, KW_RUNDIR, $2.text, $1.pos); }
		| DENY value	{ set_deny(ps, $2.text, $1.pos); }
		| DENY who denied pattern {
			set_rule(ps, 1, $2.text, $4.text, $1.pos);
		}
		| ALLOW who verbs pattern {
			set_rule(ps, 0, $2.text, $4.text, $1.pos);
		}
		| LISTEN value	{ set_port(ps, $2.text, $1.pos); }
		  portoptions
		| JWT '{' { block_open(ps, KW_JWT, $1.pos); }
		  jwtfields '}' { block_close(ps); }
		| TLSBLOCK '{' { block_open(ps, KW_TLS, $1.pos); }
		  tlsfields '}' { block_close(ps); }
		| CORS value	{ set_cors(ps, $2.text, $1.pos); }
		| SECRETS KEYFILE value {
			set_secrets_file(ps, $3.text, $1.pos);
		}
		  secretskey
		| SECRETS ENV secretsprefix {
			set_secrets_env(ps, $3.text, $1.pos);
		}
		| USERS '{' { block_open(ps, KW_USERS, $1.pos); }
		  users '}' { block_close(ps); }
		| SUPERVISION '{' { block_open(ps, KW_SUPERVISION, $1.pos); }
		  policies '}' { block_close(ps); }
		| MONITORING '{' { block_open(ps, KW_MONITORING, $1.pos); }
		  monitors '}' { block_close(ps); }
		| LOGGING '{' { block_open(ps, KW_LOGGING, $1.pos); }
		  logfields '}' { block_close(ps); }
		| DEFAULT '{' { block_open(ps, KW_DEFAULT, $1.pos); }
		  settings '}' { block_close(ps); }
		| GROUPBLOCK value '{' { block_group(ps, $2.text, $1.pos); }
		  members '}' { block_group_close(ps); }
		| app
		;

app		: APP value '{' { block_app(ps, $2.text, $1.pos); }
		  appsettings '}' { block_close(ps); }
		;

socketoptions	: /* empty */
		| socketoptions ROLE value {
			set_socket_option(ps, KW_ROLE, $3.text, $2.pos);
		}
		| socketoptions GRANTS {
			set_socket_option(ps, KW_GRANTS, "", $2.pos);
		}
		| socketoptions GROUP value {
			set_socket_option(ps, KW_GROUP, $3.text, $2.pos);
		}
		| socketoptions MODE value {
			set_socket_option(ps, KW_MODE, $3.text, $2.pos);
		}
		;

portoptions	: /* empty */
		| portoptions ON value {
			set_port_option(ps, KW_ON, $3.text, $2.pos);
		}
		| portoptions PORT value {
			set_port_option(ps, KW_PORT, $3.text, $2.pos);
		}
		| portoptions TLS {
			set_port_option(ps, KW_TLS, "", $2.pos);
		}
		| portoptions INSECURE {
			set_port_option(ps, KW_INSECURE, "", $2.pos);
		}
		| portoptions MAXROLE value {
			set_port_option(ps, KW_MAXROLE, $3.text, $2.pos);
		}
		;

jwtfields	: /* empty */
		| jwtfields ALGORITHM value {
			set_jwt(ps, KW_ALGORITHM, $3.text, $2.pos);
		}
		| jwtfields KEY value KEYFILE value keysign {
			set_jwt_key(ps, $3.text, $5.text, $6.text, $2.pos);
		}
		| jwtfields ISSUER value {
			set_jwt(ps, KW_ISSUER, $3.text, $2.pos);
		}
		| jwtfields AUDIENCE value {
			set_jwt(ps, KW_AUDIENCE, $3.text, $2.pos);
		}
		| jwtfields LEEWAY value {
			set_jwt(ps, KW_LEEWAY, $3.text, $2.pos);
		}
		| jwtfields MAXTTL value {
			set_jwt(ps, KW_MAXTTL, $3.text, $2.pos);
		}
		| jwtfields error { RECOVER; yyclearin; yyerrok; }
		;

keysign		: /* empty */	{ $$.text = NULL; }
		| SIGN value	{ $$ = $2; }
		;

tlsfields	: /* empty */
		| tlsfields CERTIFICATE value {
			set_tls(ps, KW_CERTIFICATE, $3.text, $2.pos);
		}
		| tlsfields KEY value {
			set_tls(ps, KW_KEY, $3.text, $2.pos);
		}
		| tlsfields CLIENTCA value {
			set_tls(ps, KW_CLIENTCA, $3.text, $2.pos);
		}
		| tlsfields error { RECOVER; yyclearin; yyerrok; }
		;

secretskey	: /* empty */
		| KEY value	{ set_secrets_key(ps, $2.text, $1.pos); }
		| PASSPHRASE ENV value {
			set_secrets_passphrase(ps, $3.text, $1.pos);
		}
		;

secretsprefix	: /* empty */	{ $$.text = NULL; }
		| PREFIX value	{ $$ = $2; }
		;

/* The name of whom it is about; what kind of name goes ahead. */
who		: USER value	{ rule_who(ps, RULE_USER); $$ = $2; }
		| GROUP value	{ rule_who(ps, RULE_GROUP); $$ = $2; }
		| TOKEN value	{ rule_who(ps, RULE_TOKEN); $$ = $2; }
		| OWNER		{ rule_who(ps, RULE_OWNER); $$.text = ""; }
		;

denied		: /* empty */	{ list_begin(ps); }
		| verbs
		;

/* Not quoted: what is, is the pattern. */
verbs		: verb {
			list_begin(ps);
			list_add(ps, $1.text, $1.pos);
		}
		| verbs ',' verb { list_add(ps, $3.text, $3.pos); }
		;

verb		: WORD
		| HTTPSTATUS
		;

pattern		: /* empty */	{ $$.text = NULL; }
		| STRING
		;

members		: /* empty */
		| members STRATEGY value {
			set_group_strategy(ps, $3.text, $2.pos);
		}
		| members app
		| members error	{
			ps->lost = 1;
			RECOVER;
			yyclearin;
			yyerrok;
		}
		;

/* Parts are joined: root = "/srv"  data = $root "/data" */
macro		: value
		| macro STRING {
			if ($1.text == lex_undefined ||
			    $2.text == lex_undefined)
				$$.text = lex_undefined;
			else
				$$.text = arena_printf(&ps->arena, "%s%s",
				    $1.text, $2.text);
			$$.pos = $1.pos;
		}
		;

users		: /* empty */
		| users WORD value {
			set_user(ps, $2.text, $3.text, $2.pos);
		}
		| users SECRETS value {
			set_user(ps, $2.text, $3.text, $2.pos);
		}
		| users error	{ RECOVER; yyclearin; yyerrok; }
		;

monitors	: /* empty */
		| monitors METRICS INTERVAL value {
			set_metrics_interval(ps, $4.text, $2.pos);
		}
		| monitors METRICS WORD {
			set_metrics(ps, $3.text, $2.pos);
		}
		| monitors HEALTH healthdefault
		| monitors error { RECOVER; yyclearin; yyerrok; }
		;

/* For all that do not say otherwise. */
healthdefault	: checkdefault
		| healthdefault checkdefault
		;

checkdefault	: INTERVAL value {
			set_check_default(ps, KW_INTERVAL, $2.text, $1.pos);
		}
		| TIMEOUT value {
			set_check_default(ps, KW_TIMEOUT, $2.text, $1.pos);
		}
		| CONCURRENCY value {
			set_check_default(ps, KW_CONCURRENCY, $2.text, $1.pos);
		}
		;

policies	: /* empty */
		| policies policy
		| policies strategy
		| policies error { RECOVER; yyclearin; yyerrok; }
		;

strategy	: STRATEGY value {
			set_field(ps, FIELD_STRATEGY, $2.text, $1.pos);
		}
		;

policy		: RESTART value {
			set_field(ps, FIELD_RESTART, $2.text, $1.pos);
		}
		| MAXRESTARTS value {
			set_field(ps, FIELD_MAXRESTARTS, $2.text, $1.pos);
		}
		| WINDOW value {
			set_field(ps, FIELD_WINDOW, $2.text, $1.pos);
		}
		| BACKOFF value {
			set_field(ps, FIELD_BACKOFF, $2.text, $1.pos);
		}
		| INITIAL value {
			set_field(ps, FIELD_INITIAL, $2.text, $1.pos);
		}
		| MAXIMUM value {
			set_field(ps, FIELD_MAXIMUM, $2.text, $1.pos);
		}
		| FACTOR value {
			set_field(ps, FIELD_FACTOR, $2.text, $1.pos);
		}
		| JITTER value {
			set_field(ps, FIELD_JITTER, $2.text, $1.pos);
		}
		;

settings	: /* empty */
		| settings setting
		| settings appfield
		| settings error { RECOVER; yyclearin; yyerrok; }
		;

appsettings	: /* empty */
		| appsettings setting
		| appsettings appfield
		| appsettings appsetting
		| appsettings processsetting
		| appsettings error { RECOVER; yyclearin; yyerrok; }
		;

processsettings	: /* empty */
		| processsettings setting
		| processsettings processsetting
		| processsettings error { RECOVER; yyclearin; yyerrok; }
		;

/* What an app as a whole has, and `default' for all apps. */
appfield	: strategy
		| CRITICAL value {
			set_field(ps, FIELD_CRITICAL, $2.text, $1.pos);
		}
		| AUTOSTART value {
			set_field(ps, FIELD_AUTOSTART, $2.text, $1.pos);
		}
		| LOG logging
		;

setting		: policy
		| BEFORESTART command {
			set_command(ps, FIELD_BEFORESTART, $1.pos);
		}
		| DIRECTORY value {
			set_field(ps, FIELD_DIRECTORY, $2.text, $1.pos);
		}
		| USER value {
			set_field(ps, FIELD_USER, $2.text, $1.pos);
		}
		| GROUP value {
			set_field(ps, FIELD_GROUP, $2.text, $1.pos);
		}
		| UMASK value {
			set_field(ps, FIELD_UMASK, $2.text, $1.pos);
		}
		| ENV value value {
			set_env(ps, $2.text, $3.text, ENV_VALUE, $1.pos);
		}
		| ENV value SECRET value {
			set_env(ps, $2.text, $4.text, ENV_SECRET, $1.pos);
		}
		| CREDENTIAL value credname {
			set_credential(ps, $2.text, $3.text, $1.pos);
		}
		| ENVFILE value {
			set_field(ps, FIELD_ENVFILE, $2.text, $1.pos);
		}
		| SUCCESSEXIT list { set_success(ps, $1.pos); }
		| NORESTARTEXIT list { set_norestart(ps, $1.pos); }
		| STOPSIGNAL value {
			set_field(ps, FIELD_STOPSIGNAL, $2.text, $1.pos);
		}
		| STOPTIMEOUT value {
			set_field(ps, FIELD_STOPTIMEOUT, $2.text, $1.pos);
		}
		| RELOAD value { set_reload(ps, $2.text, NULL, $1.pos); }
		| RELOAD value value {
			set_reload(ps, $2.text, $3.text, $1.pos);
		}
		| RELOAD COMMAND command { set_reload_command(ps, $1.pos); }
		| RELOAD RESTART {
			set_reload(ps, "restart", NULL, $1.pos);
		}
		| STARTUPTIMEOUT value {
			set_field(ps, FIELD_STARTUPTIMEOUT, $2.text, $1.pos);
		}
		| HEALTH value healthargs {
			set_health(ps, $2.text, $1.pos);
		}
		  healthoptions
		| READY value	{ set_ready(ps, $2.text, NULL, $1.pos); }
		| READY CHANNEL	{ set_ready(ps, $2.text, NULL, $1.pos); }
		| READY value value {
			set_ready(ps, $2.text, $3.text, $1.pos);
		}
		| CHANNEL value {
			set_field(ps, FIELD_CHANNEL, $2.text, $1.pos);
		}
		| NOTIFYACCESS value {
			set_field(ps, FIELD_NOTIFYACCESS, $2.text, $1.pos);
		}
		| NOTIFYACCESS GROUP {
			set_field(ps, FIELD_NOTIFYACCESS, $2.text, $1.pos);
		}
		| WATCHDOG value {
			set_field(ps, FIELD_WATCHDOG, $2.text, $1.pos);
		}
		| WATCHDOGGRACE value {
			set_field(ps, FIELD_WATCHDOGGRACE, $2.text, $1.pos);
		}
		| WATCHDOGSIGNAL value {
			set_field(ps, FIELD_WATCHDOGSIGNAL, $2.text, $1.pos);
		}
		| MINUPTIME value {
			set_field(ps, FIELD_MINUPTIME, $2.text, $1.pos);
		}
		| MAXMEMORY value {
			set_field(ps, FIELD_MAXMEMORY, $2.text, $1.pos);
		}
		| ONESHOT value {
			set_field(ps, FIELD_ONESHOT, $2.text, $1.pos);
		}
		| LIMIT value value {
			set_limit(ps, $2.text, $3.text, $1.pos);
		}
		| LIMIT AS value { set_limit(ps, $2.text, $3.text, $1.pos); }
		| INSTANCES value {
			set_field(ps, FIELD_INSTANCES, $2.text, $1.pos);
		}
		| SCALING MAXIMUM value {
			set_field(ps, FIELD_SCALING, $3.text, $1.pos);
		}
		| NONEWPRIVILEGES value {
			set_field(ps, FIELD_NNP, $2.text, $1.pos);
		}
		| NICE value {
			set_field(ps, FIELD_NICE, $2.text, $1.pos);
		}
		;

credname	: /* empty */	{ $$.text = NULL; }
		| AS value	{ $$ = $2; }
		;

processsetting	: COMMAND command {
			set_command(ps, FIELD_COMMAND, $1.pos);
		}
		| DEPENDSON list { set_depends(ps, $1.pos); }
		| WATCH value { set_watch(ps, $2.text, $1.pos); }
		  watchoptions
		| LISTEN value listenon PORT value listenname {
			set_listen(ps, $2.text, $3.text, $5.text, $6.text,
			    $1.pos);
		}
		| LISTEN value value listenmode listenname {
			set_listen_unix(ps, $2.text, $3.text, $4.text,
			    $5.text, $1.pos);
		}
		;

watchoptions	: /* empty */
		| watchoptions IGNORE list { set_watch_ignore(ps, $2.pos); }
		| watchoptions DEBOUNCE value {
			set_watch_debounce(ps, $3.text, $2.pos);
		}
		;

healthargs	: /* empty */	{ list_begin(ps); }
		| command
		;

healthoptions	: /* empty */
		| healthoptions healthoption
		;

healthoption	: INTERVAL value {
			set_check(ps, KW_INTERVAL, $2.text, $1.pos);
		}
		| TIMEOUT value {
			set_check(ps, KW_TIMEOUT, $2.text, $1.pos);
		}
		| HTTPSTATUS value {
			set_check(ps, KW_HTTPSTATUS, $2.text, $1.pos);
		}
		| MATCH value	{ set_check(ps, KW_MATCH, $2.text, $1.pos); }
		| RETRIES value {
			set_check(ps, KW_RETRIES, $2.text, $1.pos);
		}
		| STARTGRACE value {
			set_check(ps, KW_STARTGRACE, $2.text, $1.pos);
		}
		| ONUNHEALTHY value {
			set_check(ps, KW_ONUNHEALTHY, $2.text, $1.pos);
		}
		| ONUNHEALTHY RESTART {
			set_check(ps, KW_ONUNHEALTHY, "restart", $1.pos);
		}
		;

listenon	: /* empty */	{ $$.text = NULL; }
		| ON value	{ $$ = $2; }
		;

listenmode	: /* empty */	{ $$.text = NULL; }
		| MODE value	{ $$ = $2; }
		;

listenname	: /* empty */	{ $$.text = NULL; }
		| SOCKETNAME value { $$ = $2; }
		;

appsetting	: PORT value {
			set_field(ps, FIELD_PORT, $2.text, $1.pos);
		}
		| PROCESS value '{' { block_process(ps, $2.text, $1.pos); }
		  processsettings '}' { block_process_close(ps); }
		;

/*
 * Without braces `group' only comes first: behind another option it would
 * be taken for the group of the log where that of the app is meant.
 */
logging		: logfield
		| loggroup
		| logging logfield
		| '{' { block_log(ps, 1); } logblock '}' { block_log(ps, 0); }
		;

logblock	: /* empty */
		| logblock logfield
		| logblock loggroup
		| logblock error { RECOVER; yyclearin; yyerrok; }
		;

logfields	: /* empty */
		| logfields logfield
		| logfields error { RECOVER; yyclearin; yyerrok; }
		;

loggroup	: GROUP value {
			set_field(ps, FIELD_LOGGROUP, $2.text, $1.pos);
		}
		;

logfield	: MODE value {
			set_field(ps, FIELD_LOGMODE, $2.text, $1.pos);
		}
		| MAXSIZE value {
			set_field(ps, FIELD_LOGSIZE, $2.text, $1.pos);
		}
		| MAXFILES value {
			set_field(ps, FIELD_LOGFILES, $2.text, $1.pos);
		}
		| LEVEL value {
			set_field(ps, FIELD_LOGLEVEL, $2.text, $1.pos);
		}
		| FORMAT value {
			set_field(ps, FIELD_LOGFORMAT, $2.text, $1.pos);
		}
		;

value		: STRING
		| WORD
		| NUMBER
		;

/* Here a bare word is not a string: it is a keyword, mistyped. */
command		: value	{ list_begin(ps); list_add(ps, $1.text, $1.pos); }
		| command STRING { list_add(ps, $2.text, $2.pos); }
		| command NUMBER { list_add(ps, $2.text, $2.pos); }
		;

list		: value	{ list_begin(ps); list_add(ps, $1.text, $1.pos); }
		| list ',' value { list_add(ps, $3.text, $3.pos); }
		;

%%

static const int tokens[KW_MAX] = {
#define X(id, word, in, args, def)	[KW_##id] = id,
	KEYWORDS(X)
#undef X
};

int
yylex(void)
{
	const struct token	*t = &ps->lex.tok;

	lex_next(ps);
	yylval.text = t->text;
	yylval.pos = t->pos;
	switch (t->type) {
	case TOK_KEYWORD:
		if (t->kw == KW_GROUP && lex_begins_block(ps))
			return (GROUPBLOCK);
		if (t->kw == KW_TLS && lex_begins_block(ps))
			return (TLSBLOCK);
		return (tokens[t->kw]);
	case TOK_STRING:
		return (STRING);
	case TOK_WORD:
		return (WORD);
	case TOK_NUMBER:
		return (NUMBER);
	case TOK_NAME:
		return (NAME);
	case TOK_PUNCT:
		return (t->text[1] == '\0' ? t->text[0] : '?');
	case TOK_EOF:
		break;
	}
	return (0);
}

/* What yacc says is no help to the reader: the lexer knows more. */
void
yyerror(const char *why)
{
	lex_syntax_error(ps);
}

void
conf_parse(struct parse *run)
{
	ps = run;
	ps->in = IN_GLOBAL;
	if (yyparse() != 0 && ps->err.count == 0)
		conf_error(ps, ps->lex.tok.pos, "the parser gave up here");
	ps = NULL;
}
