/* What nghttp2 tells about the frames of a session (its user data is the struct h2), and how
 * streams come and go by it. The callbacks record and submit; nothing is pumped inside. */
#ifndef NET_H2_CALLBACKS_H
#define NET_H2_CALLBACKS_H

#include <nghttp2/nghttp2.h>

/* To be freed with nghttp2_session_callbacks_del; NULL without memory. */
nghttp2_session_callbacks *h2_callbacks_new(void);

#endif
