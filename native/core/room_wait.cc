#include "room_wait.h"

#include <cerrno>

#include "bounded_wait.h"

namespace sysvmq {

namespace {

constexpr int64_t kLookSliceMs = 500;

// False only when the queue's status shows it. When the status is not readable, msgsnd decides.
bool CouldFit(int id, size_t length) {
  msqid_ds status = {};
  if (ReadStatus(id, IPC_STAT, &status) < 0 && ReadStatus(id, MSG_STAT_ANY, &status) != id) return true;
  return length <= status.msg_qbytes;
}

}  // namespace

Result SendOrAwaitRoom(bool may_wait, int id, const MessageBuffer* message, size_t length) {
  const Result result = SendWithin(may_wait ? kLookSliceMs : 0, id, message, length, 0);
  if (result != -ETIMEDOUT) return result;
  return CouldFit(id, length) ? -EINTR : -EMSGSIZE;
}

}  // namespace sysvmq
