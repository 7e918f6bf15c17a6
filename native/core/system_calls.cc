#include "system_calls.h"

namespace sysvmq {

Result GetQueue(key_t key, int flags) { return ResultOrErrno(msgget(key, flags)); }

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
