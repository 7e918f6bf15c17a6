// Messages that were taken and not received: which receive gets them, and the fate of the others.
#include "../core/taken_messages.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "call_thread.h"
#include "child_process.h"
#include "our_threads.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

void Keep(const TestQueue& queue, int64_t type, std::string_view text) {
  KeepTaken(CopyTaken(queue.Id(), Message(type, text).Buffer(), text.size()));
}

// The message that a receive of this process gets; nothing when there is none.
std::optional<std::string> ReceiveAny(const TestQueue& queue, int64_t type = 0, int flags = 0, size_t capacity = 64) {
  Message message(capacity);
  const Result result = ReceiveKeptFirst(queue.Id(), message.Buffer(), capacity, type, flags | IPC_NOWAIT);
  if (result < 0) return std::nullopt;
  return message.Text(static_cast<size_t>(result));
}

class TakenMessages : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(kept_messages, 0u);
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-keep"));
  }
};

TEST_F(TakenMessages, ComeBeforeTheQueueInTheirOrder) {
  const TestQueue queue;
  queue.SendText(1, "in the queue");
  Keep(queue, 1, "first");
  Keep(queue, 1, "second");
  EXPECT_EQ(ReceiveAny(queue), "first");
  EXPECT_EQ(ReceiveAny(queue), "second");
  EXPECT_EQ(ReceiveAny(queue), "in the queue");
  EXPECT_FALSE(ReceiveAny(queue).has_value());
}

TEST_F(TakenMessages, AreChosenAsTheKernelChooses) {
  const TestQueue queue;
  const TestQueue other_queue;
  const int64_t longest = INT64_MAX;
  for (const int64_t type : {int64_t{5}, int64_t{3}, int64_t{9}, longest}) Keep(queue, type, std::to_string(type));
  EXPECT_FALSE(ReceiveAny(other_queue).has_value());
  EXPECT_FALSE(ReceiveAny(queue, 4).has_value());
  EXPECT_EQ(ReceiveAny(queue, 9), "9");
  EXPECT_FALSE(ReceiveAny(queue, -2).has_value());
  EXPECT_EQ(ReceiveAny(queue, -5), "3") << "the lowest type";
  EXPECT_EQ(ReceiveAny(queue, 5, MSG_EXCEPT), std::to_string(longest));
  EXPECT_EQ(ReceiveAny(queue, INT64_MIN), "5");
}

TEST_F(TakenMessages, AreTooLongOrCutAsInTheQueue) {
  const TestQueue queue;
  Keep(queue, 1, "0123456789");
  Message message(4);
  EXPECT_EQ(ReceiveKeptFirst(queue.Id(), message.Buffer(), 4, 0, IPC_NOWAIT), -E2BIG);
  EXPECT_EQ(ReceiveAny(queue, 0, MSG_NOERROR, 4), "0123");
  EXPECT_FALSE(ReceiveAny(queue).has_value());
}

TEST_F(TakenMessages, AreNotLookedAtByMsgCopy) {
  const TestQueue queue;
  Keep(queue, 1, "kept");
  Message message(8);
  EXPECT_EQ(ReceiveKeptFirst(queue.Id(), message.Buffer(), 8, 0, MSG_COPY | IPC_NOWAIT), -ENOMSG);
  ForgetKept(queue.Id());
}

TEST_F(TakenMessages, GoBackIntoTheQueueWhenNobodyReceivesThem) {
  const TestQueue queue;
  Keep(queue, 3, "first");
  Keep(queue, 3, "second");
  EXPECT_TRUE(Until("they are in the queue", [&] { return queue.MessageCount() == 2; }));
  EXPECT_EQ(queue.ReceiveText(3), "first");
  EXPECT_EQ(queue.ReceiveText(3), "second");
}

TEST_F(TakenMessages, GoBackInOrderAsSoonAsThereIsRoom) {
  const TestQueue queue;
  queue.FillButFor(0);
  Keep(queue, 7, "too long for what room there is at first");
  Keep(queue, 7, "x");
  EXPECT_EQ(GiveBackKept(0), 2);
  EXPECT_TRUE(queue.ReceiveText().has_value());
  EXPECT_TRUE(Until("they are in the queue", [&] { return kept_messages == 0; }));
  EXPECT_EQ(queue.ReceiveText(7), "too long for what room there is at first");
  EXPECT_EQ(queue.ReceiveText(7), "x");
}

TEST_F(TakenMessages, AwaitRoomForAsLongAsTheyAreTold) {
  const TestQueue queue;
  queue.FillButFor(0);
  Keep(queue, 7, "kept");
  std::thread receiver(
      [&] { EXPECT_TRUE(Until("somebody waits for room", [&] { return queue.ReceiveText().has_value(); })); });
  EXPECT_EQ(GiveBackKept(10'000), 0);
  receiver.join();
  EXPECT_EQ(queue.ReceiveText(7), "kept");
}

TEST_F(TakenMessages, AreTakenOutWithTheReasonWhenTheyCannotGoBack) {
  const TestQueue queue;
  queue.FillButFor(0);
  Keep(queue, 7, "kept");
  EXPECT_EQ(GiveBackKept(1), 1);
  const OwnedTaken taken = TakeAnyKept();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(taken->id, queue.Id());
  EXPECT_EQ(taken->refused, -EAGAIN);
  EXPECT_EQ(taken->message.type, 7);
  EXPECT_EQ(std::string(taken->message.Text(), taken->length), "kept");
  EXPECT_EQ(TakeAnyKept(), nullptr);
}

TEST_F(TakenMessages, AreGoneWithTheirQueue) {
  const TestQueue queue;
  Keep(queue, 1, "kept");
  queue.Remove();
  Message message(8);
  EXPECT_EQ(ReceiveKeptFirst(queue.Id(), message.Buffer(), 8, 0, IPC_NOWAIT), -EINVAL);
  const TestQueue other;
  Keep(other, 1, "kept");
  other.Remove();
  EXPECT_TRUE(Until("they are gone", [] { return kept_messages == 0; }));
}

TEST_F(TakenMessages, OfAQueueThatMayNotBeWrittenStayUntilTheyAreReceived) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes another user, whom the mode holds for";
  const TestQueue queue(0644);
  AsNobody([&queue] {
    Keep(queue, 1, "kept");
    EXPECT_TRUE(AwaitNoThreadsNamed("sysvmq-keep")) << "nobody tries in vain";
    EXPECT_EQ(kept_messages, 1u);
    EXPECT_EQ(ReceiveAny(queue), "kept");
  });
}

// Receives on several threads while messages are kept and given back: each is received once.
TEST_F(TakenMessages, AreReceivedOnceByManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kMessages = 4000;
  const TestQueue queue;
  std::vector<std::atomic<int>> received(kMessages + 1);
  std::atomic<int> count{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; thread++) {
    threads.emplace_back([&, thread] {
      Message message(0);
      while (count < kMessages) {
        if (thread == 0) GiveBackKept(0);
        if (ReceiveKeptFirst(queue.Id(), message.Buffer(), 0, 0, IPC_NOWAIT) != 0) continue;
        received[static_cast<size_t>(message.Type())]++;
        count++;
      }
    });
  }
  for (int type = 1; type <= kMessages; type++) Keep(queue, type, "");
  for (std::thread& thread : threads) thread.join();
  for (size_t type = 1; type <= kMessages; type++) ASSERT_EQ(received[type], 1) << "type " << type;
  EXPECT_EQ(queue.MessageCount(), 0u);
}

}  // namespace

}  // namespace sysvmq
