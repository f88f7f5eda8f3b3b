/* Present versions that jobs look up again and again (the indicators of a scorecard, the
 * organisation a figure belongs to), kept decoded from job to job. An entry holds until a version
 * of its kind is written or undone; all are given up, between two jobs, when they have grown too
 * large or a value was erased. One a thread: the writer's and each reader's. */
#ifndef STORE_VERSION_CACHE_H
#define STORE_VERSION_CACHE_H

#include "common/arena.h"
#include "store/txn.h"

struct version_cache;

/* Never NULL; freed with version_cache_free, which takes NULL too. */
struct version_cache *version_cache_new(void);
void version_cache_free(struct version_cache *cache);

/* Before each job: what was handed out may go now. */
void version_cache_begin_job(struct version_cache *cache);

/* What is known at this generation (txn_generation) under an id: the resource's version, or those
 * that a scan found; *out_count 0 where there is none. False when nothing is known. It must not be
 * changed, and stays until the job ends. */
bool version_cache_find(const struct version_cache *cache, const struct kind *kind,
                        const char *id, uint64_t generation,
                        const struct version **out_versions, size_t *out_count);

/* Between jobs: nothing of it stays in memory. */
void version_cache_clear(struct version_cache *cache);

/* Where versions have to be read into that are to be added; the array of them is copied. */
struct arena *version_cache_arena(struct version_cache *cache);
void version_cache_add(struct version_cache *cache, const struct kind *kind, const char *id,
                       uint64_t generation, const struct version *versions, size_t count);

#endif
