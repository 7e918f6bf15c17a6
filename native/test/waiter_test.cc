// Waiting for a message without taking it.
#include "../core/waiter.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "../core/taken_messages.h"
#include "../core/wait_lock.h"
#include "child_process.h"
#include "event_log.h"
#include "our_threads.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

const char* const kName = "sysvmq-recv";

// A subscription that goes with the object.
class Interest {
 public:
  Interest(EventLog* log, const TestQueue& queue, int32_t token, int64_t type = 0, int flags = 0)
      : subscription_(Subscribe(queue.Id(), type, flags, EventLog::OnReadiness, log, token)) {}
  Interest(const Interest&) = delete;
  Interest& operator=(const Interest&) = delete;

  void Arm() { EXPECT_TRUE(sysvmq::Arm(subscription_.get())); }
  bool Disarm() { return sysvmq::Disarm(subscription_.get()); }

 private:
  OwnedSubscription subscription_;
};

void AwaitParked(size_t count = 1) {
  EXPECT_TRUE(Until("the waiters are parked", [&] { return ThreadsBlockedIn(kName, SYS_msgrcv, count); }));
}

// Threads end a moment after the test, which is not to hear of those of the test before it.
class Waiters : public testing::Test {
 protected:
  const TestQueue queue_;
  EventLog log_;

  void TearDown() override {
    EXPECT_TRUE(Until("the waiters are gone", [] { return CountWaiters().waiters == 0; }));
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  }
};

TEST_F(Waiters, SaysThatAMessageIsThereAndLeavesIt) {
  Interest interest(&log_, queue_, 7);
  interest.Arm();
  AwaitParked();
  queue_.SendText(3, "hello");
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).token, 7);
  EXPECT_EQ(log_.At(0).result, -E2BIG);
  EXPECT_EQ(queue_.Status().msg_lrpid, 0);
  EXPECT_EQ(queue_.ReceiveText(), "hello");
}

TEST_F(Waiters, SaysSoAtOnceWhenTheMessageWasThereAlready) {
  queue_.SendText(1, "early");
  Interest interest(&log_, queue_, 1);
  interest.Arm();
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -E2BIG);
}

TEST_F(Waiters, TellsNothingWhileItIsNotArmed) {
  Interest interest(&log_, queue_, 1);
  interest.Arm();
  queue_.SendText(1, "one");
  ASSERT_TRUE(log_.Await(1));
  queue_.SendText(1, "two");
  EXPECT_FALSE(interest.Disarm());
  EXPECT_EQ(log_.Count(), 1u);
}

TEST_F(Waiters, LooksForTheSelectorOnly) {
  Interest five(&log_, queue_, 5, 5);
  Interest not_five(&log_, queue_, 6, 5, MSG_EXCEPT);
  Interest up_to_three(&log_, queue_, 3, -3);
  for (Interest* interest : {&five, &not_five, &up_to_three}) interest->Arm();
  AwaitParked(3);
  queue_.SendText(5, "x");
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).token, 5);
  AwaitParked(2);
  queue_.SendText(4, "x");
  ASSERT_TRUE(log_.Await(2));
  EXPECT_EQ(log_.At(1).token, 6);
  AwaitParked(1);
  queue_.SendText(3, "x");
  ASSERT_TRUE(log_.Await(3));
  EXPECT_EQ(log_.At(2).token, 3);
}

TEST_F(Waiters, HasOneThreadForAllWhoWaitForTheSame) {
  Interest one(&log_, queue_, 1);
  Interest other(&log_, queue_, 2);
  one.Arm();
  other.Arm();
  AwaitParked();
  EXPECT_EQ(ThreadsNamed(kName).size(), 1u);
  EXPECT_EQ(CountWaiters().waiters, 1);
  queue_.SendText(1, "x");
  ASSERT_TRUE(log_.Await(2));
  EXPECT_NE(log_.At(0).token, log_.At(1).token);
}

TEST_F(Waiters, TellsThoseOnlyThatAreArmed) {
  Interest one(&log_, queue_, 1);
  Interest other(&log_, queue_, 2);
  one.Arm();
  other.Arm();
  AwaitParked();
  EXPECT_TRUE(other.Disarm());
  queue_.SendText(1, "x");
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).token, 1);
  EXPECT_FALSE(one.Disarm()) << "it has been told";
  EXPECT_EQ(log_.Count(), 1u);
}

TEST_F(Waiters, ArmedTwiceItIsDisarmedByOneCall) {
  Interest interest(&log_, queue_, 1);
  interest.Arm();
  interest.Arm();
  AwaitParked();
  EXPECT_TRUE(interest.Disarm());
  EXPECT_TRUE(Until("the waiter has left msgrcv", [] { return ThreadsBlockedIn(kName, SYS_msgrcv, 0); }));
  EXPECT_FALSE(interest.Disarm());
}

TEST_F(Waiters, SaysThatItHasNoThread) {
  if (!CanBecomeNobody()) GTEST_SKIP() << "it takes another user, whom the limit on processes holds for";
  AsNobody([] {
    const TestQueue queue;
    EventLog log;
    OwnedSubscription subscription = Subscribe(queue.Id(), 0, 0, EventLog::OnReadiness, &log, 1);
    {
      const NoMoreThreads limit;
      EXPECT_FALSE(Arm(subscription.get()));
      EXPECT_FALSE(Disarm(subscription.get())) << "it was not armed";
    }
    EXPECT_TRUE(Arm(subscription.get())) << "it can be armed later";
    subscription.reset();
    EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  });
}

TEST_F(Waiters, KeepsAnEmptyMessageAndTellsAllOfThem) {
  Interest one(&log_, queue_, 1);
  Interest other(&log_, queue_, 2);
  one.Arm();
  other.Arm();
  AwaitParked();
  queue_.SendText(int64_t{1} << 62, "");
  ASSERT_TRUE(log_.Await(2));
  EXPECT_EQ(log_.At(0).result, -E2BIG);
  EXPECT_EQ(log_.At(1).result, -E2BIG);
  Message message(0);
  EXPECT_EQ(ReceiveKeptFirst(queue_.Id(), message.Buffer(), 0, 0, IPC_NOWAIT), 0);
  EXPECT_EQ(message.Type(), int64_t{1} << 62);
  EXPECT_EQ(ReceiveKeptFirst(queue_.Id(), message.Buffer(), 0, 0, IPC_NOWAIT), -ENOMSG);
}

// The type of the message that a receive without waiting gets, 0 for none.
int64_t ReceivesType(const TestQueue& queue, int64_t type, int flags = 0) {
  Message message(8);
  const Result result = ReceiveKeptFirst(queue.Id(), message.Buffer(), 8, static_cast<long>(type), flags | IPC_NOWAIT);
  return result < 0 ? 0 : message.Type();
}

TEST_F(Waiters, ReservesAnEmptyMessageForTheSelectionThatTookIt) {
  EventLog log;
  Interest any(&log_, queue_, 1);
  Interest lowest(&log, queue_, 2, -1);
  any.Arm();
  lowest.Arm();
  AwaitParked(2);
  queue_.SendText(5, "first");
  ASSERT_TRUE(log_.Await(1));
  EXPECT_TRUE(Until("one waiter rests", [] { return ThreadsBlockedIn(kName, SYS_msgrcv, 1); }));
  queue_.SendText(1, "");
  ASSERT_TRUE(log.Await(1));
  EXPECT_EQ(ReceivesType(queue_, 0), 5) << "the other is reserved";
  EXPECT_EQ(ReceivesType(queue_, 0), 0);
  any.Arm();
  EXPECT_EQ(log_.Count(), 1u) << "it is not told of a message that is not for it";
  EXPECT_EQ(ReceivesType(queue_, 1), 0) << "a type is another selection than an upper bound";
  EXPECT_EQ(ReceivesType(queue_, -1), 1);
}

TEST_F(Waiters, ReservesNothingForAWaitThatIsCanceled) {
  EventLog log;
  Interest any(&log_, queue_, 1);
  Interest lowest(&log, queue_, 2, -1);
  lowest.Arm();
  AwaitParked();
  queue_.SendText(1, "");
  ASSERT_TRUE(log.Await(1));
  any.Arm();
  AwaitParked();
  EXPECT_EQ(ReceivesType(queue_, 0), 0);
  EXPECT_FALSE(lowest.Disarm()) << "its listener was called";
  ASSERT_TRUE(log_.Await(1)) << "the message is anyone's, and the others are told";
  EXPECT_EQ(ReceivesType(queue_, 0), 1);
}

TEST_F(Waiters, ReservesNothingAfterTheEventLoopHasHandledItsEvents) {
  EventLog log;
  Interest lowest(&log, queue_, 2, -1);
  lowest.Arm();
  AwaitParked();
  queue_.SendText(1, "");
  ASSERT_TRUE(log.Await(1));
  const auto events_end = [](EventLog* of) {
    const WaitLock lock;
    EndOfEvents(of);
  };
  events_end(&log_);
  EXPECT_EQ(ReceivesType(queue_, 0), 0) << "those of another event loop";
  events_end(&log);
  EXPECT_EQ(ReceivesType(queue_, 0), 1);
}

// The thread may still be leaving the kernel and take the message, which then goes back.
TEST_F(Waiters, LeavesAnEmptyMessageInTheQueueWhenItIsDisarmed) {
  Interest interest(&log_, queue_, 1);
  interest.Arm();
  AwaitParked();
  EXPECT_TRUE(interest.Disarm());
  queue_.SendText(1, "");
  EXPECT_TRUE(Until("the waiter has left msgrcv", [] { return ThreadsBlockedIn(kName, SYS_msgrcv, 0); }));
  EXPECT_TRUE(Until("the message is in the queue", [&] { return queue_.MessageCount() == 1; }));
  EXPECT_EQ(log_.Count(), 0u);
}

TEST_F(Waiters, SaysSoAtOnceWhenAMessageIsKeptThatMatches) {
  KeepTaken(CopyTaken(queue_.Id(), Message(5, "kept").Buffer(), 4));
  Interest other_type(&log_, queue_, 1, 6);
  Interest interest(&log_, queue_, 2, -5);
  other_type.Arm();
  interest.Arm();
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).token, 2);
  EXPECT_FALSE(interest.Disarm());
  EXPECT_TRUE(other_type.Disarm());
  ForgetKept(queue_.Id());
}

TEST_F(Waiters, TellsThoseThatMatchOfAMessageThatIsKept) {
  const TestQueue queue;
  const TestQueue other_queue;
  EventLog log;
  Interest five(&log, queue, 5, 5);
  Interest any(&log, queue, 6);
  Interest not_five(&log, queue, 7, 5, MSG_EXCEPT);
  Interest elsewhere(&log, other_queue, 8);
  for (Interest* interest : {&five, &any, &not_five, &elsewhere}) interest->Arm();
  AwaitParked(4);
  KeepTaken(CopyTaken(queue.Id(), Message(5, "kept").Buffer(), 4));
  ASSERT_TRUE(log.Await(2));
  EXPECT_EQ(log.At(0).token + log.At(1).token, 11);
  EXPECT_TRUE(not_five.Disarm());
  EXPECT_TRUE(elsewhere.Disarm());
  EXPECT_EQ(log.Count(), 2u);
  ForgetKept(queue.Id());
}

TEST_F(Waiters, WaitsAgainAfterItWasDisarmed) {
  Interest interest(&log_, queue_, 1);
  for (int round = 0; round < 100; round++) {
    interest.Arm();
    EXPECT_TRUE(interest.Disarm());
  }
  interest.Arm();
  AwaitParked();
  queue_.SendText(1, "x");
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -E2BIG);
}

TEST_F(Waiters, SaysThatTheQueueWasRemoved) {
  Interest interest(&log_, queue_, 1);
  interest.Arm();
  AwaitParked();
  queue_.Remove();
  ASSERT_TRUE(log_.Await(1));
  EXPECT_EQ(log_.At(0).result, -EIDRM);
  interest.Arm();
  ASSERT_TRUE(log_.Await(2));
  EXPECT_EQ(log_.At(1).result, -EINVAL);
}

TEST_F(Waiters, TellsNothingAfterTheInterestHasEnded) {
  {
    Interest interest(&log_, queue_, 1);
    interest.Arm();
    AwaitParked();
  }
  queue_.SendText(1, "x");
  EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  EXPECT_EQ(log_.Count(), 0u);
  EXPECT_EQ(queue_.MessageCount(), 1u);
}

TEST_F(Waiters, EndsItsThreadWhenItHasRestedForAWhileAndStartsAnother) {
  Interest interest(&log_, queue_, 1);
  interest.Arm();
  AwaitParked();
  queue_.SendText(1, "x");
  ASSERT_TRUE(log_.Await(1));
  EXPECT_TRUE(AwaitNoThreadsNamed(kName));
  interest.Arm();
  ASSERT_TRUE(log_.Await(2));
}

TEST_F(Waiters, WaitsOnManyQueuesAtOnce) {
  constexpr int kQueues = 200;
  EventLog log;
  std::vector<std::unique_ptr<TestQueue>> queues;
  std::vector<std::unique_ptr<Interest>> interests;
  for (int i = 0; i < kQueues; i++) {
    queues.push_back(std::make_unique<TestQueue>());
    interests.push_back(std::make_unique<Interest>(&log, *queues.back(), i));
    interests.back()->Arm();
  }
  AwaitParked(kQueues);
  for (const auto& queue : queues) queue->SendText(1, "x");
  ASSERT_TRUE(log.Await(kQueues));
  interests.clear();
}

}  // namespace

}  // namespace sysvmq
