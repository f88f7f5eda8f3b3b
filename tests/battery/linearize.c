/* Is a recorded history linearizable? Every key is a register of its own (linearizability is
 * local), searched as Wing and Gong describe, with Lowe's memory of places already seen.
 *
 *   linearize check FILE        0: it is; 1: it is not (says which key)
 *   linearize inject FILE       0: a stale read and a lost update, put into the history, are
 * found linearize selftest N [SEED] 0: N histories each of a right server pass and of four
 * wrong ones are found out
 *
 * A line of a history: key kind invoked returned argument expected outcome
 *   kind      r, w or c (read, write, compare-and-set)
 *   times     nanoseconds, of one clock
 *   argument  the value written, for a read the value read; values are unique, 0 is the first
 *   expected  of c: the value it compares with
 *   outcome   o: done; f: compared and refused; u: unknown: done at any time after, or never
 */
#include "common/arena.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPS_MAX = 1 << 20, KEYS_MAX = 4096, SEEN_LIMIT = 1 << 24 };

struct op {
    int key;
    char kind, outcome;
    uint64_t invoked, returned; /* UINT64_MAX: unknown */
    int64_t argument, expected;
};

struct history {
    struct op *ops;
    size_t count;
};

/* ---- the model: one register ---- */

/* Whether the operation may take place in `state`; *out_state is what it leaves. An unknown one
 * that takes place has succeeded: a failure would have left nothing. */
static bool model_step(const struct op *op, int64_t state, int64_t *out_state)
{
    *out_state = state;
    switch (op->kind) {
    case 'r':
        return op->outcome == 'u' || op->argument == state;
    case 'w':
        *out_state = op->argument;
        return true;
    default:
        break;
    }
    if (op->outcome == 'f') return op->expected != state;
    *out_state = op->argument;
    return op->expected == state;
}

/* ---- the search ---- */

/* A call or a return, in order of time. */
struct event {
    const struct op *op;
    size_t number; /* of the operation within the key */
    bool is_return;
    struct event *next, *before, *partner; /* a call's return */
};

/* Places seen: which operations are done, and the state they left. */
struct seen {
    uint64_t
        *slots; /* words + 1 each: the set, then the state; first word of a free one is 0 */
    size_t room, count, words;
};

struct search {
    struct event *events; /* sentinel first */
    struct seen seen;
    uint64_t *done; /* bit set, one bit more so that it is never 0 */
    size_t ops, known_left;
};

static int compare_events(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    uint64_t s = x->is_return ? x->op->returned : x->op->invoked;
    uint64_t t = y->is_return ? y->op->returned : y->op->invoked;
    if (s != t) return s < t ? -1 : 1;
    return (int)x->is_return - (int)y->is_return; /* at one time all may overlap */
}

static void lift(struct event *call)
{
    call->before->next = call->next;
    call->next->before = call->before;
    struct event *back = call->partner;
    back->before->next = back->next;
    if (back->next) back->next->before = back->before;
}

static void unlift(struct event *call)
{
    struct event *back = call->partner;
    back->before->next = back;
    if (back->next) back->next->before = back;
    call->before->next = call;
    call->next->before = call;
}

static uint64_t hash_place(const uint64_t *place, size_t words)
{
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < words; i++) {
        hash = (hash ^ place[i]) * 1099511628211u;
        hash ^= hash >> 29;
    }
    return hash;
}

static bool seen_add(struct seen *seen, const uint64_t *place);

static void seen_grow(struct seen *seen)
{
    struct seen old = *seen;
    seen->room = old.room ? old.room * 2 : 1024;
    seen->slots = xcalloc(seen->room * seen->words, sizeof(uint64_t));
    seen->count = 0;
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i * old.words]) (void)seen_add(seen, old.slots + i * old.words);
    free(old.slots);
}

/* False when it was there. */
static bool seen_add(struct seen *seen, const uint64_t *place)
{
    if (seen->count * 2 >= seen->room) seen_grow(seen);
    size_t at = hash_place(place, seen->words) & (seen->room - 1);
    for (; seen->slots[at * seen->words]; at = (at + 1) & (seen->room - 1))
        if (memcmp(seen->slots + at * seen->words, place, seen->words * sizeof *place) == 0)
            return false;
    memcpy(seen->slots + at * seen->words, place, seen->words * sizeof *place);
    seen->count++;
    if (seen->count > SEEN_LIMIT) {
        fprintf(stderr, "linearize: too much to search\n");
        exit(2);
    }
    return true;
}

static void flip(struct search *s, size_t number)
{
    s->done[(number + 1) / 64] ^= UINT64_C(1) << (number + 1) % 64;
}

/* One operation tried at the present place, to be able to take it back. */
struct taken {
    struct event *call;
    int64_t state;
};

static bool try_call(struct search *s, struct event *call, int64_t *state)
{
    int64_t after;
    if (!model_step(call->op, *state, &after)) return false;
    flip(s, call->number);
    s->done[s->seen.words - 1] = (uint64_t)after;
    if (seen_add(&s->seen, s->done)) {
        *state = after;
        return true;
    }
    flip(s, call->number);
    return false;
}

/* True when an order is found in which all known operations take place. */
static bool find_order(struct search *s)
{
    struct taken *stack = xcalloc(s->ops + 1, sizeof *stack);
    size_t depth = 0;
    int64_t state = 0;
    struct event *at = s->events[0].next;
    while (s->known_left > 0) {
        if (at && !at->is_return) {
            int64_t before = state;
            if (!try_call(s, at, &state)) {
                at = at->next;
                continue;
            }
            stack[depth++] = (struct taken){at, before};
            if (at->op->outcome != 'u') s->known_left--;
            lift(at);
            at = s->events[0].next;
            continue;
        }
        /* The end, or a return whose call has not taken place: go back. */
        if (depth == 0) break;
        struct taken last = stack[--depth];
        unlift(last.call);
        if (last.call->op->outcome != 'u') s->known_left++;
        flip(s, last.call->number);
        state = last.state;
        at = last.call->next;
    }
    free(stack);
    return s->known_left == 0;
}

static void link_events(struct event *events, size_t count)
{
    qsort(events + 1, count, sizeof *events, compare_events);
    for (size_t i = 0; i <= count; i++) {
        events[i].before = i ? &events[i - 1] : NULL;
        events[i].next = i < count ? &events[i + 1] : NULL;
    }
}

static void pair_events(struct event *events, size_t count)
{
    struct event **calls = xcalloc(count + 1, sizeof(struct event *));
    for (size_t i = 1; i <= count; i++)
        if (!events[i].is_return) calls[events[i].number] = &events[i];
    for (size_t i = 1; i <= count; i++)
        if (events[i].is_return) calls[events[i].number]->partner = &events[i];
    free(calls);
}

/* `ops` are those of one key. */
static bool key_is_linearizable(const struct op *const *ops, size_t count)
{
    struct search s = {.ops = count};
    s.events = xcalloc(2 * count + 1, sizeof *s.events);
    for (size_t i = 0; i < count; i++) {
        s.events[1 + 2 * i] = (struct event){.op = ops[i], .number = i};
        s.events[2 + 2 * i] = (struct event){.op = ops[i], .number = i, .is_return = true};
        s.known_left += ops[i]->outcome != 'u';
    }
    link_events(s.events, 2 * count);
    pair_events(s.events, 2 * count);
    s.seen.words = (count + 1 + 63) / 64 + 1;
    s.done = xcalloc(s.seen.words, sizeof *s.done);
    s.done[0] = 1;
    bool fine = find_order(&s);
    free(s.seen.slots);
    free(s.done);
    free(s.events);
    return fine;
}

/* The first key that is not, or -1. */
static int find_violation(const struct history *h)
{
    const struct op **ops = xcalloc(h->count + 1, sizeof(struct op *));
    int bad = -1;
    for (int key = 0; key < KEYS_MAX && bad < 0; key++) {
        size_t count = 0;
        for (size_t i = 0; i < h->count; i++)
            if (h->ops[i].key == key) ops[count++] = &h->ops[i];
        if (count && !key_is_linearizable(ops, count)) bad = key;
    }
    free(ops);
    return bad;
}

/* ---- histories from files ---- */

static bool read_history(const char *path, struct history *h)
{
    FILE *file = fopen(path, "re");
    if (!file) return false;
    h->ops = xcalloc(OPS_MAX, sizeof *h->ops);
    h->count = 0;
    struct op op;
    while (h->count < OPS_MAX &&
           fscanf(file, "%d %c %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %c\n", &op.key,
                  &op.kind, &op.invoked, &op.returned, &op.argument, &op.expected,
                  &op.outcome) == 7) {
        if (op.key < 0 || op.key >= KEYS_MAX) break;
        if (op.outcome == 'u') op.returned = UINT64_MAX;
        h->ops[h->count++] = op;
    }
    bool whole = feof(file);
    fclose(file);
    return whole;
}

/* ---- injected defects ---- */

static const struct op *find_write(const struct history *h, int key, int64_t value)
{
    for (size_t i = 0; i < h->count; i++)
        if (h->ops[i].key == key && h->ops[i].kind != 'r' && h->ops[i].argument == value)
            return &h->ops[i];
    return NULL;
}

/* A read gets the value that was there before the one it read was written, which had been
 * written well before the read began. */
static bool inject_stale_read(const struct history *h)
{
    for (size_t i = h->count / 2; i < h->count; i++) {
        struct op *read = &h->ops[i];
        if (read->kind != 'r' || read->outcome != 'o') continue;
        const struct op *write = find_write(h, read->key, read->argument);
        if (!write || write->kind != 'c' || write->outcome != 'o' ||
            write->returned >= read->invoked)
            continue;
        int64_t real = read->argument;
        read->argument = write->expected;
        bool found = find_violation(h) == read->key;
        read->argument = real;
        return found;
    }
    return false;
}

static bool has_written(const struct op *op, const struct op *cas)
{
    return op != cas && op->key == cas->key && op->kind != 'r' && op->outcome == 'o';
}

/* When the value a compare-and-set compares with was surely in place; 0 for the first value. */
static uint64_t written_at(const struct history *h, const struct op *cas)
{
    if (cas->expected == 0) return 0;
    for (size_t i = 0; i < h->count; i++)
        if (has_written(&h->ops[i], cas) && h->ops[i].argument == cas->expected)
            return h->ops[i].returned;
    return UINT64_MAX;
}

/* Another write began after that value was in place and was done before `cas` began: values are
 * unique, so the comparison could not but fail. */
static bool was_overwritten(const struct history *h, const struct op *cas)
{
    uint64_t written = written_at(h, cas);
    for (size_t i = 0; i < h->count; i++) {
        const struct op *op = &h->ops[i];
        if (has_written(op, cas) && op->argument != cas->expected && op->invoked > written &&
            op->returned < cas->invoked)
            return true;
    }
    return false;
}

/* A compare-and-set that was refused is said to have succeeded, although what it compares with
 * had been overwritten before it began: the other's update is lost. */
static bool inject_lost_update(const struct history *h)
{
    for (size_t i = h->count / 4; i < h->count; i++) {
        struct op *cas = &h->ops[i];
        if (cas->kind != 'c' || cas->outcome != 'f' || !was_overwritten(h, cas)) continue;
        cas->outcome = 'o';
        bool found = find_violation(h) == cas->key;
        cas->outcome = 'f';
        return found;
    }
    return false;
}

/* ---- servers in memory, right and wrong ---- */

enum fault { RIGHT, STALE_READ, LOST_UPDATE, LOST_WRITE, EARLY_ANSWER, FAULTS };
static const char *const fault_names[] = {"right", "stale read", "lost update", "lost write",
                                          "answered before it is done"};

static uint64_t dice;

static uint64_t roll(uint64_t sides)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (dice >> 33) % sides;
}

enum { CLIENTS = 10, SIM_KEYS = 4, SIM_OPS = 60 };

struct sim_key {
    int64_t value, previous;
};

/* What the server does with an operation at one moment. `wrong`: this time. */
static void serve(struct sim_key *key, struct op *op, enum fault fault, bool wrong)
{
    int64_t before = key->value;
    if (op->kind == 'r') {
        op->argument = wrong && fault == STALE_READ ? key->previous : before;
        return;
    }
    bool fine = op->kind == 'w' || op->expected == before || (wrong && fault == LOST_UPDATE);
    op->outcome = fine ? 'o' : 'f';
    if (!fine || (wrong && fault == LOST_WRITE)) return;
    key->previous = before;
    key->value = op->argument;
}

/* Operation `n` of a client that has last seen `known`. */
static struct op make_op(int client, int n, int key, int64_t known)
{
    static const char kinds[] = "rrwccc";
    struct op op = {.key = key,
                    .kind = kinds[roll(6)],
                    .outcome = 'o',
                    .argument = 1 + client * (int64_t)SIM_OPS + n,
                    .expected = known};
    return op;
}

/* Clients take turns at random; each operation is invoked, served and returned at three
 * moments. */
static void simulate(enum fault fault, struct history *h)
{
    struct sim_key keys[SIM_KEYS] = {{0, 0}};
    int64_t known[CLIENTS][SIM_KEYS] = {{0}};
    struct op open[CLIENTS];
    int stage[CLIENTS] = {0}, sent[CLIENTS] = {0};
    h->count = 0;
    for (uint64_t now = 1; h->count < (size_t)CLIENTS * SIM_OPS; now++) {
        int c = (int)roll(CLIENTS);
        struct op *op = &open[c];
        if (stage[c] == 0 && sent[c] < SIM_OPS) {
            int key = (int)roll(SIM_KEYS);
            *op = make_op(c, sent[c]++, key, known[c][key]);
            op->invoked = now;
            stage[c] = 1;
        } else if (stage[c] == 1) {
            bool early = fault == EARLY_ANSWER && op->kind == 'w' && roll(4) == 0;
            if (early) {
                op->returned = now;
                h->ops[h->count++] = *op;
            }
            stage[c] = early ? 3 : 2;
            if (!early) serve(&keys[op->key], op, fault, roll(4) == 0);
        } else if (stage[c] == 2) {
            op->returned = now;
            if (op->outcome == 'o') known[c][op->key] = op->argument;
            if (roll(20) == 0 && op->kind != 'r') op->outcome = 'u', op->returned = UINT64_MAX;
            h->ops[h->count++] = *op;
            stage[c] = 0;
        } else if (stage[c] == 3 && roll(8) == 0) {
            serve(&keys[op->key], op, fault, false); /* long after its answer */
            stage[c] = 0;
        }
    }
}

static int selftest(int histories)
{
    struct history h = {.ops = xcalloc((size_t)CLIENTS * SIM_OPS, sizeof *h.ops)};
    int failed = 0;
    for (int fault = RIGHT; fault < FAULTS; fault++) {
        int refused = 0;
        for (int i = 0; i < histories; i++) {
            simulate((enum fault)fault, &h);
            refused += find_violation(&h) >= 0;
        }
        /* A wrong server may be lucky once in a while; a right one is never refused. */
        bool fine = fault == RIGHT ? refused == 0 : refused >= histories * 9 / 10;
        printf("%d histories of %d operations, server: %s: %d refused%s\n", histories,
               CLIENTS * SIM_OPS, fault_names[fault], refused, fine ? "" : "  WRONG");
        failed += !fine;
    }
    free(h.ops);
    return failed != 0;
}

static int check(const struct history *h)
{
    size_t counts[3] = {0};
    for (size_t i = 0; i < h->count; i++)
        counts[h->ops[i].outcome == 'o' ? 0 : h->ops[i].outcome == 'f' ? 1 : 2]++;
    int bad = find_violation(h);
    printf("%zu operations: %zu done, %zu refused by comparison, %zu of unknown outcome: %s\n",
           h->count, counts[0], counts[1], counts[2],
           bad < 0 ? "linearizable" : "NOT linearizable");
    if (bad >= 0) fprintf(stderr, "linearize: key %d has no order\n", bad);
    return bad >= 0;
}

int main(int argc, char **argv)
{
    struct history h = {NULL, 0};
    if (argc < 3) {
        fprintf(stderr, "usage: linearize check|inject FILE | selftest N [SEED]\n");
        return 2;
    }
    if (strcmp(argv[1], "selftest") == 0) {
        dice = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
        return selftest((int)strtol(argv[2], NULL, 10));
    }
    if (!read_history(argv[2], &h)) {
        fprintf(stderr, "linearize: %s is not a history\n", argv[2]);
        free(h.ops);
        return 2;
    }
    int failed;
    if (strcmp(argv[1], "inject") == 0) {
        bool stale = inject_stale_read(&h), lost = inject_lost_update(&h);
        printf("injected stale read: %s; injected lost update: %s\n",
               stale ? "found" : "NOT found", lost ? "found" : "NOT found");
        failed = !stale || !lost;
    } else {
        failed = check(&h);
    }
    free(h.ops);
    return failed;
}
