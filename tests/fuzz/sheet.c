/* A pasted document on its way into the register, as `provost import FILE` takes it: bytes to
 * text, lines, tables, rows, resources. The first byte says whether the file is called .csv and
 * whether a mapping file (the part up to the first NUL) comes with it.
 *
 * Checks: every cell that is not empty is accounted for; every mutation is a message that the
 * daemon's wire check takes; two readings of the same document give the same resources. */
#include "fuzz/fuzz.h"

#include "client/import_table.h"
#include "client/sheet_decode.h"
#include "client/sheet_find.h"
#include "client/sheet_join.h"
#include "common/buf.h"

#include <string.h>

/* What is built in, folded once: that takes longer than most documents. */
static struct sheet_headers *headers_of(const char *map, struct arena *arena)
{
    static struct arena kept;
    static struct sheet_headers *built_in;
    struct sheet_headers *headers;

    if (built_in == NULL) {
        arena_init(&kept, SIZE_MAX);
        built_in = sheet_headers_new(&kept);
    }
    if (map == NULL) return built_in;
    headers = sheet_headers_new(arena);
    return status_is_ok(sheet_headers_add_map(headers, map, strlen(map))) ? headers : NULL;
}

static bool read_document(struct table_import *import, const struct fuzz_input *document,
                          const char *map, struct arena *arena)
{
    struct sheet_text text;
    bool is_csv = strcmp(import->path, "a.csv") == 0;
    struct status st;

    import->headers = headers_of(map, arena);
    if (import->headers == NULL) return false;
    st = sheet_decode((const char *)document->bytes, document->size, arena, &text);
    if (!status_is_ok(st)) return false;
    st = sheet_read(text.bytes, text.size, is_csv, arena, &import->sheet);
    if (!status_is_ok(st)) return false;
    sheet_find(&import->sheet, import->headers, arena, &import->tables);
    sheet_join(&import->tables, arena);
    return true;
}

static void check_cells(struct table_import *import)
{
    for (size_t t = 0; t < import->tables.n; t++) {
        const struct sheet_table *table = import->tables.items[t];

        for (size_t r = 0; r < table->n_rows; r++)
            for (size_t c = 0; c < table->header.n_columns; c++)
                FUZZ_CHECK(table->rows[r].is_gone ||
                           sheet_is_blank(table->rows[r].cells[c].text) ||
                           table->rows[r].cells[c].fate != SHEET_FATE_NONE);
    }
}

/* All mutations, packed one behind the other. */
static bool build(const struct fuzz_input *document, const char *map, bool is_csv,
                  struct arena *arena, struct buf *out_bytes)
{
    struct table_import import = {.path = is_csv ? "a.csv" : "a.txt"};
    struct sheet_known known;

    if (!read_document(&import, document, map, arena)) return false;
    sheet_known_init(&known, arena);
    import.build = (struct sheet_build){
        .arena = arena, .plan = "plans/p", .known = &known, .tables = &import.tables};
    sheet_build(&import.build);
    check_cells(&import);
    for (size_t i = 0; i < import.build.draft.n; i++) {
        const ProtobufCMessage *mutation =
            &sheet_item_mutation(import.build.draft.items[i], 7, arena)->base;
        size_t size = protobuf_c_message_get_packed_size(mutation);

        fuzz_check_message(mutation, arena);
        protobuf_c_message_pack(mutation, buf_reserve(out_bytes, size));
        out_bytes->size += size;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct buf first;
    struct buf second;
    struct arena arena;
    const char *map = NULL;

    arena_init(&arena, SIZE_MAX);
    buf_init(&first, SIZE_MAX);
    buf_init(&second, SIZE_MAX);
    if (what & 2) map = fuzz_take_text(&input, &arena);
    if (build(&input, map, what & 1, &arena, &first)) {
        if (size % 4 != 0) goto out;
        FUZZ_CHECK(build(&input, map, what & 1, &arena, &second));
        FUZZ_CHECK(first.size == second.size &&
                   (first.size == 0 || memcmp(first.data, second.data, first.size) == 0));
    }
out:
    buf_release(&first);
    buf_release(&second);
    arena_release(&arena);
    return 0;
}
