#include "system_calls.h"

#include <cerrno>

namespace sysvmq {

namespace {

Result ResultOrErrno(long result) { return result < 0 ? -errno : static_cast<Result>(result); }

}  // namespace

Result GetQueue(key_t key, int flags) { return ResultOrErrno(msgget(key, flags)); }

Result Send(int id, const MessageBuffer* message, size_t length, int flags) {
  return ResultOrErrno(msgsnd(id, message, length, flags));
}

Result Receive(int id, MessageBuffer* message, size_t capacity, int64_t type, int flags) {
  return ResultOrErrno(msgrcv(id, message, capacity, static_cast<long>(type), flags));
}

Result ReadStatus(int id, int command, msqid_ds* status) { return ResultOrErrno(msgctl(id, command, status)); }

Result ReadInfo(int command, msginfo* info) {
  return ResultOrErrno(msgctl(0, command, reinterpret_cast<msqid_ds*>(info)));
}

Result SetStatus(int id, uid_t uid, gid_t gid, mode_t mode, uint64_t max_bytes) {
  msqid_ds status = {};
  status.msg_perm.uid = uid;
  status.msg_perm.gid = gid;
  status.msg_perm.mode = mode;
  status.msg_qbytes = max_bytes;
  return ResultOrErrno(msgctl(id, IPC_SET, &status));
}

Result RemoveQueue(int id) { return ResultOrErrno(msgctl(id, IPC_RMID, nullptr)); }

}  // namespace sysvmq
