// Arguments of the calls that do not outlive themselves: whatever they are, a call gives a result that a manual page
// names, writes nothing beyond the capacity it was given, and comes back when its time is up.
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "core/bounded_wait.h"
#include "core/system_calls.h"
#include "must.h"

namespace sysvmq {

namespace {

constexpr size_t kMaxBytes = 9000;  // Above MSGMAX of a new namespace.
constexpr char kUntouched = '\x5A';

// Memory of exactly the size that a call receives, so that AddressSanitizer sees every read beyond it, and a border
// that shows every write of the kernel beyond it.
class ExactBuffer {
 public:
  explicit ExactBuffer(size_t capacity, size_t border = 0)
      : size_(capacity + border), memory_(new char[sizeof(MessageBuffer) + size_]) {
    memset(memory_.get(), kUntouched, sizeof(MessageBuffer) + size_);
  }
  MessageBuffer* Get() { return reinterpret_cast<MessageBuffer*>(memory_.get()); }
  void MustBeUntouchedFrom(size_t length) {
    for (size_t at = length; at < size_; at++) MUST(Get()->Text()[at] == kUntouched);
  }

 private:
  size_t size_;
  std::unique_ptr<char[]> memory_;
};

class Fuzzed {
 public:
  Fuzzed(const uint8_t* data, size_t size) : data_(data, size) {
    own_ = GetQueue(IPC_PRIVATE, 0600);
    MUST(own_ >= 0);
    SetStatus(own_, 0, 0, 0600, data_.ConsumeIntegralInRange<uint64_t>(0, 16384));
  }
  ~Fuzzed() { RemoveQueue(own_); }

  void Run() {
    for (int calls = 0; calls < 30 && data_.remaining_bytes() > 0; calls++) RunOne();
  }

 private:
  void RunOne() {
    switch (data_.ConsumeIntegralInRange(0, 6)) {
      case 0:
      case 1:
        return DoSend();
      case 2:
      case 3:
        return DoReceive();
      case 4:
        return DoStatus();
      case 5:
        return DoSetStatus();
      default:
        return DoGet();
    }
  }

  // Mostly the queue that is there, and ids of every other kind: but not another's queue, which there is none of.
  int Id() { return data_.ConsumeIntegralInRange(0, 7) != 0 ? own_ : data_.ConsumeIntegral<int>(); }

  int64_t Type() {
    return data_.ConsumeBool() ? data_.ConsumeIntegralInRange<int64_t>(-3, 3) : data_.ConsumeIntegral<int64_t>();
  }

  size_t Length() {
    return data_.ConsumeBool() ? data_.ConsumeIntegralInRange<size_t>(0, 40)
                               : data_.ConsumeIntegralInRange<size_t>(0, kMaxBytes);
  }

  void DoSend() {
    const size_t length = Length();
    ExactBuffer message(length);
    message.Get()->type = Type();
    const int64_t type = message.Get()->type;
    const int id = Id();
    int flags = data_.ConsumeBool() ? IPC_NOWAIT : data_.ConsumeIntegral<int>();
    const bool bounded = data_.ConsumeBool();
    if (!bounded) flags |= IPC_NOWAIT;
    const Result result =
        bounded ? Bounded([&](int64_t wait) { return SendWithin(wait, id, message.Get(), length, flags); })
                : Send(id, message.Get(), length, flags);
    MUST(result == 0 || result == -EAGAIN || result == -EINVAL || result == -EIDRM || result == -ETIMEDOUT ||
         (bounded && result == -EINTR));
    if (type < 1) MUST(result != 0);
    message.MustBeUntouchedFrom(0);
  }

  void DoReceive() {
    const size_t capacity = Length();
    ExactBuffer message(capacity, 8);
    const int64_t type = Type();
    const int id = Id();
    int flags = data_.ConsumeBool() ? IPC_NOWAIT : data_.ConsumeIntegral<int>();
    const bool bounded = data_.ConsumeBool();
    if (!bounded) flags |= IPC_NOWAIT;
    const Result result =
        bounded ? Bounded([&](int64_t wait) { return ReceiveWithin(wait, id, message.Get(), capacity, type, flags); })
                : Receive(id, message.Get(), capacity, type, flags);
    MUST(result <= static_cast<Result>(capacity));
    MUST(result >= 0 || result == -ENOMSG || result == -E2BIG || result == -EINVAL || result == -EIDRM ||
         result == -ETIMEDOUT || (bounded && result == -EINTR));
    if (result >= 0) MUST(message.Get()->type >= 1);
    message.MustBeUntouchedFrom(result < 0 ? 0 : static_cast<size_t>(result));
  }

  // EINTR is libFuzzer's own: it watches the time by SIGALRM.
  // A short wait, which may run out, or one of any length that the binding can say, whose queue another thread removes.
  template <typename Call>
  Result Bounded(Call call) {
    if (data_.ConsumeIntegralInRange(0, 15) != 0) return call(data_.ConsumeIntegralInRange<int64_t>(0, 2));
    const int64_t wait = data_.ConsumeIntegral<int32_t>();
    std::thread remover([this] { RemoveQueue(own_); });
    const Result result = call(wait);
    remover.join();
    own_ = GetQueue(IPC_PRIVATE, 0600);
    return result;
  }

  void DoStatus() {
    const int commands[] = {IPC_STAT, MSG_STAT, MSG_STAT_ANY};
    msqid_ds status = {};
    const Result result = ReadStatus(Id(), data_.PickValueInArray(commands), &status);
    MUST(result >= 0 || result == -EINVAL || result == -EIDRM);
    msginfo info = {};
    MUST(ReadInfo(data_.ConsumeBool() ? IPC_INFO : MSG_INFO, &info) >= 0);
  }

  // Not another mode or owner, with which the rest of the input would only be refused; root is not.
  void DoSetStatus() {
    const auto mode = static_cast<mode_t>(data_.ConsumeIntegral<uint32_t>());
    const auto max_bytes =
        data_.ConsumeBool() ? data_.ConsumeIntegralInRange<uint64_t>(0, 16384) : data_.ConsumeIntegral<uint64_t>();
    const Result result = SetStatus(Id(), data_.ConsumeIntegralInRange(0, 2), 0, mode, max_bytes);
    MUST(result == 0 || result == -EINVAL || result == -EPERM || result == -EIDRM);
  }

  void DoGet() {
    const auto key = data_.ConsumeIntegral<key_t>();
    const int flags = data_.ConsumeIntegral<int>();
    const Result id = GetQueue(key, flags);
    MUST(id >= 0 || id == -ENOENT || id == -EEXIST || id == -EACCES);
    if (id >= 0 && id != own_) MUST(RemoveQueue(id) == 0);
  }

  FuzzedDataProvider data_;
  int own_;
};

}  // namespace

}  // namespace sysvmq

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sysvmq::Fuzzed(data, size).Run();
  return 0;
}
