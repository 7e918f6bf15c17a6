// The one lock of all waiters.
#pragma once

#include <pthread.h>

namespace sysvmq {

// All JavaScript threads of the process share the waiters, so the lock belongs to the process. A thread holds it for a
// few instructions: never during a system call that waits, never while it copies or frees a message or starts a thread,
// and never while JavaScript runs. A single lock makes it plain which thread may free an object, and when.
//
// It is never destroyed, because threads of this library may still run while the process ends.
class WaitLock {
 public:
  WaitLock() { Reacquire(); }
  ~WaitLock() { Release(); }
  WaitLock(const WaitLock&) = delete;
  WaitLock& operator=(const WaitLock&) = delete;

  // Releases the lock around a system call that waits.
  void Release();
  void Reacquire() { pthread_mutex_lock(&mutex_); }

  // Call it under the lock: this thread calls `wake(whom)` as soon as it has released the lock. A thread woken earlier
  // would run into the lock and sleep again.
  static void AfterRelease(void (*wake)(void*), void* whom);

 private:
  struct Wake {
    void (*wake)(void*);
    void* whom;
  };
  static constexpr int kMaxWakes = 8;

  static pthread_mutex_t mutex_;
  // Protected by the lock.
  static Wake wakes_[kMaxWakes];
  static int wake_count_;
};

}  // namespace sysvmq
