/* The one list of reasons: what ErrorInfo.reason may say, domain "provost" (AIP-193). Scripts
 * match on these words: a reason is never renamed or given another meaning. */
#ifndef COMMON_REASONS_H
#define COMMON_REASONS_H

#define REASON_DOMAIN "provost"

/* The call itself, whatever the method (rpc). */
#define REASON_METHOD_UNKNOWN "METHOD_UNKNOWN"               /* no such path */
#define REASON_METHOD_NOT_READY "METHOD_NOT_READY"           /* in the .proto, not built yet */
#define REASON_MESSAGE_COUNT "MESSAGE_COUNT"                 /* unary without exactly one message */
#define REASON_MESSAGE_UNDECODABLE "MESSAGE_UNDECODABLE"     /* bytes are not the message */
#define REASON_MESSAGE_TOO_LARGE "MESSAGE_TOO_LARGE"         /* request over the limit */
#define REASON_RESPONSE_TOO_LARGE "RESPONSE_TOO_LARGE"       /* ask for a smaller page */
#define REASON_FRAMING_INVALID "FRAMING_INVALID"             /* broken gRPC message prefix */
#define REASON_ENCODING_UNSUPPORTED "ENCODING_UNSUPPORTED"   /* grpc-encoding not known here */
#define REASON_CONTENT_TYPE_INVALID "CONTENT_TYPE_INVALID"   /* not application/grpc */
#define REASON_HTTP_METHOD_INVALID "HTTP_METHOD_INVALID"     /* not POST */
#define REASON_HEADERS_TOO_LARGE "HEADERS_TOO_LARGE"         /* metadata over 8 KiB */
#define REASON_METADATA_INVALID "METADATA_INVALID"           /* a known metadata value is wrong */
#define REASON_DEADLINE_PASSED "DEADLINE_PASSED"             /* the time allowed is over */
#define REASON_CALL_CANCELLED "CALL_CANCELLED"               /* by the client, or its connection */
#define REASON_SERVER_BUSY "SERVER_BUSY"                     /* a queue is full: try again later */
#define REASON_SERVER_STOPPING "SERVER_STOPPING"             /* shutting down: try again elsewhere */
#define REASON_HEALTH_SERVICE_UNKNOWN "HEALTH_SERVICE_UNKNOWN"
#define REASON_PERMISSION_DENIED "PERMISSION_DENIED"
#define REASON_HANDLER_FAULT "HANDLER_FAULT"                 /* a handler broke its contract */

#endif
