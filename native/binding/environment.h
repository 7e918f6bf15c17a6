// What one JavaScript environment (the main thread's or a worker's) owns: its registers, its fields, the memory in
// which messages pass to and from the kernel.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "../core/airlock.h"
#include "../core/shared_claim.h"
#include "../core/system_calls.h"
#include "../core/taken_messages.h"
#include "mailbox.h"
#include "registers.h"
#include "shared_memory.h"
#include "slot_table.h"

namespace sysvmq {

struct MemoryRange {
  char* data;
  size_t bytes;
};

// Where the text of a message begins in the slab and in the arena, on every processor. Its type, a long, is just before
// it: a struct msgbuf begins four bytes further on where a long has four bytes.
inline constexpr size_t kTextOffset = 8;
static_assert(sizeof(MessageBuffer) <= kTextOffset);

// The struct msgbuf whose text is at `text`.
inline MessageBuffer* MessageBefore(char* text) {
  return reinterpret_cast<MessageBuffer*>(text - sizeof(MessageBuffer));
}

// The range as a struct msgbuf with room for `length` bytes of text; nullptr where there is not as much, or `length` is
// negative.
inline MessageBuffer* MessageIn(const MemoryRange& range, int64_t length) {
  const bool fits =
      length >= 0 && range.bytes >= kTextOffset && static_cast<uint64_t>(length) <= range.bytes - kTextOffset;
  return fits ? MessageBefore(range.data + kTextOffset) : nullptr;
}

// A queue that goes when its owner does, unless its id was taken back (-1).
struct QueueToRemove {
  explicit QueueToRemove(int queue_id) : id(queue_id) {}
  ~QueueToRemove() {
    if (id >= 0) RemoveQueue(id);
  }
  QueueToRemove(const QueueToRemove&) = delete;
  QueueToRemove& operator=(const QueueToRemove&) = delete;

  int id;
};

// Environments share nothing but the waiters (native/core/waiter.h). Everything here is used on the environment's own
// JavaScript thread only.
class Environment {
 public:
  // nullptr when there is no memory, or the runtime does not share any.
  static std::unique_ptr<Environment> Create(napi_env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The typed arrays that JavaScript uses; nullptr on failure. Each to be called once.
  napi_value ExposeRegisters() { return ExposeTypedArray(napi_int32_array, kRegisterCount, register_memory_.get()); }
  napi_value ExposeFields() { return ExposeTypedArray(napi_float64_array, kFieldCount, field_memory_.get()); }

  // The ArrayBuffer of the slab that this environment starts with.
  napi_value InitialSlab() const;
  // Puts an ArrayBuffer of JavaScript's in its place, for a message that does not fit; nullptr: the initial one again.
  // False on failure; the slab then stays.
  bool UseSlab(napi_value buffer);

  // Has messages arrive in this ArrayBuffer of JavaScript's. False on failure; the arena then stays.
  bool UseArena(napi_value buffer);

  // Has a queue removed when this goes, and takes that back. -ENOMEM when there is no memory.
  Result RemoveQueueAtEnd(int id);
  Result KeepQueueAtEnd(int id);

  // The mailboxes free themselves, with cleanup hooks that run before this goes.
  SlotTable<Mailbox::Borrowed>& Mailboxes() { return mailboxes_; }

  // Those that JavaScript did not close go with the environment; the mailboxes' hooks have closed their waiters by
  // then.
  SlotTable<OwnedAirlock>& Airlocks() { return airlocks_; }
  SlotTable<OwnedClaim>& Claims() { return claims_; }
  // Messages that JavaScript has taken and not handed out yet. They are kept for others when this goes.
  SlotTable<OwnedTaken>& HeldMessages() { return held_messages_; }
  void KeepHeldMessages();

  int32_t& Argument(Register index) { return registers_[index]; }
  double& Field(size_t index) { return fields_[index]; }
  // What two registers hold together.
  int64_t Word(Register low) const;
  void SetWord(Register low, int64_t value);
  // The type in the registers. `TypeFits` is to be asked before: where a long has 32 bits, it may be none.
  bool TypeFits() const { return FitsLong(Word(kTypeLow)); }
  long MessageType() const { return static_cast<long>(Word(kTypeLow)); }
  void SetMessageType(int64_t type) { SetWord(kTypeLow, type); }

  // The slab, from which messages are sent. It is where it was last time only as long as it is the initial one.
  MemoryRange Slab();
  // The arena, in which they arrive, from kOffset on. Empty where there is none, and for an offset that is none.
  MemoryRange ArenaFromOffset();

 private:
  explicit Environment(napi_env env) : env_(env) {}
  napi_value ExposeTypedArray(napi_typedarray_type type, size_t length, SharedMemory* memory);
  void Count(Register index);
  // Where an ArrayBuffer is now: it may have been detached or resized since it was last used.
  MemoryRange Measure(napi_ref buffer) const;

  napi_env env_;
  SharedMemory::Owner register_memory_;
  SharedMemory::Owner field_memory_;
  SharedMemory::Owner initial_slab_;
  napi_ref initial_slab_buffer_ = nullptr;
  // The ArrayBuffer that is in place of the initial slab, which this keeps alive; nullptr: none is.
  napi_ref other_slab_buffer_ = nullptr;
  napi_ref arena_buffer_ = nullptr;
  int32_t* registers_ = nullptr;
  double* fields_ = nullptr;
  SlotTable<Mailbox::Borrowed> mailboxes_;
  SlotTable<std::unique_ptr<QueueToRemove>> queues_to_remove_;
  SlotTable<OwnedAirlock> airlocks_;
  SlotTable<OwnedClaim> claims_;
  SlotTable<OwnedTaken> held_messages_;
};

}  // namespace sysvmq
