/* The daemon's settings: one row each, from which come the parser of file and command line, the
 * help, the reload, and the manual page provostd.conf(5). */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

enum setting_type {
    SETTING_TEXT,   /* const char * */
    SETTING_PATH,   /* const char *; "%d/" at the front is $CREDENTIALS_DIRECTORY */
    SETTING_LIST,   /* struct config_list; may be given again and again, empty forgets */
    SETTING_BOOL,   /* bool */
    SETTING_NUMBER, /* unsigned, from min to max */
    SETTING_LEVEL,  /* enum log_level */
};

struct setting {
    const char *section;
    const char *name;
    const char *flag; /* with its dashes; NULL: only the file has it */
    enum setting_type type;
    size_t offset;        /* in struct config */
    const char *fallback; /* as the file would say it; NULL: none */
    unsigned min, max;
    bool reloads;     /* a SIGHUP takes a new value in */
    const char *help; /* half a sentence, for --help */
    const char *more; /* sentences for the manual page; NULL: `help` says it all */
};

extern const struct setting setting_table[];
extern const size_t setting_count;

/* NULL: there is none. */
const struct setting *setting_by_name(const char *section, const char *name);
/* By the first `size` bytes of `flag`. */
const struct setting *setting_by_flag(const char *flag, size_t size);

/* The nearest name in the section, or in any when the section has none near; NULL: none is. */
const struct setting *setting_near(const char *section, const char *name);
bool setting_has_section(const char *section);
/* The nearest section, or NULL. */
const char *setting_near_section(const char *section);
const char *setting_near_flag(const char *flag);

/* Flags of the command line that are no settings: what they ask for is in config.c. */
struct setting_action {
    const char *flag;
    const char *argument; /* NULL: takes none */
    const char *help;
};

extern const struct setting_action setting_action_table[]; /* ends with a NULL flag */

#endif
