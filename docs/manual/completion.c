#include "manual.h"

#include "client/commands.h"
#include "settings.h"

#include <stdbool.h>
#include <string.h>

/* What the argument of a flag is, for the shell. */
enum argument {
    ARGUMENT_NONE,
    ARGUMENT_FILE,
    ARGUMENT_FOLDER,
    ARGUMENT_FORMAT,
    ARGUMENT_OTHER
};

static enum argument argument_of(const struct flag *flag)
{
    if (flag->argument == NULL) return ARGUMENT_NONE;
    if (strcmp(flag->argument, "FILE") == 0) return ARGUMENT_FILE;
    if (strcmp(flag->argument, "DIR") == 0 || strcmp(flag->argument, "FOLDER") == 0)
        return ARGUMENT_FOLDER;
    if (strcmp(flag->name, "output") == 0) return ARGUMENT_FORMAT;
    return ARGUMENT_OTHER;
}

/* Text between single quotes of a shell; what zsh's _arguments gives a meaning is left out. */
static void quoted(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (*text == '[' || *text == ']' || *text == ':')
            putc(' ', out);
        else
            putc(*text, out);
    }
}

/* --- bash --- */

static void bash_flags(const struct flag *table, FILE *out)
{
    for (const struct flag *flag = table; flag != NULL && flag->name != NULL; flag++)
        fprintf(out, " --%s", flag->name);
}

static bool is_kind(const struct flag *flag, enum argument kind)
{
    return argument_of(flag) == kind;
}

/* "--a|--b|" of all flags that take such an argument. */
static void bash_pattern(enum argument kind, FILE *out)
{
    const char *between = "";

    for (const struct flag *flag = commands_common_flags; flag->name != NULL; flag++) {
        if (!is_kind(flag, kind)) continue;
        fprintf(out, "%s--%s", between, flag->name);
        if (flag->letter != 0) fprintf(out, "|-%c", flag->letter);
        between = "|";
    }
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        for (const struct flag *flag = (*at)->flags; flag != NULL && flag->name; flag++) {
            if (!is_kind(flag, kind)) continue;
            fprintf(out, "%s--%s", between, flag->name);
            between = "|";
        }
    if (*between == '\0') fputs("--none", out);
}

static void bash_commands(FILE *out)
{
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        fprintf(out, " %s", (*at)->name);
}

static void bash_client(FILE *out)
{
    fputs("# bash completion for provost and provostd; made from their tables\n\n"
          "_provost()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local command='' flags='' choices='' at word\n    COMPREPLY=()\n"
          "    case $before in\n    ",
          out);
    bash_pattern(ARGUMENT_FORMAT, out);
    fputs(")\n        mapfile -t COMPREPLY < <(compgen -W 'table json csv plain' -- "
          "\"$current\")\n        return ;;\n    ",
          out);
    bash_pattern(ARGUMENT_FILE, out);
    fputs(")\n        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
          "        return ;;\n    ",
          out);
    bash_pattern(ARGUMENT_FOLDER, out);
    fputs(")\n        mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
          "        return ;;\n    ",
          out);
    bash_pattern(ARGUMENT_OTHER, out);
    fputs(")\n        return ;;\n    esac\n"
          "    for ((at = 1; at < COMP_CWORD; at++)); do\n"
          "        word=${COMP_WORDS[at]}\n        case $word in\n        ",
          out);
    bash_pattern(ARGUMENT_FORMAT, out);
    putc('|', out);
    bash_pattern(ARGUMENT_OTHER, out);
    fputs(") ((at++)) ;;\n        -*) ;;\n"
          "        *) command=$word && break ;;\n        esac\n    done\n"
          "    case $command in\n",
          out);
    for (const struct command *const *at = commands_table; *at != NULL; at++) {
        fprintf(out, "    %s) flags='", (*at)->name);
        bash_flags((*at)->flags, out);
        fprintf(out, "' choices='%s' ;;\n", (*at)->choices != NULL ? (*at)->choices : "");
    }
    fputs("    esac\n    if [[ $current == -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$flags",
          out);
    bash_flags(commands_common_flags, out);
    fputs("\" -- \"$current\")\n    elif [[ -z $command || $command == help ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          out);
    bash_commands(out);
    fputs("' -- \"$current\")\n"
          "    elif [[ -n $choices && $at -eq COMP_CWORD-1 ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$current\")\n"
          "    else\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n    fi\n}\n"
          "complete -o filenames -F _provost provost\n",
          out);
}

static void bash_daemon(FILE *out)
{
    fputs("\n_provostd()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]}\n    COMPREPLY=()\n"
          "    if [[ $current == -* ]]; then\n"
          "        mapfile -t COMPREPLY < <(compgen -W '",
          out);
    for (const struct setting_action *action = setting_action_table; action->flag; action++)
        fprintf(out, " %s", action->flag);
    for (size_t i = 0; i < setting_count; i++)
        if (setting_table[i].flag != NULL) fprintf(out, " %s", setting_table[i].flag);
    fputs("' -- \"$current\")\n    else\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n    fi\n}\n"
          "complete -o filenames -F _provostd provostd\n",
          out);
}

void completion_bash(FILE *out)
{
    bash_client(out);
    bash_daemon(out);
}

/* --- zsh --- */

static void zsh_flag(const struct flag *flag, const char *indent, FILE *out)
{
    static const char *const actions[] = {
        [ARGUMENT_FILE] = "_files",
        [ARGUMENT_FOLDER] = "_files -/",
        [ARGUMENT_FORMAT] = "(table json csv plain)",
        [ARGUMENT_OTHER] = " ",
    };
    enum argument argument = argument_of(flag);

    fprintf(out, "%s'--%s%s[", indent, flag->name, argument != ARGUMENT_NONE ? "=" : "");
    quoted(flag->help, out);
    putc(']', out);
    if (argument != ARGUMENT_NONE) {
        putc(':', out);
        quoted(flag->argument, out);
        fprintf(out, ":%s", actions[argument]);
    }
    fputs("' \\\n", out);
}

static void zsh_flags(const struct flag *table, const char *indent, FILE *out)
{
    for (const struct flag *flag = table; flag != NULL && flag->name != NULL; flag++)
        zsh_flag(flag, indent, out);
}

void completion_zsh(FILE *out)
{
    fputs("#compdef provost\n# made from the tables of provost\n\n"
          "_provost() {\n    local curcontext=$curcontext state line\n"
          "    local -a commands common\n    commands=(\n",
          out);
    for (const struct command *const *at = commands_table; *at != NULL; at++) {
        fprintf(out, "        '%s:", (*at)->name);
        quoted((*at)->summary, out);
        fputs("'\n", out);
    }
    fputs("    )\n    common=(\n", out);
    for (const struct flag *flag = commands_common_flags; flag->name != NULL; flag++) {
        fputs("        ", out);
        zsh_flag(flag, "", out);
    }
    fputs("    )\n    _arguments -C $common '(-)1: :->command' '(-)*:: :->words' && return\n"
          "    case $state in\n"
          "    command) _describe command commands ;;\n"
          "    words)\n        case $line[1] in\n",
          out);
    for (const struct command *const *at = commands_table; *at != NULL; at++) {
        fprintf(out, "        %s) _arguments $common \\\n", (*at)->name);
        zsh_flags((*at)->flags, "            ", out);
        if ((*at)->choices != NULL)
            fprintf(out, "            '1:what:(%s)' \\\n", (*at)->choices);
        fprintf(out, "            %s ;;\n",
                strcmp((*at)->name, "help") == 0 ? "'1:command:(($commands))'"
                                                 : "'*:argument:_files'");
    }
    fputs("        esac ;;\n    esac\n}\n\n_provost \"$@\"\n", out);
}

/* --- fish --- */

static void fish_quoted(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') putc('\\', out);
        putc(*text, out);
    }
}

static void fish_flag(const struct flag *flag, const char *command, FILE *out)
{
    enum argument argument = argument_of(flag);

    fputs("complete -c provost", out);
    if (command != NULL) fprintf(out, " -n '__fish_seen_subcommand_from %s'", command);
    fprintf(out, " -l %s", flag->name);
    if (flag->letter != 0) fprintf(out, " -s %c", flag->letter);
    if (argument == ARGUMENT_FILE || argument == ARGUMENT_FOLDER) fputs(" -r -F", out);
    if (argument == ARGUMENT_OTHER) fputs(" -x", out);
    if (argument == ARGUMENT_FORMAT) fputs(" -x -a 'table json csv plain'", out);
    fputs(" -d '", out);
    fish_quoted(flag->help, out);
    fputs("'\n", out);
}

void completion_fish(FILE *out)
{
    fputs("# fish completion for provost; made from its tables\n", out);
    for (const struct command *const *at = commands_table; *at != NULL; at++) {
        fprintf(out, "complete -c provost -n __fish_use_subcommand -f -a %s -d '", (*at)->name);
        fish_quoted((*at)->summary, out);
        fputs("'\n", out);
    }
    for (const struct flag *flag = commands_common_flags; flag->name != NULL; flag++)
        fish_flag(flag, NULL, out);
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        for (const struct flag *flag = (*at)->flags; flag != NULL && flag->name; flag++)
            fish_flag(flag, (*at)->name, out);
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        if ((*at)->choices != NULL)
            fprintf(out, "complete -c provost -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                    (*at)->name, (*at)->choices);
    fputs("complete -c provost -n '__fish_seen_subcommand_from help' -f -a '", out);
    bash_commands(out);
    fputs("'\n", out);
}
