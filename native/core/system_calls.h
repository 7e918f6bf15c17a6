// The four System V calls with one convention: a result >= 0, or -errno. No state, no allocation, no waiting of our
// own.
#pragma once

#include <sys/ipc.h>
#include <sys/msg.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "raw_system_call.h"

// musl leaves MSG_COPY out of <sys/msg.h>; the value is the kernel's (include/uapi/linux/msg.h).
#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

namespace sysvmq {

// Counts of bytes and queue ids fit an int; a failure is the negated errno.
using Result = int;

// A struct msgbuf as the kernel reads and writes it: the type, then the bytes of the message without a gap.
struct MessageBuffer {
  int64_t type;
  char text[];
};

static_assert(sizeof(long) == sizeof(int64_t), "message types are carried as 64 bits: an LP64 platform is required");

inline Result ResultOrErrno(long result) { return result < 0 ? -errno : static_cast<Result>(result); }

inline Result Send(int id, const MessageBuffer* message, size_t length, int flags) {
#ifdef SYSVMQ_RAW_SYSTEM_CALLS
  return static_cast<Result>(
      RawSystemCall(SYS_msgsnd, id, reinterpret_cast<long>(message), static_cast<long>(length), flags, 0));
#else
  return ResultOrErrno(msgsnd(id, message, length, flags));
#endif
}

inline Result Receive(int id, MessageBuffer* message, size_t capacity, int64_t type, int flags) {
#ifdef SYSVMQ_RAW_SYSTEM_CALLS
  return static_cast<Result>(RawSystemCall(SYS_msgrcv, id, reinterpret_cast<long>(message), static_cast<long>(capacity),
                                           static_cast<long>(type), flags));
#else
  return ResultOrErrno(msgrcv(id, message, capacity, static_cast<long>(type), flags));
#endif
}

Result GetQueue(key_t key, int flags);
Result ReadStatus(int id, int command, msqid_ds* status);
Result ReadInfo(int command, msginfo* info);
Result SetStatus(int id, uid_t uid, gid_t gid, mode_t mode, uint64_t max_bytes);
Result RemoveQueue(int id);

}  // namespace sysvmq
