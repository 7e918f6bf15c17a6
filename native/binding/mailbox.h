// How our threads tell a JavaScript thread what has happened.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "../core/airlock_waiter.h"
#include "../core/sender.h"
#include "../core/waiter.h"
#include "slot_table.h"

namespace sysvmq {

struct Event {
  int32_t token;
  Result result;
  int64_t type;
  Event* next;
};

// One for each copy of our TypeScript in an environment that waits. It owns the subscriptions and senders that were
// made through it. It goes when that copy has nothing to wait for any more, or with its environment: either ends all of
// them, after which no thread knows it any more.
class Mailbox {
 public:
  // For a table that does not own it.
  struct EndedByItself {
    void operator()(Mailbox*) const {}
  };
  using Borrowed = std::unique_ptr<Mailbox, EndedByItself>;

  // `callback` is called on the JavaScript thread, without arguments, when there are events. nullptr on failure.
  static Mailbox* Open(napi_env env, napi_value callback);

  // Whether it keeps the event loop alive; not, at first.
  void SetReferenced(napi_env env, bool referenced);

  // Takes the oldest event. False when there is none.
  bool Next(Event* event);

  SlotTable<OwnedSubscription>& Subscriptions() { return subscriptions_; }
  SlotTable<OwnedSender>& Senders() { return senders_; }
  SlotTable<OwnedAirlockWaiter>& AirlockWaiters() { return airlock_waiters_; }

  // Called by waiters and senders, on their threads, under WaitLock.
  static void OnReadiness(void* mailbox, int32_t token, int id, Result result, int64_t type);
  // An empty message is in its slot, and needs nobody to put it back.
  static void OnAirlock(void* mailbox, int32_t token, int id, Result result, int64_t type);
  static void OnSent(void* mailbox, int32_t token, Result result);

  // Ends everything it owns and frees it. Runs as the environment's cleanup hook, before the thread-safe function goes;
  // or earlier, on the JavaScript thread, with the hook removed. The thread-safe function is closed by a turn of the
  // event loop, and needs nothing of the mailbox for that.
  static void Close(void* mailbox);

 private:
  Mailbox() = default;
  void Post(const Event& event);
  static void Wake(void* mailbox);
  void AwaitWakes();

  napi_threadsafe_function wake_ = nullptr;
  // A futex: how many threads are about to use `wake_`, and whether Close waits for them.
  std::atomic<uint32_t> wakes_under_way_{0};
  SlotTable<OwnedSubscription> subscriptions_;
  SlotTable<OwnedSender> senders_;
  SlotTable<OwnedAirlockWaiter> airlock_waiters_;
  // Under WaitLock.
  Event* first_ = nullptr;
  Event** end_ = &first_;
};

}  // namespace sysvmq
