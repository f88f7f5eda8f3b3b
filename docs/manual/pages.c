#include "manual.h"

#include "client/commands.h"
#include "common/log.h"
#include "settings.h"

#include <string.h>

/* --- provost(1) --- */

static void write_flag(const struct flag *flag, FILE *out)
{
    fputs(".TP\n", out);
    if (flag->letter != 0) fprintf(out, ".BR \\-%c ,\\  ", flag->letter);
    fprintf(out, flag->letter != 0 ? "\\-\\-" : ".B \\-\\-");
    roff_text(flag->name, out);
    if (flag->argument != NULL) {
        fputs(flag->letter != 0 ? " \" \" \\fI" : " \\fI", out);
        roff_text(flag->argument, out);
        fputs("\\fP", out);
    }
    putc('\n', out);
    roff_text(flag->help, out);
    fputs(".\n", out);
}

static void write_flags(const struct flag *table, FILE *out)
{
    for (const struct flag *flag = table; flag != NULL && flag->name != NULL; flag++)
        write_flag(flag, out);
}

void manual_options(FILE *out)
{
    write_flags(commands_common_flags, out);
}

static void write_command(const struct command *command, FILE *out)
{
    fputs(".SS ", out);
    roff_text(command->name, out);
    fputs("\n.B provost ", out);
    roff_text(command->name, out);
    fputs("\n", out);
    roff_text(command->usage, out);
    fputs("\n.PP\n", out);
    roff_text(command->summary, out);
    fputs(".\n", out);
    if (command->details != NULL) {
        fputs(".PP\n", out);
        roff_lines(command->details, out);
    }
    write_flags(command->flags, out);
    fputs(".PP\nExamples:\n.RS\n", out);
    roff_lines(command->examples, out);
    fputs(".RE\n", out);
}

void manual_commands(FILE *out)
{
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        write_command(*at, out);
}

/* --- provostd(8) --- */

static const char *argument_of(const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_TEXT:
        return "TEXT";
    case SETTING_PATH:
        return "FILE";
    case SETTING_LIST:
        return "ADDRESS";
    case SETTING_BOOL:
        return NULL;
    case SETTING_NUMBER:
        return "N";
    case SETTING_LEVEL:
        return "LEVEL";
    }
    return NULL;
}

static void write_daemon_flag(const char *flag, const char *argument, const char *help,
                              FILE *out)
{
    fputs(".TP\n.B ", out);
    roff_text(flag, out);
    if (argument != NULL) fprintf(out, " \\fI%s\\fP", argument);
    putc('\n', out);
    roff_text(help, out);
    fputs(".\n", out);
}

void manual_flags(FILE *out)
{
    for (const struct setting_action *action = setting_action_table; action->flag; action++)
        write_daemon_flag(action->flag, action->argument, action->help, out);
    for (size_t i = 0; i < setting_count; i++)
        if (setting_table[i].flag != NULL)
            write_daemon_flag(setting_table[i].flag, argument_of(&setting_table[i]),
                              setting_table[i].help, out);
}

void manual_events(FILE *out)
{
    for (size_t i = 0; i < LOG_EVENTS; i++) {
        fprintf(out, ".TP\n.B %s\n", log_event_table[i].message_id);
        roff_text(log_event_table[i].subject, out);
        fputs(".\n", out);
    }
}

/* --- provostd.conf(5) --- */

static void write_kind(const struct setting *setting, FILE *out)
{
    static const char *const words[] = {
        [SETTING_TEXT] = "A text",     [SETTING_PATH] = "A file, or %d/NAME for a credential",
        [SETTING_LIST] = "A list",     [SETTING_BOOL] = "yes or no",
        [SETTING_NUMBER] = "A number", [SETTING_LEVEL] = "A level"};

    roff_text(words[setting->type], out);
    if (setting->type == SETTING_NUMBER)
        fprintf(out, " from %u to %u", setting->min, setting->max);
    if (setting->fallback != NULL && *setting->fallback != '\0') {
        fputs("; default ", out);
        roff_text(setting->fallback, out);
    }
    if (setting->reloads) fputs("; taken in by a reload", out);
    fputs(".\n", out);
}

static void write_setting(const struct setting *setting, FILE *out)
{
    fputs(".TP\n.B ", out);
    roff_text(setting->name, out);
    putc('\n', out);
    roff_text(setting->help, out);
    fputs(".\n", out);
    if (setting->more != NULL) {
        roff_text(setting->more, out);
        putc('\n', out);
    }
    write_kind(setting, out);
    if (setting->flag == NULL) return;
    fputs("On the command line: ", out);
    roff_text(setting->flag, out);
    fputs(".\n", out);
}

void manual_settings(FILE *out)
{
    const char *section = "";

    for (size_t i = 0; i < setting_count; i++) {
        if (strcmp(section, setting_table[i].section) != 0) {
            section = setting_table[i].section;
            fprintf(out, ".SS [%s]\n", section);
        }
        write_setting(&setting_table[i], out);
    }
}

void example_config(FILE *out)
{
    const char *section = "";

    fputs("# Settings of provostd; provostd.conf(5) tells more. What is commented out is the\n"
          "# default. Files provostd.conf.d/*.conf beside this one are read after it.\n"
          "# Check with: provostd --config /etc/provost/provostd.conf --check-config\n",
          out);
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting *setting = &setting_table[i];

        if (strcmp(section, setting->section) != 0) fprintf(out, "\n[%s]\n", setting->section);
        section = setting->section;
        fprintf(out, "\n# %s\n#%s = %s\n", setting->help, setting->name,
                setting->fallback ? setting->fallback : "");
    }
}

/* --- journalctl -x --- */

void catalog(FILE *out)
{
    for (size_t i = 0; i < LOG_EVENTS; i++)
        fprintf(out,
                "%s-- %s\nSubject: %s\nDefined-By: provostd\nSupport: provostd(8)\n"
                "Documentation: man:provostd(8)\n\n%s",
                i > 0 ? "\n" : "", log_event_table[i].message_id, log_event_table[i].subject,
                log_event_table[i].text);
}
