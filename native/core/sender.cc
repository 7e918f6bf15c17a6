#include "sender.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "bounded_wait.h"
#include "sleeper.h"
#include "small_thread.h"
#include "wait_lock.h"

namespace sysvmq {

namespace {

constexpr int64_t kIdleMs = 2000;
// How often a waiting thread checks that the queue can still hold its message. Otherwise the kernel would wait
// indefinitely.
constexpr int64_t kLookSliceMs = 500;

// A copy of the message. It may be large, so it is neither copied nor freed under WaitLock.
using OwnedMessage = OwnedBy<MessageBuffer, free>;

// nullptr when there is no memory.
OwnedMessage Copy(const MessageBuffer* message, size_t length) {
  OwnedMessage copy(static_cast<MessageBuffer*>(malloc(sizeof(MessageBuffer) + length)));
  if (copy != nullptr) memcpy(copy.get(), message, sizeof(MessageBuffer) + length);
  return copy;
}

// False only when the queue's status shows it. When the status is not readable, msgsnd decides.
bool CouldFit(int id, size_t length) {
  msqid_ds status = {};
  if (ReadStatus(id, IPC_STAT, &status) < 0 && ReadStatus(id, MSG_STAT_ANY, &status) != id) return true;
  return length <= status.msg_qbytes;
}

}  // namespace

// WaitLock protects everything. During a system call without the lock, the sender's thread owns the message.
class Sender {
 public:
  Sender(int id, SentListener listener, void* context, int32_t token)
      : id_(id), listener_(listener), context_(context), token_(token) {}

  // False when no thread could be started; `message` then holds the message again.
  bool Start(WaitLock* lock, OwnedMessage* message, size_t length);
  void Cancel();
  // True when the caller must free the sender, after it has released the lock, because no thread will.
  bool Close();

 private:
  static void RunThread(void* sender) { static_cast<Sender*>(sender)->RunOnSenderThread(); }
  void RunOnSenderThread();
  void SendAndTell(WaitLock* lock);
  Result SendUnlessCancelled(WaitLock* lock);

  const int id_;
  SentListener listener_;
  void* context_;
  const int32_t token_;
  OwnedMessage message_;
  size_t length_ = 0;
  bool busy_ = false;
  bool cancelled_ = false;
  bool closed_ = false;
  bool running_ = false;
  Sleeper sleeper_;
};

// A thread starts without the lock, because that takes some 50 us. Cancel and Close cannot run meanwhile: the sender
// belongs to the JavaScript thread that is here.
bool Sender::Start(WaitLock* lock, OwnedMessage* message, size_t length) {
  message_ = std::move(*message);
  length_ = length;
  busy_ = true;
  cancelled_ = false;
  sleeper_.Wake();
  if (running_) return true;
  running_ = true;
  lock->Release();
  const bool started = StartSmallThread("sysvmq-send", RunThread, this);
  lock->Reacquire();
  if (started) return true;
  running_ = false;
  busy_ = false;
  *message = std::move(message_);
  return false;
}

void Sender::Cancel() {
  if (!busy_) return;
  cancelled_ = true;
  sleeper_.Wake();
}

bool Sender::Close() {
  closed_ = true;
  Cancel();
  sleeper_.Wake();
  return !running_;
}

// Start and Close wake the thread from its rest. Room in the queue, the queue's removal, and the signal of Cancel and
// Close end its msgsnd, which otherwise returns every half second.
void Sender::RunOnSenderThread() {
  {
    WaitLock lock;
    sleeper_.BindToThisThread();
    for (;;) {
      if (busy_) SendAndTell(&lock);
      if (closed_) break;
      if (!busy_ && !sleeper_.Rest(&lock, kIdleMs) && !busy_ && !closed_) break;
    }
    running_ = false;
    if (!closed_) return;
  }
  delete this;
}

void Sender::SendAndTell(WaitLock* lock) {
  const Result result = SendUnlessCancelled(lock);
  // Frees the message without the lock, and before another one may arrive.
  lock->Release();
  message_.reset();
  lock->Reacquire();
  busy_ = false;
  if (!closed_) listener_(context_, token_, result);
}

Result Sender::SendUnlessCancelled(WaitLock* lock) {
  for (;;) {
    if (cancelled_) return -ECANCELED;
    const bool may_wait = sleeper_.EnterKernel();
    lock->Release();
    Result result = SendWithin(may_wait ? kLookSliceMs : 0, id_, message_.get(), length_, 0);
    if (result == -ETIMEDOUT && !CouldFit(id_, length_)) result = -EMSGSIZE;
    lock->Reacquire();
    sleeper_.LeaveKernel();
    if (result != -EINTR && result != -ETIMEDOUT) return result;
    if (!may_wait && !cancelled_) sleeper_.Rest(lock, Sleeper::kLookMs);
  }
}

OwnedSender OpenSender(int id, SentListener listener, void* context, int32_t token) {
  return OwnedSender(new Sender(id, listener, context, token));
}

bool StartSend(Sender* sender, const MessageBuffer* message, size_t length) {
  OwnedMessage copy = Copy(message, length);
  if (copy == nullptr) return false;
  WaitLock lock;
  return sender->Start(&lock, &copy, length);
}

void CancelSend(Sender* sender) {
  const WaitLock lock;
  sender->Cancel();
}

void CloseSender(Sender* sender) {
  bool unused = false;
  {
    const WaitLock lock;
    unused = sender->Close();
  }
  if (unused) delete sender;
}

}  // namespace sysvmq
