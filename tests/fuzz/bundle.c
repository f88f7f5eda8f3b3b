/* A bundle's folder: parts apart by NUL, each one file, whose first line is its name.
 *
 * Checks: rows without a problem are mutations that the daemon's wire check takes, each with a
 * place to name in a refusal. */
#include "fuzz/fuzz.h"

#include "client/apply_stream.h"
#include "client/bundle.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 8 };

/* Writes one file if its name is one; what it is called stays in `names`. */
static void write_file(char *part, struct arena *arena, const char *names[], size_t *n_names)
{
    char *end = strchr(part, '\n');
    FILE *file;

    if (end != NULL) *end = '\0';
    if (part[0] == '\0' || part[0] == '.' || strchr(part, '/') != NULL) return;
    names[*n_names] = arena_printf(arena, "%s/%s", fuzz_folder(), part);
    file = fopen(names[*n_names], "w");
    if (file == NULL) return;
    (*n_names)++;
    if (end != NULL) fputs(end + 1, file);
    FUZZ_CHECK(fclose(file) == 0);
}

static const Provost__V1__Mutation *row_mutation(void *context, size_t i, struct arena *arena)
{
    const struct bundle *bundle = context;

    return bundle_mutation(bundle, i, arena);
}

static void check_rows(struct bundle *bundle, struct arena *arena)
{
    const struct apply_stream stream = {
        .count = bundle->n_rows, .mutation = row_mutation, .context = bundle};
    size_t first = 0;

    for (size_t i = 0; i < bundle->n_rows; i++) {
        fuzz_check_message(&bundle_mutation(bundle, i, arena)->base, arena);
        FUZZ_CHECK(bundle_locate(bundle, i, ".patch.resource", arena) != NULL);
    }
    while (first < bundle->n_rows) {
        size_t part = apply_stream_part_size(&stream, first, arena);

        FUZZ_CHECK(part >= 1 && part <= bundle->n_rows - first);
        first += part;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    const char *names[FILES_MAX];
    size_t n_names = 0;
    struct bundle bundle;
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    while (input.size > 0 && n_names < FILES_MAX)
        write_file(fuzz_take_text(&input, &arena), &arena, names, &n_names);
    bundle_read(fuzz_folder(), &arena, &bundle);
    FUZZ_CHECK(bundle.n_problems == 0 || bundle.problems[0] != NULL);
    if (bundle.n_problems == 0) check_rows(&bundle, &arena);
    for (size_t i = 0; i < n_names; i++)
        unlink(names[i]);
    arena_release(&arena);
    return 0;
}
