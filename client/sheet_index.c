#include "client/sheet_index.h"

#include "client/sheet_text.h"

#include <string.h>

enum { LOOSE_MIN_BYTES = 6 };

/* A synonym folded. */
struct folded {
    const char *key;
    unsigned long long hash;
    const struct sheet_synonym *synonym;
};

enum { INDEX_SLOTS = 1024, NO_SYNONYM = -1 };

/* Chains of synonyms that have a hash in common, each in the order of the table. */
struct chains {
    int heads[INDEX_SLOTS];
    int *next; /* per synonym */
};

struct sheet_index {
    struct arena *arena;
    struct folded *synonyms;
    struct chains by_key;
    struct chains by_first_word;
};

static void chains_init(struct chains *chains, struct arena *arena)
{
    chains->next = arena_alloc(arena, sheet_synonym_count * sizeof *chains->next);
    for (size_t i = 0; i < INDEX_SLOTS; i++)
        chains->heads[i] = NO_SYNONYM;
}

static void chains_add(struct chains *chains, unsigned long long hash, size_t synonym)
{
    chains->next[synonym] = chains->heads[hash % INDEX_SLOTS];
    chains->heads[hash % INDEX_SLOTS] = (int)synonym;
}

static unsigned long long hash_first_word(const char *key, struct arena *arena)
{
    return sheet_hash(arena_strndup(arena, key, strcspn(key, " ")));
}

/* The last first: a chain then begins with the first. */
static void make_index(struct sheet_index *index)
{
    chains_init(&index->by_key, index->arena);
    chains_init(&index->by_first_word, index->arena);
    for (size_t i = sheet_synonym_count; i-- > 0;) {
        const struct folded *synonym = &index->synonyms[i];

        chains_add(&index->by_key, synonym->hash, i);
        chains_add(&index->by_first_word, hash_first_word(synonym->key, index->arena), i);
    }
}

struct sheet_index *sheet_index_new(struct arena *arena)
{
    struct sheet_index *index = arena_zalloc(arena, sizeof *index);

    index->arena = arena;
    index->synonyms = arena_zalloc(arena, sheet_synonym_count * sizeof(struct folded));
    for (size_t i = 0; i < sheet_synonym_count; i++) {
        const char *key = sheet_fold(arena, sheet_synonym_table[i].header);

        index->synonyms[i] = (struct folded){key, sheet_hash(key), &sheet_synonym_table[i]};
    }
    make_index(index);
    return index;
}

static const struct folded *find_exact(const struct sheet_index *index, const char *key,
                                       enum sheet_kind kind)
{
    unsigned long long hash = sheet_hash(key);
    int at = index->by_key.heads[hash % INDEX_SLOTS];

    for (; at != NO_SYNONYM; at = index->by_key.next[at])
        if ((index->synonyms[at].synonym->kinds & kind) != 0 &&
            index->synonyms[at].hash == hash && strcmp(index->synonyms[at].key, key) == 0)
            return &index->synonyms[at];
    return NULL;
}

enum sheet_field sheet_index_exact(const struct sheet_index *index, const char *key,
                                   enum sheet_kind kind)
{
    const struct folded *found = find_exact(index, key, kind);

    return found != NULL ? found->synonym->field : SHEET_NONE;
}

/* A synonym found in a heading, and the best so far: the longest, of equals the first. */
static int better_of(const struct sheet_index *index, int best, int other)
{
    if (best == NO_SYNONYM) return other;
    size_t have = strlen(index->synonyms[best].key);
    size_t length = strlen(index->synonyms[other].key);

    return length > have || (length == have && other < best) ? other : best;
}

/* The best of the synonyms that begin with a word of the heading. */
static int find_from_word(const struct sheet_index *index, const char *key, const char *word,
                          enum sheet_kind kind)
{
    unsigned long long hash = hash_first_word(word, index->arena);
    int at = index->by_first_word.heads[hash % INDEX_SLOTS], best = NO_SYNONYM;

    for (; at != NO_SYNONYM; at = index->by_first_word.next[at]) {
        const struct folded *synonym = &index->synonyms[at];
        size_t length = strlen(synonym->key);

        if (length >= LOOSE_MIN_BYTES && length * 2 >= strlen(key) &&
            (synonym->synonym->kinds & kind) != 0 && sheet_has_words(key, synonym->key))
            best = better_of(index, best, at);
    }
    return best;
}

/* The longest synonym whose words stand in the heading and make up half of it. */
enum sheet_field sheet_index_loose(const struct sheet_index *index, const char *key,
                                   enum sheet_kind kind)
{
    int best = NO_SYNONYM;

    for (const char *word = key; *word != '\0'; word += strspn(word, " ")) {
        int found = find_from_word(index, key, word, kind);

        if (found != NO_SYNONYM) best = better_of(index, best, found);
        word += strcspn(word, " ");
    }
    return best == NO_SYNONYM ? SHEET_NONE : index->synonyms[best].synonym->field;
}

bool sheet_index_knows(const struct sheet_index *index, const char *key)
{
    return find_exact(index, key, SHEET_ANY) != NULL;
}
