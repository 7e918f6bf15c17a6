// Waits of one to three milliseconds that end at the moment when the message or room comes. Either the call has
// succeeded, or it returns -ETIMEDOUT and has done nothing. Each round takes the time of its wait, so the test needs
// seconds.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "../core/bounded_wait.h"
#include "call_thread.h"
#include "test_queue.h"

namespace sysvmq {

namespace {

constexpr int kRounds = 2000;
constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

// The waiting thread's message to the other one: the end of the wait in the current round.
struct Round {
  std::atomic<int> number{-1};
  std::atomic<int64_t> ends_at{0};
};

int64_t WaitOfRound(int round) { return 1 + round % 3; }

// From half a millisecond before the end of the wait to a fifth after it, in another order than the waits.
int64_t ArrivalOfRound(int round, int64_t ends_at) { return ends_at - 500'000 + (round * 37) % 71 * int64_t{10'000}; }

void Begin(Round* now, int round) {
  now->ends_at = MonotonicNow() + WaitOfRound(round) * kNanosecondsPerMillisecond;
  now->number = round;
}

void AwaitArrival(const Round& now, int round) {
  while (now.number < round) std::this_thread::yield();
  const int64_t arrival = ArrivalOfRound(round, now.ends_at);
  while (MonotonicNow() < arrival) continue;
}

// After a failure: the other thread would wait for rounds that nobody begins.
void GiveUp(Round* now, const TestQueue& queue) {
  now->number = kRounds;
  queue.Remove();
}

Message NumberedMessage(int number) {
  Message message(sizeof(number));
  message.Buffer()->type = 1;
  memcpy(message.Buffer()->Text(), &number, sizeof(number));
  return message;
}

int NumberOf(Message* message) {
  int number = -1;
  memcpy(&number, message->Buffer()->Text(), sizeof(number));
  return number;
}

// Both outcomes must have come about, else nothing has raced.
void ExpectARace(int in_time) {
  EXPECT_GT(in_time, 0);
  EXPECT_LT(in_time, kRounds);
}

TEST(ReceiveWithinRace, LosesNoMessageAndDoublesNone) {
  const TestQueue queue;
  Round now;
  CallThread sender(queue, [&] {
    for (int round = 0; round < kRounds; round++) {
      AwaitArrival(now, round);
      const Result sent = Send(queue.Id(), NumberedMessage(round).Buffer(), sizeof(round), 0);
      if (sent != 0) return sent;
    }
    return 0;
  });

  int in_time = 0;
  for (int round = 0; round < kRounds; round++) {
    Message message(sizeof(round));
    Begin(&now, round);
    Result received = ReceiveWithin(WaitOfRound(round), queue.Id(), message.Buffer(), sizeof(round), 0, 0);
    if (received == -ETIMEDOUT) {
      received = Receive(queue.Id(), message.Buffer(), sizeof(round), 0, 0);
    } else {
      in_time++;
    }
    EXPECT_EQ(received, static_cast<Result>(sizeof(round)));
    EXPECT_EQ(NumberOf(&message), round);
    if (HasFailure()) return GiveUp(&now, queue);
  }
  EXPECT_EQ(sender.Outcome(), 0);
  EXPECT_EQ(queue.MessageCount(), 0u);
  ExpectARace(in_time);
}

TEST(SendWithinRace, SendsWhatItSaysAndNothingElse) {
  const TestQueue queue;
  // There is room for one message, so each send waits until the one before it is taken.
  queue.SetMaxBytes(sizeof(int));
  ASSERT_EQ(Send(queue.Id(), NumberedMessage(-1).Buffer(), sizeof(int), 0), 0);
  Round now;
  std::vector<int> received;
  CallThread receiver(queue, [&] {
    for (int round = 0; round < kRounds; round++) {
      AwaitArrival(now, round);
      Message message(sizeof(int));
      const Result result = Receive(queue.Id(), message.Buffer(), sizeof(int), 0, 0);
      if (result < 0) return result;
      received.push_back(NumberOf(&message));
    }
    return 0;
  });

  std::vector<int> sent = {-1};
  int in_time = 0;
  for (int round = 0; round < kRounds; round++) {
    Message message = NumberedMessage(round);
    Begin(&now, round);
    Result result = SendWithin(WaitOfRound(round), queue.Id(), message.Buffer(), sizeof(int), 0);
    if (result == -ETIMEDOUT) {
      // Another number, so that the one that timed out would be seen if it had been sent after all.
      message = NumberedMessage(kRounds + round);
      result = Send(queue.Id(), message.Buffer(), sizeof(int), 0);
    } else {
      in_time++;
    }
    EXPECT_EQ(result, 0);
    if (HasFailure()) return GiveUp(&now, queue);
    sent.push_back(NumberOf(&message));
  }
  EXPECT_EQ(receiver.Outcome(), 0);
  Message last(sizeof(int));
  ASSERT_EQ(Receive(queue.Id(), last.Buffer(), sizeof(int), 0, IPC_NOWAIT), static_cast<Result>(sizeof(int)));
  received.push_back(NumberOf(&last));
  EXPECT_EQ(received, sent);
  EXPECT_EQ(queue.MessageCount(), 0u);
  ExpectARace(in_time);
}

}  // namespace

}  // namespace sysvmq
