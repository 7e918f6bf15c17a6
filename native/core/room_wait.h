// msgsnd that waits for room, for threads of ours.
#pragma once

#include <cstddef>

#include "system_calls.h"

namespace sysvmq {

// For JobThread::CallUntilDone: sends, or waits for room for half a second. Without `may_wait` it does not wait.
// -EINTR: there was no room. -EMSGSIZE: there never will be, because msg_qbytes is below the length; the kernel would
// wait indefinitely.
Result SendOrAwaitRoom(bool may_wait, int id, const MessageBuffer* message, size_t length);

}  // namespace sysvmq
