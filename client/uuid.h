/* Random UUIDs (RFC 4122 version 4). */
#ifndef CLIENT_UUID_H
#define CLIENT_UUID_H

enum { UUID_TEXT_BYTES = 37 };

/* 0, or -errno of getrandom. */
int uuid_new(char out_text[UUID_TEXT_BYTES]);

#endif
