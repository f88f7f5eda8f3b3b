/* Any message as columns: what programs get where there is nothing to choose. */
#ifndef CLIENT_MESSAGE_ROWS_H
#define CLIENT_MESSAGE_ROWS_H

#include "client/grid.h"

#include <protobuf-c/protobuf-c.h>

/* Sets the columns: a field each, a nested message's fields each, called "short_trend_reason".
 */
void message_rows_columns(const ProtobufCMessageDescriptor *desc, struct grid *grid);

/* Adds a row for a message of that type. */
void message_rows_add(const ProtobufCMessage *message, struct grid *grid);

#endif
