/* One chunk of an import: written, kept, refused. */
#include "common/reasons.h"
#include "service/import.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS_MAX = 4 };

/* The chunk that the next job writes. */
static Provost__V1__ImportHeader header;
static Provost__V1__Submission submissions[ROWS_MAX];
static Provost__V1__ImportRow rows[ROWS_MAX];
static Provost__V1__ImportRow *row_pointers[ROWS_MAX];
static bool wrong[ROWS_MAX];
static struct import_chunk chunk;

static struct status run_chunk(struct handler_call *call, const ProtobufCMessage *request,
                               ProtobufCMessage **out_response)
{
    Provost__V1__ImportObservationsResponse *response = NULL;
    (void)request;
    struct status st = import_write_chunk(call, &chunk, &response);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

static Provost__V1__ImportObservationsResponse *write_chunk(struct register_fixture *f)
{
    return (Provost__V1__ImportObservationsResponse *)register_write(
        f, run_chunk, &provost__v1__import_observations_request__descriptor, "{}");
}

static void set_row(size_t i, const char *indicator, const char *period, const char *value)
{
    submissions[i].indicator = (char *)(uintptr_t)indicator;
    submissions[i].period = (char *)(uintptr_t)period;
    submissions[i].value = (char *)(uintptr_t)value;
}

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    register_must_apply(*state,
                        "{\"create\":{\"name\":\"indicators/a\",\"indicator\":{\"title\":"
                        "\"A\",\"unit\":\"UNIT_NUMBER\"}}}");
    provost__v1__import_header__init(&header);
    header.import_id = (char *)(uintptr_t) "i";
    for (size_t i = 0; i < ROWS_MAX; i++) {
        provost__v1__submission__init(&submissions[i]);
        provost__v1__import_row__init(&rows[i]);
        rows[i].submission = &submissions[i];
        row_pointers[i] = &rows[i];
        wrong[i] = false;
    }
    chunk = (struct import_chunk){.header = &header,
                                  .number = 1,
                                  .first_row = 11,
                                  .rows = row_pointers,
                                  .count = 2,
                                  .wrong = wrong};
    set_row(0, "a", "2020-21", "5");
    set_row(1, "a", "2021-22", "6");
    return 0;
}

static void a_chunk_is_one_change_under_its_number(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ImportObservationsResponse *response = write_chunk(f);
    assert_non_null(response);
    assert_int_equal(response->rows, 2);
    assert_int_equal(response->created, 2);
    assert_int_equal(response->seq, 2);
    assert_string_equal(register_field(f, "observations/a/2021-22", "value"), "6");
}

static void a_chunk_sent_again_gets_the_first_answer(void **state)
{
    struct register_fixture *f = *state;
    assert_non_null(write_chunk(f));
    Provost__V1__ImportObservationsResponse *again = write_chunk(f);
    assert_int_equal(again->created, 2);
    assert_int_equal(register_seq(f), 2);
}

static void other_rows_under_its_number_are_refused(void **state)
{
    struct register_fixture *f = *state;
    assert_non_null(write_chunk(f));
    set_row(1, "a", "2021-22", "7");
    assert_null(write_chunk(f));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REQUEST_ID_REUSED, "request_id",
                           "i#1");
    assert_int_equal(import_row_at_fault(&chunk, &f->status), chunk.count);
    chunk.number = 2;
    header.revise = true;
    header.reason = (char *)(uintptr_t) "recount";
    assert_int_equal(write_chunk(f)->updated, 1);
}

static void a_wrong_row_is_named_by_its_place_in_the_stream(void **state)
{
    struct register_fixture *f = *state;
    set_row(1, "nobody", "2021-22", "6");
    assert_null(write_chunk(f));
    assert_string_equal(f->status.field, "rows[12].indicator");
    assert_int_equal(import_row_at_fault(&chunk, &f->status), 1);
    assert_string_equal(import_field_at_fault(&f->status), "indicator");
    assert_int_equal(register_seq(f), 1);
}

static void with_a_row_left_out_the_others_are_only_checked(void **state)
{
    struct register_fixture *f = *state;
    chunk.count = 3;
    set_row(0, "nobody", "2020-21", "5");
    set_row(2, "a", "not a period", "6");
    wrong[0] = true;
    chunk.wrong_count = 1;
    assert_null(write_chunk(f));
    assert_int_equal(import_row_at_fault(&chunk, &f->status), 2);
    wrong[2] = true;
    chunk.wrong_count = 2;
    assert_non_null(write_chunk(f));
    assert_int_equal(register_seq(f), 1);
    assert_null(register_field(f, "observations/a/2021-22", "value"));
}

static void checking_alone_writes_and_keeps_nothing(void **state)
{
    struct register_fixture *f = *state;
    header.validate_only = true;
    assert_int_equal(write_chunk(f)->created, 2);
    assert_int_equal(register_seq(f), 1);
    header.validate_only = false;
    assert_int_equal(write_chunk(f)->created, 2);
    assert_int_equal(register_seq(f), 2);
}

static void headers_are_checked(void **state)
{
    struct register_fixture *f = *state;
    assert_true(status_is_ok(import_check_header(&f->arena, &header)));
    header.chunk_rows = IMPORT_CHUNK_ROWS_MAX + 1;
    assert_string_equal(import_check_header(&f->arena, &header).field, "chunk_rows");
    header.chunk_rows = 0;
    header.import_id = (char *)(uintptr_t) "12345678901234567890123456789012345678901";
    assert_string_equal(import_check_header(&f->arena, &header).field, "import_id");
    header.import_id = (char *)(uintptr_t) "";
    header.revise = true;
    assert_string_equal(import_check_header(&f->arena, &header).field, "reason");
}

static void fields_that_are_no_rows_are_nobodys_fault(void **state)
{
    static const char *const fields[] = {"reason",         "rows",     "rows[x]",
                                         "rows[13].value", "rows[10]", "rows[11"};
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct status st = {.code = GRPC_INVALID_ARGUMENT, .field = fields[i]};
        assert_int_equal(import_row_at_fault(&chunk, &st), chunk.count);
    }
    struct status st = {.code = GRPC_INVALID_ARGUMENT};
    assert_int_equal(import_row_at_fault(&chunk, &st), chunk.count);
    assert_string_equal(import_field_at_fault(&st), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_chunk_is_one_change_under_its_number),
        TEST(a_chunk_sent_again_gets_the_first_answer),
        TEST(other_rows_under_its_number_are_refused),
        TEST(a_wrong_row_is_named_by_its_place_in_the_stream),
        TEST(with_a_row_left_out_the_others_are_only_checked),
        TEST(checking_alone_writes_and_keeps_nothing),
        TEST(headers_are_checked),
        TEST(fields_that_are_no_rows_are_nobodys_fault),
    };
    return cmocka_run_group_tests_name("import_chunk", tests, NULL, NULL);
}
