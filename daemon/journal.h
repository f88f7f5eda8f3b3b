/* The journal as the log's sink: lines with native fields. */
#ifndef DAEMON_JOURNAL_H
#define DAEMON_JOURNAL_H

/* From now on log lines go to journald with MESSAGE_ID=, PRINCIPAL=, RPC=, GRPC_STATUS=,
 * REQUEST_ID=, TRACE_ID=, CHANGE_SEQ= and COUNCIL=, where stderr is the journal's
 * ($JOURNAL_STREAM); else nothing changes. `council` must live as long as the process. */
void journal_open(const char *council);

#endif
