#include "slot_locks.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sysvmq {

SlotLocks::~SlotLocks() { free(locked_); }

Result SlotLocks::Prepare(const AirlockMapping& mapping, uint32_t slots, uint64_t capacity) {
  header_ = mapping.header;
  bytes_ = mapping.bytes;
  slots_ = slots;
  capacity_ = capacity;
  if (!mapping.writable || mlock(header_, bytes_) == 0) return 0;
  locked_ = static_cast<uint8_t*>(calloc(slots, sizeof(*locked_)));
  return locked_ == nullptr ? -ENOMEM : 0;
}

void SlotLocks::Lock(int32_t slot) {
  if (locked_ == nullptr || locked_[slot] != 0 || LockPages(slot)) return;
  UnlockAll();
  // A thread may be waiting in msgrcv for a message that it writes there.
  for (uint32_t index = 0; index < slots_; index++) {
    const AirlockSlot* other = AirlockSlotAt(header_, capacity_, index);
    if (other->state.load(std::memory_order_acquire) == kSlotWaiting) LockPages(static_cast<int32_t>(index));
  }
  if (LockPages(slot)) return;
  // The limit is below one slot, beside those that wait. Nothing more is tried.
  free(locked_);
  locked_ = nullptr;
}

bool SlotLocks::LockPages(int32_t slot) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const char* begin = reinterpret_cast<char*>(AirlockSlotAt(header_, capacity_, static_cast<size_t>(slot)));
  const size_t into_page = reinterpret_cast<uintptr_t>(begin) % page;
  if (mlock(begin - into_page, into_page + AirlockStride(capacity_)) != 0) return false;
  locked_[slot] = 1;
  return true;
}

void SlotLocks::UnlockAll() {
  munlock(header_, bytes_);
  memset(locked_, 0, slots_);
}

}  // namespace sysvmq
