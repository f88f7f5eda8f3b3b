#include "client/commands.h"

#include "client/perform.h"
#include "common/suggest.h"

#include <string.h>

const struct command *const commands_table[] = {
    &command_scorecard,
    &command_series,
    &command_progress,
    &command_due,
    &command_risks,
    &command_check,
    &command_tree,
    &command_submit,
    &command_approve,
    &command_reject,
    &command_get,
    &command_list,
    &command_set,
    &command_delete,
    &command_log,
    &command_history,
    &command_show,
    &command_import,
    &command_export,
    &command_watch,
    &command_redact,
    &command_backup,
    &command_check_integrity,
    &command_read_only,
    &command_audit,
    &command_login,
    &command_logout,
    &command_whoami,
    &command_token,
    &command_principal,
    &command_grant,
    &command_status,
    &command_help,
    &command_version,
    NULL,
};

const struct flag commands_common_flags[] = {
    {"server", 's', "ADDRESS",
     "unix:/path or HOST:PORT of the daemon; else $PROVOST_SERVER, /run/provost/provost.sock, "
     "$XDG_RUNTIME_DIR/provost.sock",
     flag_set_text, offsetof(struct options, server)},
    {"output", 'o', "FORMAT", "table (default), json, csv or plain (tabs, for scripts)",
     flag_set_text, offsetof(struct options, output)},
    {"as-of", 0, "SEQ|TIME",
     "read the register as it was: after change SEQ, at a time, or at the end of a date",
     flag_set_text, offsetof(struct options, as_of)},
    {"token-file", 0, "FILE",
     "file of the token to sign in with, - is stdin; else $PROVOST_TOKEN_FILE, $PROVOST_TOKEN, "
     "or "
     "what \"provost login\" kept",
     flag_set_text, offsetof(struct options, token_file)},
    {"tls-ca", 0, "FILE", "authorities to trust, PEM; else $PROVOST_TLS_CA, or the system's",
     flag_set_text, offsetof(struct options, tls_ca)},
    {"tls-cert", 0, "FILE", "certificate to show, PEM; else $PROVOST_TLS_CERT", flag_set_text,
     offsetof(struct options, tls_cert)},
    {"tls-key", 0, "FILE", "its key, PEM; else $PROVOST_TLS_KEY, or in the certificate's file",
     flag_set_text, offsetof(struct options, tls_key)},
    {"service", 0, "NAME", "department to declare in the log; else $PROVOST_SERVICE",
     flag_set_text, offsetof(struct options, service)},
    {"on-behalf-of", 0, "WHO", "person to declare in the log", flag_set_text,
     offsetof(struct options, on_behalf_of)},
    {"timeout", 0, "SECONDS", "wait this long for an answer (60)", flag_set_positive,
     offsetof(struct options, timeout_s)},
    {"request-id", 0, "ID",
     "id of this write; the same id again gives the first answer and changes nothing",
     flag_set_text, offsetof(struct options, request_id)},
    {"no-color", 0, NULL, "no colours, as with NO_COLOR set", flag_set_bool,
     offsetof(struct options, no_color)},
    {"debug", 0, NULL, "show codes, reasons and retries", flag_set_bool,
     offsetof(struct options, debug)},
    {"help", 'h', NULL, "examples and options, also of a command", flag_set_bool,
     offsetof(struct options, help)},
    {"version", 'V', NULL, "version of this program", flag_set_bool,
     offsetof(struct options, version)},
    {0},
};

const struct command *commands_find(const char *name)
{
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        if (strcmp((*at)->name, name) == 0) return *at;
    return NULL;
}

const char *commands_suggest(const char *name)
{
    struct suggest suggest = {.word = name};

    for (const struct command *const *at = commands_table; *at != NULL; at++)
        suggest_offer(&suggest, (*at)->name);
    return suggest.best;
}
