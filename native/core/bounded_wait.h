// msgsnd and msgrcv that wait, but not for ever: the thread comes back to say that time is up.
#pragma once

#include "system_calls.h"

namespace sysvmq {

// Like Send and Receive, but a call that would block returns -ETIMEDOUT after `wait_ms`. EINTR still means that a
// signal handler of somebody else ran. `wait_ms` < 0 waits without a bound, as the plain calls do.
//
// A thread that waits in slices can look up in between: at a deadline of its caller's, or at the request to end that a
// terminated worker thread gets, which would otherwise wait for this call, and the end of the process for the worker.
Result SendWithin(int64_t wait_ms, int id, const MessageBuffer* message, size_t length, int flags);
Result ReceiveWithin(int64_t wait_ms, int id, MessageBuffer* message, size_t capacity, int64_t type, int flags);

}  // namespace sysvmq
