// The owner of messages that this process has taken from a queue and no receive has returned.
#pragma once

#include <limits.h>

#include <atomic>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

// Two kinds of message leave the queue before a receive asks for them: the empty message that a wait takes, because it
// fits into no bytes, and the message that a stream has announced. They must survive a canceled wait, a destroyed
// stream, and the end of a JavaScript thread. Such a message is `kept` here until
// - a matching receive of this process, on any thread, takes it before any message of the queue. A message that a wait
//   took is reserved for receives of its selection until the event loops that were notified have read their events: a
//   receive of another selection has no right to it, as it would have none to a message that the kernel gave to
//   another waiting thread;
// - or kKeepMilliseconds pass without one: a thread of this library, or the end of the process, then gives the message
//   back to the end of the queue, as soon as the queue has room. When the message has woken a wait, this time begins
//   as its event loop reads the event, and after kBusyLoopMilliseconds at the latest: later messages would
//   otherwise overtake it whenever the event loop is busy;
// - or the queue is removed, and its messages with it.
// A message that remains at the end of the process is reported with its bytes. trust/promela/taken_messages.pml models
// this store.
inline constexpr int64_t kKeepMilliseconds = 50;
inline constexpr int64_t kBusyLoopMilliseconds = 1000;

// A message in memory of its own. Its one owner is the code that made it, or this store.
struct TakenMessage {
  TakenMessage* next;
  int id;
  // The errno of the last attempt to give it back; 0 before the first.
  Result refused;
  // When its time in the store began. In the future while an event loop has yet to read of it.
  int64_t kept_at;
  // Whether it is only for receives with this type and these flags of msgrcv, as long as a waiter of theirs has a
  // subscription with `told`.
  bool reserved;
  long wanted;
  int flags;
  size_t length;
  MessageBuffer message;
};

// Whether msgrcv takes a message of `type` for `wanted` and `flags` (testmsg in the kernel's ipc/msg.c).
inline bool SelectorMatches(long wanted, int flags, long type) {
  if (wanted == 0) return true;
  if (wanted < 0) return type <= (wanted == LONG_MIN ? LONG_MAX : -wanted);
  return (flags & MSG_EXCEPT) != 0 ? type != wanted : type == wanted;
}

void FreeTaken(TakenMessage* taken);
using OwnedTaken = OwnedBy<TakenMessage, FreeTaken>;

// nullptr when there is no memory.
OwnedTaken CopyTaken(int id, const MessageBuffer* message, size_t length);

// Gives the message to the store and wakes every waiter that matches it. Any thread.
void KeepTaken(OwnedTaken taken);
// The same for a message that a waiter took with this type and these flags: it is reserved for them while that waiter
// has been notified; if its waits were canceled meanwhile, the message is anyone's. Under WaitLock.
void KeepForWaiter(OwnedTaken taken, long wanted, int flags);

// Gives the reserved messages whose waiter has no subscription with `told` to whoever matches them. Under WaitLock.
void FreeReservedMessages();

// An event loop has read that a message is there: the time of the messages that woke a wait begins. Under WaitLock.
void CountKeptFromNow();

// The number of kept messages. A receive reads it without the lock: when a message is kept just afterwards, KeepTaken
// wakes the waiters, and they look again.
extern std::atomic<uint32_t> kept_messages;

// Whether there is a kept message for msgrcv's `type` and `flags`. Under WaitLock.
bool HasKept(int id, long type, int flags);

// Like Receive with IPC_NOWAIT, for the kept messages. It returns none of a queue that is removed or not readable: the
// caller's msgrcv then fails with the reason.
Result ReceiveKept(int id, MessageBuffer* message, size_t capacity, long type, int flags);

// Like Receive, but kept messages come first. MSG_COPY looks at the queue only.
inline Result ReceiveKeptFirst(int id, MessageBuffer* message, size_t capacity, long type, int flags) {
  if (kept_messages.load(std::memory_order_relaxed) != 0 && (flags & MSG_COPY) == 0) {
    const Result result = ReceiveKept(id, message, capacity, type, flags);
    if (result != -ENOMSG) return result;
  }
  return Receive(id, message, capacity, type, flags);
}

// Gives back every message that its queue has room for, and waits for room for `wait_ms` in all. Returns the number of
// messages that remain.
int GiveBackKept(int64_t wait_ms);

// Frees the messages of a queue that this process has removed.
void ForgetKept(int id);

// Removes and returns the oldest message, of any queue, for the caller to report; nullptr when there is none.
OwnedTaken TakeAnyKept();

}  // namespace sysvmq
