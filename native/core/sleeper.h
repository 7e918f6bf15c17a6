// How a thread of this library waits, and how another thread brings it back.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "interval_signal.h"
#include "wait_lock.h"

namespace sysvmq {

// The state of a thread that either rests or is inside a system call, and the means to bring it back from both.
// WaitLock protects all of it.
class Sleeper {
 public:
  Sleeper() = default;
  ~Sleeper() = default;
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  // The thread itself calls this before anything else.
  void BindToThisThread();

  // Call it before a system call that waits. False when no signal could end that call, because the program uses every
  // signal or the kernel has no timer: the thread must then poll with IPC_NOWAIT, and rest for kLookMs between.
  bool EnterKernel();
  // Call it after the system call. It acknowledges every wake so far.
  void LeaveKernel();
  bool InKernel() const { return in_kernel_; }

  // Rests, with the lock released, until Wake, or until `ms` have passed: false then. For the first microseconds it
  // only yields the processor, as long as that has paid off lately. Most threads are needed again at once, and two
  // thread switches cost more than a message.
  bool Rest(WaitLock* lock, int64_t ms);

  static constexpr int64_t kLookMs = 5;

  // Brings the thread back: from its rest at once, from the kernel by a signal that repeats until LeaveKernel. The
  // signal's handler is checked first; if another part of the program has taken the signal, the spare one replaces it.
  // A thread that neither rests nor is in the kernel needs no wake: it takes the lock and checks its work before it
  // waits again.
  void Wake();

 private:
  enum RestState : uint32_t { kAwake, kLingering, kAsleep };

  bool Linger();

  pid_t thread_ = 0;
  // The signals that the thread does not block. The timer sends the first.
  int signal_ = 0;
  int spare_signal_ = 0;
  bool in_kernel_ = false;
  SignalTimer timer_;
  // A futex. Set under WaitLock, except from kLingering to kAsleep.
  std::atomic<uint32_t> rest_{kAwake};
  int64_t linger_ns_ = 0;
  // The thread does not linger before this time, because other threads need its processor.
  int64_t no_linger_before_ns_ = 0;
};

}  // namespace sysvmq
