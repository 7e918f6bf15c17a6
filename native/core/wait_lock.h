// The one lock of everything that waits.
#pragma once

#include <pthread.h>

namespace sysvmq {

// Waiters are shared by all JavaScript threads of the process, so they need a lock of the process. It is held for a few
// instructions at a time: never during a system call that waits, never while a message is copied or freed or a thread
// is started, and never while JavaScript runs. One lock for all of them makes it plain who may free what, and when.
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

}  // namespace sysvmq
