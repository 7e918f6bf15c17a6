#include "sender.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "job_thread.h"
#include "room_wait.h"

namespace sysvmq {

namespace {

// A copy of the message. It may be large, so it is neither copied nor freed under WaitLock.
using OwnedMessage = OwnedBy<MessageBuffer, free>;

// nullptr when there is no memory.
OwnedMessage Copy(const MessageBuffer* message, size_t length) {
  OwnedMessage copy(static_cast<MessageBuffer*>(malloc(sizeof(MessageBuffer) + length)));
  if (copy != nullptr) memcpy(copy.get(), message, sizeof(MessageBuffer) + length);
  return copy;
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
  const Result result =
      CallUntilDone(lock, [this](bool may_wait) { return SendOrAwaitRoom(may_wait, id_, message_.get(), length_); });
  // Frees the message without the lock, and before another one may arrive.
  lock->Release();
  message_.reset();
  lock->Reacquire();
  EndJob();
  if (!IsClosed()) listener_(context_, token_, result);
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

void CancelSend(Sender* sender) { CancelJobOf(sender); }

void CloseSender(Sender* sender) { CloseOwner(sender); }

}  // namespace sysvmq
