/* A message inside a resource in words, for people: "likelihood 4, impact 3, score 12". */
#ifndef CLIENT_MESSAGE_WORDS_H
#define CLIENT_MESSAGE_WORDS_H

#include "common/arena.h"

#include <protobuf-c/protobuf-c.h>

/* What is set in it; "" for nothing. In the arena. */
const char *message_words(const ProtobufCMessage *msg, struct arena *arena);

#endif
