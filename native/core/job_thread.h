// A thread that does one job at a time for the object that owns it.
#pragma once

#include <cerrno>
#include <cstdint>

#include "sleeper.h"
#include "small_thread.h"
#include "system_calls.h"
#include "wait_lock.h"

namespace sysvmq {

// The base class of an object with such a thread. The first job starts the thread. It rests between jobs, and ends
// after a long rest; the next job then starts another one. WaitLock protects everything here.
//
// `Owner` is the derived class. It has `static constexpr const char* kThreadName`, and a function
// `void DoJob(WaitLock* lock)` that does the job, with CallUntilDone, and calls EndJob.
//
// Two owners free the object: whoever closes it when there is no thread, and otherwise the thread as its last act. So a
// thread that cannot leave the kernel at once never uses freed memory.
template <typename Owner>
class JobThread {
 public:
  bool IsBusy() const { return busy_; }

  // Cancels the job that is under way, if there is one. The job still ends by itself.
  void Cancel() {
    if (!busy_) return;
    cancelled_ = true;
    sleeper_.Wake();
  }

  // Cancels the job and ends the thread. True when the caller must free the object, after it has released the lock,
  // because no thread will.
  bool Close() {
    closed_ = true;
    Cancel();
    sleeper_.Wake();
    return !running_;
  }

 protected:
  JobThread() = default;
  ~JobThread() = default;

  bool IsClosed() const { return closed_; }
  void EndJob() { busy_ = false; }

  // Starts the job that the owner has prepared; the previous one must have ended. False when no thread could be
  // started.
  //
  // A thread starts without the lock, because that takes some 50 us. Cancel and Close cannot run meanwhile: the object
  // belongs to the JavaScript thread that is here.
  bool StartJob(WaitLock* lock) {
    busy_ = true;
    cancelled_ = false;
    sleeper_.Wake();
    if (running_) return true;
    running_ = true;
    lock->Release();
    const bool started = StartSmallThread(Owner::kThreadName, RunThread, static_cast<Owner*>(this));
    lock->Reacquire();
    if (!started) running_ = busy_ = false;
    return started;
  }

  // For DoJob: makes a system call without the lock, again and again until it returns something else than -EINTR.
  // `call(may_wait)` makes it once. Where it may not wait, because no signal could bring the thread back, it must
  // return at once, with -EINTR for "not yet"; the thread then rests before the next time. -ECANCELED: Cancel came
  // first.
  template <typename Call>
  Result CallUntilDone(WaitLock* lock, Call call) {
    for (;;) {
      if (cancelled_) return -ECANCELED;
      const bool may_wait = sleeper_.EnterKernel();
      lock->Release();
      const Result result = call(may_wait);
      lock->Reacquire();
      sleeper_.LeaveKernel();
      if (result != -EINTR) return result;
      if (!may_wait && !cancelled_) sleeper_.Rest(lock, Sleeper::kLookMs);
    }
  }

 private:
  static constexpr int64_t kIdleMs = 2000;

  static void RunThread(void* owner) {
    auto* job_thread = static_cast<JobThread*>(static_cast<Owner*>(owner));
    if (job_thread->DoJobs()) delete static_cast<Owner*>(owner);
  }

  // StartJob and Close wake the thread from its rest. A message or room, and the signal of Cancel and Close, end its
  // system call. True when the object is closed, and the thread the last one that knows it.
  bool DoJobs() {
    WaitLock lock;
    sleeper_.BindToThisThread();
    for (;;) {
      if (busy_) static_cast<Owner*>(this)->DoJob(&lock);
      if (closed_) break;
      if (!busy_ && !sleeper_.Rest(&lock, kIdleMs) && !busy_ && !closed_) break;
    }
    running_ = false;
    return closed_;
  }

  bool busy_ = false;
  bool cancelled_ = false;
  bool closed_ = false;
  bool running_ = false;
  Sleeper sleeper_;
};

// For a function that cancels the job of an owner. Its listener still hears how it ended.
template <typename Owner>
void CancelJobOf(Owner* owner) {
  const WaitLock lock;
  owner->Cancel();
}

// For a function that closes an owner: cancels its job, and frees it as soon as no thread uses it.
template <typename Owner>
void CloseOwner(Owner* owner) {
  bool unused = false;
  {
    const WaitLock lock;
    unused = owner->Close();
  }
  if (unused) delete owner;
}

}  // namespace sysvmq
