// Empty messages that a wait has taken and nobody wants any more.
#include "../core/unclaimed.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "../core/waiter.h"
#include "child_process.h"
#include "event_log.h"
#include "our_threads.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

const char* const kThread = "sysvmq-back";

// A queue that is full by its number of messages, so that it takes no empty one either.
class FullQueue {
 public:
  FullQueue() {
    queue_.SetMaxBytes(2);
    for (int i = 0; i < 2; i++) EXPECT_EQ(queue_.SendText(9, ""), 0);
  }
  const TestQueue* operator->() const { return &queue_; }

 private:
  const TestQueue queue_;
};

class UnclaimedMessages : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(AwaitNoThreadsNamed(kThread));
    EXPECT_EQ(CountUnclaimed(), 0);
  }
};

TEST(Selects, IsWhatTheKernelDoes) {
  const std::vector<int64_t> types = {1, 2, 7, INT64_MAX};
  const std::vector<int64_t> selectors = {0, 1, 2, 7, -1, -2, -7, INT64_MAX, -INT64_MAX, INT64_MIN};
  for (const int flags : {0, MSG_EXCEPT}) {
    for (const int64_t selector : selectors) {
      for (const int64_t type : types) {
        const TestQueue queue;
        queue.SendText(type, "x");
        EXPECT_EQ(Selects(selector, flags, type), queue.ReceiveText(selector, flags).has_value())
            << type << " by " << selector << " with " << flags;
      }
    }
  }
}

TEST_F(UnclaimedMessages, GoesBackWhereThereIsRoom) {
  const TestQueue queue;
  EXPECT_EQ(ReturnEmptyMessage(queue.Id(), 7), 0);
  EXPECT_EQ(CountUnclaimed(), 0);
  EXPECT_EQ(queue.ReceiveText(7), "");
}

TEST_F(UnclaimedMessages, IsNoOnesWhereTheQueueIsGone) {
  EXPECT_EQ(ReturnEmptyMessage(RemovedQueue(), 7), 0);
  EXPECT_EQ(CountUnclaimed(), 0);
}

TEST_F(UnclaimedMessages, GoesBackByItselfWhenThereIsRoom) {
  const FullQueue queue;
  EXPECT_EQ(ReturnEmptyMessage(queue->Id(), 7), -EAGAIN);
  EXPECT_EQ(CountUnclaimed(), 1);
  EXPECT_EQ(queue->ReceiveText(9), "");
  EXPECT_TRUE(Until("it has gone back", [&] { return CountUnclaimed() == 0; }));
  EXPECT_EQ(queue->ReceiveText(7), "");
}

TEST_F(UnclaimedMessages, IsTheNextMatchingReceives) {
  const FullQueue queue;
  const FullQueue other;
  for (const int64_t type : {5, 4, 6, 4}) EXPECT_EQ(ReturnEmptyMessage(queue->Id(), type), -EAGAIN);
  int64_t type = 0;
  EXPECT_FALSE(TakeUnclaimed(other->Id(), 0, 0, &type));
  EXPECT_FALSE(TakeUnclaimed(queue->Id(), 7, 0, &type));
  EXPECT_FALSE(TakeUnclaimed(queue->Id(), -3, 0, &type));
  EXPECT_TRUE(TakeUnclaimed(queue->Id(), -6, 0, &type));
  EXPECT_EQ(type, 4) << "the lowest";
  EXPECT_TRUE(TakeUnclaimed(queue->Id(), 5, MSG_EXCEPT, &type));
  EXPECT_EQ(type, 6);
  EXPECT_TRUE(TakeUnclaimed(queue->Id(), 0, 0, &type));
  EXPECT_EQ(type, 5) << "the oldest";
  EXPECT_TRUE(TakeUnclaimed(queue->Id(), 4, 0, &type));
  EXPECT_FALSE(TakeUnclaimed(queue->Id(), 0, 0, &type));
  EXPECT_EQ(queue->MessageCount(), 2u);
}

TEST_F(UnclaimedMessages, IsToldToTheNextThatArms) {
  const FullQueue queue;
  EventLog log;
  EXPECT_EQ(ReturnEmptyMessage(queue->Id(), 7), -EAGAIN);
  Subscription* other = Subscribe(queue->Id(), 8, 0, EventLog::OnReadiness, &log, 1);
  Subscription* wanted = Subscribe(queue->Id(), -7, 0, EventLog::OnReadiness, &log, 2);
  EXPECT_TRUE(Arm(other));
  EXPECT_TRUE(Arm(wanted));
  ASSERT_TRUE(log.Await(1));
  EXPECT_EQ(log.At(0).token, 2);
  EXPECT_EQ(log.At(0).result, 0);
  EXPECT_EQ(log.At(0).type, 7);
  EXPECT_FALSE(Disarm(wanted)) << "it has been told";
  Unsubscribe(other);
  Unsubscribe(wanted);
}

TEST_F(UnclaimedMessages, IsToldToOneThatIsArmedWithAnotherSelector) {
  const FullQueue queue;
  EventLog log;
  Subscription* armed = Subscribe(queue->Id(), -7, 0, EventLog::OnReadiness, &log, 2);
  EXPECT_TRUE(Arm(armed));
  EXPECT_TRUE(Until("it waits", [] { return ThreadsBlockedIn("sysvmq-recv", SYS_msgrcv, 1); }));
  EXPECT_EQ(ReturnEmptyMessage(queue->Id(), 7), 0);
  EXPECT_EQ(log.At(0).type, 7);
  Unsubscribe(armed);
}

TEST_F(UnclaimedMessages, AreGivenBackOnDemandWithAWaitForRoom) {
  const FullQueue queue;
  EXPECT_EQ(ReturnEmptyMessage(queue->Id(), 7), -EAGAIN);
  EXPECT_EQ(GiveBackUnclaimed(10), 1);
  EXPECT_EQ(queue->ReceiveText(9), "");
  EXPECT_EQ(GiveBackUnclaimed(10'000), 0);
  EXPECT_EQ(queue->ReceiveText(7), "");
}

TEST_F(UnclaimedMessages, CanBeTakenForAReport) {
  const FullQueue queue;
  EXPECT_EQ(ReturnEmptyMessage(queue->Id(), 7), -EAGAIN);
  Unclaimed unclaimed = {};
  ASSERT_TRUE(TakeAnyUnclaimed(&unclaimed));
  EXPECT_EQ(unclaimed.id, queue->Id());
  EXPECT_EQ(unclaimed.type, 7);
  EXPECT_EQ(unclaimed.why, -EAGAIN);
  EXPECT_FALSE(TakeAnyUnclaimed(&unclaimed));
}

TEST(UnclaimedMessagesWithoutRights, AreKeptUntilTheQueueMayBeWritten) {
  WithoutCapabilities([] {
    const TestQueue queue;
    queue.SetMode(0400);
    EXPECT_EQ(ReturnEmptyMessage(queue.Id(), 7), -EACCES);
    EXPECT_EQ(GiveBackUnclaimed(10'000), 1) << "and it does not wait";
    queue.SetMode(0600);
    EXPECT_EQ(GiveBackUnclaimed(0), 0);
    EXPECT_EQ(queue.ReceiveText(7), "");
  });
}

TEST(EndWaits, BringsThreadsOutOfTheKernelAndGivesBack) {
  InChildProcess([] {
    const FullQueue queue;
    EventLog log;
    Subscription* armed = Subscribe(queue->Id(), 7, 0, EventLog::OnReadiness, &log, 2);
    EXPECT_TRUE(Arm(armed));
    EXPECT_TRUE(Until("it waits", [] { return ThreadsBlockedIn("sysvmq-recv", SYS_msgrcv, 1); }));
    EXPECT_EQ(ReturnEmptyMessage(queue->Id(), 8), -EAGAIN);
    testing::internal::CaptureStderr();
    EndWaits();
    EXPECT_TRUE(ThreadsBlockedIn("sysvmq-recv", SYS_msgrcv, 0));
    EXPECT_EQ(log.Count(), 0u);
    EXPECT_EQ(CountUnclaimed(), 0);
    const std::string report = testing::internal::GetCapturedStderr();
    EXPECT_NE(report.find("an empty message of type 8 is lost"), std::string::npos) << report;
    EXPECT_NE(report.find("queue " + std::to_string(queue->Id()) + " (EAGAIN"), std::string::npos) << report;
    Unsubscribe(armed);
  });
}

}  // namespace

}  // namespace sysvmq
