/* What is read of the log by those who do not trust it: notes, keys, checkpoints, proofs, and the
 * stored bytes of entries and items.
 *
 * Checks: keys and checkpoints written and read again are the same; a note that verifies is one
 * that the key would sign so; a proof holds exactly when it is the one that a plain recursive
 * tree of the same leaves gives; readers of entries stay within their bytes. */
#include "fuzz/fuzz.h"

#include "common/merkle.h"
#include "common/note.h"
#include "store/log_entry.h"

#include <string.h>

enum { LEAVES_MAX = 40, PATH_MAX_HASHES = 16 };

/* --- notes --- */

/* The same in every run, so that notes in the corpus verify. */
static const char test_key[] = "PRIVATE+KEY+example.gov.uk/log+ce4fae82+"
                               "AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

static void check_key(const char *text, struct arena *arena)
{
    struct note_key key;
    struct note_key again;

    if (note_key_parse(text, &key) != NULL) return;
    FUZZ_CHECK(note_key_parse(note_verifier_text(&key, arena), &again) == NULL);
    FUZZ_CHECK(again.id == key.id &&
               memcmp(again.public_key, key.public_key, NOTE_KEY_BYTES) == 0);
    FUZZ_SAME(again.name, key.name);
    if (!key.has_seed) return;
    FUZZ_CHECK(note_key_parse(note_signer_text(&key, arena), &again) == NULL);
    FUZZ_CHECK(memcmp(again.seed, key.seed, NOTE_KEY_BYTES) == 0);
}

static void check_note(const char *text, struct arena *arena)
{
    struct note_key key;
    char *signed_text;

    FUZZ_CHECK(note_key_parse(test_key, &key) == NULL);
    if (note_verify(text, &key, arena, &signed_text) == NULL) {
        const char *mine = note_sign(signed_text, &key, arena);

        FUZZ_CHECK(mine != NULL && strncmp(text, mine, strlen(signed_text) + 1) == 0);
        FUZZ_CHECK(strstr(text, mine + strlen(signed_text) + 1) != NULL);
    }
    /* The text itself as what is signed, and what was signed with a byte changed. */
    char *note = note_sign(arena_printf(arena, "%s\n", text), &key, arena);
    if (note == NULL || strlen(note) > NOTE_MAX_BYTES) return;
    FUZZ_CHECK(note_verify(note, &key, arena, &signed_text) == NULL);
    FUZZ_CHECK(strncmp(signed_text, text, strlen(text)) == 0);
    note[0] ^= 1;
    if (note[0] != '\0') FUZZ_CHECK(note_verify(note, &key, arena, &signed_text) != NULL);
}

static void check_checkpoint(const char *text, struct arena *arena)
{
    struct checkpoint checkpoint;
    struct checkpoint again;

    if (checkpoint_parse(text, &checkpoint) != NULL) return;
    const char *canonical = checkpoint_text(&checkpoint, arena);
    FUZZ_CHECK(strncmp(text, canonical, strlen(canonical)) == 0);
    FUZZ_CHECK(checkpoint_parse(canonical, &again) == NULL && again.size == checkpoint.size &&
               memcmp(again.root, checkpoint.root, SHA256_BYTES) == 0);
}

/* --- proofs --- */

struct tree {
    struct sha256 *hasher;
    uint8_t leaves[LEAVES_MAX][SHA256_BYTES];
};

static size_t split(size_t count)
{
    size_t half = 1;

    while (half * 2 < count)
        half *= 2;
    return half;
}

/* RFC 9162 section 2.1.1, word for word. */
static void root_of(struct tree *tree, size_t first, size_t count, uint8_t *out_root)
{
    uint8_t left[SHA256_BYTES];
    uint8_t right[SHA256_BYTES];

    if (count == 1) {
        memcpy(out_root, tree->leaves[first], SHA256_BYTES);
        return;
    }
    root_of(tree, first, split(count), left);
    root_of(tree, first + split(count), count - split(count), right);
    merkle_hash_node(tree->hasher, left, right, out_root);
}

struct path {
    size_t count;
    uint8_t hashes[PATH_MAX_HASHES][SHA256_BYTES];
};

/* Section 2.1.3.1. */
static void inclusion(struct tree *tree, size_t first, size_t count, size_t index,
                      struct path *path)
{
    size_t half = split(count);

    if (count == 1) return;
    inclusion(tree, index < half ? first : first + half, index < half ? half : count - half,
              index < half ? index : index - half, path);
    root_of(tree, index < half ? first + half : first, index < half ? count - half : half,
            path->hashes[path->count++]);
}

/* Section 2.1.4.1. */
static void consistency(struct tree *tree, size_t first, size_t count, size_t old, bool whole,
                        struct path *path)
{
    size_t half = split(count);

    if (old == count) {
        if (!whole) root_of(tree, first, count, path->hashes[path->count++]);
        return;
    }
    consistency(tree, old <= half ? first : first + half, old <= half ? half : count - half,
                old <= half ? old : old - half, old <= half && whole, path);
    root_of(tree, old <= half ? first + half : first, old <= half ? count - half : half,
            path->hashes[path->count++]);
}

/* Changes the path as the input says; false when it is the right one still. */
static bool spoil(struct path *path, struct fuzz_input *input)
{
    struct path right = *path;
    uint8_t how = fuzz_take_byte(input);
    uint8_t at = fuzz_take_byte(input);

    if (how & 1 && path->count > 0)
        path->hashes[at % path->count][at % SHA256_BYTES] ^= fuzz_take_byte(input);
    if (how & 2 && path->count > 0) path->count--;
    if (how & 4 && path->count < PATH_MAX_HASHES) {
        memset(path->hashes[path->count], at, SHA256_BYTES);
        path->count++;
    }
    return path->count != right.count ||
           memcmp(path->hashes, right.hashes, path->count * SHA256_BYTES) != 0;
}

static void check_proofs(struct fuzz_input *input)
{
    static struct tree tree;
    uint8_t root[SHA256_BYTES];
    size_t count = fuzz_take_byte(input) % LEAVES_MAX + 1;
    size_t index = fuzz_take_byte(input) % count;
    struct path path = {.count = 0};
    struct merkle_path given;

    if (tree.hasher == NULL) tree.hasher = sha256_new();
    for (size_t i = 0; i < count; i++)
        merkle_hash_leaf(tree.hasher, &i, sizeof i, tree.leaves[i]);
    root_of(&tree, 0, count, root);
    inclusion(&tree, 0, count, index, &path);
    bool is_spoilt = spoil(&path, input);
    given = (struct merkle_path){path.count, path.hashes};
    FUZZ_CHECK(merkle_inclusion_holds(index, count, tree.leaves[index], &given, root) !=
               is_spoilt);
    FUZZ_CHECK(!merkle_inclusion_holds(count, count, tree.leaves[index], &given, root));

    struct merkle_head newer = {.size = count};
    struct merkle_head older = {.size = index + 1};
    memcpy(newer.root, root, SHA256_BYTES);
    root_of(&tree, 0, index + 1, older.root);
    path.count = 0;
    consistency(&tree, 0, count, index + 1, true, &path);
    is_spoilt = spoil(&path, input);
    given = (struct merkle_path){path.count, path.hashes};
    FUZZ_CHECK(merkle_consistency_holds(&older, &newer, &given) != is_spoilt);
    /* Sizes from anywhere, as a server could send them. */
    older.size = fuzz_take_number(input);
    newer.size = fuzz_take_number(input);
    (void)merkle_consistency_holds(&older, &newer, &given);
    (void)merkle_inclusion_holds(older.size, newer.size, root, &given, root);
}

/* --- stored bytes --- */

static void check_entry(const struct fuzz_input *input, struct arena *arena)
{
    struct log_entry entry;
    struct log_items items = {input->bytes, input->bytes + input->size};
    struct log_items_item item;

    if (log_entry_parse(input->bytes, input->size, arena, &entry))
        FUZZ_CHECK(entry.items_hash >= input->bytes &&
                   entry.items_hash + SHA256_BYTES <= input->bytes + input->size);
    while (log_items_next(&items, arena, &item)) {
        FUZZ_CHECK(items.at <= items.end);
        for (unsigned i = 0; i < item.field_count; i++)
            FUZZ_CHECK(log_items_hash(&item, i) + SHA256_BYTES <= items.at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    if (what % 5 == 0) check_key(fuzz_take_text(&input, &arena), &arena);
    if (what % 5 == 1) check_note(fuzz_take_text(&input, &arena), &arena);
    if (what % 5 == 2) check_checkpoint(fuzz_take_text(&input, &arena), &arena);
    if (what % 5 == 3) check_proofs(&input);
    if (what % 5 == 4) check_entry(&input, &arena);
    arena_release(&arena);
    return 0;
}
