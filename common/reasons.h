/* The one list of reasons: what ErrorInfo.reason may say, domain "provost" (AIP-193). Scripts
 * match on these words: a reason is never renamed or given another meaning. */
#ifndef COMMON_REASONS_H
#define COMMON_REASONS_H

#define REASON_DOMAIN "provost"

/* The call itself, whatever the method (rpc). */
#define REASON_METHOD_UNKNOWN "METHOD_UNKNOWN"           /* no such path */
#define REASON_METHOD_NOT_READY "METHOD_NOT_READY"       /* in the .proto, not built yet */
#define REASON_MESSAGE_COUNT "MESSAGE_COUNT"             /* unary without exactly one message */
#define REASON_MESSAGE_UNDECODABLE "MESSAGE_UNDECODABLE" /* bytes are not the message */
#define REASON_MESSAGE_TOO_LARGE "MESSAGE_TOO_LARGE"     /* request over the limit */
#define REASON_RESPONSE_TOO_LARGE "RESPONSE_TOO_LARGE"   /* ask for a smaller page */
#define REASON_FRAMING_INVALID "FRAMING_INVALID"         /* broken gRPC message prefix */
#define REASON_ENCODING_UNSUPPORTED "ENCODING_UNSUPPORTED" /* grpc-encoding not known here */
#define REASON_CONTENT_TYPE_INVALID "CONTENT_TYPE_INVALID" /* not application/grpc */
#define REASON_HTTP_METHOD_INVALID "HTTP_METHOD_INVALID"   /* not POST */
#define REASON_HEADERS_TOO_LARGE "HEADERS_TOO_LARGE"       /* metadata over 8 KiB */
#define REASON_METADATA_INVALID "METADATA_INVALID"         /* a known metadata value is wrong */
#define REASON_DEADLINE_PASSED "DEADLINE_PASSED"           /* the time allowed is over */
#define REASON_REQUEST_TOO_SLOW "REQUEST_TOO_SLOW"         /* its bytes trickle */
#define REASON_ANSWER_NOT_TAKEN "ANSWER_NOT_TAKEN"         /* the client's window stays shut */
#define REASON_CALL_CANCELLED "CALL_CANCELLED"     /* by the client, or its connection */
#define REASON_SERVER_BUSY "SERVER_BUSY"           /* a queue is full: try again later */
#define REASON_RATE_EXCEEDED "RATE_EXCEEDED"       /* one principal, too many calls a second */
#define REASON_TOO_MANY_CALLS "TOO_MANY_CALLS"     /* one principal, open at once */
#define REASON_TOO_MANY_WATCHES "TOO_MANY_WATCHES" /* the same */
#define REASON_SERVER_STOPPING "SERVER_STOPPING"   /* shutting down: try again elsewhere */
#define REASON_HEALTH_SERVICE_UNKNOWN "HEALTH_SERVICE_UNKNOWN"
#define REASON_PERMISSION_DENIED "PERMISSION_DENIED" /* known, but has not the right */
#define REASON_UNAUTHENTICATED "UNAUTHENTICATED"     /* no credentials, or they are not good */
#define REASON_CREDENTIALS_ENDED "CREDENTIALS_ENDED" /* revoked or expired during the call */
#define REASON_ACCESS_FULL "ACCESS_FULL"             /* too many principals, grants, tokens */
#define REASON_PRINCIPAL_INVALID "PRINCIPAL_INVALID" /* its name, or an identity of it */
#define REASON_PRINCIPAL_UNKNOWN "PRINCIPAL_UNKNOWN"
#define REASON_IDENTITY_TAKEN "IDENTITY_TAKEN" /* another principal has it */
#define REASON_GRANT_INVALID "GRANT_INVALID"   /* its role, groups, organisation or end */
#define REASON_TOKEN_INVALID "TOKEN_INVALID"   /* the scope or end asked for */
#define REASON_GRANT_UNKNOWN "GRANT_UNKNOWN"
#define REASON_TOKEN_UNKNOWN "TOKEN_UNKNOWN"
/* The store. */
#define REASON_STORE_FAILED "STORE_FAILED"     /* the database refused or its disk failed */
#define REASON_STORE_LOCKED "STORE_LOCKED"     /* another daemon has the state directory */
#define REASON_STORE_TOO_NEW "STORE_TOO_NEW"   /* written by a newer program */
#define REASON_STORE_MISMATCH "STORE_MISMATCH" /* tables are not those of the .proto */
#define REASON_STORE_DAMAGED "STORE_DAMAGED"   /* the log does not add up to its tree root */
#define REASON_STORE_BUSY "STORE_BUSY"         /* another program holds the database file */
#define REASON_LOG_KEY "LOG_KEY"               /* the log's key file is missing or another */
#define REASON_CHECKPOINT_FAILED "CHECKPOINT_FAILED" /* cannot be signed or published */
#define REASON_DISK_FULL "DISK_FULL"
#define REASON_READ_ONLY "READ_ONLY"             /* the administrator has said so */
#define REASON_BACKUP_NAME "BACKUP_NAME_INVALID" /* not a folder's name */
#define REASON_BACKUP_EXISTS "BACKUP_EXISTS"     /* a backup of that name is there */
#define REASON_BACKUP_FAILED "BACKUP_FAILED"     /* could not be made, or is not sound */
#define REASON_REGISTER_OLD "REGISTER_OLD"       /* older than a checkpoint it has published */
#define REASON_REGISTER_EXISTS "REGISTER_EXISTS" /* a restore would replace it */
#define REASON_TREE_SIZE_INVALID "TREE_SIZE_INVALID" /* no such leaf, or beyond the log */
#define REASON_AS_OF_INVALID "AS_OF_INVALID"         /* negative, or both a seq and a time */
#define REASON_AS_OF_FUTURE "AS_OF_FUTURE"           /* newer than the register */

#define REASON_HANDLER_FAULT "HANDLER_FAULT" /* a handler broke its contract */

/* Requests that write (service). */
#define REASON_MUTATION_COUNT "MUTATION_COUNT"         /* none, or too many, in one request */
#define REASON_MUTATION_EMPTY "MUTATION_EMPTY"         /* without operation, resource or body */
#define REASON_DUPLICATE_RESOURCE "DUPLICATE_RESOURCE" /* twice in one request */
#define REASON_REQUEST_ID_INVALID "REQUEST_ID_INVALID"
#define REASON_REQUEST_ID_REUSED "REQUEST_ID_REUSED" /* same id, other body */
#define REASON_REASON_INVALID "REASON_INVALID"       /* the change's reason: too long */
#define REASON_REASON_REQUIRED "REASON_REQUIRED"     /* revise needs one */
#define REASON_ANSWER_REDACTED "ANSWER_REDACTED" /* a retry whose answer held what was erased */
#define REASON_SECOND_PERSON_NEEDED                                                            \
    "SECOND_PERSON_NEEDED"                           /* nobody approves what they asked for */
#define REASON_APPROVAL_NEEDED "APPROVAL_NEEDED"     /* the plan asks for it */
#define REASON_FIGURE_REJECTED "FIGURE_REJECTED"     /* and said again */
#define REASON_APPROVAL_UNKNOWN "APPROVAL_UNKNOWN"   /* no such id, or it has expired */
#define REASON_APPROVAL_MISMATCH "APPROVAL_MISMATCH" /* it was asked for something else */
#define REASON_ALREADY_REDACTED "ALREADY_REDACTED"
#define REASON_ERASED_MEANWHILE "ERASED_MEANWHILE"   /* an export would not be of one piece */
#define REASON_NOTHING_TO_REDACT "NOTHING_TO_REDACT" /* empty there */
#define REASON_REDACT_TARGET "REDACT_TARGET_INVALID" /* not said, or cannot be erased */
#define REASON_UNKNOWN_COLLECTION "UNKNOWN_COLLECTION"
#define REASON_NAME_MISMATCH "NAME_MISMATCH" /* name against body or its fields */
#define REASON_RESOURCE_EXISTS "RESOURCE_EXISTS"
#define REASON_RESOURCE_NOT_FOUND "RESOURCE_NOT_FOUND"
#define REASON_FIELD_REQUIRED "FIELD_REQUIRED"
#define REASON_FIELD_IMMUTABLE "FIELD_IMMUTABLE"
#define REASON_FIELD_OUTPUT_ONLY "FIELD_OUTPUT_ONLY"
#define REASON_CONFLICT "CONFLICT"                 /* changed since base_seq */
#define REASON_BASE_SEQ_INVALID "BASE_SEQ_INVALID" /* negative */
#define REASON_BASE_SEQ_FUTURE "BASE_SEQ_FUTURE"   /* newer than the register */
#define REASON_FIGURE_EXISTS "FIGURE_EXISTS"       /* another figure is there already */
#define REASON_IN_USE "IN_USE"                     /* others refer to it */
#define REASON_UNKNOWN_REFERENCE                                                               \
    "UNKNOWN_REFERENCE"                      /* no such resource, or of a wrong kind           \
                                              */
#define REASON_PARENT_CIRCLE "PARENT_CIRCLE" /* part of itself */

/* Fields whose text or number is refused (service). */
#define REASON_NOT_UNDERSTOOD "NOT_UNDERSTOOD"
#define REASON_VERBATIM_CONTRADICTS                                                            \
    "VERBATIM_CONTRADICTS" /* verbatim against value or state                                  \
                            */
#define REASON_DATE_INVALID "DATE_INVALID"
#define REASON_DECIMAL_INVALID "DECIMAL_INVALID"
#define REASON_PERIOD_INVALID "PERIOD_INVALID"
#define REASON_PERIOD_LOCKED "PERIOD_LOCKED" /* its reporting period is not open */
#define REASON_PERIOD_STATE_INVALID "PERIOD_STATE_INVALID" /* no such step from this state */
#define REASON_LINK_INVALID "LINK_INVALID" /* a kind of link that does not join these two */
#define REASON_DEFINITIONS_UNORDERED "DEFINITIONS_UNORDERED" /* not in order of time */
#define REASON_THRESHOLDS_INVALID "THRESHOLDS_INVALID" /* missing, or in the wrong order */
#define REASON_PROFILE_INVALID "PROFILE_INVALID"       /* not twelve shares rising to 100 */
#define REASON_FORMULA_INVALID "FORMULA_INVALID"       /* cannot be read */
#define REASON_FORMULA_CIRCLE "FORMULA_CIRCLE"         /* depends on itself */
#define REASON_COMPUTED_INVALID "COMPUTED_INVALID"     /* no such measure of the register */
#define REASON_TOLERANCE_INVALID "TOLERANCE_INVALID"
#define REASON_NUMBER_OUT_OF_BOUNDS "NUMBER_OUT_OF_BOUNDS"
#define REASON_PAGE_SIZE_INVALID "PAGE_SIZE_INVALID"
#define REASON_PAGE_TOKEN_INVALID "PAGE_TOKEN_INVALID"
#define REASON_SEQ_INVALID "SEQ_INVALID"   /* negative, or the end before the start */
#define REASON_TIME_INVALID "TIME_INVALID" /* out of range, or the end before the start */

/* Noticed but accepted: Warning.reason (service). */
#define REASON_NUMERATOR_OVER_DENOMINATOR "NUMERATOR_OVER_DENOMINATOR"
#define REASON_PERCENT_OUT_OF_RANGE "PERCENT_OUT_OF_RANGE"
#define REASON_UNIT_MISMATCH "UNIT_MISMATCH"           /* "%" or a currency the unit is not */
#define REASON_VALUE_NOT_COMPUTED "VALUE_NOT_COMPUTED" /* parts of nothing */
#define REASON_DEADLINE_OUTSIDE_PLAN "DEADLINE_OUTSIDE_PLAN"
#define REASON_DEADLINE_NOT_UNDERSTOOD "DEADLINE_NOT_UNDERSTOOD"
#define REASON_PERIOD_NOT_UNDERSTOOD "PERIOD_NOT_UNDERSTOOD"
#define REASON_COMPLETED_WITHOUT_DATE "COMPLETED_WITHOUT_DATE"
#define REASON_DATES_REVERSED "DATES_REVERSED" /* the end before the start */
#define REASON_OFF_MATRIX "OFF_MATRIX"         /* a score that the risk matrix does not have */
#define REASON_DECISION_WITHOUT_DATE "DECISION_WITHOUT_DATE"
#define REASON_DUPLICATE_CODE "DUPLICATE_CODE"           /* of two indicators of one plan */
#define REASON_FIGURE_NOT_COMPUTED "FIGURE_NOT_COMPUTED" /* a formula's figure stays as it is */
#define REASON_DEFINITION_UNDATED "DEFINITION_UNDATED"   /* changes statuses of the past too */

/* Requests that read (service). */
#define REASON_NAME_COUNT "NAME_COUNT"               /* no name, or too many, in one request */
#define REASON_FILTER_INVALID "FILTER_INVALID"       /* not a filter, or not for this kind */
#define REASON_FILTER_TOO_LARGE "FILTER_TOO_LARGE"   /* over the limits of a filter */
#define REASON_ORDER_INVALID "ORDER_INVALID"         /* not an order_by, or not for this kind */
#define REASON_LISTING_TOO_LARGE "LISTING_TOO_LARGE" /* too much to put in order: narrow it */
#define REASON_SCOPE_INVALID "SCOPE_INVALID"         /* no plan, objective, ... as asked for */
#define REASON_RANGE_INVALID "RANGE_INVALID" /* the first period behind the last, or too many */
#define REASON_GRANULARITY_INVALID "GRANULARITY_INVALID" /* no sort of period */
#define REASON_MEASURE_REQUIRED "MEASURE_REQUIRED"       /* which measure is not said */

#endif
