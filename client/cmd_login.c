/* login, logout, whoami: who one is at a server. */
#include "client/command.h"
#include "client/message_rows.h"
#include "client/say.h"
#include "common/fields.h"

#include <provost/v1/admin.pb-c.h>

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* ---- login ---- */

struct login_flags {
    const char *title;
};

static const struct flag login_flag_table[] = {
    {"title", 0, "TEXT", "what the token got for a one-time token is for", flag_set_text,
     offsetof(struct login_flags, title)},
    {0},
};

/* A line of a terminal, unseen. */
static const char *ask_token(struct arena *arena, const char **out_token)
{
    struct termios before, silent;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
        return credentials_read_token("-", arena, out_token);
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fputs("Token: ", stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    const char *wrong = credentials_read_token("-", arena, out_token);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    return wrong;
}

static struct session_call admin_call(const char *method, const ProtobufCMessage *request,
                                      const char *doing)
{
    return (struct session_call){.service = &provost__v1__admin_service__descriptor,
                                 .method = method,
                                 .request = request,
                                 .failure.doing = doing};
}

/* A one-time token is exchanged; any other is tried out. */
static enum exit_code try_token(struct session *session, const char *title,
                                const char **out_name)
{
    Provost__V1__RedeemTokenRequest redeem = PROVOST__V1__REDEEM_TOKEN_REQUEST__INIT;
    Provost__V1__GetCallerRequest ask = PROVOST__V1__GET_CALLER_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    struct session_call call = admin_call("RedeemToken", &redeem.base, "sign in");
    if (title != NULL) redeem.title = arena_strdup(session->arena, title);
    if (session_probe(session, &call, &message)) {
        const Provost__V1__RedeemTokenResponse *got = (const void *)message;
        session->credentials.token = got->secret;
        *out_name = got->token->principal;
        return EXIT_CODE_OK;
    }
    call = admin_call("GetCaller", &ask.base, "sign in");
    enum exit_code code = session_run_unchecked(session, &call, &message);
    if (code == EXIT_CODE_OK)
        *out_name = ((const Provost__V1__GetCallerResponse *)message)->principal;
    return code;
}

/* Files are named from where they are: the next command may run elsewhere. */
static const char *absolute(const char *path, struct arena *arena)
{
    char here[4096];
    if (path == NULL || *path == '/' || getcwd(here, sizeof here) == NULL) return path;
    return arena_printf(arena, "%s/%s", here, path);
}

static enum exit_code run_login(struct session *session, const struct command_input *input)
{
    const struct login_flags *flags = input->flags;
    struct credentials *credentials = &session->credentials;
    const char *name = "", *wrong = NULL;
    if (!session->token_given) {
        credentials->token = NULL;
        wrong = ask_token(session->arena, &credentials->token);
    }
    if (wrong != NULL && credentials->tls_cert == NULL) {
        say_error("no token: %s; give it on stdin, with --token-file FILE, or in PROVOST_TOKEN",
                  wrong);
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = try_token(session, flags->title, &name);
    if (code != EXIT_CODE_OK) return code;
    credentials->tls_ca = absolute(credentials->tls_ca, session->arena);
    credentials->tls_cert = absolute(credentials->tls_cert, session->arena);
    credentials->tls_key = absolute(credentials->tls_key, session->arena);
    wrong = credentials_store(session->server, credentials, session->arena);
    if (wrong != NULL) {
        say_error("cannot keep the token: %s", wrong);
        return EXIT_CODE_FAILURE;
    }
    say("signed in at %s as %s", session->server, name);
    return EXIT_CODE_OK;
}

const struct command command_login = {
    .name = "login",
    .usage = "[--title TEXT]",
    .summary = "Sign in at a server with a token, and keep it",
    .examples = "provost --server plans.council.example:7443 login\n"
                "provost --server HOST:PORT --tls-ca council-ca.pem login < token\n",
    .details =
        "The token is asked for, or read from stdin, --token-file or PROVOST_TOKEN, and kept "
        "for\n"
        "this server in $XDG_CONFIG_HOME/provost/credentials, readable by you alone. A "
        "one-time\n"
        "token is exchanged for one to keep.\n",
    .flags = login_flag_table,
    .flags_size = sizeof(struct login_flags),
    .max_words = 0,
    .run = run_login,
};

/* ---- logout ---- */

static enum exit_code run_logout(struct session *session, const struct command_input *input)
{
    bool found = false;
    (void)input;
    const char *wrong = credentials_forget(session->server, session->arena, &found);
    if (wrong != NULL) {
        say_error("cannot forget: %s", wrong);
        return EXIT_CODE_FAILURE;
    }
    say(found ? "forgot the token of %s; it is still good until it ends or is revoked (provost "
                "token "
                "revoke)"
              : "there was no token for %s",
        session->server);
    return EXIT_CODE_OK;
}

const struct command command_logout = {
    .name = "logout",
    .usage = "",
    .summary = "Forget the token of a server",
    .examples = "provost --server plans.council.example:7443 logout\n",
    .max_words = 0,
    .run = run_logout,
};

/* ---- whoami ---- */

static const struct grid_column grant_columns[] = {
    {"role", NULL, 0}, {"organisation", NULL, 0}, {"writes", NULL, GRID_WRAP}};

static void fill_grants(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetCallerResponse *caller = view->context;
    grid_set_columns(grid, grant_columns, 3);
    for (size_t i = 0; i < caller->n_grants; i++) {
        const Provost__V1__Grant *grant = caller->grants[i];
        struct grid_cell *row = grid_add_row(grid);
        const char *groups = "";
        for (size_t g = 0; g < grant->n_field_groups; g++)
            groups = arena_printf(
                grid->arena, "%s%s%s", groups, g > 0 ? ", " : "",
                enum_short_name(&provost__v1__field_group__descriptor, grant->field_groups[g]));
        row[0].text = enum_short_name(&provost__v1__role__descriptor, grant->role);
        row[1].text = *grant->organisation != '\0' ? grant->organisation : "(all)";
        row[2].text = groups;
    }
}

static void fill_caller(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetCallerResponse *caller = view->context;
    fill_grants(view, grid);
    grid_note(grid, "%s, known by %s%s%s", caller->principal, caller->auth_method,
              *caller->on_behalf_of != '\0' ? ", for " : "", caller->on_behalf_of);
    if (caller->token != NULL)
        grid_note(grid, "token %s%s%s%s%s", caller->token->id,
                  *caller->token->organisation != '\0' ? ", only for " : "",
                  caller->token->organisation, caller->token->read_only ? ", only to read" : "",
                  caller->token->n_roles > 0 ? ", only some roles" : "");
    if (caller->n_grants == 0) grid_note(grid, "nothing is granted; ask an administrator");
}

static enum exit_code run_whoami(struct session *session, const struct command_input *input)
{
    Provost__V1__GetCallerRequest request = PROVOST__V1__GET_CALLER_REQUEST__INIT;
    struct session_call call = admin_call("GetCaller", &request.base, "ask who you are");
    ProtobufCMessage *message;
    (void)input;
    enum exit_code code = session_run_unchecked(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_grants,
                                                .fill_table = fill_caller,
                                                .context = message});
}

const struct command command_whoami = {
    .name = "whoami",
    .usage = "",
    .summary = "Show who the server takes you for, and what you may do",
    .examples = "provost whoami\nprovost --server HOST:PORT -o json whoami\n",
    .max_words = 0,
    .run = run_whoami,
};
