// How a thread of ours waits, and how it is brought back.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "interval_signal.h"
#include "wait_lock.h"

namespace sysvmq {

// A thread of ours that is now resting and now inside a system call, and how it is brought back from either. All of it
// under WaitLock.
class Sleeper {
 public:
  Sleeper() = default;
  ~Sleeper() { timer_.Stop(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  // Called by the thread itself, first of all.
  void BindToThisThread();

  // Around a system call that waits. Leaving acknowledges every wake so far.
  void EnterKernel() { in_kernel_ = true; }
  void LeaveKernel();
  bool InKernel() const { return in_kernel_; }

  // Rests, with the lock released, until Wake, or until `seconds` have passed: false then. For the first few
  // microseconds it only gives the processor to others, as long as that has been worth it lately: most threads are
  // needed again at once, and two switches between threads, on the way of a message, are more than the message itself.
  bool Rest(WaitLock* lock, int seconds);

  // Brings the thread back: from its rest at once, from the kernel by a signal that repeats until LeaveKernel. A thread
  // that is neither looks at what it has to do before it goes anywhere, because that takes the lock.
  void Wake();

 private:
  enum RestState : uint32_t { kAwake, kLingering, kAsleep };

  bool Linger();

  pid_t thread_ = 0;
  int signal_ = 0;
  bool in_kernel_ = false;
  SignalTimer timer_;
  // A futex. Set under WaitLock, but from lingering to asleep.
  std::atomic<uint32_t> rest_{kAwake};
  int64_t linger_ns_ = 0;
  // Before this moment it does not linger, because others want its processor.
  int64_t no_linger_before_ns_ = 0;
};

}  // namespace sysvmq
