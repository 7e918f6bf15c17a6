#include "taken_messages.h"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "bounded_wait.h"
#include "clock.h"
#include "futex.h"
#include "small_thread.h"
#include "wait_lock.h"
#include "waiter.h"

namespace sysvmq {

std::atomic<uint32_t> kept_messages{0};

namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr int64_t kMaxPauseMilliseconds = 1000;

// First in, first out. WaitLock protects a list that has no other owner.
class TakenList {
 public:
  TakenMessage* First() const { return first_; }
  void Append(TakenMessage* taken) {
    taken->next = nullptr;
    *end_ = taken;
    end_ = &taken->next;
  }
  // Puts the others, in their order, before the messages of this list.
  void Prepend(TakenList* others) {
    if (others->first_ == nullptr) return;
    *others->end_ = first_;
    if (first_ == nullptr) end_ = others->end_;
    first_ = others->first_;
    others->Clear();
  }
  // Removes and returns the messages for which `wanted(taken)` is true.
  template <typename Wanted>
  TakenList Remove(Wanted wanted) {
    TakenList removed;
    TakenList rest;
    for (TakenMessage* taken = first_; taken != nullptr;) {
      TakenMessage* next = taken->next;
      (wanted(taken) ? removed : rest).Append(taken);
      taken = next;
    }
    Clear();
    Prepend(&rest);
    return removed;
  }

  constexpr TakenList() : end_(&first_) {}
  TakenList(const TakenList& other) = delete;
  TakenList& operator=(const TakenList& other) = delete;
  TakenList(TakenList&& other) noexcept : TakenList() { Prepend(&other); }

 private:
  void Clear() {
    first_ = nullptr;
    end_ = &first_;
  }

  TakenMessage* first_ = nullptr;
  TakenMessage** end_;
};

// Constant-initialized and never destroyed, like the lock.
TakenList kept;
// Held while messages go back: two threads at once would change the order, and the end of the process must not overlook
// a message that is between the store and the queue. Locked before WaitLock, never under it.
pthread_mutex_t giving_back = PTHREAD_MUTEX_INITIALIZER;
// 32 bits, because smaller atomics need libatomic on RISC-V.
std::atomic<uint32_t> keeper_runs{0};
std::atomic<pid_t> keeping_process{0};
// A futex. A change wakes the keeper.
std::atomic<uint32_t> keeper_calls{0};

void FreeAll(TakenList* list) {
  for (TakenMessage* taken = list->First(); taken != nullptr;) {
    TakenMessage* next = taken->next;
    FreeTaken(taken);
    taken = next;
  }
}

// Whether a receive with `type` and `flags` may have the message: it matches, and is not reserved for others.
bool IsFor(const TakenMessage* taken, long type, int flags) {
  if (!SelectorMatches(type, flags, taken->message.type)) return false;
  const bool selects_the_same = taken->wanted == type && ((taken->flags ^ flags) & MSG_EXCEPT) == 0;
  if (!taken->reserved || selects_the_same) return true;
  return !WaiterIsTold(taken->id, taken->wanted, taken->flags);
}

// With an upper bound the lowest type comes first, otherwise the oldest message.
TakenMessage* FindKept(int id, long type, int flags) {
  TakenMessage* found = nullptr;
  for (TakenMessage* taken = kept.First(); taken != nullptr; taken = taken->next) {
    if (taken->id != id || !IsFor(taken, type, flags)) continue;
    if (type >= 0) return taken;
    if (found == nullptr || taken->message.type < found->message.type) found = taken;
  }
  return found;
}

bool QueueIsGone(int id) {
  msqid_ds status = {};
  const Result result = ReadStatus(id, IPC_STAT, &status);
  return result == -EINVAL || result == -EIDRM;
}

// Sends the messages kept until `kept_before` to the queues that have room, in order, and keeps the others in their
// place. Under `giving_back`.
int GiveBack(int64_t kept_before, bool also_refused, int64_t until);

void RunKeeper(void*) {
  int64_t pause_ms = kKeepMilliseconds;
  for (;;) {
    const uint32_t calls = keeper_calls;
    const timespec timeout = {static_cast<time_t>(pause_ms / 1000),
                              static_cast<long>(pause_ms % 1000 * kNanosecondsPerMillisecond)};
    AwaitFutex(&keeper_calls, calls, &timeout);
    pthread_mutex_lock(&giving_back);
    const uint32_t before = kept_messages;
    GiveBack(MonotonicNow() - kKeepMilliseconds * kNanosecondsPerMillisecond, false, 0);
    pthread_mutex_unlock(&giving_back);
    const WaitLock lock;
    // A refused message stays for a receive or for the end of the process.
    bool more = false;
    for (TakenMessage* taken = kept.First(); taken != nullptr; taken = taken->next) {
      more = more || taken->refused == 0 || taken->refused == -EAGAIN;
    }
    if (!more) {
      keeper_runs = 0;
      return;
    }
    pause_ms = kept_messages != before || keeper_calls != calls ? kKeepMilliseconds : pause_ms * 2;
    if (pause_ms > kMaxPauseMilliseconds) pause_ms = kMaxPauseMilliseconds;
  }
}

// Without a thread, the next receive or the end of the process settles the messages.
void StartKeeper(void*) {
  if (!StartSmallThread("sysvmq-keep", RunKeeper, nullptr)) keeper_runs = 0;
}

void WriteToStandardError(const char* text, size_t length) {
  while (length > 0) {
    const ssize_t written = write(STDERR_FILENO, text, length);
    if (written <= 0) return;
    text += written;
    length -= static_cast<size_t>(written);
  }
}

void ReportInHex(const TakenMessage* taken) {
  char line[256];
  const int length = snprintf(line, sizeof(line),
                              "sysvmq: a message that this process had taken could not be given back: queue %d, type "
                              "%ld, %zu bytes, errno %d; its bytes in hex: ",
                              taken->id, taken->message.type, taken->length, -taken->refused);
  WriteToStandardError(line, static_cast<size_t>(length));
  static const char kDigits[] = "0123456789abcdef";
  for (size_t at = 0; at < taken->length;) {
    size_t filled = 0;
    for (; filled < sizeof(line) && at < taken->length; at++) {
      const auto byte = static_cast<unsigned char>(taken->message.Text()[at]);
      line[filled++] = kDigits[byte >> 4];
      line[filled++] = kDigits[byte & 15];
    }
    WriteToStandardError(line, filled);
  }
  WriteToStandardError("\n", 1);
}

// How long the end of the process waits until the threads that might take another message have left the kernel.
constexpr int64_t kLeaveMilliseconds = 100;

// Runs at the very end of the process. JavaScript has reported its messages (lib/messages/undelivered.ts). These are
// the messages kept later, or without JavaScript on the main thread.
__attribute__((destructor)) void EndOfProcess() {
  DisarmAll(kLeaveMilliseconds);
  // A forked child has a copy of the list. The messages belong to its parent.
  if (keeping_process != getpid()) return;
  GiveBackKept(0);
  while (const OwnedTaken taken = TakeAnyKept()) ReportInHex(taken.get());
}

}  // namespace

OwnedTaken CopyTaken(int id, const MessageBuffer* message, size_t length) {
  OwnedTaken taken(static_cast<TakenMessage*>(malloc(sizeof(TakenMessage) + length)));
  if (taken == nullptr) return nullptr;
  taken->next = nullptr;
  taken->id = id;
  taken->refused = 0;
  taken->kept_at = 0;
  taken->reserved = false;
  taken->wanted = 0;
  taken->flags = 0;
  taken->length = length;
  taken->message.type = message->type;
  memcpy(taken->message.Text(), message->Text(), length);
  return taken;
}

void FreeTaken(TakenMessage* taken) { free(taken); }

namespace {

// Under WaitLock, like the waiters' notice that follows.
TakenMessage* Keep(OwnedTaken owned) {
  TakenMessage* taken = owned.release();
  keeping_process = getpid();
  kept.Append(taken);
  kept_messages++;
  return taken;
}

void BeginToKeep(TakenMessage* taken, bool told) {
  taken->kept_at = MonotonicNow() + (told ? kBusyLoopMilliseconds * kNanosecondsPerMillisecond : 0);
  if (keeper_runs.exchange(1) == 0) WaitLock::AfterRelease(StartKeeper, nullptr);
}

}  // namespace

void KeepTaken(OwnedTaken owned) {
  const WaitLock lock;
  TakenMessage* taken = Keep(std::move(owned));
  BeginToKeep(taken, TellWaitersThatMatch(taken->id, taken->message.type));
}

void KeepForWaiter(OwnedTaken owned, long wanted, int flags) {
  TakenMessage* taken = Keep(std::move(owned));
  taken->wanted = wanted;
  taken->flags = flags;
  taken->reserved = TellWaiter(taken->id, wanted, flags);
  BeginToKeep(taken, taken->reserved || TellWaitersThatMatch(taken->id, taken->message.type));
}

void FreeReservedMessages() {
  if (kept_messages == 0) return;
  for (TakenMessage* taken = kept.First(); taken != nullptr; taken = taken->next) {
    if (!taken->reserved || WaiterIsTold(taken->id, taken->wanted, taken->flags)) continue;
    taken->reserved = false;
    TellWaitersThatMatch(taken->id, taken->message.type);
  }
}

void CountKeptFromNow() {
  if (kept_messages == 0) return;
  const int64_t now = MonotonicNow();
  bool any = false;
  for (TakenMessage* taken = kept.First(); taken != nullptr; taken = taken->next) {
    if (taken->kept_at <= now) continue;
    taken->kept_at = now;
    any = true;
  }
  if (!any) return;
  keeper_calls++;
  WaitLock::AfterRelease(WakeFutex, &keeper_calls);
}

bool HasKept(int id, long type, int flags) { return kept_messages != 0 && FindKept(id, type, flags) != nullptr; }

Result ReceiveKept(int id, MessageBuffer* message, size_t capacity, long type, int flags) {
  {
    const WaitLock lock;
    if (!HasKept(id, type, flags)) return -ENOMSG;
  }
  msqid_ds status = {};
  const Result readable = ReadStatus(id, IPC_STAT, &status);
  if (readable == -EINVAL || readable == -EIDRM) ForgetKept(id);
  if (readable < 0) return -ENOMSG;
  OwnedTaken found;
  {
    const WaitLock lock;
    TakenMessage* matching = FindKept(id, type, flags);
    if (matching == nullptr) return -ENOMSG;
    if (matching->length > capacity && (flags & MSG_NOERROR) == 0) return -E2BIG;
    kept.Remove([matching](const TakenMessage* taken) { return taken == matching; });
    found.reset(matching);
    if (--kept_messages == 0) {
      keeper_calls++;
      WaitLock::AfterRelease(WakeFutex, &keeper_calls);
    }
  }
  const size_t length = found->length < capacity ? found->length : capacity;
  message->type = found->message.type;
  memcpy(message->Text(), found->message.Text(), length);
  return static_cast<Result>(length);
}

namespace {

Result SendUntil(const TakenMessage* taken, int64_t until) {
  for (;;) {
    Result result = Send(taken->id, &taken->message, taken->length, IPC_NOWAIT);
    const int64_t left = until - MonotonicNow();
    if (result == -EAGAIN && left > 0) {
      const int64_t wait_ms = left / kNanosecondsPerMillisecond + 1;
      result = SendWithin(wait_ms, taken->id, &taken->message, taken->length, 0);
      if (result == -ETIMEDOUT) result = -EAGAIN;
    }
    if (result != -EINTR) return result;
  }
}

// True when an earlier message of the queue had to stay, which this one must not overtake.
bool StaysBehind(const TakenList& left, int id) {
  for (TakenMessage* taken = left.First(); taken != nullptr; taken = taken->next) {
    if (taken->id == id && taken->refused == -EAGAIN) return true;
  }
  return false;
}

int GiveBack(int64_t kept_before, bool also_refused, int64_t until) {
  TakenList leaving = [&] {
    const WaitLock lock;
    return kept.Remove([&](const TakenMessage* taken) {
      const bool refused = taken->refused != 0 && taken->refused != -EAGAIN;
      return taken->kept_at <= kept_before && (also_refused || !refused);
    });
  }();
  TakenList left;
  uint32_t gone = 0;
  for (TakenMessage* taken = leaving.First(); taken != nullptr;) {
    TakenMessage* next = taken->next;
    taken->refused = StaysBehind(left, taken->id) ? -EAGAIN : SendUntil(taken, until);
    if (taken->refused == 0 || QueueIsGone(taken->id)) {
      FreeTaken(taken);
      gone++;
    } else {
      left.Append(taken);
    }
    taken = next;
  }
  const WaitLock lock;
  kept_messages -= gone;
  // A receive may have found nothing while the messages were outside the store.
  for (TakenMessage* taken = left.First(); taken != nullptr; taken = taken->next) {
    TellWaitersThatMatch(taken->id, taken->message.type);
  }
  kept.Prepend(&left);
  return static_cast<int>(kept_messages);
}

}  // namespace

int GiveBackKept(int64_t wait_ms) {
  if (kept_messages == 0) return 0;
  pthread_mutex_lock(&giving_back);
  const int left = GiveBack(INT64_MAX, true, wait_ms <= 0 ? 0 : MonotonicNow() + wait_ms * kNanosecondsPerMillisecond);
  pthread_mutex_unlock(&giving_back);
  return left;
}

void ForgetKept(int id) {
  if (kept_messages == 0) return;
  TakenList forgotten = [id] {
    const WaitLock lock;
    return kept.Remove([id](const TakenMessage* taken) {
      if (taken->id != id) return false;
      kept_messages--;
      return true;
    });
  }();
  FreeAll(&forgotten);
}

OwnedTaken TakeAnyKept() {
  if (kept_messages == 0) return nullptr;
  // Waits for a message that is between the store and the queue.
  pthread_mutex_lock(&giving_back);
  OwnedTaken first;
  {
    const WaitLock lock;
    first.reset(kept.First());
    if (first != nullptr) {
      kept_messages--;
      kept.Remove([&first](const TakenMessage* taken) { return taken == first.get(); });
    }
  }
  pthread_mutex_unlock(&giving_back);
  return first;
}

}  // namespace sysvmq
