#include "client/assignment.h"
#include "common/fields.h"

#include <provost/v1/resources.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const ProtobufCMessageDescriptor *const type = &provost__v1__organisation__descriptor;

struct fixture {
    struct arena arena;
    Provost__V1__Organisation *body;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    arena_init(&f->arena, SIZE_MAX);
    f->body = (Provost__V1__Organisation *)message_new(type, &f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_release(&f->arena);
    free(f);
    return 0;
}

static struct status assign(struct fixture *f, const char *word)
{
    struct assignment assignment;
    struct status st = assignment_parse(word, type, &f->arena, &assignment);

    if (!status_is_ok(st)) return st;
    return assignment_apply(&assignment, &f->body->base, &f->arena);
}

static void a_field_is_set_by_either_of_its_names_and_cleared_by_nothing(void **state)
{
    struct fixture *f = *state;

    assert_true(status_is_ok(assign(f, "title=a=b")));
    assert_string_equal(f->body->title, "a=b");
    assert_true(status_is_ok(assign(f, "validFrom=2021-04-01")));
    assert_string_equal(f->body->valid_from, "2021-04-01");
    assert_true(status_is_ok(assign(f, "kind=service")));
    assert_int_equal(f->body->kind, PROVOST__V1__ORGANISATION_KIND__ORGANISATION_KIND_SERVICE);
    assert_true(status_is_ok(assign(f, "title=")));
    assert_string_equal(f->body->title, "");
}

static void a_list_is_set_added_to_and_taken_from(void **state)
{
    struct fixture *f = *state;

    assert_true(status_is_ok(assign(f, "tags=[\"a\",\"b,\\\"c\"]")));
    assert_int_equal(f->body->n_tags, 2);
    assert_true(status_is_ok(assign(f, "tags+=d")));
    assert_true(status_is_ok(assign(f, "tags+=a")));
    assert_int_equal(f->body->n_tags, 3);
    assert_string_equal(f->body->tags[1], "b,\"c");
    assert_string_equal(f->body->tags[2], "d");
    assert_true(status_is_ok(assign(f, "tags-=a")));
    assert_true(status_is_ok(assign(f, "tags-=nothing")));
    assert_int_equal(f->body->n_tags, 2);
    assert_true(status_is_ok(assign(f, "tags-=d")));
    assert_true(status_is_ok(assign(f, "tags-=b,\"c")));
    assert_int_equal(f->body->n_tags, 0);
}

static void a_value_can_be_a_file(void **state)
{
    struct fixture *f = *state;
    char path[] = "/tmp/provost-test-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "two\nlines\n", 10), 10);
    close(fd);
    assert_true(status_is_ok(assign(f, arena_printf(&f->arena, "remit=@%s", path))));
    assert_string_equal(f->body->remit, "two\nlines");
    unlink(path);
    assert_int_equal(assign(f, "remit=@/nonexistent").code, GRPC_INVALID_ARGUMENT);
}

static void what_does_not_fit_is_refused_in_words(void **state)
{
    struct fixture *f = *state;

    assert_non_null(strstr(assign(f, "titel=x").message, "title"));
    assert_int_equal(assign(f, "title").code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(assign(f, "=x").code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(assign(f, "+=x").code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(assign(f, "title+=x").code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(assign(f, "kind=bogus").code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(assign(f, "significant=perhaps").code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(assign(f, "tags=[1").code, GRPC_INVALID_ARGUMENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_field_is_set_by_either_of_its_names_and_cleared_by_nothing),
        TEST(a_list_is_set_added_to_and_taken_from),
        TEST(a_value_can_be_a_file),
        TEST(what_does_not_fit_is_refused_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
