// Locks the memory of an airlock, so that a slot's pages are there while msgrcv writes to them (airlock.cc,
// FetchPages).
//
// The whole file is locked where the limit allows that (RLIMIT_MEMLOCK, `ulimit -l`; none with CAP_IPC_LOCK). If it
// does not, each slot is locked before its first use. When the limit is reached, all slots are unlocked, and it starts
// anew. The slot that was freed last is used next, so few of them are ever locked, and a take costs no system call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "airlock_file.h"

namespace sysvmq {

// Belongs to the JavaScript thread of its airlock.
class SlotLocks {
 public:
  SlotLocks() = default;
  ~SlotLocks();
  SlotLocks(const SlotLocks&) = delete;
  SlotLocks& operator=(const SlotLocks&) = delete;

  // Locks the whole file if that is allowed. Returns 0 or -ENOMEM.
  Result Prepare(const AirlockMapping& mapping, uint32_t slots, uint64_t capacity);
  // Before msgrcv writes to the slot.
  void Lock(int32_t slot);

 private:
  bool LockPages(int32_t slot);
  void UnlockAll();

  AirlockHeader* header_ = nullptr;
  uint64_t bytes_ = 0;
  uint32_t slots_ = 0;
  uint64_t capacity_ = 0;
  // For every slot whether it is locked; nullptr when no slot needs a lock of its own.
  uint8_t* locked_ = nullptr;
};

}  // namespace sysvmq
