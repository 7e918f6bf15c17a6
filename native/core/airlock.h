// Takes a message so that a crash cannot lose it: msgrcv writes straight into memory that outlives the process.
//
//    free ──arm──► armed ──msgrcv──► (armed, type ≠ 0) ──note──► taken ──the work──► free
//
// A kill at any point leaves a slot in one of these states, and Open distinguishes them: an armed slot whose type is
// still 0 is empty. An armed slot with a type holds a message whose length was not noted yet; Open finds the length
// (airlock_recovery.cc).
#pragma once

#include "airlock_file.h"
#include "ownership.h"
#include "slot_locks.h"

namespace sysvmq {

// Describes a message in hand.
struct InHand {
  int64_t type;
  uint32_t length;
  uint32_t attempts;
  uint64_t sequence;
  int64_t not_before;
  int64_t taken_at;
  bool uncertain;
};

// Belongs to one JavaScript thread. A waiter (airlock_waiter.h) may share it, and then owns one slot. The file is
// closed, and its lock released, when both owners have released it.
class Airlock {
 public:
  // Returns 0, or the errors of CreateAirlockFile and OpenAirlockFile. Copies `folder` and `name`.
  static Result Create(const char* folder, const char* name, uint32_t slots, uint64_t capacity, int queue_id,
                       int queue_key, Airlock** created);
  // Takes the file over, or opens it for inspection. Taking over recovers the armed slots.
  static Result Open(const char* folder, const char* name, AirlockAccess access, Airlock** opened);

  // Takes the next message that matches into a free slot, without waiting, and notes one attempt. Returns the slot, or:
  // -ENOMSG no message matches; -E2BIG the message is longer than a slot and stays in the queue; -ENOBUFS no slot is
  // free; -EROFS this airlock is open for inspection only; or another error of msgrcv.
  Result Take(int id, int64_t type, int flags);

  // The message in a slot; nullptr when the slot holds none in hand.
  const MessageBuffer* Read(int32_t slot, InHand* in_hand) const;
  // Notes how often the work has begun, and the earliest time of the next attempt. False when the slot holds no message
  // in hand.
  bool Note(int32_t slot, uint32_t attempts, int64_t not_before);
  // Frees the slot after the work. False when it holds no message in hand.
  bool Free(int32_t slot);
  // The first slot, from `slot` on, with a message in hand; -ENOENT when there is none.
  Result NextInHand(int32_t slot) const;

  // For the waiter: ArmForWait returns a free slot, armed for a wait, or -ENOBUFS. EndWait returns the slot to the free
  // ones; call it on the JavaScript thread.
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
  bool IsLinked() const { return AirlockIsLinked(mapping_.file); }
  uint32_t DamagedCount() const { return damaged_; }
  uint32_t FreeCount() const { return free_count_; }

  void Retain() { owners_.fetch_add(1, std::memory_order_relaxed); }
  // The last owner removes the file, unless a message is in hand or a slot is damaged, and releases the file's lock.
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
  void FitLook(size_t bytes);
  bool SetLook(size_t bytes);

  // airlock_recovery.cc
  void Recover();
  void RecoverSlot(int32_t index);
  bool Mend(int32_t index, AirlockSlot* slot);
  bool IsSound(const AirlockSlot* slot) const;
  static uint64_t SealOf(const AirlockSlot* slot, int64_t length);

  AirlockMapping mapping_;
  SlotLocks locks_;
  // Copied from the header, which another program may change after the check.
  uint32_t slot_count_ = 0;
  uint64_t capacity_ = 0;
  uint64_t instance_ = 0;
  int queue_id_ = -1;
  char* path_ = nullptr;
  // A stack of the free slots, and for every slot how many of its bytes are no longer keystream.
  int32_t* free_ = nullptr;
  uint32_t free_count_ = 0;
  uint64_t* overwritten_ = nullptr;
  uint32_t damaged_ = 0;
  // Holds the copy of the next message that Look makes before Take: of at most look_bytes_, in memory for look_room_.
  MessageBuffer* look_ = nullptr;
  size_t look_bytes_ = 0;
  size_t look_room_ = 0;
  uint32_t takes_without_look_ = 0;
  std::atomic<int> owners_{1};
};

inline void ReleaseAirlock(Airlock* airlock) { airlock->Release(); }
using OwnedAirlock = OwnedBy<Airlock, ReleaseAirlock>;

// Milliseconds since 1970, from the kernel's coarse clock: some milliseconds behind, but quicker to read.
int64_t AirlockClock();

}  // namespace sysvmq
