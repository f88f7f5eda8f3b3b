/* manual WHAT [TEMPLATE]: see usage. */
#include "manual.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*write)(FILE *out);
} part_table[] = {
    {"COMMANDS", manual_commands}, {"OPTIONS", manual_options}, {"FLAGS", manual_flags},
    {"SETTINGS", manual_settings}, {"EVENTS", manual_events},
};

static const struct {
    const char *name;
    void (*write)(FILE *out);
} file_table[] = {
    {"bash", completion_bash}, {"zsh", completion_zsh},    {"fish", completion_fish},
    {"catalog", catalog},      {"config", example_config},
};

enum {
    PARTS = sizeof part_table / sizeof part_table[0],
    FILES = sizeof file_table / sizeof file_table[0]
};

/* True when the line was a part's name. */
static bool write_part(const char *line)
{
    size_t size = strcspn(line, "\n");

    if (size < 2 || line[0] != '@' || line[size - 1] != '@') return false;
    for (size_t i = 0; i < PARTS; i++) {
        if (strlen(part_table[i].name) != size - 2 ||
            strncmp(line + 1, part_table[i].name, size - 2) != 0)
            continue;
        part_table[i].write(stdout);
        return true;
    }
    fprintf(stderr, "manual: there is no part %.*s\n", (int)size, line);
    exit(EXIT_FAILURE);
}

static void write_line(const char *line)
{
    const char *version = strstr(line, "@VERSION@");

    if (version == NULL)
        fputs(line, stdout);
    else
        printf("%.*s%s%s", (int)(version - line), line, PROVOST_VERSION,
               version + strlen("@VERSION@"));
}

static int fill_template(const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        perror(path);
        return EXIT_FAILURE;
    }
    while (fgets(line, sizeof line, file) != NULL)
        if (!write_part(line)) write_line(line);
    fclose(file);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "page") == 0) return fill_template(argv[2]);
    for (size_t i = 0; argc == 2 && i < FILES; i++) {
        if (strcmp(file_table[i].name, argv[1]) != 0) continue;
        file_table[i].write(stdout);
        return EXIT_SUCCESS;
    }
    fputs("usage: manual page TEMPLATE | bash | zsh | fish | catalog | config\n", stderr);
    return EXIT_FAILURE;
}
