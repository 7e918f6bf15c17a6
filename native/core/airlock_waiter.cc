#include "airlock_waiter.h"

#include <cerrno>

#include "sleeper.h"
#include "small_thread.h"
#include "wait_lock.h"

namespace sysvmq {

namespace {

constexpr int64_t kIdleMs = 2000;

}  // namespace

// WaitLock protects everything. During a system call without the lock, the waiter's thread owns the slot.
class AirlockWaiter {
 public:
  AirlockWaiter(Airlock* airlock, AirlockListener listener, void* context, int32_t token)
      : airlock_(airlock), listener_(listener), context_(context), token_(token) {
    airlock->Retain();
  }
  ~AirlockWaiter() {
    if (airlock_ != nullptr) airlock_->Release();
  }

  bool Start(WaitLock* lock, int32_t slot, int id, int64_t type, int flags);
  void Cancel();
  // Whether the caller must free the waiter, because no thread will. `idle` receives the airlock if the waiter's thread
  // does not need it.
  bool Close(Airlock** idle);

 private:
  static void RunThread(void* waiter) { static_cast<AirlockWaiter*>(waiter)->RunOnWaiterThread(); }
  void RunOnWaiterThread();
  Result WaitUnlessCancelled(WaitLock* lock);

  Airlock* airlock_;
  AirlockListener listener_;
  void* context_;
  const int32_t token_;
  int32_t slot_ = -1;
  int id_ = -1;
  int64_t type_ = 0;
  int flags_ = 0;
  bool busy_ = false;
  bool cancelled_ = false;
  bool closed_ = false;
  bool running_ = false;
  Sleeper sleeper_;
};

// A thread starts without the lock, because that takes some 50 us. Cancel and Close cannot run meanwhile: the waiter
// belongs to the JavaScript thread that is here.
bool AirlockWaiter::Start(WaitLock* lock, int32_t slot, int id, int64_t type, int flags) {
  if (busy_) return false;
  slot_ = slot;
  id_ = id;
  type_ = type;
  flags_ = flags;
  busy_ = true;
  cancelled_ = false;
  sleeper_.Wake();
  if (running_) return true;
  running_ = true;
  lock->Release();
  const bool started = StartSmallThread("sysvmq-lock", RunThread, this);
  lock->Reacquire();
  if (!started) running_ = busy_ = false;
  return started;
}

void AirlockWaiter::Cancel() {
  if (!busy_) return;
  cancelled_ = true;
  sleeper_.Wake();
}

bool AirlockWaiter::Close(Airlock** idle) {
  closed_ = true;
  if (!busy_) {
    *idle = airlock_;
    airlock_ = nullptr;
  }
  Cancel();
  sleeper_.Wake();
  return !running_;
}

// Start and Close wake the thread from its rest. A message, the queue's removal, a change of its permissions, and the
// signal of Cancel and Close end its msgrcv.
void AirlockWaiter::RunOnWaiterThread() {
  {
    WaitLock lock;
    sleeper_.BindToThisThread();
    for (;;) {
      if (busy_) {
        const Result result = WaitUnlessCancelled(&lock);
        busy_ = false;
        const int64_t type = result == 0 ? airlock_->WaitBuffer(slot_)->type : 0;
        airlock_->SettleWait(slot_, result);
        if (!closed_) listener_(context_, token_, id_, result, type);
      }
      if (closed_) break;
      if (!busy_ && !sleeper_.Rest(&lock, kIdleMs) && !busy_ && !closed_) break;
    }
    running_ = false;
    if (!closed_) return;
  }
  delete this;
}

Result AirlockWaiter::WaitUnlessCancelled(WaitLock* lock) {
  for (;;) {
    if (cancelled_) return -ECANCELED;
    const bool may_wait = sleeper_.EnterKernel();
    const int flags = may_wait ? flags_ & ~IPC_NOWAIT : flags_ | IPC_NOWAIT;
    lock->Release();
    const Result result = Receive(id_, airlock_->WaitBuffer(slot_), 0, type_, flags);
    lock->Reacquire();
    sleeper_.LeaveKernel();
    const bool looks_again = !may_wait && result == -ENOMSG;
    if (looks_again && !cancelled_) sleeper_.Rest(lock, Sleeper::kLookMs);
    if (!looks_again && result != -EINTR) return result;
  }
}

OwnedAirlockWaiter OpenAirlockWaiter(Airlock* airlock, AirlockListener listener, void* context, int32_t token) {
  return OwnedAirlockWaiter(new AirlockWaiter(airlock, listener, context, token));
}

bool StartAirlockWait(AirlockWaiter* waiter, int32_t slot, int id, int64_t type, int flags) {
  WaitLock lock;
  return waiter->Start(&lock, slot, id, type, flags);
}

void CancelAirlockWait(AirlockWaiter* waiter) {
  const WaitLock lock;
  waiter->Cancel();
}

// Frees without the lock, because closing the airlock's file is a system call.
void CloseAirlockWaiter(AirlockWaiter* waiter) {
  bool last = false;
  Airlock* idle = nullptr;
  {
    const WaitLock lock;
    last = waiter->Close(&idle);
  }
  if (idle != nullptr) idle->Release();
  if (last) delete waiter;
}

}  // namespace sysvmq
