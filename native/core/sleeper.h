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
  ~Sleeper() = default;
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  // Called by the thread itself, first of all.
  void BindToThisThread();

  // Before a system call that waits. False where nothing could bring the thread back from it, because others have taken
  // every signal, or no timer is to be had: it must look, with IPC_NOWAIT, and rest for kLookMs instead.
  bool EnterKernel();
  // After it; acknowledges every wake so far.
  void LeaveKernel();
  bool InKernel() const { return in_kernel_; }

  // Rests, with the lock released, until Wake, or until `ms` have passed: false then. For the first few
  // microseconds it only gives the processor to others, as long as that has been worth it lately: most threads are
  // needed again at once, and two switches between threads, on the way of a message, are more than the message itself.
  bool Rest(WaitLock* lock, int64_t ms);

  static constexpr int64_t kLookMs = 5;

  // Brings the thread back: from its rest at once, from the kernel by a signal that repeats until LeaveKernel. It is
  // looked at before it is sent, and a second one takes its place where somebody else handles it by now. A thread
  // that is neither looks at what it has to do before it goes anywhere, because that takes the lock.
  void Wake();

 private:
  enum RestState : uint32_t { kAwake, kLingering, kAsleep };

  bool Linger();

  pid_t thread_ = 0;
  // What the thread hears. The timer sends the first.
  int signal_ = 0;
  int spare_signal_ = 0;
  bool in_kernel_ = false;
  SignalTimer timer_;
  // A futex. Set under WaitLock, but from lingering to asleep.
  std::atomic<uint32_t> rest_{kAwake};
  int64_t linger_ns_ = 0;
  // Before this moment it does not linger, because others want its processor.
  int64_t no_linger_before_ns_ = 0;
};

}  // namespace sysvmq
