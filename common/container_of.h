/* The struct that a member is embedded in. */
#ifndef COMMON_CONTAINER_OF_H
#define COMMON_CONTAINER_OF_H

#include <stddef.h>

/* `pointer` to the member `member` of a `type`; that `type`. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
