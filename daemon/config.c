#include "config.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REASON_CONFIG_INVALID "CONFIG_INVALID"

enum value_type { VALUE_TEXT, VALUE_LIST, VALUE_BOOL, VALUE_NUMBER };

/* One setting; `flag` is NULL when only the file has it. */
struct setting {
    const char *section;
    const char *name;
    const char *flag;
    enum value_type type;
    size_t offset; /* in struct config */
    const char *fallback;
    unsigned min, max; /* VALUE_NUMBER */
    const char *help;
};

#define AT(field) offsetof(struct config, field)
static const struct setting setting_table[] = {
    {"store", "state_dir", "--state-dir", VALUE_TEXT, AT(state_dir), "/var/lib/provost", 0, 0,
     "directory of register.db; must exist"},
    {"store", "log_key", "--log-key", VALUE_TEXT, AT(log_key), "", 0, 0,
     "file of the log's private key; made when missing; empty: log.key in the state directory"},
    {"store", "new_log_key", "--new-log-key", VALUE_BOOL, AT(new_log_key), "no", 0, 0,
     "the log key is lost: begin with a new one, and log that"},
    {"store", "backup_dir", "--backup-dir", VALUE_TEXT, AT(backup_dir), "", 0, 0,
     "where backups go; empty: backups in the state directory"},
    {"store", "readers", NULL, VALUE_NUMBER, AT(readers), "2", 1, 16, "reader threads"},
    {"store", "write_queue_max", NULL, VALUE_NUMBER, AT(write_queue_max), "4096", 1, 1000000,
     "writes waiting before more are refused"},
    {"store", "read_queue_max", NULL, VALUE_NUMBER, AT(read_queue_max), "4096", 1, 1000000,
     "reads waiting before more are refused"},
    {"server", "listen", "--listen", VALUE_LIST, AT(listen), NULL, 0, 0,
     "unix:/path or tcp:HOST:PORT; may be given several times"},
    {"server", "insecure_tcp", "--insecure-tcp", VALUE_BOOL, AT(insecure_tcp), "no", 0, 0,
     "allow plain TCP, on loopback only"},
    {"server", "connections_max", NULL, VALUE_NUMBER, AT(connections_max), "0", 0, 20480,
     "open connections; 0: what the descriptor limit allows"},
    {"server", "idle_seconds", NULL, VALUE_NUMBER, AT(idle_seconds), "900", 0, 86400,
     "a connection without calls is closed after this; 0: never"},
    {"server", "drain_seconds", NULL, VALUE_NUMBER, AT(drain_seconds), "10", 0, 3600,
     "time for open calls when the daemon stops"},
    {"server", "call_seconds", NULL, VALUE_NUMBER, AT(call_seconds), "60", 1, 3600,
     "longest a call may take, whatever its client allows"},
    {"server", "reflection", NULL, VALUE_BOOL, AT(reflection), "yes", 0, 0,
     "let clients ask for the .proto files"},
    {"log", "level", NULL, VALUE_TEXT, AT(log_level), "info", 0, 0,
     "error, warning, notice, info or debug"},
};
#undef AT
enum { SETTINGS = sizeof setting_table / sizeof setting_table[0] };

/* Where a value comes from, for messages and for precedence. */
struct source {
    struct config *config;
    struct arena *arena;
    const char *file; /* NULL: the command line */
    int line;
    FILE *stream;
    bool from_flag[SETTINGS]; /* set on the command line: the file does not count */
    struct status status;
};

/* --- values --- */

static struct status refuse(const struct source *source, const char *name, const char *value,
                            const char *what)
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

static struct status add_listen(struct source *source, const char *name, const char *value)
{
    struct config *config = source->config;

    if (config->listen_count == CONFIG_LISTEN_MAX)
        return refuse(source, name, value, "at most 16 addresses may be given");
    config->listen[config->listen_count++] = value;
    return status_ok();
}

/* Stores one value; `name` is how the user wrote the setting. */
static struct status set_value(struct source *source, const struct setting *setting,
                               const char *name, const char *value)
{
    char *field = (char *)source->config + setting->offset;
    const char *copy = arena_strdup(source->arena, value);

    switch (setting->type) {
    case VALUE_TEXT:
        *(const char **)(void *)field = copy;
        return status_ok();
    case VALUE_LIST:
        return add_listen(source, name, copy);
    case VALUE_BOOL:
        if (parse_bool(value, (bool *)field)) return status_ok();
        return refuse(source, name, value, "must be yes or no");
    case VALUE_NUMBER:
        if (parse_number(setting, value, (unsigned *)(void *)field)) return status_ok();
        return refuse(source, name, value,
                      arena_printf(source->arena, "must be a number from %u to %u",
                                   setting->min, setting->max));
    }
    return status_ok();
}

static struct status set_defaults(struct source *source)
{
    struct status status = status_ok();

    for (size_t i = 0; i < SETTINGS && status_is_ok(status); i++)
        if (setting_table[i].fallback != NULL)
            status = set_value(source, &setting_table[i], setting_table[i].name,
                               setting_table[i].fallback);
    return status;
}

/* --- the file --- */

static const struct setting *find_by_name(const char *section, const char *name)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strcmp(setting_table[i].section, section) == 0 &&
            strcmp(setting_table[i].name, name) == 0)
            return &setting_table[i];
    return NULL;
}

/* inih's reader: as fgets, and counts, since Debian's inih does not tell the line. */
static char *read_line(char *buffer, int size, void *data)
{
    struct source *source = data;

    source->line++;
    return fgets(buffer, size, source->stream);
}

/* inih's callback: 1 is success. */
static int on_value(void *data, const char *section, const char *name, const char *value)
{
    struct source *source = data;
    const struct setting *setting = find_by_name(section, name);

    if (!status_is_ok(source->status)) return 0; /* inih reads on after a failure */
    if (setting == NULL) {
        source->status = status_invalid(
            source->arena, REASON_CONFIG_INVALID, NULL,
            "%s:%d: there is no setting %s in section [%s]; provostd --help lists them",
            source->file, source->line, name, section);
        return 0;
    }
    if (source->from_flag[setting - setting_table]) return 1;
    source->status = set_value(source, setting, name, value);
    return status_is_ok(source->status);
}

static struct status read_file(struct source *source, const char *path)
{
    int error_line;

    source->file = path;
    source->status = status_ok();
    source->stream = fopen(path, "re");
    if (source->stream == NULL)
        return status_invalid(source->arena, REASON_CONFIG_INVALID, NULL,
                              "%s: %m; check the name and the rights of the file", path);
    error_line = ini_parse_stream(read_line, source, on_value, source);
    fclose(source->stream);
    if (!status_is_ok(source->status) || error_line == 0) return source->status;
    return status_invalid(source->arena, REASON_CONFIG_INVALID, NULL,
                          "%s:%d: write \"name = value\" below a [section]", path, error_line);
}

/* --- the command line --- */

static const struct {
    const char *flag;
    enum config_action action;
} action_table[] = {
    {"--check-config", CONFIG_CHECK},
    {"--version", CONFIG_VERSION},
    {"--help", CONFIG_HELP},
};

static bool find_action(const char *flag, enum config_action *out_action)
{
    for (size_t i = 0; i < sizeof action_table / sizeof action_table[0]; i++) {
        if (strcmp(action_table[i].flag, flag) != 0) continue;
        *out_action = action_table[i].action;
        return true;
    }
    return false;
}

/* The setting of "--flag" or "--flag=value". */
static const struct setting *find_by_flag(const char *argument)
{
    size_t size = strcspn(argument, "=");

    for (size_t i = 0; i < SETTINGS; i++)
        if (setting_table[i].flag != NULL && strlen(setting_table[i].flag) == size &&
            strncmp(setting_table[i].flag, argument, size) == 0)
            return &setting_table[i];
    return NULL;
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

static struct status take_setting(struct source *source, const struct setting *setting,
                                  char **argv, const char *value)
{
    if (value == NULL) return usage(source->arena, argv[0], "a value is missing");
    source->from_flag[setting - setting_table] = true;
    return set_value(source, setting, setting->flag, value);
}

static bool is_flag(const char *argument, const char *flag)
{
    size_t size = strlen(flag);

    return strncmp(argument, flag, size) == 0 && (argument[size] == '=' || !argument[size]);
}

/* The flags of a restore, which no file can ask for. A missing value becomes "". */
static bool take_restore(struct source *source, int argc, char **argv, int *index,
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

static struct status read_flags(struct source *source, int argc, char **argv,
                                const char **out_file, enum config_action *out_action)
{
    struct status status = status_ok();

    for (int i = 1; i < argc && status_is_ok(status); i++) {
        const char *argument = argv[i];
        const struct setting *setting = find_by_flag(argument);

        if (find_action(argument, out_action)) continue;
        if (take_restore(source, argc, argv, &i, out_action)) continue;
        if (strncmp(argument, "--config", 8) == 0 && (argument[8] == '=' || !argument[8])) {
            *out_file = take_value(argc, argv, &i);
            if (*out_file == NULL) return usage(source->arena, argument, "a file is missing");
        } else if (setting == NULL) {
            return usage(source->arena, argument, "there is no such flag");
        } else if (setting->type == VALUE_BOOL && strchr(argument, '=') == NULL) {
            status = take_setting(source, setting, &argv[i], "yes");
        } else {
            status = take_setting(source, setting, &argv[i], take_value(argc, argv, &i));
        }
    }
    return status;
}

static struct status check(const struct config *config, struct arena *arena)
{
    enum log_level level;

    if (config->restore_from && *config->restore_from == '\0')
        return usage(arena, "--restore", "the folder of a backup is missing");
    if (log_level_parse(config->log_level, &level)) return status_ok();
    return status_invalid(arena, REASON_CONFIG_INVALID, NULL,
                          "log level %s: must be error, warning, notice, info or debug",
                          config->log_level);
}

struct status config_read(struct config *config, int argc, char **argv, struct arena *arena,
                          enum config_action *out_action)
{
    struct source source = {.config = config, .arena = arena};
    const char *file = NULL;
    struct status status;

    *config = (struct config){.listen_count = 0};
    *out_action = CONFIG_RUN;
    status = set_defaults(&source);
    if (status_is_ok(status)) status = read_flags(&source, argc, argv, &file, out_action);
    if (!status_is_ok(status) || *out_action > CONFIG_CHECK) return status;
    if (file != NULL) status = read_file(&source, file);
    return status_is_ok(status) ? check(config, arena) : status;
}

static const char *value_word(enum value_type type)
{
    static const char *const words[] = {[VALUE_TEXT] = " TEXT",
                                        [VALUE_LIST] = " ADDRESS",
                                        [VALUE_BOOL] = "",
                                        [VALUE_NUMBER] = " N"};

    return words[type];
}

void config_print_help(void)
{
    printf("usage: provostd [--config FILE] [FLAG...]\n\n"
           "Keeps a council's register of plans and performance and serves it over gRPC.\n\n"
           "flags\n"
           "  --config FILE           settings from an INI file; flags go before it\n"
           "  --check-config          check flags and file, then stop\n"
           "  --restore BACKUP        make a register of a backup in an empty --state-dir\n"
           "                          and stop; begins a new epoch of the log\n"
           "  --reason TEXT           of a restore: why, for the log\n"
           "  --force                 of a restore: move a register that is there aside\n"
           "  --version, --help\n");
    for (size_t i = 0; i < SETTINGS; i++)
        if (setting_table[i].flag != NULL)
            printf("  %s%-*s %s\n", setting_table[i].flag,
                   23 - (int)strlen(setting_table[i].flag), value_word(setting_table[i].type),
                   setting_table[i].help);
    printf("\nsettings of the file\n");
    for (size_t i = 0; i < SETTINGS; i++)
        printf("  [%s] %s = %s\n      %s\n", setting_table[i].section, setting_table[i].name,
               setting_table[i].fallback ? setting_table[i].fallback : "",
               setting_table[i].help);
}
