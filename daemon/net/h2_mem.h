/* The memory of one HTTP/2 session, counted, so that a peer cannot make it grow without end. */
#ifndef NET_H2_MEM_H
#define NET_H2_MEM_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>

struct h2_mem {
    nghttp2_mem mem; /* to hand to nghttp2; must not move */
    size_t used_bytes;
    size_t limit_bytes; /* past it allocations fail and nghttp2 ends the session */
};

void h2_mem_init(struct h2_mem *mem, size_t limit_bytes);

#endif
