/* The table of commands. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "client/command.h"

/* All commands in the order of the help, ended by NULL. */
extern const struct command *const commands_table[];

/* The flags of every command; they fill a struct options. */
extern const struct flag commands_common_flags[];

/* The command called `name`, NULL if none is. */
const struct command *commands_find(const char *name);

/* The name that was probably meant, NULL when none is near. */
const char *commands_suggest(const char *name);

#endif
