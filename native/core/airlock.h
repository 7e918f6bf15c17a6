// Taking a message that a crash cannot take along: msgrcv straight into memory that outlives the process.
//
//   free ──arm──► armed ──msgrcv──► (armed, type ≠ 0) ──note──► taken ──the work──► free
//
// A kill at any point leaves one of these behind, and Open tells them apart: an armed slot whose type is still 0 has
// nothing; one with a type has a message whose length was not noted yet, which is found out (airlock_recovery.cc).
#pragma once

#include "airlock_file.h"
#include "ownership.h"

namespace sysvmq {

// What is known of a message in hand.
struct InHand {
  int64_t type;
  uint32_t length;
  uint32_t attempts;
  uint64_t sequence;
  int64_t not_before;
  int64_t taken_at;
  bool uncertain;
};

// Belongs to one JavaScript thread. A waiter (airlock_waiter.h) may hold on to it, and has one slot to itself
// meanwhile; the file is closed, and its lock free, when both have let go.
class Airlock {
 public:
  // 0, or as CreateAirlockFile and OpenAirlockFile say. `folder` and `name` are copied.
  static Result Create(const char* folder, const char* name, uint32_t slots, uint64_t capacity, int queue_id,
                       int queue_key, Airlock** created);
  // Taken over, or looked at. What was armed is mended.
  static Result Open(const char* folder, const char* name, AirlockAccess access, Airlock** opened);

  // Takes the next message that matches, if there is one, into a free slot, with one attempt noted. The slot, or:
  // -ENOMSG none is there; -E2BIG it is longer than a slot, and stays in the queue; -ENOBUFS no slot is free; -EROFS
  // this is looked at only; and msgrcv's.
  Result Take(int id, int64_t type, int flags);

  // The message in a slot; nullptr where none is in hand.
  const MessageBuffer* Read(int32_t slot, InHand* in_hand) const;
  // Notes how often the work was begun, and when it is to be tried again. False where none is in hand.
  bool Note(int32_t slot, uint32_t attempts, int64_t not_before);
  // The work is done. False where none is in hand.
  bool Free(int32_t slot);
  // The first slot from `slot` on with a message in hand; -ENOENT when there is none.
  Result NextInHand(int32_t slot) const;

  // For the waiter: a free slot, armed for a wait; -ENOBUFS without one. And what became of it, on the JavaScript
  // thread.
  Result ArmForWait();
  void EndWait(int32_t slot);
  // On the waiter's thread: notes an empty message that has arrived, or disarms the slot.
  void SettleWait(int32_t slot, Result result);
  MessageBuffer* WaitBuffer(int32_t slot) { return &At(slot)->message; }

  uint32_t SlotCount() const { return slot_count_; }
  uint64_t Capacity() const { return capacity_; }
  uint64_t Instance() const { return instance_; }
  uint64_t Bytes() const { return mapping_.bytes; }
  int QueueId() const { return queue_id_; }
  int32_t OwnerProcess() const { return mapping_.header->pid.load(std::memory_order_acquire); }
  bool OwnerLives() const { return mapping_.writable || AirlockOwnerLives(mapping_.file); }
  uint32_t DamagedCount() const { return damaged_; }
  uint32_t FreeCount() const { return free_count_; }

  void Retain() { owners_.fetch_add(1, std::memory_order_relaxed); }
  // The last one removes the file, if nothing is in hand and nothing damaged, and frees its lock.
  void Release();

 private:
  Airlock() = default;
  ~Airlock();
  static Result Finish(Airlock* airlock, const char* folder, const char* name, Result result, Airlock** made);
  Result Prepare(const char* folder, const char* name);
  AirlockSlot* At(int32_t slot) const;
  AirlockSlot* InHandAt(int32_t slot) const;
  uint64_t KeystreamSeed(int32_t slot) const;
  void Arm(int32_t slot, AirlockState state);
  void NoteTaken(AirlockSlot* slot, int64_t length, uint32_t attempts);
  Result Look(int id, AirlockSlot* slot);
  bool ResizeLook(size_t bytes);

  // airlock_recovery.cc
  void Recover();
  void RecoverSlot(int32_t index);
  bool Mend(int32_t index, AirlockSlot* slot);
  bool IsSound(const AirlockSlot* slot) const;
  static uint64_t SealOf(const AirlockSlot* slot, int64_t length);

  AirlockMapping mapping_;
  // Of the header, which another program may have changed since it was checked.
  uint32_t slot_count_ = 0;
  uint64_t capacity_ = 0;
  uint64_t instance_ = 0;
  int queue_id_ = -1;
  char* path_ = nullptr;
  // A stack of the free slots, and how much of each is not keystream any more.
  int32_t* free_ = nullptr;
  uint32_t free_count_ = 0;
  uint64_t* overwritten_ = nullptr;
  uint32_t damaged_ = 0;
  // Where the look at the queue before a message is taken puts it.
  MessageBuffer* look_ = nullptr;
  size_t look_bytes_ = 0;
  uint32_t takes_without_look_ = 0;
  std::atomic<int> owners_{1};
};

inline void ReleaseAirlock(Airlock* airlock) { airlock->Release(); }
using OwnedAirlock = OwnedBy<Airlock, ReleaseAirlock>;

// Milliseconds since 1970; a few too few, for speed.
int64_t AirlockClock();

}  // namespace sysvmq
