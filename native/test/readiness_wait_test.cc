// The readiness wait: a Receive of size 0, which fails with E2BIG as soon as there is a message and takes nothing. The
// tests show the guarantees that a design may rely on, and their limits.
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "../core/system_calls.h"
#include "call_thread.h"
#include "child_process.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

Result WaitUntilReady(int id, int64_t type = 0, int flags = 0) {
  Message message(0);
  return Receive(id, message.Buffer(), 0, type, flags);
}

void ExpectUntouched(const TestQueue& queue, size_t bytes) {
  const msqid_ds status = queue.Status();
  EXPECT_EQ(status.msg_qnum, 1u);
  EXPECT_EQ(status.__msg_cbytes, bytes);
  EXPECT_EQ(status.msg_lrpid, 0);
  EXPECT_EQ(status.msg_rtime, 0);
}

TEST(ReadinessWait, EndsAtOnceAndTakesNothingWhenAMessageIsThere) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(WaitUntilReady(queue.Id()), -E2BIG);
  EXPECT_EQ(WaitUntilReady(queue.Id()), -E2BIG) << "and again, as long as the message is there";
  ExpectUntouched(queue, 5);
}

TEST(ReadinessWait, EndsAndTakesNothingWhenAMessageArrives) {
  const TestQueue queue;
  CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id()); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(waiter.Outcome(), -E2BIG);
  ExpectUntouched(queue, 5);
}

TEST(ReadinessWait, ProbesWithIpcNowait) {
  const TestQueue queue;
  EXPECT_EQ(WaitUntilReady(queue.Id(), 0, IPC_NOWAIT), -ENOMSG);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(WaitUntilReady(queue.Id(), 0, IPC_NOWAIT), -E2BIG);
}

TEST(ReadinessWait, HonoursTypes) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(5, "five"), 0);
  EXPECT_EQ(WaitUntilReady(queue.Id(), 5, IPC_NOWAIT), -E2BIG);
  EXPECT_EQ(WaitUntilReady(queue.Id(), -5, IPC_NOWAIT), -E2BIG);
  EXPECT_EQ(WaitUntilReady(queue.Id(), 4, MSG_EXCEPT | IPC_NOWAIT), -E2BIG);
  EXPECT_EQ(WaitUntilReady(queue.Id(), 4, IPC_NOWAIT), -ENOMSG);
  EXPECT_EQ(WaitUntilReady(queue.Id(), -4, IPC_NOWAIT), -ENOMSG);
  EXPECT_EQ(WaitUntilReady(queue.Id(), 5, MSG_EXCEPT | IPC_NOWAIT), -ENOMSG);
}

TEST(ReadinessWait, SleepsOnWhenAnotherTypeArrives) {
  const TestQueue queue;
  CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id(), 2); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "other"), 0);
  EXPECT_TRUE(waiter.IsBlockedIn(SYS_msgrcv));
  ASSERT_EQ(queue.SendText(2, "wanted"), 0);
  EXPECT_EQ(waiter.Outcome(), -E2BIG);
  EXPECT_EQ(queue.MessageCount(), 2u);
}

TEST(ReadinessWait, TakesAnEmptyMessage) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(7, ""), 0);
  Message message(0);
  EXPECT_EQ(Receive(queue.Id(), message.Buffer(), 0, 0, 0), 0);
  EXPECT_EQ(message.Type(), 7);
  EXPECT_EQ(queue.MessageCount(), 0u);
}

TEST(ReadinessWait, TakesAnEmptyMessageThatArrives) {
  const TestQueue queue;
  Message message(0);
  CallThread waiter(queue, [&] { return Receive(queue.Id(), message.Buffer(), 0, 0, 0); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(7, ""), 0);
  EXPECT_EQ(waiter.Outcome(), 0);
  EXPECT_EQ(message.Type(), 7);
  EXPECT_EQ(queue.MessageCount(), 0u);
}

TEST(ReadinessWait, NeedsMemoryForTheTypeOfAnEmptyMessage) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(Receive(queue.Id(), nullptr, 0, 0, 0), -E2BIG);
  EXPECT_EQ(queue.ReceiveText(), "hello");
  ASSERT_EQ(queue.SendText(1, ""), 0);
  EXPECT_EQ(Receive(queue.Id(), nullptr, 0, 0, 0), -EFAULT);
  EXPECT_EQ(queue.MessageCount(), 0u) << "it is lost";
}

TEST(ReadinessWait, IsAHintOnlyWhenAReceiverWaitsToo) {
  const TestQueue queue;
  CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id()); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  CallThread receiver(queue, [&] {
    Message message(10);
    return Receive(queue.Id(), message.Buffer(), 10, 0, 0);
  });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(waiter.Outcome(), -E2BIG);
  EXPECT_EQ(receiver.Outcome(), 5);
  EXPECT_EQ(queue.MessageCount(), 0u);
}

TEST(ReadinessWait, SleepsOnWhenAReceiverInFrontTakesTheMessage) {
  const TestQueue queue;
  CallThread receiver(queue, [&] {
    Message message(10);
    return Receive(queue.Id(), message.Buffer(), 10, 0, 0);
  });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id()); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(receiver.Outcome(), 5);
  EXPECT_TRUE(waiter.IsBlockedIn(SYS_msgrcv));
  ASSERT_EQ(queue.SendText(1, "next"), 0);
  EXPECT_EQ(waiter.Outcome(), -E2BIG);
}

TEST(ReadinessWait, EndsForEveryWaiterOfAQueue) {
  const TestQueue queue;
  std::vector<std::unique_ptr<CallThread>> waiters;
  for (int i = 0; i < 10; i++) {
    waiters.push_back(std::make_unique<CallThread>(queue, [&] { return WaitUntilReady(queue.Id()); }));
    waiters.back()->AwaitBlockedIn(SYS_msgrcv);
  }
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  for (const auto& waiter : waiters) EXPECT_EQ(waiter->Outcome(), -E2BIG);
  ExpectUntouched(queue, 5);
}

TEST(ReadinessWait, GoesOnWhenTheQueueIsChanged) {
  const TestQueue queue;
  CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id()); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  queue.SetMaxBytes(100);
  waiter.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(waiter.Outcome(), -E2BIG);
}

TEST(ReadinessWait, FailsWithEidrmWhenTheQueueIsRemoved) {
  const TestQueue queue;
  CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id()); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  queue.Remove();
  EXPECT_EQ(waiter.Outcome(), -EIDRM);
}

TEST(ReadinessWait, FailsWithEintrForAHandler) {
  const TestQueue queue;
  const CountingHandler handler(SIGUSR1, SA_RESTART);
  CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id()); });
  waiter.AwaitBlockedIn(SYS_msgrcv);
  waiter.Interrupt(SIGUSR1);
  EXPECT_EQ(waiter.Outcome(), -EINTR);
}

TEST(ReadinessWait, FailsWithEaccesWhenReadPermissionIsTakenAway) {
  WithoutCapabilities([] {
    const TestQueue queue;
    CallThread waiter(queue, [&] { return WaitUntilReady(queue.Id()); });
    waiter.AwaitBlockedIn(SYS_msgrcv);
    queue.SetMode(0200);
    EXPECT_EQ(waiter.Outcome(), -EACCES);
  });
}

}  // namespace

}  // namespace sysvmq
