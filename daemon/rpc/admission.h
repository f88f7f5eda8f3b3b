/* What a call's header list alone decides: is it gRPC, is there such a method, may this caller
 * have it, and until when. */
#ifndef RPC_ADMISSION_H
#define RPC_ADMISSION_H

struct call;

/* Sets the call's method and caller and starts its deadline, or ends the call. Nothing of its
 * body has been looked at. Loop thread. */
void admission_decide(struct call *call);

#endif
