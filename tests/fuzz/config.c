/* The daemon's configuration file, and flags beside it: the part of the input up to the first NUL
 * is the file, each further part one argument.
 *
 * Checks: a refusal says what is wrong; what is accepted is within the bounds that the daemon
 * relies on, and reading it twice gives the same. */
#include "fuzz/fuzz.h"

#include "config.h"

#include <stdio.h>
#include <string.h>

enum { ARGUMENTS_MAX = 8 };

static char *write_file(const char *text, struct arena *arena)
{
    char *path = arena_printf(arena, "%s/provost.conf", fuzz_folder());
    FILE *file = fopen(path, "w");

    FUZZ_CHECK(file != NULL);
    fputs(text, file);
    FUZZ_CHECK(fclose(file) == 0);
    return path;
}

static void check_settings(const struct config *config)
{
    FUZZ_CHECK(config->listen.count <= CONFIG_LIST_MAX);
    FUZZ_CHECK(config->readers >= 1 && config->readers <= 16);
    FUZZ_CHECK(config->write_queue_max > 0 && config->read_queue_max > 0);
    FUZZ_CHECK(config->state_dir != NULL && config->log_level >= LOG_LEVEL_ERROR);
    FUZZ_CHECK(config->log_key != NULL && config->backup_dir != NULL);
    FUZZ_CHECK(config->metrics_listen != NULL && config->council != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char program[] = "provostd";
    static char flag[] = "--config";
    struct fuzz_input input = {bytes, size};
    char *argv[ARGUMENTS_MAX + 4] = {program, flag};
    int argc = 3;
    struct config config = {0};
    struct config again = {0};
    enum config_action action;
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    argv[2] = write_file(fuzz_take_text(&input, &arena), &arena);
    while (input.size > 0 && argc < ARGUMENTS_MAX + 3)
        argv[argc++] = fuzz_take_text(&input, &arena);
    struct status st = config_read(&config, argc, argv, &arena, &action);
    if (!status_is_ok(st)) {
        FUZZ_CHECK(st.message != NULL && st.message[0] != '\0');
    } else if (action == CONFIG_RUN || action == CONFIG_CHECK) {
        check_settings(&config);
        FUZZ_CHECK(status_is_ok(config_read(&again, argc, argv, &arena, &action)));
        FUZZ_CHECK(again.readers == config.readers &&
                   again.listen.count == config.listen.count);
        FUZZ_SAME(again.state_dir, config.state_dir);
    }
    arena_release(&arena);
    return 0;
}
