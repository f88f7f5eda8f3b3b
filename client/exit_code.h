/* What `provost` ends with; scripts rely on these (DESIGN.md section 1). */
#ifndef CLIENT_EXIT_CODE_H
#define CLIENT_EXIT_CODE_H

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILURE = 1, /* anything without a number of its own; INVALID_ARGUMENT too */
    EXIT_CODE_USAGE = 2,   /* the command line is wrong; nothing was sent */
    EXIT_CODE_NOT_FOUND = 3,
    EXIT_CODE_CONFLICT = 4, /* ABORTED, ALREADY_EXISTS, FAILED_PRECONDITION */
    EXIT_CODE_DENIED = 5,
    EXIT_CODE_UNAVAILABLE = 6, /* no connection, UNAVAILABLE, the time allowed is over */
    EXIT_CODE_UNVERIFIED = 7,  /* a proof did not hold */
};

#endif
