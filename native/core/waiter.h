// Waits for a message without taking it, on one thread for each (queue, selector) of the process.
#pragma once

#include <cstdint>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

class Waiter;

// Receives the result of a wait, on the waiter's thread, under WaitLock: it must be quick, and must not call back.
//
// `id` is the queue's. -E2BIG: a message is there, or was a moment ago, in the queue or among the kept ones
// (taken_messages.h). Any other -errno: the wait failed. The subscription is already disarmed. `type` is 0, except for
// the waiters of an airlock, which share this signature.
using ReadinessListener = void (*)(void* context, int32_t token, int id, Result result, int64_t type);

// The interest of one JavaScript thread in a queue and a selector. All subscriptions of the process to the same pair
// share one thread, because every message wakes every waiting thread, and the sender pays for that.
//
// While a subscription is armed, the thread waits in msgrcv with a size of 0, which takes nothing but an empty message;
// that one is kept for the next receive (taken_messages.h). When none is armed, the thread rests, and ends after a
// while. Arm starts another.
struct Subscription {
  ReadinessListener listener;
  void* context;
  int32_t token;
  bool armed;
  Waiter* waiter;
  Subscription* next;
  // Set from the call of the listener until the event loop has looked for the message, has canceled the wait, or has
  // handled all its events. These subscriptions form a list, in which `told` is the link that points to this one.
  Subscription** told;
  Subscription* next_told;
};

// Waits for the next event, which comes at once when a matching message is kept (taken_messages.h). False when no
// thread could be started; subscriptions that other threads arm at that moment receive -EAGAIN as their event. Arming
// twice is harmless.
bool Arm(Subscription* subscription);

// Stops waiting. False when it was not armed: its listener has already been called.
bool Disarm(Subscription* subscription);

// Ends and frees the subscription. The listener is not called after this has returned.
void Unsubscribe(Subscription* subscription);
using OwnedSubscription = OwnedBy<Subscription, Unsubscribe>;

OwnedSubscription Subscribe(int id, int64_t type, int flags, ReadinessListener listener, void* context, int32_t token);

// Calls the listeners of armed subscriptions that match a message which is kept now. True when there are any. Under
// WaitLock.
bool TellWaitersThatMatch(int id, int64_t type);

// The same for the waiter with exactly this type and these flags. Under WaitLock.
bool TellWaiter(int id, int64_t type, int flags);

// Whether that waiter has a subscription with `told`. Under WaitLock.
bool WaiterIsTold(int id, int64_t type, int flags);

// The event loop behind the listeners' `context` has handled all its events: clears `told` in its subscriptions. Under
// WaitLock.
void EndOfEvents(void* context);

// Disarms every subscription of the process, then waits up to `wait_ms` until no waiter is in the kernel, where it
// might take an empty message. For the end of the process; call it without WaitLock. It does nothing in a forked child.
void DisarmAll(int64_t wait_ms);

// The number of waiters, and of those with a thread; for tests.
struct WaiterCounts {
  int waiters;
  int threads;
};
WaiterCounts CountWaiters();

}  // namespace sysvmq
