#include "airlock_waiter.h"

#include <cerrno>

#include "job_thread.h"

namespace sysvmq {

// WaitLock protects everything. During a system call without the lock, the waiter's thread owns the slot.
class AirlockWaiter : public JobThread<AirlockWaiter> {
 public:
  static constexpr const char* kThreadName = "sysvmq-lock";

  AirlockWaiter(Airlock* airlock, AirlockListener listener, void* context, int32_t token)
      : airlock_(airlock), listener_(listener), context_(context), token_(token) {
    airlock->Retain();
  }
  ~AirlockWaiter() {
    if (airlock_ != nullptr) airlock_->Release();
  }
  AirlockWaiter(const AirlockWaiter&) = delete;
  AirlockWaiter& operator=(const AirlockWaiter&) = delete;

  bool Start(WaitLock* lock, int32_t slot, int id, int64_t type, int flags);
  void DoJob(WaitLock* lock);
  // The airlock, which the caller must release, when the thread does not need it; otherwise nullptr.
  Airlock* GiveUpIdleAirlock();

 private:
  Airlock* airlock_;
  AirlockListener listener_;
  void* context_;
  const int32_t token_;
  int32_t slot_ = -1;
  int id_ = -1;
  int64_t type_ = 0;
  int flags_ = 0;
};

bool AirlockWaiter::Start(WaitLock* lock, int32_t slot, int id, int64_t type, int flags) {
  if (IsBusy()) return false;
  slot_ = slot;
  id_ = id;
  type_ = type;
  flags_ = flags;
  return StartJob(lock);
}

// A message, the queue's removal, and a change of its permissions end the msgrcv.
void AirlockWaiter::DoJob(WaitLock* lock) {
  const Result result = CallUntilDone(lock, [this](bool may_wait) {
    const int flags = may_wait ? flags_ & ~IPC_NOWAIT : flags_ | IPC_NOWAIT;
    const Result once = Receive(id_, airlock_->WaitBuffer(slot_), 0, type_, flags);
    return !may_wait && once == -ENOMSG ? -EINTR : once;
  });
  EndJob();
  const int64_t type = result == 0 ? airlock_->WaitBuffer(slot_)->type : 0;
  airlock_->SettleWait(slot_, result);
  if (!IsClosed()) listener_(context_, token_, id_, result, type);
}

Airlock* AirlockWaiter::GiveUpIdleAirlock() {
  if (IsBusy()) return nullptr;
  Airlock* const idle = airlock_;
  airlock_ = nullptr;
  return idle;
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
    idle = waiter->GiveUpIdleAirlock();
    last = waiter->Close();
  }
  if (idle != nullptr) idle->Release();
  if (last) delete waiter;
}

}  // namespace sysvmq
