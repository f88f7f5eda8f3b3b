/* token, principal, grant: who may do what. */
#include "client/command.h"
#include "client/message_rows.h"
#include "client/moment.h"
#include "client/paging.h"
#include "client/resource_view.h"
#include "client/say.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/time_text.h"

#include <provost/v1/admin.pb-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what they have in common ---- */

/* A list: all pages of it. */
static enum exit_code list_admin(struct session *session, const char *method,
                                 const ProtobufCMessage *request, const char *list_field,
                                 ProtobufCMessage **out_response)
{
    const struct session_call call = {
        .service = &provost__v1__admin_service__descriptor,
        .method = method,
        .request = request,
        .failure.doing = arena_printf(session->arena, "list %s", list_field),
    };
    return paging_run(session, &call, list_field, 0, out_response);
}

/* Messages of one kind, a row each. */
struct rows {
    const ProtobufCMessageDescriptor *desc;
    ProtobufCMessage *const *messages;
    size_t count;
};

static void fill_rows(const struct view *view, struct grid *grid)
{
    const struct rows *rows = view->context;
    message_rows_columns(rows->desc, grid);
    for (size_t i = 0; i < rows->count; i++)
        message_rows_add(rows->messages[i], grid);
}

/* The same for people. */
static void fill_table(const struct view *view, struct grid *grid)
{
    const struct rows *rows = view->context;
    message_rows_columns(rows->desc, grid);
    for (size_t i = 0; i < rows->count; i++) {
        struct grid_cell *row = grid_add_row(grid);
        for (unsigned f = 0; f < rows->desc->n_fields; f++)
            row[f].text =
                resource_field_shown(rows->messages[i], &rows->desc->fields[f], grid->arena);
    }
    grid_drop_empty(grid);
    grid_note(grid, "%zu shown", rows->count);
}

static enum exit_code show_rows(struct session *session, const ProtobufCMessage *message,
                                const struct rows *rows)
{
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_rows,
                                                .fill_table = fill_table,
                                                .context = rows});
}

/* "30d", "12h", or a time of --expires. NULL, or what is wrong. */
static const char *read_end(const char *text, struct arena *arena,
                            Google__Protobuf__Timestamp **out_time)
{
    long number = 0;
    char unit = 0, rest = 0;
    int64_t us = 0;
    if (text == NULL) return NULL;
    if (sscanf(text, "%5ld%c%c", &number, &unit, &rest) == 2 && number > 0 &&
        (unit == 'd' || unit == 'h'))
        us = time_now_us() + number * (unit == 'd' ? INT64_C(86400) : INT64_C(3600)) * 1000000;
    else if (!time_parse(text, &us))
        return arena_printf(arena,
                            "--expires: \"%s\" is neither days (30d), hours (12h) nor a time "
                            "(2026-03-31)",
                            text);
    *out_time = timestamp_new(us, arena);
    return NULL;
}

static enum exit_code usage(const char *what)
{
    say_error("%s", what);
    return EXIT_CODE_USAGE;
}

/* Values of an enum by their short names. NULL, or what is wrong. */
static const char *read_enums(const struct flag_list *list, const ProtobufCEnumDescriptor *desc,
                              struct arena *arena, int **out_values)
{
    *out_values = arena_alloc(arena, (list->n + 1) * sizeof **out_values);
    for (size_t i = 0; i < list->n; i++)
        if (!enum_from_name(desc, list->values[i], &(*out_values)[i]) || (*out_values)[i] == 0)
            return arena_printf(arena, "\"%s\" is not one of %s", list->values[i],
                                enum_choices(desc, arena));
    return NULL;
}

/* One verb of a command. */
struct verb {
    const char *name;
    size_t words; /* it takes, its own name aside */
    const char *usage;
    enum exit_code (*run)(struct session *session, const struct command_input *input);
};

static enum exit_code run_verb(const struct command *command, const struct verb *verbs,
                               struct session *session, const struct command_input *input)
{
    for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
        if (strcmp(input->words[0], verb->name) != 0) continue;
        if (input->n_words == verb->words + 1 ||
            (input->n_words == 1 && strchr(verb->usage, '[') == verb->usage))
            return verb->run(session, input);
        say_error("write: provost %s %s %s", command->name, verb->name, verb->usage);
        return EXIT_CODE_USAGE;
    }
    abort(); /* main has looked at the command's choices */
}

static const char *word(const struct command_input *input, size_t i)
{
    return i < input->n_words ? input->words[i] : NULL;
}

struct access_flags {
    const char *title, *organisation, *expires, *reason;
    struct flag_list roles, groups, identities;
    bool read_only, one_time, all, disabled, acts_for_others;
};

/* ---- token ---- */

static enum exit_code token_create(struct session *session, const struct command_input *input)
{
    const struct access_flags *flags = input->flags;
    Provost__V1__CreateTokenRequest request = PROVOST__V1__CREATE_TOKEN_REQUEST__INIT;
    Provost__V1__Token token = PROVOST__V1__TOKEN__INIT;
    ProtobufCMessage *message;
    int *roles;
    const char *wrong = read_end(flags->expires, session->arena, &token.expire_time);
    if (wrong != NULL) return usage(wrong);
    wrong = read_enums(&flags->roles, &provost__v1__role__descriptor, session->arena, &roles);
    if (wrong != NULL) return usage(arena_printf(session->arena, "--role: %s", wrong));
    token.principal = arena_text(session->arena, word(input, 1));
    token.title = arena_text(session->arena, flags->title);
    token.organisation = arena_text(session->arena, flags->organisation);
    token.read_only = flags->read_only;
    token.one_time = flags->one_time;
    token.n_roles = flags->roles.n;
    token.roles = (Provost__V1__Role *)roles;
    request.token = &token;
    enum exit_code code =
        session_call_admin(session, "CreateToken", &request.base, "make a token", &message);
    if (code != EXIT_CODE_OK) return code;
    const Provost__V1__CreateTokenResponse *made = (const void *)message;
    say("token %s of %s, until %s; it is shown here and never again:", made->token->id,
        made->token->principal,
        moment_show(timestamp_to_us(made->token->expire_time), session->arena));
    printf("%s\n", made->secret);
    return EXIT_CODE_OK;
}

static enum exit_code token_list(struct session *session, const struct command_input *input)
{
    const struct access_flags *flags = input->flags;
    Provost__V1__ListTokensRequest request = PROVOST__V1__LIST_TOKENS_REQUEST__INIT;
    ProtobufCMessage *message;
    request.principal = arena_text(session->arena, word(input, 1));
    request.show_ended = flags->all;
    enum exit_code code = list_admin(session, "ListTokens", &request.base, "tokens", &message);
    if (code != EXIT_CODE_OK) return code;
    const Provost__V1__ListTokensResponse *list = (const void *)message;
    return show_rows(session, message,
                     &(struct rows){&provost__v1__token__descriptor,
                                    (ProtobufCMessage *const *)list->tokens, list->n_tokens});
}

static enum exit_code token_revoke(struct session *session, const struct command_input *input)
{
    const struct access_flags *flags = input->flags;
    Provost__V1__RevokeTokenRequest request = PROVOST__V1__REVOKE_TOKEN_REQUEST__INIT;
    ProtobufCMessage *message;
    request.id = arena_strdup(session->arena, input->words[1]);
    request.reason = arena_text(session->arena, flags->reason);
    enum exit_code code =
        session_call_admin(session, "RevokeToken", &request.base, "revoke the token", &message);
    if (code == EXIT_CODE_OK) say("token %s is revoked", input->words[1]);
    return code;
}

static enum exit_code run_token(struct session *session, const struct command_input *input)
{
    static const struct verb verbs[] = {{"create", 1, "[PRINCIPAL]", token_create},
                                        {"list", 1, "[PRINCIPAL]", token_list},
                                        {"revoke", 1, "ID", token_revoke},
                                        {NULL, 0, NULL, NULL}};
    return run_verb(&command_token, verbs, session, input);
}

static const struct flag token_flag_table[] = {
    {"title", 0, "TEXT", "what it is for", flag_set_text, offsetof(struct access_flags, title)},
    {"expires", 0, "WHEN", "30d, 12h or a date; else 90 days, one-time 1 day", flag_set_text,
     offsetof(struct access_flags, expires)},
    {"role", 0, "ROLE", "only this role of the principal; may be given again", flag_add_text,
     offsetof(struct access_flags, roles)},
    {"organisation", 0, "NAME", "only there and below", flag_set_text,
     offsetof(struct access_flags, organisation)},
    {"read-only", 0, NULL, "only to read", flag_set_bool,
     offsetof(struct access_flags, read_only)},
    {"one-time", 0, NULL, "to be exchanged by \"provost login\", once", flag_set_bool,
     offsetof(struct access_flags, one_time)},
    {"all", 0, NULL, "list: also those that have ended", flag_set_bool,
     offsetof(struct access_flags, all)},
    {"reason", 'r', "TEXT", "revoke: why, for the log", flag_set_text,
     offsetof(struct access_flags, reason)},
    {0},
};

const struct command command_token = {
    .name = "token",
    .choices = "create list revoke",
    .usage = "create [PRINCIPAL] | list [PRINCIPAL] | revoke ID",
    .summary = "Make, list and revoke bearer tokens",
    .examples =
        "provost token create finance-system --organisation organisations/finance --expires "
        "30d\n"
        "provost token create ann --one-time\n"
        "provost token list\nprovost token revoke t0123456789abcdef --reason \"left\"\n",
    .details =
        "The secret goes to stdout alone, once. A revoked token stops at the next call, and "
        "ends\nthe watches that were opened with it.\n",
    .flags = token_flag_table,
    .flags_size = sizeof(struct access_flags),
    .min_words = 1,
    .max_words = 2,
    .run = run_token,
};

/* ---- principal ---- */

static enum exit_code principal_set(struct session *session, const struct command_input *input)
{
    const struct access_flags *flags = input->flags;
    Provost__V1__SetPrincipalRequest request = PROVOST__V1__SET_PRINCIPAL_REQUEST__INIT;
    Provost__V1__Principal principal = PROVOST__V1__PRINCIPAL__INIT;
    ProtobufCMessage *message;
    principal.name = arena_strdup(session->arena, input->words[1]);
    principal.title = arena_text(session->arena, flags->title);
    principal.identities = (char **)(uintptr_t)flags->identities.values;
    principal.n_identities = flags->identities.n;
    principal.disabled = flags->disabled;
    principal.acts_for_others = flags->acts_for_others;
    request.principal = &principal;
    request.reason = arena_text(session->arena, flags->reason);
    enum exit_code code = session_call_admin(session, "SetPrincipal", &request.base,
                                             "set the principal", &message);
    if (code == EXIT_CODE_OK) say("principal %s is as given", input->words[1]);
    return code;
}

static enum exit_code principal_list(struct session *session, const struct command_input *input)
{
    Provost__V1__ListPrincipalsRequest request = PROVOST__V1__LIST_PRINCIPALS_REQUEST__INIT;
    ProtobufCMessage *message;
    (void)input;
    enum exit_code code =
        list_admin(session, "ListPrincipals", &request.base, "principals", &message);
    if (code != EXIT_CODE_OK) return code;
    const Provost__V1__ListPrincipalsResponse *list = (const void *)message;
    return show_rows(session, message,
                     &(struct rows){&provost__v1__principal__descriptor,
                                    (ProtobufCMessage *const *)list->principals,
                                    list->n_principals});
}

static enum exit_code run_principal(struct session *session, const struct command_input *input)
{
    static const struct verb verbs[] = {{"set", 1, "NAME", principal_set},
                                        {"list", 0, "", principal_list},
                                        {NULL, 0, NULL, NULL}};
    return run_verb(&command_principal, verbs, session, input);
}

static const struct flag principal_flag_table[] = {
    {"title", 0, "TEXT", "name as people write it", flag_set_text,
     offsetof(struct access_flags, title)},
    {"identity", 0, "KIND:VALUE",
     "what it is known by: unix-user:, unix-uid:, unix-group:, cert-sha256:, cert-uri:, "
     "cert-dns:, "
     "cert-email:, jwt:; may be given again",
     flag_add_text, offsetof(struct access_flags, identities)},
    {"disabled", 0, NULL, "it cannot call", flag_set_bool,
     offsetof(struct access_flags, disabled)},
    {"acts-for-others", 0, NULL, "it may say for whom it calls (--on-behalf-of)", flag_set_bool,
     offsetof(struct access_flags, acts_for_others)},
    {"reason", 'r', "TEXT", "why, for the log", flag_set_text,
     offsetof(struct access_flags, reason)},
    {0},
};

const struct command command_principal = {
    .name = "principal",
    .choices = "set list",
    .usage = "set NAME [--identity KIND:VALUE]... | list",
    .summary = "Add, change and list those who may call: people and services",
    .examples =
        "provost principal set ann --title \"Ann Bell\" --identity unix-user:ann\n"
        "provost principal set finance-system --identity cert-dns:finance.council.example\n"
        "provost principal list\n",
    .details = "set takes all there is to say of it: what is not given is not so.\n",
    .flags = principal_flag_table,
    .flags_size = sizeof(struct access_flags),
    .min_words = 1,
    .max_words = 2,
    .run = run_principal,
};

/* ---- grant ---- */

static enum exit_code grant_add(struct session *session, const struct command_input *input)
{
    const struct access_flags *flags = input->flags;
    Provost__V1__AddGrantRequest request = PROVOST__V1__ADD_GRANT_REQUEST__INIT;
    Provost__V1__Grant grant = PROVOST__V1__GRANT__INIT;
    ProtobufCMessage *message;
    int role = 0, *groups;
    const char *wrong = read_end(flags->expires, session->arena, &grant.expire_time);
    if (wrong != NULL) return usage(wrong);
    if (!enum_from_name(&provost__v1__role__descriptor, input->words[2], &role) || role == 0)
        return usage(
            arena_printf(session->arena, "\"%s\" is not one of %s", input->words[2],
                         enum_choices(&provost__v1__role__descriptor, session->arena)));
    wrong = read_enums(&flags->groups, &provost__v1__field_group__descriptor, session->arena,
                       &groups);
    if (wrong != NULL) return usage(arena_printf(session->arena, "--fields: %s", wrong));
    grant.principal = arena_strdup(session->arena, input->words[1]);
    grant.role = (Provost__V1__Role)role;
    grant.organisation = arena_text(session->arena, flags->organisation);
    grant.n_field_groups = flags->groups.n;
    grant.field_groups = (Provost__V1__FieldGroup *)groups;
    request.grant = &grant;
    request.reason = arena_text(session->arena, flags->reason);
    enum exit_code code =
        session_call_admin(session, "AddGrant", &request.base, "grant it", &message);
    if (code == EXIT_CODE_OK)
        say("grant %s", ((const Provost__V1__AddGrantResponse *)message)->grant->id);
    return code;
}

static enum exit_code grant_remove(struct session *session, const struct command_input *input)
{
    const struct access_flags *flags = input->flags;
    Provost__V1__RemoveGrantRequest request = PROVOST__V1__REMOVE_GRANT_REQUEST__INIT;
    ProtobufCMessage *message;
    request.id = arena_strdup(session->arena, input->words[1]);
    request.reason = arena_text(session->arena, flags->reason);
    enum exit_code code = session_call_admin(session, "RemoveGrant", &request.base,
                                             "take the grant away", &message);
    if (code == EXIT_CODE_OK) say("grant %s is gone", input->words[1]);
    return code;
}

static enum exit_code grant_list(struct session *session, const struct command_input *input)
{
    Provost__V1__ListGrantsRequest request = PROVOST__V1__LIST_GRANTS_REQUEST__INIT;
    ProtobufCMessage *message;
    request.principal = arena_text(session->arena, word(input, 1));
    enum exit_code code = list_admin(session, "ListGrants", &request.base, "grants", &message);
    if (code != EXIT_CODE_OK) return code;
    const Provost__V1__ListGrantsResponse *list = (const void *)message;
    return show_rows(session, message,
                     &(struct rows){&provost__v1__grant__descriptor,
                                    (ProtobufCMessage *const *)list->grants, list->n_grants});
}

static enum exit_code run_grant(struct session *session, const struct command_input *input)
{
    static const struct verb verbs[] = {{"add", 2, "PRINCIPAL ROLE", grant_add},
                                        {"remove", 1, "ID", grant_remove},
                                        {"list", 1, "[PRINCIPAL]", grant_list},
                                        {NULL, 0, NULL, NULL}};
    return run_verb(&command_grant, verbs, session, input);
}

static const struct flag grant_flag_table[] = {
    {"organisation", 0, "NAME", "on this and all below it; else on the whole register",
     flag_set_text, offsetof(struct access_flags, organisation)},
    {"fields", 0, "GROUP", "reporting, definitions, approval; may be given again",
     flag_add_text, offsetof(struct access_flags, groups)},
    {"expires", 0, "WHEN", "30d, 12h or a date; else never", flag_set_text,
     offsetof(struct access_flags, expires)},
    {"reason", 'r', "TEXT", "why, for the log", flag_set_text,
     offsetof(struct access_flags, reason)},
    {0},
};

const struct command command_grant = {
    .name = "grant",
    .choices = "add remove list",
    .usage = "add PRINCIPAL ROLE [--organisation NAME] | remove ID | list [PRINCIPAL]",
    .summary = "Give and take roles: viewer, contributor, approver, auditor, admin",
    .examples = "provost grant add ann contributor --organisation organisations/finance\n"
                "provost grant add performance-team contributor --fields definitions\n"
                "provost grant list ann\nprovost grant remove g0123456789abcdef\n",
    .details =
        "A contributor writes figures and notes (reporting) unless --fields says otherwise.\n",
    .flags = grant_flag_table,
    .flags_size = sizeof(struct access_flags),
    .min_words = 1,
    .max_words = 3,
    .run = run_grant,
};
