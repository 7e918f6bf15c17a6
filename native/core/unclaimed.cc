#include "unclaimed.h"

#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "clock.h"
#include "small_thread.h"
#include "waiter.h"

namespace sysvmq {

std::atomic<int> unclaimed_count{0};

namespace {

struct Kept {
  Unclaimed unclaimed;
  Kept* next;
};

// In the order in which they were taken. Under WaitLock, and never destroyed.
Kept* first = nullptr;
Kept** end = &first;
bool giving_back = false;
// The process that keeps them: a fork has a copy that is none of its business.
std::atomic<pid_t> keeper{0};

// How soon it is tried again, at first, and at most, while the queue stays full.
constexpr int64_t kFirstPauseNs = 1'000'000;
constexpr int64_t kLongestPauseNs = 64'000'000;
// For how long the end of the process waits for threads to leave the kernel, and then for room.
constexpr int64_t kLeaveMs = 100;
constexpr int64_t kRoomMs = 100;

void Pause(int64_t nanoseconds) {
  const timespec pause = {nanoseconds / 1'000'000'000, static_cast<long>(nanoseconds % 1'000'000'000)};
  nanosleep(&pause, nullptr);
}

// Size and type are right, so that EINVAL can mean the queue only. Its messages went with it.
bool QueueIsGone(Result result) { return result == -EINVAL || result == -EIDRM; }

Result SendEmpty(int id, int64_t type) {
  MessageBuffer message = {};
  message.type = static_cast<long>(type);
  return Send(id, &message, 0, IPC_NOWAIT);
}

void Append(const Unclaimed& unclaimed) {
  auto* kept = new Kept{unclaimed, nullptr};
  *end = kept;
  end = &kept->next;
  keeper = getpid();
  unclaimed_count.fetch_add(1, std::memory_order_relaxed);
}

Unclaimed Remove(Kept** link) {
  Kept* kept = *link;
  const Unclaimed unclaimed = kept->unclaimed;
  *link = kept->next;
  if (end == &kept->next) end = link;
  delete kept;
  unclaimed_count.fetch_sub(1, std::memory_order_relaxed);
  return unclaimed;
}

// Where a negative selector has a choice, the lowest type; else the oldest.
Kept** Find(int id, int64_t selector, int flags) {
  Kept** found = nullptr;
  for (Kept** link = &first; *link != nullptr; link = &(*link)->next) {
    const Unclaimed& candidate = (*link)->unclaimed;
    if (candidate.id != id || !Selects(selector, flags, candidate.type)) continue;
    if (selector >= 0) return link;
    if (found == nullptr || candidate.type < (*found)->unclaimed.type) found = link;
  }
  return found;
}

// One go through those that `wanted` chooses, under WaitLock: there are few of them, at most one for each wait that was
// given up just when its message came. Returns how many went back.
template <typename Wanted>
int GiveBackSome(Wanted wanted) {
  int gone = 0;
  for (Kept** link = &first; *link != nullptr;) {
    Unclaimed& unclaimed = (*link)->unclaimed;
    const Result result = wanted(unclaimed) ? SendEmpty(unclaimed.id, unclaimed.type) : unclaimed.why;
    if (result == 0 || QueueIsGone(result)) {
      Remove(link);
      gone++;
    } else {
      unclaimed.why = result;
      link = &(*link)->next;
    }
  }
  return gone;
}

bool WaitsForRoom(const Unclaimed& unclaimed) { return unclaimed.why == -EAGAIN; }

bool AnyWaitsForRoom() {
  for (Kept* kept = first; kept != nullptr; kept = kept->next) {
    if (WaitsForRoom(kept->unclaimed)) return true;
  }
  return false;
}

// Nothing wakes it: it looks, at growing intervals, and ends when nothing waits for room any more.
void RunOnGivingThread(void*) {
  int64_t pause_ns = kFirstPauseNs;
  WaitLock lock;
  while (AnyWaitsForRoom()) {
    lock.Release();
    Pause(pause_ns);
    lock.Reacquire();
    const bool some = GiveBackSome(WaitsForRoom) > 0;
    pause_ns = some ? kFirstPauseNs : pause_ns < kLongestPauseNs ? pause_ns * 2 : kLongestPauseNs;
  }
  giving_back = false;
}

// Under WaitLock. Where there is no thread to be had they stay until the next receive, or the end.
void GiveBackLater(WaitLock* lock) {
  if (giving_back) return;
  giving_back = true;
  lock->Release();
  const bool started = StartSmallThread("sysvmq-back", RunOnGivingThread, nullptr);
  lock->Reacquire();
  if (!started) giving_back = false;
}

const char* NameOf(Result why) {
  switch (-why) {
    case EAGAIN:
      return "EAGAIN, it is full";
    case EACCES:
      return "EACCES, it may not be written";
    case ENOMEM:
      return "ENOMEM";
    default:
      return "an error";
  }
}

__attribute__((destructor)) void AtEndOfProcess() { EndWaits(); }

}  // namespace

bool Selects(int64_t selector, int flags, int64_t type) {
  if (selector == 0) return true;
  if (selector > 0) return (type == selector) != ((flags & MSG_EXCEPT) != 0);
  return selector == INT64_MIN || type <= -selector;
}

Result ReturnEmptyMessage(WaitLock* lock, int id, int64_t type) {
  lock->Release();
  const Result result = SendEmpty(id, type);
  lock->Reacquire();
  if (result == 0 || QueueIsGone(result)) return 0;
  if (OfferEmptyMessage(id, type)) return 0;
  Append({id, type, result});
  if (result == -EAGAIN) GiveBackLater(lock);
  return result;
}

Result ReturnEmptyMessage(int id, int64_t type) {
  WaitLock lock;
  return ReturnEmptyMessage(&lock, id, type);
}

bool TakeUnclaimedLocked(int id, int64_t selector, int flags, int64_t* type) {
  if (CountUnclaimed() == 0) return false;
  Kept** link = Find(id, selector, flags);
  if (link == nullptr) return false;
  *type = Remove(link).type;
  return true;
}

bool TakeUnclaimed(int id, int64_t selector, int flags, int64_t* type) {
  if (CountUnclaimed() == 0) return false;
  const WaitLock lock;
  return TakeUnclaimedLocked(id, selector, flags, type);
}

bool TakeAnyUnclaimed(Unclaimed* unclaimed) {
  const WaitLock lock;
  if (first == nullptr) return false;
  *unclaimed = Remove(&first);
  return true;
}

int GiveBackUnclaimed(int64_t wait_ms) {
  const int64_t deadline_ns = MonotonicNow() + wait_ms * 1'000'000;
  while (CountUnclaimed() > 0) {
    {
      const WaitLock lock;
      GiveBackSome([](const Unclaimed&) { return true; });
      if (!AnyWaitsForRoom()) break;
    }
    if (MonotonicNow() >= deadline_ns) break;
    Pause(kFirstPauseNs);
  }
  return CountUnclaimed();
}

void EndWaits() {
  DisarmAll(kLeaveMs);
  if (CountUnclaimed() == 0 || keeper != getpid()) return;
  GiveBackUnclaimed(kRoomMs);
  Unclaimed lost = {};
  while (TakeAnyUnclaimed(&lost)) {
    dprintf(STDERR_FILENO,
            "sysvmq: an empty message of type %" PRId64
            " is lost: a wait that was given up had taken it, and it can't be given back to queue %d (%s)\n",
            lost.type, lost.id, NameOf(lost.why));
  }
}

}  // namespace sysvmq
