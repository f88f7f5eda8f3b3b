#include "config.h"

#include "config_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- values --- */

static struct status refuse(const struct config_source *source, const char *name,
                            const char *value, const char *what)
{
    if (source->file == NULL)
        return status_invalid(source->arena, REASON_CONFIG_INVALID, NULL, "%s %s: %s", name,
                              value, what);
    return status_invalid(source->arena, REASON_CONFIG_INVALID, NULL, "%s:%d: %s = %s: %s",
                          source->file, source->line, name, value, what);
}

static bool parse_bool(const char *text, bool *out_value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) != 0) continue;
        *out_value = i % 2 == 1;
        return true;
    }
    return false;
}

static bool parse_number(const struct setting *setting, const char *text, unsigned *out_value)
{
    char *end;
    unsigned long value;

    if (*text < '0' || *text > '9') return false;
    value = strtoul(text, &end, 10);
    if (*end != '\0' || value < setting->min || value > setting->max) return false;
    *out_value = (unsigned)value;
    return true;
}

static struct status add_to_list(struct config_source *source, const char *name,
                                 const char *value, struct config_list *list)
{
    if (*value == '\0') {
        list->count = 0;
        return status_ok();
    }
    if (list->count == CONFIG_LIST_MAX)
        return refuse(source, name, value, "at most 16 may be given");
    list->values[list->count++] = value;
    return status_ok();
}

/* "%d/x": a credential that systemd has passed. */
static struct status set_path(struct config_source *source, const char *name, const char *value,
                              const char **field)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");

    *field = value;
    if (strncmp(value, "%d/", 3) != 0) return status_ok();
    if (directory == NULL)
        return refuse(source, name, value,
                      "systemd has passed no credentials ($CREDENTIALS_DIRECTORY is not set); "
                      "add LoadCredential= to the unit or write a path");
    *field = arena_printf(source->arena, "%s/%s", directory, value + 3);
    return status_ok();
}

struct status config_set(struct config_source *source, const struct setting *setting,
                         const char *name, const char *value)
{
    void *field = (char *)source->config + setting->offset;
    const char *copy = arena_strdup(source->arena, value);

    switch (setting->type) {
    case SETTING_TEXT:
        *(const char **)field = copy;
        return status_ok();
    case SETTING_PATH:
        return set_path(source, name, copy, field);
    case SETTING_LIST:
        return add_to_list(source, name, copy, field);
    case SETTING_BOOL:
        if (parse_bool(value, field)) return status_ok();
        return refuse(source, name, value, "must be yes or no");
    case SETTING_NUMBER:
        if (parse_number(setting, value, field)) return status_ok();
        return refuse(source, name, value,
                      arena_printf(source->arena, "must be a number from %u to %u",
                                   setting->min, setting->max));
    case SETTING_LEVEL:
        if (log_level_parse(value, field)) return status_ok();
        return refuse(source, name, value,
                      "the log level must be error, warning, notice, info or debug");
    }
    return status_ok();
}

static struct status set_defaults(struct config_source *source)
{
    struct status status = status_ok();

    for (size_t i = 0; i < setting_count && status_is_ok(status); i++)
        if (setting_table[i].fallback != NULL)
            status = config_set(source, &setting_table[i], setting_table[i].name,
                                setting_table[i].fallback);
    return status;
}

/* --- the command line --- */

static bool is_flag(const char *argument, const char *flag)
{
    size_t size = strlen(flag);

    return strncmp(argument, flag, size) == 0 && (argument[size] == '=' || !argument[size]);
}

static bool find_action(const char *flag, enum config_action *out_action)
{
    static const struct {
        const char *flag;
        enum config_action action;
    } table[] = {
        {"--check-config", CONFIG_CHECK},
        {"--version", CONFIG_VERSION},
        {"--help", CONFIG_HELP},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].flag, flag) != 0) continue;
        *out_action = table[i].action;
        return true;
    }
    return false;
}

/* Value of the argument at *index, "--flag=value" or "--flag value"; NULL when it has none. */
static const char *take_value(int argc, char **argv, int *index)
{
    const char *equals = strchr(argv[*index], '=');

    if (equals != NULL) return equals + 1;
    return *index + 1 < argc ? argv[++*index] : NULL;
}

static struct status usage(struct arena *arena, const char *argument, const char *what)
{
    return status_invalid(arena, REASON_CONFIG_INVALID, NULL, "%s: %s; see provostd --help",
                          argument, what);
}

static struct status no_such_flag(struct arena *arena, const char *argument)
{
    const char *flag = arena_strndup(arena, argument, strcspn(argument, "="));
    const char *near = setting_near_flag(flag);

    if (near == NULL) return usage(arena, argument, "there is no such flag");
    return usage(arena, argument,
                 arena_printf(arena, "there is no such flag; did you mean %s?", near));
}

static struct status take_setting(struct config_source *source, const struct setting *setting,
                                  const char *argument, const char *value)
{
    if (value == NULL) return usage(source->arena, argument, "a value is missing");
    source->from_flag[setting - setting_table] = true;
    return config_set(source, setting, setting->flag, value);
}

/* The flags of a restore, which no file can ask for. A missing value becomes "". */
static bool take_restore(struct config_source *source, int argc, char **argv, int *index,
                         enum config_action *out_action)
{
    struct config *config = source->config;
    const char **place;
    const char *value;

    if (strcmp(argv[*index], "--force") == 0) {
        config->restore_force = true;
        return true;
    }
    if (is_flag(argv[*index], "--restore")) {
        *out_action = CONFIG_RESTORE;
        place = &config->restore_from;
    } else if (is_flag(argv[*index], "--reason")) {
        place = &config->restore_reason;
    } else {
        return false;
    }
    value = take_value(argc, argv, index);
    *place = arena_strdup(source->arena, value ? value : "");
    return true;
}

static struct status read_flags(struct config_source *source, int argc, char **argv,
                                const char **out_file, enum config_action *out_action)
{
    struct status status = status_ok();

    for (int i = 1; i < argc && status_is_ok(status); i++) {
        const char *argument = argv[i];
        const struct setting *setting = setting_by_flag(argument, strcspn(argument, "="));

        if (find_action(argument, out_action)) continue;
        if (take_restore(source, argc, argv, &i, out_action)) continue;
        if (is_flag(argument, "--config")) {
            *out_file = take_value(argc, argv, &i);
            if (*out_file == NULL) return usage(source->arena, argument, "a file is missing");
        } else if (setting == NULL) {
            return no_such_flag(source->arena, argument);
        } else if (setting->type == SETTING_BOOL && strchr(argument, '=') == NULL) {
            status = take_setting(source, setting, argument, "yes");
        } else {
            status = take_setting(source, setting, argument, take_value(argc, argv, &i));
        }
    }
    return status;
}

struct status config_read(struct config *config, int argc, char **argv, struct arena *arena,
                          enum config_action *out_action)
{
    struct config_source source = {.config = config, .arena = arena};
    const char *file = NULL;
    struct status status;

    assert(setting_count <= CONFIG_SETTINGS_MAX);
    *config = (struct config){.state_dir = ""};
    *out_action = CONFIG_RUN;
    status = set_defaults(&source);
    if (status_is_ok(status)) status = read_flags(&source, argc, argv, &file, out_action);
    if (!status_is_ok(status) || *out_action > CONFIG_CHECK) return status;
    if (config->restore_from && *config->restore_from == '\0')
        return usage(arena, "--restore", "the folder of a backup is missing");
    if (config->restore_from == NULL &&
        (config->restore_force || config->restore_reason != NULL))
        return usage(arena, config->restore_force ? "--force" : "--reason",
                     "is of a restore: say of which backup with --restore BACKUP");
    return file != NULL ? config_read_files(&source, file) : status;
}

/* --- a running daemon --- */

static bool same_list(const struct config_list *a, const struct config_list *b)
{
    if (a->count != b->count) return false;
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->values[i], b->values[i]) != 0) return false;
    return true;
}

static bool is_same(const struct setting *setting, const struct config *a,
                    const struct config *b)
{
    const void *left = (const char *)a + setting->offset;
    const void *right = (const char *)b + setting->offset;

    switch (setting->type) {
    case SETTING_TEXT:
    case SETTING_PATH:
        return strcmp(*(const char *const *)left, *(const char *const *)right) == 0;
    case SETTING_LIST:
        return same_list(left, right);
    case SETTING_BOOL:
        return *(const bool *)left == *(const bool *)right;
    case SETTING_NUMBER:
        return *(const unsigned *)left == *(const unsigned *)right;
    case SETTING_LEVEL:
        return *(const enum log_level *)left == *(const enum log_level *)right;
    }
    return true;
}

static void copy_value(const struct setting *setting, struct config *to,
                       const struct config *from, struct arena *arena)
{
    void *target = (char *)to + setting->offset;
    const void *value = (const char *)from + setting->offset;
    struct config_list *list = target;

    switch (setting->type) {
    case SETTING_TEXT:
    case SETTING_PATH:
        *(const char **)target = arena_strdup(arena, *(const char *const *)value);
        return;
    case SETTING_LIST:
        *list = *(const struct config_list *)value;
        for (unsigned i = 0; i < list->count; i++)
            list->values[i] = arena_strdup(arena, list->values[i]);
        return;
    case SETTING_BOOL:
        *(bool *)target = *(const bool *)value;
        return;
    case SETTING_NUMBER:
        *(unsigned *)target = *(const unsigned *)value;
        return;
    case SETTING_LEVEL:
        *(enum log_level *)target = *(const enum log_level *)value;
        return;
    }
}

void config_update(struct config *config, const struct config *fresh, struct arena *arena,
                   config_changed_fn on_changed, void *data)
{
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting *setting = &setting_table[i];

        if (is_same(setting, config, fresh)) continue;
        if (setting->reloads) copy_value(setting, config, fresh, arena);
        on_changed(data, setting, setting->reloads);
    }
}

/* --- help --- */

static const char *value_word(enum setting_type type)
{
    static const char *const words[] = {
        [SETTING_TEXT] = " TEXT", [SETTING_PATH] = " FILE", [SETTING_LIST] = " ADDRESS",
        [SETTING_BOOL] = "",      [SETTING_NUMBER] = " N",  [SETTING_LEVEL] = " LEVEL"};

    return words[type];
}

static void print_flag(const char *flag, const char *argument, const char *help)
{
    int width = printf("  %s%s", flag, argument);

    printf("%*s%s\n", width < 26 ? 26 - width : 1, "", help);
}

void config_print_help(void)
{
    printf("usage: provostd [--config FILE] [FLAG...]\n\n"
           "Keeps a council's register of plans and performance and serves it over gRPC.\n\n"
           "flags\n");
    for (const struct setting_action *action = setting_action_table; action->flag; action++) {
        char argument[32];

        snprintf(argument, sizeof argument, "%s%s", action->argument ? " " : "",
                 action->argument ? action->argument : "");
        print_flag(action->flag, argument, action->help);
    }
    for (size_t i = 0; i < setting_count; i++)
        if (setting_table[i].flag != NULL)
            print_flag(setting_table[i].flag, value_word(setting_table[i].type),
                       setting_table[i].help);
    printf("\nsettings of the file\n");
    for (size_t i = 0; i < setting_count; i++)
        printf("  [%s] %s = %s\n      %s\n", setting_table[i].section, setting_table[i].name,
               setting_table[i].fallback ? setting_table[i].fallback : "",
               setting_table[i].help);
}
