#include "sender.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "bounded_wait.h"
#include "job_thread.h"

namespace sysvmq {

namespace {

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
class Sender : public JobThread<Sender> {
 public:
  static constexpr const char* kThreadName = "sysvmq-send";

  Sender(int id, SentListener listener, void* context, int32_t token)
      : id_(id), listener_(listener), context_(context), token_(token) {}

  // False when no thread could be started; `message` then holds the message again.
  bool Start(WaitLock* lock, OwnedMessage* message, size_t length);
  void DoJob(WaitLock* lock);

 private:
  Result SendSlice(bool may_wait) const;

  const int id_;
  SentListener listener_;
  void* context_;
  const int32_t token_;
  OwnedMessage message_;
  size_t length_ = 0;
};

bool Sender::Start(WaitLock* lock, OwnedMessage* message, size_t length) {
  message_ = std::move(*message);
  length_ = length;
  if (StartJob(lock)) return true;
  *message = std::move(message_);
  return false;
}

void Sender::DoJob(WaitLock* lock) {
  const Result result = CallUntilDone(lock, [this](bool may_wait) { return SendSlice(may_wait); });
  // Frees the message without the lock, and before another one may arrive.
  lock->Release();
  message_.reset();
  lock->Reacquire();
  EndJob();
  if (!IsClosed()) listener_(context_, token_, result);
}

// Room in the queue and the queue's removal end the msgsnd, which otherwise returns every half second.
Result Sender::SendSlice(bool may_wait) const {
  const Result result = SendWithin(may_wait ? kLookSliceMs : 0, id_, message_.get(), length_, 0);
  if (result != -ETIMEDOUT) return result;
  return CouldFit(id_, length_) ? -EINTR : -EMSGSIZE;
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
