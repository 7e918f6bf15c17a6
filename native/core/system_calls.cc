#include "system_calls.h"

namespace sysvmq {

Result GetQueue(key_t key, int flags) { return ResultOrErrno(msgget(key, flags)); }

Result ReadStatus(int id, int command, msqid_ds* status) { return ResultOrErrno(msgctl(id, command, status)); }

Result ReadInfo(int command, msginfo* info) {
  return ResultOrErrno(msgctl(0, command, reinterpret_cast<msqid_ds*>(info)));
}

#if defined(__GLIBC__) && defined(__TIMESIZE) && __TIMESIZE == 32 && !defined(__USE_TIME_BITS64)
namespace {

int64_t Join(long low, unsigned long high) {
  return static_cast<int64_t>((static_cast<uint64_t>(high) << 32) | static_cast<uint32_t>(low));
}

}  // namespace

StatusTimes TimesOf(const msqid_ds& status) {
  return {Join(status.msg_stime, status.__msg_stime_high), Join(status.msg_rtime, status.__msg_rtime_high),
          Join(status.msg_ctime, status.__msg_ctime_high)};
}
#else
StatusTimes TimesOf(const msqid_ds& status) { return {status.msg_stime, status.msg_rtime, status.msg_ctime}; }
#endif

Result SetStatus(int id, uid_t uid, gid_t gid, mode_t mode, unsigned long max_bytes) {
  msqid_ds status = {};
  status.msg_perm.uid = uid;
  status.msg_perm.gid = gid;
  status.msg_perm.mode = mode;
  status.msg_qbytes = max_bytes;
  return ResultOrErrno(msgctl(id, IPC_SET, &status));
}

Result RemoveQueue(int id) { return ResultOrErrno(msgctl(id, IPC_RMID, nullptr)); }

}  // namespace sysvmq
