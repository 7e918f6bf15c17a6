// The four System V calls with one convention: a result >= 0, or -errno. They hold no state, allocate nothing, and add
// no wait of their own.
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

// Byte counts and queue ids fit an int; a failure is the negative errno.
using Result = int;

// A struct msgbuf as the kernel reads and writes it: the type, directly followed by the message's bytes. ISO C++ has no
// flexible array for them.
struct MessageBuffer {
  long type;
  char* Text() { return reinterpret_cast<char*>(this + 1); }
  const char* Text() const { return reinterpret_cast<const char*>(this + 1); }
};
static_assert(sizeof(MessageBuffer) == sizeof(long));

// Whether a type or a selector fits this processor's long, which may have 32 bits.
inline bool FitsLong(int64_t value) { return value == static_cast<long>(value); }

inline Result ResultOrErrno(long result) { return result < 0 ? -errno : static_cast<Result>(result); }

inline Result Send(int id, const MessageBuffer* message, size_t length, int flags) {
#ifdef SYSVMQ_RAW_SYSTEM_CALLS
  return static_cast<Result>(
      RawSystemCall(SYS_msgsnd, id, reinterpret_cast<long>(message), static_cast<long>(length), flags, 0));
#else
  return ResultOrErrno(msgsnd(id, message, length, flags));
#endif
}

inline Result Receive(int id, MessageBuffer* message, size_t capacity, long type, int flags) {
#ifdef SYSVMQ_RAW_SYSTEM_CALLS
  return static_cast<Result>(
      RawSystemCall(SYS_msgrcv, id, reinterpret_cast<long>(message), static_cast<long>(capacity), type, flags));
#else
  return ResultOrErrno(msgrcv(id, message, capacity, type, flags));
#endif
}

Result GetQueue(key_t key, int flags);
Result ReadStatus(int id, int command, msqid_ds* status);
Result ReadInfo(int command, msginfo* info);
// Seconds since the epoch. Where time_t has 32 bits, the kernel returns the upper halves in fields of their own.
struct StatusTimes {
  int64_t sent;
  int64_t received;
  int64_t changed;
};
StatusTimes TimesOf(const msqid_ds& status);
Result SetStatus(int id, uid_t uid, gid_t gid, mode_t mode, unsigned long max_bytes);
Result RemoveQueue(int id);

}  // namespace sysvmq
