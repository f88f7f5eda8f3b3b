/* Commands for what the register derives: series, progress, due, risks, check, tree. */
#ifndef CLIENT_PERFORM_H
#define CLIENT_PERFORM_H

#include "client/command.h"
#include "client/grid.h"
#include "client/output.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

extern const struct command command_series;
extern const struct command command_progress;
extern const struct command command_due;
extern const struct command command_risks;
extern const struct command command_check;
extern const struct command command_tree;

/* Calls a method of PerformanceService. `doing` is for words about a failure. */
enum exit_code perform_call(struct session *session, const char *method,
                            const ProtobufCMessage *request, const char *doing,
                            ProtobufCMessage **out_response);

/* The number of an enum's value by its name in any case, with "-" for "_"; 0 for NULL. False,
 * after saying which names there are, when there is none. */
bool perform_choice(struct session *session, const ProtobufCEnumDescriptor *desc,
                    const char *flag, const char *word, int *out_value);

#endif
