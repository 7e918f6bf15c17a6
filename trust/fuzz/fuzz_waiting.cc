// Sequences of calls on waiters and senders, while another thread sends and receives: whatever the order, each listener
// runs as often as promised, no message is lost or doubled, and no thread is left.
#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "core/sender.h"
#include "core/system_calls.h"
#include "core/waiter.h"
#include "must.h"

namespace sysvmq {

namespace {

constexpr int kSubscriptions = 4;
constexpr int kSenders = 3;
constexpr int64_t kTypes = 3;
constexpr auto kMaxWait = std::chrono::seconds(20);

// Every message that is not empty says its number, so that each is known again. Empty ones are counted.
struct Numbered {
  int64_t type;
  uint32_t number;
  char rest[60];
};

// What came of every message. Listeners are called on the waiters' and senders' threads.
class Ledger {
 public:
  uint32_t NextNumber() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return ++last_;
  }
  void Sent(uint32_t number) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (number == 0)
      empty_sent_++;
    else
      sent_[number]++;
  }
  // Of a canceled send: it may be in the queue, and need not.
  void MaybeSent(uint32_t number) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (number == 0)
      empty_maybe_++;
    else
      maybe_[number] = true;
  }
  void Received(uint32_t number) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (number == 0)
      empty_received_++;
    else
      received_[number]++;
  }
  void MustBalance() {
    const std::lock_guard<std::mutex> guard(mutex_);
    MUST(empty_received_ >= empty_sent_ && empty_received_ <= empty_sent_ + empty_maybe_);
    for (const auto& [number, times] : received_)
      MUST(times == 1 && (sent_.count(number) == 1 || maybe_.count(number) == 1));
    for (const auto& [number, times] : sent_) MUST(times == 1 && received_.count(number) == 1);
  }

 private:
  std::mutex mutex_;
  uint32_t last_ = 0;
  std::map<uint32_t, int> sent_;
  std::map<uint32_t, bool> maybe_;
  std::map<uint32_t, int> received_;
  int empty_sent_ = 0;
  int empty_maybe_ = 0;
  int empty_received_ = 0;
};

template <typename Condition>
void Await(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + kMaxWait;
  while (!condition()) {
    MUST(std::chrono::steady_clock::now() < until);
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

class Fuzzed {
 public:
  Fuzzed(const uint8_t* data, size_t size) : data_(data, size) {
    id_ = GetQueue(IPC_PRIVATE, 0600);
    MUST(id_ >= 0);
    SetStatus(id_, 0, 0, 0600, data_.ConsumeIntegralInRange<uint64_t>(1, 200));
  }

  void Run() {
    const std::vector<uint8_t> others = data_.ConsumeBytes<uint8_t>(data_.ConsumeIntegralInRange<size_t>(0, 24));
    std::thread other([this, &others] {
      for (const uint8_t step : others) OtherThreadDoes(step);
    });
    for (int calls = 0; calls < 60 && data_.remaining_bytes() > 0; calls++) RunOne();
    other.join();
    End();
  }

 private:
  struct Interest {
    OwnedSubscription subscription;
    // Under mutex_: how often it was armed anew, disarmed in time, and told.
    int armed = 0;
    int disarmed = 0;
    int told = 0;
    bool expects = false;  // Armed, and not disarmed since.
  };
  struct Sending {
    OwnedSender sender;
    bool busy = false;
    uint32_t number = 0;
  };

  void RunOne() {
    const int which = data_.ConsumeIntegralInRange(0, 13);
    Interest* interest = &interests_[data_.ConsumeIntegralInRange(0, kSubscriptions - 1)];
    switch (which) {
      case 0:
      case 1:
        return DoSubscribe(interest);
      case 2:
      case 3:
      case 4:
        return DoArm(interest);
      case 5:
        return DoDisarm(interest);
      case 6:
        return DoUnsubscribe(interest);
      case 7:
      case 8:
        return DoStartSend(&sends_[data_.ConsumeIntegralInRange(0, kSenders - 1)]);
      case 9:
        return DoCancel(&sends_[data_.ConsumeIntegralInRange(0, kSenders - 1)]);
      case 10:
        return DoCloseSender(&sends_[data_.ConsumeIntegralInRange(0, kSenders - 1)]);
      case 11:
        return TrySend(data_.ConsumeIntegral<uint8_t>());
      case 12:
        TryReceive(data_.ConsumeIntegralInRange<int64_t>(-kTypes, kTypes));
        return;
      default:
        return DoChange();
    }
  }

  void OtherThreadDoes(uint8_t step) {
    if (step % 2 == 0) return TrySend(step);
    TryReceive(static_cast<int64_t>(step) / 2 % (2 * kTypes + 1) - kTypes);
  }

  static void OnReadiness(void* fuzzed, int32_t token, int, Result result, int64_t) {
    static_cast<Fuzzed*>(fuzzed)->Told(token, result);
  }
  static void OnSent(void* fuzzed, int32_t token, Result result) {
    static_cast<Fuzzed*>(fuzzed)->SendEnded(token, result);
  }

  void Told(int32_t token, Result result) {
    const std::lock_guard<std::mutex> guard(mutex_);
    MUST(result == 0 || result == -E2BIG || result == -EIDRM || result == -EINVAL);
    if (result < 0 && result != -E2BIG) MUST(removed_);
    if (result == 0) ledger_.Received(0);
    interests_[token].told++;
    interests_[token].expects = false;
  }

  void SendEnded(int32_t token, Result result) {
    const std::lock_guard<std::mutex> guard(mutex_);
    MUST(result == 0 || result == -ECANCELED || result == -EMSGSIZE || result == -EIDRM || result == -EINVAL);
    Sending& sending = sends_[token];
    MUST(sending.busy);
    if (result == 0) ledger_.Sent(sending.number);
    sending.busy = false;
  }

  void DoSubscribe(Interest* interest) {
    if (interest->subscription != nullptr) return;
    const int64_t type = data_.ConsumeIntegralInRange<int64_t>(-kTypes, kTypes);
    const int flags = type > 0 && data_.ConsumeBool() ? MSG_EXCEPT : 0;
    const auto token = static_cast<int32_t>(interest - interests_);
    interest->subscription = Subscribe(id_, type, flags, OnReadiness, this, token);
  }

  void DoArm(Interest* interest) {
    if (interest->subscription == nullptr) return;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      // Already armed, or told at this very moment, which then counts for another arming: as a caller has it.
      if (interest->expects) return;
      interest->expects = true;
      interest->armed++;
    }
    MUST(Arm(interest->subscription.get()));
  }

  void DoDisarm(Interest* interest) {
    if (interest->subscription == nullptr) return;
    const bool in_time = Disarm(interest->subscription.get());
    const std::lock_guard<std::mutex> guard(mutex_);
    if (in_time) {
      MUST(interest->expects);
      interest->disarmed++;
      interest->expects = false;
    }
    MUST(!interest->expects && interest->told + interest->disarmed == interest->armed);
  }

  void DoUnsubscribe(Interest* interest) {
    if (interest->subscription == nullptr) return;
    DoDisarm(interest);
    interest->subscription.reset();
  }

  // Copied to memory of its exact size, which is gone afterwards: the sender is to keep a copy of its own.
  void DoStartSend(Sending* sending) {
    const auto token = static_cast<int32_t>(sending - sends_);
    if (sending->sender == nullptr) sending->sender = OpenSender(id_, OnSent, this, token);
    Numbered message = {};
    const size_t length = Fill(&message, data_.ConsumeIntegral<uint8_t>());
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (sending->busy) return;
      sending->busy = true;
      sending->number = message.number;
    }
    std::vector<char> exact(sizeof(MessageBuffer) + length);
    memcpy(exact.data(), &message, exact.size());
    MUST(StartSend(sending->sender.get(), reinterpret_cast<MessageBuffer*>(exact.data()), length));
  }

  void DoCancel(Sending* sending) {
    if (sending->sender != nullptr) CancelSend(sending->sender.get());
  }

  void DoCloseSender(Sending* sending) {
    if (sending->sender == nullptr) return;
    sending->sender.reset();
    const std::lock_guard<std::mutex> guard(mutex_);
    if (sending->busy) ledger_.MaybeSent(sending->number);
    sending->busy = false;
  }

  // A message of a length and a type that `step` says; the length is returned.
  size_t Fill(Numbered* message, uint8_t step) {
    message->type = 1 + step % kTypes;
    if (step < 100) return 0;
    message->number = ledger_.NextNumber();
    return sizeof(message->number) + step % sizeof(message->rest);
  }

  void TrySend(uint8_t step) {
    Numbered message = {};
    const size_t length = Fill(&message, step);
    const Result result = Send(id_, reinterpret_cast<MessageBuffer*>(&message), length, IPC_NOWAIT);
    MUST(result == 0 || result == -EAGAIN || (removed_ && (result == -EINVAL || result == -EIDRM)));
    if (result == 0) ledger_.Sent(message.number);
  }

  bool TryReceive(int64_t type) {
    Numbered message = {};
    const size_t capacity = sizeof(message) - sizeof(message.type);
    const Result result = Receive(id_, reinterpret_cast<MessageBuffer*>(&message), capacity, type, IPC_NOWAIT);
    MUST(result >= 0 || result == -ENOMSG || (removed_ && (result == -EINVAL || result == -EIDRM)));
    if (result >= 0) ledger_.Received(result == 0 ? 0 : message.number);
    return result >= 0;
  }

  // Another msg_qbytes; rarely the end of the queue.
  void DoChange() {
    if (data_.ConsumeIntegralInRange(0, 9) != 0) {
      SetStatus(id_, 0, 0, 0600, data_.ConsumeIntegralInRange<uint64_t>(0, 200));
      return;
    }
    removed_ = true;
    RemoveQueue(id_);
  }

  // Every send that waits for room gets it; then all mailboxes are released, and the messages in the queue are counted.
  void End() {
    for (Sending& sending : sends_) DoCloseSender(&sending);
    for (Interest& interest : interests_) DoUnsubscribe(&interest);
    SetStatus(id_, 0, 0, 0600, 16384);
    Await([this] {
      while (TryReceive(0)) continue;
      return CountWaiters().waiters == 0 && Threads() == threads_;
    });
    while (TryReceive(0)) continue;
    RemoveQueue(id_);
    if (!removed_) ledger_.MustBalance();
  }

  static int Threads() {
    FILE* file = fopen("/proc/self/status", "r");
    MUST(file != nullptr);
    char line[256];
    int threads = 0;
    while (threads == 0 && fgets(line, sizeof(line), file) != nullptr) sscanf(line, "Threads: %d", &threads);
    fclose(file);
    return threads;
  }

  FuzzedDataProvider data_;
  const int threads_ = Threads();
  int id_;
  std::mutex mutex_;
  std::atomic<bool> removed_{false};
  Ledger ledger_;
  Interest interests_[kSubscriptions];
  Sending sends_[kSenders];
};

}  // namespace

}  // namespace sysvmq

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sysvmq::Fuzzed(data, size).Run();
  return 0;
}
