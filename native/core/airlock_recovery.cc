// Recovers the slots that a killed process left. A kill during the recovery is harmless: the state is written last, so
// the next recovery comes to the same result.
#include <cerrno>

#include "airlock.h"
#include "airlock_text.h"

namespace sysvmq {

// Ties a message to its sequence number, so that damage is not taken for a message.
uint64_t Airlock::SealOf(const AirlockSlot* slot, int64_t length) {
  uint64_t hash = HashText(slot->message.Text(), static_cast<size_t>(length));
  hash = MixHash(hash, slot->sequence);
  return MixHash(hash, static_cast<uint64_t>(slot->message.type));
}

void Airlock::Recover() {
  for (uint32_t index = slot_count_; index > 0; index--) RecoverSlot(static_cast<int32_t>(index - 1));
}

void Airlock::RecoverSlot(int32_t index) {
  AirlockSlot* slot = At(index);
  uint32_t state = slot->state.load(std::memory_order_acquire);
  bool sound = true;
  if (state == kSlotArmed || state == kSlotWaiting) {
    // While the owner is alive, this slot is the owner's, and holds no message yet.
    if (!mapping_.writable) return;
    sound = Mend(index, slot);
    state = slot->state.load(std::memory_order_relaxed);
  } else if (state == kSlotTaken) {
    // A living owner may be about to free the slot.
    sound = !mapping_.writable || IsSound(slot);
  } else {
    sound = state == kSlotFree;
  }
  if (!sound) {
    overwritten_[index] = UINT64_MAX;
    damaged_++;
    return;
  }
  overwritten_[index] = capacity_;
  if (!mapping_.writable) return;
  // No sequence number is used twice, even if another program has changed `next`.
  uint64_t& next = mapping_.header->next;
  if (state == kSlotTaken && slot->sequence >= next) next = slot->sequence + 1;
  if (state != kSlotFree) return;
  free_[free_count_] = index;
  free_count_++;
}

// Settles a slot between arming and the note. False when its contents cannot be the result of msgrcv.
bool Airlock::Mend(int32_t index, AirlockSlot* slot) {
  const int64_t type = slot->message.type;
  const bool waiting = slot->state.load(std::memory_order_relaxed) == kSlotWaiting;
  if (type < 0 || slot->sequence == 0) return false;
  if (type == 0) {
    slot->state.store(kSlotFree, std::memory_order_release);
    return true;
  }
  const size_t least = waiting ? 0 : LengthOverKeystream(KeystreamSeed(index), slot->message.Text(), capacity_);
  const int64_t expected = slot->expected;
  const bool exact = waiting || (expected >= 0 && static_cast<uint64_t>(expected) <= capacity_ &&
                                 static_cast<size_t>(expected) >= least &&
                                 HashText(slot->message.Text(), static_cast<size_t>(expected)) == slot->hash);
  slot->flags = exact ? 0 : kLengthUncertain;
  NoteTaken(slot, exact ? expected : static_cast<int64_t>(least), 0);
  return true;
}

bool Airlock::IsSound(const AirlockSlot* slot) const {
  const int64_t length = slot->length;
  return slot->message.type > 0 && slot->sequence > 0 && length >= 0 && static_cast<uint64_t>(length) <= capacity_ &&
         slot->seal == SealOf(slot, length);
}

}  // namespace sysvmq
