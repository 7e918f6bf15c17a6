#include "sender.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "bounded_wait.h"
#include "small_thread.h"
#include "wait_lock.h"

namespace sysvmq {

namespace {

constexpr int kIdleSeconds = 2;
// How often a waiting thread looks whether the queue could still take its message: the kernel would wait for ever.
constexpr int64_t kLookSliceMs = 500;

// False only when the queue says so: where its state may not be read, msgsnd is left to decide.
bool CouldFit(int id, size_t length) {
  msqid_ds status = {};
  if (ReadStatus(id, IPC_STAT, &status) < 0 && ReadStatus(id, MSG_STAT_ANY, &status) != id) return true;
  return length <= status.msg_qbytes;
}

}  // namespace

// Everything is under WaitLock, save the system calls of its thread, during which the message is the thread's.
class Sender {
 public:
  Sender(int id, SentListener listener, void* context, int32_t token)
      : id_(id), listener_(listener), context_(context), token_(token) {}
  ~Sender() { free(message_); }

  bool Start(const MessageBuffer* message, size_t length);
  void Cancel();
  void Close();

 private:
  static void RunThread(void* sender) { static_cast<Sender*>(sender)->RunOnSenderThread(); }
  void RunOnSenderThread();
  Result SendUnlessCancelled(WaitLock* lock);

  const int id_;
  SentListener listener_;
  void* context_;
  const int32_t token_;
  MessageBuffer* message_ = nullptr;
  size_t length_ = 0;
  bool busy_ = false;
  bool cancelled_ = false;
  bool closed_ = false;
  bool running_ = false;
  Sleeper sleeper_;
};

bool Sender::Start(const MessageBuffer* message, size_t length) {
  auto* copy = static_cast<MessageBuffer*>(malloc(sizeof(MessageBuffer) + length));
  if (copy == nullptr) return false;
  memcpy(copy, message, sizeof(MessageBuffer) + length);
  if (!running_ && !StartSmallThread("sysvmq-send", RunThread, this)) {
    free(copy);
    return false;
  }
  message_ = copy;
  length_ = length;
  running_ = true;
  busy_ = true;
  cancelled_ = false;
  sleeper_.Wake();
  return true;
}

void Sender::Cancel() {
  if (!busy_) return;
  cancelled_ = true;
  sleeper_.Wake();
}

void Sender::Close() {
  closed_ = true;
  Cancel();
  sleeper_.Wake();
  if (!running_) delete this;
}

// How it is woken: from its rest by Start and Close; from msgsnd by room in the queue, by the queue's removal, by the
// signal of Cancel and Close, and every half second.
void Sender::RunOnSenderThread() {
  {
    WaitLock lock;
    sleeper_.BindToThisThread();
    for (;;) {
      if (busy_) {
        const Result result = SendUnlessCancelled(&lock);
        busy_ = false;
        free(message_);
        message_ = nullptr;
        if (!closed_) listener_(context_, token_, result);
      }
      if (closed_) break;
      if (!busy_ && !sleeper_.Rest(&lock, kIdleSeconds) && !busy_ && !closed_) break;
    }
    running_ = false;
    if (!closed_) return;
  }
  delete this;
}

Result Sender::SendUnlessCancelled(WaitLock* lock) {
  for (;;) {
    if (cancelled_) return -ECANCELED;
    sleeper_.EnterKernel();
    lock->Release();
    Result result = SendWithin(kLookSliceMs, id_, message_, length_, 0);
    if (result == -ETIMEDOUT && !CouldFit(id_, length_)) result = -EMSGSIZE;
    lock->Reacquire();
    sleeper_.LeaveKernel();
    if (result != -EINTR && result != -ETIMEDOUT) return result;
  }
}

Sender* OpenSender(int id, SentListener listener, void* context, int32_t token) {
  return new Sender(id, listener, context, token);
}

bool StartSend(Sender* sender, const MessageBuffer* message, size_t length) {
  const WaitLock lock;
  return sender->Start(message, length);
}

void CancelSend(Sender* sender) {
  const WaitLock lock;
  sender->Cancel();
}

void CloseSender(Sender* sender) {
  const WaitLock lock;
  sender->Close();
}

}  // namespace sysvmq
