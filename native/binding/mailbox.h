// Passes events from this library's threads to a JavaScript thread.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "../core/airlock_waiter.h"
#include "../core/noting_sender.h"
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

// One for each copy of our TypeScript that waits in an environment. It owns the subscriptions and senders made through
// it. It ends when that copy has nothing left to wait for, or with its environment. Either way it ends all of them, and
// afterwards no thread has a pointer to it.
class Mailbox {
 public:
  // For a table that does not own the mailbox.
  struct EndedByItself {
    void operator()(Mailbox*) const {}
  };
  using Borrowed = std::unique_ptr<Mailbox, EndedByItself>;

  // Calls `callback` on the JavaScript thread, without arguments, when there are events. nullptr on failure.
  static Mailbox* Open(napi_env env, napi_value callback);

  // Sets whether the mailbox keeps the event loop alive. At first it does not.
  void SetReferenced(napi_env env, bool referenced);

  // Takes the oldest event. False when there is none.
  bool Next(Event* event);

  SlotTable<OwnedSubscription>& Subscriptions() { return subscriptions_; }
  SlotTable<OwnedSender>& Senders() { return senders_; }
  SlotTable<OwnedNotingSender>& NotingSenders() { return noting_senders_; }
  SlotTable<OwnedAirlockWaiter>& AirlockWaiters() { return airlock_waiters_; }

  // Waiters and senders call these on their threads, under WaitLock.
  static void OnReadiness(void* mailbox, int32_t token, int id, Result result, int64_t type);
  // An airlock's waiter calls this one. An empty message stays in its slot and needs no put-back.
  static void OnAirlock(void* mailbox, int32_t token, int id, Result result, int64_t type);
  static void OnSent(void* mailbox, int32_t token, Result result);

  // Ends everything the mailbox owns and frees it. Runs as the environment's cleanup hook, before the thread-safe
  // function ends; or earlier, on the JavaScript thread, after that hook is removed. A later turn of the event loop
  // closes the thread-safe function, and needs nothing of the mailbox.
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
  SlotTable<OwnedNotingSender> noting_senders_;
  SlotTable<OwnedAirlockWaiter> airlock_waiters_;
  // Protected by WaitLock.
  Event* first_ = nullptr;
  Event** end_ = &first_;
};

}  // namespace sysvmq
