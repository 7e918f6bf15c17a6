// The file of an airlock: slots of shared memory on a tmpfs, which outlive a process that `kill -9` ends.
//
// A file belongs to the process that holds its lock (flock). When the lock is free, the owner is dead, and the next
// process that locks the file owns its messages.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "system_calls.h"

namespace sysvmq {

inline constexpr char kAirlockMagic[8] = {'s', 'y', 's', 'v', 'm', 'q', 'A', 'L'};
inline constexpr uint32_t kAirlockVersion = 1;
inline constexpr uint32_t kMaxAirlockSlots = 65536;
inline constexpr size_t kAirlockHeaderBytes = 4096;

// The state of a slot. A crash may leave any of them. The values differ in many bits, so that damage does not turn one
// into another.
enum AirlockState : uint32_t {
  kSlotFree = 0xF4EE51A7,
  kSlotArmed = 0xA53EDB0C,    // msgrcv is about to write here, or has written: see `type`
  kSlotTaken = 0x7A6E0E93,    // a message is in hand
  kSlotWaiting = 0x1DA171F8,  // the same with a size of 0: only an empty message can have arrived
};

inline constexpr uint32_t kLengthUncertain = 1;

struct AirlockHeader {
  char magic[sizeof(kAirlockMagic)];
  uint32_t version;
  uint32_t slots;
  uint64_t capacity;  // bytes of text in a slot
  uint64_t instance;  // 64 random bits, made once
  int32_t queue_id;
  int32_t queue_key;
  uint64_t seal;  // over everything above
  // Written while the file is in use.
  uint64_t next;             // the next sequence number; none is used twice
  std::atomic<int32_t> pid;  // of the owner, in its own PID namespace
};

struct AirlockSlot {
  std::atomic<uint32_t> state;
  uint32_t attempts;   // how often the work has begun
  uint64_t sequence;   // of the message, in this file
  int64_t not_before;  // the earliest next attempt, in milliseconds since 1970
  int64_t taken_at;    // milliseconds since 1970
  int64_t length;      // of the text; -1 until it is known
  int64_t expected;    // the length that Look has found, or -1,
  uint64_t hash;       // and the hash of the text
  uint64_t seal;       // over the message and its sequence
  uint32_t flags;      // kLengthUncertain
  uint32_t unused[3];
  MessageBuffer message;
};

static_assert(sizeof(AirlockHeader) <= kAirlockHeaderBytes, "the slots begin behind it");
static_assert(offsetof(AirlockSlot, message) % alignof(MessageBuffer) == 0, "msgrcv writes a long there");
static_assert(std::atomic<uint32_t>::is_always_lock_free, "processes share it");

inline size_t AirlockStride(uint64_t capacity) { return (sizeof(AirlockSlot) + capacity + 63) / 64 * 64; }
inline uint64_t AirlockBytes(uint32_t slots, uint64_t capacity) {
  return kAirlockHeaderBytes + static_cast<uint64_t>(slots) * AirlockStride(capacity);
}

inline AirlockSlot* AirlockSlotAt(AirlockHeader* header, uint64_t capacity, size_t index) {
  return reinterpret_cast<AirlockSlot*>(reinterpret_cast<char*>(header) + kAirlockHeaderBytes +
                                        index * AirlockStride(capacity));
}

enum class AirlockAccess {
  kTakeOver,  // takes the lock
  kInspect,   // only reads; the owner may be alive
};

// A file that is open, mapped and checked.
struct AirlockMapping {
  int file = -1;
  bool writable = false;
  AirlockHeader* header = nullptr;
  uint64_t bytes = 0;
};

// Checks that `folder` is a directory on a tmpfs, belongs to this user, and is closed to all others. Returns 0,
// -ENOTDIR, -ENOENT, -EPERM (another user's, or open to others) or -EOPNOTSUPP (not on a tmpfs).
Result CheckAirlockFolder(const char* folder);

// Makes `folder`/`name`. The file is locked and complete before another process can see it. Returns 0, -EEXIST, -ENOSPC
// (the tmpfs has no room), or an error of CheckAirlockFolder.
Result CreateAirlockFile(const char* folder, const char* name, uint32_t slots, uint64_t capacity, int queue_id,
                         int queue_key, AirlockMapping* mapping);

// Opens a file that exists. Returns 0, -EWOULDBLOCK (kTakeOver only: its owner is alive), -EPROTO (another version of
// the format), or -EBADMSG (damaged, or not an airlock).
Result OpenAirlockFile(const char* folder, const char* name, AirlockAccess access, AirlockMapping* mapping);

void CloseAirlockFile(AirlockMapping* mapping);

// Whether an open file still has a name: without one no consumer finds it after a crash.
bool AirlockIsLinked(int file);

// Whether the owner of an open file is alive, that is, whether a process holds the file's lock.
bool AirlockOwnerLives(int file);

}  // namespace sysvmq
