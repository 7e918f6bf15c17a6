// msgsnd and msgrcv that wait for a bounded time.
#pragma once

#include "system_calls.h"

namespace sysvmq {

// Like Send and Receive, but return -ETIMEDOUT after `wait_ms`. -EINTR still means that a signal handler of another
// part of the program ran. With `wait_ms` < 0 they wait without a bound, as the plain calls do.
//
// A caller that waits in slices can check between them: for its deadline, or for the termination of its worker thread.
// Without slices the termination would wait for this call, and the end of the process would wait for the worker.
Result SendWithin(int64_t wait_ms, int id, const MessageBuffer* message, size_t length, int flags);
Result ReceiveWithin(int64_t wait_ms, int id, MessageBuffer* message, size_t capacity, int64_t type, int flags);

}  // namespace sysvmq
