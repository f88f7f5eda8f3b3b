/* The frames of an answer: headers, trailers, and both in one. */
#ifndef NET_H2_REPLY_H
#define NET_H2_REPLY_H

#include "rpc/call.h"

#include <nghttp2/nghttp2.h>
#include <stdint.h>

/* Queue the response headers of `call`; the body comes from `body`. nghttp2 error codes. */
int h2_reply_headers(nghttp2_session *session, int32_t stream_id, const struct call *call,
                     const nghttp2_data_provider *body);

/* Queue the trailers with the status of `call`; to be called when the body has ended. */
int h2_reply_trailers(nghttp2_session *session, int32_t stream_id, const struct call *call);

/* Queue an answer without a body: headers and trailers in one frame. */
int h2_reply_trailers_only(nghttp2_session *session, int32_t stream_id,
                           const struct call *call);

#endif
