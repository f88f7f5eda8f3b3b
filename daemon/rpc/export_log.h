/* ChangeLogService.ExportLog: a read job brings a piece of the file, it is sent, and when the client
 * has taken it the next read follows. A slow reader costs the memory of one piece.
 *
 * Loop thread only.
 */
#ifndef RPC_EXPORT_LOG_H
#define RPC_EXPORT_LOG_H

#include "rpc/methods.h"

extern const struct stream_ops export_log_ops;

#endif
