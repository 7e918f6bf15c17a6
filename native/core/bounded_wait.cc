#include "bounded_wait.h"

#include <cerrno>
#include <ctime>

#include "clock.h"
#include "interval_signal.h"

namespace sysvmq {

namespace {

bool WouldBlock(Result result) { return result == -EAGAIN || result == -ENOMSG; }

// Polls, because the kernel refused a timer. One call a millisecond costs little.
template <typename Call>
Result Poll(int64_t deadline_ns, int flags, Call call) {
  for (;;) {
    const Result result = call(flags | IPC_NOWAIT);
    if (!WouldBlock(result)) return result;
    if (MonotonicNow() >= deadline_ns) return -ETIMEDOUT;
    const timespec pause = {0, 1'000'000};
    if (nanosleep(&pause, nullptr) != 0) return -EINTR;
  }
}

template <typename Call>
Result Within(int64_t wait_ms, int flags, Call call) {
  if (wait_ms < 0 || (flags & IPC_NOWAIT) != 0) return call(flags);
  const Result at_once = call(flags | IPC_NOWAIT);
  if (!WouldBlock(at_once)) return at_once;
  if (wait_ms == 0) return -ETIMEDOUT;

  // Computed before the timer starts, so that the signal cannot come before the deadline.
  const int64_t deadline_ns = MonotonicNow() + wait_ms * 1'000'000;
  const IntervalSignal alarm(wait_ms);
  if (!alarm.Armed()) return Poll(deadline_ns, flags, call);
  const Result result = call(flags);
  // The clock distinguishes the timer's signal from others, so the handler needs no state.
  return result == -EINTR && MonotonicNow() >= deadline_ns ? -ETIMEDOUT : result;
}

}  // namespace

Result SendWithin(int64_t wait_ms, int id, const MessageBuffer* message, size_t length, int flags) {
  return Within(wait_ms, flags, [=](int call_flags) { return Send(id, message, length, call_flags); });
}

Result ReceiveWithin(int64_t wait_ms, int id, MessageBuffer* message, size_t capacity, int64_t type, int flags) {
  // MSG_COPY never waits, and fails without the caller's IPC_NOWAIT, which Within would add.
  if ((flags & MSG_COPY) != 0) return Receive(id, message, capacity, type, flags);
  return Within(wait_ms, flags, [=](int call_flags) { return Receive(id, message, capacity, type, call_flags); });
}

}  // namespace sysvmq
