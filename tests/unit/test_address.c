#include "client/address.h"
#include "common/arena.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_unix_socket_is_written_with_its_scheme_or_as_a_path(void **state)
{
    struct address address;

    assert_null(address_parse("unix:/run/p.sock", *state, &address));
    assert_true(address.is_unix);
    assert_string_equal(address.path, "/run/p.sock");
    assert_null(address_parse("/tmp/x", *state, &address));
    assert_string_equal(address.path, "/tmp/x");
}

static void a_tcp_address_is_host_and_port(void **state)
{
    struct address address;

    assert_null(address_parse("localhost:50051", *state, &address));
    assert_false(address.is_unix);
    assert_string_equal(address.host, "localhost");
    assert_string_equal(address.port, "50051");
    assert_null(address_parse("tcp:127.0.0.1:1", *state, &address));
    assert_string_equal(address.host, "127.0.0.1");
    assert_null(address_parse("[::1]:65535", *state, &address));
    assert_string_equal(address.host, "::1");
}

static void what_is_no_address_is_refused_and_the_result_untouched(void **state)
{
    static const char *const wrong[] = {
        "", "unix:", "host", ":1", "host:", "host:0", "[]:1", "h:65536", "h:1x", "h:123456"};
    struct address address = {.text = "before"};
    char path[200];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_non_null(address_parse(wrong[i], *state, &address));
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    assert_non_null(address_parse(path, *state, &address));
    assert_string_equal(address.text, "before");
}

static void the_environment_says_where_the_daemon_is(void **state)
{
    setenv("PROVOST_SERVER", "h:1", 1);
    assert_string_equal(address_default(*state), "h:1");
    unsetenv("PROVOST_SERVER");
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    assert_non_null(strstr(address_default(*state), "provost.sock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_unix_socket_is_written_with_its_scheme_or_as_a_path,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_tcp_address_is_host_and_port, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_address_is_refused_and_the_result_untouched,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_environment_says_where_the_daemon_is, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
