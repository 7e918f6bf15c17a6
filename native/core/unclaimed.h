// Empty messages that a wait has taken and nobody wants any more.
//
// An empty message fits into nothing, so the wait for it takes it (waiter.h). When the wait is given up in that very
// moment, the message goes back to its queue at once. Where that is full, or may not be written, the message stays
// here, in the process: the next receive from its queue with a matching selector, by any thread, gets it before the
// queue is asked, and so does the next subscription that is armed. Meanwhile a thread of ours gives it back as soon as
// there is room. At the end of the process what is left is given back, with a short wait for room, and what can't be is
// reported on stderr. Only a process that is killed takes it along.
#pragma once

#include <atomic>
#include <cstdint>

#include "system_calls.h"
#include "wait_lock.h"

namespace sysvmq {

// Whether msgrcv with `selector` and `flags` (MSG_EXCEPT) would take a message of this type.
bool Selects(int64_t selector, int flags, int64_t type);

// Gives an empty message that was taken back to its queue, or to a subscription that is armed, or keeps it. Returns 0,
// or the -errno for which it is kept. Without WaitLock.
Result ReturnEmptyMessage(int id, int64_t type);

// The same under WaitLock, which it releases meanwhile.
Result ReturnEmptyMessage(WaitLock* lock, int id, int64_t type);

extern std::atomic<int> unclaimed_count;

// How many are kept. The one look that a receive costs where there are none.
inline int CountUnclaimed() { return unclaimed_count.load(std::memory_order_relaxed); }

// Takes the message that msgrcv would, were they all in the queue `id`, and puts its type into `type`. False when there
// is none. Without WaitLock.
bool TakeUnclaimed(int id, int64_t selector, int flags, int64_t* type);
// The same under WaitLock.
bool TakeUnclaimedLocked(int id, int64_t selector, int flags, int64_t* type);

// One that is kept, and why it could not be given back when that was last tried.
struct Unclaimed {
  int id;
  int64_t type;
  Result why;
};

// Takes the oldest, of whatever queue: for a report of what is lost. False when there is none. Without WaitLock.
bool TakeAnyUnclaimed(Unclaimed* unclaimed);

// Gives back what it can, and waits up to `wait_ms` for room. Returns how many are left. Without WaitLock.
int GiveBackUnclaimed(int64_t wait_ms);

// What happens at the end of the process, on the thread that ends it: threads that wait leave the kernel, what is kept
// is given back, and what can't be is reported. A destructor calls it (unclaimed.cc); so may a test.
void EndWaits();

}  // namespace sysvmq
