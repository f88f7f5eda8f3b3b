/* What a benchmark leaves out, to see what it costs: for tests/battery/cost.py and nothing else.
 *
 * PROVOST_BENCH_WITHOUT=tree,commitments,dedup makes a register without entries, leaves, tiles and
 * root; without salts and hashes of values; without answers kept for retries. Such a register
 * proves nothing: only a new one is opened so, and one without its tree does not open again.
 */
#ifndef STORE_BENCH_H
#define STORE_BENCH_H

#include <stdbool.h>

enum { BENCH_TREE = 1, BENCH_COMMITMENTS = 2, BENCH_DEDUP = 4 };

/* The parts named in a list with commas, as bits; false when there is another word in it. */
bool bench_parse(const char *text, unsigned *out_without);

#endif
