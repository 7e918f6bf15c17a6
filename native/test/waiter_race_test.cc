// Arming, disarming and ending an interest at any moment against arriving messages, also empty ones: none is lost, and
// none is reported twice.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <thread>

#include "../core/taken_messages.h"
#include "../core/waiter.h"
#include "event_log.h"
#include "our_threads.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

constexpr int kRounds = 5000;

TEST(WaiterRace, AnEmptyMessageIsReceivedOnceWhateverBecomesOfTheWait) {
  const TestQueue queue;
  EventLog log;
  OwnedSubscription subscription = Subscribe(queue.Id(), 0, 0, EventLog::OnReadiness, &log, 1);
  std::atomic<int> round{0};
  CallThread sender(queue, [&] {
    for (int sent = 1; sent <= kRounds; sent++) {
      while (round < sent) std::this_thread::yield();
      const Result result = queue.SendText(sent, "");
      if (result != 0) return result;
    }
    return 0;
  });
  for (int number = 1; number <= kRounds; number++) {
    EXPECT_TRUE(Arm(subscription.get()));
    round = number;
    for (int spin = 0; spin < number % 50; spin++) std::this_thread::yield();
    Disarm(subscription.get());
    // Kept, or still in the queue, or on its way back into it.
    Message message(0);
    Result result = -ENOMSG;
    EXPECT_TRUE(Until("the message is received", [&] {
      result = ReceiveKeptFirst(queue.Id(), message.Buffer(), 0, 0, IPC_NOWAIT);
      return result != -ENOMSG;
    }));
    ASSERT_EQ(result, 0);
    ASSERT_EQ(message.Type(), number);
  }
  EXPECT_EQ(sender.Outcome(), 0);
  subscription.reset();
  EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-recv"));
  EXPECT_EQ(queue.MessageCount(), 0u);
  EXPECT_EQ(kept_messages, 0u);
}

// A reader that drains after an event and arms again, as the event loop does.
TEST(WaiterRace, NoMessageStaysBehindUntold) {
  const TestQueue queue;
  EventLog log;
  OwnedSubscription subscription = Subscribe(queue.Id(), 0, 0, EventLog::OnReadiness, &log, 1);
  CallThread sender(queue, [&] {
    for (int number = 0; number < kRounds; number++) {
      const Result sent = Send(queue.Id(), Message(1, "x").Buffer(), 1, 0);
      if (sent != 0) return sent;
      if (number % 7 == 0) std::this_thread::yield();
    }
    return 0;
  });
  int received = 0;
  size_t told = 0;
  while (received < kRounds) {
    ASSERT_TRUE(Arm(subscription.get()));
    ASSERT_TRUE(log.Await(++told));
    ASSERT_EQ(log.At(told - 1).result, -E2BIG);
    while (queue.ReceiveText().has_value()) received++;
  }
  EXPECT_EQ(sender.Outcome(), 0);
  EXPECT_EQ(received, kRounds);
  subscription.reset();
  EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-recv"));
}

// Interests of several threads, as of several JavaScript threads, come and go.
TEST(WaiterRace, InterestsComeAndGoOnManyThreads) {
  constexpr int kThreads = 4;
  const TestQueue queue;
  queue.SendText(9, "never asked for");
  std::vector<std::unique_ptr<CallThread>> threads;
  for (int number = 0; number < kThreads; number++) {
    threads.push_back(std::make_unique<CallThread>([&queue, number] {
      EventLog log;
      for (int round = 0; round < kRounds / 5; round++) {
        OwnedSubscription subscription = Subscribe(queue.Id(), 1 + round % 3, 0, EventLog::OnReadiness, &log, number);
        if (!Arm(subscription.get())) return -1;
        if (round % 2 == 0) Disarm(subscription.get());
        if (round % 5 == 0) queue.SendText(1 + round % 3, round % 10 == 0 ? "" : "x");
        subscription.reset();
        queue.ReceiveText(1 + round % 3);
      }
      return 0;
    }));
  }
  for (const auto& thread : threads) EXPECT_EQ(thread->Outcome(), 0);
  ForgetKept(queue.Id());
  EXPECT_TRUE(Until("the waiters are gone", [] { return CountWaiters().waiters == 0; }));
  EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-recv"));
}

}  // namespace

}  // namespace sysvmq
