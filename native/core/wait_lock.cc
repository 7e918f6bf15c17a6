#include "wait_lock.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "futex.h"
#include "small_thread.h"

namespace sysvmq {

namespace {

// How soon the signal comes again. The first one is sent at once and nearly always does.
constexpr int64_t kRepeatDelayNanoseconds = 1'000'000;
// It is time of a processor, so each rest that was longer halves it, down to less than is worth the while.
constexpr int64_t kLongestLingerNanoseconds = 50'000;
constexpr int64_t kShortestLingerNanoseconds = 5'000;
// The scheduler moves threads for reasons of its own; once or twice means nothing.
constexpr int kWaitsElsewhereBeforeMove = 4;

}  // namespace

pthread_mutex_t WaitLock::mutex_ = PTHREAD_MUTEX_INITIALIZER;
WaitLock::Wake WaitLock::wakes_[kMostWakes];
int WaitLock::wake_count_ = 0;

void WaitLock::AfterRelease(void (*wake)(void*), void* whom) {
  if (wake_count_ == kMostWakes) {
    wake(whom);
    return;
  }
  wakes_[wake_count_] = {wake, whom};
  wake_count_++;
}

void WaitLock::Release() {
  Wake wakes[kMostWakes];
  const int count = wake_count_;
  for (int index = 0; index < count; index++) wakes[index] = wakes_[index];
  wake_count_ = 0;
  pthread_mutex_unlock(&mutex_);
  for (int index = 0; index < count; index++) wakes[index].wake(wakes[index].whom);
}

void Sleeper::BindToThisThread() {
  thread_ = CurrentThreadId();
  signal_ = AcquireWakeSignal();
}

void Sleeper::LeaveKernel() {
  in_kernel_ = false;
  timer_.Stop();
}

bool Sleeper::Rest(WaitLock* lock, int seconds) {
  const int64_t began = MonotonicNow();
  rest_.store(kLingering, std::memory_order_relaxed);
  lock->Release();
  uint32_t expected = kLingering;
  if (!Linger() && rest_.compare_exchange_strong(expected, kAsleep)) {
    const timespec timeout = {seconds, 0};
    AwaitFutex(&rest_, kAsleep, &timeout);
  }
  lock->Reacquire();
  const bool woken = rest_.load(std::memory_order_relaxed) == kAwake;
  rest_.store(kAwake, std::memory_order_relaxed);
  const bool soon = woken && MonotonicNow() - began < kLongestLingerNanoseconds;
  linger_ns_ = soon ? kLongestLingerNanoseconds : linger_ns_ / 2;
  return woken;
}

// True when it was woken meanwhile.
bool Sleeper::Linger() {
  if (linger_ns_ < kShortestLingerNanoseconds) return false;
  const int64_t until = MonotonicNow() + linger_ns_;
  do {
    if (rest_.load(std::memory_order_relaxed) == kAwake) return true;
    sched_yield();
  } while (MonotonicNow() < until);
  return false;
}

void Sleeper::ComeHere() { wanted_on_.store(sched_getcpu(), std::memory_order_relaxed); }

// The scheduler wakes a thread where it ran last if it can, so that one move is enough; it stays free to go elsewhere.
void Sleeper::GoWhereItIsWanted() {
  const int wanted_on = wanted_on_.load(std::memory_order_relaxed);
  if (wanted_on < 0 || wanted_on == sched_getcpu()) {
    waits_elsewhere_ = 0;
    return;
  }
  waits_elsewhere_++;
  if (waits_elsewhere_ < kWaitsElsewhereBeforeMove) return;
  waits_elsewhere_ = 0;
  cpu_set_t before;
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  // Whoever keeps this thread away from that processor has a reason.
  if (sched_getaffinity(0, sizeof(before), &before) != 0 || !CPU_ISSET(wanted_on, &before)) return;
  CPU_SET(wanted_on, &wanted);
  if (sched_setaffinity(0, sizeof(wanted), &wanted) == 0) sched_setaffinity(0, sizeof(before), &before);
}

void Sleeper::Wake() {
  // By then the word may be gone, with the thread, which had woken by itself.
  if (rest_.exchange(kAwake) == kAsleep) WaitLock::AfterRelease(WakeFutex, &rest_);
  if (!in_kernel_) return;
  syscall(SYS_tgkill, getpid(), thread_, signal_);
  timer_.Start(thread_, signal_, kRepeatDelayNanoseconds);
}

}  // namespace sysvmq
