#include "config.h"
#include "settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

    char command[160];

    snprintf(command, sizeof command, "rm -rf %s %s.d", fixture->path, fixture->path);
    if (system(command) != 0) abort();
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
    assert_int_equal(fixture->config.listen.count, 0);
    assert_false(fixture->config.insecure_tcp);
    assert_int_equal(fixture->action, CONFIG_RUN);
}

static void flags_take_values_in_both_forms(void **state)
{
    struct fixture *fixture = *state;

    assert_true(status_is_ok(read_flags(fixture, "--listen", "unix:/a", "--listen=unix:/b")));
    assert_int_equal(fixture->config.listen.count, 2);
    assert_string_equal(fixture->config.listen.values[0], "unix:/a");
    assert_string_equal(fixture->config.listen.values[1], "unix:/b");
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
    assert_int_equal(fixture->config.listen.count, 2);
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
    check_refused_file(fixture, "[store]\nreadres = 5\n", "did you mean readers?");
    check_refused_file(fixture, "[store]\nlisten = unix:/a\n",
                       "did you mean listen of section [server]?");
    check_refused_file(fixture, "[sever]\n",
                       ":1: there is no section [sever]; did you mean "
                       "[server]?");
    check_refused_file(fixture, "readers = 2\n", ":1: a [section] must come first");
    check_refused_file(fixture, "[store]\nnonsense\n", ":2: write \"name = value\"");
    check_refused_file(fixture, "[log]\nlevel = loud\n", "level = loud");
}

static void a_line_that_inih_would_cut_is_refused(void **state)
{
    char text[600] = "[store]\nstate_dir = /";

    memset(text + strlen(text), 'x', 400);
    memcpy(text + strlen(text), "\n", 2);
    check_refused_file(*state, text, ":2: the line has more than");
}

/* inih alone takes an indented line for more of the value above it. */
static void indented_lines_are_settings_of_their_own(void **state)
{
    struct fixture *fixture = *state;

    write_file(fixture, "[store]\n  state_dir = /a\n\treaders = 3\n");
    assert_true(status_is_ok(read_flags(fixture, "--config", fixture->path, NULL)));
    assert_string_equal(fixture->config.state_dir, "/a");
    assert_int_equal(fixture->config.readers, 3);
}

static void write_drop_in(struct fixture *fixture, const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s.d", fixture->path);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s.d/%s", fixture->path, name);
    file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void drop_ins_count_in_order(void **state)
{
    struct fixture *fixture = *state;

    write_file(fixture, "[store]\nreaders = 2\n[server]\nlisten = unix:/main\n");
    write_drop_in(fixture, "20-b.conf", "[store]\nreaders = 4\n");
    write_drop_in(fixture, "10-a.conf",
                  "[store]\nreaders = 3\nread_queue_max = 7\n"
                  "[server]\nlisten = unix:/more\n");
    write_drop_in(fixture, "30-c.conf.disabled", "[store]\nreaders = 5\n");
    assert_true(status_is_ok(read_flags(fixture, "--config", fixture->path, NULL)));
    assert_int_equal(fixture->config.readers, 4);
    assert_int_equal(fixture->config.read_queue_max, 7);
    assert_int_equal(fixture->config.listen.count, 2);
}

static void an_empty_value_empties_a_list(void **state)
{
    struct fixture *fixture = *state;

    write_file(fixture, "[server]\nlisten = unix:/main\n");
    write_drop_in(fixture, "10.conf", "[server]\nlisten =\nlisten = unix:/other\n");
    assert_true(status_is_ok(read_flags(fixture, "--config", fixture->path, NULL)));
    assert_int_equal(fixture->config.listen.count, 1);
    assert_string_equal(fixture->config.listen.values[0], "unix:/other");
}

static void a_mistake_in_a_drop_in_names_it(void **state)
{
    struct fixture *fixture = *state;
    struct status status;

    write_file(fixture, "[store]\n");
    write_drop_in(fixture, "10.conf", "[log]\nlevel = loud\n");
    status = read_flags(fixture, "--config", fixture->path, NULL);
    assert_non_null(strstr(status.message, ".d/10.conf:2: level = loud"));
}

static void a_path_may_be_a_credential(void **state)
{
    struct fixture *fixture = *state;

    write_file(fixture, "[store]\nlog_key = %d/log.key\n");
    unsetenv("CREDENTIALS_DIRECTORY");
    check_refused_file(fixture, "[store]\nlog_key = %d/log.key\n", "no credentials");
    setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
    assert_true(status_is_ok(read_flags(fixture, "--config", fixture->path, NULL)));
    assert_string_equal(fixture->config.log_key, "/run/credentials/x/log.key");
    unsetenv("CREDENTIALS_DIRECTORY");
}

struct told {
    unsigned taken, waiting;
};

static void on_changed(void *data, const struct setting *setting, bool taken)
{
    struct told *told = data;

    (void)setting;
    if (taken)
        told->taken++;
    else
        told->waiting++;
}

static void a_reload_takes_what_may_change(void **state)
{
    struct fixture *fixture = *state;
    struct config running;
    struct told told = {0};

    assert_true(status_is_ok(read_flags(fixture, NULL, NULL, NULL)));
    running = fixture->config;
    write_file(fixture, "[log]\nlevel = debug\n[server]\nidle_seconds = 5\n"
                        "listen = unix:/new\n[store]\nreaders = 7\n");
    assert_true(status_is_ok(read_flags(fixture, "--config", fixture->path, NULL)));
    config_update(&running, &fixture->config, &fixture->arena, on_changed, &told);
    assert_int_equal(told.taken, 2);
    assert_int_equal(told.waiting, 2);
    assert_int_equal(running.log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(running.idle_seconds, 5);
    assert_int_equal(running.readers, 2);
    assert_int_equal(running.listen.count, 0);
}

/* The parser, the help and the manual page say the same of every row. */
static void every_setting_has_a_help_and_a_good_default(void **state)
{
    (void)state;
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting *row = &setting_table[i];

        assert_non_null(row->help);
        assert_ptr_equal(setting_by_name(row->section, row->name), row);
        assert_true(row->fallback != NULL || row->type == SETTING_LIST);
        if (row->flag != NULL)
            assert_ptr_equal(setting_by_flag(row->flag, strlen(row->flag)), row);
    }
}

static void mistakes_on_the_command_line_are_named(void **state)
{
    struct fixture *fixture = *state;

    assert_non_null(strstr(read_flags(fixture, "--nope", NULL, NULL).message, "no such flag"));
    assert_non_null(strstr(read_flags(fixture, "--stat-dir", "/x", NULL).message,
                           "did you mean --state-dir?"));
    assert_non_null(strstr(read_flags(fixture, "--listen", NULL, NULL).message, "missing"));
    assert_non_null(strstr(read_flags(fixture, "--force", NULL, NULL).message, "--restore"));
    assert_non_null(strstr(read_flags(fixture, "--reason", "r", NULL).message, "--restore"));
    assert_true(status_is_ok(read_flags(fixture, "--force", "--restore", "/b")));
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
        TEST(a_line_that_inih_would_cut_is_refused),
        TEST(indented_lines_are_settings_of_their_own),
        TEST(drop_ins_count_in_order),
        TEST(an_empty_value_empties_a_list),
        TEST(a_mistake_in_a_drop_in_names_it),
        TEST(a_path_may_be_a_credential),
        TEST(a_reload_takes_what_may_change),
        TEST(every_setting_has_a_help_and_a_good_default),
        TEST(mistakes_on_the_command_line_are_named),
        TEST(actions_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
