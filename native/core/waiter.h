// Waiting for a message without taking it: a thread for each (queue, selector) of the process.
#pragma once

#include <cstdint>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

class Waiter;

// What a wait came to, told on the waiter's thread, under WaitLock: so it must be quick, and must not call back.
//
// `id` is the queue's. -E2BIG: a message is there, or was a moment ago, in the queue or among those that are kept
// (taken_messages.h). Any other -errno: the wait failed. The subscription is disarmed by then. `type` is 0, but for the
// waiters of an airlock, which share this signature.
using ReadinessListener = void (*)(void* context, int32_t token, int id, Result result, int64_t type);

// Somebody's interest in a queue and a selector. All subscriptions of the process to the same pair share one thread,
// because every thread that waits is woken by every message, and the sender pays for it.
//
// The thread waits in msgrcv with a size of 0 while a subscription is armed: that takes nothing but an empty message,
// which is kept for whoever receives next (taken_messages.h). Disarmed, it rests, and ends after a while;
// Arm starts another.
struct Subscription {
  ReadinessListener listener;
  void* context;
  int32_t token;
  bool armed;
  Waiter* waiter;
  Subscription* next;
};

// Waits until the next event: at once when a message is kept that matches (taken_messages.h). False when no thread
// could be started; those that arm on another thread in that moment get -EAGAIN as their event. Arming twice is fine.
bool Arm(Subscription* subscription);

// Stops waiting. False when it was not armed: then the listener has been called already since it was.
bool Disarm(Subscription* subscription);

// Ends the interest and frees it. The listener is not called after this has returned.
void Unsubscribe(Subscription* subscription);
using OwnedSubscription = OwnedBy<Subscription, Unsubscribe>;

OwnedSubscription Subscribe(int id, int64_t type, int flags, ReadinessListener listener, void* context, int32_t token);

// Tells those that are armed and that match a message which is kept now. Under WaitLock.
void TellWaitersThatMatch(int id, int64_t type);

// Disarms every subscription of the process, and waits up to `wait_ms` until no waiter is in the kernel any more, where
// it might take an empty message. For the end of the process; without WaitLock. Nothing happens in a fork of the
// process.
void DisarmAll(int64_t wait_ms);

// How many waiters there are, and how many of them have a thread; for tests.
struct WaiterCounts {
  int waiters;
  int threads;
};
WaiterCounts CountWaiters();

}  // namespace sysvmq
