#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct config config;
    enum config_action action;
    char path[64]; /* of a configuration file */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    arena_init(&fixture->arena, 0);
    snprintf(fixture->path, sizeof fixture->path, "/tmp/provost-config-XXXXXX");
    close(mkstemp(fixture->path));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    unlink(fixture->path);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

/* Reads a configuration from up to three further arguments. */
static struct status read_flags(struct fixture *fixture, const char *a, const char *b,
                                const char *c)
{
    char *argv[] = {(char *)(uintptr_t) "provostd", (char *)(uintptr_t)a, (char *)(uintptr_t)b,
                    (char *)(uintptr_t)c, NULL};
    int argc = 0;

    while (argv[argc] != NULL)
        argc++;
    return config_read(&fixture->config, argc, argv, &fixture->arena, &fixture->action);
}

static void write_file(struct fixture *fixture, const char *text)
{
    FILE *file = fopen(fixture->path, "w");

    fputs(text, file);
    fclose(file);
}

static void defaults_hold_without_flags(void **state)
{
    struct fixture *fixture = *state;

    assert_true(status_is_ok(read_flags(fixture, NULL, NULL, NULL)));
    assert_string_equal(fixture->config.state_dir, "/var/lib/provost");
    assert_int_equal(fixture->config.readers, 2);
    assert_int_equal(fixture->config.listen_count, 0);
    assert_false(fixture->config.insecure_tcp);
    assert_int_equal(fixture->action, CONFIG_RUN);
}

static void flags_take_values_in_both_forms(void **state)
{
    struct fixture *fixture = *state;

    assert_true(status_is_ok(read_flags(fixture, "--listen", "unix:/a", "--listen=unix:/b")));
    assert_int_equal(fixture->config.listen_count, 2);
    assert_string_equal(fixture->config.listen[0], "unix:/a");
    assert_string_equal(fixture->config.listen[1], "unix:/b");
}

static void a_flag_goes_before_the_file(void **state)
{
    struct fixture *fixture = *state;
    char flag[80];

    write_file(fixture, "[store]\nstate_dir = /from/file\nreaders = 5\n"
                        "[server]\nlisten = unix:/one\nlisten = unix:/two\n");
    snprintf(flag, sizeof flag, "--config=%s", fixture->path);
    assert_true(status_is_ok(read_flags(fixture, "--state-dir=/from/flag", flag, NULL)));
    assert_string_equal(fixture->config.state_dir, "/from/flag");
    assert_int_equal(fixture->config.readers, 5);
    assert_int_equal(fixture->config.listen_count, 2);
}

static void check_refused_file(struct fixture *fixture, const char *text, const char *said)
{
    struct status status;

    write_file(fixture, text);
    status = read_flags(fixture, "--config", fixture->path, NULL);
    assert_int_equal(status.code, GRPC_INVALID_ARGUMENT);
    assert_non_null(strstr(status.message, said));
}

static void mistakes_in_the_file_are_named_with_their_line(void **state)
{
    struct fixture *fixture = *state;

    check_refused_file(fixture, "[store]\n\nreadres = 5\nreaders = 2\n",
                       ":3: there is no setting readres");
    check_refused_file(fixture, "[store]\nreaders = 99\n",
                       ":2: readers = 99: must be a number from 1 to 16");
    check_refused_file(fixture, "[server]\ninsecure_tcp = maybe\n", ":2: insecure_tcp = maybe");
    check_refused_file(fixture, "[store]\nnonsense\n", ":2: write \"name = value\"");
    check_refused_file(fixture, "[log]\nlevel = loud\n", "log level loud");
}

static void mistakes_on_the_command_line_are_named(void **state)
{
    struct fixture *fixture = *state;

    assert_non_null(strstr(read_flags(fixture, "--nope", NULL, NULL).message, "no such flag"));
    assert_non_null(strstr(read_flags(fixture, "--listen", NULL, NULL).message, "missing"));
    assert_non_null(
        strstr(read_flags(fixture, "--config", "/no/such", NULL).message, "No such file"));
}

static void actions_are_told(void **state)
{
    struct fixture *fixture = *state;

    assert_true(status_is_ok(read_flags(fixture, "--version", NULL, NULL)));
    assert_int_equal(fixture->action, CONFIG_VERSION);
    assert_true(status_is_ok(read_flags(fixture, "--check-config", NULL, NULL)));
    assert_int_equal(fixture->action, CONFIG_CHECK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(defaults_hold_without_flags),
        TEST(flags_take_values_in_both_forms),
        TEST(a_flag_goes_before_the_file),
        TEST(mistakes_in_the_file_are_named_with_their_line),
        TEST(mistakes_on_the_command_line_are_named),
        TEST(actions_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
