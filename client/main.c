/* provost: the command-line client of the register. Table of contents: read the command line,
 * find the command's row, run it, close stdout. */
#include "client/commands.h"
#include "client/help.h"
#include "client/say.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* The command line as understood so far. */
struct command_line {
    struct options options;
    const struct command *command;
    void *flags; /* of the command */
    struct flag_parser parser;
    struct flag_words words; /* the command's name first */
};

/* The first word is the command; from here on its own flags are known. */
static const char *on_word(void *context, const char *word)
{
    struct command_line *line = context;
    const char *near;

    if (line->command != NULL) return NULL;
    line->command = commands_find(word);
    if (line->command != NULL) {
        line->flags = arena_zalloc(line->parser.arena, line->command->flags_size + 1);
        line->parser.own = (struct flag_target){line->command->flags, line->flags};
        return NULL;
    }
    near = commands_suggest(word);
    return arena_printf(line->parser.arena, "unknown command \"%s\"%s%s%s", word,
                        near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                        near != NULL ? "?" : "");
}

/* NULL, or that the first word is none of those the command knows. */
static const char *check_choice(const struct command *command, const char *word,
                                struct arena *arena)
{
    char *choices = arena_strdup(arena, command->choices), *save;
    const char *listed = NULL;

    for (char *at = strtok_r(choices, " ", &save); at != NULL;
         at = strtok_r(NULL, " ", &save)) {
        if (strcmp(at, word) == 0) return NULL;
        listed = listed == NULL ? at : arena_printf(arena, "%s, %s", listed, at);
    }
    return arena_printf(arena, "%s: \"%s\" is not one of %s", command->name, word, listed);
}

static const char *check_words(const struct command_line *line)
{
    const struct command *command = line->command;
    struct arena *arena = line->parser.arena;
    size_t n = line->words.n;

    if (command == NULL) return "no command given";
    if (line->options.help) return NULL;
    const char *write = arena_printf(arena, "provost %s%s%s", command->name,
                                     *command->usage != '\0' ? " " : "", command->usage);
    if (n - 1 < command->min_words)
        return arena_printf(arena, "%s needs more: %s", command->name, write);
    if (command->choices != NULL) return check_choice(command, line->words.words[1], arena);
    if (n - 1 <= command->max_words) return NULL;
    return arena_printf(arena, "too much for %s: \"%s\"; write %s", command->name,
                        line->words.words[command->max_words + 1], write);
}

static enum exit_code run_command(const struct command_line *line, struct arena *arena)
{
    struct command_input input = {
        .flags = line->flags,
        .words = line->words.words + 1,
        .n_words = line->words.n - 1,
    };
    struct session session;
    enum exit_code code = session_init(&session, &line->options, arena);

    if (code == EXIT_CODE_OK) code = line->command->run(&session, &input);
    session_release(&session);
    return code;
}

static enum exit_code run(int argc, char **argv, struct arena *arena)
{
    struct command_line line = {0};
    const char *wrong;

    line.parser = (struct flag_parser){.arena = arena,
                                       .common = {commands_common_flags, &line.options},
                                       .on_word = on_word,
                                       .context = &line};
    wrong = flags_parse(&line.parser, argc, argv, &line.words);
    if (wrong == NULL && line.options.version) {
        help_version(stdout);
        return EXIT_CODE_OK;
    }
    if (wrong == NULL && line.command == NULL && (line.options.help || argc == 1)) {
        help_program(line.options.help ? stdout : stderr);
        return line.options.help ? EXIT_CODE_OK : EXIT_CODE_USAGE;
    }
    if (wrong == NULL) wrong = check_words(&line);
    if (wrong != NULL) {
        say_error("%s; see \"provost help%s%s\"", wrong, line.command != NULL ? " " : "",
                  line.command != NULL ? line.command->name : "");
        return EXIT_CODE_USAGE;
    }
    if (!line.options.help) return run_command(&line, arena);
    help_command(line.command, stdout);
    return EXIT_CODE_OK;
}

/* A reader that went away (head) needs no words, a full disk does. */
static enum exit_code close_output(enum exit_code code)
{
    int failed = ferror(stdout);

    errno = 0;
    if (fclose(stdout) == 0 && !failed) return code;
    if (errno != EPIPE && errno != 0) say_error("cannot write the answer: %s", strerror(errno));
    return code == EXIT_CODE_OK ? EXIT_CODE_FAILURE : code;
}

int main(int argc, char **argv)
{
    struct arena arena;
    enum exit_code code;

    signal(SIGPIPE, SIG_IGN);
    arena_init(&arena, SIZE_MAX);
    code = close_output(run(argc, argv, &arena));
    arena_release(&arena);
    return (int)code;
}
