// SendWithin and ReceiveWithin, with a timer and without one: each test of BoundedWait runs both ways.
#include "../core/bounded_wait.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <optional>
#include <ostream>
#include <string>

#include "../core/interval_signal.h"
#include "call_thread.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr int64_t kLongWaitMs = 600'000;
constexpr size_t kCapacity = 100;

Result ReceiveAnyWithin(int64_t wait_ms, int id, int flags = 0) {
  Message message(kCapacity);
  return ReceiveWithin(wait_ms, id, message.Buffer(), kCapacity, 0, flags);
}

Result SendByteWithin(int64_t wait_ms, int id, int flags = 0) {
  Message message(1, "s");
  return SendWithin(wait_ms, id, message.Buffer(), 1, flags);
}

// While it lives the kernel refuses timers, so that the calls poll.
class NoTimers {
 public:
  NoTimers() {
    EXPECT_EQ(getrlimit(RLIMIT_SIGPENDING, &before_), 0);
    const rlimit none = {0, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_SIGPENDING, &none), 0);
    EXPECT_FALSE(IntervalSignal(1).Armed());
  }
  ~NoTimers() { setrlimit(RLIMIT_SIGPENDING, &before_); }
  NoTimers(const NoTimers&) = delete;
  NoTimers& operator=(const NoTimers&) = delete;

 private:
  rlimit before_ = {};
};

enum class Timers { kGranted, kRefused };

std::ostream& operator<<(std::ostream& stream, Timers timers) {
  return stream << (timers == Timers::kGranted ? "granted" : "refused");
}

class BoundedWait : public testing::TestWithParam<Timers> {
 protected:
  void SetUp() override {
    if (GetParam() == Timers::kRefused) refused_.emplace();
  }

  // With a timer the thread sleeps in the call itself; without one, in the pauses between two attempts.
  static void AwaitWaiting(const CallThread& thread, long call) {
    if (GetParam() == Timers::kGranted) return thread.AwaitBlockedIn(call);
    Until("the thread polls", [&thread] {
      return thread.IsBlockedIn(SYS_clock_nanosleep) || thread.IsBlockedIn(SYS_nanosleep) || thread.Ended();
    });
    EXPECT_FALSE(thread.Ended());
  }

  // A removal ends a waiting call with EIDRM; the next attempt of a polling one finds no queue.
  static void ExpectRemoved(Result result) {
    if (GetParam() == Timers::kGranted) {
      EXPECT_EQ(result, -EIDRM);
    } else {
      EXPECT_TRUE(result == -EINVAL || result == -EIDRM) << result;
    }
  }

  // A polling call is interrupted in its pauses only, so that one signal may go unnoticed between two of them.
  static void InterruptUntilEnded(CallThread* thread) {
    thread->Interrupt(SIGUSR1);
    if (GetParam() == Timers::kGranted) return;
    Until("a pause is interrupted", [thread] {
      if (!thread->Ended()) thread->Interrupt(SIGUSR1);
      return thread->Ended();
    });
  }

 private:
  std::optional<NoTimers> refused_;
};

TEST_P(BoundedWait, EndsAtOnceWhenNothingIsToBeWaitedFor) {
  const TestQueue queue;
  for (const int64_t wait_ms : {int64_t{-1}, int64_t{0}, int64_t{1}, kLongWaitMs}) {
    EXPECT_EQ(SendByteWithin(wait_ms, queue.Id()), 0);
    EXPECT_EQ(ReceiveAnyWithin(wait_ms, queue.Id()), 1);
  }
}

TEST_P(BoundedWait, EndsWithEtimedoutWhenTimeIsUp) {
  const TestQueue empty;
  const TestQueue full;
  full.FillButFor(0);
  for (const int64_t wait_ms : {1, 20}) {
    // The clock is read in whole milliseconds while polling: the wait may be less than one shorter.
    const int64_t least = (wait_ms - (GetParam() == Timers::kRefused ? 1 : 0)) * kNanosecondsPerMillisecond;
    int64_t started_at = MonotonicNow();
    EXPECT_EQ(ReceiveAnyWithin(wait_ms, empty.Id()), -ETIMEDOUT);
    EXPECT_GE(MonotonicNow() - started_at, least);
    started_at = MonotonicNow();
    EXPECT_EQ(SendByteWithin(wait_ms, full.Id()), -ETIMEDOUT);
    EXPECT_GE(MonotonicNow() - started_at, least);
  }
  EXPECT_EQ(full.MessageCount(), 1u);
}

TEST_P(BoundedWait, EndsWithEtimedoutAtOnceWithoutTimeToWait) {
  const TestQueue queue;
  EXPECT_EQ(ReceiveAnyWithin(0, queue.Id()), -ETIMEDOUT);
  queue.FillButFor(0);
  EXPECT_EQ(SendByteWithin(0, queue.Id()), -ETIMEDOUT);
}

TEST_P(BoundedWait, KeepsTheErrnoOfCallsThatDoNotWait) {
  const TestQueue queue;
  for (const int64_t wait_ms : {-1, 0, 10}) {
    EXPECT_EQ(ReceiveAnyWithin(wait_ms, queue.Id(), IPC_NOWAIT), -ENOMSG);
  }
  queue.FillButFor(0);
  for (const int64_t wait_ms : {-1, 0, 10}) {
    EXPECT_EQ(SendByteWithin(wait_ms, queue.Id(), IPC_NOWAIT), -EAGAIN);
  }
}

TEST_P(BoundedWait, KeepsOtherErrnos) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, std::string(kCapacity + 1, 'l')), 0);
  for (const int64_t wait_ms : {-1, 0, 10}) {
    EXPECT_EQ(ReceiveAnyWithin(wait_ms, queue.Id()), -E2BIG);
    EXPECT_EQ(ReceiveAnyWithin(wait_ms, RemovedQueue()), -EINVAL);
    EXPECT_EQ(SendByteWithin(wait_ms, RemovedQueue()), -EINVAL);
  }
}

// msgrcv refuses MSG_COPY without IPC_NOWAIT, whatever there is to copy.
TEST_P(BoundedWait, FailsWithEinvalForMsgCopyWithoutIpcNowait) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  for (const int64_t wait_ms : {-1, 0, 10}) {
    EXPECT_EQ(ReceiveAnyWithin(wait_ms, queue.Id(), MSG_COPY), -EINVAL) << wait_ms;
  }
}

TEST_P(BoundedWait, GetsAMessageThatArrivesMeanwhile) {
  const TestQueue queue;
  CallThread receiver(queue, [&] { return ReceiveAnyWithin(kLongWaitMs, queue.Id()); });
  AwaitWaiting(receiver, SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(receiver.Outcome(), 5);
  EXPECT_EQ(queue.MessageCount(), 0u);
}

TEST_P(BoundedWait, SendsWhenRoomIsMadeMeanwhile) {
  const TestQueue queue;
  queue.FillButFor(0);
  CallThread sender(queue, [&] { return SendByteWithin(kLongWaitMs, queue.Id()); });
  AwaitWaiting(sender, SYS_msgsnd);
  EXPECT_TRUE(queue.ReceiveText().has_value());
  EXPECT_EQ(sender.Outcome(), 0);
  EXPECT_EQ(queue.ReceiveText(), "s");
}

TEST_P(BoundedWait, EndsWhenTheQueueIsRemovedMeanwhile) {
  const TestQueue empty;
  CallThread receiver(empty, [&] { return ReceiveAnyWithin(kLongWaitMs, empty.Id()); });
  AwaitWaiting(receiver, SYS_msgrcv);
  empty.Remove();
  ExpectRemoved(receiver.Outcome());

  const TestQueue full;
  full.FillButFor(0);
  CallThread sender(full, [&] { return SendByteWithin(kLongWaitMs, full.Id()); });
  AwaitWaiting(sender, SYS_msgsnd);
  full.Remove();
  ExpectRemoved(sender.Outcome());
}

TEST_P(BoundedWait, EndsWithEintrForSomebodyElsesSignal) {
  const CountingHandler handler(SIGUSR1, SA_RESTART);
  const TestQueue queue;
  CallThread receiver(queue, [&] { return ReceiveAnyWithin(kLongWaitMs, queue.Id()); });
  AwaitWaiting(receiver, SYS_msgrcv);
  InterruptUntilEnded(&receiver);
  EXPECT_EQ(receiver.Outcome(), -EINTR);

  queue.FillButFor(0);
  CallThread sender(queue, [&] { return SendByteWithin(kLongWaitMs, queue.Id()); });
  AwaitWaiting(sender, SYS_msgsnd);
  InterruptUntilEnded(&sender);
  EXPECT_EQ(sender.Outcome(), -EINTR);
  EXPECT_EQ(queue.MessageCount(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Timers, BoundedWait, testing::Values(Timers::kGranted, Timers::kRefused),
                         testing::PrintToStringParamName());

TEST(UnboundedWait, BlocksAsThePlainCallsDo) {
  const CountingHandler handler(SIGUSR1, SA_RESTART);
  const TestQueue queue;
  CallThread receiver(queue, [&] { return ReceiveAnyWithin(-1, queue.Id()); });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  receiver.Interrupt(SIGUSR1);
  EXPECT_EQ(receiver.Outcome(), -EINTR);

  queue.FillButFor(0);
  CallThread sender(queue, [&] { return SendByteWithin(-1, queue.Id()); });
  sender.AwaitBlockedIn(SYS_msgsnd);
  queue.Remove();
  EXPECT_EQ(sender.Outcome(), -EIDRM);
}

TEST(BoundedReadinessWait, TakesNothing) {
  const TestQueue queue;
  Message message(0);
  const auto wait = [&](int64_t wait_ms) { return ReceiveWithin(wait_ms, queue.Id(), message.Buffer(), 0, 0, 0); };
  EXPECT_EQ(wait(1), -ETIMEDOUT);
  CallThread waiter(queue, [&] { return wait(kLongWaitMs); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(waiter.Outcome(), -E2BIG);
  EXPECT_EQ(queue.ReceiveText(), "hello");
}

}  // namespace

}  // namespace sysvmq
