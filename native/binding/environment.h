// What one JavaScript environment (the main thread's or a worker's) owns: its registers, its fields, and the memory
// through which messages pass to and from the kernel.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "../core/airlock.h"
#include "../core/shared_claim.h"
#include "../core/system_calls.h"
#include "../core/taken_messages.h"
#include "mailbox.h"
#include "message_memory.h"
#include "registers.h"
#include "shared_memory.h"
#include "slot_table.h"

namespace sysvmq {

// Removes its queue at the owner's end, unless its id has been cleared (-1).
struct QueueToRemove {
  explicit QueueToRemove(int queue_id) : id(queue_id) {}
  ~QueueToRemove() {
    if (id >= 0) RemoveQueue(id);
  }
  QueueToRemove(const QueueToRemove&) = delete;
  QueueToRemove& operator=(const QueueToRemove&) = delete;

  int id;
};

// Environments share nothing but the waiters (native/core/waiter.h). Only the environment's own JavaScript thread uses
// an object of this class.
class Environment {
 public:
  // nullptr when memory is short, or the runtime shares none with JavaScript.
  static std::unique_ptr<Environment> Create(napi_env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The typed arrays that JavaScript uses; nullptr on failure. Call each once.
  napi_value ExposeRegisters() { return ExposeTypedArray(napi_int32_array, kRegisterCount, register_memory_.get()); }
  napi_value ExposeFields() { return ExposeTypedArray(napi_float64_array, kFieldCount, field_memory_.get()); }

  // The memory that messages are sent from, and the memory that they arrive in.
  MessageMemory& Slab() { return slab_; }
  MessageMemory& Inbox() { return inbox_; }
  // Changes a register, by which JavaScript sees that the slab or the inbox is another one.
  void Count(Register index);

  // RemoveQueueAtEnd has a queue removed at the environment's end; KeepQueueAtEnd revokes that. -ENOMEM when memory is
  // short.
  Result RemoveQueueAtEnd(int id);
  Result KeepQueueAtEnd(int id);

  // The mailboxes free themselves, in cleanup hooks that run before this destructor.
  SlotTable<Mailbox::Borrowed>& Mailboxes() { return mailboxes_; }
  // The one whose number is in its register; nullptr when there is none.
  Mailbox* SelectedMailbox() const { return mailboxes_.Get(registers_[kMailbox]); }

  // The environment's end frees those that JavaScript did not close. By then the mailboxes' hooks have closed their
  // waiters.
  SlotTable<OwnedAirlock>& Airlocks() { return airlocks_; }
  SlotTable<OwnedClaim>& Claims() { return claims_; }
  // Messages that JavaScript has taken and not handed out yet. The environment's end gives them to the store of kept
  // messages.
  SlotTable<OwnedTaken>& HeldMessages() { return held_messages_; }
  void KeepHeldMessages();

  int32_t& Argument(Register index) { return registers_[index]; }
  double& Field(size_t index) { return fields_[index]; }
  // The 64-bit value of two registers.
  int64_t Word(Register low) const;
  void SetWord(Register low, int64_t value);
  // The type in the registers. Ask TypeFits first: where a long has 32 bits, the value may not be a type.
  bool TypeFits() const { return FitsLong(Word(kTypeLow)); }
  long MessageType() const { return static_cast<long>(Word(kTypeLow)); }
  void SetMessageType(int64_t type) { SetWord(kTypeLow, type); }

 private:
  explicit Environment(napi_env env) : env_(env) {}
  napi_value ExposeTypedArray(napi_typedarray_type type, size_t length, SharedMemory* memory);

  napi_env env_;
  SharedMemory::Owner register_memory_;
  SharedMemory::Owner field_memory_;
  MessageMemory slab_;
  MessageMemory inbox_;
  int32_t* registers_ = nullptr;
  double* fields_ = nullptr;
  SlotTable<Mailbox::Borrowed> mailboxes_;
  SlotTable<std::unique_ptr<QueueToRemove>> queues_to_remove_;
  SlotTable<OwnedAirlock> airlocks_;
  SlotTable<OwnedClaim> claims_;
  SlotTable<OwnedTaken> held_messages_;
};

}  // namespace sysvmq
