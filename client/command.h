/* What a command is. The table of all of them is in commands.c. */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include "client/exit_code.h"
#include "client/flags.h"
#include "client/session.h"

#include <stddef.h>

/* What a command was given. */
struct command_input {
    const void *flags;        /* its own struct, filled by its table */
    const char *const *words; /* what follows the command's name */
    size_t n_words;
};

struct command {
    const char *name;
    const char *usage;        /* the words and flags that matter: "NAME FIELD=VALUE..." */
    const char *choices;      /* what the first word may be, spaces between; NULL: anything */
    const char *summary;      /* one line */
    const char *examples;     /* whole lines, without indent */
    const char *details;      /* further lines of help, or NULL */
    const struct flag *flags; /* or NULL */
    size_t flags_size;        /* of the struct they fill */
    size_t min_words;
    size_t max_words;
    enum exit_code (*run)(struct session *session, const struct command_input *input);
};

/* Any number of words. */
#define COMMAND_ANY ((size_t)-1)

/* Each command's row, in the file that implements it. */
extern const struct command command_import;
extern const struct command command_export;
extern const struct command command_get;
extern const struct command command_list;
extern const struct command command_set;
extern const struct command command_delete;
extern const struct command command_submit;
extern const struct command command_approve;
extern const struct command command_reject;
extern const struct command command_scorecard;
extern const struct command command_log;
extern const struct command command_show;
extern const struct command command_history;
extern const struct command command_watch;
extern const struct command command_audit;
extern const struct command command_redact;
extern const struct command command_backup;
extern const struct command command_check_integrity;
extern const struct command command_read_only;
extern const struct command command_login;
extern const struct command command_logout;
extern const struct command command_whoami;
extern const struct command command_token;
extern const struct command command_principal;
extern const struct command command_grant;
extern const struct command command_status;
extern const struct command command_version;
extern const struct command command_help;

#endif
