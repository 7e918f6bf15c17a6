#include "noting_sender.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "clock.h"
#include "job_thread.h"
#include "mapped_file.h"
#include "room_wait.h"

namespace sysvmq {

namespace {

constexpr int64_t kNanosecondsPerMs = 1'000'000;
constexpr size_t kWord = sizeof(uint64_t);
constexpr size_t kStoreBytes = 2 * kWord;
// Length and type.
constexpr size_t kHeadBytes = 2 * kWord;

// It may be large, so it is neither copied nor freed under WaitLock.
using OwnedBytes = OwnedBy<char, free>;

uint64_t WordAt(const char* at) {
  uint64_t word = 0;
  memcpy(&word, at, kWord);
  return word;
}

// A message of a batch, and where the next one begins.
struct NotedMessage {
  char* text;
  size_t length;
  int64_t type;
  const char* stores;
  size_t store_count;
  size_t end;
};

// Reads the message at `at`. False when the batch does not hold it, or a store is outside of the file.
bool ReadMessage(char* batch, size_t bytes, size_t at, size_t file_bytes, NotedMessage* message) {
  if (bytes - at < kHeadBytes) return false;
  const uint64_t length = WordAt(batch + at);
  at += kHeadBytes;
  if (length > bytes - at) return false;
  const size_t padded = (static_cast<size_t>(length) + kWord - 1) / kWord * kWord;
  if (bytes - at < padded || bytes - at - padded < kWord) return false;
  const size_t stores_at = at + padded + kWord;
  const uint64_t store_count = WordAt(batch + at + padded);
  if (store_count > (bytes - stores_at) / kStoreBytes) return false;
  *message = {batch + at,        static_cast<size_t>(length),      static_cast<int64_t>(WordAt(batch + at - kWord)),
              batch + stores_at, static_cast<size_t>(store_count), stores_at + store_count * kStoreBytes};
  for (size_t store = 0; store < message->store_count; store++) {
    const uint64_t offset = WordAt(message->stores + store * kStoreBytes);
    if (offset % kWord != 0 || file_bytes < kWord || offset > file_bytes - kWord) return false;
  }
  return true;
}

// Stores are made one by one, in order: a kill in between leaves the first ones.
void Note(const NotedMessage& message, char* file) {
  for (size_t store = 0; store < message.store_count; store++) {
    const char* const at = message.stores + store * kStoreBytes;
    *reinterpret_cast<volatile uint64_t*>(file + WordAt(at)) = WordAt(at + kWord);
  }
}

}  // namespace

// WaitLock protects everything. While a job is under way, the thread owns the batch, with and without the lock.
class NotingSender : public JobThread<NotingSender> {
 public:
  static constexpr const char* kThreadName = "sysvmq-note";

  NotingSender(int id, void* file, size_t file_bytes, NotedListener listener, void* context, int32_t token,
               int64_t turn_ms)
      : id_(id),
        file_(static_cast<char*>(file)),
        file_bytes_(file_bytes),
        listener_(listener),
        context_(context),
        token_(token),
        turn_ms_(turn_ms) {}
  ~NotingSender() { UnmapFile(file_, file_bytes_); }
  NotingSender(const NotingSender&) = delete;
  NotingSender& operator=(const NotingSender&) = delete;

  Result Check(char* batch, size_t bytes, int32_t count) const;
  // False when no thread could be started; `batch` then holds the batch again.
  bool Start(WaitLock* lock, OwnedBytes* batch, size_t bytes, int32_t count);
  void DoJob(WaitLock* lock);

 private:
  Result SendAll(WaitLock* lock);
  Result SendOne(WaitLock* lock, const NotedMessage& message);

  const int id_;
  char* const file_;
  const size_t file_bytes_;
  NotedListener listener_;
  void* context_;
  const int32_t token_;
  const int64_t turn_ms_;
  OwnedBytes batch_;
  size_t bytes_ = 0;
  int32_t count_ = 0;
};

Result NotingSender::Check(char* batch, size_t bytes, int32_t count) const {
  if (count < 1) return -EINVAL;
  NotedMessage message = {};
  for (size_t at = 0; count > 0; count--, at = message.end) {
    if (!ReadMessage(batch, bytes, at, file_bytes_, &message)) return -EFAULT;
    if (!FitsLong(message.type)) return -EINVAL;
  }
  return 0;
}

bool NotingSender::Start(WaitLock* lock, OwnedBytes* batch, size_t bytes, int32_t count) {
  if (IsBusy()) return false;
  batch_ = std::move(*batch);
  bytes_ = bytes;
  count_ = count;
  if (StartJob(lock)) return true;
  *batch = std::move(batch_);
  return false;
}

void NotingSender::DoJob(WaitLock* lock) {
  const Result result = SendAll(lock);
  // Frees the batch without the lock, and before another one may arrive.
  lock->Release();
  batch_.reset();
  lock->Reacquire();
  EndJob();
  if (!IsClosed()) listener_(context_, token_, result);
}

Result NotingSender::SendAll(WaitLock* lock) {
  const int64_t until = MonotonicNow() + turn_ms_ * kNanosecondsPerMs;
  NotedMessage message = {};
  size_t at = 0;
  for (int32_t sent = 0; sent < count_; at = message.end) {
    ReadMessage(batch_.get(), bytes_, at, file_bytes_, &message);
    const Result result = SendOne(lock, message);
    if (result < 0) return sent > 0 ? sent : result;
    sent++;
    if (MonotonicNow() >= until) return sent;
  }
  return count_;
}

Result NotingSender::SendOne(WaitLock* lock, const NotedMessage& message) {
  // Where a long has 32 bits, the type as msgsnd uses it replaces half of the wide one.
  auto* buffer = reinterpret_cast<MessageBuffer*>(message.text - sizeof(MessageBuffer));
  buffer->type = static_cast<long>(message.type);
  return CallUntilDone(lock, [&](bool may_wait) {
    const Result result = SendOrAwaitRoom(may_wait, id_, buffer, message.length);
    if (result >= 0) Note(message, file_);
    return result;
  });
}

Result OpenNotingSender(int id, const char* path, size_t bytes, NotedListener listener, void* context, int32_t token,
                        OwnedNotingSender* sender, int64_t turn_ms) {
  void* file = nullptr;
  if (const Result result = MapFileStart(path, bytes, &file); result < 0) return result;
  sender->reset(new NotingSender(id, file, bytes, listener, context, token, turn_ms));
  return 0;
}

Result StartNotedBatch(NotingSender* sender, const char* batch, size_t bytes, int32_t count) {
  OwnedBytes copy(static_cast<char*>(malloc(bytes + 1)));
  if (copy == nullptr) return -EAGAIN;
  memcpy(copy.get(), batch, bytes);
  if (const Result result = sender->Check(copy.get(), bytes, count); result < 0) return result;
  WaitLock lock;
  return sender->Start(&lock, &copy, bytes, count) ? 0 : -EAGAIN;
}

void CancelNotedBatch(NotingSender* sender) { CancelJobOf(sender); }

void CloseNotingSender(NotingSender* sender) { CloseOwner(sender); }

}  // namespace sysvmq
