/* RedactChange: two persons, what goes, and what the log shows of it. */
#include "common/reasons.h"
#include "service/change_log.h"
#include "service/redact.h"
#include "service/verify_log.h"
#include "store/redact.h"
#include "support/register_fixture.h"

#include "provost/v1/change_log.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CELL "observations/foi/2020-21"
#define FIGURE(seq)                                                                            \
    "\"changeSeq\":\"" seq "\",\"target\":\"REDACT_TARGET_FIELD\",\"resource\":\"" CELL        \
    "\",\"field\":\"value\""
#define NOTE(seq)                                                                              \
    "\"changeSeq\":\"" seq "\",\"target\":\"REDACT_TARGET_FIELD\",\"resource\":\"" CELL        \
    "\",\"field\":\"note\""
#define LOG(seq, target) "\"changeSeq\":\"" seq "\",\"target\":\"REDACT_TARGET_" target "\""

/* Changes: 1 indicator, 2 figure 77.25 with the note MARKER by bob for "Jo Marker", 3 another
 * note line (source), 4 figure revised to 80 for a reason. */
static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    struct register_fixture *f = *state;
    register_must_apply(f, "{\"create\":{\"name\":\"indicators/foi\",\"indicator\":{"
                           "\"title\":\"FOI\",\"unit\":\"UNIT_PERCENT\"}}}");
    f->caller.principal = "bob";
    f->caller.on_behalf_of = "Jo Marker";
    register_submit_json(f,
                         "{\"requestId\":\"r2\",\"submissions\":[{\"indicator\":\"foi\","
                         "\"period\":\"2020-21\",\"value\":\"77.25%\",\"note\":\"MARKER\"}]}");
    register_must_apply(f, "{\"patch\":{\"resource\":{\"name\":\"" CELL "\",\"observation\":{"
                           "\"sourceSystem\":\"s\"}},\"updateMask\":\"sourceSystem\"}}");
    register_submit_json(f, "{\"revise\":true,\"reason\":\"Late MARKER returns\","
                            "\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2020-21\","
                            "\"value\":\"80\"}]}");
    assert_int_equal(register_seq(f), 4);
    f->caller.principal = "alice";
    f->caller.on_behalf_of = "";
    return 0;
}

static Provost__V1__RedactChangeResponse *redact(struct register_fixture *f, const char *json)
{
    return (Provost__V1__RedactChangeResponse *)register_write(
        f, change_log_redact_change, &provost__v1__redact_change_request__descriptor, json);
}

static const char *ask(struct register_fixture *f, const char *what)
{
    Provost__V1__RedactChangeResponse *response =
        redact(f, arena_printf(&f->arena, "{%s,\"reason\":\"Article 17\"}", what));
    if (response == NULL) fail_msg("%s: %s", f->status.reason, f->status.message);
    assert_int_equal(response->seq, 0);
    assert_int_equal(strlen(response->approval_id), 32);
    return response->approval_id;
}

static Provost__V1__RedactChangeResponse *approve(struct register_fixture *f, const char *what,
                                                  const char *id)
{
    return redact(f, arena_printf(&f->arena, "{%s,\"approvalId\":\"%s\"}", what, id));
}

/* alice asks, carol approves. */
static Provost__V1__RedactChangeResponse *must_redact(struct register_fixture *f,
                                                      const char *what)
{
    const char *id = ask(f, what);
    f->caller.principal = "carol";
    Provost__V1__RedactChangeResponse *response = approve(f, what, id);
    if (response == NULL) fail_msg("%s: %s", f->status.reason, f->status.message);
    f->caller.principal = "alice";
    return response;
}

static Provost__V1__Change *change(struct register_fixture *f, const char *seq)
{
    Provost__V1__GetChangeResponse *response = (Provost__V1__GetChangeResponse *)register_read(
        f, change_log_get_change, &provost__v1__get_change_request__descriptor,
        arena_printf(&f->arena, "{\"changeSeq\":\"%s\"}", seq));
    if (response == NULL) fail_msg("%s", f->status.message);
    return response->change;
}

static const Provost__V1__FieldChange *field(const Provost__V1__Change *change,
                                             const char *name)
{
    for (size_t i = 0; i < change->items[0]->n_fields; i++)
        if (strcmp(change->items[0]->fields[i]->field, name) == 0)
            return change->items[0]->fields[i];
    fail_msg("change %lld has no field %s", (long long)change->seq, name);
    return NULL;
}

static void assert_log_is_sound(struct register_fixture *f)
{
    Provost__V1__VerifyLogResponse *response = (Provost__V1__VerifyLogResponse *)register_read(
        f, change_log_verify_log, &provost__v1__verify_log_request__descriptor, "{}");
    if (response == NULL) fail_msg("%s", f->status.message);
    if (response->n_faults)
        fail_msg("change %lld %s %s: %s %s", (long long)response->faults[0]->seq,
                 response->faults[0]->resource, response->faults[0]->field,
                 response->faults[0]->reason, response->faults[0]->message);
    assert_true(response->root_matches);
    assert_int_equal(response->next_seq, 0);
}

static bool files_hold(const struct register_fixture *f, const char *text)
{
    static const char *const names[] = {"register.db", "register.db-wal"};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        FILE *file =
            fopen(arena_printf((struct arena *)&f->arena, "%s/%s", f->dir, names[i]), "rb");
        if (file == NULL) continue;
        static char bytes[8 << 20];
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        found = found || memmem(bytes, size, text, strlen(text)) != NULL;
    }
    return found;
}

static void an_erasure_needs_a_second_person(void **state)
{
    struct register_fixture *f = *state;
    const char *id = ask(f, NOTE("2"));
    assert_string_equal(register_field(f, CELL, "note"), "MARKER");
    f->caller.on_behalf_of = "somebody else";
    assert_null(approve(f, NOTE("2"), id));
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_SECOND_PERSON_NEEDED,
                           "approval_id", "alice");
    f->caller.principal = "carol";
    assert_null(approve(f, FIGURE("2"), id));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_APPROVAL_MISMATCH, "approval_id",
                           NULL);
    Provost__V1__RedactChangeResponse *response = approve(f, NOTE("2"), id);
    assert_non_null(response);
    assert_int_equal(response->seq, 5);
    assert_string_equal(response->approval_id, "");
    assert_null(approve(f, NOTE("2"), id));
    register_assert_failed(f, GRPC_NOT_FOUND, REASON_APPROVAL_UNKNOWN, NULL, NULL);
}

static struct status eight_days_later(struct handler_call *call,
                                      const ProtobufCMessage *request,
                                      ProtobufCMessage **out_response)
{
    call->now_us = INT64_C(8) * 24 * 3600 * 1000000;
    return change_log_redact_change(call, request, out_response);
}

static void a_request_expires(void **state)
{
    struct register_fixture *f = *state;
    const char *id = ask(f, NOTE("2"));
    f->caller.principal = "carol";
    assert_null(
        register_write(f, eight_days_later, &provost__v1__redact_change_request__descriptor,
                       arena_printf(&f->arena, "{%s,\"approvalId\":\"%s\"}", NOTE("2"), id)));
    register_assert_failed(f, GRPC_NOT_FOUND, REASON_APPROVAL_UNKNOWN, NULL, NULL);
}

static void a_value_goes_from_every_version_and_both_files(void **state)
{
    struct register_fixture *f = *state;
    assert_true(files_hold(f, "MARKER"));
    Provost__V1__RedactChangeResponse *response = must_redact(f, NOTE("2"));
    assert_int_equal(response->erased, 3); /* versions 2, 3 and 4 carry the note */
    must_redact(f, LOG("4", "REASON"));
    assert_true(files_hold(f, "Jo Marker"));
    must_redact(f, LOG("3", "ACTOR"));
    assert_false(files_hold(f, "MARKER"));
    assert_false(files_hold(f, "Jo Marker"));
    assert_string_equal(register_field(f, CELL, "note"), "");
    assert_string_equal(register_field(f, CELL, "value"), "80");
    assert_log_is_sound(f);
}

static void a_figure_goes_with_what_says_the_same(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, FIGURE("2"));
    assert_false(files_hold(f, "77.25"));
    assert_string_equal(register_field(f, CELL, "value"), "80");
    assert_log_is_sound(f);
    /* The state was set by change 2 too, and no later change touched it. */
    assert_string_equal(register_field(f, CELL, "state"), "");
}

static void the_log_shows_what_was_erased(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, FIGURE("2"));
    const Provost__V1__Change *made = change(f, "2"), *revised = change(f, "4");
    assert_true(field(made, "value")->after_redacted);
    assert_false(field(made, "note")->after_redacted);
    assert_string_equal(field(made, "value")->after, "");
    assert_true(field(revised, "value")->before_redacted);
    assert_false(field(revised, "value")->after_redacted);
    assert_string_equal(field(revised, "value")->after, "80");
    const Provost__V1__Change *erased = change(f, "5");
    assert_int_equal(erased->items[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_REDACTED);
    assert_int_equal(erased->items[0]->previous_revision, 2);
    assert_string_equal(erased->items[0]->resource, CELL);
    assert_string_equal(erased->items[0]->requested_by, "alice");
    assert_string_equal(erased->principal, "carol");
    assert_string_equal(erased->reason, "Article 17");
    assert_true(field(erased, "verbatim")->after_redacted);
    Provost__V1__ListChangesResponse *history =
        (Provost__V1__ListChangesResponse *)register_read(
            f, change_log_list_changes, &provost__v1__list_changes_request__descriptor,
            "{\"resource\":\"" CELL "\"}");
    assert_int_equal(history->n_changes, 4);
    assert_int_equal(history->changes[0]->seq, 5);
}

static void names_and_reasons_are_marked(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, LOG("4", "REASON"));
    must_redact(f, LOG("2", "ACTOR"));
    assert_true(change(f, "4")->reason_redacted);
    assert_string_equal(change(f, "4")->reason, "");
    for (int seq = 2; seq <= 4; seq++) {
        const Provost__V1__Change *c = change(f, arena_printf(&f->arena, "%d", seq));
        assert_true(c->actor_redacted);
        assert_string_equal(c->on_behalf_of, "");
        assert_ptr_equal(strstr(c->principal, "bob"), NULL);
    }
    assert_false(change(f, "1")->actor_redacted);
    f->caller.principal = "bob";
    f->caller.on_behalf_of = "Jo Marker";
    register_must_apply(f, "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"P\"}}}");
    assert_string_equal(change(f, "7")->principal, "bob");
    assert_log_is_sound(f);
    f->caller.principal = "alice";
    redact(f, "{" LOG("3", "ACTOR") ",\"reason\":\"x\"}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_ALREADY_REDACTED, NULL, NULL);
    redact(f, "{" LOG("4", "REASON") ",\"reason\":\"x\"}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_ALREADY_REDACTED, NULL, NULL);
}

static void a_retry_of_what_told_the_value_is_recognised(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, NOTE("2"));
    f->caller.principal = "bob";
    f->caller.on_behalf_of = "Jo Marker";
    register_submit_json(f,
                         "{\"requestId\":\"r2\",\"submissions\":[{\"indicator\":\"foi\","
                         "\"period\":\"2020-21\",\"value\":\"77.25%\",\"note\":\"MARKER\"}]}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_ANSWER_REDACTED, "request_id",
                           "position 2");
    assert_int_equal(register_seq(f), 5);
}

static void an_approval_may_be_retried(void **state)
{
    struct register_fixture *f = *state;
    const char *id = ask(f, NOTE("2"));
    f->caller.principal = "carol";
    const char *json = arena_printf(&f->arena, "{%s,\"approvalId\":\"%s\",\"requestId\":\"a\"}",
                                    NOTE("2"), id);
    assert_int_equal(redact(f, json)->seq, 5);
    assert_int_equal(redact(f, json)->seq, 5);
    assert_int_equal(register_seq(f), 5);
}

static void life_goes_on_after_an_erasure(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, FIGURE("4"));
    must_redact(f, NOTE("2"));
    register_must_apply(f, "{\"patch\":{\"resource\":{\"name\":\"" CELL "\",\"observation\":{"
                           "\"sourceSystem\":\"t\"}},\"updateMask\":\"sourceSystem\"}}");
    assert_non_null(register_submit_json(
        f, "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2020-21\",\"value\":\"81\","
           "\"note\":\"new\"}]}"));
    assert_string_equal(register_field(f, CELL, "value"), "81");
    assert_false(field(change(f, "8"), "note")->after_redacted);
    assert_true(field(change(f, "8"), "note")->before_redacted);
    register_must_apply(f, "{\"patch\":{\"resource\":{\"name\":\"" CELL "\",\"observation\":{"
                           "\"note\":\"\"}},\"updateMask\":\"note\"}}");
    assert_false(field(change(f, "9"), "note")->after_redacted);
    assert_string_equal(field(change(f, "9"), "note")->before, "new");
    register_must_apply(f, "{\"delete\":{\"name\":\"" CELL "\"}}");
    assert_log_is_sound(f);
}

static void refusals_say_what_is_wrong(void **state)
{
    struct register_fixture *f = *state;
    static const struct {
        const char *json;
        enum grpc_code code;
        const char *reason, *field;
    } rows[] = {
        {"{" NOTE("2") "}", GRPC_INVALID_ARGUMENT, REASON_REASON_REQUIRED, "reason"},
        {"{" NOTE("2") ",\"reason\":\"was marker\"}", GRPC_INVALID_ARGUMENT,
         REASON_REASON_INVALID, "reason"},
        {"{" NOTE("0") ",\"reason\":\"x\"}", GRPC_INVALID_ARGUMENT, REASON_SEQ_INVALID,
         "change_seq"},
        {"{" NOTE("3") ",\"reason\":\"x\"}", GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND,
         "change_seq"},
        {"{" NOTE("99") ",\"reason\":\"x\"}", GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND,
         "change_seq"},
        {"{" LOG("2", "REASON") ",\"reason\":\"x\"}", GRPC_FAILED_PRECONDITION,
         REASON_NOTHING_TO_REDACT, "change_seq"},
        {"{" LOG("99", "ACTOR") ",\"reason\":\"x\"}", GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND,
         "change_seq"},
        {"{\"changeSeq\":\"2\",\"reason\":\"x\"}", GRPC_INVALID_ARGUMENT, REASON_REDACT_TARGET,
         "target"},
        {"{\"changeSeq\":\"2\",\"target\":\"REDACT_TARGET_FIELD\",\"resource\":\"" CELL
         "\",\"field\":\"period\",\"reason\":\"x\"}",
         GRPC_INVALID_ARGUMENT, REASON_REDACT_TARGET, "field"},
        {"{\"changeSeq\":\"2\",\"target\":\"REDACT_TARGET_FIELD\",\"resource\":\"" CELL
         "\",\"field\":\"nope\",\"reason\":\"x\"}",
         GRPC_INVALID_ARGUMENT, "UNKNOWN_FIELD", "field"},
        {"{" NOTE("2") ",\"approvalId\":\"00\"}", GRPC_NOT_FOUND, REASON_APPROVAL_UNKNOWN,
         "approval_id"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(redact(f, rows[i].json));
        register_assert_failed(f, rows[i].code, rows[i].reason, rows[i].field, NULL);
    }
    assert_int_equal(register_seq(f), 4);
}

static void another_erasure_of_the_same_version_is_logged_alone(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, FIGURE("2"));
    assert_log_is_sound(f);
    must_redact(f, NOTE("2"));
    assert_log_is_sound(f);
    redact(f, "{" NOTE("2") ",\"reason\":\"x\"}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_ALREADY_REDACTED, NULL, "6");
    redact(f, "{" FIGURE("2") ",\"reason\":\"x\"}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_ALREADY_REDACTED, NULL, NULL);
}

static void a_required_title_may_go(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, "\"changeSeq\":\"1\",\"target\":\"REDACT_TARGET_FIELD\",\"resource\":"
                   "\"indicators/foi\",\"field\":\"title\"");
    assert_string_equal(register_field(f, "indicators/foi", "title"), "");
    register_must_apply(f,
                        "{\"patch\":{\"resource\":{\"name\":\"indicators/foi\",\"indicator\":{"
                        "\"title\":\"New\"}},\"updateMask\":\"title\"}}");
    assert_log_is_sound(f);
}

/* What a register restored from a backup of seq 3, and of seq 4, would have to erase again. */
static struct status check_list(struct handler_call *call, const ProtobufCMessage *request,
                                ProtobufCMessage **out_response)
{
    struct redaction *list;
    size_t count;
    struct status st = txn_redactions_after(call->txn, 3, call->arena, &list, &count);
    if (!status_is_ok(st)) return st;
    assert_int_equal(count, 1);
    st = txn_redactions_after(call->txn, 4, call->arena, &list, &count);
    if (!status_is_ok(st)) return st;
    assert_int_equal(count, 2);
    assert_int_equal(list[0].target, REDACT_FIELD);
    assert_string_equal(list[0].kind->collection, "observations");
    assert_string_equal(list[0].id, "foi/2020-21");
    assert_string_equal(list[0].field, "note");
    assert_int_equal(list[0].change_seq, 2);
    assert_string_equal(list[0].requester, "alice");
    assert_int_equal(list[1].target, REDACT_REASON);
    assert_int_equal(list[1].change_seq, 4);
    *out_response = (ProtobufCMessage *)request;
    return st;
}

static void what_a_restored_register_must_erase_is_listed(void **state)
{
    struct register_fixture *f = *state;
    must_redact(f, NOTE("2"));
    must_redact(f, LOG("4", "REASON"));
    assert_non_null(
        register_read(f, check_list, &provost__v1__verify_log_request__descriptor, "{}"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_erasure_needs_a_second_person),
        TEST(a_request_expires),
        TEST(a_value_goes_from_every_version_and_both_files),
        TEST(a_figure_goes_with_what_says_the_same),
        TEST(the_log_shows_what_was_erased),
        TEST(names_and_reasons_are_marked),
        TEST(a_retry_of_what_told_the_value_is_recognised),
        TEST(an_approval_may_be_retried),
        TEST(life_goes_on_after_an_erasure),
        TEST(refusals_say_what_is_wrong),
        TEST(another_erasure_of_the_same_version_is_logged_alone),
        TEST(a_required_title_may_go),
        TEST(what_a_restored_register_must_erase_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
