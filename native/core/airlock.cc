#include "airlock.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "airlock_text.h"

namespace sysvmq {

namespace {

// A look copies the message within the kernel twice, up to the size of the buffer. For a message longer than the
// largest look, only the keystream shows the length if a kill comes between msgrcv and the note.
constexpr size_t kSmallestLook = 256;
constexpr size_t kLargestLook = 65536;
constexpr size_t kLookShrinksBy = 16;
constexpr uint32_t kTakesBeforeNextLook = 32;

constexpr size_t kPageBytes = 4096;  // the smallest there are: more often than needed costs next to nothing

// A kill while msgrcv waits for a page ends the copy there, if another thread is changing the memory map at that moment
// (lock_mm_and_find_vma in the kernel's mm/memory.c): the rest of the message is lost, or all of it, if the page is
// that of the type. Pages that are locked (slot_locks.h) can only be missing while the kernel moves them; others may
// have been paged out long ago. So all that the message is to fill is fetched before, and the type, which matters most,
// last.
void FetchPages(MessageBuffer* message, size_t bytes) {
  volatile char* byte = message->Text();
  for (size_t at = bytes; at > 0; at = at > kPageBytes ? at - kPageBytes : 0) byte[at - 1] = byte[at - 1];
  volatile auto* type = &message->type;
  *type = 0;
}

}  // namespace

int64_t AirlockClock() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

Result Airlock::Create(const char* folder, const char* name, uint32_t slots, uint64_t capacity, int queue_id,
                       int queue_key, Airlock** created) {
  auto* airlock = new Airlock();
  const Result result = CreateAirlockFile(folder, name, slots, capacity, queue_id, queue_key, &airlock->mapping_);
  return Finish(airlock, folder, name, result, created);
}

Result Airlock::Open(const char* folder, const char* name, AirlockAccess access, Airlock** opened) {
  auto* airlock = new Airlock();
  const Result result = OpenAirlockFile(folder, name, access, &airlock->mapping_);
  return Finish(airlock, folder, name, result, opened);
}

Result Airlock::Finish(Airlock* airlock, const char* folder, const char* name, Result result, Airlock** made) {
  if (result == 0) result = airlock->Prepare(folder, name);
  if (result < 0) {
    delete airlock;
    return result;
  }
  airlock->Recover();
  *made = airlock;
  return 0;
}

Result Airlock::Prepare(const char* folder, const char* name) {
  slot_count_ = mapping_.header->slots;
  capacity_ = mapping_.header->capacity;
  instance_ = mapping_.header->instance;
  queue_id_ = mapping_.header->queue_id;
  if (slot_count_ == 0 || AirlockBytes(slot_count_, capacity_) != mapping_.bytes) return -EBADMSG;
  free_ = static_cast<int32_t*>(calloc(slot_count_, sizeof(*free_)));
  overwritten_ = static_cast<uint64_t*>(calloc(slot_count_, sizeof(*overwritten_)));
  if (asprintf(&path_, "%s/%s", folder, name) < 0) path_ = nullptr;
  if (free_ == nullptr || overwritten_ == nullptr || path_ == nullptr) return -ENOMEM;
  return locks_.Prepare(mapping_, slot_count_, capacity_);
}

Airlock::~Airlock() {
  CloseAirlockFile(&mapping_);
  free(free_);
  free(overwritten_);
  free(path_);
  free(look_);
}

void Airlock::Release() {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  // This still holds the file's lock, so no other process opens the file before the unlink. If the file was removed,
  // its name may be another's.
  if (mapping_.writable && damaged_ == 0 && NextInHand(0) < 0 && IsLinked()) unlink(path_);
  delete this;
}

AirlockSlot* Airlock::At(int32_t slot) const {
  return AirlockSlotAt(mapping_.header, capacity_, static_cast<size_t>(slot));
}

AirlockSlot* Airlock::InHandAt(int32_t slot) const {
  if (slot < 0 || static_cast<uint32_t>(slot) >= slot_count_) return nullptr;
  AirlockSlot* at = At(slot);
  if (at->state.load(std::memory_order_acquire) != kSlotTaken) return nullptr;
  // A damaged message is never handed out, and its slot is never reused.
  return overwritten_[slot] == UINT64_MAX ? nullptr : at;
}

uint64_t Airlock::KeystreamSeed(int32_t slot) const { return MixHash(instance_, static_cast<uint64_t>(slot) + 1); }

// The order matters: once the slot is armed, a type other than 0 means that a message has arrived.
void Airlock::Arm(int32_t index, AirlockState state) {
  AirlockSlot* slot = At(index);
  if (overwritten_[index] > 0) FillKeystream(KeystreamSeed(index), slot->message.Text(), overwritten_[index]);
  overwritten_[index] = 0;
  const uint64_t sequence = mapping_.header->next;
  slot->message.type = 0;
  slot->length = -1;
  slot->attempts = 0;
  slot->not_before = 0;
  slot->flags = 0;
  slot->sequence = sequence;
  mapping_.header->next = sequence + 1;
  slot->state.store(state, std::memory_order_release);
}

void Airlock::NoteTaken(AirlockSlot* slot, int64_t length, uint32_t attempts) {
  slot->length = length;
  slot->attempts = attempts;
  slot->taken_at = AirlockClock();
  slot->seal = SealOf(slot, length);
  slot->state.store(kSlotTaken, std::memory_order_release);
}

Result Airlock::Take(int id, int64_t type, int flags) {
  if (!mapping_.writable) return -EROFS;
  if (free_count_ == 0) return -ENOBUFS;
  const int32_t index = free_[free_count_ - 1];
  AirlockSlot* slot = At(index);
  slot->expected = -1;
  // MSG_COPY takes a position, not a selector: with a selector it might show another message than msgrcv takes.
  if (type == 0 && (flags & MSG_EXCEPT) == 0 && Look(id, slot) == -ENOMSG) return -ENOMSG;
  locks_.Lock(index);
  Arm(index, kSlotArmed);
  const size_t most = slot->expected < 0 ? kLargestLook : static_cast<size_t>(slot->expected);
  FetchPages(&slot->message, most < capacity_ ? most : capacity_);
  const Result result = Receive(id, &slot->message, capacity_, type, flags | IPC_NOWAIT);
  if (result < 0) {
    slot->state.store(kSlotFree, std::memory_order_release);
    if (result == -EFAULT) overwritten_[index] = capacity_;
    return result;
  }
  NoteTaken(slot, result, 1);
  FitLook(static_cast<size_t>(result));
  free_count_--;
  return index;
}

// Copies the message that msgrcv would take next. Another receiver may still take it first.
Result Airlock::Look(int id, AirlockSlot* slot) {
  if (takes_without_look_ > 0) {
    takes_without_look_--;
    return 0;
  }
  for (;;) {
    if (look_ == nullptr && !SetLook(kSmallestLook)) return -ENOMEM;
    const Result result = Receive(id, look_, look_bytes_, 0, MSG_COPY | IPC_NOWAIT);
    if (result >= 0) {
      slot->hash = HashText(look_->Text(), static_cast<size_t>(result));
      slot->expected = result;
      return 0;
    }
    if (result != -E2BIG) {
      if (result != -ENOMSG) takes_without_look_ = kTakesBeforeNextLook;
      return result;
    }
    if (look_bytes_ < kLargestLook && SetLook(look_bytes_ * 2)) continue;
    takes_without_look_ = kTakesBeforeNextLook;
    return result;
  }
}

// The next message is likely as long as one of the last: a shorter look fails, and costs another one.
void Airlock::FitLook(size_t bytes) {
  const size_t shrunk = look_bytes_ - look_bytes_ / kLookShrinksBy;
  SetLook(bytes > shrunk ? bytes : shrunk);
}

// Makes the look as long as that, within its limits. The buffer is zeroed because the kernel reads it, too.
bool Airlock::SetLook(size_t bytes) {
  const size_t wanted = bytes < kSmallestLook ? kSmallestLook : bytes > kLargestLook ? kLargestLook : bytes;
  if (look_ == nullptr || wanted > look_room_) {
    size_t room = kSmallestLook;
    while (room < wanted) room *= 2;
    auto* look = static_cast<MessageBuffer*>(calloc(1, sizeof(MessageBuffer) + room));
    if (look == nullptr) return false;
    free(look_);
    look_ = look;
    look_room_ = room;
  }
  look_bytes_ = wanted;
  return true;
}

const MessageBuffer* Airlock::Read(int32_t slot, InHand* in_hand) const {
  const AirlockSlot* at = InHandAt(slot);
  if (at == nullptr) return nullptr;
  const int64_t length = at->length;
  if (length < 0 || static_cast<uint64_t>(length) > capacity_) return nullptr;
  *in_hand = {at->message.type, static_cast<uint32_t>(length),      at->attempts, at->sequence, at->not_before,
              at->taken_at,     (at->flags & kLengthUncertain) != 0};
  return &at->message;
}

bool Airlock::Note(int32_t slot, uint32_t attempts, int64_t not_before) {
  AirlockSlot* at = InHandAt(slot);
  if (at == nullptr || !mapping_.writable) return false;
  at->attempts = attempts;
  at->not_before = not_before;
  return true;
}

bool Airlock::Free(int32_t slot) {
  AirlockSlot* at = InHandAt(slot);
  if (at == nullptr || !mapping_.writable) return false;
  const int64_t length = at->length;
  const bool sound = length >= 0 && static_cast<uint64_t>(length) <= capacity_;
  overwritten_[slot] = sound ? static_cast<uint64_t>(length) : capacity_;
  at->state.store(kSlotFree, std::memory_order_release);
  free_[free_count_] = slot;
  free_count_++;
  return true;
}

Result Airlock::NextInHand(int32_t slot) const {
  for (int32_t index = slot < 0 ? 0 : slot; static_cast<uint32_t>(index) < slot_count_; index++) {
    if (InHandAt(index) != nullptr) return index;
  }
  return -ENOENT;
}

Result Airlock::ArmForWait() {
  if (!mapping_.writable) return -EROFS;
  if (free_count_ == 0) return -ENOBUFS;
  free_count_--;
  const int32_t index = free_[free_count_];
  locks_.Lock(index);
  At(index)->expected = 0;
  Arm(index, kSlotWaiting);
  return index;
}

void Airlock::SettleWait(int32_t index, Result result) {
  AirlockSlot* slot = At(index);
  if (result == 0) {
    NoteTaken(slot, 0, 0);
  } else {
    slot->state.store(kSlotFree, std::memory_order_release);
  }
}

void Airlock::EndWait(int32_t index) {
  if (At(index)->state.load(std::memory_order_acquire) != kSlotFree) return;
  free_[free_count_] = index;
  free_count_++;
}

}  // namespace sysvmq
