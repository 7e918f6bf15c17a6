// Send and Receive that block: what ends them, and what they leave behind.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "../core/system_calls.h"
#include "call_thread.h"
#include "child_process.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

constexpr size_t kCapacity = 100;

Result ReceiveAny(int id) {
  Message message(kCapacity);
  return Receive(id, message.Buffer(), kCapacity, 0, 0);
}

Result SendBytes(int id, size_t length) {
  Message message(1, std::string(length, 's'));
  return Send(id, message.Buffer(), length, 0);
}

TEST(BlockedReceive, GetsTheMessageThatArrives) {
  const TestQueue queue;
  CallThread receiver(queue, [&] { return ReceiveAny(queue.Id()); });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(receiver.Outcome(), 5);
  EXPECT_EQ(queue.Status().msg_lrpid, receiver.ThreadId()) << "the id of the thread, because it had blocked";
}

TEST(BlockedReceive, LeavesTheProcessIdWhenItHadNotToWait) {
  const TestQueue queue;
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  CallThread receiver(queue, [&] { return ReceiveAny(queue.Id()); });
  EXPECT_EQ(receiver.Outcome(), 5);
  EXPECT_EQ(queue.Status().msg_lrpid, getpid());
}

TEST(BlockedReceive, SleepsOnWhenTheMessageDoesNotMatch) {
  const TestQueue queue;
  CallThread receiver(queue, [&] {
    Message message(kCapacity);
    return Receive(queue.Id(), message.Buffer(), kCapacity, 2, 0);
  });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "other"), 0);
  EXPECT_FALSE(receiver.Ended());
  ASSERT_EQ(queue.SendText(2, "wanted"), 0);
  EXPECT_EQ(receiver.Outcome(), 6);
  EXPECT_EQ(queue.ReceiveText(), "other");
}

TEST(BlockedReceive, FailsWithE2bigWhenALongerMessageArrives) {
  const TestQueue queue;
  CallThread receiver(queue, [&] { return ReceiveAny(queue.Id()); });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, std::string(kCapacity + 1, 'l')), 0);
  EXPECT_EQ(receiver.Outcome(), -E2BIG);
  EXPECT_EQ(queue.MessageCount(), 1u);
}

TEST(BlockedReceive, FailsWithEidrmWhenTheQueueIsRemoved) {
  const TestQueue queue;
  CallThread receiver(queue, [&] { return ReceiveAny(queue.Id()); });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  queue.Remove();
  EXPECT_EQ(receiver.Outcome(), -EIDRM);
}

TEST(BlockedReceive, FailsWithEintrEvenForAHandlerThatRestarts) {
  const TestQueue queue;
  for (const int flags : {0, SA_RESTART}) {
    const CountingHandler handler(SIGUSR1, flags);
    const int before = CountingHandler::Count();
    CallThread receiver(queue, [&] { return ReceiveAny(queue.Id()); });
    receiver.AwaitBlockedIn(SYS_msgrcv);
    receiver.Interrupt(SIGUSR1);
    EXPECT_EQ(receiver.Outcome(), -EINTR);
    Until("the handler has run", [before] { return CountingHandler::Count() == before + 1; });
  }
}

TEST(BlockedReceive, GoesOnAfterASignalWithoutAHandler) {
  const TestQueue queue;
  CallThread receiver(queue, [&] { return ReceiveAny(queue.Id()); });
  receiver.AwaitBlockedIn(SYS_msgrcv);
  receiver.Interrupt(SIGWINCH);
  receiver.AwaitBlockedIn(SYS_msgrcv);
  ASSERT_EQ(queue.SendText(1, "hello"), 0);
  EXPECT_EQ(receiver.Outcome(), 5);
}

TEST(BlockedReceive, FailsWithEaccesWhenReadPermissionIsTakenAway) {
  WithoutCapabilities([] {
    const TestQueue queue;
    CallThread receiver(queue, [&] { return ReceiveAny(queue.Id()); });
    receiver.AwaitBlockedIn(SYS_msgrcv);
    queue.SetMode(0200);
    EXPECT_EQ(receiver.Outcome(), -EACCES);
  });
}

TEST(BlockedSend, GoesThroughWhenThereIsRoom) {
  const TestQueue queue;
  queue.FillButFor(4);
  CallThread sender(queue, [&] { return SendBytes(queue.Id(), 5); });
  sender.AwaitBlockedIn(SYS_msgsnd);
  EXPECT_EQ(queue.MessageCount(), 1u) << "the waiting message is not in the queue";
  EXPECT_EQ(queue.ReceiveText(), std::string(60, 'f'));
  EXPECT_EQ(sender.Outcome(), 0);
  EXPECT_EQ(queue.ReceiveText(), "sssss");
}

TEST(BlockedSend, GoesThroughWhenTheQueueIsMadeLarger) {
  const TestQueue queue;
  queue.SetMaxBytes(4);
  CallThread sender(queue, [&] { return SendBytes(queue.Id(), 5); });
  sender.AwaitBlockedIn(SYS_msgsnd);
  queue.SetMaxBytes(5);
  EXPECT_EQ(sender.Outcome(), 0);
}

TEST(BlockedSend, FailsWithEidrmWhenTheQueueIsRemoved) {
  const TestQueue queue;
  queue.FillButFor(0);
  CallThread sender(queue, [&] { return SendBytes(queue.Id(), 1); });
  sender.AwaitBlockedIn(SYS_msgsnd);
  queue.Remove();
  EXPECT_EQ(sender.Outcome(), -EIDRM);
}

TEST(BlockedSend, FailsWithEintrAndSendsNothing) {
  const TestQueue queue;
  queue.FillButFor(0);
  const CountingHandler handler(SIGUSR1, SA_RESTART);
  CallThread sender(queue, [&] { return SendBytes(queue.Id(), 1); });
  sender.AwaitBlockedIn(SYS_msgsnd);
  sender.Interrupt(SIGUSR1);
  EXPECT_EQ(sender.Outcome(), -EINTR);
  EXPECT_EQ(queue.MessageCount(), 1u);
}

// The kernel looks again at a sender's permission only when it wakes it, because its message fits.
TEST(BlockedSend, FailsWithEaccesWhenItFitsButWritePermissionIsTakenAway) {
  WithoutCapabilities([] {
    const TestQueue queue;
    queue.SetMaxBytes(4);
    CallThread sender(queue, [&] { return SendBytes(queue.Id(), 5); });
    sender.AwaitBlockedIn(SYS_msgsnd);
    queue.SetMode(0400);
    sender.AwaitBlockedIn(SYS_msgsnd);
    queue.SetMaxBytes(5);
    EXPECT_EQ(sender.Outcome(), -EACCES);
  });
}

// Between finding a queue and locking it a call can see it removed: it says EIDRM then, also if it would not wait.
TEST(CallsThatRaceWithARemoval, SayThatTheQueueIsGoneAndNothingElse) {
  constexpr int kRounds = 20'000;
  std::atomic<int> id{-1};
  std::atomic<bool> done{false};
  CallThread maker([&] {
    for (int round = 0; round < kRounds; round++) {
      const TestQueue queue;
      id = queue.Id();
    }
    done = true;
    return 0;
  });
  int gone = 0;
  while (!done) {
    Message message(kCapacity);
    const Result received = Receive(id, message.Buffer(), kCapacity, 0, IPC_NOWAIT);
    const Result sent = Send(id, Message(1, "x").Buffer(), 1, IPC_NOWAIT);
    msqid_ds status = {};
    const Result read = ReadStatus(id, IPC_STAT, &status);
    for (const Result result : {received, sent, read}) {
      ASSERT_TRUE(result >= 0 || result == -ENOMSG || result == -EINVAL || result == -EIDRM) << result;
      if (result == -EINVAL || result == -EIDRM) gone++;
    }
  }
  EXPECT_GT(gone, 0);
}

}  // namespace

}  // namespace sysvmq
