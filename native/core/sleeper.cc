#include "sleeper.h"

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
// A thread that gives its processor to a busy one gets it back after that one's time slice, some milliseconds later. It
// does not try that again for so long.
constexpr int64_t kNoLingerNanoseconds = 1'000'000'000;

}  // namespace

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
  int64_t now = MonotonicNow();
  if (linger_ns_ < kShortestLingerNanoseconds || now < no_linger_before_ns_) return false;
  for (const int64_t until = now + linger_ns_; now < until;) {
    if (rest_.load(std::memory_order_relaxed) == kAwake) return true;
    const int64_t before = now;
    sched_yield();
    now = MonotonicNow();
    if (now - before > kLongestLingerNanoseconds) no_linger_before_ns_ = now + kNoLingerNanoseconds;
  }
  return rest_.load(std::memory_order_relaxed) == kAwake;
}

void Sleeper::Wake() {
  // By then the word may be gone, with the thread, which had woken by itself.
  if (rest_.exchange(kAwake) == kAsleep) WaitLock::AfterRelease(WakeFutex, &rest_);
  if (!in_kernel_) return;
  syscall(SYS_tgkill, getpid(), thread_, signal_);
  timer_.Start(thread_, signal_, kRepeatDelayNanoseconds);
}

}  // namespace sysvmq
