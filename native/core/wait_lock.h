// The one lock of everything that waits.
#pragma once

#include <pthread.h>
#include <sys/types.h>

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
  WaitLock() { pthread_mutex_lock(&mutex_); }
  ~WaitLock() { pthread_mutex_unlock(&mutex_); }
  WaitLock(const WaitLock&) = delete;
  WaitLock& operator=(const WaitLock&) = delete;

  // For the length of a system call that waits.
  void Release() { pthread_mutex_unlock(&mutex_); }
  void Reacquire() { pthread_mutex_lock(&mutex_); }

  static pthread_mutex_t* Mutex() { return &mutex_; }

 private:
  static pthread_mutex_t mutex_;
};

// A thread of ours that is now resting and now inside a system call, and how it is brought back from either. All of it
// under WaitLock.
class Sleeper {
 public:
  Sleeper();
  ~Sleeper();
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  // Called by the thread itself, first of all.
  void BindToThisThread();

  // Around a system call that waits. Leaving acknowledges every wake so far.
  void EnterKernel() { in_kernel_ = true; }
  void LeaveKernel();

  // Rests until Wake, or until `seconds` have passed: false then.
  bool Rest(int seconds);

  // Brings the thread back: from its rest at once, from the kernel by a signal that repeats until LeaveKernel. A thread
  // that is neither looks at what it has to do before it goes anywhere, because that takes the lock.
  void Wake();

 private:
  pid_t thread_ = 0;
  int signal_ = 0;
  bool in_kernel_ = false;
  bool resting_ = false;
  SignalTimer timer_;
  pthread_cond_t condition_;
};

}  // namespace sysvmq
