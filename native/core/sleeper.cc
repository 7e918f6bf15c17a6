#include "sleeper.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "futex.h"
#include "small_thread.h"

namespace sysvmq {

namespace {

// The delay before the signal repeats. The first signal, sent at once, is nearly always enough.
constexpr int64_t kRepeatDelayNanoseconds = 1'000'000;
// Lingering costs processor time, so each longer rest halves it, until it is too short to be worthwhile.
constexpr int64_t kMaxLingerNanoseconds = 50'000;
constexpr int64_t kShortestLingerNanoseconds = 5'000;
// A thread that yields to a busy one waits for the end of that one's time slice, some milliseconds. It then stops
// lingering for this long.
constexpr int64_t kNoLingerNanoseconds = 1'000'000'000;

}  // namespace

// An earlier thread may have ended after a rest. Its timer and the signals that it unblocked do not reach this one.
void Sleeper::BindToThisThread() {
  thread_ = CurrentThreadId();
  signal_ = 0;
  spare_signal_ = 0;
  timer_.Delete();
}

bool Sleeper::EnterKernel() {
  const int signal_number = AcquireWakeSignal();
  if (signal_number != signal_ || !timer_.IsCreated()) {
    signal_ = signal_number;
    if (signal_ == 0 || !timer_.Create(thread_, signal_)) return false;
    spare_signal_ = AcquireWakeSignal(signal_);
    UnblockSignal(signal_);
    if (spare_signal_ != 0) UnblockSignal(spare_signal_);
  }
  in_kernel_ = true;
  return true;
}

void Sleeper::LeaveKernel() {
  in_kernel_ = false;
  timer_.Stop();
}

bool Sleeper::Rest(WaitLock* lock, int64_t ms) {
  const int64_t began = MonotonicNow();
  rest_.store(kLingering, std::memory_order_relaxed);
  lock->Release();
  uint32_t expected = kLingering;
  if (!Linger() && rest_.compare_exchange_strong(expected, kAsleep)) {
    const timespec timeout = {static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000 * 1'000'000)};
    AwaitFutex(&rest_, kAsleep, &timeout);
  }
  lock->Reacquire();
  const bool woken = rest_.load(std::memory_order_relaxed) == kAwake;
  rest_.store(kAwake, std::memory_order_relaxed);
  const bool soon = woken && MonotonicNow() - began < kMaxLingerNanoseconds;
  linger_ns_ = soon ? kMaxLingerNanoseconds : linger_ns_ / 2;
  return woken;
}

// True when another thread has woken this one.
bool Sleeper::Linger() {
  int64_t now = MonotonicNow();
  if (linger_ns_ < kShortestLingerNanoseconds || now < no_linger_before_ns_) return false;
  for (const int64_t until = now + linger_ns_; now < until;) {
    if (rest_.load(std::memory_order_relaxed) == kAwake) return true;
    const int64_t before = now;
    sched_yield();
    now = MonotonicNow();
    if (now - before > kMaxLingerNanoseconds) no_linger_before_ns_ = now + kNoLingerNanoseconds;
  }
  return rest_.load(std::memory_order_relaxed) == kAwake;
}

void Sleeper::Wake() {
  // The word may be gone when WakeFutex runs, if the thread woke by itself and ended.
  if (rest_.exchange(kAwake) == kAsleep) WaitLock::AfterRelease(WakeFutex, &rest_);
  if (!in_kernel_) return;
  if (RetakeWakeSignal(signal_)) {
    syscall(SYS_tgkill, getpid(), thread_, signal_);
  } else if (spare_signal_ != 0 && RetakeWakeSignal(spare_signal_)) {
    syscall(SYS_tgkill, getpid(), thread_, spare_signal_);
    timer_.Create(thread_, spare_signal_);
  } else {
    return;  // The program took both meanwhile. A message, or the queue's removal, still ends the call.
  }
  timer_.Start(kRepeatDelayNanoseconds);
}

}  // namespace sysvmq
