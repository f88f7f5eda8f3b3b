/* Help, made from the tables of commands and flags; examples come first. */
#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

#include "client/command.h"

#include <stdio.h>

/* Of the program. */
void help_program(FILE *out);

/* Of one command. */
void help_command(const struct command *command, FILE *out);

/* "provost 0.1.0" */
void help_version(FILE *out);

#endif
