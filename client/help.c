#include "client/help.h"

#include "client/commands.h"
#include "client/say.h"

#include <string.h>

enum { HELP_COLUMN = 26, HELP_WIDTH = 78, USAGE_COLUMN = 15 };

/* Whole lines, each indented. */
static void print_lines(const char *lines, FILE *out)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");

        fprintf(out, "  %.*s\n", (int)length, lines);
        lines += length;
        if (*lines == '\n') lines++;
    }
}

/* Bytes of the next word; what stands in brackets is one: "[--note TEXT]". */
static int word_length(const char *text)
{
    size_t length = strcspn(text, " [");

    if (text[length] == '[' && strchr(text + length, ']') != NULL) {
        length += strcspn(text + length, "]");
        length += strcspn(text + length, " ");
    }
    return (int)(text[length] == '[' ? strcspn(text, " ") : length);
}

/* Text broken between words; the first line begins at `column`, the others at `indent`. */
static void print_wrapped(const char *text, int column, int indent, FILE *out)
{
    int begin = column;

    while (*text != '\0') {
        int length = word_length(text);

        if (column > begin && column + 1 + length > HELP_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = begin = indent;
        } else if (column > begin) {
            putc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', out);
}

static void print_usage(const struct command *command, FILE *out)
{
    int column = fprintf(out, "Usage: provost %s%s", command->name,
                         command->usage[0] != '\0' ? " " : "");

    print_wrapped(command->usage, column, USAGE_COLUMN, out);
}

static void print_entry(const char *left, const char *text, FILE *out)
{
    int width = fprintf(out, "  %s", left);

    if (width >= HELP_COLUMN)
        fprintf(out, "\n%*s", HELP_COLUMN, "");
    else
        fprintf(out, "%*s", HELP_COLUMN - width, "");
    print_wrapped(text, HELP_COLUMN, HELP_COLUMN, out);
}

static void print_flags(const struct flag *table, FILE *out)
{
    for (const struct flag *flag = table; flag != NULL && flag->name != NULL; flag++) {
        char left[64];
        char letter[5] = "    ";

        if (flag->letter != 0) snprintf(letter, sizeof letter, "-%c, ", flag->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, flag->name,
                 flag->argument != NULL ? " " : "",
                 flag->argument != NULL ? flag->argument : "");
        print_entry(left, flag->help, out);
    }
}

void help_program(FILE *out)
{
    fputs("Examples:\n", out);
    print_lines("provost scorecard plans/cex-2021-24 --period 2020-21\n"
                "provost submit foi-cex \"Q1 2021/22\" 98.7% --note \"two late answers\"\n"
                "provost list indicators --filter 'unit = PERCENT'\n"
                "provost log --resource indicators/foi-cex --since 7d\n"
                "provost --as-of 2021-03-31 -o json get actions/equalities-training\n",
                out);
    fputs("\nUsage: provost [OPTION...] COMMAND [ARGUMENT...]\n\nCommands:\n", out);
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        print_entry((*at)->name, (*at)->summary, out);
    fputs("\nOptions of every command, before or after its name:\n", out);
    print_flags(commands_common_flags, out);
    fputs("\nExit codes: 0 done, 1 failure, 2 wrong command line, 3 not found, 4 conflict,\n"
          "5 denied, 6 not reachable, 7 verification failed.\n"
          "\"provost help COMMAND\" tells more about a command.\n",
          out);
}

void help_command(const struct command *command, FILE *out)
{
    fputs("Examples:\n", out);
    print_lines(command->examples, out);
    putc('\n', out);
    print_usage(command, out);
    fprintf(out, "\n%s.\n", command->summary);
    if (command->details != NULL) fprintf(out, "\n%s", command->details);
    if (command->flags != NULL) fputs("\nOptions:\n", out);
    print_flags(command->flags, out);
    fputs("\nOptions of every command: see \"provost help\".\n", out);
}

void help_version(FILE *out)
{
    fprintf(out, "provost %s\n", PROVOST_VERSION);
}

static enum exit_code run_help(struct session *session, const struct command_input *input)
{
    const struct command *command;

    (void)session;
    if (input->n_words == 0) {
        help_program(stdout);
        return EXIT_CODE_OK;
    }
    command = commands_find(input->words[0]);
    if (command != NULL) {
        help_command(command, stdout);
        return EXIT_CODE_OK;
    }
    say_error("there is no command \"%s\"; \"provost help\" lists them", input->words[0]);
    return EXIT_CODE_USAGE;
}

const struct command command_help = {
    .name = "help",
    .usage = "[COMMAND]",
    .summary = "Show examples and options",
    .examples = "provost help\nprovost help submit\n",
    .max_words = 1,
    .run = run_help,
};

static enum exit_code run_version(struct session *session, const struct command_input *input)
{
    (void)session;
    (void)input;
    help_version(stdout);
    return EXIT_CODE_OK;
}

const struct command command_version = {
    .name = "version",
    .usage = "",
    .summary = "Show the version of this program (of the daemon: status)",
    .examples = "provost version\n",
    .run = run_version,
};
