// Messages that this process has taken from a queue and that nobody has got: their one owner.
#pragma once

#include <limits.h>

#include <atomic>

#include "ownership.h"
#include "system_calls.h"

namespace sysvmq {

// What is taken before there is a reader for it must survive a wait that is given up, a stream that is destroyed, and a
// JavaScript thread that ends: the empty message that a wait has taken, because it fits into nothing, and the message
// that a stream has announced. Such a message is `kept` here until
// - the next receive of this process that it matches takes it, on whatever thread, before any message of the queue;
// - or nobody has for kKeepMilliseconds: then a thread of ours, or the end of the process, gives it back, to the end of
//   the queue, as soon as that takes it;
// - or the queue is gone, and its messages with it.
// What is left at the end of the process is reported with its bytes. trust/promela/taken_messages.pml is a model of it.
inline constexpr int64_t kKeepMilliseconds = 50;

// A message in memory of its own. It has one owner at any time: who made it, or this store.
struct TakenMessage {
  TakenMessage* next;
  int id;
  // Why it could not be given back last; 0 while that was not tried.
  Result refused;
  int64_t kept_at;
  size_t length;
  MessageBuffer message;
};

// Whether a message of `type` is one that msgrcv takes for `wanted` and `flags` (the kernel's ipc/msg.c, testmsg).
inline bool SelectorMatches(long wanted, int flags, long type) {
  if (wanted == 0) return true;
  if (wanted < 0) return type <= (wanted == LONG_MIN ? LONG_MAX : -wanted);
  return (flags & MSG_EXCEPT) != 0 ? type != wanted : type == wanted;
}

void FreeTaken(TakenMessage* taken);
using OwnedTaken = OwnedBy<TakenMessage, FreeTaken>;

// nullptr when there is no memory.
OwnedTaken CopyTaken(int id, const MessageBuffer* message, size_t length);

// Hands the message over to the store, and tells every waiter that matches. Any thread.
void KeepTaken(OwnedTaken taken);
// The same under WaitLock.
void KeepTakenUnderLock(OwnedTaken taken);

// How many messages are kept. A receive looks without the lock: a message that is kept just then is told to those who
// wait, which look again.
extern std::atomic<uint32_t> kept_messages;

// Whether a message is kept that matches msgrcv's `type` and `flags`. Under WaitLock.
bool HasKept(int id, long type, int flags);

// As Receive with IPC_NOWAIT, of the messages that are kept. Of a queue that is gone there are none, nor of one that
// may not be read: the kernel says which.
Result ReceiveKept(int id, MessageBuffer* message, size_t capacity, long type, int flags);

// As Receive, but what is kept comes first. MSG_COPY looks at the queue only.
inline Result ReceiveKeptFirst(int id, MessageBuffer* message, size_t capacity, long type, int flags) {
  if (kept_messages.load(std::memory_order_relaxed) != 0 && (flags & MSG_COPY) == 0) {
    const Result result = ReceiveKept(id, message, capacity, type, flags);
    if (result != -ENOMSG) return result;
  }
  return Receive(id, message, capacity, type, flags);
}

// Gives everything back that its queue takes, waiting for room for `wait_ms` in all. Returns how many are still kept.
int GiveBackKept(int64_t wait_ms);

// The queue was removed by this process.
void ForgetKept(int id);

// Takes the oldest message out, whatever its queue: the caller reports it. nullptr when there is none.
OwnedTaken TakeAnyKept();

}  // namespace sysvmq
