#include "bounded_wait.h"

#include <cerrno>
#include <ctime>

#include "interval_signal.h"

namespace sysvmq {

namespace {

int64_t NowMilliseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

bool WouldBlock(Result result) { return result == -EAGAIN || result == -ENOMSG; }

// Without a timer all that is left is to ask again and again; a millisecond keeps that cheap.
template <typename Call>
Result Poll(int64_t deadline_ms, int flags, Call call) {
  for (;;) {
    const Result result = call(flags | IPC_NOWAIT);
    if (!WouldBlock(result)) return result;
    if (NowMilliseconds() >= deadline_ms) return -ETIMEDOUT;
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

  const int64_t deadline_ms = NowMilliseconds() + wait_ms;
  const IntervalSignal alarm(wait_ms);
  if (!alarm.Armed()) return Poll(deadline_ms, flags, call);
  const Result result = call(flags);
  // The clock tells our interruption from others', so that the handler needs to know nothing. The timer runs to the
  // nanosecond and this clock is read in whole milliseconds: the start was rounded down, so the alarm is never early.
  return result == -EINTR && NowMilliseconds() >= deadline_ms ? -ETIMEDOUT : result;
}

}  // namespace

Result SendWithin(int64_t wait_ms, int id, const MessageBuffer* message, size_t length, int flags) {
  return Within(wait_ms, flags, [=](int call_flags) { return Send(id, message, length, call_flags); });
}

Result ReceiveWithin(int64_t wait_ms, int id, MessageBuffer* message, size_t capacity, int64_t type, int flags) {
  return Within(wait_ms, flags, [=](int call_flags) { return Receive(id, message, capacity, type, call_flags); });
}

}  // namespace sysvmq
