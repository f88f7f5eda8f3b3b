/* Makes what is written about the programs out of the tables that the programs themselves use:
 * manual pages, completion for shells, the journal's catalogue. For the build only. */
#ifndef MANUAL_H
#define MANUAL_H

#include <stdio.h>

/* Text as roff wants it: dashes, backslashes and dots at the beginning of a line escaped. */
void roff_text(const char *text, FILE *out);
/* Whole lines as they are, without filling. */
void roff_lines(const char *lines, FILE *out);

/* What stands for "@NAME@" alone on a line of a template. */
void manual_commands(FILE *out); /* COMMANDS: of provost(1) */
void manual_options(FILE *out);  /* OPTIONS: those of every command */
void manual_flags(FILE *out);    /* FLAGS: of provostd(8) */
void manual_settings(FILE *out); /* SETTINGS: of provostd.conf(5) */
void manual_events(FILE *out);   /* EVENTS: what the journal shows */

void completion_bash(FILE *out);
void completion_zsh(FILE *out);
void completion_fish(FILE *out);

void catalog(FILE *out);

/* provostd.conf with every setting at its default, commented out. */
void example_config(FILE *out);

#endif
