// The one lock of everything that waits.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "interval_signal.h"

namespace sysvmq {

// Waiters are shared by all JavaScript threads of the process, so they need a lock of the process. It is held for a few
// instructions at a time, never during a system call that waits, and never while JavaScript runs. One lock for all of
// them makes it plain who may free what, and when.
//
// It is never destroyed: threads of ours may still run while the process ends.
class WaitLock {
 public:
  WaitLock() { Reacquire(); }
  ~WaitLock() { Release(); }
  WaitLock(const WaitLock&) = delete;
  WaitLock& operator=(const WaitLock&) = delete;

  // For the length of a system call that waits.
  void Release();
  void Reacquire() { pthread_mutex_lock(&mutex_); }

  // Called under the lock: has `wake(whom)` called as soon as it is released, by this thread. Whoever is woken earlier
  // runs into the lock, and is put to sleep again.
  static void AfterRelease(void (*wake)(void*), void* whom);

 private:
  struct Wake {
    void (*wake)(void*);
    void* whom;
  };
  static constexpr int kMostWakes = 8;

  static pthread_mutex_t mutex_;
  // Under the lock.
  static Wake wakes_[kMostWakes];
  static int wake_count_;
};

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

  // Rests, with the lock released, until Wake, or until `seconds` have passed: false then. For the first few
  // microseconds it only gives the processor to others, as long as that has been worth it lately: most threads are
  // needed again at once, and two switches between threads, on the way of a message, are more than the message itself.
  bool Rest(WaitLock* lock, int seconds);

  // Called by whoever waits for the thread, on the way to it: the thread should run on this processor. To wake a
  // processor that sleeps takes many times as long as a switch of threads, on virtual machines above all.
  void ComeHere();
  // Called by the thread itself before it waits, without the lock: moves it if it ran elsewhere time and again.
  void GoWhereItIsWanted();

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
  std::atomic<int> wanted_on_{-1};
  int waits_elsewhere_ = 0;
};

}  // namespace sysvmq
