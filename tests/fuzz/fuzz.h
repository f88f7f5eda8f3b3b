/* What all fuzz targets share. A target is one file with one entry, LLVMFuzzerTestOneInput: libFuzzer
 * drives it in the build of preset `fuzz`, replay.c runs the stored corpus through it in every
 * other one. Its head comment says what it checks besides not crashing. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "common/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0: the input was used; -1: it says nothing and need not be kept. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Ends the process when `condition` is false, in every build, with what was found. */
#define FUZZ_CHECK(condition)                                                                  \
    ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
void fuzz_fail(const char *file, int line, const char *condition) __attribute__((noreturn));

/* The two texts are the same, else both are shown. */
#define FUZZ_SAME(a, b) fuzz_same(__FILE__, __LINE__, (a), (b))
void fuzz_same(const char *file, int line, const char *a, const char *b);

/* What is left of an input that several values are taken from. */
struct fuzz_input {
    const uint8_t *bytes;
    size_t size;
};

/* The next byte, 0 at the end; the next eight as a number. */
uint8_t fuzz_take_byte(struct fuzz_input *input);
uint64_t fuzz_take_number(struct fuzz_input *input);

/* The text up to the next NUL, or all that is left, copied so that reading past it shows. */
char *fuzz_take_text(struct fuzz_input *input, struct arena *arena);

/* All of the bytes as a text; what stands behind a NUL is cut off. */
char *fuzz_text(const uint8_t *bytes, size_t size, struct arena *arena);

/* Every string in the message is UTF-8 text: what goes out to clients must be. */
void fuzz_check_message(const ProtobufCMessage *message, struct arena *arena);

/* A folder that is empty, in memory where the machine has such a place, and gone at exit. Static.
 */
const char *fuzz_folder(void);

#endif
